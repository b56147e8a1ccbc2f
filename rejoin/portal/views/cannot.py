"""She cannot come to a session: she says so, and her program's rule answers at once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.domain.kernel import Refusal
from rejoin.outreach.writing import LONGEST
from rejoin.portal.door import Herself, patient_asks
from rejoin.portal.present.cannot import Absence, present_cannot, read_absence, why_of
from rejoin.portal.telling import policy_for, tell
from rejoin.programs.access import NOT_HERE, seat_of

SEE_OTHER = 303
ROOM_FOR_OURS = 200
"""Characters of a message that stand before her own."""


@patient_asks
def cannot(request: HttpRequest, herself: Herself, seat_id: int) -> HttpResponse:
    """What it means, and what helps."""
    with herself.seeing():
        absence = read_absence(herself.patient.pk, seat_id)
    if absence is None or absence.session.ends_at <= herself.at:
        raise Refusal("not_found", NOT_HERE)
    policy = policy_for(absence.program_id, absence.session.starts_at)
    if request.method == "POST":
        hear(request, herself, absence)
        return to(reverse("portal:cannot", args=[seat_id]))
    shown = present_cannot(absence, policy, herself)
    asks = shown.told is None or "again" in request.GET
    return TemplateResponse(request, "portal/cannot.html", {"cannot": shown, "asks": asks})


def hear(request: HttpRequest, herself: Herself, absence: Absence) -> None:
    """Keep what she sent. What she wrote is cut to what can be kept, and not refused: it is hard enough to write it."""
    tell(
        seat=seat_of(herself.patient, absence.seat_id),
        why=why_of(request.POST.get("why", "")),
        words=request.POST.get("words", "")[: LONGEST - ROOM_FOR_OURS],
        policy=policy_for(absence.program_id, absence.session.starts_at),
        by=herself.by,
        at=herself.at,
    )


def to(address: str) -> HttpResponse:
    """What was sent was heard: go on there."""
    response = redirect(address)
    response.status_code = SEE_OTHER
    return response
