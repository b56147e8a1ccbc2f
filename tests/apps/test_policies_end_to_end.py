"""The five policies and the overlay through the whole engine: from the watch on a session to how its case ended.

Every time and channel is written here from the policy documents and the domain's test vectors. The engine is woken at
the instants that it asked for itself and at no other, so that a rung it forgets is a rung that is missing here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rejoin.attendance.actions import record_check_in, record_mark
from rejoin.attendance.models import Outcome, SeatStatus
from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import Actor, staff_actor, vendor_actor
from rejoin.common.models import Heartbeat
from rejoin.common.rows import select
from rejoin.domain.attendance import Presence, Status
from rejoin.domain.kernel import Refusal
from rejoin.followup.actions import (
    close_case,
    record_attempt,
    record_disposition,
    record_promise,
    see_to_step,
)
from rejoin.followup.engine import PARTS, run_pass, run_sending
from rejoin.followup.models import Attempt, Case, CaseEvent, PromiseOutcome, Review, Step
from rejoin.followup.vocabulary import AttemptOutcome, FinalOutcome, SafetyResult
from rejoin.outreach.channels.port import Accepted, Channel, Refused, Sendable
from rejoin.outreach.inbox import take_in
from rejoin.outreach.models import Message, PushSubscription
from rejoin.people.models import Contact, Patient, Staff
from rejoin.programs.actions import end_enrolment
from rejoin.programs.models import Session
from rejoin.programs.vocabulary import Ending
from rejoin.rooms.models import SeatEvidence
from tests.apps import scene as scenes
from tests.apps.scene import START, FakeChannel, Scene

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
WEDNESDAY, THURSDAY, FRIDAY = "2026-10-07", "2026-10-08", "2026-10-09"
DUE = """
SELECT min(due) FROM (SELECT next_look_at AS due FROM attendance_watch UNION ALL SELECT next_look_at FROM followup_case
    UNION ALL SELECT next_look_at FROM followup_patientwatch UNION ALL SELECT at FROM rooms_revisit
    UNION ALL SELECT not_before FROM outreach_message WHERE state = 'queued') AS asked WHERE due > %s
"""
"""The next instant at which anything asked to be looked at."""


def at(wall: str) -> datetime:
    """An instant by the clocks of New York."""
    return datetime.fromisoformat(wall).replace(tzinfo=NEW_YORK).astimezone(UTC)


def told(instant: datetime | None) -> str:
    """The weekday and the time there; seconds where there are any."""
    return instant.astimezone(NEW_YORK).strftime("%a %H:%M:%S").removesuffix(":00") if instant else "never"


@dataclass
class Vendor(FakeChannel):
    """Takes what it is given, and knows when that was: what a ladder says, and what leads her to her ways back."""

    taken: list[str] = field(default_factory=list)
    led: list[str] = field(default_factory=list)

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        (self.led if "pick a time that suits you" in sendable.body else self.taken).append(told(now))
        return super().send(sendable, now=now)


class Story:
    """One patient, one session she does not come to, and the engine by its own clock."""

    def __init__(
        self,
        letter: str = "a",
        *,
        starts: str = f"{WEDNESDAY} 18:00",
        minutes: int = 195,
        flag: str = "",
        guardian: bool = True,
        admitted: dict[str, Any] | None = None,
        session: dict[str, Any] | None = None,
        watched: bool = True,
    ) -> None:
        self.scene = Scene(letter)
        self.sms, self.push = Vendor(), Vendor()
        self.channels: dict[str, Channel] = {"sms": self.sms, "push": self.push}
        self.ada = self.scene.admit("ada", **admitted or {})
        self.guardian = Contact.objects.create(patient=self.ada, relation="guardian")
        if guardian:
            self.scene.consent(self.ada, "phone", contact=self.guardian, purpose="attendance")
        if flag:
            self.scene.flag(self.ada, flag)
        self.session = self.scene.session(self.ada, starts_at=at(starts), minutes=minutes, **session or {})
        if watched:
            self.scene.watched(self.session)
        self.now = self.session.starts_at - timedelta(hours=1)

    @property
    def case(self) -> Case:
        return Case.objects.get(session=self.session)

    @property
    def ben(self) -> Actor:
        return self.scene.as_ben()

    def go(self, wall: str) -> None:
        """On to that time, looking whenever something is due."""
        until = at(wall)
        self.look()
        while (soonest := select(DUE, [self.now])[0][0]) is not None and soonest <= until:
            self.now = soonest
            self.look()
        self.jump(wall)

    def jump(self, wall: str) -> None:
        """To that time at once, as after a night without a worker."""
        self.now = at(wall)
        self.look()

    def look(self) -> None:
        clock.simulate(shown_at=self.now, rate=0)
        for _ in range(20):
            if not run_pass(self.now) + run_sending(self.channels, self.now):
                break
        else:
            raise AssertionError("the engine does not come to rest")
        assert Heartbeat.objects.filter(at=self.now).count() == len(PARTS) + 1  # no part failed

    def sees(self, *spans: tuple[str, str | None], session: Session | None = None) -> None:
        """What the room says of her from here on."""
        seat = (session or self.session).seats.get(patient=self.ada)
        seen = [
            Presence(source="livekit-webhook", start=at(start), end=at(end) if end else None)
            for start, end in spans
        ]
        SeatEvidence.objects.update_or_create(
            seat=seat,
            defaults={
                "first_join": seen[0].start,
                "presence": msgspec.to_builtins(seen),
                "worked_out_at": self.now,
            },
        )
        # Rooms write the session's word last: whoever decides is woken by it.
        self.scene.watched(session or self.session)

    def calls(self, rule: str, outcome: AttemptOutcome, wall: str, *, contact: Contact | None = None) -> None:
        """Ben calls for a step, and writes it down at once."""
        self.go(wall)
        record_attempt(
            case=self.case,
            step=Step.objects.get(case=self.case, rule=rule),
            channel="phone",
            outcome=outcome,
            contact=contact,
            by=self.ben,
            at=self.now,
        )
        self.look()

    def disposes(self, result: SafetyResult, *, clinician: Staff | None = None) -> None:
        who = clinician or self.scene.ben
        record_disposition(case=self.case, clinician=who, result=result, by=staff_actor(who.pk), at=self.now)
        self.look()

    def closes(self, outcome: FinalOutcome) -> None:
        close_case(case=self.case, outcome=outcome, by=self.ben, at=self.now)
        self.look()

    def steps(self) -> list[str]:
        """Every step of the case as it came onto somebody's list."""
        rows = Step.objects.filter(case=self.case).order_by("raised_at", "id")
        return [_as_line(each) for each in rows]

    def states(self) -> dict[str, str]:
        return dict(Step.objects.filter(case=self.case).values_list("rule", "state"))

    def to_do(self) -> list[str]:
        return list(Step.objects.to_do().order_by("id").values_list("rule", flat=True))

    def ending(self) -> tuple[str, str, str, str]:
        case = self.case
        return case.state, case.final_outcome, case.stopping, told(case.stopped_at)

    def status(self) -> str:
        return SeatStatus.objects.get(session=self.session, patient=self.ada).status

    def missed_at_once(
        self, *days: str, hours: str = "18:00", minutes: int = 120, **columns: Any
    ) -> list[Session]:
        """More sessions of hers, watched, at the same hour."""
        made = [
            self.scene.session(self.ada, starts_at=at(f"{day} {hours}"), minutes=minutes, **columns)
            for day in days
        ]
        for each in made:
            self.scene.watched(each)
        return made


def _as_line(step: Step) -> str:
    ways = f" by {'/'.join(step.channels)}" if step.channels else ""
    towards = "" if step.to == "patient" else f" to the {step.to}"
    return f"{told(step.raised_at)} {step.rule}: {step.actor}{ways}{towards} until {told(step.deadline)}"


@dataclass(frozen=True)
class Ladder:
    """What a policy asks for when nobody does anything."""

    letter: str
    starts: str
    minutes: int
    walk_until: str
    steps: tuple[str, ...]
    flag: str = ""
    texts: tuple[str, ...] = ()
    pushes: tuple[str, ...] = ()
    first_attempt_by: str = ""
    next_session: str = ""
    marked_at: str = ""
    """In person: no room tells, the facilitator marks."""


# A rung without a deadline of its own is late after a day, a message after a quarter of an hour, and what
# stands on the supervisor's list after four hours.
LADDERS = {
    "a": Ladder(
        "a", "2026-10-07 18:00", 195, "2026-10-13 12:00",
        (
            "Wed 18:05 nudge: system by sms/push until Wed 18:20",
            "Wed 18:20 tech: cofacilitator by phone until Wed 18:45",
            "Wed 18:45:01 escalation:tech: supervisor until Wed 22:45:01",
            "Wed 19:00 call1: counselor by phone/secure_message until Wed 22:00",
            "Wed 22:00:01 escalation:call1: supervisor until Thu 02:00:01",
            "Thu 10:00 call2: counselor by phone until Fri 10:00",
            "Fri 10:00:01 escalation:call2: supervisor until Fri 14:00:01",
            "Mon 10:00 call3: counselor by phone/letter until Tue 10:00",
            "Tue 10:00:01 escalation:call3: supervisor until Tue 14:00:01",
        ),
        texts=("Wed 18:05",), first_attempt_by="Thu 18:00", next_session="2026-10-08 18:00",
    ),
    "a elevated": Ladder(
        "a", "2026-10-07 18:00", 195, "2026-10-08 20:00",
        (
            "Wed 18:05 nudge: system by sms/push until Wed 18:20",
            "Wed 18:15 call_now: coordinator by phone until Wed 18:30",
            "Wed 18:30:01 escalation:call_now: supervisor until Wed 22:30:01",
            "Wed 19:00 call2: counselor by phone until Wed 20:00",
            "Wed 19:30 supervisor: supervisor by phone until Wed 21:00",
            "Wed 20:00:01 escalation:call2: supervisor until Thu 00:00:01",
            "Wed 21:00 disposition: clinician by phone/in_person until Thu 18:00",
            "Wed 21:00:01 escalation:supervisor: supervisor until Thu 01:00:01",
            "Thu 18:00:01 escalation:disposition: supervisor until Thu 22:00:01",
        ),
        flag="uds_positive_7d", texts=("Wed 18:05",), first_attempt_by="Thu 18:00",
        next_session="2026-10-08 18:00",
    ),
    "b": Ladder(
        "b", "2026-10-09 09:00", 180, "2026-10-15 12:00",
        (
            "Fri 11:00 attempt1: counselor by phone until Sat 09:00",
            "Sat 09:00:01 escalation:attempt1: supervisor until Sat 13:00:01",
            "Mon 10:00 attempt2: counselor by secure_message/letter until Tue 10:00",
            "Tue 10:00:01 escalation:attempt2: supervisor until Tue 14:00:01",
            "Wed 10:00 attempt3: outreach_worker by phone/in_person until Thu 10:00",
            "Thu 10:00:01 escalation:attempt3: supervisor until Thu 14:00:01",
        ),
        first_attempt_by="Sat 09:00", next_session="2026-10-12 09:00",
    ),
    "b elevated": Ladder(
        "b", "2026-10-09 09:00", 180, "2026-10-10 12:00",
        (
            "Fri 09:15 attempt_now: coordinator by phone until Fri 09:30",
            "Fri 09:30:01 escalation:attempt_now: supervisor until Fri 13:30:01",
            "Fri 10:00 supervisor: supervisor by phone until Fri 12:00",
            "Fri 12:00 disposition: clinician by phone/in_person until Sat 09:00",
            "Fri 12:00:01 escalation:supervisor: supervisor until Fri 16:00:01",
            "Sat 09:00:01 escalation:disposition: supervisor until Sat 13:00:01",
        ),
        flag="detox_discharge_14d", first_attempt_by="Sat 09:00", next_session="2026-10-12 09:00",
    ),
    "c": Ladder(
        "c", "2026-10-13 16:00", 120, "2026-10-14 18:00",
        (
            "Tue 16:05 nudge: system by push until Tue 16:20",
            "Tue 16:15 guardian1: coordinator by phone to the guardian until Tue 17:00",
            "Tue 16:30 youth1: counselor by phone until Tue 18:00",
            "Tue 17:00:01 escalation:guardian1: supervisor until Tue 21:00:01",
            "Tue 18:00:01 escalation:youth1: supervisor until Tue 22:00:01",
            "Tue 20:00 guardian2: counselor by phone to the guardian until Wed 16:00",
            "Wed 10:00 youth2: counselor by phone/secure_message until Wed 16:00",
            "Wed 16:00:01 escalation:guardian2: supervisor until Wed 20:00:01",
            "Wed 16:00:01 escalation:youth2: supervisor until Wed 20:00:01",
        ),
        pushes=("Tue 16:05",), first_attempt_by="Wed 16:00", next_session="2026-10-15 16:00",
    ),
    "c elevated": Ladder(
        "c", "2026-10-13 16:00", 120, "2026-10-14 18:00",
        (
            "Tue 16:10 guardian_now: coordinator by phone to the guardian until Tue 16:20",
            "Tue 16:15 youth_now: counselor by phone until Tue 16:30",
            "Tue 16:20:01 escalation:guardian_now: supervisor until Tue 20:20:01",
            "Tue 16:30:01 escalation:youth_now: supervisor until Tue 20:30:01",
            "Tue 17:00 supervisor: supervisor by phone until Tue 19:00",
            "Tue 19:00 disposition: clinician by phone/in_person until Wed 16:00",
            "Tue 19:00:01 escalation:supervisor: supervisor until Tue 23:00:01",
            "Wed 16:00:01 escalation:disposition: supervisor until Wed 20:00:01",
        ),
        flag="cssrs_high", first_attempt_by="Wed 16:00", next_session="2026-10-15 16:00",
    ),
    "d": Ladder(
        "d", "2026-10-14 09:30", 180, "2026-10-17 12:00",
        (
            "Wed 10:00 call1: coordinator by phone until Wed 11:30",
            "Wed 11:30:01 escalation:call1: supervisor until Wed 15:30:01",
            "Thu 10:00 call2: counselor by phone until Fri 10:00",
            "Fri 10:00 call3: counselor by phone/letter until Sat 10:00",
            "Fri 10:00:01 escalation:call2: supervisor until Fri 14:00:01",
            "Sat 10:00:01 escalation:call3: supervisor until Sat 14:00:01",
        ),
        marked_at="2026-10-14 09:42", first_attempt_by="Thu 09:30", next_session="2026-10-16 09:30",
    ),
    "d elevated": Ladder(
        "d", "2026-10-14 09:30", 180, "2026-10-15 12:00",
        (
            "Wed 09:45 call_now: coordinator by phone until Wed 10:00",
            "Wed 10:00:01 escalation:call_now: supervisor until Wed 14:00:01",
            "Wed 10:30 supervisor: supervisor by phone until Wed 12:30",
            "Wed 12:30 disposition: clinician by phone/in_person until Thu 09:30",
            "Wed 12:30:01 escalation:supervisor: supervisor until Wed 16:30:01",
            "Thu 09:30:01 escalation:disposition: supervisor until Thu 13:30:01",
        ),
        flag="lives_alone", marked_at="2026-10-14 09:42", first_attempt_by="Thu 09:30",
        next_session="2026-10-16 09:30",
    ),
    "e": Ladder(
        "e", "2026-10-15 18:00", 120, "2026-10-17 12:00",
        (
            "Thu 18:30 coaching: therapist by phone until Fri 00:00",
            "Fri 00:00:01 escalation:coaching: supervisor until Fri 04:00:01",
            "Fri 10:00 team: team by phone/secure_message until Sat 10:00",
            "Sat 10:00:01 escalation:team: supervisor until Sat 14:00:01",
        ),
        first_attempt_by="Fri 18:00", next_session="2026-10-20 18:00",
    ),
    "e elevated": Ladder(
        "e", "2026-10-15 18:00", 120, "2026-10-16 20:00",
        (
            "Thu 18:15 call_now: therapist by phone until Thu 18:30",
            "Thu 18:30:01 escalation:call_now: supervisor until Thu 22:30:01",
            "Thu 19:00 supervisor: supervisor by phone until Thu 21:00",
            "Thu 21:00 disposition: clinician by phone/in_person until Fri 18:00",
            "Thu 21:00:01 escalation:supervisor: supervisor until Fri 01:00:01",
            "Fri 18:00:01 escalation:disposition: supervisor until Fri 22:00:01",
        ),
        flag="left_distressed", first_attempt_by="Fri 18:00", next_session="2026-10-20 18:00",
    ),
}  # fmt: skip
HOLDERS = {
    "cofacilitator": "ben",
    "counselor": "ben",
    "therapist": "ben",
    "clinician": "ben",
    "supervisor": "supervisor",
    "coordinator": "coordinator",
}
"""Who holds each role here. The system has none, and teams and outreach workers are lists that several share."""


def begin(ladder: Ladder) -> Story:
    """The miss, noticed: by the room, or by whoever leads it in person."""
    in_person = bool(ladder.marked_at)
    story = Story(
        ladder.letter,
        starts=ladder.starts,
        minutes=ladder.minutes,
        flag=ladder.flag,
        session={"mode": "in_person"} if in_person else {},
        watched=not in_person,
    )
    if ladder.pushes:
        subscribe(story.ada)
    if in_person:
        story.go(ladder.marked_at)
        record_mark(seat=story.session.seats.get(), status=Status.MISSED, by=story.ben, at=story.now)
    return story


def subscribe(patient: Patient) -> None:
    PushSubscription.objects.create(
        patient=patient, endpoint="https://push/1", subscription={}, made_at=START
    )


@pytest.mark.parametrize("name", LADDERS)
def test_every_rung_comes_when_the_policy_says_and_its_supervisor_hears_when_it_is_late(name: str) -> None:
    ladder = LADDERS[name]
    story = begin(ladder)
    story.go(ladder.walk_until)
    assert story.steps() == list(ladder.steps)
    assert (tuple(story.sms.taken), tuple(story.push.taken)) == (ladder.texts, ladder.pushes)
    owners = {each.actor: each.owner.name.split()[0] for each in Step.objects.all() if each.owner}
    assert owners == {each: HOLDERS[each] for each in HOLDERS if each in owners}
    assert {each.actor for each in Step.objects.filter(owner=None)} <= {"system", "team", "outreach_worker"}
    assert told(story.case.first_attempt_by) == ladder.first_attempt_by
    assert story.case.elevated is bool(ladder.flag)
    if ladder.flag:
        with pytest.raises(Refusal, match="clinician"):
            story.closes(FinalOutcome.LOST)
        story.disposes(SafetyResult.NOT_REACHED)
    story.closes(FinalOutcome.LOST)
    assert story.ending()[:2] == ("closed", "lost")
    assert story.to_do() == []
    story.jump("2026-10-30 12:00")
    assert len(story.steps()) == len(ladder.steps)


FIRST_CALLS = {
    "a": ("tech", "2026-10-07 18:25"),
    "a elevated": ("call_now", "2026-10-07 18:20"),
    "b": ("attempt1", "2026-10-09 11:05"),
    "b elevated": ("attempt_now", "2026-10-09 09:20"),
    "c": ("youth1", "2026-10-13 16:35"),
    "c elevated": ("youth_now", "2026-10-13 16:20"),
    "d": ("call1", "2026-10-14 10:05"),
    "d elevated": ("call_now", "2026-10-14 09:50"),
    "e": ("coaching", "2026-10-15 18:35"),
    "e elevated": ("call_now", "2026-10-15 18:20"),
}


@pytest.mark.parametrize("name", FIRST_CALLS)
def test_a_contact_ends_the_calls_and_the_next_session_joined_ends_the_case(name: str) -> None:
    ladder, (rule, called_at) = LADDERS[name], FIRST_CALLS[name]
    story = begin(ladder)
    story.calls(rule, AttemptOutcome.CONTACT, called_at)
    assert story.ending() == ("stopped", "", "contact", told(at(called_at)))
    so_far = ["safety:disposition"] if ladder.flag else []
    assert story.to_do() == so_far  # the calls are over; after an elevated miss a clinician is still asked
    rungs = {line.split()[2].rstrip(":") for line in ladder.steps if "escalation" not in line}
    story.go(ladder.next_session)
    assert not {each for each in story.states() if each in rungs} - _before(ladder, called_at)
    later = story.scene.session(story.ada, starts_at=at(ladder.next_session), minutes=ladder.minutes)
    story.look()
    back_at = at(ladder.next_session) + timedelta(minutes=2)
    story.scene.watched(later, (story.ada, back_at, None))
    story.jump(back_at.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M"))
    if ladder.flag:
        assert story.ending()[:3] == ("stopped", "", "joined")  # not before somebody says how she is
        story.disposes(SafetyResult.SAFE)
    assert story.ending() == ("closed", "back", "joined", told(back_at))
    assert Step.objects.filter(case=story.case).to_do().count() == 0


def _before(ladder: Ladder, called_at: str) -> set[str]:
    """The rungs that were due by then, by the table."""
    day = at(ladder.starts)
    due = {}
    for line in ladder.steps:
        weekday, time, rule = line.split()[:3]
        instant = next(
            day + timedelta(days=more)
            for more in range(7)
            if (day + timedelta(days=more)).astimezone(NEW_YORK).strftime("%a") == weekday
        )
        wall = instant.astimezone(NEW_YORK).strftime("%Y-%m-%d")
        due[rule.rstrip(":")] = at(f"{wall} {time}")
    return {rule for rule, instant in due.items() if instant <= at(called_at)}


# Joining


def test_who_joins_late_inside_the_cut_off_hears_nothing_more() -> None:
    """Vector 1: 18:14 to 18:40 and 18:47 to the end, a break of a quarter of an hour: 159 minutes, and no miss."""
    breaks = [[f"{WEDNESDAY}T23:30:00Z", f"{WEDNESDAY}T23:45:00Z"]]
    story = Story(session={"breaks": breaks})
    story.go(f"{WEDNESDAY} 18:14")
    assert story.states() == {"nudge": "done"}
    story.sees((f"{WEDNESDAY} 18:14", None))
    story.go(f"{WEDNESDAY} 18:15")
    assert story.ending()[:3] == ("closed", "reversed", "joined")
    story.sees((f"{WEDNESDAY} 18:14", f"{WEDNESDAY} 18:40"), (f"{WEDNESDAY} 18:47", f"{WEDNESDAY} 21:15"))
    story.go(f"{THURSDAY} 12:00")
    assert story.states() == {"nudge": "done"}
    assert story.ending()[:2] == ("closed", "reversed")
    outcome = Outcome.objects.latest("number")
    assert (outcome.status, outcome.told["minutes"]) == ("partial", 159)


@pytest.mark.parametrize(("minute", "goes_on"), [(6, False), (15, False), (16, True)])
def test_joining_after_the_cut_off_is_still_a_miss(minute: int, goes_on: bool) -> None:
    story = Story()
    story.go(f"{WEDNESDAY} 18:{minute:02}")
    story.sees((f"{WEDNESDAY} 18:{minute:02}", None))
    story.go(f"{WEDNESDAY} 18:21")
    assert ("tech" in story.states()) is goes_on
    assert story.status() == ("not_admitted" if goes_on else "partial")
    assert story.case.state == ("open" if goes_on else "closed")


def test_a_join_after_the_cut_off_is_noticed_at_once_though_nobody_looked_when_she_was_missing() -> None:
    story = Story()
    story.now = at(f"{WEDNESDAY} 18:25")  # the workers were away
    story.sees((f"{WEDNESDAY} 18:20", None))
    story.look()
    assert (story.status(), story.case.state) == ("not_admitted", "open")
    assert story.states()["tech"] == "due"


def test_a_youth_who_is_not_admitted_is_called_like_her_guardian() -> None:
    """Vector 3: joined at 16:21 with a cut-off of 20 minutes."""
    story = Story("c", starts="2026-10-13 16:00", minutes=120)
    subscribe(story.ada)
    story.go("2026-10-13 16:21")
    story.sees(("2026-10-13 16:21", None))
    story.go("2026-10-13 16:35")
    assert story.status() == "not_admitted"
    assert [line.split(" until")[0] for line in story.steps()] == [
        "Tue 16:05 nudge: system by push",
        "Tue 16:15 guardian1: coordinator by phone to the guardian",
        "Tue 16:30 youth1: counselor by phone",
    ]


def test_a_check_in_from_another_state_is_no_miss_and_a_call_is_owed() -> None:
    """Vector 12: seen for five minutes from where nobody who leads the session may practise."""
    story = Story("c", starts="2026-10-13 16:00", minutes=120)
    subscribe(story.ada)
    seat = story.session.seats.get()
    story.go("2026-10-13 16:00")
    record_check_in(seat=seat, state="NJ", by=story.ben, at=story.now)
    story.sees(("2026-10-13 16:00", "2026-10-13 16:05"))
    story.go("2026-10-13 16:40")
    assert story.status() == "not_admissible"
    assert story.states()["youth1"] == "due"
    story.go("2026-10-13 20:00")
    assert not Review.objects.exists()


# What reaches her, and when


def test_a_text_waits_for_the_morning_where_she_is_and_the_call_does_not() -> None:
    """18:05 in New York is five past midnight in Berlin: her quiet hours end at 08:00 there, 02:00 here."""
    story = Story(admitted={"timezone": "Europe/Berlin"})
    story.go(f"{THURSDAY} 03:00")
    assert story.sms.taken == ["Thu 02:00"]
    assert story.steps()[:2] == [
        "Wed 18:20 tech: cofacilitator by phone until Wed 18:45",
        "Wed 18:45:01 escalation:tech: supervisor until Wed 22:45:01",
    ]


@pytest.mark.parametrize(
    ("zone", "sent_at"), [("Pacific/Honolulu", "Wed 23:30"), ("America/New_York", "Thu 08:00")]
)
def test_quiet_hours_are_where_the_patient_is(zone: str, sent_at: str) -> None:
    """Vector 14a: a session at 23:25; half past eleven at night is afternoon in Honolulu."""
    story = Story(starts=f"{WEDNESDAY} 23:25", minutes=120, admitted={"timezone": zone})
    story.go(f"{THURSDAY} 09:00")
    assert story.sms.taken == [sent_at]


def test_a_text_that_a_worker_is_late_with_does_not_go_out_at_night() -> None:
    """Asked for at 20:55, and nobody sends before 21:05. By the morning its session is over: a person calls."""
    story = Story(starts=f"{WEDNESDAY} 20:50")
    story.now = at(f"{WEDNESDAY} 20:55")
    clock.simulate(shown_at=story.now, rate=0)
    run_pass(story.now)
    assert Message.objects.get().state == "queued"
    story.jump(f"{WEDNESDAY} 21:05")
    story.go(f"{THURSDAY} 09:00")
    assert story.sms.taken == []
    assert "Thu 08:00 send_failed:nudge: coordinator by phone/secure_message until Thu 12:00" in story.steps()


def test_a_text_held_for_the_morning_is_not_sent_to_somebody_who_was_reached_at_night() -> None:
    story = Story(admitted={"timezone": "Europe/Berlin"})
    story.calls("tech", AttemptOutcome.CONTACT, f"{WEDNESDAY} 18:30")
    story.go(f"{THURSDAY} 12:00")
    assert story.sms.taken == []
    assert "nudge" not in story.states()


def test_the_24_hours_are_elapsed_time_though_the_clocks_are_set_back() -> None:
    """Vector 14: from 18:00 on the last Saturday of October to 17:00 on the Sunday; an attempt at 16:59 is in time."""
    story = Story(starts="2026-10-31 18:00", admitted={"timezone": "America/Los_Angeles"})
    story.go("2026-10-31 19:05")
    assert story.sms.taken == ["Sat 18:05"]
    story.calls("call1", AttemptOutcome.VOICEMAIL, "2026-11-01 16:59")
    assert (told(story.case.first_attempt_by), told(story.case.first_attempt_at)) == (
        "Sun 17:00",
        "Sun 16:59",
    )


@pytest.mark.parametrize("tried_at", ["08:59", "09:01"])
def test_the_first_attempt_is_due_within_24_hours_weekend_or_not(tried_at: str) -> None:
    """Vector 6: a Friday's session at 09:00."""
    in_time = tried_at == "08:59"
    story = Story("b", starts=f"{FRIDAY} 09:00", minutes=180)
    story.calls("attempt1", AttemptOutcome.NO_ANSWER, f"2026-10-10 {tried_at}")
    case = story.case
    assert told(case.first_attempt_by) == "Sat 09:00"
    assert case.first_attempt_at is not None
    assert (case.first_attempt_at <= at("2026-10-10 09:00")) is in_time
    assert ("escalation:attempt1" in story.states()) is not in_time
    assert story.to_do() == []  # what came late was done all the same
    story.go("2026-10-12 10:00")
    assert story.to_do() == ["attempt2"]


def test_without_a_consent_to_texts_the_push_goes_and_without_both_the_call_is_the_first_word() -> None:
    story = Story(admitted={"sms": False})
    subscribe(story.ada)
    story.go(f"{WEDNESDAY} 18:10")
    assert (story.sms.taken, story.push.taken) == ([], ["Wed 18:05"])
    eve = story.scene.admit("eve", sms=False, phone="+15550101")
    story.scene.consent(eve, "push", granted=False)
    second = story.scene.session(eve, starts_at=at(f"{THURSDAY} 12:00"))
    story.scene.watched(second)
    story.go(f"{THURSDAY} 12:21")
    rows = Step.objects.filter(case__session=second).order_by("id").values_list("rule", "state", "channels")
    assert list(rows) == [("nudge", "suppressed", []), ("tech", "due", ["phone"])]
    assert not Message.objects.filter(patient=eve).exists()


def test_where_no_message_can_go_a_coordinator_is_told_at_once() -> None:
    story = Story(admitted={"sms": False})  # she never refused a push, and has nothing to get one on
    story.go(f"{WEDNESDAY} 18:10")
    assert story.states() == {"nudge": "failed", "send_failed:nudge": "due"}
    assert "Wed 18:05 send_failed:nudge: coordinator by phone/secure_message until Wed 22:05" in story.steps()


def test_no_guardian_is_called_without_her_consent_and_the_youth_is_called_all_the_same() -> None:
    story = Story("c", starts="2026-10-13 16:00", minutes=120, guardian=False)
    subscribe(story.ada)
    story.go("2026-10-14 12:00")
    assert story.states() | {} == {
        "nudge": "done",
        "guardian1": "suppressed",
        "youth1": "due",
        "escalation:youth1": "due",
        "guardian2": "suppressed",
        "youth2": "due",
    }
    with pytest.raises(Refusal, match="agreed"):
        story.calls("youth2", AttemptOutcome.CONTACT, "2026-10-14 12:01", contact=story.guardian)


def test_a_guardian_who_answers_is_no_contact_with_the_youth() -> None:
    story = Story("c", starts="2026-10-13 16:00", minutes=120)
    subscribe(story.ada)
    story.calls("guardian1", AttemptOutcome.CONTACT, "2026-10-13 16:20", contact=story.guardian)
    assert Attempt.objects.get(channel="phone").outcome == "caregiver_reached"
    story.go("2026-10-13 16:31")
    assert story.case.state == "open"
    assert story.states()["youth1"] == "due"


def text_in(story: Story, words: str, number: str = "+15550100") -> None:
    sid = f"SM{Message.objects.count():032x}"
    take_in(
        vendor="twilio",
        kind="inbound",
        params={"MessageSid": sid, "From": number, "To": "+15550999", "Body": words},
        query={},
        by=vendor_actor("twilio"),
        at=story.now,
    )
    story.look()


def test_after_stop_no_more_texts_go_out_and_the_ladder_goes_on_by_phone() -> None:
    """Vector 11: STOP at 18:06, a minute after the text."""
    story = Story()
    story.scene.consent(story.ada, "push", granted=False)
    (next_evening,) = story.missed_at_once(THURSDAY, minutes=195)
    story.go(f"{WEDNESDAY} 18:06")
    text_in(story, "STOP")
    story.go(f"{THURSDAY} 18:20")
    assert story.sms.taken == ["Wed 18:05"]
    assert story.states()["call2"] == "due"
    again = dict(Step.objects.filter(case__session=next_evening).values_list("rule", "state"))
    assert again == {"nudge": "suppressed", "tech": "due"}


def test_what_she_writes_keeps_the_system_quiet_until_somebody_has_read_it() -> None:
    story = Story()
    (next_evening,) = story.missed_at_once(THURSDAY, minutes=195)
    story.go(f"{WEDNESDAY} 18:10")
    text_in(story, "the bus broke down")
    assert next(line for line in story.steps() if "reply:" in line).startswith("Wed 18:10 reply:")
    story.go(f"{THURSDAY} 18:10")
    assert story.sms.taken == ["Wed 18:05"]  # the next evening's text waits for a reader
    see_to_step(step=Step.objects.get(origin="reply"), by=story.ben, at=story.now)
    story.look()
    assert story.sms.taken == ["Wed 18:05", "Thu 18:10"]
    assert Case.objects.get(session=next_evening).state == "open"


# The supervisor's clock


def test_a_call_made_in_time_never_reaches_the_supervisor() -> None:
    story = Story()
    story.calls("tech", AttemptOutcome.NO_ANSWER, f"{WEDNESDAY} 18:45")
    story.go(f"{WEDNESDAY} 18:59")
    assert story.states() == {"nudge": "done", "tech": "done"}


def test_a_call_made_late_takes_the_supervisors_step_away_again() -> None:
    story = Story()
    story.go(f"{WEDNESDAY} 18:50")
    assert Step.objects.get(rule="escalation:tech").owner == story.scene.supervisor
    story.calls("tech", AttemptOutcome.VOICEMAIL, f"{WEDNESDAY} 18:52")
    assert story.states()["escalation:tech"] == "cancelled"
    assert (story.case.state, story.case.next_step) == ("open", "call1")


# Attendance corrected


def test_a_report_of_the_next_day_reverses_the_miss_with_an_apology() -> None:
    """Vector 15: she was there all evening, under a name that nobody had confirmed."""
    story = Story()
    story.calls("call1", AttemptOutcome.VOICEMAIL, f"{WEDNESDAY} 19:10")
    story.go(f"{THURSDAY} 09:00")
    assert story.status() == "missed"
    story.sees((f"{WEDNESDAY} 18:00", f"{WEDNESDAY} 21:15"))
    story.look()
    assert story.status() == "attended"
    assert story.ending() == ("closed", "reversed", "joined", "Thu 09:00")
    assert story.to_do() == ["apology"]
    assert "Thu 09:00 apology: coordinator by phone/secure_message until Fri 09:00" in story.steps()
    turns = CaseEvent.objects.exclude(turn="attempted")
    assert list(turns.values_list("turn", "reason")) == [("closed", "reversed")]
    trail = Event.objects.filter(subject=f"case:{story.case.pk}", at=story.now)
    assert "closed" in set(trail.values_list("reason", flat=True))
    assert list(Outcome.objects.order_by("number").values_list("status", flat=True))[-1] == "attended"
    see_to_step(step=Step.objects.get(rule="apology"), by=story.ben, at=story.now)
    story.go(f"{FRIDAY} 12:00")
    assert "call2" not in story.states()
    assert story.to_do() == []


def test_a_miss_that_is_corrected_twice_runs_again_from_where_it_stands() -> None:
    story = Story()
    story.go(f"{WEDNESDAY} 21:20")
    seat = story.session.seats.get()
    record_mark(seat=seat, status=Status.ATTENDED, by=story.ben, at=story.now)
    story.go(f"{WEDNESDAY} 21:30")
    assert story.ending()[:2] == ("closed", "reversed")
    record_mark(seat=seat, status=Status.MISSED, by=story.ben, at=story.now)
    story.go(f"{WEDNESDAY} 21:31")
    assert story.ending()[:2] == ("open", "")
    assert story.sms.taken == ["Wed 18:05"]  # what went out is not said again
    story.go(f"{THURSDAY} 10:00")
    assert story.states()["call2"] == "due"


def test_a_session_the_program_cancels_is_nobodys_miss() -> None:
    """Vector 9."""
    story = Story()
    story.go(f"{WEDNESDAY} 17:30")
    story.session.held, story.session.unheld_at, story.session.unheld_by = "cancelled", story.now, "staff:1"
    story.session.save()
    story.go(f"{THURSDAY} 12:00")
    assert story.status() == "cancelled"
    assert not Case.objects.exists()
    assert not Message.objects.exists()
    assert not Review.objects.exists()


# Leaving


@pytest.mark.parametrize("elevated", [False, True])
def test_who_is_discharged_is_on_no_list_from_that_moment(elevated: bool) -> None:
    story = Story(flag="high_risk" if elevated else "")
    story.go(f"{WEDNESDAY} 18:21")
    assert Case.objects.on_the_list(story.now).count() == 1
    end_enrolment(enrolment=story.ada.enrolments.get(), ending=Ending.DISCHARGED, by=story.ben, at=story.now)
    assert not Case.objects.on_the_list(story.now).exists()  # before any worker has looked
    story.look()
    assert story.ending() == ("closed", "left_program", "left_program", "Wed 18:21")
    assert story.to_do() == []
    story.go("2026-10-26 12:00")
    assert story.sms.taken == ["Wed 18:05"]
    assert not Review.objects.exists()


def test_a_text_that_waits_is_not_sent_to_somebody_who_has_left() -> None:
    story = Story(admitted={"timezone": "Europe/Berlin"})
    story.go(f"{WEDNESDAY} 20:00")
    end_enrolment(enrolment=story.ada.enrolments.get(), ending=Ending.TRANSFERRED, by=story.ben, at=story.now)
    story.go(f"{THURSDAY} 12:00")
    assert story.sms.taken == []


# Safety


def test_a_clinicians_finding_ends_the_rung_before_it_is_due_and_nobody_elses_counts() -> None:
    story = Story(flag="high_risk")
    story.go(f"{WEDNESDAY} 20:30")
    with pytest.raises(Refusal, match="clinician"):
        story.disposes(SafetyResult.SAFE, clinician=story.scene.coordinator)
    with pytest.raises(Refusal, match="clinician"):
        story.closes(FinalOutcome.HOSPITALISED)
    story.disposes(SafetyResult.HOSPITALISED)
    story.go(f"{WEDNESDAY} 21:30")
    assert "disposition" not in story.states()
    story.closes(FinalOutcome.HOSPITALISED)
    assert story.ending()[:2] == ("closed", "hospitalised")
    assert story.to_do() == []


def test_a_flag_raised_in_the_evening_turns_the_ladder_and_never_turns_it_back() -> None:
    story = Story()
    story.go(f"{WEDNESDAY} 18:30")
    flag = story.scene.flag(story.ada, "left_distressed")
    story.look()
    assert story.case.elevated
    assert {rule: state for rule, state in story.states().items() if rule in ("tech", "call_now")} == {
        "tech": "cancelled",
        "call_now": "due",
    }
    flag.ended_at, flag.ended_by = story.now, "staff:1"
    flag.save()
    story.go(f"{WEDNESDAY} 21:00")
    assert story.states()["disposition"] == "due"
    assert "call1" not in story.states()


# Promises


def test_a_promised_return_that_is_kept_ends_the_case() -> None:
    story = Story()
    (later,) = story.missed_at_once(THURSDAY, minutes=195)
    story.go(f"{WEDNESDAY} 18:40")
    record_promise(case=story.case, promised_at=later.starts_at, by=story.ben, at=story.now)
    story.go(f"{THURSDAY} 18:02")
    story.sees((f"{THURSDAY} 18:02", None), session=later)
    story.look()
    assert PromiseOutcome.objects.get().kept is True
    assert story.ending() == ("closed", "back", "joined", "Thu 18:02")
    story.go(f"{FRIDAY} 12:00")
    assert not Step.objects.filter(origin="promise").exists()


def test_a_promised_return_that_is_not_kept_is_a_call_two_hours_later() -> None:
    story = Story()
    story.go(f"{WEDNESDAY} 18:40")
    record_promise(case=story.case, promised_at=at(f"{THURSDAY} 18:00"), by=story.ben, at=story.now)
    story.calls("call2", AttemptOutcome.VOICEMAIL, f"{THURSDAY} 19:00")  # the case is looked at meanwhile
    story.go(f"{THURSDAY} 20:00")
    assert not PromiseOutcome.objects.exists()
    story.go(f"{THURSDAY} 20:01")
    assert PromiseOutcome.objects.get().kept is False
    step = Step.objects.get(origin="promise")
    assert _as_line(step).split(": ")[1] == "counselor by phone/secure_message until Fri 20:00:01"
    assert told(step.raised_at) == "Thu 20:00:01"


# Patterns


@contextmanager
def under_court(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Policy A with the court's overlay laid over it."""
    text = scenes.LETTERS["a"].read_text().replace("part2: true", "part2: true\noverlays: [court.yaml]", 1)
    file = tmp_path / "a-court.yaml"
    file.write_text(text)
    monkeypatch.setitem(scenes.LETTERS, "court", file)
    yield


SIX_EVENINGS = ("2026-10-08", "2026-10-12", "2026-10-13", "2026-10-14", "2026-10-15")


def reviews() -> dict[str, tuple[str, str, str]]:
    """Each open review: when it was raised, what it asks to be considered, and by whom."""
    return {each.trigger: (told(each.at), each.then, each.decided_by_role) for each in Review.objects.open()}


def test_the_sixth_absence_under_a_cap_of_five_is_a_dated_action_of_the_directors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Vector 8. The ladder of each evening is the policy's own: the overlay adds, and takes nothing away."""
    with under_court(monkeypatch, tmp_path):
        story = Story("court")
        later = story.missed_at_once(*SIX_EVENINGS, minutes=195)
        story.go(f"{WEDNESDAY} 19:01")
        assert [line.split(":")[0:2] for line in story.steps()] == [
            line.split(":")[0:2] for line in LADDERS["a"].steps[:4]
        ]
        for day in (WEDNESDAY, *SIX_EVENINGS[:-1]):
            story.jump(f"{day} 21:15")
        assert "court-absence-cap" not in reviews()
        story.jump("2026-10-15 21:14")
        assert "court-absence-cap" not in reviews()
        story.jump("2026-10-15 21:15")
    assert reviews() == {
        "two-no-call": ("Thu 21:15", "barrier_visit", "supervisor"),
        "three-in-thirty": ("Mon 21:15", "team_review", "team"),
        "five-in-thirty": ("Wed 21:15", "discharge_review", "supervisor"),
        "court-absence-cap": ("Thu 21:15", "court_dismissal_review", "director"),
    }
    cap = Review.objects.get(trigger="court-absence-cap")
    assert sorted(cap.sessions) == sorted([story.session.pk, *(each.pk for each in later)])
    assert Case.objects.exclude(state="closed").count() == 6  # nothing was decided, ended or closed by itself


def test_three_weeks_without_service_are_the_directors_to_decide(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The overlay's 21 days beside the policy's own 14, each told on the day it is reached."""
    with under_court(monkeypatch, tmp_path):
        story = Story("court")
        attended = story.scene.session(story.ada, starts_at=at("2026-10-06 18:00"))
        story.scene.watched(attended, (story.ada, at("2026-10-06 18:00"), at("2026-10-06 21:15")))
        for day in ("2026-10-06 21:15", f"{WEDNESDAY} 21:15", "2026-10-20 12:00"):
            story.jump(day)
        assert "two-weeks-silent" not in reviews()
        story.jump("2026-10-21 00:05")
        assert reviews()["two-weeks-silent"][1:] == ("discharge_review", "supervisor")
        story.jump("2026-10-27 12:00")
        assert "court-twenty-one-days" not in reviews()
        story.jump("2026-10-28 00:05")
        assert reviews()["court-twenty-one-days"][1:] == ("court_dismissal_review", "director")


def attends(story: Story, session: Session) -> None:
    story.scene.watched(session, (story.ada, session.starts_at, session.ends_at))


SKILLS_DAYS = (
    "2026-10-08",
    "2026-10-09",
    "2026-10-12",
    "2026-10-13",
    "2026-10-14",
    "2026-10-15",
    "2026-10-16",
)


def test_two_misses_of_the_last_six_open_a_contract_and_one_does_not() -> None:
    """Vector 4: five attended, then two missed."""
    story = Story("e", minutes=120)
    attends(story, story.session)
    later = story.missed_at_once(*SKILLS_DAYS[:6])
    for session in later[:4]:
        attends(story, session)
    for day in (WEDNESDAY, *SKILLS_DAYS[:5]):
        story.jump(f"{day} 20:00")
    assert reviews() == {}
    story.jump("2026-10-15 20:00")
    assert reviews() == {"attendance-contract": ("Thu 20:00", "attendance_contract", "team")}
    assert Review.objects.get().sessions == [each.pk for each in later[4:]]


def test_a_contract_fails_with_the_second_miss_and_not_at_its_end() -> None:
    """Vector 16: under contract, sessions 1 and 3 of the next six are missed."""
    story = Story("e", minutes=120)
    later = story.missed_at_once(*SKILLS_DAYS[:4])
    attends(story, later[2])  # the second of the contract's six
    for day in (WEDNESDAY, *SKILLS_DAYS[:3]):
        story.jump(f"{day} 20:00")
    assert set(reviews()) == {"attendance-contract", "three-no-call"}
    story.jump("2026-10-13 20:00")
    assert reviews()["discharge-contract"] == ("Tue 20:00", "discharge_contract", "team")
    assert Review.objects.get(trigger="discharge-contract").sessions == [later[1].pk, later[3].pk]


def test_a_contract_that_is_kept_raises_nothing_more() -> None:
    """Vector 16: session 1 missed, 2 to 6 attended."""
    story = Story("e", minutes=120)
    later = story.missed_at_once(*SKILLS_DAYS)
    for session in later[2:]:
        attends(story, session)
    for day in (WEDNESDAY, *SKILLS_DAYS):
        story.jump(f"{day} 20:00")
    assert set(Review.objects.values_list("trigger", flat=True)) == {"attendance-contract", "three-no-call"}


def test_four_scheduled_weeks_of_skills_missed_are_counted_past_the_therapists_week_away() -> None:
    """Vector 5: weeks 1 to 3, the program's own week 4, and week 5; individual sessions reset nothing."""
    story = Story("e", starts="2026-10-12 18:00", minutes=120, session={"service": "skills"})
    later = story.missed_at_once("2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09", service="skills")
    alone = story.missed_at_once(
        "2026-10-14", "2026-10-21", "2026-10-28", "2026-11-11", hours="09:00", minutes=50, kind="individual"
    )
    for session in alone:
        attends(story, session)
    away = later[2]
    away.held, away.unheld_at, away.unheld_by = "cancelled", story.now, "staff:1"
    away.save()
    for day in ("2026-10-15", "2026-10-22", "2026-10-29", "2026-11-05"):
        story.jump(f"{day} 12:00")
    assert "four-weeks-skills" not in reviews()
    story.jump("2026-11-09 20:00")
    assert reviews()["four-weeks-skills"] == ("Mon 20:00", "out_until_contract_end_review", "team")
    missed = [story.session, later[0], later[1], later[3]]
    assert Review.objects.get(trigger="four-weeks-skills").sessions == [each.pk for each in missed]


def test_five_of_six_absent_are_five_ladders() -> None:
    """Vector 17."""
    story = Story()
    others = [story.scene.admit(f"p{number}", phone=f"+1555020{number}") for number in range(5)]
    evening = story.scene.session(
        story.scene.admit("eve", phone="+15550300"), *others, starts_at=at(f"{THURSDAY} 18:00")
    )
    eve = evening.seats.exclude(patient__in=others).get().patient
    story.scene.watched(evening, (eve, evening.starts_at, None))
    story.jump(f"{THURSDAY} 18:05")
    cases = Case.objects.filter(session=evening)
    assert set(cases.values_list("patient_id", flat=True)) == {each.pk for each in others}
    assert {each.to for each in story.sms.sent if each.to.startswith("+1555020")} == {
        f"+1555020{number}" for number in range(5)
    }
