"""Which unit a session is of, and where its series stands."""

from itertools import cycle, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import Held
from rejoin.domain.continuity import place_sessions, unit_called, units_in_turn
from tests.domain.continuity.courses import COURSE, NOTICING, WAVES, run, session

ORDER = [COURSE.unit(each).module for each in COURSE.order]


def places(*modules: str) -> list[int | None]:
    return [each.place for each in place_sessions(COURSE, run(*modules))]


@pytest.mark.parametrize("module", ["Noticing", " noticing ", "DARSE  CUENTA"])
def test_a_sessions_unit_is_told_by_its_module_in_any_of_its_languages(module: str) -> None:
    assert unit_called(COURSE, module) == NOTICING


@pytest.mark.parametrize("module", ["", "Notice", "noticing 2"])
def test_a_name_that_is_only_alike_leads_to_no_unit(module: str) -> None:
    assert unit_called(COURSE, module) is None


@given(first=st.integers(0, 6), count=st.integers(0, 30))
def test_a_series_goes_on_round_after_round_and_is_found_again_by_its_names(first: int, count: int) -> None:
    turn = units_in_turn(COURSE, first=first, count=count)
    expected = list(islice(cycle(COURSE.order), first, first + count))
    assert [each.id for _, each in turn] == expected
    if count >= 3:
        assert places(*(each.module for _, each in turn)) == [place for place, _ in turn]


def test_a_foundation_stands_where_what_follows_it_fits() -> None:
    assert places("Noticing", "Limits") == [3, 4]
    assert places("Noticing", "Waves") == [0, 1]
    assert places("Noticing") == [0]


def test_a_group_that_stays_with_a_unit_repeats_it() -> None:
    placed = place_sessions(COURSE, run("Waves", "Waves", "Plans"))
    assert [each.place for each in placed] == [1, 1, 2]
    assert [each.repeated for each in placed] == [False, True, False]
    assert placed[1].because[-1].text == "the group stays with Waves"


def test_a_group_may_skip_ahead_and_go_back_to_the_beginning() -> None:
    assert places("Waves", "Asking", "Waves") == [1, 5, 1]


def test_a_session_that_was_called_off_takes_no_place() -> None:
    off = session(1, "Plans", held=Held.CANCELLED)
    placed = place_sessions(COURSE, [session(2, "Plans"), off, session(0, "Waves")])
    assert [each.place for each in placed] == [1, None, 2]
    assert placed[1].unit is not None
    assert [each.rule for each in placed[1].because] == ["continuity.not_held"]


def test_a_session_of_no_unit_is_told_and_moves_nothing() -> None:
    placed = place_sessions(COURSE, run("Waves", "Film night", "", "Plans"))
    assert [each.place for each in placed] == [1, None, None, 2]
    assert [each.because[0].text for each in placed[1:3]] == [
        "'Film night' is no unit of this curriculum",
        "it names no module",
    ]


def test_a_unit_that_follows_itself_in_the_order_is_no_repeat() -> None:
    assert places(*ORDER, *ORDER) == [*range(7), *range(7)]


def test_a_place_lies_in_one_part_and_beyond_the_last_there_is_none() -> None:
    assert [COURSE.part_at(place)[1] for place in range(7)] == [0, 1, 2, 0, 1, 2, 0]
    with pytest.raises(IndexError):
        COURSE.part_at(7)


def test_an_id_that_is_nowhere_is_an_error() -> None:
    assert COURSE.unit("waves") == WAVES
    with pytest.raises(KeyError):
        COURSE.unit("gone")
