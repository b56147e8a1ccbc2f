"""Who saw what: breaking a glass, and what whoever looks after privacy reads."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.access import BreakGlassForm, TrailForm
from rejoin.console.present.access import present_access
from rejoin.domain.kernel import Refusal
from rejoin.programs.actions import break_glass as break_the_glass
from rejoin.programs.actions import see_broken_glass
from rejoin.programs.privacy import glass_for
from rejoin.programs.rights import Right
from rejoin.programs.vocabulary import GlassReason


@staff_page(methods=("GET", "HEAD", "POST"))
def break_glass(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Open a chart that is not hers to see: for some hours, with a reason, and never unseen."""
    form = BreakGlassForm(request.POST or None)
    if request.method != "POST":
        return TemplateResponse(request, "console/break_glass.html", {"form": form})
    if form.is_valid():
        said = form.cleaned_data
        try:
            answer = break_the_glass(
                staff=asking.staff,
                external_id=said["external_id"],
                reason=GlassReason(said["reason"]),
                words=said["words"],
                by=asking.by,
                at=asking.at,
            )
        except Refusal as refusal:
            answer = refusal
        if not isinstance(answer, Refusal):
            messages.warning(
                request,
                "Her chart is open to you for four hours. The privacy officer sees that it is, and what you open.",
            )
            return redirect("console:patient", ref=answer.patient.ref)
        form.add_error(None, answer.message)
    return TemplateResponse(request, "console/break_glass.html", {"form": form}, status=422)


@staff_page(Right.PRIVACY)
def trail(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Every broken glass, those nobody has looked at first, and the trail."""
    form = TrailForm(request.GET or None)
    shown = present_access(asking, form)
    return TemplateResponse(request, "console/access.html", {"shown": shown, "form": form})


@staff_act(Right.PRIVACY)
def seen(request: HttpRequest, asking: Asking, glass_id: int, **_: Any) -> HttpResponse:
    """She has looked at it."""
    see_broken_glass(glass=glass_for(glass_id), by=asking.by, at=asking.at)
    messages.success(request, "Looked at, and written down that you did.")
    return redirect("console:access")
