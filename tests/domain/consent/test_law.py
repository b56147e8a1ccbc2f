"""What states say of minors: an entry with its source, which changes nothing until a person has confirmed that edition."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest

from rejoin.domain.consent import (
    AS_SHIPPED,
    MAJORITIES,
    MINORS,
    Basis,
    Confirmation,
    Law,
    MinorRule,
    Service,
    adult_from,
    read_rule,
)
from tests.domain.consent.kin import BEFORE, NOW

OREGON = next(each for each in MINORS if (each.state, each.service) == ("OR", Service.MENTAL_HEALTH))
CONFIRMATION = Confirmation(
    state="OR", service=Service.MENTAL_HEALTH, checked_on=OREGON.checked_on, by="staff:1", at=BEFORE
)


def read(
    *confirmations: Confirmation, rules: tuple[MinorRule, ...] = (OREGON,)
) -> tuple[MinorRule | None, str]:
    law = Law(rules=rules, confirmations=confirmations)
    reading = read_rule(law, state="OR", service=Service.MENTAL_HEALTH, now=NOW)
    return reading.rule, reading.because.text


def test_an_entry_holds_once_a_person_has_confirmed_it() -> None:
    assert read(CONFIRMATION) == (OREGON, "the entry for mental health in OR is confirmed")


@pytest.mark.parametrize(
    ("confirmations", "text"),
    [
        ((), "nobody has confirmed the entry for mental health in OR"),
        (
            (replace(CONFIRMATION, at=NOW + timedelta(seconds=1)),),
            "nobody has confirmed the entry for mental health in OR",
        ),
        ((replace(CONFIRMATION, state="WA"),), "nobody has confirmed the entry for mental health in OR"),
        (
            (replace(CONFIRMATION, service=Service.SUBSTANCE_USE),),
            "nobody has confirmed the entry for mental health in OR",
        ),
        (
            (CONFIRMATION, replace(CONFIRMATION, confirmed=False, at=NOW)),
            "the entry for mental health in OR is no longer confirmed",
        ),
        (
            (replace(CONFIRMATION, confirmed=False), CONFIRMATION),
            "the entry for mental health in OR is no longer confirmed",
        ),
        (
            (replace(CONFIRMATION, checked_on=OREGON.checked_on - timedelta(days=1)),),
            "the entry for mental health in OR has changed since it was confirmed",
        ),
        (
            (replace(CONFIRMATION, until_at=NOW),),
            "the entry for mental health in OR has to be looked at again",
        ),
    ],
    ids=[
        "nobody",
        "not yet",
        "another state",
        "another service",
        "taken back",
        "both at once",
        "another edition",
        "run out",
    ],
)
def test_otherwise_it_changes_nothing(confirmations: tuple[Confirmation, ...], text: str) -> None:
    assert read(*confirmations) == (None, text)


def test_a_confirmation_holds_until_it_runs_out_and_may_be_given_again() -> None:
    assert read(replace(CONFIRMATION, until_at=NOW + timedelta(seconds=1)))[0] is OREGON
    taken_back = replace(CONFIRMATION, confirmed=False, at=BEFORE + timedelta(days=1))
    assert read(CONFIRMATION, taken_back, replace(CONFIRMATION, at=NOW))[0] is OREGON


def test_no_entry_means_none_even_where_somebody_confirmed_one() -> None:
    assert read(CONFIRMATION, rules=()) == (None, "no entry for mental health in OR")


def test_nothing_that_ships_is_confirmed() -> None:
    assert AS_SHIPPED.confirmations == ()
    readings = [read_rule(AS_SHIPPED, state=each.state, service=each.service, now=NOW) for each in MINORS]
    assert [each.rule for each in readings] == [None] * len(MINORS)
    assert [each.because.cite for each in readings] == [each.cite for each in MINORS]


def test_the_ages_are_those_that_were_read() -> None:
    ages: dict[Service, dict[int, str]] = {service: defaultdict(str) for service in Service}
    for rule in MINORS:
        ages[rule.service][rule.from_age] += f"{rule.state} "
    assert ages[Service.MENTAL_HEALTH] == {
        12: "CA CO MD ",
        13: "WA ",
        14: "HI NM OR PA ",
        16: "MT NJ ",
    }
    assert ages[Service.SUBSTANCE_USE] == {12: "CA IL MA VT WI ", 13: "WA ", 14: "DE NM OR "}


def test_there_is_one_entry_a_state_and_service_in_order() -> None:
    keys = [(each.state, each.service) for each in MINORS]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("rule", MINORS, ids=[f"{each.state}-{each.service}" for each in MINORS])
def test_every_entry_says_where_it_is_from_how_recent_that_is_and_what_it_covers(rule: MinorRule) -> None:
    assert len(rule.state) == 2
    assert rule.state.isupper()
    assert 12 <= rule.from_age < 18
    assert any(character.isdigit() for character in rule.cite)
    assert "https://" in rule.read_at or ".gov" in rule.read_at
    assert rule.as_of
    assert rule.covers.endswith(".")
    assert not rule.telling or rule.telling.endswith(".")
    assert rule.basis is Basis.TEXT or rule.before_confirming
    assert not rule.before_confirming.endswith(".")


def test_one_code_stands_for_one_condition() -> None:
    said = {(each.code, each.says) for rule in MINORS for each in rule.conditions}
    assert len(said) == len({code for code, _ in said})


def test_the_strictest_majority_of_several_states_holds() -> None:
    assert adult_from(["OR"], AS_SHIPPED) == (18, None)
    assert adult_from(["OR", "NE", "MS"], AS_SHIPPED) == (21, "Miss. Code 1-3-27")
    assert adult_from([], AS_SHIPPED) == (18, None)
    assert [each.age for each in MAJORITIES] == [19, 21, 19]
