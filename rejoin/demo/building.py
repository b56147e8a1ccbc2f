"""Bringing the town in: programs added, folders imported, and what no table holds done by the actions."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, TypedDict
from urllib.parse import urlsplit

from rejoin.common.actors import COMMAND, IMPORT, Actor
from rejoin.continuity.actions import follow_curriculum, say_unit
from rejoin.curricula.loading import shipped_courses
from rejoin.demo.days import THURSDAY
from rejoin.demo.folders import write_folder
from rejoin.demo.town import Group, Program, Town
from rejoin.domain.consent import About
from rejoin.domain.continuity import units_in_turn
from rejoin.operations.importing import import_folder
from rejoin.operations.seating import extend_schedule
from rejoin.outreach.models import PushSubscription
from rejoin.people.actions import add_contact, change_patient, record_consent, record_guardian_word
from rejoin.people.models import Patient, Staff
from rejoin.people.vocabulary import Purpose, Relation
from rejoin.programs import models
from rejoin.programs.actions import add_program, assign_care_team
from rejoin.programs.vocabulary import Role

TOLD_OF: Final = {
    Relation.GUARDIAN.value: Purpose.ATTENDANCE,
    Relation.EMERGENCY_CONTACT.value: Purpose.SAFETY,
}
FOLLOWS: Final = {"Blue": "staying-on-course", "Cedar": "finding-your-footing"}
"""By group, which curriculum it follows: its sessions are of the units in turn, whatever they are called."""
TAUGHT_AHEAD: Final = timedelta(weeks=4)
SEATED_AHEAD: Final = timedelta(weeks=1)
"""What goes on after the story is there from the beginning; every night there is more of it (`showing`)."""
TIMEOUT_SECONDS: Final = 10


class Signed(TypedDict):
    """Who does it, and when."""

    by: Actor
    at: datetime


def build_town(town: Town, folders: Path, *, push_service: str, at: datetime) -> None:
    """Everything that is there before the story begins. `push_service` is where browsers subscribe."""
    signed: Signed = {"by": COMMAND, "at": at}
    for program in town.programs:
        _bring_in(town, program, folders / program.slug, signed)
    patients = {patient.name: patient for patient in Patient.objects.all()}
    staff = {person.name: person for person in Staff.objects.all()}
    programs = {program.slug: program for program in models.Program.objects.all()}
    for group in town.groups:
        _assign(town, group, programs[group.program], patients, staff, signed)
    for name in sorted(town.spanish):
        change_patient(patient=patients[name], language="es", **signed)
    for name, curriculum in FOLLOWS.items():
        _teach(name, curriculum, ahead=bool(town.weekly), signed=signed)
    _add_people_around(town, patients, signed)
    youths = [patients[each] for group in town.groups if group.program == "meadow" for each in group.patients]
    _subscribe(youths, push_service, at)


def _bring_in(town: Town, program: Program, folder: Path, signed: Signed) -> None:
    write_folder(town, program, folder)
    made = add_program(
        slug=program.slug,
        name=program.name,
        neutral_name=program.neutral_name,
        call_back=program.call_back,
        timezone="America/New_York",
        part2=program.part2,
        **signed,
    )
    import_folder(path=folder, program=made, by=IMPORT, at=signed["at"])
    if town.weekly:
        extend_schedule(program=made, until=THURSDAY + SEATED_AHEAD, **signed)


def _assign(
    town: Town,
    group: Group,
    program: models.Program,
    patients: dict[str, Patient],
    staff: dict[str, Staff],
    signed: Signed,
) -> None:
    """Every patient of a group has its counselor, or whatever that person is called in its program."""
    role = Role(town.program(group.program).counselor_role)
    for name in group.patients:
        assign_care_team(
            patient=patients[name], program=program, staff=staff[group.counselor], role=role, **signed
        )


def _teach(name: str, curriculum: str, *, ahead: bool, signed: Signed) -> None:
    """The group follows it from its first session on; `ahead`: and in those of the weeks to come."""
    for group in models.Group.objects.filter(name=name).select_related("program"):
        course = shipped_courses()[curriculum]
        follow_curriculum(program=group.program, group=group, curriculum=curriculum, **signed)
        if ahead:
            extend_schedule(program=group.program, until=THURSDAY + TAUGHT_AHEAD, **signed)
        sessions = list(models.Session.objects.filter(group=group).order_by("starts_at"))
        turns = units_in_turn(course.curriculum, first=0, count=len(sessions))
        for session, (_, unit) in zip(sessions, turns, strict=True):
            say_unit(session=session, course=course, unit=unit.id, **signed)


def _add_people_around(town: Town, patients: dict[str, Patient], signed: Signed) -> None:
    """Guardians and emergency contacts; nobody is told anything without a consent that names them."""
    for number, each in enumerate(town.around):
        patient = patients[each.patient]
        contact = add_contact(
            patient=patient,
            relation=Relation(each.relation),
            name=each.name,
            phone=f"+1646555{number + 100:04d}",
            language=each.language,
            **signed,
        )
        if each.agreed:
            purpose = TOLD_OF[each.relation]
            record_consent(
                patient=patient, channel="phone", granted=True, contact=contact, purpose=purpose, **signed
            )
        if each.agreed and each.relation == Relation.GUARDIAN.value:
            record_guardian_word(
                guardian=contact, contact=contact, about=About(purpose.value), granted=True, **signed
            )


def _subscribe(patients: Iterable[Patient], push_service: str, at: datetime) -> None:
    """A browser for each, as she would have turned notices on in it (`outreach.subscribing`)."""
    for patient in patients:
        subscription = _new_browser(push_service)
        PushSubscription.objects.create(
            patient=patient, endpoint=subscription["endpoint"], subscription=subscription, made_at=at
        )


def _new_browser(push_service: str) -> dict[str, Any]:
    parts = urlsplit(push_service)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/_control/subscriptions")
        made: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return made
