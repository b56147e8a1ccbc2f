"""Participants nobody could recognise: a person says who they were."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.unmatched import WHO, SettleForm
from rejoin.console.present.unmatched import PAGE, present_unmatched, settlers_programs
from rejoin.domain.kernel import Refusal
from rejoin.people.access import named_patient
from rejoin.programs.rights import Right
from rejoin.rooms.access import stranger_for
from rejoin.rooms.actions import confirm_identity, settle_stranger
from rejoin.rooms.models import Stranger
from rejoin.rooms.vocabulary import SettledAs


@staff_page(Right.SETTLE)
def unmatched(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Everybody not recognised, the longest waiting first."""
    wanted = request.GET.get("page", "")
    page = int(wanted) if wanted.isdecimal() and 0 < len(wanted) < 6 and int(wanted) else 1
    found = present_unmatched(asking, page=page)
    shown = {"found": found, "who": WHO, "page": page, "more": page * PAGE < found.total}
    return TemplateResponse(request, "console/unmatched.html", shown)


@staff_act(Right.SETTLE)
def settle(request: HttpRequest, asking: Asking, stranger_id: int, **_: Any) -> HttpResponse:
    """Who it was. A patient is recognised by it from now on; anybody else is settled for this session."""
    stranger = stranger_for(stranger_id, programs=settlers_programs(asking))
    form = SettleForm(request.POST)
    if not form.is_valid():
        raise Refusal("form", " ".join(str(error) for errors in form.errors.values() for error in errors))
    messages.success(request, _settle(asking, stranger, form))
    return redirect("console:unmatched")


def _settle(asking: Asking, stranger: Stranger, form: SettleForm) -> str:
    said = form.cleaned_data
    who = SettledAs(said["who"])
    if who is not SettledAs.PATIENT:
        settle_stranger(stranger=stranger, as_=who, by=asking.by, at=asking.at)
        return "Settled for this session."
    patient = named_patient(asking.staff, ref=said["patient"], external_id=said["external_id"], now=asking.at)
    confirm_identity(stranger=stranger, patient=patient, by=asking.by, at=asking.at)
    return "Confirmed: her attendance is worked out anew, and she is recognised from now on."
