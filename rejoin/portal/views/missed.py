"""After a miss: what it means, what she can do, what we do; and she can say what happened."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.domain.kernel import Refusal
from rejoin.portal.door import Herself, patient_asks
from rejoin.portal.present.catching_up import open_catch_ups
from rejoin.portal.present.missed import present_missed, read_case
from rejoin.portal.telling import policy_for
from rejoin.portal.views.cannot import hear, to
from rejoin.programs.access import NOT_HERE


@patient_asks
def missed(request: HttpRequest, herself: Herself, case_ref: UUID) -> HttpResponse:
    """Of one missed session of hers. Where it was no miss her page says what is; what she writes is heard either way."""
    with herself.seeing():
        found = read_case(herself, case_ref)
        catch_ups = open_catch_ups(herself)
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    case, absence = found
    if request.method == "POST":
        hear(request, herself, absence)
        return to(reverse("portal:missed", args=[case_ref]) + "#told")
    if not case.is_miss:
        return to(reverse("portal:today"))
    policy = policy_for(absence.program_id, absence.session.starts_at)
    shown = present_missed(case, absence, policy, catch_ups, herself)
    asks = shown.told is None or "again" in request.GET
    return TemplateResponse(request, "portal/missed.html", {"missed": shown, "asks": asks})
