"""When a patient may be in danger: what is known, who may be told, and steps that people record."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.audit.trail import record_read
from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.safety import DisclosureForm, SafetyForm
from rejoin.console.present.safety import present_safety
from rejoin.domain.kernel import Refusal
from rejoin.domain.safety import SafetyStep, StepResult
from rejoin.followup.access import case_for
from rejoin.followup.actions import record_disclosure, record_safety_step
from rejoin.followup.models import Case
from rejoin.followup.staleness import Stale
from rejoin.followup.vocabulary import DisclosureBasis
from rejoin.programs.rights import Right

READERS = (Right.CARE, Right.FOLLOW_UP, Right.SUPERVISE)
NOT_WHOLE = "Choose what came of the step. Nothing was written."


@staff_page(*READERS)
def safety(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """The page. That it was read is on the trail."""
    case = _case(asking, ref)
    record_read(
        f"case:{case.pk}", patient=case.patient_id, program=case.program_id, by=asking.by, at=asking.at
    )
    return _page(request, asking, case)


@staff_act(Right.CARE)
def record_step(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """A step as it was taken. What is refused comes back with its words."""
    case, form = _case(asking, ref), SafetyForm(request.POST)
    if not form.is_valid():
        return _page(request, asking, case, sent=request.POST, faults=[NOT_WHOLE], status=422)
    said = form.cleaned_data
    try:
        record_safety_step(
            case=case,
            step=SafetyStep(said["step"]),
            result=StepResult(said["result"]),
            words=said["words"],
            seen=said["seen"],
            by=asking.by,
            at=asking.at,
        )
    except Stale as stale:
        changes = [str(each) for each in stale.changes]
        return _page(request, asking, case, sent=request.POST, changes=changes, status=409)
    except Refusal as refusal:
        return _page(request, asking, case, sent=request.POST, faults=[refusal.message], status=422)
    messages.success(request, "The step is written down.")
    return redirect("console:case_safety", ref=ref)


@staff_act(Right.CARE)
def disclose(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Who was told in an emergency, documented at once."""
    case = _case(asking, ref)
    form = DisclosureForm(request.POST, part2=case.program.part2)
    if form.is_valid():
        said = form.cleaned_data
        try:
            record_disclosure(
                patient=case.patient,
                program=case.program,
                basis=DisclosureBasis(said["basis"]),
                recipient=said["recipient"],
                affiliation=said["affiliation"],
                nature=said["nature"],
                case=case,
                by=asking.by,
                at=asking.at,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "The disclosure is documented.")
            return redirect("console:case_safety", ref=ref)
    return _page(request, asking, case, form=form, status=422)


def _case(asking: Asking, ref: UUID) -> Case:
    case = case_for(asking.staff, ref, now=asking.at)
    if not any(asking.may(right, case.program_id) for right in READERS):
        raise Refusal("not_found", "There is nothing here that you may see.")
    return case


def _page(
    request: HttpRequest,
    asking: Asking,
    case: Case,
    *,
    form: DisclosureForm | None = None,
    status: int = 200,
    **again: Any,
) -> HttpResponse:
    """`again`: of a step that came back, what was `sent`, its `faults`, and `changes` of the case since."""
    shown = {
        "shown": present_safety(asking, case),
        "form": form or DisclosureForm(part2=case.program.part2),
        **again,
    }
    return TemplateResponse(request, "console/safety.html", shown, status=status)
