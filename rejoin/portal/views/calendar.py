"""Her appointments for her own calendar: an address without a sign-in that she makes, renews and ends on her page."""

import math
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.views.decorators.http import require_safe

from rejoin.common import clock
from rejoin.common.seeing import seen_by_patient
from rejoin.outreach.calendars import close_calendar, feed_of, open_calendar
from rejoin.portal.door import Herself, patient_act
from rejoin.portal.present.calendar_entry import CONTENT_TYPE
from rejoin.portal.present.calendar_feed import appointments_of, feed, tag_of
from rejoin.portal.views.cannot import to
from rejoin.visits.pace import Pace

SECONDS: Final = 60.0
PACE: Final = Pace(most=20, seconds=SECONDS)
"""Calendars ask once in some minutes at most; a household of phones may ask at once."""
TOO_MANY: Final = 429


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """What was not signed by us, and what she has ended, look alike."""
    found = feed_of(token)
    if found is None:
        raise Http404
    if not PACE.take(str(found.ref)):
        return HttpResponse(status=TOO_MANY, headers={"Retry-After": str(math.ceil(SECONDS))})
    now = clock.now()
    with seen_by_patient(found.patient_id):
        told = appointments_of(found.patient_id, now)
    tag = tag_of(told, found.patient)
    kept = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]:
        return HttpResponseNotModified(headers=kept)
    named = {"Content-Disposition": 'inline; filename="appointments.ics"'}
    return HttpResponse(feed(told, found.patient, now), content_type=CONTENT_TYPE, headers={**kept, **named})


@patient_act
def calendar_address(request: HttpRequest, herself: Herself) -> HttpResponse:
    """A new one in the place of any she has; or none any more."""
    change = close_calendar if "close" in request.POST else open_calendar
    change(patient=herself.patient, by=herself.by, at=herself.at)
    return to(f"{reverse('portal:preferences')}?at=calendar&said=saved#calendar")
