"""People taken in and changed: each write is somebody's, on record, and refused in plain words."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.http import Http404

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND, ENGINE, staff_actor, vendor_actor
from rejoin.domain.kernel import Refusal
from rejoin.people import actions
from rejoin.people.access import patient_for
from rejoin.people.addresses import normal_address
from rejoin.people.models import Address, Flag, Patient, Staff
from rejoin.people.vocabulary import AddressKind, Relation
from rejoin.programs.actions import end_role, enrol
from rejoin.programs.models import StaffRole
from tests.apps.town import DAY, HOUR, NOW, WHO, a_clinician, a_group, a_patient, a_program

pytestmark = pytest.mark.django_db


def test_a_patient_is_taken_in_with_one_event_and_no_name_in_it() -> None:
    ada = actions.add_patient(
        external_id=" P1 ", timezone="America/Denver", name="Ada", state="CO", language="es", **WHO
    )
    assert (ada.external_id, ada.name, ada.state, ada.language) == ("P1", "Ada", "CO", "es")
    event = Event.objects.get()
    assert (event.verb, event.subject, event.patient_ref) == (
        "people.add_patient",
        f"patient:{ada.pk}",
        ada.pk,
    )
    assert (event.by, event.at) == (str(COMMAND), NOW)


def test_a_patient_is_changed_and_what_is_not_named_stays() -> None:
    ada = a_patient()
    actions.change_patient(patient=ada, preferred_name="A.", may_leave_voicemail=True, **WHO)
    ada.refresh_from_db()
    assert (ada.name, ada.preferred_name, ada.may_leave_voicemail) == ("ada", "A.", True)
    assert Event.objects.filter(verb="people.change_patient").count() == 1


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"external_id": " "}, "patient.nameless"),
        ({"external_id": "ada"}, "people_patient_external_id_key"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"language": "fr"}, "language"),
        ({"state": "New York"}, "state"),
        ({"preferred_channel": "pigeon"}, "patient.channel"),
    ],
)
def test_a_patient_that_cannot_be_is_refused(columns: dict[str, str], code: str) -> None:
    a_patient()
    with pytest.raises(Refusal) as refused:
        actions.add_patient(**{"external_id": "P2", "timezone": "UTC", **columns, **WHO})
    assert refused.value.code == code
    assert Patient.objects.count() == 1


def test_what_does_not_fit_where_it_is_kept_is_refused_in_words() -> None:
    ada = a_patient()
    for name in ("x" * 201, "a\x00b"):
        with pytest.raises(Refusal, match="does not fit"):
            actions.change_patient(patient=ada, name=name, **WHO)
        with pytest.raises(Refusal, match="does not fit"):
            actions.add_patient(external_id="P2", timezone="UTC", name=name, **WHO)
        with pytest.raises(Refusal, match="does not fit"):
            actions.add_contact(patient=ada, relation=Relation.GUARDIAN, name=name, **WHO)


def test_addresses_are_compared_by_one_spelling_and_tried_in_order() -> None:
    ada = a_patient()
    first = actions.add_address(patient=ada, kind=AddressKind.PHONE, value="(202) 555-0101", **WHO)
    second = actions.add_address(patient=ada, kind=AddressKind.PHONE, value="+1 202 555 0102", **WHO)
    mail = actions.add_address(patient=ada, kind=AddressKind.EMAIL, value="Ada@Example.org", **WHO)
    assert (first.normal, second.normal, mail.normal) == ("+12025550101", "+12025550102", "ada@example.org")
    assert (first.rank, second.rank, mail.rank) == (0, 1, 0)
    with pytest.raises(Refusal, match="already has this address"):
        actions.add_address(patient=ada, kind=AddressKind.PHONE, value="202-555-0101", **WHO)


def test_a_retired_address_may_come_back_and_is_retired_once() -> None:
    ada = a_patient()
    address = actions.add_address(patient=ada, kind=AddressKind.EMAIL, value="a@b.org", **WHO)
    actions.retire_address(address=address, **WHO)
    with pytest.raises(Refusal, match="retired already"):
        actions.retire_address(address=address, **WHO)
    actions.add_address(patient=ada, kind=AddressKind.EMAIL, value="a@b.org", **WHO)
    assert Address.objects.filter(retired_at__isnull=True).count() == 1


@pytest.mark.parametrize(
    ("kind", "value"), [(AddressKind.PHONE, "ask her"), (AddressKind.EMAIL, "ada.example.org")]
)
def test_what_is_no_address_is_refused(kind: AddressKind, value: str) -> None:
    with pytest.raises(Refusal, match="This is not"):
        actions.add_address(patient=a_patient(), kind=kind, value=value, **WHO)


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("(202) 555-0101", "+12025550101"),
        ("202.555.0101 x3", "+12025550101"),
        ("+44 20 7946 0958", "+442079460958"),
        ("5550100 9988 7766 5544 33", "555010099887766554433"),
        ("12", "12"),
        ("***-***-0101", "***-***-0101"),
        ("Ask  Her", "ask her"),
    ],
)
def test_a_number_has_one_spelling_and_what_is_none_is_kept_as_it_is_written(text: str, spelt: str) -> None:
    assert normal_address("phone", text) == spelt


def test_a_contact_is_retired_once() -> None:
    grace = actions.add_contact(patient=a_patient(), relation=Relation.GUARDIAN, name="Grace", **WHO)
    actions.retire_contact(contact=grace, **WHO)
    with pytest.raises(Refusal, match="retired already"):
        actions.retire_contact(contact=grace, **WHO)


def test_a_consent_is_for_a_channel_we_use_and_for_her_own_contact() -> None:
    ada, eve = a_patient(), a_patient("eve")
    grace = actions.add_contact(patient=eve, relation=Relation.GUARDIAN, **WHO)
    with pytest.raises(Refusal, match="not a channel"):
        actions.record_consent(patient=ada, channel="pigeon", granted=True, **WHO)
    with pytest.raises(Refusal, match="another patient"):
        actions.record_consent(patient=ada, channel="phone", granted=True, contact=grace, **WHO)
    with pytest.raises(Refusal, match="cannot end before"):
        actions.record_consent(patient=ada, channel="phone", granted=True, until_at=NOW - HOUR, **WHO)


def test_flags_are_raised_and_ended_by_people_only() -> None:
    ada = a_patient()
    for machine in (ENGINE, vendor_actor("zoom")):
        with pytest.raises(Refusal, match="Only a person"):
            actions.raise_flag(patient=ada, code="high_risk", by=machine, at=NOW)
    flag = actions.raise_flag(patient=ada, code="high_risk", by=staff_actor(1), at=NOW)
    with pytest.raises(Refusal, match="already raised"):
        actions.raise_flag(patient=ada, code="high_risk", by=staff_actor(1), at=NOW)
    assert list(Patient.objects.all().flagged("high_risk")) == [ada]
    actions.end_flag(flag=flag, by=staff_actor(1), at=NOW + HOUR)
    with pytest.raises(Refusal, match="ended already"):
        actions.end_flag(flag=flag, by=staff_actor(1), at=NOW + HOUR)
    assert not Patient.objects.all().flagged("high_risk")
    assert Flag.objects.get().ended_by == "staff:1"


def test_licences_do_not_overlap_and_have_a_last_day() -> None:
    ben = actions.add_staff(name="ben", **WHO)
    licence = actions.grant_licence(staff=ben, state="ny", from_on=date(2026, 1, 1), **WHO)
    with pytest.raises(Refusal, match="already on record"):
        actions.grant_licence(staff=ben, state="NY", from_on=date(2026, 6, 1), **WHO)
    actions.end_licence(licence=licence, until_on=date(2026, 5, 31), **WHO)
    actions.grant_licence(staff=ben, state="NY", from_on=date(2026, 6, 1), **WHO)
    assert min(ben.licences.values_list("valid", flat=True)).upper == date(2026, 6, 1)


@pytest.mark.parametrize(
    "act",
    [
        lambda ben: actions.add_staff(name="ben", **WHO),
        lambda ben: actions.add_staff(name=" ", **WHO),
        lambda ben: actions.grant_licence(staff=ben, state="", **WHO),
        lambda ben: actions.grant_licence(
            staff=ben, state="NY", from_on=date(2026, 2, 1), until_on=date(2026, 1, 1), **WHO
        ),
        lambda ben: actions.end_licence(
            licence=actions.grant_licence(staff=ben, state="NY", from_on=date(2026, 2, 1), **WHO),
            until_on=date(2026, 1, 1),
            **WHO,
        ),
    ],
)
def test_staff_and_licences_that_cannot_be_are_refused(act: Callable[[Staff], Any]) -> None:
    ben = actions.add_staff(name="ben", **WHO)
    with pytest.raises(Refusal):
        act(ben)


def test_ben_opens_the_chart_of_his_patient_and_the_reading_is_on_record() -> None:
    program = a_program()
    ada, ben = a_patient(), a_clinician(program)
    enrol(patient=ada, program=program, group=a_group(program), **WHO)
    assert patient_for(ben, ada.ref, NOW) == ada
    assert patient_for(ben, str(ada.ref), NOW) == ada
    reading = Event.objects.filter(verb="people.read_chart")
    assert [(each.by, each.patient_ref) for each in reading] == [(f"staff:{ben.pk}", ada.pk)] * 2


def test_missing_and_forbidden_are_alike() -> None:
    program, other = a_program(), a_program("morning")
    ada, cleo = a_patient(), a_clinician(other, "cleo")
    enrol(patient=ada, program=program, group=a_group(program), **WHO)
    said = set()
    for ref in (ada.ref, "00000000-0000-4000-8000-000000000000", "nonsense"):
        with pytest.raises(Http404) as missing:
            patient_for(cleo, ref, NOW)
        said.add(str(missing.value))
    assert len(said) == 1
    assert not Event.objects.filter(verb="people.read_chart").exists()


def test_whoever_left_the_program_opens_nothing_more() -> None:
    program = a_program()
    ada, ben = a_patient(), a_clinician(program)
    enrol(patient=ada, program=program, **WHO)
    end_role(role=StaffRole.objects.get(staff=ben), by=COMMAND, at=NOW + HOUR)
    assert patient_for(ben, ada.ref, NOW + HOUR / 2) == ada
    with pytest.raises(Http404):
        patient_for(ben, ada.ref, NOW + DAY)
    with pytest.raises(Http404):
        patient_for(ben, ada.ref, NOW - DAY)
