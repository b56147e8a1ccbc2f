"""One missed session on a page: why each step, forms that keep their words, and two people at one case."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.audit.models import Event
from rejoin.followup.models import Attempt, Case, CaseNote, Disposition, PromisedReturn
from rejoin.followup.staleness import version_of
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
LATEST = object()


def missed(scene: Scene, name: str = "ada", *, flag: str = "") -> Case:
    """A patient who was missed half an hour ago."""
    patient = scene.admit(name)
    if flag:
        scene.flag(patient, flag)
    scene.watched(scene.session(patient))
    scene.run(START + minutes(30))
    return scene.case(patient)


def page(client: Client, case: Case) -> str:
    answer = client.get(reverse("console:case", kwargs={"ref": case.ref}))
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, case: Case, what: str, *, seen: Any = LATEST, **sent: Any) -> Any:
    address = reverse(f"console:case_{what}", kwargs={"ref": case.ref})
    return client.post(address, {"seen": version_of(case) if seen is LATEST else seen, **sent})


def test_the_page_says_what_happened_and_why() -> None:
    scene = Scene()
    case = missed(scene)
    told = page(client_of(scene.coordinator), case)
    assert "noticed that she was missed" in told
    assert "text message sent" in told
    assert "Because:" in told
    assert "Nobody knows" in told  # where she is today
    assert Event.objects.filter(verb="people.read_chart", subject=f"case:{case.pk}").count() == 1


def test_an_attempt_is_written_down_with_its_day_and_step() -> None:
    scene = Scene()
    case = missed(scene)
    step = case.steps.get(actor="cofacilitator")
    answer = send(client_of(scene.ben), case, "attempt", outcome="voicemail", channel="phone", step=step.pk)
    assert answer.status_code == 302
    attempt = Attempt.objects.get(by=f"staff:{scene.ben.pk}")
    assert (attempt.outcome, attempt.step_id) == ("voicemail", step.pk)


def test_what_is_wrong_is_said_in_place_and_the_words_stay() -> None:
    scene = Scene()
    case = missed(scene)
    answer = send(
        client_of(scene.ben), case, "attempt", outcome="", channel="phone", on="2026-10-01", at="09:15"
    )
    told = answer.content.decode()
    assert answer.status_code == 422
    assert "data-error-summary" in told
    assert 'value="09:15"' in told


def test_what_the_rules_refuse_is_said_in_the_form() -> None:
    scene = Scene()
    case = missed(scene)
    answer = send(
        client_of(scene.ben), case, "attempt", outcome="no_answer", channel="phone", on="2026-10-20"
    )
    assert answer.status_code == 422
    assert "never ahead" in answer.content.decode()


def test_the_second_of_two_sees_what_changed_loses_no_words_and_can_send_again() -> None:
    scene = Scene()
    case = missed(scene)
    seen = version_of(case)
    send(client_of(scene.ben), case, "attempt", outcome="no_answer", channel="phone")
    second = client_of(scene.supervisor)
    answer = send(second, case, "promise", seen=seen, on="2026-10-09", at="18:00")
    told = answer.content.decode()
    assert answer.status_code == 409
    assert "ben of evening tried to reach her: no answer" in told
    assert 'value="2026-10-09"' in told
    assert not PromisedReturn.objects.exists()
    assert f'name="seen" value="{version_of(case)}"' in told
    assert send(second, case, "promise", on="2026-10-09", at="18:00").status_code == 302
    assert PromisedReturn.objects.exists()


def test_a_note_always_goes_through_and_whoever_is_asked_says_that_she_has_read_it() -> None:
    scene = Scene()
    case = missed(scene)
    send(client_of(scene.ben), case, "say", words="Her bus was late last time.", asks=scene.supervisor.pk)
    note = CaseNote.objects.get()
    supervisor = client_of(scene.supervisor)
    assert "I have read this" in page(supervisor, case)
    assert "I have read this" not in page(client_of(scene.coordinator), case)
    supervisor.post(reverse("console:case_acknowledge", kwargs={"ref": case.ref, "note_id": note.pk}))
    assert "Read by supervisor of evening" in page(supervisor, case)


def test_an_elevated_case_ends_only_after_a_clinicians_finding() -> None:
    scene = Scene()
    case = missed(scene, flag="high_risk")
    assert "A clinician has to say how she is" in page(client_of(scene.supervisor), case)
    refused = send(client_of(scene.supervisor), case, "end", outcome="hospitalised")
    assert refused.status_code == 422
    assert send(client_of(scene.ben), case, "finding", result="safe").status_code == 302
    assert Disposition.objects.get().clinician == scene.ben
    assert send(client_of(scene.supervisor), case, "end", outcome="hospitalised").status_code == 302


def test_who_is_no_clinician_is_not_even_asked_for_a_finding() -> None:
    scene = Scene()
    case = missed(scene, flag="high_risk")
    client = client_of(scene.coordinator)
    assert "Sign the finding" not in page(client, case)
    assert send(client, case, "finding", result="safe").status_code == 422
    assert not Disposition.objects.exists()


def test_a_case_is_handed_over_to_somebody_of_the_program_only() -> None:
    scene, other = Scene(), Scene(slug="morning")
    case = missed(scene)
    client = client_of(scene.ben)
    assert send(client, case, "give", owner=other.ben.pk).status_code == 422
    assert send(client, case, "give", owner=scene.coordinator.pk).status_code == 302
    case.refresh_from_db()
    assert case.owner == scene.coordinator


@pytest.mark.parametrize("what", ["attempt", "promise", "finding", "give", "end", "say"])
def test_another_program_finds_nothing_and_writes_nothing(what: str) -> None:
    scene, other = Scene(), Scene(slug="morning")
    case = missed(scene)
    cleo = client_of(other.coordinator)
    assert cleo.get(reverse("console:case", kwargs={"ref": case.ref})).status_code == 404
    assert send(cleo, case, what, outcome="contact", channel="phone", words="hello").status_code == 404


@pytest.mark.parametrize(
    ("what", "sent"),
    [
        ("attempt", {"outcome": "contact", "channel": "pigeon"}),
        ("attempt", {"outcome": "contact", "channel": "phone", "step": "999999"}),
        ("attempt", {"outcome": "contact", "channel": "phone", "contact": "1"}),
        ("promise", {"back_at": "yesterday"}),
        ("promise", {"on": "2026-13-40"}),
        ("promise", {}),
        ("give", {"owner": "x"}),
        ("end", {"outcome": "back"}),
        ("say", {"words": "   "}),
        ("say", {"words": "x" * 4001}),
    ],
)
def test_what_cannot_be_meant_is_refused_in_place(what: str, sent: dict[str, str]) -> None:
    scene = Scene()
    case = missed(scene)
    assert send(client_of(scene.ben), case, what, **sent).status_code == 422


def test_the_list_of_cases_is_narrowed_and_taken_out() -> None:
    scene = Scene()
    missed(scene)
    client = client_of(scene.coordinator)
    assert "ada" in client.get(reverse("console:cases")).content.decode()
    assert "ada" not in client.get(reverse("console:cases"), {"state": "closed"}).content.decode()
    file = client.get(reverse("console:cases"), {"format": "csv"})
    assert b"ada" in b"".join(file)


def test_a_long_case_asks_no_more_often_than_a_short_one() -> None:
    scene = Scene()
    case = missed(scene)
    client = client_of(scene.ben)
    asked = []
    for number in range(2):
        page(client, case)
        with CaptureQueriesContext(connection) as queries:
            page(client, case)
        asked.append(len(queries))
        for more in range(10 * (1 - number)):
            scene.run(START + timedelta(hours=1, minutes=more))
            send(client, case, "say", words=f"Note {more}")
            send(client, case, "attempt", outcome="no_answer", channel="phone")
    assert asked[0] == asked[1] <= 45
