"""Overlays only tighten: laid over any policy, no rule is looser and nobody fares better."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import (
    Credit,
    EarlyLeave,
    ExcuseRules,
    Mode,
    Notice,
    OnCutoff,
    Status,
    decide_outcome,
)
from rejoin.domain.policy import InvalidPolicy, Policy, read_overlay, read_policy
from rejoin.domain.policy.document import HoursRules, MakeupRules, OutreachRules
from rejoin.domain.policy.overlay import HARSHER_CUTOFF, HARSHER_LEAVE, lay_over
from tests.domain.people import LONG_AFTER, START, document, evening, seat, seen, trigger

CLOSES = ["content", "count", "hours"]


def lengths(*minutes: int) -> st.SearchStrategy[str]:
    return st.sampled_from([f"PT{each}M" for each in minutes])


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


def subsets(*words: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), unique=True)


CREDITS = st.sampled_from([{"minutes": 30}, {"minutes": 45}, {"minutes": 60}])
PRESENCE: dict[str, st.SearchStrategy[Any]] = {
    "grace": lengths(0, 5, 10),
    "late_cutoff": lengths(5, 15, 30),
    "on_cutoff": st.sampled_from(["admit", "ask", "not_admitted"]),
    "early_leave": lengths(5, 15),
    "early_leave_is": st.sampled_from(["flag_only", "partial", "missed"]),
    "credit": CREDITS,
}
EXCUSE = some(
    allowed=st.booleans(),
    notice=lengths(0, 60, 1440),
    reasons=subsets("illness", "court"),
    never_counts=subsets("hospitalised", "outage"),
)
OUTREACH = some(
    open_on=subsets("missed", "not_admitted", "excused"),
    elevated_when=subsets("high_risk", "left_distressed"),
    first_attempt_within=lengths(60, 1440),
)
HOURS = some(
    min_per_week=st.sampled_from([3, 6, 9]),
    max_per_week=st.sampled_from([12, 19]),
    countable_modes=subsets("video", "in_person", "phone"),
)
MAKEUP = some(
    window=st.sampled_from(["P3D", "P7D"]),
    max_per_week=st.integers(1, 3),
    max_per_day=st.integers(1, 2),
    modes=st.dictionaries(st.sampled_from(["individual", "packet", "group"]), subsets(*CLOSES)),
)
RULES = st.lists(st.sampled_from(["cap", "silence"]), unique=True)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    sections = {
        "presence": {"credit": {"minutes": 30}, **draw(some(**PRESENCE))},
        "outreach": {"standard": [], **draw(OUTREACH)},
        "excuse": draw(st.none() | EXCUSE),
        "hours": draw(st.none() | HOURS),
        "makeup": draw(st.none() | MAKEUP),
    }
    return read_policy(document(**sections, triggers=[trigger({"total": 3}, id="base")]))


@st.composite
def overlays(draw: st.DrawFn) -> dict[str, Any]:
    told = draw(some(presence=some(**PRESENCE), excuse=EXCUSE, outreach=OUTREACH, hours=HOURS, makeup=MAKEUP))
    rules = [trigger({"total": 2}, id=each) for each in draw(RULES)]
    requirements = [{"id": each, "attend": 1} for each in draw(RULES)]
    return {"id": "over", "version": 1, **told, "triggers": rules, "requirements": requirements}


def at_most(tight: Any, loose: Any) -> bool:
    """Whether a limit is no longer than the other; no limit is the loosest."""
    return loose is None or (tight is not None and tight <= loose)


def at_least(tight: Any, loose: Any) -> bool:
    return loose is None or (tight is not None and tight >= loose)


@given(policies(), overlays())
def test_no_rule_is_looser_under_any_overlay(base: Policy, told: dict[str, Any]) -> None:
    laid = lay_over(base, read_overlay(told))
    mine, theirs = laid.presence, base.presence
    assert mine.grace <= theirs.grace
    assert at_most(mine.late_cutoff, theirs.late_cutoff)
    assert at_most(mine.early_leave, theirs.early_leave)
    assert HARSHER_CUTOFF.index(mine.on_cutoff) >= HARSHER_CUTOFF.index(theirs.on_cutoff)
    assert HARSHER_LEAVE.index(mine.early_leave_is) >= HARSHER_LEAVE.index(theirs.early_leave_is)
    assert (mine.credit.minutes or 0) >= (theirs.credit.minutes or 0)
    _assert_excuse(laid.excuse, base.excuse)
    _assert_outreach(laid.outreach, base.outreach)
    _assert_hours(laid.hours, base.hours)
    _assert_makeup(laid.makeup, base.makeup)
    assert laid.triggers[: len(base.triggers)] == base.triggers
    assert laid.requirements[: len(base.requirements)] == base.requirements
    assert len(laid.triggers) == len(base.triggers) + len(told["triggers"])


def _assert_excuse(mine: ExcuseRules, theirs: ExcuseRules) -> None:
    assert mine.allowed <= theirs.allowed
    assert at_least(mine.notice, theirs.notice)
    assert (mine.notice is None) >= (theirs.notice is None)
    assert mine.reasons <= theirs.reasons
    assert mine.never_counts <= theirs.never_counts


def _assert_outreach(mine: OutreachRules, theirs: OutreachRules) -> None:
    assert mine.open_on >= theirs.open_on
    assert mine.elevated_when >= theirs.elevated_when
    assert at_most(mine.first_attempt_within, theirs.first_attempt_within)
    assert (mine.standard, mine.elevated, mine.stop_on) == (theirs.standard, theirs.elevated, theirs.stop_on)


def _assert_hours(mine: HoursRules, theirs: HoursRules) -> None:
    assert at_least(mine.min_per_week, theirs.min_per_week)
    assert at_most(mine.max_per_week, theirs.max_per_week)
    assert mine.countable_modes <= theirs.countable_modes


def _assert_makeup(mine: MakeupRules | None, theirs: MakeupRules | None) -> None:
    if theirs is None or mine is None:
        assert mine is theirs
        return
    assert at_most(mine.window, theirs.window)
    assert at_most(mine.max_per_week, theirs.max_per_week)
    assert at_most(mine.max_per_day, theirs.max_per_day)
    assert all(closes <= theirs.modes[mode] for mode, closes in mine.modes.items())


BETTER = (Status.ATTENDED, Status.PARTIAL, Status.EXCUSED, Status.NOT_ADMITTED, Status.MISSED)
SPANS = st.lists(st.tuples(st.integers(-5, 60), st.integers(1, 70)), max_size=2)


@given(
    policies(),
    overlays(),
    SPANS,
    st.sampled_from([None, 30, 120, 2000]),
    st.sampled_from(["", "illness", "court"]),
)
def test_nobody_fares_better_under_an_overlay(
    base: Policy, told: dict[str, Any], spans: list[tuple[int, int]], notice: int | None, reason: str
) -> None:
    laid = lay_over(base, read_overlay(told))
    notices = (
        () if notice is None else (Notice(received_at=START - timedelta(minutes=notice), reason=reason),)
    )
    facts = seat(
        *(seen(start, start + length) for start, length in spans),
        session=evening(minutes=60),
        notices=notices,
    )
    fares = [
        decide_outcome(facts, presence_rules=each.presence, excuse_rules=each.excuse, now=LONG_AFTER).status
        for each in (base, laid)
    ]
    places = [min(BETTER.index(each), BETTER.index(Status.NOT_ADMITTED)) for each in fares]
    assert places[0] <= places[1]


def laid_presence(base: dict[str, Any], over: dict[str, Any]) -> Any:
    made = read_policy(document(presence=base))
    return lay_over(made, read_overlay({"id": "over", "version": 1, "presence": over})).presence


def test_a_share_is_compared_with_a_share() -> None:
    half, most = {"credit": {"share": 0.5}}, {"credit": {"share": 0.9}}
    assert laid_presence(half, most).credit == Credit(share=Fraction(9, 10))
    assert laid_presence(most, half).credit == Credit(share=Fraction(9, 10))
    with pytest.raises(InvalidPolicy, match="minutes or share"):
        laid_presence(half, {"credit": {"minutes": 100}})


def test_an_overlay_that_states_nothing_changes_nothing() -> None:
    base = read_policy(document(hours={"min_per_week": 9}, makeup={"modes": {"packet": ["content"]}}))
    assert lay_over(base, read_overlay({"id": "over", "version": 1})) == base


def test_breaks_stop_counting_and_never_begin_to() -> None:
    credit = {"credit": {"minutes": 60}}
    assert not laid_presence({**credit, "breaks_count": True}, {"breaks_count": False}).breaks_count
    assert not laid_presence({**credit, "breaks_count": False}, {"breaks_count": True}).breaks_count
    assert laid_presence({**credit, "breaks_count": True}, {"grace": "PT0S"}).breaks_count


def test_a_stricter_rule_replaces_a_looser_one_in_every_section() -> None:
    base = read_policy(
        document(
            presence={"credit": {"minutes": 60}, "on_cutoff": "admit", "early_leave_is": "partial"},
            excuse={"notice": "PT24H", "reasons": ["illness", "court"]},
            hours={"min_per_week": 6, "max_per_week": 19},
            makeup={"window": "P7D", "modes": {"individual": ["content", "hours"], "packet": ["content"]}},
        )
    )
    over = {
        "id": "over",
        "version": 1,
        "presence": {"credit": {"minutes": 90}, "on_cutoff": "not_admitted", "early_leave_is": "missed"},
        "excuse": {"notice": "PT48H", "reasons": ["court"]},
        "hours": {"min_per_week": 9, "countable_modes": ["in_person"]},
        "makeup": {"window": "P3D", "max_per_week": 1, "modes": {"individual": ["content"]}},
    }
    laid = lay_over(base, read_overlay(over))
    assert laid.presence.credit == Credit(minutes=90)
    assert (laid.presence.on_cutoff, laid.presence.early_leave_is) == (
        OnCutoff.NOT_ADMITTED,
        EarlyLeave.MISSED,
    )
    assert laid.excuse.notice == timedelta(hours=48)
    assert laid.excuse.reasons == {"court"}
    assert (laid.hours.min_per_week, laid.hours.max_per_week) == (Decimal(9), Decimal(19))
    assert laid.hours.countable_modes == {Mode.IN_PERSON}
    assert laid.makeup is not None
    assert (laid.makeup.window, laid.makeup.max_per_week) == (timedelta(days=3), 1)
    assert laid.makeup.modes == {"individual": {"content"}}
