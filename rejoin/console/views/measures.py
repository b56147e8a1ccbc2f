"""Measures of a patient, and what a program asks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.measures import CloseForm, HowForm, ScheduleForm, WatchForm
from rejoin.console.frame import Frame
from rejoin.console.present.measures import answered_at, present_measures, present_one, present_programs
from rejoin.console.views.patients import SEES
from rejoin.domain.kernel import Refusal
from rejoin.domain.measures import chosen, concerns, instrument_called, left
from rejoin.followup.measures import take_measure
from rejoin.followup.words import ROLES, word
from rejoin.insights.access import due_of
from rejoin.insights.actions import ask_now, decline_measure, say_watch, schedule_measure, withdraw_measure
from rejoin.insights.vocabulary import Ending, How
from rejoin.people.access import patient_for
from rejoin.programs.access import program_for, seat_of
from rejoin.programs.models import Program
from rejoin.programs.rights import Right
from rejoin.programs.vocabulary import Role


@staff_page(*SEES)
def measures(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """All that was asked of her, with the gaps."""
    found = patient_for(asking.staff, ref, asking.at)
    return TemplateResponse(request, "console/measures.html", {"shown": present_measures(asking, found)})


@staff_act(Right.CARE)
def ask(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Ask one now, with a session of hers."""
    found = patient_for(asking.staff, ref, asking.at)
    key, _dot, version = request.POST.get("instrument", "").partition(":")
    number = _number(request.POST.get("seat", ""))
    if not number:
        raise Refusal("measure.session", "Choose the session that it comes with.")
    seat = seat_of(found, number)
    asking.require(Right.CARE, seat.session.program_id)
    due = ask_now(seat=seat, instrument=instrument_called(key, version), by=asking.by, at=asking.at)
    return redirect("console:patient_measure", ref=ref, due=due.ref)


@staff_page(*SEES)
def measure(request: HttpRequest, asking: Asking, ref: UUID, due: UUID, **_: Any) -> HttpResponse:
    """One of them: what she answered, or the questions to ask her."""
    found = patient_for(asking.staff, ref, asking.at)
    shown = present_one(asking, found, due_of(found, due))
    return TemplateResponse(request, "console/measure.html", {"shown": shown, "form": HowForm()})


@staff_act(Right.CARE)
def answer(request: HttpRequest, asking: Asking, ref: UUID, due: UUID, **_: Any) -> HttpResponse:
    """Keep what she said. An answer that asks for somebody elevates her case at once."""
    found = patient_for(asking.staff, ref, asking.at)
    asked = due_of(found, due)
    asking.require(Right.CARE, asked.program_id)
    instrument = instrument_called(asked.instrument, asked.version)
    answers = chosen(instrument, request.POST.dict())
    missing = frozenset(each.id for each in left(instrument, answers))
    form = HowForm(request.POST)
    if not form.is_valid() or (missing and not concerns(instrument, answers)):
        shown = present_one(asking, found, asked, chosen=answers, missing=missing)
        context = {"shown": shown, "form": form}
        return TemplateResponse(request, "console/measure.html", context, status=422)
    take_measure(
        due=asked,
        answers=answers,
        language=found.language,
        how=How(form.cleaned_data["how"]),
        answered_at=answered_at(asking, form.cleaned_data["on"]),
        by=asking.by,
        at=asking.at,
    )
    if concerns(instrument, answers):
        messages.warning(request, "Her case is elevated: it is on the worklist, with its clock.")
    else:
        messages.success(request, "Her answers are written down.")
    return redirect("console:patient_measure", ref=ref, due=due)


@staff_act(Right.CARE)
def close(request: HttpRequest, asking: Asking, ref: UUID, due: UUID, **_: Any) -> HttpResponse:
    """She would rather not, or it is taken back with a reason."""
    asked = due_of(patient_for(asking.staff, ref, asking.at), due)
    asking.require(Right.CARE, asked.program_id)
    said = _said(CloseForm(request.POST))
    end = decline_measure if said["how"] == Ending.DECLINED else withdraw_measure
    end(due=asked, words=said["words"], by=asking.by, at=asking.at)
    messages.success(request, "Closed. The days stay unmeasured, with the reason.")
    return redirect("console:patient_measures", ref=ref)


@staff_page(Right.SUPERVISE)
def programs(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """Which measures one program asks and how often, and who looks there for answers that ask for somebody."""
    context = {
        "programs": present_programs(Frame(request).one_with(Right.SUPERVISE)),
        "roles": [(each.value, word(ROLES, each)) for each in Role],
    }
    return TemplateResponse(request, "console/measure_programs.html", context)


@staff_act(Right.SUPERVISE)
def schedule(request: HttpRequest, asking: Asking, program: str, **_: Any) -> HttpResponse:
    """One measure, from now on."""
    found = program_for(asking.staff, program, now=asking.at)
    asking.require(Right.SUPERVISE, found.pk)
    said = _said(ScheduleForm(request.POST))
    instrument = instrument_called(said["instrument"], said["version"])
    schedule_measure(
        program=found, instrument=instrument, every_days=said["every_days"], by=asking.by, at=asking.at
    )
    messages.success(request, f"{instrument.name}: written down. It holds from now on.")
    return _to(found)


@staff_act(Right.SUPERVISE)
def watch(request: HttpRequest, asking: Asking, program: str, **_: Any) -> HttpResponse:
    """Who looks, when, and how soon she is called."""
    found = program_for(asking.staff, program, now=asking.at)
    asking.require(Right.SUPERVISE, found.pk)
    said = _said(WatchForm(request.POST))
    say_watch(
        program=found,
        role=Role(said["role"]) if said["role"] else None,
        days=[int(each) for each in said["days"]],
        opens=said["opens"],
        closes=said["closes"],
        within_minutes=said["within_minutes"],
        by=asking.by,
        at=asking.at,
    )
    messages.success(request, "Written down. It holds from now on.")
    return _to(found)


def _to(program: Program) -> HttpResponse:
    return redirect(f"{reverse('console:measures')}?{urlencode({'program': program.slug})}")


def _said(form: Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Refusal(
            "measure.form", "We could not read that, so nothing has changed. Please look at it again."
        )
    said: dict[str, Any] = form.cleaned_data
    return said


def _number(sent: str) -> int:
    return int(sent) if sent.isdecimal() and len(sent) < 19 else 0
