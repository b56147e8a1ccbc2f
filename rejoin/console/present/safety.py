"""Where she is today, who may be told, and the procedure with what was recorded of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.console.door import Asking
from rejoin.console.forms.safety import RESULTS
from rejoin.console.present.case import called
from rejoin.domain.safety import CrisisLine, Procedure, StepResult, procedure_of
from rejoin.followup.actions.asking import may_dispose
from rejoin.followup.models import Case
from rejoin.followup.safety import (
    Location,
    ProcedureStep,
    SafetyContact,
    contacts_for_safety,
    crisis_lines,
    location_of,
    procedure_of_case,
)
from rejoin.followup.staleness import version_of
from rejoin.followup.vocabulary import CaseState
from rejoin.programs.rights import Right

TITLES: Final = {
    Procedure.CRISIS: ("She is reached", "She, or somebody with her, is on the line and may be in danger."),
    Procedure.WELFARE_CHECK: (
        "She is not reached",
        "Nobody can reach her, and there is reason to fear for her.",
    ),
}

DONE: Final = "is-sage is-check"
LEFT_OUT: Final = "is-ring"
TO_WORRY: Final = "is-amber is-diamond"
TONES: Final = {
    StepResult.NOT_DONE: LEFT_OUT,
    StepResult.NOT_REQUESTED: LEFT_OUT,
    StepResult.DECLINED: LEFT_OUT,
    StepResult.NOT_KNOWN: TO_WORRY,
    StepResult.NOT_REACHED: TO_WORRY,
    StepResult.NOT_FOUND: TO_WORRY,
    StepResult.REACHED_CONCERN: TO_WORRY,
    StepResult.FOUND_IN_NEED: TO_WORRY,
}
"""How a result looks; the word says the same. Whatever is not here went as one hopes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    step: ProcedureStep
    number: int
    may: bool
    """Whether whoever looks may record it."""
    results: Sequence[tuple[str, str, bool]]
    """Value, word, and whether it needs words beside it."""
    told: Sequence[tuple[str, str, object]]
    """What was recorded: the result in words, the look of its tag, and the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureShown:
    code: str
    title: str
    when: str
    steps: Sequence[StepShown]
    first: bool
    """Whether it is the one to open first, as the case stands."""

    @property
    def recorded(self) -> int:
        return sum(bool(each.told) for each in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyShown:
    case: Case
    name: str
    zone: ZoneInfo
    seen: int
    location: Location
    contacts: Sequence[SafetyContact]
    procedures: Sequence[ProcedureShown]
    lines: Sequence[CrisisLine]
    may_record: bool


def present_safety(asking: Asking, case: Case) -> SafetyShown:
    """Six queries. Nothing here happens by itself."""
    licensed = may_dispose(asking.staff, case.program, asking.at)
    may = asking.may(Right.CARE, case.program_id)
    first = procedure_of(reached=case.state != CaseState.OPEN)
    return SafetyShown(
        case=case,
        name=called(case),
        zone=ZoneInfo(case.program.timezone),
        seen=version_of(case),
        location=location_of(case.patient, asking.at),
        contacts=contacts_for_safety(case.patient, asking.at),
        procedures=[
            ProcedureShown(
                code=procedure.value,
                title=title,
                when=when,
                first=procedure is first,
                steps=[
                    _step(number, step, may=may and (licensed or not step.rule.licensed))
                    for number, step in enumerate(procedure_of_case(case, procedure), 1)
                ],
            )
            for procedure, (title, when) in TITLES.items()
        ],
        lines=crisis_lines(case.program),
        may_record=may,
    )


def _step(number: int, step: ProcedureStep, *, may: bool) -> StepShown:
    return StepShown(
        step=step,
        number=number,
        may=may,
        results=[(each.value, RESULTS[each], each in step.rule.needs_words) for each in step.rule.results],
        told=[
            (RESULTS[StepResult(each.result)], TONES.get(StepResult(each.result), DONE), each)
            for each in step.recorded
        ],
    )
