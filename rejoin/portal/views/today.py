"""A patient's first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.portal.door import Herself, patient_act, patient_page
from rejoin.portal.present.today import present_today
from rejoin.programs.access import seat_of
from rejoin.visits.links import join_path


@patient_page
def today(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Her next session, what was missed, and how to reach a person."""
    shown = {"today": present_today(herself), "zone": herself.zone}
    return TemplateResponse(request, "portal/today.html", shown)


@patient_act
def join(request: HttpRequest, herself: Herself, seat_id: int) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """To the door of a session of hers, by the same link that messages may carry."""
    return redirect(join_path(seat_of(herself.patient, seat_id), by=herself.by, at=herself.at))
