"""A pattern that a policy puts before people, or a plan of somebody of whom nobody can tell how she is, and what they decide."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.audit.trail import record_read
from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.team import DecisionForm
from rejoin.console.present.case import staff_choices
from rejoin.console.present.progress import present_progress
from rejoin.console.present.reviews import present_options, present_review
from rejoin.domain.kernel import Refusal
from rejoin.followup.access import review_for
from rejoin.followup.actions import decide_review
from rejoin.followup.models import Review
from rejoin.people.access import colleague
from rejoin.programs.rights import Right

READERS = (Right.CARE, Right.FOLLOW_UP, Right.SUPERVISE)


@staff_page(*READERS)
def review(request: HttpRequest, asking: Asking, review_id: int, **_: Any) -> HttpResponse:
    """The pattern, why it was raised, and the decision or the form for it."""
    found = _review(asking, review_id)
    record_read(
        f"review:{found.pk}", patient=found.patient_id, program=found.program_id, by=asking.by, at=asking.at
    )
    return _page(request, asking, found, _form(asking, found))


@staff_act(*READERS)
def decide(request: HttpRequest, asking: Asking, review_id: int, **_: Any) -> HttpResponse:
    """A person decides, with the reason."""
    found = _review(asking, review_id)
    asking.require(Right.SUPERVISE, found.program_id)
    form = _form(asking, found, request.POST)
    if form.is_valid():
        try:
            _decide(asking, found, form)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "The decision is written down. Nothing follows from it by itself.")
            return redirect("console:review", review_id=found.pk)
    return _page(request, asking, _review(asking, review_id), form, status=422)


def _review(asking: Asking, review_id: int) -> Review:
    found = review_for(asking.staff, review_id, now=asking.at)
    if not any(asking.may(right, found.program_id) for right in READERS):
        raise Refusal("not_found", "There is nothing here that you may see.")
    return found


def _decide(asking: Asking, found: Review, form: DecisionForm) -> None:
    said = form.cleaned_data
    decide_review(
        review=found,
        decision=said["decision"],
        words=said["words"],
        follow_up_on=said["follow_up_on"],
        owner=colleague(said["owner"]) if said["owner"] else None,
        by=asking.by,
        at=asking.at,
    )


def _form(asking: Asking, found: Review, sent: Any = None) -> DecisionForm:
    return DecisionForm(sent, staff=staff_choices(found.program_id, asking.at))


def _page(
    request: HttpRequest, asking: Asking, found: Review, form: DecisionForm, *, status: int = 200
) -> HttpResponse:
    progress = present_progress(asking, found.patient)
    shown = present_review(found, progress)
    context = {
        "shown": shown,
        "progress": progress,
        "form": form,
        "options": present_options(shown.whys, form["decision"], shown.measures),
        "may_decide": found.open and asking.may(Right.SUPERVISE, found.program_id),
    }
    return TemplateResponse(request, "console/review.html", context, status=status)
