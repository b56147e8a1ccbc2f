"""Where she is today, who may be told, and the procedure with what was recorded of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.console.door import Asking
from rejoin.console.forms.safety import RESULTS
from rejoin.console.present.case import called
from rejoin.domain.safety import NATIONAL_LINE, CrisisLine, Procedure, StepResult
from rejoin.followup.actions.asking import may_dispose
from rejoin.followup.models import Case
from rejoin.followup.safety import (
    Location,
    ProcedureStep,
    SafetyContact,
    contacts_for_safety,
    location_of,
    procedure_of_case,
)
from rejoin.followup.staleness import version_of
from rejoin.programs.rights import Right

TITLES: Final = {
    Procedure.CRISIS: ("She is reached", "She, or somebody with her, is on the line and may be in danger."),
    Procedure.WELFARE_CHECK: (
        "She is not reached",
        "Nobody can reach her, and there is reason to fear for her.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    step: ProcedureStep
    number: int
    may: bool
    """Whether whoever looks may record it."""
    results: Sequence[tuple[str, str, bool]]
    """Value, word, and whether it needs words beside it."""
    told: Sequence[tuple[str, object]]
    """What was recorded: the result in words, and the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureShown:
    code: str
    title: str
    when: str
    steps: Sequence[StepShown]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyShown:
    case: Case
    name: str
    zone: ZoneInfo
    seen: int
    location: Location
    contacts: Sequence[SafetyContact]
    procedures: Sequence[ProcedureShown]
    line: CrisisLine
    may_record: bool


def present_safety(asking: Asking, case: Case) -> SafetyShown:
    """Six queries. Nothing here happens by itself."""
    licensed = may_dispose(asking.staff, case.program, asking.at)
    may = asking.may(Right.CARE, case.program_id)
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
                steps=[
                    _step(number, step, may=may and (licensed or not step.rule.licensed))
                    for number, step in enumerate(procedure_of_case(case, procedure), 1)
                ],
            )
            for procedure, (title, when) in TITLES.items()
        ],
        line=NATIONAL_LINE,
        may_record=may,
    )


def _step(number: int, step: ProcedureStep, *, may: bool) -> StepShown:
    return StepShown(
        step=step,
        number=number,
        may=may,
        results=[(each.value, RESULTS[each], each in step.rule.needs_words) for each in step.rule.results],
        told=[(RESULTS[StepResult(each.result)], each) for each in step.recorded],
    )
