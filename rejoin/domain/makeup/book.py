"""Who sits where, one pair after another: what a pair needs to stand beside those that stand already.

Rules over several pairs are here, in one place: seats, one clinician's overlapping slots, a patient's own time, days
and weeks, and two in conflict in one group. (What a pair has to be by itself is `eligible`'s.)
"""

from collections import defaultdict
from dataclasses import dataclass, field

from rejoin.domain.makeup.problem import DAY, Instance, Kind


@dataclass(slots=True, kw_only=True)
class Facts:
    """The instance as plain lists: looked at one by one."""

    start: list[int]
    end: list[int]
    seats: list[int]
    block: list[int]
    """-1 but for individual slots of a block."""
    group: list[bool]
    patient: list[int]
    offset: list[int]
    sunday: list[int]
    foes: dict[int, frozenset[int]]


def facts_of(instance: Instance) -> Facts:
    slots, patients = instance.slots, instance.patients
    foes: dict[int, set[int]] = defaultdict(set)
    for a, b in instance.conflicts.tolist():
        foes[a].add(b)
    individual = slots.kind == Kind.INDIVIDUAL
    return Facts(
        start=slots.start.tolist(),
        end=slots.end.tolist(),
        seats=slots.seats.tolist(),
        block=[
            block if own else -1 for block, own in zip(slots.block.tolist(), individual.tolist(), strict=True)
        ],
        group=(~individual).tolist(),
        patient=instance.missed.patient.tolist(),
        offset=patients.offset.tolist(),
        sunday=instance.sunday[patients.payer].astype(int).tolist(),
        foes={each: frozenset(others) for each, others in foes.items()},
    )


@dataclass(slots=True, kw_only=True)
class Book:
    instance: Instance
    facts: Facts
    slot_of: dict[int, int] = field(default_factory=dict)
    """By missed session."""
    used: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    hers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Slots by patient."""
    blocks: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    days: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    weeks: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    seated: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """By group slot, of patients who are in conflict with anybody."""

    def why_not(self, missed: int, slot: int) -> str:
        """The first rule that the pair would break beside those that stand; "" where it breaks none."""
        if missed in self.slot_of:
            return "once"
        patient = self.facts.patient[missed]
        return self._full(slot) or self._no_room(patient, slot) or self._apart(patient, slot)

    def _full(self, slot: int) -> str:
        facts = self.facts
        if self.used[slot] >= facts.seats[slot]:
            return "seats"
        beside = self.blocks[facts.block[slot]] if facts.block[slot] >= 0 else ()
        return "block" if any(other != slot and self._overlap(other, slot) for other in beside) else ""

    def _no_room(self, patient: int, slot: int) -> str:
        if any(self._overlap(other, slot) for other in self.hers[patient]):
            return "overlap"
        day, week = self.when(patient, self.facts.start[slot])
        if self.days[day] >= self.instance.max_per_day:
            return "day"
        return "week" if self.weeks[week] >= self.instance.max_per_week else ""

    def _apart(self, patient: int, slot: int) -> str:
        foes = self.facts.foes.get(patient, frozenset())
        return "conflict" if self.facts.group[slot] and foes & self.seated[slot] else ""

    def _overlap(self, one: int, other: int) -> bool:
        facts = self.facts
        return facts.start[one] < facts.end[other] and facts.start[other] < facts.end[one]

    def when(self, patient: int, at: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Her local day, and her payer's local week."""
        day = (at + self.facts.offset[patient]) // DAY
        return (patient, day), (patient, (day + self.facts.sunday[patient]) // 7)

    def put(self, missed: int, slot: int) -> None:
        """As it stands: whether it may is `why_not`'s."""
        facts, patient = self.facts, self.facts.patient[missed]
        self.slot_of[missed] = slot
        self.used[slot] += 1
        self.hers[patient].append(slot)
        day, week = self.when(patient, facts.start[slot])
        self.days[day] += 1
        self.weeks[week] += 1
        if facts.block[slot] >= 0:
            self.blocks[facts.block[slot]].append(slot)
        if facts.group[slot] and patient in facts.foes:
            self.seated[slot].add(patient)
