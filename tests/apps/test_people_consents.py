"""What patients allow at an instant, worked out from what was said and when."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rejoin.common.actors import COMMAND
from rejoin.domain.consent import About
from rejoin.domain.policy.document import Recipient
from rejoin.domain.policy.ladder import may_use
from rejoin.people.actions import (
    add_contact,
    record_consent,
    record_guardian_word,
    record_stop,
    retire_contact,
)
from rejoin.people.consents import Said, consents_of, permission_turns
from rejoin.people.models import Contact, Patient
from rejoin.people.vocabulary import Purpose, Relation
from tests.apps.town import DAY, HOUR, NOW, a_patient

pytestmark = pytest.mark.django_db


def allows(
    patient: Patient, channel: str, *, to: Recipient = Recipient.PATIENT, at: datetime = NOW + DAY
) -> bool:
    return may_use(channel, to=to, consents=consents_of([patient.pk], at)[patient.pk])


def say(patient: Patient, channel: str, granted: bool, at: datetime, **columns: Any) -> None:
    record_consent(patient=patient, channel=channel, granted=granted, by=COMMAND, at=at, **columns)


def guardian(patient: Patient, relation: Relation = Relation.GUARDIAN) -> Contact:
    """Somebody around her; a guardian who has signed for all that she could be told of."""
    made = add_contact(patient=patient, relation=relation, name="Grace", by=COMMAND, at=NOW)
    if relation is Relation.GUARDIAN:
        for about in About:
            record_guardian_word(guardian=made, contact=made, about=about, granted=True, by=COMMAND, at=NOW)
    return made


def test_silence_is_no_for_texts_and_yes_for_calls() -> None:
    ada = a_patient()
    assert not allows(ada, "sms")
    assert allows(ada, "phone")
    assert not allows(ada, "phone", to=Recipient.GUARDIAN)


def test_the_latest_word_holds() -> None:
    ada = a_patient()
    say(ada, "sms", True, NOW)
    say(ada, "sms", False, NOW + HOUR)
    assert not allows(ada, "sms")
    say(ada, "sms", True, NOW + 2 * HOUR)
    assert allows(ada, "sms")


def test_a_no_of_the_same_instant_outweighs_a_yes() -> None:
    ada = a_patient()
    say(ada, "sms", False, NOW)
    say(ada, "sms", True, NOW)
    assert not allows(ada, "sms")


def test_a_stop_ends_one_channel_and_no_other() -> None:
    ada = a_patient()
    say(ada, "sms", True, NOW)
    say(ada, "push", True, NOW)
    record_stop(patient=ada, by=COMMAND, at=NOW + HOUR)
    assert not allows(ada, "sms")
    assert allows(ada, "push")
    assert allows(ada, "phone")


def test_what_is_said_later_is_not_known_yet() -> None:
    ada = a_patient()
    say(ada, "sms", True, NOW + 2 * HOUR)
    assert not allows(ada, "sms", at=NOW + HOUR)


def test_a_grant_that_ran_out_is_as_not_granted() -> None:
    ada = a_patient()
    say(ada, "sms", True, NOW, until_at=NOW + HOUR)
    assert allows(ada, "sms", at=NOW + timedelta(minutes=59))
    assert not allows(ada, "sms", at=NOW + HOUR)


def test_a_grant_renewed_as_it_runs_out_stands() -> None:
    ada = a_patient()
    say(ada, "sms", True, NOW, until_at=NOW + HOUR)
    say(ada, "sms", True, NOW + HOUR)
    assert allows(ada, "sms")


@pytest.mark.parametrize(
    ("relation", "purpose", "to", "enough"),
    [
        (Relation.GUARDIAN, Purpose.ATTENDANCE, Recipient.GUARDIAN, True),
        (Relation.GUARDIAN, Purpose.SCHEDULING, Recipient.GUARDIAN, True),
        (Relation.GUARDIAN, Purpose.SAFETY, Recipient.GUARDIAN, False),
        (Relation.GUARDIAN, Purpose.BILLING, Recipient.GUARDIAN, False),
        (Relation.EMERGENCY_CONTACT, Purpose.SAFETY, Recipient.EMERGENCY_CONTACT, True),
        (Relation.EMERGENCY_CONTACT, Purpose.ATTENDANCE, Recipient.EMERGENCY_CONTACT, True),
        (Relation.EMERGENCY_CONTACT, Purpose.SCHEDULING, Recipient.EMERGENCY_CONTACT, False),
        (Relation.SUPPORTER, Purpose.ATTENDANCE, Recipient.GUARDIAN, False),
    ],
)
def test_others_are_told_only_for_a_purpose_that_covers_it(
    relation: Relation, purpose: Purpose, to: Recipient, enough: bool
) -> None:
    ada = a_patient()
    say(ada, "phone", True, NOW, contact=guardian(ada, relation), purpose=purpose)
    assert allows(ada, "phone", to=to) is enough


def test_one_guardian_who_may_be_told_is_enough_and_each_speaks_for_one() -> None:
    ada = a_patient()
    mother, father = guardian(ada), guardian(ada)
    say(ada, "phone", True, NOW, contact=mother, purpose=Purpose.ATTENDANCE)
    say(ada, "phone", False, NOW + HOUR, contact=father, purpose=Purpose.ATTENDANCE)
    assert allows(ada, "phone", to=Recipient.GUARDIAN)
    say(ada, "phone", False, NOW + 2 * HOUR, contact=mother, purpose=Purpose.ATTENDANCE)
    assert not allows(ada, "phone", to=Recipient.GUARDIAN)


def test_a_retired_contact_is_told_nothing() -> None:
    ada = a_patient()
    mother = guardian(ada)
    say(ada, "phone", True, NOW, contact=mother, purpose=Purpose.ATTENDANCE)
    retire_contact(contact=mother, by=COMMAND, at=NOW + HOUR)
    assert allows(ada, "phone", to=Recipient.GUARDIAN, at=NOW + timedelta(minutes=30))
    assert not allows(ada, "phone", to=Recipient.GUARDIAN)


def test_a_step_taken_earlier_can_be_judged_by_what_stood_then() -> None:
    said = [
        Said(NOW, True, NOW + 3 * HOUR, None, "messages"),
        Said(NOW + HOUR, False, None, None, "messages"),
        Said(NOW + 2 * HOUR, True, None, None, "messages"),
    ]
    assert permission_turns(said, NOW + DAY) == [(NOW, True), (NOW + HOUR, False), (NOW + 2 * HOUR, True)]


def test_many_patients_are_asked_for_in_one_query() -> None:
    patients = [a_patient(f"P{number}") for number in range(20)]
    for each in patients:
        say(each, "sms", True, NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = consents_of([each.pk for each in patients], NOW + DAY)
    assert len(queries) == 1
    assert all(len(found[each.pk]) == 1 for each in patients)


def test_who_said_nothing_has_an_empty_answer() -> None:
    ada = a_patient()
    assert consents_of([ada.pk], NOW) == {ada.pk: ()}
