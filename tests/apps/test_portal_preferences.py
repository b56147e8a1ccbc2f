"""What she sets herself holds: from the next message, and from the next page."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.common import clock
from rejoin.common.actors import patient_actor, staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.makeups.actions import record_free_time
from rejoin.makeups.free_time import Window
from rejoin.makeups.models import FreeTime
from rejoin.outreach.models import Message, OwnQuiet, Reply
from rejoin.outreach.quiet import quiet_of, set_quiet
from rejoin.people.models import Address, Consent, Contact, Patient
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of, patient_client_of
from tests.apps.visits_scene import Evening

pytestmark = pytest.mark.django_db
PAGE = "portal:preferences"
ACTS = ("named", "reached", "quiet", "free", "video", "take_back", "calendar_address")


def told(client: Client) -> str:
    answer = client.get(reverse(PAGE))
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def send(client: Client, act: str, **said: Any) -> str:
    """What she reads after she sent it."""
    answer = client.post(reverse(f"portal:{act}"), said)
    assert answer.status_code == 303
    return client.get(answer["Location"]).content.decode()


def missed(scene: Scene, ada: Patient) -> None:
    """The policy writes to her in some minutes; the message waits."""
    scene.watched(scene.session(ada))
    scene.run(START + minutes(21), send=False)
    assert Message.objects.filter(patient=ada, channel="sms", state="queued").exists()


def test_what_she_takes_back_holds_for_a_message_that_waits_already() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    missed(scene, ada)
    assert "We have saved it." in send(
        patient_client_of(ada), "reached", ways=["email", "phone"], first="email"
    )
    scene.run(START + minutes(30))
    assert scene.sms.sent == []
    assert Message.objects.get(patient=ada, channel="sms").error == "no_consent"
    ada.refresh_from_db()
    assert ada.preferred_channel == "email"


def test_only_what_changes_is_written_down_and_she_can_allow_it_again() -> None:
    ada = Scene().admit("ada")
    client = patient_client_of(ada)
    before = set(Consent.objects.all())
    send(client, "reached", ways=["sms", "phone", "push"])
    send(client, "reached", ways=["sms", "phone", "push"])
    first = set(Consent.objects.all()) - before
    send(client, "reached", ways=["phone", "push"])
    clock.simulate(shown_at=START + minutes(1), rate=0)
    send(client, "reached", ways=["phone", "push", "sms"])
    later = Consent.objects.exclude(pk__in=[each.pk for each in before | first]).order_by("id")
    assert {(each.by, each.source, each.contact_id) for each in later} == {
        (f"patient:{ada.pk}", "portal", None)
    }
    assert [(each.channel, each.granted) for each in later] == [("sms", False), ("sms", True)]
    assert 'value="sms" checked' in told(client)


def test_she_sees_where_it_goes_and_whoever_looks_over_her_shoulder_does_not() -> None:
    ada = Scene().admit("ada")
    Address.objects.create(patient=ada, kind="email", value="ada@example.org", normal="ada@example.org")
    page = told(patient_client_of(ada))
    assert "ends in 0100" in page
    assert "ad…@example.org" in page
    assert ("15550100" in page, "ada@example" in page) == (False, False)


def test_what_the_page_does_not_offer_changes_nothing() -> None:
    ada = Scene().admit("ada")
    client, before = patient_client_of(ada), Consent.objects.count()
    for act, said in (
        ("reached", {"ways": ["pigeon"]}),
        ("reached", {"first": "letter"}),
        ("named", {"name": "A", "timezone": "Mars/North"}),
        ("free", {"best": "night"}),
    ):
        assert "We could not read that" in send(client, act, **said)
    ada.refresh_from_db()
    assert (Consent.objects.count(), ada.timezone, ada.preferred_name) == (before, "America/New_York", "")
    assert not FreeTime.objects.exists()
    assert client.post(reverse("portal:take_back"), {"contact": "1"}).status_code == 404


def test_her_name_and_her_clock_are_so_on_the_next_page() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.session(ada, starts_at=START + timedelta(days=1))
    client = patient_client_of(ada)
    assert "We have saved it." in send(client, "named", name="  Ad \x00 a ", timezone="America/Los_Angeles")
    page = client.get(reverse("portal:today")).content.decode()
    assert "Hello Ad a" in page
    assert "Pacific Time" in page


def test_in_her_quiet_hours_nothing_rings_and_after_them_it_does() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    client = patient_client_of(ada)
    local = START.astimezone(ZoneInfo(ada.timezone))
    begin, end = f"{local.hour:02}:00", f"{(local.hour + 1) % 24:02}:00"
    assert "We have saved it." in send(client, "quiet", **{"from": begin, "until": end})
    missed(scene, ada)
    scene.run(START + minutes(30))
    assert scene.sms.sent == []
    held = Message.objects.get(patient=ada, channel="sms")
    assert held.state == "queued"
    assert held.not_before.astimezone(local.tzinfo).strftime("%H:%M") == end


def test_the_end_of_her_quiet_hours_may_lie_in_those_of_the_policy() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    by = patient_actor(ada.pk)
    set_quiet(patient=ada, from_at=time(17), until_at=time(22), by=by, at=START)
    missed(scene, ada)
    Message.objects.filter(patient=ada).update(
        quiet_from=time(21), quiet_until=time(8), expires_at=START + timedelta(days=2)
    )
    scene.run(START + minutes(30))
    assert Message.objects.get(patient=ada, channel="sms").not_before.astimezone(
        ZoneInfo(ada.timezone)
    ).time() == time(8)


@pytest.mark.parametrize(
    ("begin", "end"),
    [("21:00", ""), ("", "08:00"), ("21:00", "21:00"), ("08:00", "07:00"), ("late", "08:00")],
)
def test_quiet_hours_have_two_ends_and_leave_some_of_the_day(begin: str, end: str) -> None:
    ada = Scene().admit("ada")
    client = patient_client_of(ada)
    assert "Pick both times" in send(client, "quiet", **{"from": begin, "until": end})
    assert not OwnQuiet.objects.exists()


def test_quiet_hours_are_hers_to_set_and_to_end() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    client = patient_client_of(ada)
    send(client, "quiet", **{"from": "21:00", "until": "08:00"})
    assert quiet_of(ada) == (time(21), time(8))
    send(client, "quiet", **{"from": "", "until": ""})
    assert quiet_of(ada) is None
    with pytest.raises(Refusal, match="Only she"):
        set_quiet(patient=ada, from_at=None, until_at=None, by=staff_actor(scene.ben.pk), at=START)


def test_when_she_can_come_is_what_she_ticks() -> None:
    ada = Scene().admit("ada")
    client = patient_client_of(ada)
    send(client, "free", free=["0-morning", "0-afternoon", "4-evening", "9-evening"], best="evening")
    said = FreeTime.objects.get()
    assert said.windows == [[0, 480, 720], [0, 720, 1020], [4, 1020, 1260]]
    assert (said.prefers, said.by) == ("evening", f"patient:{ada.pk}")
    page = told(client)
    assert 'value="0-afternoon" checked' in page
    send(client, "free", free=["0-morning", "0-afternoon", "4-evening"], best="evening")
    assert FreeTime.objects.count() == 1


def test_times_that_her_team_wrote_down_stay_until_she_says_something_else() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    noted = [Window(1, 9 * 60, 13 * 60), Window(3, 8 * 60, 10 * 60)]
    record_free_time(patient=ada, windows=noted, by=staff_actor(scene.ben.pk), at=START - timedelta(days=1))
    client = patient_client_of(ada)
    assert "Tuesday 9:00-13:00; Thursday 8:00-10:00" in told(client)
    send(client, "free", best="morning")
    assert FreeTime.objects.latest("id").windows == [list(each) for each in noted]
    send(client, "free", free=["1-morning"], best="morning")
    assert FreeTime.objects.latest("id").windows == [[1, 480, 720]]


def test_who_else_may_know_is_shown_and_taken_back_for_every_purpose() -> None:
    scene = Scene()
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    eli = Contact.objects.create(patient=ada, relation="emergency_contact", name="Eli")
    other = Contact.objects.create(patient=bea, relation="supporter", name="Noor")
    scene.consent(ada, "phone", contact=eli, purpose="safety")
    scene.consent(ada, "phone", contact=eli, purpose="attendance")
    scene.consent(bea, "phone", contact=other, purpose="safety")
    client = patient_client_of(ada)
    page = told(client)
    assert "<strong>Eli</strong>, for an emergency" in page
    assert "May know whether you came; if we worry about your safety." in page
    assert "Noor" not in page
    assert client.post(reverse("portal:take_back"), {"contact": other.pk}).status_code == 404
    assert "We tell them nothing from now on." in send(client, "take_back", contact=eli.pk)
    assert "Take this back" not in told(client)
    assert Consent.objects.filter(contact=eli, granted=False, source="portal").count() == 2
    assert not Consent.objects.filter(contact=other, granted=False).exists()


def test_it_speaks_her_language_and_is_there_for_nobody_else() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    Patient.objects.filter(pk=ada.pk).update(language="es")
    assert "Horas de silencio" in told(patient_client_of(ada))
    for each in (PAGE, *(f"portal:{act}" for act in ACTS), "portal:messages"):
        assert client_of(scene.ben).post(reverse(each)).status_code == 404
        assert Client().get(reverse(each)).status_code == 302


def test_what_ending_video_means_is_said_before_and_it_holds_at_the_next_door(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evening = Evening(monkeypatch)
    client, link = patient_client_of(evening.ada), evening.link(evening.ada)
    evening.check_in(evening.ada)
    assert Client().post(f"{link}grant").json()["state"] != "check-in"
    page = told(client)
    assert "you cannot come in by video, and your team calls you" in page
    assert "No more video from now on." in send(client, "video", video="no")
    assert Client().post(f"{link}grant").json()["state"] == "check-in"
    reply = Reply.objects.get(patient=evening.ada)
    assert (reply.unread, reply.text) == (
        True,
        "I do not want to come in by video any more. Please call me about another way.",
    )
    assert "You have ended it." in told(client)
    evening.check_in(evening.ada, agrees="")
    assert Client().post(f"{link}grant").json()["state"] == "check-in"
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    assert Client().post(f"{link}grant").json()["state"] != "check-in"


def test_she_turns_video_on_again_by_herself_and_what_is_sent_twice_is_written_once() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    client = patient_client_of(ada)
    for _ in range(2):
        send(client, "video", video="no")
    clock.simulate(shown_at=START + minutes(1), rate=0)
    assert "No more video for me" in send(client, "video", video="yes")
    assert "cannot" in send(client, "video", video="perhaps")
    said = Consent.objects.filter(patient=ada, channel="video").order_by("pk")
    assert [(each.granted, each.source) for each in said] == [(False, "portal"), (True, "portal")]
    assert Reply.objects.filter(patient=ada).count() == 1
