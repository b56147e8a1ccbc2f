"""The safety page and the page of unmatched participants: people record, and nobody is matched by a name."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND
from rejoin.followup.models import Case, EmergencyDisclosure, SafetyRecord
from rejoin.followup.staleness import version_of
from rejoin.people.models import Contact
from rejoin.programs.actions import set_crisis_line
from rejoin.rooms.models import Identity, Stranger
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db


def missed(scene: Scene) -> Case:
    """A patient at risk who was missed half an hour ago."""
    patient = scene.admit("ada")
    scene.flag(patient, "high_risk")
    scene.watched(scene.session(patient))
    scene.run(START + minutes(30))
    return scene.case(patient)


def page(client: Client, name: str, **named: Any) -> str:
    answer = client.get(reverse(f"console:{name}", kwargs=named or None))
    assert answer.status_code == 200
    return answer.content.decode()


def record(client: Client, case: Case, **sent: Any) -> Any:
    address = reverse("console:case_record_safety", kwargs={"ref": case.ref})
    return client.post(address, {"seen": version_of(case), "procedure": "crisis", "words": "", **sent})


def a_contact(case: Case, relation: str = "emergency_contact") -> Contact:
    return Contact.objects.create(patient=case.patient, relation=relation, name="dora", phone="+15550177")


def test_it_says_that_nobody_knows_where_she_is_and_that_nothing_happens_by_itself() -> None:
    scene = Scene()
    case = missed(scene)
    told = page(client_of(scene.ben), "case_safety", ref=case.ref)
    assert "Nobody knows where she is today." in told
    assert "Nothing on this page happens by itself." in told
    assert Event.objects.filter(verb="people.read_chart", subject=f"case:{case.pk}").count() == 1


def test_a_crisis_line_of_the_program_is_beside_the_national_one_on_the_page_and_at_its_step() -> None:
    scene = Scene()
    case, client = missed(scene), client_of(scene.ben)
    told = page(client, "case_safety", ref=case.ref)
    assert "County line" not in told
    national = told.count('href="tel:988"')
    line = {"name": "County line", "number": "211", "hours": "Weekdays from 8 to 20"}
    set_crisis_line(program=scene.program, **line, by=COMMAND, at=START)
    told = page(client, "case_safety", ref=case.ref)
    assert "Of Evening" in told
    assert "County line. Weekdays from 8 to 20." in told
    assert (told.count('href="tel:988"'), told.count('href="tel:211"')) == (national, 2)


def test_a_number_is_shown_only_where_she_agreed_that_they_are_told() -> None:
    scene = Scene()
    case = missed(scene)
    dora = a_contact(case)
    client = client_of(scene.ben)
    told = page(client, "case_safety", ref=case.ref)
    assert "May not be told" in told
    assert "+15550177" not in told
    scene.consent(case.patient, "phone", contact=dora, purpose="safety")
    told = page(client, "case_safety", ref=case.ref)
    assert "May be told" in told
    assert "+15550177" in told


def test_a_step_is_recorded_by_a_person_with_its_words() -> None:
    scene = Scene()
    case = missed(scene)
    answer = record(
        client_of(scene.ben), case, step="call_patient", result="reached_concern", words="She cried."
    )
    assert answer.status_code == 302
    written = SafetyRecord.objects.get()
    assert (written.step, written.result, written.words, written.by) == (
        "call_patient",
        "reached_concern",
        "She cried.",
        f"staff:{scene.ben.pk}",
    )
    assert "She cried." in page(client_of(scene.ben), "case_safety", ref=case.ref)


def test_a_step_that_needs_words_is_refused_without_and_keeps_its_place() -> None:
    scene = Scene()
    case = missed(scene)
    answer = record(client_of(scene.ben), case, step="call_emergency", result="requested")
    assert answer.status_code == 422
    assert "#step-crisis-call_emergency" in answer.content.decode()
    assert not SafetyRecord.objects.exists()


def test_who_is_not_licensed_is_neither_offered_nor_allowed_a_welfare_check() -> None:
    scene = Scene()
    case = missed(scene)
    coordinator = client_of(scene.coordinator)
    answer = record(coordinator, case, step="request_welfare_check", result="requested", words="Please look.")
    assert answer.status_code == 422
    assert not SafetyRecord.objects.exists()


def test_the_second_of_two_is_told_what_the_first_recorded_and_keeps_her_words() -> None:
    scene = Scene()
    case = missed(scene)
    seen = version_of(case)
    record(client_of(scene.ben), case, step="open_plan", result="done")
    answer = record(
        client_of(scene.supervisor),
        case,
        step="call_patient",
        result="not_reached",
        words="Rang out.",
        procedure="welfare_check",
        seen=seen,
    )
    assert answer.status_code == 409
    assert "Rang out." in answer.content.decode()
    assert SafetyRecord.objects.count() == 1


def test_a_disclosure_is_documented_as_the_rule_asks() -> None:
    scene = Scene()
    case = missed(scene)
    client = client_of(scene.ben)
    address = reverse("console:case_disclose", kwargs={"ref": case.ref})
    sent = {
        "basis": "medical_emergency",
        "recipient": "Paramedic",
        "affiliation": "City ambulance",
        "nature": "",
    }
    assert client.post(address, sent).status_code == 422
    assert client.post(address, {**sent, "nature": "Overdose"}).status_code == 302
    assert EmergencyDisclosure.objects.get().recipient == "Paramedic"
    assert client.post(address, {**sent, "basis": "serious_threat", "nature": "x"}).status_code == 422


def test_another_program_finds_no_safety_page() -> None:
    scene, other = Scene(), Scene(slug="morning")
    case = missed(scene)
    cleo = client_of(other.ben)
    assert cleo.get(reverse("console:case_safety", kwargs={"ref": case.ref})).status_code == 404
    assert record(cleo, case, step="open_plan", result="done").status_code == 404


def a_stranger(scene: Scene, display: str = "Blue Heron", **columns: Any) -> Stranger:
    session = scene.session(scene.admit("ada"))
    return Stranger.objects.create(
        session=session, key="k", provider="zoom", display=display, joined_at=START, seen_at=START, **columns
    )


def settle(client: Client, stranger: Stranger, **sent: Any) -> Any:
    return client.post(reverse("console:unmatched_settle", kwargs={"stranger_id": stranger.pk}), sent)


def test_an_unmatched_participant_is_shown_with_who_was_expected_and_nobody_is_chosen() -> None:
    scene, other = Scene(), Scene(slug="morning")
    a_stranger(scene, display="ada")
    told = page(client_of(scene.coordinator), "unmatched")
    assert "evening-ada: ada" in told
    assert "selected" not in told
    assert "evening-ada" not in page(client_of(other.coordinator), "unmatched")


def test_a_person_says_who_it_was_by_identifier_or_by_choice() -> None:
    scene = Scene()
    stranger = a_stranger(scene)
    settle(client_of(scene.coordinator), stranger, who="patient", external_id="evening-ada")
    assert Identity.objects.get().patient.name == "ada"
    stranger.refresh_from_db()
    assert stranger.settled_as == "patient"


def test_a_guest_is_settled_and_nobody_is_credited() -> None:
    scene = Scene()
    stranger = a_stranger(scene)
    settle(client_of(scene.coordinator), stranger, who="guest")
    stranger.refresh_from_db()
    assert (stranger.settled_as, Identity.objects.count()) == ("guest", 0)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"who": "patient"},
        {"who": "patient", "external_id": "ada"},
        {"who": "patient", "patient": "x"},
        {"who": "nobody"},
    ],
)
def test_what_names_nobody_settles_nothing(sent: dict[str, str]) -> None:
    scene = Scene()
    stranger = a_stranger(scene)
    settle(client_of(scene.coordinator), stranger, **sent)
    stranger.refresh_from_db()
    assert stranger.settled_at is None


def test_another_programs_stranger_and_patient_are_not_there() -> None:
    scene, other = Scene(), Scene(slug="morning")
    stranger = a_stranger(scene)
    other.admit("bea", phone="+15550101")
    assert settle(client_of(other.coordinator), stranger, who="guest").status_code == 404
    settle(client_of(scene.coordinator), stranger, who="patient", external_id="morning-bea")
    stranger.refresh_from_db()
    assert stranger.settled_at is None
