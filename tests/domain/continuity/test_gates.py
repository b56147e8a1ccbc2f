"""When a new member may begin."""

from dataclasses import replace
from datetime import timedelta

from rejoin.domain.attendance import Held
from rejoin.domain.continuity import Entry, Gate, next_entry
from tests.domain.continuity.courses import COURSE, MONDAY, NOTICING, course, run, session, unit

ROUND = ("Noticing", "Waves", "Plans", "Noticing", "Limits", "Asking", "Rest")
ANYTIME = replace(COURSE, gate=Gate.ANY_SESSION)


def entry(*modules: str, day: float, had: tuple[str, ...] = ()) -> Entry:
    return next_entry(COURSE, run(*modules), now=MONDAY + timedelta(days=day), had=had)


def test_new_members_begin_when_a_part_begins_and_not_in_its_middle() -> None:
    found = entry(*ROUND, day=1)
    assert found.session is not None
    assert found.part is not None
    assert (found.session.id, found.part.id, found.first) == ("s03", "people", ())
    assert found.because[0].text == "new members begin when a part of the curriculum begins"


def test_a_session_that_begins_now_may_still_be_begun_with() -> None:
    found = entry(*ROUND, day=3)
    assert found.session is not None
    assert found.session.id == "s03"


def test_a_part_that_does_not_open_is_no_way_in() -> None:
    found = entry(*ROUND, *ROUND, day=4)
    assert found.session is not None
    assert found.session.id == "s07"


def test_where_no_part_begins_in_the_schedule_nobody_guesses_when() -> None:
    found = entry(*ROUND, day=5)
    assert (found.session, found.part) == (None, None)
    assert found.because[0].rule == "continuity.gate"


def test_a_group_that_stays_with_a_foundation_has_not_begun_again() -> None:
    found = entry("Noticing", "Noticing", "Waves", day=0.5)
    assert found.session is None


def test_foundations_that_a_part_does_not_teach_are_to_be_had_first() -> None:
    late = replace(COURSE, parts=(*COURSE.parts[:1], replace(COURSE.parts[1], units=("limits", "asking"))))
    sessions = run("Waves", "Plans", "Limits")
    found = next_entry(late, sessions, now=MONDAY)
    assert found.first == (NOTICING,)
    assert found.because[-1].text == "what comes then builds on Noticing"
    assert next_entry(late, sessions, now=MONDAY, had=("noticing",)).first == ()


def test_a_part_of_open_units_asks_for_nothing_first() -> None:
    opening = replace(COURSE, parts=(*COURSE.parts[:2], replace(COURSE.parts[2], opens=True)))
    found = next_entry(opening, run("Asking", "Rest"), now=MONDAY)
    assert found.session is not None
    assert (found.session.id, found.first) == ("s01", ())


def test_an_open_group_takes_new_members_at_any_session_that_is_held() -> None:
    sessions = [session(0, "Waves", held=Held.CANCELLED), session(1, "Plans"), session(2, "Rest")]
    found = next_entry(ANYTIME, sessions, now=MONDAY)
    assert found.session == sessions[1]
    assert found.first == (NOTICING,)
    assert next_entry(ANYTIME, sessions, now=MONDAY, had=("noticing",)).first == ()


def test_an_open_group_without_sessions_ahead_has_no_way_in_yet() -> None:
    found = next_entry(ANYTIME, [], now=MONDAY)
    assert found.session is None
    assert found.because[0].text == "no session is in the schedule yet"


def test_an_open_group_may_be_begun_with_a_session_of_no_unit() -> None:
    found = next_entry(ANYTIME, run("Film night"), now=MONDAY)
    assert found.session is not None
    assert found.first == ()


def test_a_session_of_no_unit_begins_no_part() -> None:
    assert next_entry(course(unit("waves")), run("Film night"), now=MONDAY).session is None
