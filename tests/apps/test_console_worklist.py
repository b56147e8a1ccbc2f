"""The worklist as a coordinator works it off: two taps an attempt, and nothing written over."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.followup.models import Attempt, Step
from rejoin.followup.staleness import version_of
from rejoin.people.models import Patient
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
QUERIES = 26


def missed(scene: Scene, *names: str) -> list[Patient]:
    """Patients who were missed in one session, half an hour ago: each is owed a call."""
    patients = [scene.admit(name, phone=f"+1555030{number:02}") for number, name in enumerate(names)]
    scene.watched(scene.session(*patients))
    scene.run(START + minutes(30))
    return patients


def worklist(client: Client, **asked: str) -> str:
    answer = client.get(reverse("console:worklist"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def call_of(patient: Patient) -> Step:
    return Step.objects.to_do().get(patient=patient, actor="cofacilitator")


def tap(client: Client, step: Step, **sent: Any) -> Any:
    return client.post(
        reverse("console:step_attempt", kwargs={"step_id": step.pk}),
        {"outcome": "no_answer", "seen": version_of(step.case), "back": "/worklist/?kind=ladder", **sent},
    )


def test_a_row_has_what_it_takes_to_call() -> None:
    scene = Scene()
    missed(scene, "ada")
    told = worklist(client_of(scene.coordinator))
    assert "ada" in told
    assert "+155503000" in told
    assert "Harbor Office" in told  # what to say
    assert "18:30 where she is" in told


def test_an_attempt_is_two_taps_and_goes_back_to_the_list_as_it_was() -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    step = call_of(ada)
    answer = tap(client_of(scene.coordinator), step)
    assert (answer.status_code, answer["Location"]) == (302, "/worklist/?kind=ladder")
    attempt = Attempt.objects.get(step=step)
    assert (attempt.outcome, attempt.channel, attempt.by) == (
        "no_answer",
        "phone",
        f"staff:{scene.coordinator.pk}",
    )
    step.refresh_from_db()
    assert step.state == "done"


def test_the_second_of_two_who_record_at_once_is_told_and_nothing_is_written_over() -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    step = call_of(ada)
    seen = version_of(step.case)
    tap(client_of(scene.coordinator), step, outcome="contact", seen=seen)
    second = client_of(scene.supervisor)
    tap(second, step, outcome="no_answer", seen=seen)
    assert list(Attempt.objects.filter(step=step).values_list("outcome", flat=True)) == ["contact"]
    assert "has changed since you opened it" in worklist(second)


@pytest.mark.parametrize(
    "sent", [{"outcome": ""}, {"outcome": "caught"}, {"seen": "x"}, {"seen": "-1"}, {"seen": "9" * 40}]
)
def test_a_form_that_did_not_arrive_whole_writes_nothing(sent: dict[str, str]) -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    client = client_of(scene.coordinator)
    tap(client, call_of(ada), **sent)
    assert not Attempt.objects.filter(by__startswith="staff:").exists()
    assert "Nothing was written" in worklist(client)


def test_it_goes_back_to_no_other_site() -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    for back in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        answer = tap(client_of(scene.coordinator), call_of(ada), outcome="", back=back)
        assert answer["Location"].startswith("/")
        assert not answer["Location"].startswith("//")


def test_another_program_can_neither_see_nor_take_a_step() -> None:
    scene, other = Scene(), Scene(slug="morning")
    (ada,) = missed(scene, "ada")
    cleo = client_of(other.coordinator)
    assert "ada" not in worklist(cleo)
    assert tap(cleo, call_of(ada)).status_code == 404
    assert (
        client_of(other.coordinator).post(reverse("console:step_attempt", kwargs={"step_id": 0})).status_code
        == 404
    )


def test_the_list_is_narrowed_and_taken_out() -> None:
    scene = Scene()
    missed(scene, "ada", "bea")
    client = client_of(scene.coordinator)
    assert "bea" not in worklist(client, q="ada")
    file = client.get(reverse("console:worklist"), {"format": "csv"})
    assert file["Content-Type"].startswith("text/csv")
    assert b"".join(file).count(b"\n") == 3


def test_the_list_asks_as_often_for_many_rows_as_for_one() -> None:
    asked = []
    for number, names in enumerate((["ada"], [f"p{each}" for each in range(10)])):
        scene = Scene(slug=f"program{number}")
        client = client_of(scene.coordinator)
        missed(scene, *names)
        worklist(client)
        with CaptureQueriesContext(connection) as queries:
            worklist(client)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= QUERIES
