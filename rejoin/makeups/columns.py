"""Rows on their way to the columns that make-ups are planned from.

The instance knows one offset a patient: it is the one of now, and it serves for local days and parts of the day only;
whoever accepts is asked by the wall clock again (`caps`).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from rejoin.common.rows import select
from rejoin.domain.kernel import local_day, local_midnight
from rejoin.domain.makeup.problem import Instance, Ints, Kind, Longs, Missed, Patients, Slots, Weights
from rejoin.domain.policy import Policy
from rejoin.domain.policy.document import MakeupRules
from rejoin.makeups import reading
from rejoin.makeups.free_time import HOURS, Stated, free_hours, standing_on, without
from rejoin.makeups.reading import Known, Owed, Sitting, Standing, Whom
from rejoin.makeups.slots import NOTICE, Slot
from rejoin.makeups.vocabulary import SlotKind

WINDOW: Final = timedelta(days=7)
"""Where the policy says none (domain.md 2.6 found no published rule)."""
HIGH: Final = 2
"""The tier of whoever has a flag that elevates a miss; 0 of everybody else: no estimate is read here."""
WEIGHTS: Final = Weights(
    risk=(100, 160, 260, 420),
    before_dependent=40,
    same_clinician=25,
    same_module_group=15,
    off_module_extra=-50,
    individual=-45,
    closed_group_per_step=-5,
    preferred=20,
    sooner=14,
    dose=60,
    full_week=(40, 60, 100, 160),
    over_soft_target=-12,
)
KINDS: Final = {
    SlotKind.COHORT: Kind.COHORT,
    SlotKind.EXTRA: Kind.EXTRA,
    SlotKind.INDIVIDUAL: Kind.INDIVIDUAL,
}
CLOSED_STEPS: Final = 2
"""What a visitor costs a closed group, in the objective's steps. Ours."""
NO_CAP: Final = 99
PROCESS: Final = "process"
WITHOUT_STATE: Final = 63
"""A bit that every slot has: where she is nobody knows yet, and she is asked when she comes in."""
EVERYBODY: Final = 63
"""The bit of what is for all ages, or in no language that anybody named."""
SUNDAY: Final = 6


@dataclass(frozen=True, kw_only=True)
class Making:
    """Rows on their way to columns."""

    policy: Policy
    now: datetime
    until: datetime
    patients: Mapping[int, Known]
    missed: Sequence[Owed]
    slots: Sequence[Slot]
    more_allowed: bool = False
    """For the one missed session that is asked about the caps do not count; a whole night's plan keeps to them."""

    @cached_property
    def origin(self) -> datetime:
        first = min((each.starts_at for each in self.missed), default=self.now)
        day = min(first, self.now).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return day - timedelta(days=day.weekday())

    @cached_property
    def place(self) -> dict[int, int]:
        return {key: row for row, key in enumerate(self.patients)}

    def minute(self, at: datetime) -> int:
        return math.floor((at - self.origin) / timedelta(minutes=1))

    def instance(
        self, asked: Mapping[str, Any], standing: Sequence[Standing], taken: Sequence[tuple[int, int]]
    ) -> Instance:
        codes = _Codes(self, {row[0]: Whom(*row) for row in select(reading.GROUPS, asked)})
        sittings = [Sitting(*row) for row in select(reading.SEATS, asked)]
        by_patient: dict[int, list[Sitting]] = defaultdict(list)
        for each in sittings:
            by_patient[each.patient_id].append(each)
        stated: dict[int, list[Stated]] = defaultdict(list)
        for row in select(reading.FREE_TIMES, asked):
            stated[row[0]].append(Stated.read(*row))
        free = _free(self, by_patient, stated)
        rules = self.policy.makeup or MakeupRules(modes={})
        barred, shut = self._kept_from(asked, codes)
        apart = [
            pair
            for a, b in select(reading.APART, asked)
            for pair in ((self.place[a], self.place[b]), (self.place[b], self.place[a]))
        ]
        return Instance(
            weights=WEIGHTS,
            max_per_day=NO_CAP if self.more_allowed else rules.max_per_day or 2,
            max_per_week=NO_CAP if self.more_allowed else rules.max_per_week or 4,
            process=codes.service.get(PROCESS, -1),
            sunday=np.array([self.policy.hours.week_starts_on == SUNDAY]),
            counts_individual=np.array(["hours" in rules.modes.get("individual", ())]),
            counts_extra=np.array(["hours" in rules.modes.get("extra_group", ())]),
            patients=self._patients(codes, stated),
            missed=self._missed(codes, by_patient, rules),
            slots=self._slots(codes, taken),
            free_patient=_ints(each[0] for each in free),
            free_start=_ints(each[1] for each in free),
            free_end=_ints(each[2] for each in free),
            conflicts=np.array(sorted(apart), np.int64).reshape(-1, 2),
            barred=np.array(sorted(barred), np.int64),
            cohorts=max(len(codes.group), 1),
            taken_missed=_ints(row for row, _ in taken),
            taken_slot=_ints(slot for _, slot in taken),
            declined=self._declined(standing, shut),
        )

    def _kept_from(self, asked: Mapping[str, Any], codes: "_Codes") -> tuple[set[int], set[tuple[int, int]]]:
        """Groups barred, as the instance numbers them; and (patient, session) where somebody sits for once."""
        cohorts = max(len(codes.group), 1)
        barred: set[int] = set()
        shut: set[tuple[int, int]] = set()
        for patient, group, session in select(reading.KEPT_FROM, asked):
            if session is not None:
                shut.add((patient, session))
            elif group in codes.group:
                barred.add(self.place[patient] * cohorts + codes.group[group])
        return barred, shut

    def _declined(self, standing: Sequence[Standing], shut: set[tuple[int, int]]) -> Longs:
        """Pairs that are not offered: she would rather not, or somebody sits there who is kept apart from her."""
        declined = {(each.missed_id, *each[1:4]) for each in standing if each.turn == "declined"}
        if not declined and not shut:
            return np.empty(0, np.int64)
        found = [
            row * len(self.slots) + place
            for row, each in enumerate(self.missed)
            for place, slot in enumerate(self.slots)
            if (each.seat_id, *slot.key) in declined or (each.patient_id, slot.session_id) in shut
        ]
        return np.array(sorted(found), np.int64)

    def _patients(self, codes: "_Codes", stated: Mapping[int, Sequence[Stated]]) -> Patients:
        known = list(self.patients.values())
        home = {each.patient_id: each for each in self.missed}
        elevating = self.policy.outreach.elevated_when
        nothing = np.full(len(known), -1, np.int32)
        return Patients(
            ids=[str(each.patient_id) for each in known],
            state=_ints(codes.state.get(each.state, WITHOUT_STATE) for each in known),
            offset=_ints(_offset(each.timezone, self.now) for each in known),
            track=_ints(
                codes.track[home[each.patient_id].track_id] if each.patient_id in home else -1
                for each in known
            ),
            age=nothing + 1,
            gender=_ints(codes.gender.get(each.gender, -1) for each in known),
            languages=_bits(codes.language.get(each.language, EVERYBODY) for each in known),
            bands=_bits(codes.band.get(self._band(each, codes), EVERYBODY) for each in known),
            risk=_ints(HIGH if elevating & set(each.flags) else 0 for each in known),
            payer=nothing + 1,
            cohort=_ints(
                codes.group.get(home[each.patient_id].group_id, -1) if each.patient_id in home else -1
                for each in known
            ),
            pod=nothing + 1,
            clinician=_ints(codes.staff.get(each.staff_id, -1) for each in known),
            preferred_hour=_ints(self._hour(each, stated.get(each.patient_id, ())) for each in known),
            slack=nothing + 1,
        )

    def _band(self, known: Known, codes: "_Codes") -> str:
        """Hers as it is on file; else that of the group whose session she missed, in which she is already."""
        groups = (each.group_id or 0 for each in self.missed if each.patient_id == known.patient_id)
        own = next((codes.whom[each].age_band for each in groups if each in codes.whom), "")
        return known.age_band or own

    def _hour(self, known: Known, stated: Sequence[Stated]) -> int:
        """That suits her best, as she says by now; -1: none does."""
        said = standing_on(stated, local_day(self.now, ZoneInfo(known.timezone)))
        return HOURS[said.prefers] if said else HOURS[""]

    def _missed(
        self, codes: "_Codes", sittings: Mapping[int, Sequence[Sitting]], rules: MakeupRules
    ) -> Missed:
        window = rules.window or WINDOW
        depends = [self._dependent(each, sittings.get(each.patient_id, ()), rules) for each in self.missed]
        ends = [min(each.starts_at + window, self._last_moment(each.patient_id)) for each in self.missed]
        if rules.before_dependent == "require":
            ends = [min(end, needed or end) for end, needed in zip(ends, depends, strict=True)]
        return Missed(
            ids=[str(each.seat_id) for each in self.missed],
            patient=_ints(self.place[each.patient_id] for each in self.missed),
            start=_ints(self.minute(each.starts_at) for each in self.missed),
            service=_ints(codes.service[each.service] for each in self.missed),
            module=_ints(codes.module[each.module] for each in self.missed),
            known_at=_ints(self.minute(self.now + NOTICE) + 1 for _ in self.missed),
            deadline=_ints(self.minute(each) for each in ends),
            dependent_at=_ints(self.minute(each) if each else -1 for each in depends),
        )

    def _dependent(self, owed: Owed, sittings: Sequence[Sitting], rules: MakeupRules) -> datetime | None:
        """When she next sits in a session of the same kind, which may build on it; no curriculum is asked yet."""
        if rules.before_dependent == "ignore":
            return None
        same = (owed.service, owed.group_id)
        return next(
            (
                each.starts_at
                for each in sittings
                if (each.service, each.group_id) == same and each.starts_at > self.now
            ),
            None,
        )

    def _last_moment(self, patient_id: int) -> datetime:
        """The end of the last day of her places in the program."""
        last = self.patients[patient_id].until_on
        return local_midnight(last + timedelta(days=1), self.policy.timezone)

    def _slots(self, codes: "_Codes", taken: Sequence[tuple[int, int]]) -> Slots:
        slots = self.slots
        seats = _ints(each.seats for each in slots)
        for _, slot in taken:
            seats[slot] += 1  # counted as gone, and part of the plan
        asked = [codes.whom.get(each.group_id or 0, Whom(0)) for each in slots]
        return Slots(
            ids=[
                f"s{each.session_id}"
                if each.session_id
                else f"o{each.opening_id}@{self.minute(each.starts_at)}"
                for each in slots
            ],
            start=_ints(self.minute(each.starts_at) for each in slots),
            end=_ints(math.ceil((each.ends_at - self.origin) / timedelta(minutes=1)) for each in slots),
            kind=_ints(KINDS[each.kind] for each in slots),
            service=_ints(codes.service[each.service] for each in slots),
            module=_ints(codes.module[each.module] for each in slots),
            track=_ints(codes.track[each.track_id] for each in slots),
            age=np.zeros(len(slots), np.int32),
            language=_ints(codes.language.get(whom.language, EVERYBODY) for whom in asked),
            gender=_ints(codes.gender.get(whom.gender, -1) for whom in asked),
            band=_ints(codes.band.get(whom.age_band, EVERYBODY) for whom in asked),
            states=codes.licensed(slots),
            clinician=_ints(codes.staff.get(each.leader, -1) for each in slots),
            block=_ints(codes.opening.get(each.opening_id, -1) for each in slots),
            cohort=_ints(codes.group.get(each.group_id, -1) for each in slots),
            pod=np.where(np.array([each.kind is SlotKind.INDIVIDUAL for each in slots], bool), 0, -1).astype(
                np.int32
            ),
            seats=seats,
            soft=seats.copy(),
            closed_steps=_ints(CLOSED_STEPS if each.closed else 0 for each in slots),
        )


class _Codes:
    """What each column's numbers stand for."""

    def __init__(self, made: Making, whom: Mapping[int, Whom]) -> None:
        slots = made.slots
        self.whom = whom
        """By group, of those that are not for everybody: what they ask for has to be known of her."""
        self.band = _numbered([each.age_band for each in whom.values() if each.age_band])
        self.language = _numbered([each.language for each in whom.values() if each.language])
        self.gender = _numbered([each.gender for each in whom.values() if each.gender])
        named: list[Slot | Owed] = [*slots, *made.missed]
        self.service = _numbered([each.service for each in named])
        self.module = _numbered([each.module for each in named])
        self.track = _numbered([each.track_id for each in named])
        self.group = _numbered([each.group_id for each in named if each.group_id is not None])
        self.staff = _numbered([each.leader for each in slots if each.leader is not None])
        self.opening = _numbered([each.opening_id for each in slots if each.opening_id is not None])
        states = sorted({each.state for each in made.patients.values() if each.state})
        self.state = {state: bit if bit < WITHOUT_STATE else bit + 1 for bit, state in enumerate(states)}

    def licensed(self, slots: Sequence[Slot]) -> np.ndarray:
        """By slot, one bit a state; where no licence of whoever leads is on file nothing is decided from it."""
        words = max(WITHOUT_STATE, *self.state.values(), 0) // 64 + 1
        out = np.zeros((len(slots), words), np.uint64)
        everywhere = [WITHOUT_STATE, *self.state.values()]
        for row, each in enumerate(slots):
            bits = (
                everywhere
                if each.states is None
                else [WITHOUT_STATE, *(self.state[code] for code in each.states if code in self.state)]
            )
            for bit in bits:
                out[row, bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
        return out


def _free(
    made: Making, sittings: Mapping[int, Sequence[Sitting]], stated: Mapping[int, Sequence[Stated]]
) -> list[tuple[int, int, int]]:
    """The hours that she gives less her own sessions, as (patient, from, until) in minutes, in order."""
    track = {each.patient_id: each.track_id for each in made.missed}
    held: dict[int | None, list[tuple[datetime, datetime]]] = defaultdict(list)
    for slot in made.slots:
        if slot.session_id is not None:
            held[slot.track_id].append((slot.starts_at, slot.ends_at))
    days: dict[tuple[str, int | None], list[tuple[datetime, datetime]]] = {}
    found: list[tuple[int, int, int]] = []
    for key, known in made.patients.items():
        zone, own = ZoneInfo(known.timezone), held.get(track.get(key), ())
        like = (known.timezone, track.get(key))
        if key not in stated and like not in days:
            days[like] = free_hours(zone, made.now, made.until, held=own)
        hers = free_hours(zone, made.now, made.until, stated[key], held=own) if key in stated else days[like]
        for start, end in hers:
            found += [
                (made.place[key], made.minute(begin), made.minute(stop))
                for begin, stop in without(start, end, sittings.get(key, ()))
            ]
    return found


def _offset(zone: str, at: datetime) -> int:
    away = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return round(away / timedelta(minutes=1))


def _ints(values: Iterable[Any]) -> Ints:
    return np.fromiter(values, np.int32)


def _bits(values: Iterable[int]) -> np.ndarray:
    """One word each: this bit, and that of what is for everybody."""
    listed = np.fromiter(values, np.uint64)
    return ((np.uint64(1) << listed) | np.uint64(1 << EVERYBODY)).reshape(-1, 1)


def _numbered(values: Sequence[Any]) -> dict[Any, int]:
    return {each: number for number, each in enumerate(dict.fromkeys(values))}
