"""Outreach after a missed session: what is due, by whom, by when, and when it ends."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import Session, Status
from rejoin.domain.policy import Attempt, Consent, Reach
from rejoin.domain.policy.document import QuietHours, Recipient
from rejoin.domain.policy.ladder import (
    Case,
    CaseFacts,
    ClockState,
    Closing,
    Step,
    StepState,
    business_day_after,
    decide_case,
    may_use,
    release_from_quiet,
)
from tests.domain.people import NEW_YORK, START, evening, minute, outcome, policy

NIGHT = QuietHours(from_at=time(21), until_at=time(8), applies_to=frozenset({"sms", "push"}))
NAP = QuietHours(from_at=time(12), until_at=time(14), applies_to=frozenset({"sms", "push"}))
LADDER: list[dict[str, Any]] = [
    {"id": "nudge", "after": "PT5M", "actor": "system", "channels": ["sms", "push"]},
    {"id": "call1", "after": "PT1H", "actor": "counselor", "channels": ["phone"], "deadline": "PT4H"},
    {"id": "call2", "at": "next_business_day 10:00", "actor": "counselor", "channels": ["phone"]},
]
TEXTS = Consent(channel="sms", granted=True, at=START - timedelta(days=9))


def open_case(
    *,
    now: datetime,
    steps: list[dict[str, Any]] | None = None,
    attempts: tuple[Attempt, ...] = (),
    reach: Reach | None = None,
    status: Status = Status.MISSED,
    first_join: datetime | None = None,
    session: Session | None = None,
    returned_at: datetime | None = None,
    left_at: datetime | None = None,
    holidays: list[str] | None = None,
    **outreach: Any,
) -> Case | None:
    facts = CaseFacts(
        session=session or evening(),
        outcome=outcome(status, first_join=first_join),
        reach=reach or Reach(timezone=NEW_YORK, consents=(TEXTS,)),
        attempts=attempts,
        returned_at=returned_at,
        left_at=left_at,
    )
    made = policy(outreach={"standard": steps or LADDER, **outreach}, holidays=holidays)
    return decide_case(facts, policy=made, now=now)


def ada_case(**more: Any) -> Case:
    case = open_case(**more)
    assert case is not None
    return case


def step(case: Case, step_id: str) -> Step:
    return next(each for each in case.steps if each.rule.id == step_id)


def states(case: Case) -> list[str]:
    return [each.state.value for each in case.steps]


def tried(at: float, result: str, *, actor: str = "counselor", step_id: str = "") -> Attempt:
    return Attempt(at=minute(at), actor=actor, channel="phone", outcome=result, step_id=step_id)


def at_clock(hour: int, minutes: int = 0, *, day: str = "2026-10-05", fold: int = 0) -> datetime:
    local = datetime.combine(date.fromisoformat(day), time(hour, minutes), tzinfo=NEW_YORK)
    return local.replace(fold=fold).astimezone(UTC)


def test_a_missed_session_opens_a_case_and_an_attended_one_does_not() -> None:
    assert open_case(now=minute(10)) is not None
    assert open_case(now=minute(10), status=Status.ATTENDED) is None
    assert open_case(now=minute(10), status=Status.EXCUSED) is None
    assert open_case(now=minute(10), status=Status.EXCUSED, open_on=["excused"]) is not None
    assert open_case(now=minute(10), status=Status.NOT_ADMITTED, open_on=["missed"]) is None


def test_steps_come_due_at_the_exact_second_and_are_overdue_after_their_deadline() -> None:
    assert states(ada_case(now=minute(4.99))) == ["upcoming", "upcoming", "upcoming"]
    assert states(ada_case(now=minute(5))) == ["due", "upcoming", "upcoming"]
    assert states(ada_case(now=minute(60))) == ["due", "due", "upcoming"]
    assert states(ada_case(now=minute(240))) == ["due", "due", "upcoming"]
    assert states(ada_case(now=minute(240) + timedelta(seconds=1))) == ["due", "overdue", "upcoming"]
    assert states(ada_case(now=minute(16 * 60))) == ["due", "overdue", "due"]


def test_what_comes_next_is_the_earliest_open_step() -> None:
    assert ada_case(now=minute(0)).next_step == "nudge"
    done = (tried(6, "message_sent", actor="system", step_id="nudge"),)
    assert ada_case(now=minute(10), attempts=done).next_step == "call1"
    assert ada_case(now=minute(10), attempts=(tried(8, "contact"),)).next_step is None


def test_a_step_may_count_from_the_end_and_so_does_its_deadline() -> None:
    steps = [
        {
            "id": "after",
            "after": "PT30M",
            "from": "end",
            "actor": "ben",
            "channels": ["phone"],
            "deadline": "PT1H",
            "cite": "Program rule",
        }
    ]
    found = step(ada_case(now=minute(0), steps=steps), "after")
    assert (found.due_at, found.deadline) == (minute(225), minute(255))
    assert [each.cite for each in found.because] == ["Program rule"]


@pytest.mark.parametrize("result", ["voicemail", "no_answer", "wrong_number", "caregiver_reached", "refused"])
def test_only_two_way_contact_with_the_patient_ends_a_case(result: str) -> None:
    case = ada_case(now=minute(70), attempts=(tried(61, result, step_id="call1"),))
    assert (case.closed_at, case.closing) == (None, None)
    assert states(case) == ["due", "done", "upcoming"]


def test_contact_ends_a_case_and_cancels_what_is_left() -> None:
    case = ada_case(now=minute(70), attempts=(tried(61, "contact", step_id="call1"),))
    assert (case.closed_at, case.closing) == (minute(61), Closing.CONTACT)
    assert states(case) == ["cancelled", "done", "cancelled"]


def test_contact_before_the_session_does_not_end_its_case() -> None:
    assert ada_case(now=minute(70), attempts=(tried(-30, "contact"),)).closed_at is None


def test_her_return_ends_a_case_unless_the_policy_goes_on() -> None:
    back = minute(2 * 24 * 60)
    later = back + timedelta(hours=1)
    case = ada_case(now=later, returned_at=back)
    assert (case.closed_at, case.closing) == (back, Closing.JOINED)
    assert ada_case(now=back - timedelta(seconds=1), returned_at=back).closed_at is None
    goes_on = ada_case(now=later, returned_at=back, stop_on=["contact"], attempts=(tried(61, "voicemail"),))
    assert goes_on.closed_at is None
    only_joined = ada_case(now=later, stop_on=["joined"], attempts=(tried(61, "contact"),))
    assert only_joined.closed_at is None


def test_leaving_the_program_ends_a_case_and_the_first_ending_counts() -> None:
    case = ada_case(now=minute(300), left_at=minute(200), attempts=(tried(250, "contact"),))
    assert (case.closed_at, case.closing) == (minute(200), Closing.LEFT_PROGRAM)
    assert set(states(case)) == {"cancelled"}
    assert ada_case(now=minute(199), left_at=minute(200)).closed_at is None


def test_who_came_after_somebody_had_tried_stays_told_and_closed() -> None:
    tried_already = (tried(6, "message_sent", actor="system", step_id="nudge"),)
    came = ada_case(now=minute(30), status=Status.PARTIAL, first_join=minute(20), attempts=tried_already)
    assert (came.closed_at, came.closing) == (minute(20), Closing.JOINED)
    assert states(came) == ["done", "cancelled", "cancelled"]
    excused = ada_case(now=minute(30), status=Status.EXCUSED, attempts=tried_already)
    assert (excused.closing, excused.next_step) == (Closing.REVERSED, None)


CLOCK = {"first_attempt_within": "PT24H"}


@pytest.mark.parametrize(
    ("at", "state"), [(24 * 60, ClockState.MET), (24 * 60 + 1 / 60, ClockState.BREACHED)]
)
def test_the_first_attempt_is_in_time_to_the_second(at: float, state: ClockState) -> None:
    case = ada_case(now=minute(3000), attempts=(tried(at, "voicemail"),), **CLOCK)
    assert case.first_attempt is not None
    assert (case.first_attempt.state, case.first_attempt.by, case.first_attempt.at) == (
        state,
        minute(24 * 60),
        minute(at),
    )


def test_the_first_attempt_clock_runs_until_its_time_is_over() -> None:
    pending = ada_case(now=minute(24 * 60), **CLOCK).first_attempt
    breached = ada_case(now=minute(24 * 60) + timedelta(seconds=1), **CLOCK).first_attempt
    assert pending is not None
    assert breached is not None
    assert (pending.state, breached.state) == (ClockState.PENDING, ClockState.BREACHED)
    assert ada_case(now=minute(0)).first_attempt is None


def test_a_message_by_the_system_is_not_an_attempt_and_neither_is_a_call_before_the_session() -> None:
    attempts = (tried(6, "message_sent", actor="system"), tried(-5, "no_answer"))
    first = ada_case(now=minute(3000), attempts=attempts, **CLOCK).first_attempt
    assert first is not None
    assert (first.state, first.at) == (ClockState.BREACHED, None)


def test_a_case_that_ended_in_time_breaches_nothing() -> None:
    first = ada_case(now=minute(3000), returned_at=minute(600), **CLOCK).first_attempt
    assert first is not None
    assert first.state is ClockState.PENDING
    late = ada_case(now=minute(3000), returned_at=minute(2000), **CLOCK).first_attempt
    assert late is not None
    assert late.state is ClockState.BREACHED


def test_the_day_of_the_clock_is_elapsed_time_when_clocks_change() -> None:
    session = evening()
    starts = datetime(2026, 10, 31, 22, 0, tzinfo=UTC)
    autumn = Session(id="S1", starts_at=starts, ends_at=starts + timedelta(hours=3))
    first = ada_case(now=starts, session=autumn, **CLOCK).first_attempt
    assert first is not None
    assert first.by.astimezone(NEW_YORK).isoformat() == "2026-11-01T17:00:00-05:00"
    assert session.span.start == START


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (at_clock(20, 59), at_clock(20, 59)),
        (at_clock(21), at_clock(8, day="2026-10-06")),
        (at_clock(23, 59), at_clock(8, day="2026-10-06")),
        (at_clock(0), at_clock(8)),
        (at_clock(7, 59), at_clock(8)),
        (at_clock(8), at_clock(8)),
    ],
)
def test_quiet_hours_cross_midnight_and_hold_their_exact_bounds(at: datetime, until: datetime) -> None:
    assert release_from_quiet(at, quiet=NIGHT, zone=NEW_YORK) == until


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (at_clock(11, 59), at_clock(11, 59)),
        (at_clock(12), at_clock(14)),
        (at_clock(13, 59), at_clock(14)),
        (at_clock(14), at_clock(14)),
    ],
)
def test_quiet_hours_may_lie_within_a_day(at: datetime, until: datetime) -> None:
    assert release_from_quiet(at, quiet=NAP, zone=NEW_YORK) == until


def test_quiet_hours_end_by_the_clock_when_clocks_change() -> None:
    autumn = release_from_quiet(at_clock(21, 30, day="2026-10-31"), quiet=NIGHT, zone=NEW_YORK)
    assert autumn == datetime(2026, 11, 1, 13, 0, tzinfo=UTC)
    spring = release_from_quiet(at_clock(21, 30, day="2026-03-07"), quiet=NIGHT, zone=NEW_YORK)
    assert spring == datetime(2026, 3, 8, 12, 0, tzinfo=UTC)


def test_quiet_hours_that_end_in_the_repeated_hour_never_release_into_the_past() -> None:
    quiet = QuietHours(from_at=time(22), until_at=time(1, 30), applies_to=frozenset({"sms"}))
    second_pass = at_clock(1, 10, day="2026-11-01", fold=1)
    assert release_from_quiet(second_pass, quiet=quiet, zone=NEW_YORK) == at_clock(
        1, 30, day="2026-11-01", fold=1
    )


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
ZONES = st.sampled_from(["America/New_York", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "UTC"])


@given(
    st.integers(0, 365 * 1440).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    TIMES,
    TIMES,
    ZONES,
)
def test_what_quiet_hours_release_is_later_at_most_a_day_and_no_longer_quiet(
    at: datetime, from_at: time, until_at: time, zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    quiet = QuietHours(from_at=from_at, until_at=until_at, applies_to=frozenset({"sms"}))
    released = release_from_quiet(at, quiet=quiet, zone=zone)
    assert at <= released <= at + timedelta(hours=25)
    assert release_from_quiet(released, quiet=quiet, zone=zone) == released


def in_quiet(
    steps: list[dict[str, Any]], *, zone: ZoneInfo = NEW_YORK, start_at: datetime | None = None
) -> Case:
    starts = start_at or at_clock(21)
    return ada_case(
        now=starts,
        steps=steps,
        session=Session(id="S1", starts_at=starts, ends_at=starts + timedelta(hours=1)),
        reach=Reach(timezone=zone, consents=(TEXTS,)),
        quiet_hours={"from": "21:00", "until": "08:00", "applies_to": ["sms", "push", "email", "voice_auto"]},
    )


def test_a_message_waits_for_the_end_of_quiet_hours_and_a_call_does_not() -> None:
    case = in_quiet(LADDER)
    assert step(case, "nudge").due_at == at_clock(8, day="2026-10-06")
    assert [each.rule for each in step(case, "nudge").because] == ["outreach.quiet_hours"]
    assert step(case, "call1").due_at == at_clock(22)


def test_quiet_hours_are_the_patients_own() -> None:
    nudge = step(in_quiet(LADDER, zone=ZoneInfo("America/Los_Angeles")), "nudge")
    assert nudge.due_at == at_clock(21, 5)


def test_a_person_who_may_also_text_is_not_held() -> None:
    steps = [{"id": "reach", "after": "PT5M", "actor": "ben", "channels": ["phone", "sms"]}]
    assert step(in_quiet(steps), "reach").due_at == at_clock(21, 5)


def test_consent_is_what_was_said_last_about_this_channel() -> None:
    stop = Consent(channel="sms", granted=False, at=minute(6))
    again = Consent(channel="sms", granted=True, at=minute(60))
    assert may_use("sms", to=Recipient.PATIENT, consents=(TEXTS,))
    assert not may_use("sms", to=Recipient.PATIENT, consents=(stop, TEXTS))
    assert may_use("sms", to=Recipient.PATIENT, consents=(again, stop, TEXTS))
    same_moment = Consent(channel="sms", granted=True, at=minute(6))
    assert not may_use("sms", to=Recipient.PATIENT, consents=(stop, same_moment))
    assert not may_use("sms", to=Recipient.PATIENT, consents=(same_moment, stop))
    assert may_use("phone", to=Recipient.PATIENT, consents=(stop,))


def test_a_no_of_unknown_time_outweighs_every_yes() -> None:
    some_yes = Consent(channel="sms", granted=True, at=None)
    some_no = Consent(channel="sms", granted=False, at=None)
    assert may_use("sms", to=Recipient.PATIENT, consents=(some_yes,))
    assert not may_use("sms", to=Recipient.PATIENT, consents=(some_yes, some_no, TEXTS))
    stop = Consent(channel="sms", granted=False, at=minute(6))
    assert not may_use("sms", to=Recipient.PATIENT, consents=(stop, some_yes))


@pytest.mark.parametrize(
    ("channel", "allowed"),
    [
        ("sms", False),
        ("voice_auto", False),
        ("phone", True),
        ("email", True),
        ("push", True),
        ("letter", True),
    ],
)
def test_silence_allows_calls_and_no_texts(channel: str, allowed: bool) -> None:
    assert may_use(channel, to=Recipient.PATIENT, consents=()) is allowed


@pytest.mark.parametrize("to", [Recipient.GUARDIAN, Recipient.EMERGENCY_CONTACT])
def test_family_is_contacted_only_with_a_live_consent_of_its_own(to: Recipient) -> None:
    hers = Consent(channel="phone", granted=True, at=START)
    theirs = Consent(channel="phone", granted=True, at=START, contact=to.value)
    taken_back = Consent(channel="phone", granted=False, at=minute(1), contact=to.value)
    assert not may_use("phone", to=to, consents=())
    assert not may_use("phone", to=to, consents=(hers,))
    assert may_use("phone", to=to, consents=(theirs,))
    assert not may_use("sms", to=to, consents=(theirs,))
    assert not may_use("phone", to=to, consents=(theirs, taken_back))


def test_a_step_to_a_guardian_without_consent_is_suppressed_and_the_next_step_stands() -> None:
    steps = [
        {"id": "guardian", "after": "PT5M", "actor": "ben", "channels": ["phone"], "to": "guardian"},
        LADDER[1],
    ]
    case = ada_case(now=minute(70), steps=steps)
    assert states(case) == ["suppressed", "due"]
    assert case.next_step == "call1"
    assert step(case, "guardian").because[0].text == "no live consent for phone to guardian"


def test_after_a_stop_texts_end_and_calls_go_on() -> None:
    stop = Consent(channel="sms", granted=False, at=minute(6))
    case = ada_case(now=minute(70), reach=Reach(timezone=NEW_YORK, consents=(TEXTS, stop)))
    assert step(case, "nudge").channels == ("push",)
    assert step(case, "call1").state is StepState.DUE
    only_sms = [{**LADDER[0], "channels": ["sms"]}, LADDER[1]]
    rest = ada_case(now=minute(70), steps=only_sms, reach=Reach(timezone=NEW_YORK, consents=(TEXTS, stop)))
    assert states(rest) == ["suppressed", "due"]


def test_a_step_with_nowhere_to_go_stays_in_front_of_a_person_and_says_so() -> None:
    reach = Reach(timezone=NEW_YORK, consents=(TEXTS,), has_phone=False, has_email=False)
    steps = [
        {"id": "nudge", "after": "PT5M", "actor": "system", "channels": ["sms", "email"]},
        LADDER[1],
        {"id": "letter", "after": "PT2H", "actor": "ben", "channels": ["letter"]},
    ]
    case = ada_case(now=minute(70), steps=steps, reach=reach)
    assert states(case) == ["due", "due", "upcoming"]
    told = [[each.rule for each in found.because] for found in case.steps]
    assert told == [["roster.phone", "roster.email"], ["roster.phone"], []]
    assert step(case, "call1").because[0].text == "no number on file: find another way to reach the patient"


def test_consent_is_looked_at_when_a_step_is_taken() -> None:
    stop = Consent(channel="sms", granted=False, at=minute(30))
    reach = Reach(timezone=NEW_YORK, consents=(TEXTS, stop), has_phone=False)
    sent = tried(6, "message_sent", actor="system", step_id="nudge")
    done = step(ada_case(now=minute(70), reach=reach, attempts=(sent,)), "nudge")
    assert (done.channels, done.state, done.done, done.because) == (("sms", "push"), StepState.DONE, sent, ())


def test_any_flag_of_the_policy_takes_the_elevated_ladder() -> None:
    raised = {
        "elevated_when": ["high_risk", "left_distressed"],
        "elevated": [{"id": "now", "after": "PT15M", "actor": "coordinator", "channels": ["phone"]}],
    }
    flagged = Reach(timezone=NEW_YORK, flags=frozenset({"left_distressed", "other"}))
    case = ada_case(now=minute(0), reach=flagged, **raised)
    assert (case.elevated, [each.rule.id for each in case.steps]) == (True, ["now"])
    assert case.because[-1].text == "flagged left_distressed"
    other = Reach(timezone=NEW_YORK, flags=frozenset({"other"}))
    assert not ada_case(now=minute(0), reach=other, **raised).elevated
    no_ladder = ada_case(now=minute(0), reach=flagged, elevated_when=["left_distressed"])
    assert not no_ladder.elevated
    assert no_ladder.because[-1].text.endswith("the policy has no elevated ladder")


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        ("2026-10-05", 1, "2026-10-06"),
        ("2026-10-09", 1, "2026-10-13"),
        ("2026-10-10", 1, "2026-10-13"),
        ("2026-10-09", 3, "2026-10-15"),
        ("2026-10-05", 4, "2026-10-09"),
    ],
)
def test_business_days_leave_out_weekends_and_holidays(day: str, days: int, expected: str) -> None:
    columbus_day = frozenset({date(2026, 10, 12)})
    found = business_day_after(date.fromisoformat(day), days=days, holidays=columbus_day)
    assert found.isoformat() == expected


def test_the_next_business_day_is_the_programs_and_keeps_its_clock_time() -> None:
    friday = datetime(2026, 3, 6, 23, 0, tzinfo=UTC)
    session = Session(id="S1", starts_at=friday, ends_at=friday + timedelta(hours=3))
    far = Reach(timezone=ZoneInfo("Pacific/Auckland"), consents=(TEXTS,))
    found = step(ada_case(now=friday, session=session, reach=far), "call2")
    assert found.due_at == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    held = ada_case(now=friday, session=session, holidays=["2026-03-09"])
    assert step(held, "call2").due_at == datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


ATTEMPTS = st.lists(
    st.builds(
        tried,
        st.integers(-60, 3000),
        st.sampled_from(["contact", "voicemail", "no_answer", "message_sent"]),
        actor=st.sampled_from(["system", "counselor"]),
        step_id=st.sampled_from(["", "nudge", "call1"]),
    ),
    max_size=4,
)


@given(ATTEMPTS.flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))), st.integers(0, 4000))
def test_a_case_does_not_depend_on_the_order_of_attempts(
    made: tuple[list[Attempt], list[Attempt]], now: int
) -> None:
    first, again = (
        ada_case(now=minute(now), attempts=tuple(each), first_attempt_within="PT24H") for each in made
    )
    assert states(first) == states(again)
    assert (first.closed_at, first.first_attempt) == (again.closed_at, again.first_attempt)


@given(ATTEMPTS, st.integers(0, 4000))
def test_a_closed_case_asks_nothing_more_of_anybody(made: list[Attempt], now: int) -> None:
    known = tuple(each for each in made if each.at <= minute(now))
    case = ada_case(now=minute(now), attempts=known)
    waiting = {"due", "overdue", "upcoming"} & set(states(case))
    assert bool(waiting) == (case.next_step is not None)
    if case.closed_at is not None:
        assert not waiting
        assert any(each.outcome == "contact" for each in known)
