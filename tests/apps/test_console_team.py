"""The team's pages: overdue, huddle, words, tasks, hand-off and reviews."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.followup.models import HandOff, HandOffRead, Review, ReviewEvent, Task
from rejoin.outreach.models import Reply, ReplyReading, VendorDelivery
from rejoin.people.models import Patient
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
LATER = START + timedelta(days=2)


def missed(scene: Scene, name: str = "ada") -> Patient:
    """A patient who was missed two days ago, and whom nobody has tried to reach since."""
    patient = scene.admit(name)
    scene.watched(scene.session(patient))
    scene.run(START + minutes(30))
    scene.run(LATER)
    return patient


def page(client: Client, name: str, asked: dict[str, str] | None = None, **named: Any) -> str:
    answer = client.get(reverse(f"console:{name}", kwargs=named or None), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, name: str, sent: dict[str, Any], **named: Any) -> Any:
    return client.post(reverse(f"console:{name}", kwargs=named or None), sent)


def a_reply(patient: Patient | None, *programs: int, text: str = "I am on my way") -> Reply:
    delivery = VendorDelivery.objects.create(
        vendor="twilio",
        event_id=f"r{VendorDelivery.objects.count()}",
        kind="inbound",
        received_at=START,
        body=b"",
    )
    return Reply.objects.create(
        patient=patient,
        delivery=delivery,
        channel="sms",
        meaning="reply",
        text=text,
        programs=list(programs),
        at=START,
        by="vendor:twilio",
    )


def a_review(scene: Scene, patient: Patient) -> Review:
    return Review.objects.create(
        patient=patient,
        program=scene.program,
        policy=scene.policy,
        trigger="two-misses",
        fired_at=START,
        sessions=list(patient.seats.values_list("session", flat=True)),
        then="discharge_review",
        decided_by_role="supervisor",
        due_at=START + timedelta(days=1),
        because=[{"rule": "triggers.two-misses", "text": "2 missed within 14 days", "cite": "handbook"}],
        at=START,
        by="system:engine",
    )


def test_everything_overdue_is_before_the_supervisor_and_nobody_else() -> None:
    scene = Scene()
    missed(scene)
    told = page(client_of(scene.supervisor), "overdue")
    assert "ada" in told
    assert "Steps past their deadline" in told
    assert client_of(scene.coordinator).get(reverse("console:overdue")).status_code == 404


def test_the_huddle_names_whom_nobody_has_reached_for_a_day() -> None:
    scene, other = Scene(), Scene(slug="morning")
    missed(scene)
    told = page(client_of(scene.coordinator), "huddle")
    assert "Not reached for a day" in told
    assert "ada" in told
    assert "ada" not in page(client_of(other.coordinator), "huddle")


def test_words_are_before_their_readers_until_somebody_has_read_them() -> None:
    scene, other = Scene(), Scene(slug="morning")
    ada = scene.admit("ada")
    reply = a_reply(ada, scene.program.pk)
    client = client_of(scene.coordinator)
    assert "I am on my way" in page(client, "words")
    assert "I am on my way" not in page(client_of(other.coordinator), "words")
    assert send(client_of(other.coordinator), "words_read", {}, reply_id=reply.pk).status_code == 404
    send(client, "words_read", {}, reply_id=reply.pk)
    assert ReplyReading.objects.get(reply=reply).by == f"staff:{scene.coordinator.pk}"
    assert "Read by coordinator of evening" in page(client, "words")
    send(client, "words_read", {}, reply_id=reply.pk)
    assert "Somebody has read this already" in page(client, "words")


def test_words_of_a_number_that_is_nobodys_are_before_everybody_who_reads() -> None:
    scene = Scene()
    a_reply(None, text="who is this")
    assert "who is this" in page(client_of(scene.coordinator), "words")


def test_a_task_is_added_on_a_case_done_by_its_owner_and_gone() -> None:
    scene = Scene()
    case = scene.case(missed(scene))
    coordinator, ben = client_of(scene.coordinator), client_of(scene.ben)
    sent = {"words": "Ask about her bus", "owner": scene.ben.pk, "on": "2026-10-12"}
    assert send(coordinator, "case_task", sent, ref=case.ref).status_code == 302
    task = Task.objects.get()
    assert "Ask about her bus" in page(ben, "tasks")
    assert "Ask about her bus" not in page(coordinator, "tasks")
    assert "Ask about her bus" in page(coordinator, "tasks", {"whose": ""})
    send(ben, "task_done", {"turn": "done"}, task_id=task.pk)
    assert "You have no open task" in page(ben, "tasks")


@pytest.mark.parametrize(
    "wrong", [{"on": "2026-10-01"}, {"on": ""}, {"owner": ""}, {"owner": "0"}, {"words": ""}]
)
def test_a_task_that_cannot_be_meant_is_refused_in_place(wrong: dict[str, str]) -> None:
    scene = Scene()
    case = scene.case(missed(scene))
    sent = {"words": "Ask", "owner": str(scene.ben.pk), "on": "2026-10-12", **wrong}
    assert send(client_of(scene.ben), "case_task", sent, ref=case.ref).status_code == 422
    assert not Task.objects.exists()


def test_a_task_is_withdrawn_only_with_a_reason() -> None:
    scene = Scene()
    case = scene.case(missed(scene))
    client = client_of(scene.ben)
    send(client, "case_task", {"words": "Ask", "owner": scene.ben.pk, "on": "2026-10-12"}, ref=case.ref)
    task = Task.objects.get()
    send(client, "task_done", {"turn": "withdrawn"}, task_id=task.pk)
    assert Task.objects.open().exists()
    send(client, "task_done", {"turn": "withdrawn", "words": "She called."}, task_id=task.pk)
    assert not Task.objects.open().exists()


def test_a_shift_leaves_a_note_and_the_next_has_read_it() -> None:
    scene = Scene()
    sent = {"program": "evening", "to": "", "words": "ada promised to call at nine."}
    assert send(client_of(scene.ben), "handoff", sent).status_code == 302
    reader = client_of(scene.coordinator)
    assert "ada promised to call at nine" in page(reader, "handoff")
    send(reader, "handoff_read", {}, note_id=HandOff.objects.get().pk)
    assert HandOffRead.objects.get().staff == scene.coordinator
    assert "Read by coordinator of evening" in page(reader, "handoff")


def test_a_hand_off_without_words_is_refused_in_place_and_of_another_program_is_not_there() -> None:
    scene, other = Scene(), Scene(slug="morning")
    assert send(client_of(scene.ben), "handoff", {"program": "evening", "words": " "}).status_code == 422
    assert send(client_of(scene.ben), "handoff", {"program": "morning", "words": "hello"}).status_code == 422
    send(client_of(scene.ben), "handoff", {"program": "evening", "words": "hello"})
    note = HandOff.objects.get()
    assert send(client_of(other.ben), "handoff_read", {}, note_id=note.pk).status_code == 404


def test_a_review_says_why_it_was_raised_and_takes_a_persons_decision_with_its_reason() -> None:
    scene = Scene()
    ada = missed(scene)
    review = a_review(scene, ada)
    client = client_of(scene.supervisor)
    told = page(client, "review", review_id=review.pk)
    assert "2 missed within 14 days" in told
    assert "decides nothing" in told
    refused = send(client, "review_decide", {"decision": "step_up", "words": ""}, review_id=review.pk)
    assert refused.status_code == 422
    sent = {"decision": "change_schedule", "words": "Her shifts moved.", "follow_up_on": "2026-10-20"}
    assert send(client, "review_decide", sent, review_id=review.pk).status_code == 302
    decided = ReviewEvent.objects.get(review=review)
    assert (decided.decision, decided.words, decided.by) == (
        "change_schedule",
        "Her shifts moved.",
        f"staff:{scene.supervisor.pk}",
    )
    assert Task.objects.get(review=review).owner == scene.supervisor
    assert "Her shifts moved." in page(client, "review", review_id=review.pk)


def test_the_second_to_decide_is_told_who_did_and_keeps_her_words() -> None:
    scene = Scene()
    review = a_review(scene, missed(scene))
    client = client_of(scene.supervisor)
    send(client, "review_decide", {"decision": "continue", "words": "Wait a week."}, review_id=review.pk)
    answer = send(
        client, "review_decide", {"decision": "step_up", "words": "More care."}, review_id=review.pk
    )
    assert answer.status_code == 422
    assert "has decided this already" in answer.content.decode()
    assert ReviewEvent.objects.filter(turn="decided").count() == 1


def test_who_does_not_supervise_reads_a_review_and_decides_nothing() -> None:
    scene, other = Scene(), Scene(slug="morning")
    review = a_review(scene, missed(scene))
    ben = client_of(scene.ben)
    assert "A supervisor of the program decides this" in page(ben, "review", review_id=review.pk)
    assert (
        send(ben, "review_decide", {"decision": "continue", "words": "x"}, review_id=review.pk).status_code
        == 404
    )
    assert (
        client_of(other.supervisor)
        .get(reverse("console:review", kwargs={"review_id": review.pk}))
        .status_code
        == 404
    )
