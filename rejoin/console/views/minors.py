"""Which entries of the law of minors' consent a program has confirmed: read, and said by whoever answers for it."""

from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.present.minors import entries_of
from rejoin.domain.consent import MAJORITIES, Service
from rejoin.domain.kernel import Refusal
from rejoin.programs.access import program_for
from rejoin.programs.minors import confirm_state, withdraw_state
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

SAYS: Final = (Right.GOVERN, Right.PRIVACY)
"""A director's word, or a privacy officer's."""


@staff_page(*SAYS)
def minors(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """The programs whose word is hers to give."""
    programs = [each for each in asking.programs if _may(asking, each)]
    return TemplateResponse(request, "console/minors.html", {"programs": programs})


@staff_page(*SAYS)
def program(request: HttpRequest, asking: Asking, program: str, **_: Any) -> HttpResponse:
    """Every entry there is, with what the program has said of it."""
    found = _program(asking, program)
    entries = entries_of(found, asking.at)
    return TemplateResponse(
        request,
        "console/minors_program.html",
        {"program": found, "entries": entries, "majorities": MAJORITIES},
    )


@staff_act(*SAYS)
def said(request: HttpRequest, asking: Asking, program: str, rule: str, **_: Any) -> HttpResponse:
    """She has read the statute and it is so; or it no longer is. `rule`: "NM-mental_health"."""
    found = _program(asking, program)
    state, _dash, kind = rule.partition("-")
    service = next((each for each in Service if each == kind), None)
    if service is None:
        raise Refusal("not_found", "There is no such entry.")
    given: dict[str, Any] = {
        "program": found,
        "state": state,
        "service": service,
        "by": asking.by,
        "at": asking.at,
    }
    try:
        if request.POST.get("says") == "withdraw":
            withdraw_state(**given)
            messages.success(request, "It is taken back: both doors are closed again.")
        elif request.POST.get("read") != "yes":
            messages.error(request, "Say that you have read today's statute: tick the box above the button.")
        else:
            confirm_state(edition=_edition(request.POST.get("edition", "")), **given)
            messages.success(request, "It is confirmed for a year, in this program.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(f"{reverse('console:minors_program', args=[found.slug])}#{rule}", status=303)


def _program(asking: Asking, slug: str) -> Program:
    found = program_for(asking.staff, slug, now=asking.at)
    if not _may(asking, found):
        raise Refusal("not_found", "There is no such program.")
    return found


def _may(asking: Asking, program: Program) -> bool:
    return any(asking.may(right, program.pk) for right in SAYS)


def _edition(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return date.min
