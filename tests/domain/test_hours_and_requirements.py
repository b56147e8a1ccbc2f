"""Hours of a week, what a day may be billed as, and what is owed over a stay."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import Mode, Status
from rejoin.domain.policy.history import SeatRecord
from rejoin.domain.policy.hours import (
    BillingState,
    WeekHours,
    bill_days,
    countable_minutes,
    delivered_minutes,
    over_ceiling,
    week_hours,
)
from rejoin.domain.policy.requirements import Progress, follow_requirements
from rejoin.domain.policy.triggers import Stay
from tests.domain.people import LONG_AFTER, but, history, outcome, policy

NINE = {"min_per_week": 9, "max_per_week": 19}
THREE_A_WEEK = ["2026-10-05", "2026-10-07", "2026-10-08"]


def weeks(records: tuple[SeatRecord, ...], *, now: datetime = LONG_AFTER, **hours: Any) -> list[WeekHours]:
    rules = policy(hours={**NINE, **hours})
    return week_hours(records, policy_on=lambda _day: rules, now=now)


def held_as(record: SeatRecord, mode: Mode, **changes: Any) -> SeatRecord:
    told = None if record.outcome is None else but(record.outcome, **changes)
    return but(record, session=but(record.session, mode=mode), outcome=told)


def test_a_week_adds_up_what_was_scheduled_delivered_and_countable() -> None:
    (week,) = weeks(history("APM", days=THREE_A_WEEK))
    assert (week.week_of.isoformat(), week.scheduled, week.delivered, week.countable) == (
        "2026-10-05",
        540,
        240,
        240,
    )
    assert (week.minimum, week.below_minimum, week.complete, week.unknown) == (540, True, True, 0)


def test_a_full_week_is_not_below_its_minimum() -> None:
    assert not weeks(history("AAA", days=THREE_A_WEEK))[0].below_minimum
    assert weeks(history("A"), min_per_week=None)[0].minimum is None
    assert not weeks(history("A"), min_per_week=None)[0].below_minimum


def test_a_week_still_running_is_below_only_when_it_can_no_longer_be_reached() -> None:
    ahead = history("A--", days=THREE_A_WEEK)
    after_first = ahead[0].session.ends_at
    (week,) = weeks(ahead, now=after_first)
    assert (week.below_minimum, week.complete, week.scheduled) == (False, False, 540)
    (lost,) = weeks(history("M--", days=THREE_A_WEEK), now=after_first)
    assert lost.below_minimum


def test_the_rest_of_a_running_session_may_still_come() -> None:
    records = history("P")
    during = records[0].session.starts_at + timedelta(hours=1)
    (week,) = weeks(records, now=during, min_per_week=3)
    assert (week.below_minimum, week.complete) == (False, False)


def test_a_week_to_come_is_not_listed() -> None:
    assert weeks(history("-"), now=datetime(2026, 10, 4, 12, tzinfo=UTC)) == []
    assert len(weeks(history("-"), now=datetime(2026, 10, 5, 12, tzinfo=UTC))) == 1


@pytest.mark.parametrize("letter", ["C", "W"])
def test_cancelled_hours_are_told_apart(letter: str) -> None:
    (week,) = weeks(history("A" + letter + "A", days=THREE_A_WEEK))
    assert (week.scheduled, week.cancelled, week.countable) == (360, 180, 360)


def test_unrecorded_hours_are_unknown() -> None:
    (week,) = weeks(history("AU", days=THREE_A_WEEK[:2]))
    assert (week.unknown, week.delivered) == (1, 180)


def test_an_average_looks_back_as_far_as_its_window() -> None:
    days = ["2026-10-05", "2026-10-12", "2026-10-19"]
    records = history("AMM", days=days)
    found = weeks(records, min_per_week=1, average_over="P28D")
    assert [each.below_minimum for each in found] == [False, False, False]
    short = weeks(records, min_per_week=1, average_over="P14D")
    assert [each.below_minimum for each in short] == [False, False, True]


def test_weeks_begin_on_the_policys_day() -> None:
    records = history("AA", days=["2026-10-10", "2026-10-11"])
    assert len(weeks(records, week_starts="sunday")) == 2
    assert len(weeks(records, week_starts="monday")) == 1


def test_only_modes_that_count_are_countable() -> None:
    in_person = policy(hours={"countable_modes": ["in_person"]})
    record = history("A")[0]
    assert record.outcome is not None
    assert countable_minutes(record.session, record.outcome, policy=in_person) == 0
    assert delivered_minutes(record.session, record.outcome, policy=in_person) == 180
    (week,) = weeks((record,), countable_modes=["in_person"])
    assert (week.delivered, week.countable) == (180, 0)
    running = weeks(
        history("A-", days=THREE_A_WEEK[:2]),
        now=record.session.ends_at,
        countable_modes=["in_person"],
        min_per_week=1,
    )
    assert running[0].below_minimum


def test_a_session_without_a_room_is_as_long_as_the_facilitator_says() -> None:
    plain = policy()
    record = history("A")[0]
    attested: dict[str, Any] = {"attested": Status.ATTENDED, "minutes": None, "present": False}
    in_person = held_as(record, Mode.IN_PERSON, **attested)
    video = held_as(record, Mode.VIDEO, **attested)
    partly = held_as(record, Mode.IN_PERSON, **{**attested, "attested": Status.PARTIAL})
    lengths = [
        delivered_minutes(each.session, each.outcome, policy=plain)
        for each in (in_person, video, partly)
        if each.outcome is not None
    ]
    assert lengths == [180, None, None]
    unseen = outcome(Status.ATTENDED, minutes=0, present=False, attested=Status.ATTENDED)
    assert delivered_minutes(record.session, unseen, policy=plain) is None
    assert weeks((video,))[0].unknown == 1


@given(st.text(alphabet="APMNXEUCHO-", max_size=20))
def test_hours_never_exceed_what_was_scheduled(line: str) -> None:
    for week in weeks(history(line)):
        assert 0 <= week.countable <= week.delivered <= week.scheduled


def test_a_week_over_the_level_of_care_is_refused_with_its_reason() -> None:
    capped = policy(hours=NINE)
    assert over_ceiling(19 * 60, policy=capped) is None
    refused = over_ceiling(20 * 60, policy=capped)
    assert refused is not None
    assert refused.text == "20 hours in the week, and the level of care ends at 19"
    assert over_ceiling(99 * 60, policy=policy()) is None


def bill(records: tuple[SeatRecord, ...], **billing: Any) -> list[tuple[str, int]]:
    plain = policy(billing=billing or {"per_day_minutes": 180})
    found = bill_days(records, policies=[plain] * len(records))
    return [(each.state.value, each.day_minutes) for each in found.values()]


def attest(record: SeatRecord) -> SeatRecord:
    assert record.outcome is not None
    return but(record, outcome=but(record.outcome, attested=record.outcome.status))


def test_a_day_is_billable_only_on_attested_minutes() -> None:
    (record,) = history("A")
    assert bill((record,)) == [("pending_attestation", 180)]
    assert bill((attest(record),)) == [("billable", 180)]
    assert bill((attest(history("P")[0]),)) == [("under_minimum", 60)]
    assert bill((history("M")[0],)) == [("not_countable", 0)]
    assert bill((history("-")[0],)) == [("not_countable", 0)]
    assert bill((record,), code="H0015") == [("no_rule", 180)]


def test_sessions_of_one_local_day_are_billed_together() -> None:
    days = ["2026-10-05", "2026-10-05", "2026-10-06"]
    first, second, other = history("PPA", days=days)
    assert bill((first, second, other), per_day_minutes=120) == [
        ("pending_attestation", 120),
        ("pending_attestation", 120),
        ("pending_attestation", 180),
    ]
    assert [state for state, _ in bill((attest(first), second), per_day_minutes=120)] == [
        "pending_attestation"
    ] * 2
    both = bill((attest(first), attest(second)), per_day_minutes=120)
    assert [state for state, _ in both] == ["billable"] * 2


@given(st.text(alphabet="APMNXEUCHO-", max_size=12), st.sets(st.integers(0, 11)))
def test_nothing_is_billable_that_nobody_attested(line: str, marked: set[int]) -> None:
    records = tuple(
        attest(record) if place in marked and record.outcome is not None else record
        for place, record in enumerate(history(line))
    )
    states = bill_days(records, policies=[policy(billing={"per_day_minutes": 60})] * len(records))
    for record in records:
        if states[record.session.id].state is BillingState.BILLABLE:
            assert record.outcome is not None
            assert record.outcome.attested is not None


PARENTS = {"id": "parents", "party": "guardian", "of": {"kinds": ["family"]}, "attend": 2, "within": "P84D"}
JOINED = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)


def progress(
    records: tuple[SeatRecord, ...],
    requirement: dict[str, Any],
    *,
    since: datetime | None = JOINED,
    now: datetime = LONG_AFTER,
) -> Progress:
    stay = Stay(records=records, since=since)
    return follow_requirements(stay, policy=policy(requirements=[requirement]), now=now)[0]


def test_a_requirement_is_met_by_sessions_attended_in_its_scope() -> None:
    family = history("AMA", kind="family")
    found = progress(family, PARENTS)
    assert (found.needed, found.done, found.state.value) == (2, 2, "met")
    assert found.because[0].text.endswith("is the facilitator's word, asked of the guardian")
    assert progress(history("AAA"), PARENTS).done == 0
    hers = progress(history("A"), {"id": "groups", "attend": 2})
    assert (hers.state.value, hers.due_on, hers.because[0].text) == ("open", None, "1 of 2 attended")


def test_a_requirement_is_overdue_after_its_local_day() -> None:
    due = datetime(2026, 12, 24, 5, 0, tzinfo=UTC)
    found = progress(history("A", kind="family"), PARENTS, now=due)
    assert found.due_on is not None
    assert (found.due_on.isoformat(), found.state.value) == ("2026-12-24", "open")
    late = progress(history("A", kind="family"), PARENTS, now=due + timedelta(seconds=1))
    assert late.state.value == "overdue"
    after = progress(history("AA", kind="family", days=["2026-12-20", "2026-12-28"]), PARENTS, now=due)
    assert after.done == 1
    assert progress(history("A", kind="family"), PARENTS, since=None).due_on is None


def test_every_absence_has_to_be_made_up_and_none_is_assumed() -> None:
    owed = progress(history("AMEXP"), {"id": "all", "makeups": "all", "before": "completion"})
    assert (owed.needed, owed.done, owed.state.value) == (3, 0, "owed")
    assert progress(history("AP-"), {"id": "all", "makeups": "all"}).state.value == "met"
