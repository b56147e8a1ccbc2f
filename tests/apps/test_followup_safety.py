"""Where she is today, who may be told, and what people recorded for her safety. Nothing of it happens by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rejoin.attendance.actions import record_check_in, record_whereabouts
from rejoin.attendance.models import CheckIn
from rejoin.common.actors import ENGINE, Actor, patient_actor, staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.domain.safety import Procedure, SafetyStep, StepResult
from rejoin.followup.actions import record_attempt, record_disclosure, record_disposition, record_safety_step
from rejoin.followup.models import Case, Disposition, EmergencyDisclosure, SafetyRecord
from rejoin.followup.safety import (
    NumberFor,
    SafetyContact,
    contacts_for_safety,
    location_of,
    procedure_of_case,
)
from rejoin.followup.staleness import Stale, version_of
from rejoin.followup.vocabulary import AttemptOutcome, DisclosureBasis, SafetyResult
from rejoin.people.actions import close_to_family, open_to_family
from rejoin.people.models import Contact, Licence, Patient
from rejoin.people.vocabulary import WhyClosed
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db
AN_HOUR_ON = START + minutes(62)
DAY = timedelta(days=1)


def miss(scene: Scene, *, flagged: bool = False) -> Case:
    ada = scene.admit("ada")
    if flagged:
        scene.flag(ada, "high_risk")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(61))
    return scene.case(ada)


def herself(patient: Patient, at: datetime) -> dict[str, Any]:
    return {"by": patient_actor(patient.pk), "at": at}


# Where she is


def test_todays_place_is_the_latest_she_said_today_with_its_age() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    seat = scene.session(ada).seats.get()
    record_check_in(seat=seat, state="ny", place="12 Elm Street, Albany", **herself(ada, START))
    record_check_in(
        seat=seat,
        state="NY",
        place="At her sister's, 4 Oak Road, Troy",
        call_back="555-0177",
        alone=False,
        driving=False,
        contact_right=True,
        **herself(ada, START + minutes(30)),
    )
    where = location_of(ada, START + minutes(90))
    assert where.is_known
    assert where.today is not None
    assert (where.today.place, where.today.age) == ("At her sister's, 4 Oak Road, Troy", minutes(60))
    assert (where.today.call_back, where.today.alone, where.today.driving, where.today.contact_right) == (
        "555-0177",
        False,
        False,
        True,
    )
    assert where.today.written_by == ""


@pytest.mark.parametrize("hours", [7, 24, 24 * 30])
def test_a_place_of_another_day_is_never_todays_and_is_told_with_its_day(hours: int) -> None:
    """Her own day ends at midnight where she is, three hours after the program's."""
    scene = Scene()
    ada = scene.admit("ada", timezone="America/Los_Angeles")
    said_at = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)  # 18:00 on the 7th, where she is
    record_whereabouts(patient=ada, place="12 Elm Street", **herself(ada, said_at))
    where = location_of(ada, said_at + timedelta(hours=hours))
    assert where.today is None
    assert not where.is_known
    assert where.earlier is not None
    assert (where.earlier.place, f"{where.earlier.on}") == ("12 Elm Street", "2026-10-07")
    late = location_of(ada, said_at + timedelta(hours=5))
    assert late.is_known


def test_where_nobody_asked_nobody_knows() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    where = location_of(ada, START)
    assert (where.today, where.earlier, where.is_known) == (None, None, False)
    record_check_in(seat=scene.session(ada).seats.get(), state="NY", **herself(ada, START))
    where = location_of(ada, START + minutes(1))
    assert where.today is not None
    assert (where.today.state, where.today.place, where.today.alone, where.is_known) == (
        "NY",
        "",
        None,
        False,
    )


def test_what_is_said_in_a_call_admits_her_to_nothing_and_names_whoever_wrote_it() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.session(ada)
    record_whereabouts(patient=ada, state="oh", place="Motel on Route 9", by=scene.as_ben(), at=START)
    where = location_of(ada, START)
    assert where.today is not None
    assert (where.today.state, where.today.written_by) == ("OH", scene.ben.name)
    assert CheckIn.objects.get().seat is None
    assert CheckIn.objects.get().licensed is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "a_check_in_says_where"),
        ({"place": "x", "call_back": "my cell"}, "check_in.call_back"),
        ({"state": "New York"}, "does_not_fit"),
    ],
)
def test_a_place_that_helps_nobody_is_refused(said: dict[str, Any], code: str) -> None:
    scene = Scene()
    with pytest.raises(Refusal) as refused:
        record_whereabouts(patient=scene.admit("ada"), by=scene.as_ben(), at=START, **said)
    assert refused.value.code == code


# Who may be told


def around(scene: Scene, relation: str = "emergency_contact", name: str = "Eli") -> tuple[Patient, Contact]:
    ada = Patient.objects.filter(name="ada").first() or scene.admit("ada")
    return ada, Contact.objects.create(
        patient=ada, relation=relation, name=name, phone="+15550188", email="eli@example.org"
    )


def only(patient: Patient, at: datetime = AN_HOUR_ON) -> SafetyContact:
    (found,) = contacts_for_safety(patient, at)
    return found


def test_whom_she_agreed_to_for_safety_may_be_told_and_called() -> None:
    scene = Scene()
    ada, eli = around(scene)
    consent = scene.consent(ada, "phone", contact=eli, purpose="safety")
    found = only(ada)
    assert (found.may_be_told, found.number, found.number_for) == (True, "+15550188", NumberFor.CALLING)
    assert found.for_what == ("that you are worried for her safety",)
    assert (found.consent_id, found.until, found.cite) == (consent.pk, None, "42 CFR 2.31")
    assert found.because == "She agreed on 7 September 2026, until she takes it back."
    assert found.email == ""


@pytest.mark.parametrize(
    ("relation", "purpose", "may"),
    [
        ("emergency_contact", "safety", True),
        ("emergency_contact", "attendance", True),
        ("guardian", "attendance", True),
        ("guardian", "scheduling", False),
        ("emergency_contact", "billing", False),
        ("supporter", "attendance", False),
        ("supporter", "safety", True),
        ("court", "attendance", False),
    ],
)
def test_a_consent_for_something_else_opens_no_number(relation: str, purpose: str, may: bool) -> None:
    scene = Scene()
    ada, eli = around(scene, relation)
    scene.consent(ada, "phone", contact=eli, purpose=purpose)
    found = only(ada)
    assert (found.may_be_told, found.number != "") == (may, may)


def test_without_a_word_of_hers_there_is_a_name_and_no_number() -> None:
    scene = Scene()
    ada, _ = around(scene)
    found = only(ada)
    assert (found.name, found.may_be_told, found.number, found.email, found.number_for) == (
        "Eli",
        False,
        "",
        "",
        None,
    )
    assert found.because == "She has not agreed that this person is told."


def test_what_she_took_back_and_what_ran_out_holds_no_longer() -> None:
    scene = Scene()
    ada, eli = around(scene)
    scene.consent(ada, "phone", contact=eli, purpose="safety")
    scene.consent(ada, "phone", contact=eli, purpose="safety", granted=False, at=START - 2 * DAY)
    found = only(ada)
    assert (found.may_be_told, found.because) == (False, "She took her agreement back on 5 October 2026.")
    assert only(ada, START - 3 * DAY).may_be_told
    other = Contact.objects.create(patient=ada, relation="supporter", name="Noor", phone="+15550189")
    ada.consents.create(
        contact=other,
        purpose="safety",
        channel="phone",
        granted=True,
        at=START - 9 * DAY,
        until_at=START - DAY,
        by="staff:1",
    )
    noor = contacts_for_safety(ada, AN_HOUR_ON)[1]
    assert (noor.may_be_told, noor.number, noor.because) == (
        False,
        "",
        "Her agreement ended on 6 October 2026.",
    )


def test_a_consent_to_letters_opens_no_telephone_number() -> None:
    scene = Scene()
    ada, eli = around(scene)
    scene.consent(ada, "email", contact=eli, purpose="safety")
    found = only(ada)
    assert (found.may_be_told, found.number, found.email) == (True, "", "eli@example.org")


def test_whoever_it_was_closed_to_is_told_nothing_until_it_is_lifted_and_an_emergency_still_counts() -> None:
    scene = Scene()
    ada, eli = around(scene)
    scene.consent(ada, "phone", contact=eli, purpose="safety")
    ben: dict[str, Any] = {"by": staff_actor(scene.ben.pk)}
    close_to_family(contact=eli, why=WhyClosed.SHE_ASKS, by=patient_actor(ada.pk), at=START)
    found = only(ada)
    assert (found.may_be_told, found.number, found.for_what) == (False, "", ())
    assert found.because == "It is on record that this person is told nothing."
    assert only(ada, START - minutes(1)).may_be_told
    disclose(scene, ada, told_at=AN_HOUR_ON)
    found = only(ada)
    assert (found.may_be_told, found.number_for) == (False, NumberFor.MEDICAL_PERSONNEL)
    assert (found.number, found.cite) == ("+15550188", "42 CFR 2.51")
    open_to_family(contact=eli, at=AN_HOUR_ON, **ben)
    assert only(ada).may_be_told


def test_a_retired_contact_is_no_longer_there_and_emergency_contacts_come_first() -> None:
    scene = Scene()
    ada, _ = around(scene, "guardian", "Bob")
    around(scene, "emergency_contact", "Eli")
    Contact.objects.create(
        patient=ada, relation="supporter", name="Old", retired_at=START, retired_by="staff:1"
    )
    assert [each.name for each in contacts_for_safety(ada, AN_HOUR_ON)] == ["Eli", "Bob"]


def test_contacts_are_read_in_as_many_queries_however_many_they_are() -> None:
    scene = Scene()
    ada, _ = around(scene)
    with CaptureQueriesContext(connection) as once:
        contacts_for_safety(ada, AN_HOUR_ON)
    for name in "abcdef":
        around(scene, "supporter", name)
    with CaptureQueriesContext(connection) as more:
        contacts_for_safety(ada, AN_HOUR_ON)
    assert len(more) == len(once) == 4


# An emergency


def disclose(scene: Scene, patient: Patient, **asked: Any) -> EmergencyDisclosure:
    given: dict[str, Any] = {
        "basis": DisclosureBasis.MEDICAL_EMERGENCY,
        "recipient": "A medic",
        "affiliation": "County EMS",
        "nature": "Found unresponsive in the session",
        "by": scene.as_ben(),
        "at": AN_HOUR_ON,
        **asked,
    }
    return record_disclosure(patient=patient, program=scene.program, **given)


def test_in_a_medical_emergency_the_number_is_for_medical_personnel_and_for_a_day() -> None:
    scene = Scene()
    ada, _ = around(scene)
    made = disclose(scene, ada, told_at=AN_HOUR_ON - minutes(5))
    assert (made.recipient, made.affiliation, made.by, made.told_at, made.at) == (
        "A medic",
        "County EMS",
        str(scene.as_ben()),
        AN_HOUR_ON - minutes(5),
        AN_HOUR_ON,
    )
    found = only(ada, AN_HOUR_ON + minutes(1))
    assert (found.may_be_told, found.number, found.number_for) == (
        False,
        "+15550188",
        NumberFor.MEDICAL_PERSONNEL,
    )
    assert "for nobody else" in found.because
    assert found.cite == "42 CFR 2.51"
    assert only(ada, AN_HOUR_ON + DAY).number == ""


def test_where_part_2_binds_nobody_but_medical_personnel_is_told() -> None:
    scene = Scene()
    ada, eli = around(scene)
    with pytest.raises(Refusal) as refused:
        disclose(scene, ada, basis=DisclosureBasis.SERIOUS_THREAT, contact=eli)
    assert refused.value.code == "disclosure.part2"
    with pytest.raises(Refusal) as refused:
        disclose(scene, ada, contact=eli)
    assert refused.value.code == "disclosure.medical"


def test_where_part_2_does_not_bind_a_serious_threat_opens_the_number_of_whoever_is_told() -> None:
    scene = Scene()
    scene.program.part2 = False
    scene.program.save()
    ada, eli = around(scene)
    around(scene, "guardian", "Bob")
    disclose(
        scene,
        ada,
        basis=DisclosureBasis.SERIOUS_THREAT,
        contact=eli,
        recipient="Eli",
        affiliation="her brother",
    )
    told, other = contacts_for_safety(ada, AN_HOUR_ON)
    assert (told.may_be_told, told.number_for, told.cite) == (True, NumberFor.CALLING, "45 CFR 164.512(j)")
    assert told.because.startswith("She has not agreed. They were told")
    assert (other.may_be_told, other.number) == (False, "")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"recipient": " "}, "disclosure.recipient"),
        ({"affiliation": ""}, "disclosure.affiliation"),
        ({"nature": ""}, "disclosure.nature"),
        ({"told_at": AN_HOUR_ON + minutes(1)}, "disclosure.time"),
        ({"told_at": AN_HOUR_ON - 8 * DAY}, "disclosure.time"),
        ({"by": ENGINE}, "person"),
    ],
)
def test_a_disclosure_says_all_that_the_rule_asks_for(asked: dict[str, Any], code: str) -> None:
    scene = Scene()
    with pytest.raises(Refusal) as refused:
        disclose(scene, scene.admit("ada"), **asked)
    assert refused.value.code == code
    assert not EmergencyDisclosure.objects.exists()


def test_a_disclosure_is_of_her_and_by_her_care_team() -> None:
    scene, other = Scene(), Scene(slug="morning")
    case = miss(scene)
    eve = scene.admit("eve")
    _, hers = around(scene)
    scene.program.part2 = False
    scene.program.save()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("safety.care", {"by": staff_actor(scene.hire("bill", "billing").pk)}),
        ("safety.care", {"by": other.as_ben()}),
        ("disclosure.contact", {"contact": hers, "basis": DisclosureBasis.SERIOUS_THREAT}),
        ("disclosure.case", {"case": case}),
    ]
    for code, asked in wrong:
        with pytest.raises(Refusal) as refused:
            disclose(scene, eve, **asked)
        assert refused.value.code == code


def test_a_disclosure_goes_through_however_old_the_page_is_and_is_a_change_to_the_others() -> None:
    scene = Scene()
    case = miss(scene)
    seen = version_of(case)
    record_attempt(case=case, outcome=AttemptOutcome.NO_ANSWER, by=scene.as_ben(), at=AN_HOUR_ON)
    disclose(scene, case.patient, case=case)
    with pytest.raises(Stale, match="emergency disclosure"):
        record_attempt(
            case=case, outcome=AttemptOutcome.NO_ANSWER, seen=seen, by=scene.as_ben(), at=AN_HOUR_ON
        )


# Steps that people take


def step_of(case: Case, step: SafetyStep, result: StepResult, by: Actor, **asked: Any) -> SafetyRecord:
    return record_safety_step(case=case, step=step, result=result, by=by, **{"at": AN_HOUR_ON, **asked})


def test_the_procedure_shows_what_was_recorded_of_each_step_every_time() -> None:
    scene = Scene()
    case = miss(scene)
    for minute, result in enumerate((StepResult.NOT_REACHED, StepResult.REACHED_SAFE)):
        step_of(
            case,
            SafetyStep.CALL_PATIENT,
            result,
            scene.as_ben(),
            at=AN_HOUR_ON + minutes(minute),
            words="Rang long",
        )
    steps = procedure_of_case(case, Procedure.WELFARE_CHECK)
    called = next(each for each in steps if each.rule.step is SafetyStep.CALL_PATIENT)
    assert [(each.result, each.by, each.words) for each in called.recorded] == [
        ("not_reached", scene.ben.name, "Rang long"),
        ("reached_safe", scene.ben.name, "Rang long"),
    ]
    assert all(each.recorded == () for each in steps if each is not called)


@pytest.mark.parametrize(
    ("step", "result", "words", "code"),
    [
        (SafetyStep.CALL_PATIENT, StepResult.REQUESTED, "x", "safety.result"),
        (SafetyStep.OPEN_PLAN, StepResult.NOT_DONE, " ", "safety.words"),
        (SafetyStep.REQUEST_WELFARE_CHECK, StepResult.REQUESTED, "", "safety.words"),
        (SafetyStep.WRITE_DISPOSITION, StepResult.DONE, "", "safety.disposition"),
    ],
)
def test_a_step_comes_out_as_it_can_and_in_words_where_they_are_needed(
    step: SafetyStep, result: StepResult, words: str, code: str
) -> None:
    scene = Scene()
    with pytest.raises(Refusal) as refused:
        step_of(miss(scene), step, result, scene.as_ben(), words=words)
    assert refused.value.code == code
    assert not SafetyRecord.objects.exists()


def test_a_welfare_check_is_recorded_by_a_licensed_clinician_and_nobody_else() -> None:
    scene = Scene()
    case = miss(scene)

    def decide(by: Actor, words: str) -> SafetyRecord:
        return step_of(case, SafetyStep.DECIDE_WELFARE_CHECK, StepResult.REQUESTED, by, words=words)

    with pytest.raises(Refusal) as refused:
        decide(staff_actor(scene.coordinator.pk), "Nobody has seen her")
    assert refused.value.code == "safety.licence"
    Licence.objects.filter(staff=scene.ben).delete()
    with pytest.raises(Refusal) as refused:
        decide(scene.as_ben(), "Nobody has seen her")
    assert refused.value.code == "safety.licence"
    written = decide(staff_actor(scene.supervisor.pk), "Nobody has seen her since Monday")
    assert written.by == f"staff:{scene.supervisor.pk}"


def test_whoever_has_no_care_of_her_and_no_machine_records_a_step() -> None:
    scene = Scene()
    case = miss(scene)
    for by, code in ((ENGINE, "person"), (staff_actor(scene.hire("bill", "billing").pk), "safety.care")):
        with pytest.raises(Refusal) as refused:
            step_of(case, SafetyStep.CONFIRM_PLACE, StepResult.NOT_KNOWN, by)
        assert refused.value.code == code


def test_the_finding_is_signed_on_the_case_before_its_step_is_done() -> None:
    scene = Scene()
    case = miss(scene)
    record_disposition(
        case=case, clinician=scene.ben, result=SafetyResult.SAFE, by=scene.as_ben(), at=AN_HOUR_ON
    )
    assert step_of(case, SafetyStep.WRITE_DISPOSITION, StepResult.DONE, scene.as_ben()).result == "done"


def test_a_step_on_an_older_page_is_told_what_changed() -> None:
    scene = Scene()
    case = miss(scene)
    seen = version_of(case)
    step_of(case, SafetyStep.INFORM_SUPERVISOR, StepResult.DONE, scene.as_ben(), seen=seen)
    with pytest.raises(Stale, match="safety step: inform supervisor"):
        step_of(
            case, SafetyStep.CONFIRM_PLACE, StepResult.NOT_KNOWN, staff_actor(scene.coordinator.pk), seen=seen
        )


# Nothing of it is automatic


def test_an_elevated_miss_that_nobody_answers_runs_for_days_and_the_engine_records_and_requests_nothing() -> (
    None
):
    scene = Scene()
    case = miss(scene, flagged=True)
    Contact.objects.create(patient=case.patient, relation="emergency_contact", name="Eli", phone="+15550188")
    for hours in (2, 3, 5, 12, 26, 50, 100, 24 * 20):
        scene.run(START + timedelta(hours=hours))
    assert scene.case(case.patient).elevated
    assert not SafetyRecord.objects.exists()
    assert not EmergencyDisclosure.objects.exists()
    assert not Disposition.objects.exists()
    assert {each.to for each in scene.sms.sent} == {"+15550100"}
    assert scene.case(case.patient).state == "open"
