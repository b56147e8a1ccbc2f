"""The weeks before the story, lived through: who missed which evening, who called, what was asked and what was answered.

The engine's own sweeps and the actions that staff and patients use, each at its own instant of the past and in their order,
so that nothing is there that they would refuse. It is one transaction: the worker, whose clock stands before all of it, sees
nothing of it until it is whole. The last days are left to the worker (`LATELY`), but for what was answered in them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple

from django.db import transaction

from rejoin.attendance.sweep import hold_sessions, look_at_sessions
from rejoin.common import clock
from rejoin.common.actors import ENGINE, patient_actor, staff_actor
from rejoin.demo.days import LATELY, WEDNESDAY, ZONE, instant, minutes
from rejoin.demo.folders import MISSED_SEEN_AFTER
from rejoin.demo.scores import (
    ASKED,
    ASKS,
    CALLED,
    COURSES,
    DECIDED,
    DECIDED_ON,
    DECLINED,
    LATER,
    NOT_ANSWERED,
    Asked,
    Call,
    answers_of,
)
from rejoin.demo.town import Group, Town
from rejoin.followup.actions import decide_review, record_attempt
from rejoin.followup.measures import take_measure
from rejoin.followup.models import Case, Review
from rejoin.followup.patterns import sweep_patients
from rejoin.followup.sweep import sweep_cases, sweep_statuses
from rejoin.insights.actions import OPEN_FOR, decline_measure, say_watch, schedule_measure
from rejoin.insights.models import Due
from rejoin.insights.sweep import sweep_measures
from rejoin.insights.vocabulary import How
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Program, Seat
from rejoin.programs.vocabulary import Role

WATCHED: Final = (time(8), time(22))
"""From when until when a clinician looks for answers that ask for somebody, every day. Outside of it nobody is sent a PHQ-9."""
CALLED_WITHIN: Final = 60
"""Minutes after such an answer."""
COMES_DUE_AFTER, ENDS_AFTER = minutes(2), minutes(216)
"""Of an evening's start: when the engine first looks, and when everybody has been attested."""
IN_THE_BREAK: Final = minutes(91)
SECONDS_APART: Final = 37
"""Whoever answers in the break answers one after the other."""

Do = Callable[[datetime], object]


class Moment(NamedTuple):
    """Something that happens at an instant of the past."""

    at: datetime
    do: Do


def live_weeks_before(town: Town, *, at: datetime) -> None:
    """From the first session of all to the last Monday; then the clock stands at `at` again."""
    with transaction.atomic():
        past = WeeksBefore(town)
        hold_sessions(past.sessions)
        for moment in past.moments():
            clock.simulate(shown_at=moment.at, rate=0)
            moment.do(moment.at)
        clock.simulate(shown_at=at, rate=0)


class WeeksBefore:
    """Harbor's six weeks, as far as they are behind when the story begins."""

    def __init__(self, town: Town) -> None:
        self.groups: Sequence[Group] = [each for each in town.groups if each.program == ASKS]
        self.program = Program.objects.get(slug=ASKS)
        self.patients = {each.name: each for each in Patient.objects.filter(name__in=list(COURSES))}
        self.staff = {each.name: each for each in Staff.objects.all()}
        self.supervisor = staff_actor(self.staff[town.program(ASKS).roles["supervisor"][0]].pk)
        self.seats: dict[tuple[str, date], tuple[int, int]] = {
            (name, starts_at.astimezone(ZONE).date()): (seat, session)
            for seat, session, name, starts_at in Seat.objects.live()
            .filter(session__program=self.program, session__starts_at__lt=instant(LATELY, "00:00"))
            .values_list("pk", "session_id", "patient__name", "session__starts_at")
        }
        self.dues: dict[tuple[str, str, date], Due] = {}
        """What has come due so far."""

    @property
    def sessions(self) -> list[int]:
        return sorted({session for _, session in self.seats.values()})

    def moments(self) -> list[Moment]:
        """All of them in their order."""
        evenings = sorted({each for group in self.groups for each in group.meets if each[0] < WEDNESDAY})
        found = list(self._asking())
        for day, begins in evenings:
            found += self._evening(day, instant(day, begins))
        found.append(Moment(instant(DECIDED_ON, "15:30"), self._decide))
        return sorted(found, key=lambda moment: moment.at)

    def _asking(self) -> Iterator[Moment]:
        """Who looks for answers, then what is asked: the one has to be there before the other."""
        first = min(each.since for each in ASKED)
        yield Moment(instant(first, "08:30"), self._watch)
        for each in ASKED:
            yield Moment(instant(each.since, "09:00"), partial(self._schedule, each))

    def _watch(self, at: datetime) -> None:
        opens, closes = WATCHED
        say_watch(
            program=self.program,
            role=Role.CLINICIAN,
            days=range(1, 8),
            opens=opens,
            closes=closes,
            within_minutes=CALLED_WITHIN,
            by=self.supervisor,
            at=at,
        )

    def _schedule(self, asked: Asked, at: datetime) -> None:
        schedule_measure(
            program=self.program,
            instrument=asked.measure,
            every_days=asked.every_days,
            by=self.supervisor,
            at=at,
        )

    def _evening(self, day: date, begins_at: datetime) -> Iterator[Moment]:
        asked = [each for each in ASKED if each.is_due(day)]
        if asked:
            yield Moment(begins_at + COMES_DUE_AFTER, partial(self._come_due, day))
            yield from self._answers(asked, day, begins_at)
        if day >= LATELY:
            return
        missing = [name for name, when in CALLED if when == day]
        if missing:
            seen_at = begins_at + minutes(MISSED_SEEN_AFTER + 1)
            yield Moment(seen_at, partial(self._notice, missing, day))
            for name in missing:
                yield from self._calls(name, day, begins_at)
            if asked:  # what was not answered by then has become a gap
                over_at = begins_at + ENDS_AFTER + OPEN_FOR
                yield Moment(over_at, _follow_measures)
        yield Moment(begins_at + ENDS_AFTER, partial(self._end, day))

    def _come_due(self, day: date, at: datetime) -> None:
        sweep_measures(now=at)
        found = Due.objects.filter(program=self.program, due_on=day).select_related("patient", "program")
        self.dues |= {(each.patient.name, each.instrument, day): each for each in found}

    def _notice(self, missing: Sequence[str], day: date, at: datetime) -> None:
        """Whoever leads has said who is missing: their cases open, and what they were to answer is opened again."""
        seats = [self.seats[name, day] for name in missing]
        sessions = sorted({session for _, session in seats})
        look_at_sessions(sessions, seats=[seat for seat, _ in seats], by=ENGINE, at=at)
        sweep_statuses(now=at)
        sweep_measures(now=at)

    def _end(self, day: date, at: datetime) -> None:
        """Everybody is attested; who was missed before and came is back."""
        sessions = sorted({session for (_, when), (_, session) in self.seats.items() if when == day})
        look_at_sessions(sessions, by=ENGINE, at=at)
        sweep_statuses(now=at)
        sweep_cases(now=at)

    def _calls(self, name: str, day: date, begins_at: datetime) -> Iterator[Moment]:
        counselor = next(each.counselor for each in self.groups if name in each.patients)
        for call in CALLED[name, day]:
            yield Moment(begins_at + minutes(call.after), partial(self._call, (name, day), call, counselor))

    def _call(self, missed: tuple[str, date], call: Call, by: str, at: datetime) -> None:
        sweep_cases(now=at)
        case = Case.objects.get(seat=self.seats[missed][0])
        step = case.steps.to_do().get(rule=call.step)
        record_attempt(case=case, step=step, outcome=call.outcome, by=staff_actor(self.staff[by].pk), at=at)

    def _decide(self, at: datetime) -> None:
        """On every pattern of absence that there is by then."""
        sweep_patients(now=at)
        for review in Review.objects.open().filter(program=self.program).order_by("pk"):
            decided = DECIDED[review.trigger]
            decide_review(
                review=review, decision=decided.decision, words=decided.words, by=self.supervisor, at=at
            )

    def _answers(self, asked: Sequence[Asked], day: date, begins_at: datetime) -> Iterator[Moment]:
        """In the break, or later where she missed it. Who is missing and is not in `LATER` answers nothing."""
        for place, name in enumerate(COURSES):
            for each in asked:
                key = (name, each.key, day)
                later = LATER.get(key)
                if key in NOT_ANSWERED:
                    continue
                after = IN_THE_BREAK + timedelta(seconds=SECONDS_APART * place)
                if later is not None:
                    after = timedelta(hours=later.hours)
                how = later.how if later else How.PORTAL
                yield Moment(begins_at + after, partial(self._answer, key, each, how))

    def _answer(self, key: tuple[str, str, date], asked: Asked, how: How, at: datetime) -> None:
        name, _, day = key
        patient, due = self.patients[name], self.dues[key]
        herself = patient_actor(patient.pk)
        if key in DECLINED:
            decline_measure(due=due, by=herself, at=at)
            return
        counselor = next(each.counselor for each in self.groups if name in each.patients)
        take_measure(
            due=due,
            answers=answers_of(name, asked, day),
            language=patient.language,
            how=how,
            by=herself if how is How.PORTAL else staff_actor(self.staff[counselor].pk),
            at=at,
        )


def _follow_measures(at: datetime) -> None:
    sweep_measures(now=at)
