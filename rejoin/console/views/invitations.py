"""Somebody around a patient is invited to a sign-in of their own, from her chart."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.common.afterwards import afterwards
from rejoin.common.seeing import seen_by_staff
from rejoin.console.door import Asking, staff_act
from rejoin.console.present.patients_family import places_now
from rejoin.console.present.patients_history import programs_of_patient
from rejoin.console.present.patients_page import present_patient
from rejoin.console.views.patients import back_to_chart
from rejoin.domain.kernel import Refusal
from rejoin.outreach.channels.choose import channels_in_force
from rejoin.outreach.inviting_family import send_to_relative
from rejoin.people.access import contact_of, patient_for
from rejoin.people.models import Contact, Patient
from rejoin.programs.models import Program
from rejoin.programs.rights import Right


@staff_act(Right.CARE)
def invite(request: HttpRequest, asking: Asking, ref: UUID, contact_id: int, **_: Any) -> HttpResponse:
    """By e-mail, once it is seen that she may: accounts and letters are outside of the door."""
    found = patient_for(asking.staff, ref, asking.at)
    program = _program_of(asking, found)
    whom = contact_of(found, str(contact_id))
    answer = back_to_chart(ref, f"invite-{whom.pk}")
    return afterwards(answer, lambda it: _send(request, asking, whom, program, it))


def _program_of(asking: Asking, patient: Patient) -> Program:
    """Whose letter it is: a program of the patient's in whose care she works, one with a place of hers first."""
    hers = {each.pk: each for each in asking.programs if asking.may(Right.CARE, each.pk)}
    for each in (*places_now(patient.pk), *programs_of_patient(patient.pk)):
        if each in hers:
            return hers[each]
    raise Http404


def _send(
    request: HttpRequest, asking: Asking, whom: Contact, program: Program, answer: HttpResponse
) -> None:
    """What is refused is said beside the one it is about, on the chart as it is now."""
    channels = channels_in_force(settings.CHANNEL_SETTINGS)
    try:
        send_to_relative(contact=whom, program=program, channels=channels, by=asking.by, at=asking.at)
    except Refusal as refusal:
        with seen_by_staff(asking.staff.pk):
            shown = present_patient(asking, whom.patient, uninvited=(whom.pk, refusal.message))
            page = TemplateResponse(request, "console/patient.html", {"shown": shown}).render()
        answer.content, answer.status_code = page.content, 422
        del answer["Location"]
    else:
        messages.success(request, "The invitation is sent. Its link works once, until three days from now.")
