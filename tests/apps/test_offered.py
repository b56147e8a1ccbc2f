"""Whom the staff offer times is told, by a channel she allows; whoever took one on the phone hears nothing."""

from datetime import datetime, timedelta

import pytest
from django.test import override_settings

from rejoin.common import clock
from rejoin.common.actors import patient_actor
from rejoin.followup.models import Case
from rejoin.followup.offered import sweep_offered
from rejoin.makeups.actions import accept_offer, offer_make_ups
from rejoin.makeups.models import Offer
from rejoin.outreach.channels.port import Refused, Why
from rejoin.outreach.models import Message
from rejoin.people.actions import record_stop
from rejoin.people.models import Address
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import Scene, minutes

pytestmark = pytest.mark.django_db
LATER = NEXT_DAY + minutes(11)


class Morning(Owing):
    """ada may get texts; she missed an evening, and a colleague offers her the green group."""

    def __init__(self) -> None:
        super().__init__(scene=Scene())
        self.ada = self.scene.admit("ada")
        self.evening = self.scene.session(self.ada, seats_max=None)
        self.scene.watched(self.evening)
        self.run(NEXT_DAY - timedelta(hours=12))
        self.other_group()

    def offer(self) -> list[Offer]:
        return offer_make_ups(seat=self.evening.seats.get(), **self.desk())

    def go(self, at: datetime) -> list[str]:
        clock.simulate(shown_at=at, rate=0)
        with override_settings(BASE_URL="https://in.example.org"):
            sweep_offered(now=at)
            self.scene.run(at)
        return [each.body for each in self.scene.sms.sent if "/makeup/" in each.body]


def test_she_is_told_once_some_minutes_later_and_led_there() -> None:
    morning = Morning()
    morning.offer()
    assert morning.go(NEXT_DAY + minutes(5)) == []
    (text,) = morning.go(LATER)
    assert "pick a time that suits you at https://in.example.org/makeup/" in text
    assert morning.go(LATER + minutes(10)) == [text]


def test_whoever_took_one_on_the_phone_hears_nothing() -> None:
    morning = Morning()
    accept_offer(offer=morning.offer()[0], **morning.desk())
    assert morning.go(LATER) == []
    assert not Message.objects.filter(about__startswith="offered:").exists()


def test_what_she_found_by_herself_she_has_seen() -> None:
    morning = Morning()
    offer_make_ups(seat=morning.evening.seats.get(), by=patient_actor(morning.ada.pk), at=NEXT_DAY)
    assert morning.go(LATER) == []


def test_whoever_allows_no_message_gets_none() -> None:
    morning = Morning()
    morning.offer()
    record_stop(patient=morning.ada, **morning.desk())
    assert morning.go(LATER) == []
    assert not Message.objects.filter(about__startswith="offered:").exists()


def test_a_text_that_certainly_did_not_go_is_followed_by_an_e_mail() -> None:
    morning = Morning()
    Address.objects.create(patient=morning.ada, kind="email", value="a@b.org", normal="a@b.org")
    morning.offer()
    morning.scene.sms.does = [Refused(code="30003", permanent=True, why=Why.GONE)]
    for wait in (11, 12, 13):
        morning.go(NEXT_DAY + minutes(wait))
    told = Message.objects.filter(about__startswith="offered:").values_list("channel", flat=True)
    assert sorted(told) == ["email", "sms"]


def test_it_waits_while_she_is_looked_for_because_of_a_danger() -> None:
    morning = Morning()
    morning.offer()
    Case.objects.filter(patient=morning.ada).update(elevated=True)
    assert morning.go(LATER) == []
    Case.objects.filter(patient=morning.ada).update(elevated=False)
    assert len(morning.go(LATER + minutes(11))) == 1
