"""Her messages with the team: what was said, and what she writes now."""

from django.contrib import messages as banners
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.followup.hearing import take_replies
from rejoin.outreach.keywords import Said, classify
from rejoin.outreach.writing import LONGEST, write
from rejoin.people.actions import record_stop
from rejoin.portal.door import Herself, patient_asks
from rejoin.portal.present.messages import present_messages
from rejoin.portal.views.cannot import to
from rejoin.portal.words.me import words_in


@patient_asks
def messages(request: HttpRequest, herself: Herself) -> HttpResponse:
    """To read and to write. Who hears it is not hers to see, so it is sent outside of her door."""
    if request.method == "POST":
        say, text = words_in(herself.patient.language), request.POST.get("text", "").strip()[:LONGEST]
        if not text:
            banners.error(request, say.empty)
        elif hear(herself, text) is Said.STOP:
            banners.success(request, say.stopped)
        else:
            banners.success(request, say.sent)
        return to(reverse("portal:messages"))
    with herself.seeing():
        shown = present_messages(herself)
    return TemplateResponse(request, "portal/messages.html", {"shown": shown, "longest": LONGEST})


@transaction.atomic
def hear(herself: Herself, text: str) -> Said:
    """Before a person at once, as a text of hers is. To stop texts is heard wherever it is said (47 CFR 64.1200(a)(10))."""
    reply = write(patient=herself.patient, text=text, by=herself.by, at=herself.at)
    take_replies(replies=[reply.pk], by=herself.by, at=herself.at)
    said = classify(text)
    if said is Said.STOP:
        record_stop(patient=herself.patient, source="portal", by=herself.by, at=herself.at)
    return said
