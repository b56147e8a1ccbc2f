"""What she missed, to catch up on by herself: read, saved, done."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.continuity.access import material_of
from rejoin.continuity.actions import finish, save_answers
from rejoin.continuity.material import Material
from rejoin.domain.kernel import Refusal
from rejoin.outreach.writing import write
from rejoin.portal.door import Herself, patient_asks, patient_page
from rejoin.portal.present.catchup import (
    Sent,
    choices_in,
    present_catch_up,
    present_list,
    read_sent,
)
from rejoin.portal.views.cannot import to
from rejoin.portal.words.catchup import words_in


@patient_page
def catch_ups(request: HttpRequest, herself: Herself) -> HttpResponse:
    """All that she can catch up on, what matters first before the rest."""
    return TemplateResponse(request, "portal/catchup_list.html", {"shown": present_list(herself)})


@patient_asks
def catch_up(request: HttpRequest, herself: Herself, ref: UUID) -> HttpResponse:
    """One unit: what was covered, and her own thoughts on it. To open it keeps nothing."""
    with herself.seeing():
        material = material_of(herself.patient, ref, now=herself.at)
    if request.method != "POST":
        return _page(request, herself, material, left="left" in request.GET)
    sent = read_sent(request.POST, material.text)
    if sent.errors:
        return _page(request, herself, material, sent=sent)
    return _keep(request, herself, material, sent)


def _keep(request: HttpRequest, herself: Herself, material: Material, sent: Sent) -> HttpResponse:
    """That she would like a call is told first: whatever comes of the rest, somebody knows.

    Where she is done already, a second tap leads to the page that says so.
    """
    say, address = words_in(material.text.language), reverse("portal:catch_up", args=[material.missed.ref])
    if sent.asks_for_call:
        write(patient=herself.patient, text=say.call_text, by=herself.by, at=herself.at)
    with herself.seeing():
        try:
            begun = save_answers(
                patient=herself.patient,
                material=material,
                given=sent.given,
                asks_for_call=sent.asks_for_call,
                by=herself.by,
                at=herself.at,
            )
        except Refusal as refusal:
            if refusal.code != "catch_up.done":
                raise
            return to(address)
        if "done" not in request.POST:
            messages.success(request, say.saved)
            return to(f"{address}#check")
        try:
            finish(catch_up=begun, choices=choices_in(material.text), by=herself.by, at=herself.at)
        except Refusal:
            return to(f"{address}?left")
    messages.success(request, say.finished)
    return to(address)


def _page(
    request: HttpRequest,
    herself: Herself,
    material: Material,
    *,
    sent: Sent | None = None,
    left: bool = False,
) -> HttpResponse:
    with herself.seeing():
        shown = present_catch_up(herself, material, sent=sent, left=left)
    return TemplateResponse(request, "portal/catchup.html", {"shown": shown}, status=422 if sent else 200)
