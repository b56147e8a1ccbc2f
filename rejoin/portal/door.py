"""The door to a patient's screens: one transaction in which nothing is seen but what is hers."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from rejoin.accounts.signing import Standing, signed_in_patient, standing_of, where_to_go_on
from rejoin.common import clock
from rejoin.common.actors import Actor, patient_actor
from rejoin.common.seeing import seen_by_patient
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Herself:
    """The patient who asks, at an instant."""

    patient: Patient
    at: datetime

    @property
    def by(self) -> Actor:
        return patient_actor(self.patient.pk)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.patient.timezone)


def patient_page(view: View) -> View:
    """A page of the patient who is signed in; everybody else finds nothing here."""
    return _hers(view, "GET", "HEAD")


def patient_act(view: View) -> View:
    """An address of hers that only takes what is sent to it."""
    return _hers(view, "POST")


def _hers(view: View, *methods: str) -> View:
    @never_cache
    @functools.wraps(view)
    def answer(request: HttpRequest, **named: object) -> HttpResponse:
        standing = standing_of(request)
        if standing is Standing.NOBODY:
            return redirect(where_to_go_on(request, standing))
        patient = signed_in_patient(request)
        if patient is None or request.method not in methods:
            raise Http404
        try:
            with seen_by_patient(patient.pk):
                response = view(request, Herself(patient=patient, at=clock.now()), **named)
                if isinstance(response, TemplateResponse):
                    response.render()
        except Refusal as refusal:
            if refusal.code == "not_found":
                raise Http404 from refusal
            messages.error(request, refusal.message)
            return redirect("portal:today")
        return response

    return answer
