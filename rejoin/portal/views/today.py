"""A patient's first page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.accounts.browser import COOKIE, LANGUAGE
from rejoin.people.actions import change_patient
from rejoin.people.vocabulary import Language
from rejoin.portal.door import Herself, patient_act, patient_page
from rejoin.portal.present.today import present_today
from rejoin.programs.access import seat_of
from rejoin.visits.links import join_path

SEE_OTHER = 303


@patient_page
def today(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Her next session, what is open, and how to reach a person."""
    return TemplateResponse(request, "portal/today.html", {"today": present_today(herself)})


@patient_act
def join(request: HttpRequest, herself: Herself, seat_id: int) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """To the door of a session of hers, by the same link that messages may carry."""
    return redirect(join_path(seat_of(herself.patient, seat_id), by=herself.by, at=herself.at))


@patient_act
def language(request: HttpRequest, herself: Herself) -> HttpResponse:
    """From now on her pages, and what we write to her, are in that language."""
    wanted = request.POST.get("language", "")
    if wanted not in set(Language):
        raise Http404
    change_patient(patient=herself.patient, language=wanted, by=herself.by, at=herself.at)
    response = redirect("portal:today")
    response.status_code = SEE_OTHER
    request.session[LANGUAGE] = wanted
    response.delete_cookie(COOKIE, samesite="Lax")
    return response
