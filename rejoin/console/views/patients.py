"""Patients: all of them in a list, and each on a page with what people write down of her."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.attendance.actions import record_notice, record_whereabouts
from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.patients import HERSELF
from rejoin.console.present.patients_family import still_closed
from rejoin.console.present.patients_list import PATIENTS, patients_scope
from rejoin.console.present.patients_page import make_form, may_care_for, present_patient
from rejoin.console.tables import table_page
from rejoin.domain.consent import About
from rejoin.domain.kernel import Refusal
from rejoin.makeups.actions import record_free_time
from rejoin.people.access import address_of, contact_ever_of, contact_of, flag_of, patient_for
from rejoin.people.actions import (
    add_address,
    add_contact,
    change_patient,
    close_to_family,
    open_to_family,
    raise_flag,
    record_birth_date,
    record_consent,
    record_guardian_word,
)
from rejoin.people.actions import end_flag as end_the_flag
from rejoin.people.actions import retire_address as retire_the_address
from rejoin.people.actions import retire_contact as retire_the_contact
from rejoin.people.models import Patient
from rejoin.people.staleness import ReachStale
from rejoin.people.vocabulary import AddressKind, Purpose, Relation
from rejoin.programs.access import seat_of
from rejoin.programs.rights import Right

SEES = (Right.CARE, Right.FOLLOW_UP, Right.ATTEST, Right.SUPERVISE)
Do = Callable[[Patient, Any], object]
PARTS: Final = {
    "address": "addresses",
    "hours": "coming",
    "whom": "coming",
    **dict.fromkeys(("birth", "signed", "closing"), "family"),
}
"""Where on the chart a form is; otherwise its name with an "s"."""


@staff_page(*SEES)
def patients(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Everybody she may see."""
    return table_page(
        request, asking, PATIENTS, template="console/patients.html", scope=patients_scope(asking)
    )


@staff_page(*SEES)
def patient(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """One patient's chart. That it was read is on the trail."""
    found = patient_for(asking.staff, ref, asking.at)
    shown = present_patient(asking, found, whom=request.GET.get("whom", ""))
    return TemplateResponse(request, "console/patient.html", {"shown": shown})


@staff_act(Right.CARE)
def notice(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """She said that she cannot come, or why she did not."""

    def do(found: Patient, form: Any) -> None:
        said = form.cleaned_data
        record_notice(
            seat=seat_of(found, int(said["seat"])),
            received_at=form.received_at,
            reason=said["reason"],
            via=said["via"],
            by=asking.by,
            at=asking.at,
        )

    return _act(request, asking, ref, "notice", do, "The notice is written down.")


@staff_act(Right.CARE)
def flag(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Say what staff must know when she is missing."""

    def do(found: Patient, form: Any) -> None:
        raise_flag(patient=found, code=form.said, by=asking.by, at=asking.at)

    return _act(request, asking, ref, "flag", do, "The flag is raised.")


@staff_act(Right.CARE)
def end_flag(request: HttpRequest, asking: Asking, ref: UUID, flag_id: int, **_: Any) -> HttpResponse:
    """It no longer holds."""

    def do(found: Patient) -> None:
        end_the_flag(flag=flag_of(found, flag_id), by=asking.by, at=asking.at)

    return _end(request, asking, ref, do, "The flag is ended.", part="flags")


@staff_act(Right.CARE)
def address(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """A number or an e-mail address of hers. What goes there is another question: what she allows."""

    def do(found: Patient, form: Any) -> None:
        said = form.cleaned_data
        add_address(
            patient=found,
            kind=AddressKind(said["kind"]),
            value=said["value"],
            seen=form.seen,
            by=asking.by,
            at=asking.at,
        )

    done = "Added. It is tried after those she has, for what she allows."
    return _act(request, asking, ref, "address", do, done)


@staff_act(Right.CARE)
def retire_address(
    request: HttpRequest, asking: Asking, ref: UUID, address_id: int, **_: Any
) -> HttpResponse:
    """No longer hers, or no longer right."""

    def do(found: Patient) -> None:
        retire_the_address(address=address_of(found, address_id), by=asking.by, at=asking.at)

    return _end(request, asking, ref, do, "Nothing goes there any more.", part="addresses")


@staff_act(Right.CARE)
def contact(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Somebody around her. Nobody is told anything before she allows it."""

    def do(found: Patient, form: Any) -> None:
        said = form.cleaned_data
        add_contact(
            patient=found,
            relation=Relation(said["relation"]),
            name=said["name"],
            phone=said["phone"],
            email=said["email"],
            language=said["language"],
            seen=form.seen,
            by=asking.by,
            at=asking.at,
        )

    return _act(
        request,
        asking,
        ref,
        "contact",
        do,
        "Added. They are told nothing before she allows it: record that next.",
    )


@staff_act(Right.CARE)
def retire_contact(
    request: HttpRequest, asking: Asking, ref: UUID, contact_id: int, **_: Any
) -> HttpResponse:
    """No longer around her: told nothing any more, whatever she allowed."""

    def do(found: Patient) -> None:
        retire_the_contact(contact=contact_ever_of(found, contact_id), by=asking.by, at=asking.at)

    return _end(request, asking, ref, do, "Taken off. They are told nothing any more.", part="contacts")


@staff_act(Right.CARE)
def consent(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """What she allows, or no longer does."""

    def do(found: Patient, form: Any) -> str:
        said = form.cleaned_data
        whom = None if said["whom"] == HERSELF else contact_of(found, said["whom"])
        record_consent(
            patient=found,
            contact=whom,
            channel=said["channel"],
            purpose=Purpose(said["purpose"]),
            granted=said["granted"] == "yes",
            until_at=form.until_at,
            source=said["source"],
            seen=form.seen,
            by=asking.by,
            at=asking.at,
        )
        return still_closed(whom, asking.at) if whom is not None and said["granted"] == "yes" else ""

    return _act(request, asking, ref, "consent", do, "What she allows is recorded, and holds from now on.")


@staff_act(Right.CARE)
def location(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Where she says she is today."""

    def do(found: Patient, form: Any) -> None:
        said = form.cleaned_data
        record_whereabouts(
            patient=found,
            state=said["state"],
            place=said["place"],
            call_back=said["call_back"],
            alone=form.answer("alone"),
            driving=form.answer("driving"),
            contact_right=form.answer("contact_right"),
            by=asking.by,
            at=asking.at,
        )

    return _act(request, asking, ref, "location", do, "Where she is today is written down.")


@staff_act(Right.CARE)
def hours(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """When she can come to make up for a session."""

    def do(found: Patient, form: Any) -> None:
        record_free_time(
            patient=found,
            windows=form.windows,
            prefers=form.preferred,
            from_on=form.cleaned_data["from_on"],
            by=asking.by,
            at=asking.at,
        )

    return _act(request, asking, ref, "hours", do, "When she can come is written down.")


@staff_act(Right.CARE)
def whom(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """What groups may ask of whoever comes to them."""

    def do(found: Patient, form: Any) -> None:
        change_patient(patient=found, by=asking.by, at=asking.at, **form.cleaned_data)

    return _act(
        request, asking, ref, "whom", do, "It is kept, and counts for what she is offered from now on."
    )


@staff_act(Right.CARE)
def birth(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """When she was born."""

    def do(found: Patient, form: Any) -> None:
        record_birth_date(patient=found, born_on=form.cleaned_data["born_on"], by=asking.by, at=asking.at)

    return _act(request, asking, ref, "birth", do, "It is written down, and counts from now on.")


@staff_act(Right.CARE)
def signed(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """What a guardian of hers signed, or took back."""

    def do(found: Patient, form: Any) -> str:
        said = form.cleaned_data
        whom = contact_of(found, said["whom"])
        record_guardian_word(
            guardian=contact_of(found, said["guardian"]),
            contact=whom,
            about=About(said["about"]),
            granted=said["granted"] == "yes",
            until_at=form.until_at,
            source=said["source"],
            by=asking.by,
            at=asking.at,
        )
        return still_closed(whom, asking.at) if said["granted"] == "yes" else ""

    return _act(request, asking, ref, "signed", do, "It is written down. Beside it, her own word counts.")


@staff_act(Right.CARE)
def closing(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Somebody around her is told nothing, whatever is signed; or that is lifted."""

    def do(found: Patient, form: Any) -> None:
        whom, why = contact_of(found, form.cleaned_data["whom"]), form.why
        if why is None:
            open_to_family(contact=whom, by=asking.by, at=asking.at)
        else:
            close_to_family(contact=whom, why=why, by=asking.by, at=asking.at)

    return _act(request, asking, ref, "closing", do, "It is recorded, and holds from now on.")


def _act(request: HttpRequest, asking: Asking, ref: UUID, name: str, do: Do, done: str) -> HttpResponse:
    """Do what the form `name` says. What is to be put right is shown with all that she entered.

    Told is `done`, or what doing it has to say in its place.
    """
    form: Any
    found = patient_for(asking.staff, ref, asking.at)
    if not may_care_for(asking, found):
        raise Http404
    form, status = make_form(asking, found, name, request.POST), HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            told = do(found, form)
        except ReachStale as stale:
            form.take_version(stale.version)
            form.add_error(None, stale.message)
            status = HTTPStatus.CONFLICT
        except Refusal as refusal:
            form.add_error(form.at_fault(refusal.code), refusal.message)
        else:
            messages.success(request, str(told or done))
            return back_to_chart(ref, PARTS.get(name, f"{name}s"))
    shown = present_patient(asking, found, sent=form)
    return TemplateResponse(request, "console/patient.html", {"shown": shown}, status=status)


def _end(
    request: HttpRequest, asking: Asking, ref: UUID, do: Callable[[Patient], None], done: str, *, part: str
) -> HttpResponse:
    """What no longer holds is ended by one button. Whoever comes second is told."""
    found = patient_for(asking.staff, ref, asking.at)
    if not may_care_for(asking, found):
        raise Http404
    try:
        do(found)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return back_to_chart(ref, part)


def back_to_chart(ref: UUID, part: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('console:patient', args=[ref])}#{part}", status=303)
