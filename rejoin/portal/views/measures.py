"""Her measures: a list, and one a page. They are kept once; who would rather not, says so."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.domain.kernel import Refusal
from rejoin.domain.measures import chosen, concerns, instrument_called, left
from rejoin.followup.measures import say_why, take_measure
from rejoin.insights.access import due_of
from rejoin.insights.actions import LONGEST, decline_measure
from rejoin.insights.models import Due
from rejoin.insights.vocabulary import How
from rejoin.portal.door import Herself, patient_asks, patient_page
from rejoin.portal.present.measures import is_offered, open_measures, present_measure
from rejoin.portal.views.cannot import to

OVER: Final = ("measure.ended", "measure.late")


@patient_page
def measures(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Which are open and until when, and which her team asks her."""
    return TemplateResponse(request, "portal/measures.html", {"shown": open_measures(herself)})


@patient_asks
def measure(request: HttpRequest, herself: Herself, ref: UUID) -> HttpResponse:
    """One of them. To open it keeps nothing."""
    with herself.seeing():
        due = due_of(herself.patient, ref)
    if request.method != "POST":
        return _page(request, herself, due)
    if "decline" in request.POST:
        return _decline(request, herself, due)
    return _take(request, herself, due)


def _decline(request: HttpRequest, herself: Herself, due: Due) -> HttpResponse:
    """What she writes is read by a person, whether it was still open or not."""
    words = request.POST.get("words", "")[:LONGEST]
    if words.replace("\x00", "").strip():
        say_why(due=due, words=words, by=herself.by, at=herself.at)
    _unless_over(lambda: decline_measure(due=due, words=words, by=herself.by, at=herself.at))
    return to(reverse("portal:measure", args=[due.ref]))


def _take(request: HttpRequest, herself: Herself, due: Due) -> HttpResponse:
    """An answer that asks for somebody is taken whatever else is left, whoever looks, whatever it came to: never thrown away."""
    instrument = instrument_called(due.instrument, due.version)
    answers = chosen(instrument, request.POST.dict())
    missing = frozenset(each.id for each in left(instrument, answers))
    if not concerns(instrument, answers):
        if hasattr(due, "ending") or not is_offered(instrument, due.program, herself.at):
            return _page(request, herself, due)
        if missing:
            return _page(request, herself, due, answers=answers, missing=missing)
    _unless_over(
        lambda: take_measure(
            due=due,
            answers=answers,
            language=herself.patient.language,
            how=How.PORTAL,
            by=herself.by,
            at=herself.at,
        )
    )
    return to(reverse("portal:measure", args=[due.ref]))


def _unless_over(act: Callable[[], object]) -> None:
    """What is over, or was sent twice, says so on its own page."""
    try:
        act()
    except Refusal as refusal:
        if refusal.code not in OVER:
            raise


def _page(
    request: HttpRequest,
    herself: Herself,
    due: Due,
    *,
    answers: dict[str, int] | None = None,
    missing: frozenset[str] = frozenset(),
) -> HttpResponse:
    with herself.seeing():
        shown = present_measure(herself, due, answers=answers, left=missing)
    return TemplateResponse(request, "portal/measure.html", {"shown": shown}, status=422 if missing else 200)
