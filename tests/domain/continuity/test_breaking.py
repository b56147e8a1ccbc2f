"""What a miss breaks, and by when it matters."""

from datetime import timedelta

from rejoin.domain.attendance import Held
from rejoin.domain.continuity import Broken, Kind, Tie, link_between, what_breaks
from tests.domain.continuity.courses import (
    ASKING,
    COURSE,
    LIMITS,
    MONDAY,
    NOTICING,
    PLANS,
    WAVES,
    course,
    run,
    session,
    unit,
)

NEXT_DAY = MONDAY + timedelta(hours=12)


def broken_by_first(*modules: str, days: float = 0.5) -> Broken:
    """What missing the first of these sessions breaks, seen so many days after it."""
    sessions = run(*modules)
    return what_breaks(COURSE, sessions[0], sessions, now=MONDAY + timedelta(days=days))


def said(broken: Broken) -> list[str]:
    return [each.text for each in broken.because]


def test_it_matters_by_the_start_of_the_next_session_that_builds_on_it() -> None:
    broken = broken_by_first("Waves", "Rest", "Plans", "Plans")
    assert broken.unit == WAVES
    assert broken.needed_by == MONDAY + timedelta(days=2)
    assert broken.link is not None
    assert broken.link.tie is Tie.NEEDS
    assert said(broken) == ["Plans builds on Waves"]


def test_an_open_unit_breaks_nothing() -> None:
    broken = broken_by_first("Rest", "Waves", "Plans", "Rest")
    assert (broken.needed_by, broken.link) == (None, None)
    assert broken.again is not None
    assert said(broken) == ["Rest stands by itself: nothing builds on it"]


def test_a_foundation_matters_by_the_next_sequenced_session_though_nobody_named_it() -> None:
    broken = broken_by_first("Noticing", "Rest", "Waves")
    assert broken.needed_by == MONDAY + timedelta(days=2)
    assert said(broken) == ["Noticing is part of the foundation, and Waves builds on that"]


def test_what_builds_on_it_through_others_counts_and_says_through_which() -> None:
    far = unit("far", needs=("plans",))
    longer = course(NOTICING, WAVES, PLANS, far)
    sessions = run("Waves", "Far")
    broken = what_breaks(longer, sessions[0], sessions, now=NEXT_DAY)
    assert broken.link is not None
    assert broken.link.tie is Tie.THROUGH
    assert said(broken) == ["Far builds on Waves, through Plans"]


def test_the_practice_from_it_counts_for_the_unit_that_begins_with_it_and_no_further() -> None:
    from_waves = unit("from_waves", homework_from=("waves",))
    beyond = unit("beyond", needs=("from_waves",))
    longer = course(NOTICING, WAVES, from_waves, beyond)
    link = link_between(longer, WAVES, from_waves)
    assert link is not None
    assert link.reason.text == "From_waves begins with the practice from Waves"
    assert link_between(longer, WAVES, beyond) is None


def test_what_is_needed_and_practised_both_is_told_as_needed() -> None:
    link = link_between(COURSE, WAVES, PLANS)
    assert link is not None
    assert (link.tie, link.under, link.over) == (Tie.NEEDS, WAVES, PLANS)
    assert link_between(COURSE, PLANS, WAVES) is None


def test_a_foundation_builds_on_what_it_names_and_on_no_other_foundation() -> None:
    first, second = unit("first", Kind.FOUNDATION), unit("second", Kind.FOUNDATION)
    third = unit("third", Kind.FOUNDATION, needs=("second",))
    longer = course(first, second, third, unit("last", needs=("third",)))
    assert link_between(longer, first, third) is None
    through = link_between(longer, second, longer.unit("last"))
    assert through is not None
    assert through.tie is Tie.FOUNDATION


def test_a_session_that_names_no_unit_breaks_nothing_that_is_known() -> None:
    broken = broken_by_first("Film night", "Plans")
    assert (broken.unit, broken.needed_by) == (None, None)
    assert said(broken) == ["its module is no unit of this curriculum: nothing is known to build on it"]


def test_where_nothing_ahead_of_her_builds_on_it_there_is_no_deadline() -> None:
    broken = broken_by_first("Asking", "Film night", "Limits")
    assert broken.unit == ASKING
    assert broken.needed_by is None
    assert said(broken) == ["nothing that she is expected in builds on Asking"]


def test_sessions_before_the_miss_and_those_called_off_need_nothing() -> None:
    missed = session(1, "Waves")
    schedule = [session(0, "Plans"), missed, session(2, "Plans", held=Held.OUTAGE), session(9, "Plans")]
    broken = what_breaks(COURSE, missed, schedule, now=NEXT_DAY + timedelta(days=1))
    assert broken.needed_for == schedule[3]
    assert broken.passed == ()


def test_a_session_that_has_begun_is_told_and_the_next_one_is_the_deadline() -> None:
    broken = broken_by_first("Waves", "Plans", "Rest", "Plans", days=1)
    assert [each.id for each in broken.passed] == ["s01"]
    assert broken.needed_by == MONDAY + timedelta(days=3)
    assert said(broken)[-1] == "a session that builds on Waves has begun since"


def test_where_it_comes_up_again_for_her_first_being_there_repairs_it() -> None:
    broken = broken_by_first("Waves", "Waves", "Plans")
    assert broken.again is not None
    assert broken.again.id == "s01"
    assert said(broken)[-1] == "Waves comes up again for her first: being there repairs it"
    assert len(said(broken_by_first("Waves", "Plans", "Waves"))) == 1


def test_where_it_comes_up_again_and_nothing_builds_on_it_that_is_said_too() -> None:
    assert said(broken_by_first("Asking", "Asking")) == [
        "nothing that she is expected in builds on Asking",
        "Asking comes up again for her first: being there repairs it",
    ]


def test_a_unit_stands_on_each_other_once_though_there_are_two_ways() -> None:
    assert link_between(COURSE, NOTICING, LIMITS) is not None
    top = unit("top", needs=("plans", "waves"))
    longer = course(NOTICING, WAVES, PLANS, top)
    link = link_between(longer, WAVES, top)
    assert link is not None
    assert link.tie is Tie.NEEDS
