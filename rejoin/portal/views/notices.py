"""Notices on this phone: she turns them on, and off again."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from rejoin.outreach.subscribing import is_shown_here, subscribe, unsubscribe
from rejoin.portal.door import Herself, patient_asks
from rejoin.portal.views.cannot import to


@patient_asks
def notices(request: HttpRequest, herself: Herself) -> HttpResponse:
    """What the browser tells of itself is kept, or given up; her page is the answer to both, and to whoever only looks.

    POST here: whether this browser, by its address, shows notices of hers; {"on": bool}.
    """
    told, gone, here = (request.POST.get(each, "") for each in ("subscription", "gone", "here"))
    if here:
        return JsonResponse({"on": is_shown_here(request, herself.patient, here)})
    if gone:
        unsubscribe(patient=herself.patient, endpoint=gone, by=herself.by, at=herself.at)
        is_shown_here(request, herself.patient, gone)
    elif told:
        made = subscribe(patient=herself.patient, told=told, by=herself.by, at=herself.at)
        is_shown_here(request, herself.patient, made.endpoint)
    return to(reverse("portal:today"))
