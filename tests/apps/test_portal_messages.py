"""Her messages with the team: all that was said, before a person as a text of hers is, and hers alone."""

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.common import clock
from rejoin.common.actors import COMMAND, patient_actor
from rejoin.followup.models import Step
from rejoin.outreach.models import Message, Reply, ReplyReading
from rejoin.outreach.writing import LONGEST, write
from rejoin.people.models import Consent, Patient
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import patient_client_of

pytestmark = pytest.mark.django_db
PAGE = "portal:messages"


def send(client: Client, text: str) -> str:
    """What she reads after she sent it."""
    answer = client.post(reverse(PAGE), {"text": text})
    assert answer.status_code == 303
    return told(client)


def told(client: Client) -> str:
    return client.get(reverse(PAGE)).content.decode().replace("&#x27;", "'")


def missed(scene: Scene) -> Patient:
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(25))
    assert scene.sms.sent
    return ada


def test_what_she_writes_is_a_step_of_a_person_within_the_hour_and_stops_what_is_planned() -> None:
    scene = Scene()
    ada = missed(scene)
    page = send(patient_client_of(ada), "I do not want to live any more.")
    assert "We have it. A person on your team reads it." in page
    assert "I do not want to live any more." in page
    assert "Not read yet" in page
    reply = Reply.objects.get()
    step = Step.objects.get(rule=f"reply:{reply.pk}")
    assert (step.owner_id, step.deadline) == (scene.coordinator.pk, reply.deadline)
    assert reply.unread


def test_the_same_words_twice_within_a_minute_are_one_message_until_somebody_has_read_them() -> None:
    client = patient_client_of(Scene().admit("ada"))
    send(client, "Yes")
    send(client, "Yes")
    assert Reply.objects.count() == 1
    ReplyReading.objects.create(reply=Reply.objects.get(), at=START, by=str(COMMAND))
    send(client, "Yes")
    assert Reply.objects.count() == 2


def test_it_says_that_it_is_not_for_emergencies_when_somebody_reads_it_and_whom_to_call() -> None:
    page = told(patient_client_of(Scene().admit("ada")))
    assert "This is not for emergencies." in page
    assert "A person reads it within an hour." in page
    assert "tel:988" in page
    assert "There are no messages yet." in page


def test_to_stop_texts_is_heard_here_too_and_a_person_reads_it_all_the_same() -> None:
    scene = Scene()
    ada = missed(scene)
    before = len(scene.sms.sent)
    assert "we send you no more texts" in send(patient_client_of(ada), "Please stop texting me")
    said = Consent.objects.filter(patient=ada, channel="sms").latest("id")
    assert (said.granted, said.source, said.by) == (False, "portal", f"patient:{ada.pk}")
    assert Reply.objects.get().unread
    scene.run(START + minutes(60))
    assert len(scene.sms.sent) == before


def test_she_reads_what_was_sent_to_her_and_nobody_elses_words() -> None:
    scene = Scene()
    ada, bea = missed(scene), scene.admit("bea", phone="+15550101")
    write(patient=bea, text="Words of bea", by=patient_actor(bea.pk), at=START)
    (sent,) = Message.objects.filter(patient=ada, state="sent")[:1]
    hers, other = told(patient_client_of(ada)), told(patient_client_of(bea))
    assert sent.body.splitlines()[0][:30] in hers
    assert "We wrote" in hers
    assert "Words of bea" not in hers
    assert ("We wrote" in other, "Words of bea" in other) == (False, True)


def test_what_was_never_sent_is_not_told() -> None:
    scene = Scene()
    ada = missed(scene)
    Message.objects.filter(patient=ada).update(state="withheld")
    assert "We wrote" not in told(patient_client_of(ada))


def test_nothing_is_not_sent_and_what_is_long_is_cut_and_not_refused() -> None:
    ada = Scene().admit("ada")
    client = patient_client_of(ada)
    assert "There was nothing to send yet." in send(client, "  \n ")
    assert not Reply.objects.exists()
    send(client, "x" * (LONGEST + 9))
    assert len(Reply.objects.get().text) == LONGEST


def test_a_long_story_shows_its_last_part() -> None:
    ada = Scene().admit("ada")
    for minute in range(51):
        clock.simulate(shown_at=START + minutes(minute), rate=0)
        write(patient=ada, text=f"Word {minute} here", by=patient_actor(ada.pk), at=START + minutes(minute))
    page = told(patient_client_of(ada))
    assert ("Word 50 here" in page, "Word 1 here" in page, "Word 0 here" in page) == (True, True, False)
    assert "Older ones are with your team." in page


@pytest.mark.parametrize(
    ("language", "said"), [("en", "You said: feeling worse."), ("es", "Nos dijo: sentirme peor.")]
)
def test_what_she_told_of_a_session_is_in_her_language_and_not_about_her(language: str, said: str) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    seat = scene.session(ada, starts_at=START + minutes(600)).seats.get()
    Patient.objects.filter(pk=ada.pk).update(language=language)
    client = patient_client_of(ada)
    client.post(reverse("portal:cannot", args=[seat.pk]), {"why": "felt_worse", "words": "It was. A lot."})
    page = told(client)
    assert said in page
    assert "It was. A lot." in page
    assert "she says" not in page
