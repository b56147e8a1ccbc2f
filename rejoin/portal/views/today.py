"""A patient's first page."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.portal.door import Herself, patient_page
from rejoin.portal.present.today import present_today


@patient_page
def today(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Her next session, what was missed, and how to reach a person."""
    shown = {"today": present_today(herself), "zone": herself.zone}
    return TemplateResponse(request, "portal/today.html", shown)
