"""Who is behind on what, before a session."""

from datetime import timedelta

from rejoin.domain.continuity import Happened, Readiness, Repair, Tie, What, who_is_behind
from tests.domain.continuity.courses import COURSE, MONDAY, NOTICING, WAVES, happened, session

SESSION = session(9, "Plans")
BEFORE = MONDAY + timedelta(days=8)
HAD_NOTICING = happened("noticing", What.ATTENDED)


def readiness(*facts: Happened, module: str = "Plans", sign_off: bool = True) -> Readiness:
    (only,) = who_is_behind(COURSE, session(9, module), {"ada": facts}, now=BEFORE, sign_off=sign_off)
    return only


def test_it_says_what_is_missing_how_it_is_tied_and_how_she_stands_with_it() -> None:
    ada = readiness(HAD_NOTICING, happened("waves", What.MISSED, 1))
    assert ada.is_behind
    (missing,) = ada.missing
    assert (missing.unit, missing.link.tie, missing.standing.state) == (WAVES, Tie.NEEDS, Repair.OPEN)
    assert [each.text for each in ada.because] == [
        "Plans builds on Waves",
        "she missed it, and nothing has repaired that yet",
    ]


def test_material_done_and_not_signed_off_is_the_clinicians_to_do() -> None:
    facts = (HAD_NOTICING, happened("waves", What.MISSED, 1), happened("waves", What.MATERIAL_DONE, 2))
    (missing,) = readiness(*facts).missing
    assert missing.waits_for_sign_off
    assert not readiness(*facts, sign_off=False).is_behind
    assert not readiness(*facts, happened("waves", What.SIGNED_OFF, 3)).is_behind


def test_whoever_joined_later_lacks_what_never_came_up_for_her() -> None:
    states = {each.unit.id: each.standing.state for each in readiness().missing}
    assert states == {"waves": Repair.NOT_YET, "noticing": Repair.NOT_YET}
    assert not any(each.waits_for_sign_off for each in readiness().missing)


def test_whoever_has_had_all_of_it_is_ready() -> None:
    ada = readiness(HAD_NOTICING, happened("waves", What.MADE_UP, 1))
    assert (ada.is_behind, ada.repeats) == (False, False)
    assert ada.because[0].text == "she has had all that Plans builds on"


def test_whoever_takes_a_unit_again_is_not_behind_on_it() -> None:
    ada = readiness(happened("plans", What.ATTENDED))
    assert (ada.is_behind, ada.repeats) == (False, True)
    assert ada.because[0].text == "she takes Plans again: she is not behind"


def test_an_open_unit_asks_for_nothing() -> None:
    assert readiness(module="Rest").because[0].text == "Rest builds on nothing"


def test_a_session_of_no_unit_asks_for_nothing_that_is_known() -> None:
    ada = readiness(module="Film night")
    assert not ada.is_behind
    assert ada.because[0].rule == "continuity.unknown_module"


def test_patients_are_told_in_the_order_they_were_asked_for() -> None:
    patients = {"dora": (), "ada": (HAD_NOTICING, happened("waves", What.ATTENDED))}
    told = who_is_behind(COURSE, SESSION, patients, now=BEFORE)
    assert [(each.patient, each.is_behind) for each in told] == [("dora", True), ("ada", False)]
    assert [each.unit for each in told[0].missing] == [WAVES, NOTICING]
