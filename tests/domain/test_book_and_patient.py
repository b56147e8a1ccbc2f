"""Versions of a policy, and everything it says about one patient at one instant."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rejoin.domain.attendance import Held, Mark, SeatFacts, Session, Status
from rejoin.domain.policy import (
    Attempt,
    FollowUp,
    InvalidPolicy,
    PatientFacts,
    PolicyBook,
    Reach,
    fire_triggers,
    follow_patient,
    follow_seat,
    make_book,
    read_overlay,
    read_policy,
)
from rejoin.domain.policy.triggers import Stay
from tests.domain.people import NEW_YORK, START, document, minute, seen, trigger


def version(number: int, from_on: str, until: str | None = None, **changes: Any) -> Any:
    effective = {"from": from_on, "until": until}
    return read_policy(document(version=number, effective=effective, **changes))


def book(*versions: Any, overlays: tuple[Any, ...] = ()) -> PolicyBook:
    return make_book([(each, overlays) for each in versions])


def test_the_version_in_force_is_the_one_that_began_last() -> None:
    found = book(version(2, "2026-06-01"), version(1, "2026-01-01"))
    assert found.in_force(date(2026, 5, 31)).version == 1
    assert found.in_force(date(2026, 6, 1)).version == 2
    assert found.in_force(date(2026, 6, 1)) is found.in_force(date(2026, 6, 2))


def test_where_no_version_is_in_force_the_nearest_is_read_and_it_can_be_told() -> None:
    found = book(version(1, "2026-01-01", "2026-03-31"), version(2, "2026-06-01"))
    assert [found.in_force(day).version for day in (date(2025, 1, 1), date(2026, 4, 15))] == [1, 1]
    assert not found.covers(date(2026, 4, 15))
    assert found.covers(date(2026, 3, 31))
    assert found.covers(date(2026, 6, 1))


def test_an_overlay_is_laid_on_the_days_it_is_in_force() -> None:
    overlay = read_overlay(
        {
            "id": "court",
            "version": 1,
            "effective": {"from": "2026-06-01"},
            "triggers": [trigger({"total": 3}, id="court")],
        }
    )
    found = book(version(1, "2026-01-01"), overlays=(overlay,))
    assert found.in_force(date(2026, 5, 31)).triggers == ()
    assert [each.id for each in found.in_force(date(2026, 6, 1)).triggers] == ["court"]


def test_an_overlay_that_repeats_a_trigger_is_refused() -> None:
    overlay = read_overlay({"id": "court", "version": 1, "triggers": [trigger({"total": 3})]})
    with pytest.raises(InvalidPolicy, match="repeats 't'"):
        book(version(1, "2026-01-01", triggers=[trigger({"total": 1})]), overlays=(overlay,))


def session(day: int, *, named: str, held: Held = Held.SCHEDULED) -> Session:
    starts_at = START + timedelta(days=day)
    return Session(id=named, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3), held=held)


def follow(
    *seats: SeatFacts, now: datetime, attempts: dict[str, tuple[Attempt, ...]] | None = None, **more: Any
) -> FollowUp:
    facts = PatientFacts(seats=seats, reach=Reach(timezone=NEW_YORK), attempts=attempts or {})
    made: PolicyBook = more.pop("book", None) or book(version(1, "2026-01-01", **more))
    return follow_patient(facts, book=made, now=now)


def test_coming_back_ends_the_case_of_every_session_missed_before() -> None:
    seats = [SeatFacts(session=session(day, named=f"S{day}"), covered=True) for day in range(2)]
    back = session(2, named="S2")
    joined = back.starts_at + timedelta(minutes=3)
    came = SeatFacts(session=back, covered=True, presence=(seen(2 * 24 * 60 + 3, None),))
    found = follow(*seats, came, now=joined + timedelta(seconds=1))
    assert [(each.session.id, each.closed_at) for each in found.cases] == [("S0", joined), ("S1", joined)]


def test_a_return_nobody_saw_counts_from_the_sessions_start() -> None:
    missed = SeatFacts(session=session(0, named="S0"), covered=True)
    back = session(1, named="S1")
    marked = SeatFacts(session=back, mark=Mark(status=Status.ATTENDED, at=back.ends_at))
    found = follow(missed, marked, now=back.ends_at)
    assert found.cases[0].closed_at == back.starts_at


def test_a_session_to_come_has_no_outcome_unless_it_is_cancelled_already() -> None:
    ahead = SeatFacts(session=session(5, named="S5"))
    off = SeatFacts(session=session(6, named="S6", held=Held.CANCELLED))
    found = follow(ahead, off, now=START)
    assert found.records[0].outcome is None
    assert found.records[1].outcome is not None
    assert found.records[1].outcome.status is Status.CANCELLED
    assert found.cases == ()


def test_contact_about_one_session_is_contact_for_what_is_counted() -> None:
    seats = [SeatFacts(session=session(day, named=f"S{day}"), covered=True) for day in range(2)]
    rule = trigger({"consecutive": 2}, count="missed_without_contact")
    now = START + timedelta(days=3)
    assert len(follow(*seats, now=now, triggers=[rule]).firings) == 1
    reached = Attempt(at=minute(90), actor="ben", channel="phone", outcome="contact")
    assert follow(*seats, now=now, triggers=[rule], attempts={"S0": (reached,)}).firings == ()


def test_each_session_is_judged_and_billed_under_the_version_of_its_own_date() -> None:
    strict = version(1, "2026-01-01", "2026-10-05", billing={"per_day_minutes": 180})
    loose = version(2, "2026-10-06", presence={"credit": {"minutes": 60}}, billing={"per_day_minutes": 60})
    seats = [
        SeatFacts(
            session=session(day, named=f"S{day}"),
            covered=True,
            presence=(seen(24 * 60 * day, 24 * 60 * day + 100),),
        )
        for day in range(2)
    ]
    found = follow(*seats, now=START + timedelta(days=9), book=book(strict, loose))
    assert [each.outcome.status for each in found.records if each.outcome] == [
        Status.PARTIAL,
        Status.ATTENDED,
    ]
    assert [each.state.value for each in found.billing.values()] == ["under_minimum", "pending_attestation"]


def test_a_trigger_fires_under_the_version_in_force_when_it_fired() -> None:
    rule = trigger({"total": 1})
    other = trigger({"total": 1}, id="other")
    two = book(
        version(1, "2026-01-01", "2026-10-05", triggers=[rule]), version(2, "2026-10-06", triggers=[other])
    )
    missed = SeatFacts(session=session(0, named="S0"), covered=True)
    found = follow(missed, now=datetime(2026, 10, 20, tzinfo=UTC), book=two)
    assert [each.rule.id for each in found.firings] == ["t"]


def change_of_versions(letters: str, *rules: dict[str, Any], changed: int) -> list[list[str]]:
    """What fires of a line of A and M, under one version and with a change of versions on the way."""
    seats = [
        SeatFacts(
            session=session(day, named=f"S{day + 1}"),
            covered=True,
            presence=(seen(1440 * day, 1440 * day + 180),) if letter == "A" else (),
        )
        for day, letter in enumerate(letters)
    ]
    day = date(2026, 10, 5) + timedelta(days=changed)
    until = (day - timedelta(days=1)).isoformat()
    one = book(version(1, "2026-01-01", triggers=list(rules)))
    two = book(
        version(1, "2026-01-01", until, triggers=list(rules)),
        version(2, day.isoformat(), triggers=list(rules)),
    )
    now = START + timedelta(days=30)
    return [
        [" ".join([each.rule.id, *each.sessions]) for each in follow(*seats, now=now, book=each_book).firings]
        for each_book in (one, two)
    ]


CONTRACT = trigger({"at_least": 2, "of_last": 6}, id="contract", clears={"attended": 5, "of_next": 6})


@pytest.mark.parametrize("changed", [1, 2, 3, 4])
def test_a_contract_outlasts_a_change_of_versions(changed: int) -> None:
    after_it = trigger({"fails": "contract"}, id="discharge")
    one, two = change_of_versions("MMAMM", CONTRACT, after_it, changed=changed)
    assert one == two == ["contract S1 S2", "discharge S4 S5"]


@pytest.mark.parametrize("changed", [1, 2, 3, 4])
def test_a_pattern_that_goes_on_across_a_change_of_versions_fires_once(changed: int) -> None:
    one, two = change_of_versions("MMMMM", trigger({"at_least": 2, "within": "P14D"}), changed=changed)
    assert one == two == ["t S1 S2"]


def test_weeks_and_requirements_are_told_for_a_patient() -> None:
    attended = SeatFacts(session=session(0, named="S0"), covered=True, presence=(seen(0, 180),))
    found = follow(
        attended,
        now=START + timedelta(days=1),
        hours={"min_per_week": 3},
        requirements=[{"id": "one", "attend": 1}],
    )
    assert [each.below_minimum for each in found.weeks] == [False]
    assert [each.state.value for each in found.requirements] == ["met"]


@pytest.mark.parametrize("line", ["missed", "attended", "to come"])
def test_a_seat_by_itself_comes_out_as_it_does_among_all(line: str) -> None:
    held = session(0, named="S")
    there = (seen(0, 180),) if line == "attended" else ()
    seat = SeatFacts(session=held, presence=there, covered=True)
    facts = PatientFacts(seats=(seat,), reach=Reach(timezone=NEW_YORK), attempts={})
    now = held.starts_at - timedelta(minutes=1) if line == "to come" else held.ends_at + timedelta(hours=1)
    made = book(version(1, "2026-01-01"))
    whole = follow_patient(facts, book=made, now=now)
    outcome, case = follow_seat(facts, seat, book=made, now=now)
    assert outcome == whole.records[0].outcome
    assert ([case] if case else []) == list(whole.cases)
    assert (case is not None) == (line == "missed")


def test_patterns_by_themselves_are_those_of_the_whole() -> None:
    made = book(version(1, "2026-01-01", triggers=[trigger({"total": 2})]))
    seats = [SeatFacts(session=session(day, named=f"S{day}"), covered=True) for day in range(3)]
    now = START + timedelta(days=9)
    whole = follow(*seats, now=now, book=made)
    assert fire_triggers(Stay(records=whole.records), book=made, now=now) == whole.firings
    assert len(whole.firings) == 1
