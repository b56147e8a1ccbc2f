"""Whom to reach now, and writing down that somebody tried: two taps."""

from typing import Any, Final

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.console.door import Asking, back_to, staff_act, staff_page
from rejoin.console.forms.attempts import FoundOutForm, SeenForm, TapForm
from rejoin.console.present.worklist import BY_TAP, ESTIMATED_FROM, WORK, with_acts
from rejoin.console.tables import Shown
from rejoin.domain.kernel import Refusal
from rejoin.followup import words
from rejoin.followup.access import step_for
from rejoin.followup.actions import record_attempt, see_to_step, settle_unknown
from rejoin.followup.models import Step
from rejoin.programs.rights import Right

NOT_SENT_WHOLE: Final = (
    "Something of this form did not arrive. Nothing was written: look at the row and try once more."
)


@staff_page(Right.FOLLOW_UP, Right.SUPERVISE)
def worklist(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Steps, those to turn to first before the others."""
    answer = WORK.answer(request, asking)
    if not isinstance(answer, Shown):
        return answer
    shown = {
        "table": answer,
        "rows": with_acts(answer.rows),
        "taps": BY_TAP,
        "estimated_from": ESTIMATED_FROM,
    }
    return TemplateResponse(request, "console/worklist.html", shown)


@staff_act(Right.FOLLOW_UP)
def attempt(request: HttpRequest, asking: Asking, step_id: int, **_: Any) -> HttpResponse:
    """Somebody tried: the step ends."""
    step, form = _step(asking, step_id), TapForm(request.POST)
    _require_whole(form)
    record_attempt(case=step.case, step=step, **form.said, by=asking.by, at=asking.at)
    said = words.word(words.OUTCOMES, form.cleaned_data["outcome"])
    messages.success(request, f"{_called(step)}: {said}. Written down.")
    return _back(request)


@staff_act(Right.FOLLOW_UP, Right.SUPERVISE)
def seen_to(request: HttpRequest, asking: Asking, step_id: int, **_: Any) -> HttpResponse:
    """Done with something that is no attempt."""
    step, form = _step(asking, step_id, Right.SUPERVISE), SeenForm(request.POST)
    _require_whole(form)
    see_to_step(step=step, seen=form.cleaned_data["seen"], by=asking.by, at=asking.at)
    messages.success(request, f"{_called(step)}: seen to.")
    return _back(request)


@staff_act(Right.FOLLOW_UP, Right.SUPERVISE)
def found_out(request: HttpRequest, asking: Asking, step_id: int, **_: Any) -> HttpResponse:
    """Whether a message whose answer was lost went out."""
    step, form = _step(asking, step_id, Right.SUPERVISE), FoundOutForm(request.POST)
    _require_whole(form)
    went_out = form.cleaned_data["went_out"] == "yes"
    settle_unknown(step=step, went_out=went_out, seen=form.cleaned_data["seen"], by=asking.by, at=asking.at)
    messages.success(request, f"{_called(step)}: the message {'went out' if went_out else 'did not go out'}.")
    return _back(request)


def _step(asking: Asking, step_id: int, *also: Right) -> Step:
    """A step she may take: hers to follow up, or to answer for."""
    step = step_for(asking.staff, step_id, now=asking.at)
    if not any(asking.may(each, step.case.program_id) for each in (Right.FOLLOW_UP, *also)):
        raise Refusal("not_found", "There is nothing here that you may see.")
    return step


def _require_whole(form: Form) -> None:
    if not form.is_valid():
        raise Refusal("form", NOT_SENT_WHOLE)


def _called(step: Step) -> str:
    patient = step.case.patient
    return patient.preferred_name or patient.name or patient.external_id


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(back_to(request, reverse("console:worklist")))
