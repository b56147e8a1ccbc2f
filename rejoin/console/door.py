"""The door to the console: who asks, what she may do, and one transaction in which only her rows are seen.

Missing and forbidden are the same answer. Whoever is not signed in with a second factor is asked to do so first.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from rejoin.accounts.signing import Standing, signed_in_staff, standing_of, where_to_go_on, works_here
from rejoin.common import clock
from rejoin.common.actors import Actor, staff_actor
from rejoin.common.afterwards import do_afterwards
from rejoin.common.seeing import seen_by_staff
from rejoin.console import once
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Staff
from rejoin.programs.models import Program, StaffRole
from rejoin.programs.rights import Right, rights_of

NOT_FOUND: Final = "not_found"
View = Callable[..., HttpResponse]
"""A page: the request, who asks (`Asking`), and by name what the address holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody of the staff, at an instant, with what she may do in which program."""

    staff: Staff
    at: datetime
    programs: tuple[Program, ...]
    """In which she has any role, by name."""
    roles: Mapping[int, frozenset[str]]
    rights: Mapping[int, frozenset[Right]]
    """By program."""

    @property
    def by(self) -> Actor:
        return staff_actor(self.staff.pk)

    @property
    def zone(self) -> ZoneInfo:
        """On whose wall times are read and written: her first program's, where a page does not say another."""
        return ZoneInfo(self.programs[0].timezone if self.programs else self.staff.timezone)

    def may(self, right: Right, program_id: int | None = None) -> bool:
        """Whether she holds `right` in that program; without one, in any."""
        if program_id is None:
            return any(right in held for held in self.rights.values())
        return right in self.rights.get(program_id, frozenset())

    def programs_with(self, right: Right) -> list[int]:
        return [program for program, held in self.rights.items() if right in held]

    def require(self, right: Right, program_id: int) -> None:
        """Nothing is there for whoever may not do it."""
        if not self.may(right, program_id):
            raise Http404


def staff_page(*needs: Right, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View], View]:
    """A page of the console. She needs one of `needs` in some program; the page asks for which one itself.

    A template response is rendered inside the door. What is refused to somebody who acts is said in a banner on
    the page she came from, and nothing of it is kept.
    """

    def wrap(view: View) -> View:
        @never_cache
        @functools.wraps(view)
        def answer(request: HttpRequest, **named: Any) -> HttpResponse:
            standing = standing_of(request)
            if standing is not Standing.READY:
                return _not_ready(request, standing)
            staff = signed_in_staff(request)
            if staff is None or request.method not in methods:
                raise Http404
            sent = once.name_of(request)
            if not once.is_first(sent):
                messages.info(request, "You sent this twice; it was taken once.")
                return redirect(back_to(request, where_from(request)))
            return _taken(sent, request, lambda: _inside(view, request, staff, needs, named))

        answer.needs = needs  # type: ignore[attr-defined] # for the test that walks every address
        return answer

    return wrap


def staff_act(*needs: Right) -> Callable[[View], View]:
    """An address that only takes what is sent to it."""
    return staff_page(*needs, methods=("POST",))


def asking_of(staff: Staff, at: datetime) -> Asking:
    """What she may do at `at`."""
    held = StaffRole.objects.filter(staff=staff, from_at__lte=at, ended_at__isnull=True)
    roles: dict[int, set[str]] = {}
    for program_id, role in held.values_list("program_id", "role"):
        roles.setdefault(program_id, set()).add(role)
    return Asking(
        staff=staff,
        at=at,
        programs=tuple(Program.objects.filter(pk__in=roles).order_by("name")),
        roles={program: frozenset(each) for program, each in roles.items()},
        rights={
            program: frozenset(right for role in each for right in rights_of(role))
            for program, each in roles.items()
        },
    )


def back_to(request: HttpRequest, otherwise: str) -> str:
    """Where a form was sent from, when that is a page of ours."""
    wanted = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return otherwise


def _not_ready(request: HttpRequest, standing: Standing) -> HttpResponse:
    """To sign in first. A patient is not asked for a second factor: nothing of this is hers."""
    if standing is Standing.NO_SECOND_FACTOR and not works_here(request):
        raise Http404
    return redirect(where_to_go_on(request, standing))


def _taken(sent: str, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer; what was not taken of a form may be sent again as it is."""
    try:
        response = answer()
    except Refusal as refusal:
        once.forget(sent)
        return _refused(request, refusal)
    except BaseException:
        once.forget(sent)
        raise
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        once.forget(sent)
    return response


def where_from(request: HttpRequest) -> str:
    """The page that a form without `back` was on, as the browser tells; else where she works."""
    told = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(told, allowed_hosts={request.get_host()}):
        parts = urlsplit(told)
        return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return reverse("console:home")


def _inside(
    view: View, request: HttpRequest, staff: Staff, needs: tuple[Right, ...], named: dict[str, Any]
) -> HttpResponse:
    with seen_by_staff(staff.pk):
        asking = asking_of(staff, clock.now())
        if needs and not any(asking.may(each) for each in needs):
            raise Http404
        request.asking = asking  # type: ignore[attr-defined] # what the frame of the page shows
        with timezone.override(asking.zone):
            response = view(request, asking, **named)
            if isinstance(response, TemplateResponse):
                response.render()
    do_afterwards(response)
    return response


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if refusal.code == NOT_FOUND or request.method != "POST":
        raise Http404 from refusal
    messages.error(request, refusal.message)
    return redirect(back_to(request, where_from(request)))
