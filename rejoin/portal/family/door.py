"""The door to a family's pages: what it may see is worked out first, for this page alone, and then nothing else is there.

Consents and the law are read outside of the door, by the engine's right. Behind it no row of any table is seen, and three
functions of the database tell of those patients what a live word covers (`people/schema.SHOWN`).
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from rejoin.accounts.signing import Standing, signed_in_relative, standing_of, where_to_go_on
from rejoin.common import clock
from rejoin.common.actors import Actor, relative_actor
from rejoin.common.seeing import seen_by_family
from rejoin.domain.consent import About
from rejoin.people.family import shown_to
from rejoin.people.relatives import Relative
from rejoin.portal.words.family import words_in
from rejoin.portal.words.family_english import English

View = Callable[..., HttpResponse]
TOLD = (About.SCHEDULING, About.ATTENDANCE, About.SAFETY)
"""What these pages can show; nothing of money is on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One patient of whom this account may see something at this instant."""

    ref: UUID
    patient_id: int
    about: frozenset[About]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfFamily:
    """Who asks, at an instant, and of whom she may see what."""

    relative: Relative
    seen: Sequence[Seen]
    at: datetime

    @property
    def by(self) -> Actor:
        return relative_actor(self.relative.pk)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.relative.timezone)

    @property
    def say(self) -> English:
        return words_in(self.relative.language)

    def one(self, ref: UUID) -> Seen:
        """Unknown, another family's and closed are the same."""
        found = next((each for each in self.seen if each.ref == ref), None)
        if found is None:
            raise Http404
        return found


def family_page(view: View) -> View:
    """A page of whoever of a family is signed in; everybody else finds nothing here."""
    return _theirs(view, "GET", "HEAD")


def family_act(view: View) -> View:
    """An address that only takes what is sent to it, of the account alone: nothing of a patient's is written here."""
    return _theirs(view, "POST", behind=False)


def _theirs(view: View, *methods: str, behind: bool = True) -> View:
    @never_cache
    @functools.wraps(view)
    def answer(request: HttpRequest, **named: object) -> HttpResponse:
        standing = standing_of(request)
        if standing is Standing.NOBODY:
            return redirect(where_to_go_on(request, standing))
        relative = signed_in_relative(request)
        if relative is None or request.method not in methods:
            raise Http404
        request.spoken = relative.language  # type: ignore[attr-defined]
        at = clock.now()
        asking = OfFamily(relative=relative, seen=_seen(relative, at), at=at)
        if not behind:
            return view(request, asking, **named)
        with seen_by_family(relative.pk, _by_about(asking.seen)):
            response = view(request, asking, **named)
            if isinstance(response, TemplateResponse):
                response.render()
        return response

    return answer


def _seen(relative: Relative, at: datetime) -> list[Seen]:
    ties = list(
        relative.ties.filter(at__lte=at).order_by("pk").values_list("ref", "patient_id", "contact_id")
    )
    shown = shown_to([(patient, contact) for _, patient, contact in ties], at)
    told = [
        Seen(ref=ref, patient_id=patient, about=shown[contact].intersection(TOLD))
        for ref, patient, contact in ties
    ]
    return [each for each in told if each.about]


def _by_about(seen: Sequence[Seen]) -> Mapping[About, list[int]]:
    return {about: [each.patient_id for each in seen if about in each.about] for about in TOLD}
