"""Missed sessions: all of them in a list, and each with everything that happened and can be done."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.audit.trail import record_read
from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.present.case import called, make_form, present_case
from rejoin.console.present.cases import CASES
from rejoin.console.tables import table_page
from rejoin.domain.kernel import Refusal
from rejoin.followup.access import case_for, contact_of, note_for, step_of
from rejoin.followup.actions import acknowledge as acknowledge_note
from rejoin.followup.actions import (
    close_case,
    give_case,
    record_attempt,
    record_disposition,
    record_promise,
)
from rejoin.followup.actions import say as say_to_team
from rejoin.followup.models import Case
from rejoin.followup.staleness import Stale
from rejoin.followup.vocabulary import AttemptOutcome, FinalOutcome, SafetyResult
from rejoin.people.access import colleague
from rejoin.programs.rights import Right

Do = Callable[[Case, Any], object]
ON_A_CASE = (Right.FOLLOW_UP, Right.SUPERVISE)


@staff_page(*ON_A_CASE)
def cases(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Every case she may see."""
    return table_page(request, asking, CASES, template="console/cases.html")


@staff_page(*ON_A_CASE)
def case(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """One case. That it was read is on the trail."""
    found = case_of(asking, ref)
    record_read(
        f"case:{found.pk}", patient=found.patient_id, program=found.program_id, by=asking.by, at=asking.at
    )
    return TemplateResponse(request, "console/case.html", {"shown": present_case(asking, found)})


@staff_act(*ON_A_CASE)
def attempt(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Somebody tried."""

    def do(found: Case, form: Any) -> None:
        said = form.cleaned_data
        record_attempt(
            case=found,
            outcome=AttemptOutcome(said["outcome"]),
            channel=said["channel"],
            made_at=form.made_at,
            step=step_of(found, said["step"]),
            contact=contact_of(found, said["contact"]),
            seen=said["seen"],
            by=asking.by,
            at=asking.at,
        )

    return _act(request, asking, ref, "attempt", do, "The attempt is written down.")


@staff_act(*ON_A_CASE)
def promise(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """She said when she will be back."""

    def do(found: Case, form: Any) -> None:
        record_promise(
            case=found,
            promised_at=form.promised_at,
            seen=form.cleaned_data["seen"],
            by=asking.by,
            at=asking.at,
        )

    return _act(
        request, asking, ref, "promise", do, "Written down. If she is not back by then, somebody is told."
    )


@staff_act(*ON_A_CASE)
def finding(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """A clinician says how she is."""

    def do(found: Case, form: Any) -> None:
        record_disposition(
            case=found,
            clinician=asking.staff,
            result=SafetyResult(form.cleaned_data["result"]),
            instrument=form.cleaned_data["instrument"],
            seen=form.cleaned_data["seen"],
            by=asking.by,
            at=asking.at,
        )

    return _act(request, asking, ref, "finding", do, "The finding is signed.")


@staff_act(*ON_A_CASE)
def give(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Somebody else takes it over."""

    def do(found: Case, form: Any) -> None:
        owner = colleague(form.cleaned_data["owner"])
        give_case(case=found, owner=owner, seen=form.cleaned_data["seen"], by=asking.by, at=asking.at)

    return _act(request, asking, ref, "give", do, "Handed over.")


@staff_act(*ON_A_CASE)
def end(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """How it ended, by a person's word."""

    def do(found: Case, form: Any) -> None:
        outcome = FinalOutcome(form.cleaned_data["outcome"])
        close_case(case=found, outcome=outcome, seen=form.cleaned_data["seen"], by=asking.by, at=asking.at)

    return _act(request, asking, ref, "end", do, "The case has ended.")


@staff_act(*ON_A_CASE)
def say(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """A note in the thread. It always goes through."""

    def do(found: Case, form: Any) -> None:
        asks = colleague(form.cleaned_data["asks"]) if form.cleaned_data["asks"] else None
        say_to_team(case=found, words=form.cleaned_data["words"], asks=asks, by=asking.by, at=asking.at)

    return _act(request, asking, ref, "say", do, "Said to the team.")


@staff_act(*ON_A_CASE)
def acknowledge(request: HttpRequest, asking: Asking, ref: UUID, note_id: int, **_: Any) -> HttpResponse:
    """She has read what she was asked to read."""
    found = case_of(asking, ref)
    try:
        acknowledge_note(note=note_for(found, note_id), by=asking.by, at=asking.at)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        messages.error(request, refusal.message)
    return redirect("console:case", ref=ref)


def case_of(asking: Asking, ref: UUID) -> Case:
    """A case of a program in which she follows up, or answers for those who do."""
    found = case_for(asking.staff, ref, now=asking.at)
    if not any(asking.may(right, found.program_id) for right in ON_A_CASE):
        raise Refusal("not_found", "There is nothing here that you may see.")
    return found


def act_on_case(
    request: HttpRequest, asking: Asking, found: Case, name: str, do: Do, done: str
) -> HttpResponse:
    """Act, or show the case again with the form as it was sent: its words, what is wrong, and what changed."""
    form = make_form(name, asking, found, request.POST)
    if not form.is_valid():
        return _again(request, asking, found, name, form, status=422)
    try:
        do(found, form)
    except Stale as stale:
        return _again(request, asking, found, name, _with_latest(form, stale), stale=stale, status=409)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        form.add_error(None, refusal.message)
        return _again(request, asking, found, name, form, status=422)
    messages.success(request, f"{called(found)}: {done}")
    return redirect("console:case", ref=found.ref)


def _act(request: HttpRequest, asking: Asking, ref: UUID, name: str, do: Do, done: str) -> HttpResponse:
    return act_on_case(request, asking, case_of(asking, ref), name, do, done)


def _with_latest(form: forms.Form, stale: Stale) -> forms.Form:
    """The same words, and the case as it is now: sent again, they go through."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["seen"] = str(stale.version)  # type: ignore[index]
    return form


def _again(
    request: HttpRequest,
    asking: Asking,
    found: Case,
    name: str,
    form: forms.Form,
    *,
    stale: Stale | None = None,
    status: int,
) -> HttpResponse:
    fresh = case_of(asking, found.ref)
    shown = present_case(asking, fresh, sent=(name, form), changes=stale.changes if stale else ())
    return TemplateResponse(request, "console/case.html", {"shown": shown}, status=status)
