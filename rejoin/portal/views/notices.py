"""Notices on this phone: she turns them on, and off again."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from rejoin.outreach.subscribing import subscribe, unsubscribe
from rejoin.portal.door import Herself, patient_asks
from rejoin.portal.views.cannot import to


@patient_asks
def notices(request: HttpRequest, herself: Herself) -> HttpResponse:
    """What the browser tells of itself is kept, or given up; her page is the answer to both, and to whoever only looks."""
    told, gone = request.POST.get("subscription", ""), request.POST.get("gone", "")
    if gone:
        unsubscribe(patient=herself.patient, endpoint=gone, by=herself.by, at=herself.at)
    elif told:
        subscribe(patient=herself.patient, told=told, by=herself.by, at=herself.at)
    return to(reverse("portal:today"))
