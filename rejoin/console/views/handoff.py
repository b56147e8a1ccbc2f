"""What one shift leaves to the next."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.team import HandOffForm
from rejoin.console.present.team import handed_of
from rejoin.domain.kernel import Refusal
from rejoin.followup.access import hand_off_for
from rejoin.followup.actions import hand_off, read_hand_off
from rejoin.programs.access import program_for
from rejoin.programs.rights import Right
from rejoin.programs.vocabulary import Role

TEAM = (Right.CARE, Right.FOLLOW_UP, Right.SUPERVISE)


@staff_page(*TEAM, methods=("GET", "HEAD", "POST"))
def handoff(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Notes of the last days, and a form to leave one."""
    programs = [(each.slug, each.name) for each in asking.programs]
    form = HandOffForm(request.POST or None, programs=programs)
    if request.method != "POST":
        return _page(request, asking, form)
    if form.is_valid():
        try:
            _leave(asking, form)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Left for the next shift.")
            return redirect("console:handoff")
    return _page(request, asking, form, status=422)


@staff_act(*TEAM)
def read(request: HttpRequest, asking: Asking, note_id: int, **_: Any) -> HttpResponse:
    """She has read it."""
    read_hand_off(note=hand_off_for(asking.staff, note_id, now=asking.at), by=asking.by, at=asking.at)
    messages.success(request, "Read.")
    return redirect("console:handoff")


def _leave(asking: Asking, form: HandOffForm) -> None:
    said = form.cleaned_data
    hand_off(
        program=program_for(asking.staff, said["program"], now=asking.at),
        words=said["words"],
        to_role=Role(said["to"]) if said["to"] else None,
        by=asking.by,
        at=asking.at,
    )


def _page(request: HttpRequest, asking: Asking, form: HandOffForm, *, status: int = 200) -> HttpResponse:
    shown = {"form": form, "notes": handed_of(asking), "me": asking.staff.pk}
    return TemplateResponse(request, "console/handoff.html", shown, status=status)
