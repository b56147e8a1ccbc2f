"""The procedure for a patient who may be in danger: steps for people, each with its source, none of which acts."""

import pytest

from rejoin.domain.safety import (
    NATIONAL_LINE,
    PROCEDURES,
    Procedure,
    SafetyStep,
    StepResult,
    procedure_of,
    step_rule,
)

RULES = [rule for steps in PROCEDURES.values() for rule in steps]


def test_whoever_is_reached_is_helped_and_whoever_is_not_is_looked_for() -> None:
    assert procedure_of(reached=True) is Procedure.CRISIS
    assert procedure_of(reached=False) is Procedure.WELFARE_CHECK


@pytest.mark.parametrize("procedure", Procedure)
def test_a_procedure_begins_with_where_she_is_and_ends_with_the_team(procedure: Procedure) -> None:
    steps = [rule.step for rule in PROCEDURES[procedure]]
    assert (steps[0], steps[-1]) == (SafetyStep.CONFIRM_PLACE, SafetyStep.HUDDLE)
    assert len(steps) == len(set(steps))


def test_a_check_is_decided_before_it_is_requested_and_its_result_is_written_down() -> None:
    steps = [rule.step for rule in PROCEDURES[Procedure.WELFARE_CHECK]]
    check = (
        SafetyStep.CALL_CONTACT,
        SafetyStep.DECIDE_WELFARE_CHECK,
        SafetyStep.REQUEST_WELFARE_CHECK,
        SafetyStep.RECORD_WELFARE_CHECK,
        SafetyStep.WRITE_DISPOSITION,
    )
    assert [each for each in steps if each in check] == list(check)


@pytest.mark.parametrize("step", SafetyStep)
def test_every_step_says_what_to_do_who_does_it_where_it_is_from_and_how_it_may_come_out(
    step: SafetyStep,
) -> None:
    rule = step_rule(step)
    assert rule in RULES
    assert rule.step is step
    assert rule.what.endswith(".")
    assert rule.who
    assert rule.cite
    assert len(rule.results) >= 2
    assert rule.needs_words <= set(rule.results)


def test_a_welfare_check_is_a_licensed_clinicians_in_every_step_of_it() -> None:
    checks = [each for each in SafetyStep if "welfare_check" in each]
    assert len(checks) == 3
    assert all(step_rule(each).licensed for each in checks)


@pytest.mark.parametrize("result", [StepResult.NOT_DONE, StepResult.REQUESTED, StepResult.NOT_REQUESTED])
def test_what_is_left_out_or_asked_of_others_needs_words(result: StepResult) -> None:
    offered = [rule for rule in RULES if result in rule.results]
    assert offered
    assert all(result in rule.needs_words for rule in offered)


def test_every_result_is_one_of_some_step() -> None:
    assert {result for rule in RULES for result in rule.results} == set(StepResult)


def test_the_national_line_is_named_with_its_law() -> None:
    assert NATIONAL_LINE.number == "988"
    assert "47 CFR 52.200" in NATIONAL_LINE.cite
