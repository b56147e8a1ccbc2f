"""What there is, as the columns that make-ups are planned from: for one patient who asks, or for a whole program at night.

Free time is worked out in her own zone, hour by hour on her wall clock, so that a change of clocks between now and then
moves it as it moves her. The instance itself knows one offset a patient: it is the one of now, and it serves for local
days and parts of the day only; whoever accepts is asked by the wall clock again (`caps`).
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
from rejoin.domain.makeup.book import Book, facts_of
from rejoin.domain.makeup.eligible import Index, index_of
from rejoin.domain.makeup.problem import Instance, Ints, Kind, Longs, Missed, Patients, Slots, Weights
from rejoin.domain.policy import Policy
from rejoin.domain.policy.document import MakeupRules
from rejoin.makeups import reading
from rejoin.makeups.reading import Found, Known, Owed, Sitting, Standing
from rejoin.makeups.vocabulary import MODES, SlotKind
from rejoin.programs.books import Book as PolicyBooks
from rejoin.programs.books import book_of

NOTICE: Final = timedelta(hours=1)
"""Nothing that begins sooner is offered: she has to find a quiet place first. Ours."""
WINDOW: Final = timedelta(days=7)
"""Where the policy says none (domain.md 2.6 found no published rule)."""
WAKES, SLEEPS = 8, 21
"""Hours on her wall clock between which she is asked to come, beside her own sessions. Ours."""
STEP: Final = 15
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
PROCESS: Final = "process"
WITHOUT_STATE: Final = 63
"""A bit that every slot has: where she is nobody knows yet, and she is asked when she comes in."""
SUNDAY: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in time that may stand for a missed session."""

    session_id: int | None
    opening_id: int | None
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind
    service: str
    module: str
    track_id: int | None
    group_id: int | None
    closed: bool
    leader: int | None
    states: list[str] | None
    seats: int

    @property
    def key(self) -> tuple[int | None, int | None, datetime]:
        return (self.session_id, self.opening_id, self.starts_at)


@dataclass(frozen=True, kw_only=True)
class World:
    """An instance with what its numbers stand for."""

    program_id: int
    policy: Policy
    now: datetime
    origin: datetime
    instance: Instance
    missed: tuple[Owed, ...]
    slots: tuple[Slot, ...]
    zones: Mapping[int, ZoneInfo]
    """By patient."""
    prices: np.ndarray

    @property
    def rules(self) -> MakeupRules:
        return self.policy.makeup or MakeupRules(modes={})

    @cached_property
    def index(self) -> Index:
        return index_of(self.instance)

    @cached_property
    def book(self) -> Book:
        book = Book(instance=self.instance, facts=facts_of(self.instance))
        for missed, slot in zip(self.instance.taken_missed, self.instance.taken_slot, strict=True):
            book.put(int(missed), int(slot))
        return book

    def row_of(self, seat_id: int) -> int | None:
        """The missed session's row; None: nothing of it is open, or another policy rules it."""
        return next((row for row, each in enumerate(self.missed) if each.seat_id == seat_id), None)


def policy_of(program_id: int, starts_at: datetime) -> tuple[Policy, PolicyBooks]:
    """The policy in force on the day that was missed."""
    book = book_of(program_id)
    return book.in_force(local_day(starts_at, book.timezone)), book


def window_of(policy: Policy) -> timedelta:
    return (policy.makeup and policy.makeup.window) or WINDOW


def world_of_patient(
    missed: Owed, *, program_id: int, now: datetime, most: int | None = None, whole: bool = False
) -> World:
    """What there is for one of her missed sessions, and what stands for her others.

    Of other groups' sessions on the same those with seats left; `most` of them, the soonest. The `whole` of it are all
    sessions of the program, full ones too: where somebody asks why not that one.
    """
    policy, book = policy_of(program_id, missed.starts_at)
    own = reading.owed_in(program_id, since=now - window_of(policy), now=now, patients=[missed.patient_id])
    rows = [each for each in own if _same_policy(each, policy, book)]
    return _world(program_id, policy, rows, now, of=None if whole else missed, most=most)


def worlds_of_program(
    program_id: int, *, now: datetime, patients: Sequence[int] | None = None
) -> list[World]:
    """One for each version of the policy that some open missed session falls under: of everybody, or of these patients."""
    book = book_of(program_id)
    widest = max(window_of(version) for version, _ in _versions(book))
    rows = reading.owed_in(program_id, since=now - widest, now=now, patients=patients)
    by_policy: dict[int, tuple[Policy, list[Owed]]] = {}
    for each in rows:
        policy = book.in_force(local_day(each.starts_at, book.timezone))
        by_policy.setdefault(policy.version, (policy, []))[1].append(each)
    worlds = [_world(program_id, policy, owed, now, of=None) for policy, owed in by_policy.values()]
    return [each for each in worlds if each.missed]


def _versions(book: PolicyBooks) -> Sequence[tuple[Policy, Any]]:
    return book.pages.versions


def _same_policy(owed: Owed, policy: Policy, book: PolicyBooks) -> bool:
    return book.in_force(local_day(owed.starts_at, book.timezone)).version == policy.version


def _world(
    program_id: int,
    policy: Policy,
    owed: Sequence[Owed],
    now: datetime,
    *,
    of: Owed | None,
    most: int | None = None,
) -> World:
    until = now + window_of(policy)
    asked: dict[str, Any] = {
        "program": program_id,
        "patients": sorted({each.patient_id for each in owed}),
        "now": now,
        "since": now + NOTICE,
        "until": until,
        "service": of and of.service,
        "module": of and of.module,
        "most": most,
    }
    patients = {row[0]: Known(*row) for row in select(reading.PATIENTS, asked)}
    missed = tuple(each for each in owed if each.patient_id in patients)
    standing = [Standing(*row) for row in select(reading.STANDING, asked)]
    slots = _slots(asked, policy)
    missed, taken = _taken(missed, slots, standing)
    prices = {row[:3]: row[3] for row in select(reading.PRICES, asked)}
    making = _Making(policy=policy, now=now, until=until, patients=patients, missed=missed, slots=slots)
    return World(
        program_id=program_id,
        policy=policy,
        now=now,
        origin=making.origin,
        instance=making.instance(asked, standing, taken),
        missed=missed,
        slots=slots,
        zones={key: ZoneInfo(each.timezone) for key, each in patients.items()},
        prices=np.array([prices.get(each.key, 0.0) for each in slots]),
    )


def _slots(asked: Mapping[str, Any], policy: Policy) -> tuple[Slot, ...]:
    """What the policy's modes allow; openings cut into times that are free."""
    allowed = policy.makeup.modes if policy.makeup else {}
    busy: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for opening, starts_at, ends_at in select(reading.BUSY, asked):
        busy[opening].append((starts_at, ends_at))
    found: list[Slot] = []
    for row in select(reading.SLOTS, asked):
        each = Found(*row)
        kind = SlotKind(each.kind)
        if MODES[kind].value not in allowed:
            continue
        if each.opening_id is None:
            found.append(_slot(each, kind, each.starts_at, each.ends_at))
            continue
        found += [
            _slot(each, kind, start, end)
            for start, end in times_in(each, asked["since"], asked["until"], busy[each.opening_id])
        ]
    return tuple(found)


def times_in(
    opening: Found, since: datetime, until: datetime, busy: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """The times of an opening, a quarter of an hour apart, at which whoever's it is leads nothing else."""
    length, step = timedelta(minutes=opening.minutes), timedelta(minutes=STEP)
    found, start = [], opening.starts_at
    while start + length <= min(opening.ends_at, until):
        if start >= since and all(end <= start or begin >= start + length for begin, end in busy):
            found.append((start, start + length))
        start += step
    return found


def _slot(found: Found, kind: SlotKind, starts_at: datetime, ends_at: datetime) -> Slot:
    return Slot(
        session_id=found.session_id,
        opening_id=found.opening_id,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
        service=found.service,
        module=found.module,
        track_id=found.track_id,
        group_id=found.group_id,
        closed=found.closed,
        leader=found.leader,
        states=found.states,
        seats=found.seats,
    )


def _taken(
    missed: tuple[Owed, ...], slots: Sequence[Slot], standing: Sequence[Standing]
) -> tuple[tuple[Owed, ...], list[tuple[int, int]]]:
    """Missed sessions without those that have a place outside the slots here; and pairs of those that have one among them."""
    by_session: dict[int | None, int] = {
        each.session_id: place for place, each in enumerate(slots) if each.session_id is not None
    }
    stands = {each.missed_id: each for each in standing if each.turn != "declined"}
    kept = tuple(
        each for each in missed if each.seat_id not in stands or stands[each.seat_id].session_id in by_session
    )
    pairs = [
        (row, by_session[stands[each.seat_id].session_id])
        for row, each in enumerate(kept)
        if each.seat_id in stands
    ]
    return kept, pairs


@dataclass(frozen=True, kw_only=True)
class _Making:
    """Rows on their way to columns."""

    policy: Policy
    now: datetime
    until: datetime
    patients: Mapping[int, Known]
    missed: Sequence[Owed]
    slots: Sequence[Slot]

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
        codes = _Codes(self)
        sittings = [Sitting(*row) for row in select(reading.SEATS, asked)]
        by_patient: dict[int, list[Sitting]] = defaultdict(list)
        for each in sittings:
            by_patient[each.patient_id].append(each)
        free = _free(self, by_patient)
        rules = self.policy.makeup or MakeupRules(modes={})
        barred, shut = self._kept_from(asked, codes)
        apart = [
            pair
            for a, b in select(reading.APART, asked)
            for pair in ((self.place[a], self.place[b]), (self.place[b], self.place[a]))
        ]
        return Instance(
            weights=WEIGHTS,
            max_per_day=rules.max_per_day or 2,
            max_per_week=rules.max_per_week or 4,
            process=codes.service.get(PROCESS, -1),
            sunday=np.array([self.policy.hours.week_starts_on == SUNDAY]),
            counts_individual=np.array(["hours" in rules.modes.get("individual", ())]),
            counts_extra=np.array(["hours" in rules.modes.get("extra_group", ())]),
            patients=self._patients(codes),
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

    def _patients(self, codes: "_Codes") -> Patients:
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
            gender=nothing,
            languages=np.ones((len(known), 1), np.uint64),
            risk=_ints(HIGH if elevating & set(each.flags) else 0 for each in known),
            payer=nothing + 1,
            cohort=_ints(
                codes.group.get(home[each.patient_id].group_id, -1) if each.patient_id in home else -1
                for each in known
            ),
            pod=nothing + 1,
            clinician=_ints(codes.staff.get(each.staff_id, -1) for each in known),
            preferred_hour=nothing,
            slack=nothing + 1,
        )

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
        nothing = np.full(len(slots), -1, np.int32)
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
            age=nothing + 1,
            language=nothing + 1,
            gender=nothing,
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

    def __init__(self, made: _Making) -> None:
        slots = made.slots
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


def _free(made: _Making, sittings: Mapping[int, Sequence[Sitting]]) -> list[tuple[int, int, int]]:
    """Her waking hours less her own sessions, as (patient, from, until) in minutes, in order."""
    days: dict[str, list[tuple[datetime, datetime]]] = {}
    found: list[tuple[int, int, int]] = []
    for key, known in made.patients.items():
        if known.timezone not in days:
            days[known.timezone] = waking(ZoneInfo(known.timezone), made.now, made.until)
        hers = sittings.get(key, ())
        for start, end in days[known.timezone]:
            found += [
                (made.place[key], made.minute(begin), made.minute(stop))
                for begin, stop in without(start, end, hers)
            ]
    return found


def waking(zone: ZoneInfo, now: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    day, last = local_day(now, zone), local_day(until, zone)
    found = []
    while day <= last:
        begins = datetime(day.year, day.month, day.day, WAKES, tzinfo=zone)
        found.append((begins.astimezone(UTC), begins.replace(hour=SLEEPS).astimezone(UTC)))
        day += timedelta(days=1)
    return found


def without(start: datetime, end: datetime, sittings: Sequence[Sitting]) -> list[tuple[datetime, datetime]]:
    """What is left of a time beside `sittings`, which come in order and do not overlap."""
    left, begin = [], start
    for each in sittings:
        if each.ends_at <= begin or each.starts_at >= end:
            continue
        if each.starts_at > begin:
            left.append((begin, each.starts_at))
        begin = each.ends_at
    if begin < end:
        left.append((begin, end))
    return left


def _offset(zone: str, at: datetime) -> int:
    away = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return round(away / timedelta(minutes=1))


def _ints(values: Iterable[Any]) -> Ints:
    return np.fromiter(values, np.int32)


def _numbered(values: Sequence[Any]) -> dict[Any, int]:
    return {each: number for number, each in enumerate(dict.fromkeys(values))}
