"""What another policy would have done with Ada's evenings: everything that differs, and nothing that does not."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import Held, Mark, SeatFacts, Session, Status
from rejoin.domain.kernel import Interval
from rejoin.domain.policy import (
    Attempt,
    PatientFacts,
    PolicyBook,
    Reach,
    make_book,
    read_overlay,
    read_policy,
)
from rejoin.domain.policy.ladder import Closing
from rejoin.domain.policy.patient import Then, follow_patient
from rejoin.domain.policy.replay import (
    PatientReplay,
    Recorded,
    Replay,
    add_up,
    in_force_all_along,
    replay_patient,
)
from tests.domain.people import NEW_YORK, START, document, seen, trigger

NOW = START + timedelta(days=60)
WHOLE = Interval(START - timedelta(days=30), START + timedelta(days=50))
NOTHING = Recorded(outcomes={}, cases=frozenset(), reviews=frozenset())
TEXT = {"id": "text", "after": "PT5M", "actor": "system", "channels": ["sms"], "template": "neutral_nudge"}
CALL = {"id": "call", "after": "PT1H", "actor": "counselor", "channels": ["phone"]}
LATER = {"id": "later", "after": "PT5H", "actor": "counselor", "channels": ["phone"]}
NEXT_DAY = {"id": "next", "at": "next_business_day 10:00", "actor": "therapist", "channels": ["phone"]}
LONG_AFTER = {"id": "long", "after": "P3D", "actor": "team", "channels": ["letter"]}


def book(overlays: Sequence[Any] = (), **changes: Any) -> PolicyBook:
    return make_book([(read_policy(document(**changes)), tuple(overlays))])


def evenings(line: str, **more: Any) -> tuple[SeatFacts, ...]:
    """One evening a day: A there all the time, M not there, S for 150 minutes only, U unwatched, ? there unseen."""
    minutes = {"A": 180, "S": 150}
    found = []
    for day, letter in enumerate(line):
        starts_at = START + timedelta(days=day)
        session = Session(id=f"S{day}", starts_at=starts_at, ends_at=starts_at + timedelta(hours=3), **more)
        there = seen(1440 * day, 1440 * day + minutes[letter]) if letter in minutes else None
        mark = Mark(status=Status.ATTENDED, at=session.ends_at) if letter == "?" else None
        found.append(
            SeatFacts(session=session, covered=letter != "U", presence=(there,) if there else (), mark=mark)
        )
    return tuple(found)


def facts(line: str, **more: Any) -> PatientFacts:
    return PatientFacts(
        **{
            "seats": evenings(line),
            "reach": Reach(timezone=NEW_YORK),
            "attempts": {},
            **more,
        }
    )


def replayed(
    told: PatientFacts | str,
    stood: PolicyBook,
    would: PolicyBook,
    *,
    recorded: Recorded = NOTHING,
    span: Interval = WHOLE,
    now: datetime = NOW,
) -> PatientReplay:
    known = facts(told) if isinstance(told, str) else told
    return replay_patient(known, stood=stood, would=would, recorded=recorded, span=span, now=now)


def outreach(*steps: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"standard": [dict(each) for each in steps], **more}


CREDIT_OF_TWO_HOURS = {"credit": {"minutes": 120}}


def test_the_same_policy_changes_nothing() -> None:
    rules: dict[str, Any] = {"triggers": [trigger({"total": 2})], "hours": {"min_per_week": 9}}
    found = replayed("AMSMUMA", book(**rules), book(**rules))
    assert not found.differs
    assert found.replay.changed.patients == 0
    assert found.replay.stood == found.replay.would
    assert (found.replay.patients, found.replay.seats, found.replay.stood.cases) == (1, 7, 3)


def test_an_outcome_under_other_rules_is_told_with_its_reason() -> None:
    found = replayed("AS", book(), book(presence=CREDIT_OF_TWO_HOURS))
    (change,) = found.seats
    assert (change.session_id, change.stood.status, change.would.status) == (
        "S1",
        Status.PARTIAL,
        Status.ATTENDED,
    )
    assert change.would.because
    assert found.replay.changed.outcomes == 1
    assert found.replay.stood.outcomes == {"attended": 1, "partial": 1}
    assert found.replay.would.outcomes == {"attended": 2}


def test_a_case_is_opened_or_spared_by_what_the_policy_opens_one_on() -> None:
    partial_too = book(outreach=outreach(CALL, open_on=["missed", "partial"]))
    more = replayed("SM", book(), partial_too)
    assert [each.session_id for each in more.seats] == ["S0"]
    assert (more.replay.changed.opened, more.replay.changed.spared) == (1, 0)
    fewer = replayed("SM", partial_too, book())
    assert (fewer.replay.changed.opened, fewer.replay.changed.spared) == (0, 1)
    assert (fewer.replay.stood.cases, fewer.replay.would.cases) == (2, 1)


def test_somebody_who_was_tried_without_a_miss_is_no_case_of_either() -> None:
    """A case that turned out to be none is told as what the facts say now."""
    tried = Attempt(at=START + timedelta(hours=1), actor="ben", channel="phone", outcome="no_answer")
    found = replayed(facts("A", attempts={"S0": (tried,)}), book(), book())
    assert found.replay.stood.cases == 0


def test_rungs_are_counted_by_who_is_to_act_and_how_soon() -> None:
    ladder = book(outreach=outreach(TEXT, CALL, LATER, NEXT_DAY, LONG_AFTER))
    found = replayed("M", book(), ladder)
    assert found.replay.stood.rungs == {"counselor an_hour": 1}
    assert found.replay.would.rungs == {
        "counselor an_hour": 1,
        "counselor a_day": 1,
        "therapist a_day": 1,
        "team later": 1,
    }
    assert found.replay.would.withheld == 1, "nobody has agreed to texts"
    assert found.replay.changed.asked == 1


def test_rungs_after_the_case_was_closed_never_came_up() -> None:
    reached = Attempt(at=START + timedelta(hours=2), actor="ben", channel="phone", outcome="contact")
    told = facts("M", attempts={"S0": (reached,)})
    found = replayed(told, book(), book(outreach=outreach(CALL, LATER)))
    assert not found.differs
    assert found.replay.would.rungs == {"counselor an_hour": 1}


def test_what_a_rung_is_called_is_no_difference() -> None:
    renamed = book(outreach=outreach({**CALL, "id": "ring"}))
    assert not replayed("M", book(), renamed).differs


@pytest.mark.parametrize(
    "other",
    [
        {**CALL, "actor": "therapist"},
        {**CALL, "channels": ["phone", "secure_message"]},
        {**CALL, "after": "PT2H"},
    ],
)
def test_who_acts_how_and_when_is_one(other: dict[str, Any]) -> None:
    found = replayed("M", book(), book(outreach=outreach(other)))
    assert found.replay.changed.asked == 1


def test_a_person_who_acts_before_the_case_is_closed_is_told_by_how_soon() -> None:
    soon = Attempt(at=START + timedelta(minutes=30), actor="ben", channel="phone", outcome="contact")
    told = facts("M", attempts={"S0": (soon,)})
    assert replayed(told, book(), book()).replay.stood.first_person == {"never": 1}
    assert replayed("M", book(), book()).replay.stood.first_person == {"an_hour": 1}
    late = book(outreach=outreach(LATER))
    assert replayed("M", late, late).replay.stood.first_person == {"a_day": 1}


def test_flags_and_consents_count_as_they_stood_at_each_session() -> None:
    flagged = Reach(timezone=NEW_YORK, flags=frozenset({"high_risk"}))
    plain = Reach(timezone=NEW_YORK)
    rules = book(outreach=outreach(CALL, elevated=[dict(NEXT_DAY)], elevated_when=["high_risk"]))
    told = facts("MM", reach=flagged, then={"S0": Then(reach=plain)})
    found = replayed(told, rules, rules)
    assert (found.replay.stood.cases, found.replay.stood.elevated) == (2, 1)


def test_a_stay_that_ended_closes_its_own_cases() -> None:
    reach = Reach(timezone=NEW_YORK)
    left = START + timedelta(hours=2)
    told = facts("M", then={"S0": Then(reach=reach, left_at=left)})
    (case,) = follow_patient(told, book=book(), now=NOW).cases
    assert (case.closing, case.closed_at) == (Closing.LEFT_PROGRAM, left)


def test_reviews_are_the_same_when_they_ask_the_same_at_the_same_time() -> None:
    stood = book(triggers=[trigger({"total": 2})])
    renamed = book(triggers=[trigger({"total": 2}, id="other")])
    assert not replayed("MM", stood, renamed).differs
    found = replayed("MMM", stood, book(triggers=[trigger({"total": 3})]))
    assert [(each.rule, each.fired_at.day) for each in found.raised] == [("t", 8)]
    assert [(each.rule, each.fired_at.day) for each in found.dropped] == [("t", 7)]
    assert (found.replay.changed.raised, found.replay.changed.dropped) == (1, 1)
    assert found.replay.stood.reviews == found.replay.would.reviews == {"team_review": 1}


def test_a_week_below_its_minimum_under_one_of_them_is_told_with_its_minutes() -> None:
    found = replayed("SSSAAAA", book(hours={"min_per_week": 19}), book(hours={"min_per_week": 20}))
    (week,) = found.weeks
    assert (week.week_of, week.stood, week.would) == (date(2026, 10, 5), (1170, False), (1170, True))
    assert (found.replay.stood.weeks, found.replay.stood.weeks_below, found.replay.would.weeks_below) == (
        1,
        0,
        1,
    )


def test_only_whole_weeks_that_are_over_are_counted() -> None:
    rules = book(hours={"min_per_week": 19})
    half = Interval(START, START + timedelta(days=3))
    assert replayed("AAA", rules, rules, span=half).replay.stood.weeks == 0
    running = replayed("AAAAAAA", rules, rules, now=START + timedelta(days=2, hours=1))
    assert running.replay.stood.weeks == 0
    assert replayed(facts(""), rules, rules).replay.stood.weeks == 0


def test_a_week_that_begins_on_another_day_is_no_change_of_this_one() -> None:
    found = replayed(
        "AAAAAAA", book(hours={"min_per_week": 1}), book(hours={"min_per_week": 20, "week_starts": "sunday"})
    )
    assert found.weeks == ()
    assert found.replay.would.weeks_below > 0


def test_nothing_outside_the_span_is_told_and_all_of_it_is_counted_with() -> None:
    rules = book(triggers=[trigger({"total": 3})])
    last = Interval(START + timedelta(days=2), START + timedelta(days=3))
    found = replayed("MMM", book(), rules, span=last)
    assert found.replay.seats == 1
    assert len(found.raised) == 1, "the two misses before the span count"


def test_sessions_still_running_or_to_come_are_in_no_sum() -> None:
    running = START + timedelta(days=1, hours=1)
    assert replayed("MMM", book(), book(), now=running).replay.seats == 1


def test_a_session_called_off_ahead_is_told_at_once() -> None:
    off = SeatFacts(
        session=Session(id="S0", starts_at=START, ends_at=START + timedelta(hours=3), held=Held.CANCELLED)
    )
    found = replayed(facts("", seats=(off,)), book(), book(), now=START - timedelta(days=1))
    assert found.replay.stood.outcomes == {"cancelled": 1}


def test_what_nobody_can_know_is_counted() -> None:
    reached = Attempt(at=START + timedelta(hours=20), actor="ben", channel="phone", outcome="contact")
    told = facts("MU?", attempts={"S0": (reached,)})
    unsure = replayed(told, book(), book(outreach=outreach(CALL, LATER))).replay.unsure
    assert (unsure.unrecorded, unsure.minutes_unknown, unsure.ended_by_her) == (1, 1, 1)


def test_a_case_that_nobody_would_have_followed_is_not_one_that_she_ended() -> None:
    reached = Attempt(at=START + timedelta(hours=20), actor="ben", channel="phone", outcome="contact")
    told = facts("M", attempts={"S0": (reached,)})
    spared = replayed(told, book(), book(outreach=outreach(CALL, open_on=["partial"])))
    assert spared.replay.changed.spared == 1
    assert spared.replay.unsure.ended_by_her == 0


def test_what_is_on_record_is_compared_with_what_deciding_again_comes_to() -> None:
    rules = book(triggers=[trigger({"total": 2})])
    right = Recorded(
        outcomes={"S0": Status.MISSED, "S1": Status.MISSED},
        cases=frozenset({"S0", "S1", "of another span"}),
        reviews=frozenset({("t", START + timedelta(days=1, hours=3))}),
    )
    unsure = replayed("MM", rules, rules, recorded=right).replay.unsure
    assert (unsure.outcomes_unlike, unsure.cases_unlike, unsure.reviews_unlike) == (0, 0, 0)
    wrong = Recorded(
        outcomes={"S0": Status.ATTENDED}, cases=frozenset({"S0"}), reviews=frozenset({("u", START)})
    )
    unsure = replayed("MM", rules, rules, recorded=wrong).replay.unsure
    assert (unsure.outcomes_unlike, unsure.cases_unlike, unsure.reviews_unlike) == (2, 1, 2)


def test_a_version_is_tried_as_if_it_had_always_been_there() -> None:
    effective = {"from": "2027-01-01", "until": "2027-02-01"}
    policy = read_policy(document(version=9, effective=effective))
    overlay = read_overlay(
        {
            "id": "court",
            "version": 1,
            "effective": {"from": "2026-10-07"},
            "triggers": [trigger({"total": 9})],
        }
    )
    tried = in_force_all_along((policy, (overlay,)))
    assert tried.in_force(date(2026, 10, 6)).version == 9
    assert tried.in_force(date(2026, 10, 6)).triggers == ()
    assert len(tried.in_force(date(2026, 10, 7)).triggers) == 1


def test_what_the_same_rules_said_is_not_worked_out_again() -> None:
    told = facts("AS")
    old = follow_patient(told, book=book(), now=NOW)
    same = follow_patient(told, book=book(triggers=[trigger({"total": 1})]), now=NOW, known=old)
    assert all(one is other for one, other in zip(old.records, same.records, strict=True))
    other = follow_patient(told, book=book(presence=CREDIT_OF_TWO_HOURS), now=NOW, known=old)
    assert not any(one is other for one, other in zip(old.records, other.records, strict=True))


letters = st.text("AMSU", max_size=12)


@given(st.lists(letters, max_size=4))
def test_many_add_up_to_the_sum_of_each(lines: list[str]) -> None:
    stood = book(triggers=[trigger({"total": 2})], hours={"min_per_week": 9})
    would = book(presence=CREDIT_OF_TWO_HOURS, outreach=outreach(CALL, LATER), hours={"min_per_week": 12})
    each = [replayed(line, stood, would).replay for line in lines]
    total = add_up(each)
    assert total.patients == len(lines)
    assert total.seats == sum(map(len, lines))
    assert sum(total.stood.outcomes.values()) == total.seats
    assert total.changed.outcomes == sum(line.count("S") for line in lines)
    assert add_up([add_up(each[:1]), add_up(each[1:])]) == total
    assert add_up([]) == Replay()


@given(letters)
def test_the_two_sides_change_places_with_the_policies(line: str) -> None:
    one = book(triggers=[trigger({"total": 2})])
    other = book(presence=CREDIT_OF_TWO_HOURS, triggers=[trigger({"total": 3})])
    there, back = replayed(line, one, other), replayed(line, other, one)
    assert (there.replay.stood, there.replay.would) == (back.replay.would, back.replay.stood)
    assert (there.raised, there.dropped) == (back.dropped, back.raised)
    assert there.replay.changed.opened == back.replay.changed.spared


def test_instants_are_the_programs_own_days() -> None:
    """Monday begins at midnight in New York, which is four in the morning of UTC."""
    rules = book(hours={"min_per_week": 1})
    monday = datetime(2026, 10, 5, 4, tzinfo=UTC)
    week = Interval(monday, monday + timedelta(days=7))
    assert replayed("AAAAAAA", rules, rules, span=week).replay.stood.weeks == 1
    late = Interval(monday + timedelta(hours=1), monday + timedelta(days=7))
    assert replayed("AAAAAAA", rules, rules, span=late).replay.stood.weeks == 1
    tuesday = Interval(monday + timedelta(days=1), monday + timedelta(days=8))
    assert replayed("AAAAAAA", rules, rules, span=tuesday).replay.stood.weeks == 0
