"""The door of a patient who comes by her link: one transaction in which nothing is seen but what is hers.

Nobody signs in here: the link is what she has, it holds around its one session alone, and whoever leads looks at who
comes before she is let in. What was not signed by us, and what is not hers, look alike.
"""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from rejoin.accounts.browser import chosen_in
from rejoin.accounts.signing import is_somebody_else
from rejoin.common import clock
from rejoin.common.actors import patient_actor
from rejoin.common.afterwards import do_afterwards
from rejoin.common.seeing import seen_by_patient
from rejoin.visits.links import base_of, identity_of
from rejoin.visits.visitor import Visitor

View = Callable[..., HttpResponse]


def visitor_by_link(token: str) -> Visitor | None:
    """Whose link it is; None: nobody's. Asked before anybody is known, outside of the door."""
    identity = identity_of(token)
    if identity is None or identity.seat is None:
        return None
    patient = identity.patient
    return Visitor(
        session=identity.seat.session,
        base=base_of(token),
        ref=identity.ref,
        at=clock.now(),
        by=patient_actor(patient.pk),
        zone=ZoneInfo(patient.timezone),
        seat=identity.seat,
        patient=patient,
        language=patient.language,
    )


def link_page(*methods: str) -> Callable[[View], View]:
    """A page of whoever holds the link."""

    def wrap(view: View) -> View:
        @never_cache
        @functools.wraps(view)
        def answer(request: HttpRequest, token: str, **named: Any) -> HttpResponse:
            visitor = visitor_by_link(token)
            if visitor is None or (patient := visitor.patient) is None:
                raise Http404
            visitor = replace(visitor, language=chosen_in(request) or visitor.language)
            request.spoken = visitor.language  # type: ignore[attr-defined]
            if request.method not in methods or is_somebody_else(request, patient.pk):
                raise Http404
            with seen_by_patient(patient.pk):
                response = view(request, visitor, **named)
                if isinstance(response, TemplateResponse):
                    response.render()
            do_afterwards(response)
            return response

        return answer

    return wrap
