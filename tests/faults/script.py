"""What happens in a day, and when: who joins, who texts, what staff do. Drawn once with a seed, the same in every run.

Program time stands still at each step. First whatever the clock alone brings about is done; then the
inputs of the step come in. No patient has two inputs of different kinds in one step, and nobody comes and
goes within one: what two inputs amount to together would depend on which is read first, with or without
faults. The racers are left out of this rule, and of the comparison: they text STOP while their text is on
its way out, and are booked in two places at once.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from rejoin.rooms.fake import Visit, by_nickname, events_of, on_two_devices, reconnects
from tests.faults.world import MIDNIGHT, SeatRow, Size

AFTER_THE_MARK = timedelta(seconds=150)
"""Deadlines lie on whole minutes, and some a second later: a step of the day lies between them."""
MORNING_AFTER = (timedelta(hours=32, minutes=10), timedelta(hours=35), timedelta(hours=38))
MINUTE = timedelta(minutes=1)
HOST_COMES_BEFORE = timedelta(minutes=9)


class Act(NamedTuple):
    """Something a person does: what, about which row, and by which particulars."""

    kind: str
    subject: int
    more: tuple[Any, ...] = ()


class Text(NamedTuple):
    """A text that a patient writes."""

    phone: str
    body: str


@dataclass(slots=True, kw_only=True)
class Step:
    """One instant of the day with what comes in at it."""

    at: datetime
    rooms: list[bytes] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    races: list[Text | Act] = field(default_factory=list)
    """Come in while the clock's own work is under way."""

    @property
    def inputs(self) -> int:
        return len(self.rooms) + len(self.texts) + len(self.acts) + len(self.races)


@dataclass(slots=True, kw_only=True)
class Script:
    """A day. `racers` are patients whose end may differ."""

    steps: list[Step]
    racers: set[int]


def write_script(size: Size, seats: Sequence[SeatRow], *, every: timedelta) -> Script:
    """The day of `seats`, drawn with the seed."""
    return _Writer(size, seats, every).write()


class _Writer:
    def __init__(self, size: Size, seats: Sequence[SeatRow], every: timedelta) -> None:
        self.chance = Random(f"script:{size.seed}")
        self.seats = seats
        self.every = every
        begins = MIDNIGHT + timedelta(hours=size.first_hour) - 2 * every + AFTER_THE_MARK
        many = int((timedelta(hours=size.hours + 1.5)) / every) + 3
        at = [begins + each * every for each in range(many)]
        at += [MIDNIGHT + later + AFTER_THE_MARK for later in MORNING_AFTER]
        self.steps = [Step(at=each) for each in at]
        self.taken: dict[int, set[int]] = defaultdict(set)
        """Steps in which something comes in of a patient."""
        self.by_session: dict[int, list[SeatRow]] = defaultdict(list)
        self.by_patient: dict[int, list[SeatRow]] = defaultdict(list)
        for each in seats:
            self.by_session[each.session].append(each)
            self.by_patient[each.patient].append(each)

    def write(self) -> Script:
        racers = self._choose_racers()
        for session in self.by_session.values():
            self._write_room(session)
        for seat in self.seats:
            if seat.patient in racers:
                self._write_race(seat)
            else:
                self._write_staff(seat)
                self._write_texts(seat)
        for session in self.by_session.values():
            self._write_session(session)
        return Script(steps=self.steps, racers=racers)

    def _choose_racers(self) -> set[int]:
        """Of policy A, with a number that is nobody else's."""
        owners: dict[str, set[int]] = defaultdict(set)
        for each in self.seats:
            owners[each.phone].add(each.patient)
        able = {
            each.patient
            for each in self.seats
            if each.letter == "a" and len(owners[each.phone]) == 1 and each.phone
        }
        return {each for each in sorted(able) if self.chance.random() < 0.03}

    def _write_room(self, session: Sequence[SeatRow]) -> None:
        """Whoever leads is there first: before anybody counts as missing, the room is known to be watched."""
        first = session[0]
        host = Visit(
            room=first.room,
            ref="host",
            name=first.leader,
            joined_at=first.starts_at - HOST_COMES_BEFORE,
            left_at=first.ends_at + 4 * MINUTE,
        )
        owner = {seat.ref: seat.patient for seat in session}
        for event in events_of([host, *(visit for seat in session for visit in self._visits(seat))]):
            late = (
                timedelta(minutes=self.chance.choice((20, 40)))
                if self.chance.random() < 0.01
                else timedelta()
            )
            ref = event.body.get("participant", {}).get("identity", "")
            of = [owner[ref]] if ref in owner else []
            step = self._free_step(of, event.at + late if of else event.at)
            self.steps[step].rooms.append(json.dumps(event.body).encode())

    def _visits(self, seat: SeatRow) -> Sequence[Visit]:
        """Most come in time and stay; the others in every way we know of."""
        chance, drawn = self.chance, self.chance.random()
        gap = self.every * chance.uniform(1.2, 2)
        visit = Visit(
            room=seat.room,
            ref=seat.ref,
            joined_at=seat.starts_at + timedelta(minutes=chance.uniform(-4, 4)),
            left_at=seat.ends_at + timedelta(minutes=chance.uniform(-3, 3)),
        )
        late = replace(visit, joined_at=seat.starts_at + gap * chance.uniform(1, 3))
        ways: tuple[tuple[float, Sequence[Visit]], ...] = (
            (0.15, []),
            (0.25, [late]),  # admitted, or not any more
            (0.30, [replace(visit, left_at=seat.ends_at - gap * 2)]),
            (0.42, reconnects(visit, at=visit.joined_at + gap * 1.5, after=gap)),
            (0.46, on_two_devices(visit, later=gap * 2)),
            (0.48, [by_nickname(visit, name="iPhone")]),
            (0.49, [replace(visit, left_at=None)]),  # nobody ever says that she left
        )
        return next((each for until, each in ways if drawn < until), [visit])

    def _write_staff(self, seat: SeatRow) -> None:
        """What people do about a seat: most of it is about cases, and does nothing where there is none."""
        for share, after, act in self._possible(seat):
            if self.chance.random() < share:
                self._put(act, seat.patient, seat.starts_at + after)

    def _possible(self, seat: SeatRow) -> Iterator[tuple[float, timedelta, Act]]:
        """How likely, how long after the start, and what."""
        length, chance = seat.ends_at - seat.starts_at, self.chance
        drawn = chance.uniform
        yield 0.02, -drawn(0.3, 1.5) * timedelta(hours=1), Act("notice", seat.seat, ("illness",))
        yield 0.02, length + drawn(0.2, 2) * timedelta(hours=1), Act("notice", seat.seat, ("transport",))
        yield 0.03, length * 0.6, Act("mark", seat.seat, ("attended",))
        yield 0.03, length + 40 * MINUTE, Act("mark", seat.seat, ("missed",))
        yield 0.02, length + drawn(60, 90) * MINUTE, Act("mark", seat.seat, ("attended",))
        yield 0.35, drawn(25, 60) * MINUTE, Act("try", seat.seat, ("voicemail",))
        yield 0.30, drawn(70, 170) * MINUTE, Act("try", seat.seat, ("contact",))
        back_at = seat.starts_at + timedelta(minutes=5 * chance.randrange(60, 180))
        yield 0.15, drawn(75, 200) * MINUTE, Act("promise", seat.seat, (back_at.isoformat(),))
        yield 0.8 * seat.elevated, drawn(95, 260) * MINUTE, Act("dispose", seat.seat, ("safe",))
        yield 0.05, drawn(150, 300) * MINUTE, Act("close", seat.seat, ("refused",))
        yield 0.04, drawn(60, 120) * MINUTE, Act("give", seat.seat)
        yield 0.01, drawn(-60, 200) * MINUTE, Act("flag", seat.patient, ("left_distressed",))
        yield 0.015, drawn(-60, 240) * MINUTE, Act("leave", seat.patient)
        yield 0.01, -drawn(10, 90) * MINUTE, Act("release", seat.seat)
        yield from self._bookings(seat)

    def _bookings(self, seat: SeatRow) -> Iterator[tuple[float, timedelta, Act]]:
        """Another session of the same program; now and then one that she cannot be in as well."""
        later = [
            session
            for session, rows in self.by_session.items()
            if rows[0].letter == seat.letter and rows[0].starts_at > seat.starts_at + timedelta(minutes=30)
        ]
        if later:
            yield 0.03, 20 * MINUTE, Act("book", seat.patient, (self.chance.choice(later),))
            yield 0.03, 30 * MINUTE, Act("book", seat.patient, (self.chance.choice(later),))

    def _write_texts(self, seat: SeatRow) -> None:
        if not seat.phone:
            return
        for share, body in ((0.04, "STOP"), (0.02, "HELP"), (0.05, "I am ill today"), (0.01, "START")):
            if self.chance.random() < share:
                at = seat.starts_at + timedelta(minutes=self.chance.uniform(-20, 180))
                self._put(Text(seat.phone, body), seat.patient, at)
                if self.chance.random() < 0.6:
                    self._put(Act("read", seat.patient), seat.patient, at + 40 * MINUTE)

    def _write_session(self, rows: Sequence[SeatRow]) -> None:
        """Most are attested when they are over; few are called off or moved."""
        session, starts, ends = rows[0].session, rows[0].starts_at, rows[0].ends_at
        patients = [each.patient for each in rows]
        if self.chance.random() < 0.7:
            self._put_together(Act("attest", session), patients, ends + self.chance.uniform(10, 60) * MINUTE)
        if self.chance.random() < 0.02:
            self._put_together(
                Act("cancel", session), patients, starts + self.chance.uniform(-60, 90) * MINUTE
            )
        elif self.chance.random() < 0.02:
            self._put_together(
                Act("move", session, (30,)), patients, starts - self.chance.uniform(20, 60) * MINUTE
            )

    def _write_race(self, seat: SeatRow) -> None:
        """STOP on the minute at which her text would go out; and two bookings at once for the same hour."""
        step = self._step_at(seat.starts_at + timedelta(minutes=5))
        self.steps[step].races.append(Text(seat.phone, "STOP"))
        later = [
            session
            for session, rows in self.by_session.items()
            if rows[0].letter == seat.letter and rows[0].starts_at > seat.ends_at
        ]
        if len(later) > 1:
            pair = self.chance.sample(later, 2)
            self.steps[step].races += [Act("book", seat.patient, (each,)) for each in pair]

    def _put(self, what: Act | Text, patient: int, at: datetime) -> None:
        """Into the first step from then on in which nothing else comes in of her."""
        self._put_together(what, [patient], at)

    def _put_together(self, what: Act | Text, patients: Sequence[int], at: datetime) -> None:
        step = self._free_step(patients, at)
        if isinstance(what, Act):
            self.steps[step].acts.append(what)
        else:
            self.steps[step].texts.append(what)

    def _free_step(self, patients: Sequence[int], at: datetime) -> int:
        """The first step at which something of `at` can be known and nothing else comes in of these."""
        step = self._step_at(at)
        while step < len(self.steps) - 1 and any(step in self.taken[each] for each in patients):
            step += 1
        for each in patients:
            self.taken[each].add(step)
        return step

    def _step_at(self, at: datetime) -> int:
        """The first step at which something of `at` can be known."""
        return next((place for place, each in enumerate(self.steps) if each.at >= at), len(self.steps) - 1)
