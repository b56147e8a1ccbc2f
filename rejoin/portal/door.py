"""The door to a patient's screens: one transaction in which nothing is seen but what is hers."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from rejoin.accounts.signing import Standing, signed_in_patient, standing_of, where_to_go_on
from rejoin.common import clock
from rejoin.common.actors import Actor, patient_actor
from rejoin.common.seeing import seen_by_patient
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient
from rejoin.portal.words import words_in
from rejoin.portal.words.english import English

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

    @property
    def say(self) -> English:
        return words_in(self.patient.language)

    def seeing(self) -> AbstractContextManager[None]:
        """Behind her door; for a view that `patient_asks`."""
        return seen_by_patient(self.patient.pk)


def patient_page(view: View) -> View:
    """A page of the patient who is signed in; everybody else finds nothing here."""
    return _hers(view, "GET", "HEAD")


def patient_act(view: View) -> View:
    """An address of hers that only takes what is sent to it."""
    return _hers(view, "POST")


def patient_asks(view: View) -> View:
    """A page that also needs what is not hers to see: her program's policy, or who hears what she says.

    The view opens the door itself for what it reads of her (`Herself.seeing`), and acts in her name outside of it. What it
    shows is drawn behind the door.
    """
    return _hers(view, "GET", "HEAD", "POST", behind=False)


def _hers(view: View, *methods: str, behind: bool = True) -> View:
    @never_cache
    @gzip_page  # a slow line; what could be guessed by lengths, the form's token, is another one on every page
    @functools.wraps(view)
    def answer(request: HttpRequest, **named: object) -> HttpResponse:
        standing = standing_of(request)
        if standing is Standing.NOBODY:
            return redirect(where_to_go_on(request, standing))
        patient = signed_in_patient(request)
        if patient is None or request.method not in methods:
            raise Http404
        request.patient_id, request.spoken = patient.pk, patient.language  # type: ignore[attr-defined]
        herself = Herself(patient=patient, at=clock.now())
        try:
            return _answer(view, request, herself, named, behind=behind)
        except Refusal as refusal:
            if refusal.code == "not_found":
                raise Http404 from refusal
            messages.error(request, herself.say.not_done)
            return redirect("portal:today")

    return answer


def _answer(
    view: View, request: HttpRequest, herself: Herself, named: dict[str, object], *, behind: bool
) -> HttpResponse:
    with herself.seeing() if behind else nullcontext():
        response = view(request, herself, **named)
        if behind and isinstance(response, TemplateResponse):
            response.render()
    if not behind and isinstance(response, TemplateResponse):
        with herself.seeing():
            response.render()
    return response
