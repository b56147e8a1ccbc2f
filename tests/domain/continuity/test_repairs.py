"""How a patient stands with a unit, as facts come in."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.continuity import Repair, Standing, What, standing_of
from tests.domain.continuity.courses import MONDAY, happened

LATER = MONDAY + timedelta(days=99)


def after(*what: str, sign_off: bool = True) -> Standing:
    """How she stands after these, a day apart."""
    facts = [happened("waves", What(each), day) for day, each in enumerate(what)]
    return standing_of("waves", facts, now=LATER, sign_off=sign_off)


@pytest.mark.parametrize(
    ("facts", "state", "clear"),
    [
        ((), "not_yet", False),
        (("attended",), "attended", True),
        (("missed",), "open", False),
        (("missed", "made_up"), "made_up", True),
        (("missed", "material_done"), "material_done", False),
        (("missed", "material_done", "signed_off"), "signed_off", True),
        (("missed", "material_done", "given_back"), "open", False),
        (("missed", "material_done", "given_back", "material_done", "signed_off"), "signed_off", True),
        (("missed", "waived"), "waived", True),
        (("missed", "attended"), "attended", True),
        (("attended", "missed"), "attended", True),
        (("attended", "material_done"), "attended", True),
        (("attended", "given_back"), "attended", True),
        (("missed", "material_done", "missed"), "material_done", False),
        (("missed", "given_back"), "open", False),
        (("attended", "repeat_agreed"), "repeating", True),
        (("attended", "repeat_agreed", "attended"), "attended", True),
        (("attended", "repeat_agreed", "missed"), "attended", True),
        (("missed", "repeat_agreed"), "repeating", True),
        (("missed", "repeat_agreed", "missed"), "open", False),
        (("missed", "repeat_agreed", "attended"), "attended", True),
    ],
)
def test_each_fact_moves_her_where_it_should(facts: tuple[str, ...], state: str, clear: bool) -> None:
    standing = after(*facts)
    assert (standing.state, standing.clear) == (Repair(state), clear)
    assert standing.because[0].rule == f"continuity.{state}"


def test_where_no_clinician_has_to_look_the_material_is_enough() -> None:
    standing = after("missed", "material_done", sign_off=False)
    assert (standing.state, standing.clear) == (Repair.MATERIAL_DONE, True)
    assert standing.because[0].text == "she has done the material, which is enough in this program"


def test_what_she_has_had_stays_hers_and_that_is_said() -> None:
    assert [each.rule for each in after("attended", "missed").because] == [
        "continuity.attended",
        "continuity.missed_again",
    ]


def test_what_was_given_back_says_so() -> None:
    text = after("missed", "material_done", "given_back").because[0].text
    assert text == "a clinician gave the material back for another look"


def test_she_stands_so_since_the_fact_that_made_it_so() -> None:
    assert after().since is None
    assert after("missed", "material_done", "material_done").since == MONDAY + timedelta(days=1)
    assert after("attended", "missed").since == MONDAY
    assert after("attended", "missed", "attended").since == MONDAY + timedelta(days=2)


def test_other_units_and_what_is_still_to_come_tell_nothing() -> None:
    facts = [happened("plans", What.ATTENDED), happened("waves", What.ATTENDED, 1)]
    assert standing_of("waves", facts, now=MONDAY).state is Repair.NOT_YET


@given(st.permutations([What.MISSED, What.MATERIAL_DONE, What.GIVEN_BACK, What.ATTENDED, What.REPEAT_AGREED]))
def test_whoever_was_there_is_never_behind_whatever_came_before_or_after(facts: list[What]) -> None:
    assert after(*facts).clear
