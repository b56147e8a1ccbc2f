"""Whom the staff offer times is told, by a channel she allows; whoever took one on the phone hears nothing."""

from datetime import datetime, time, timedelta

import pytest
from django.test import override_settings

from rejoin.common import clock
from rejoin.common.actors import ENGINE, patient_actor
from rejoin.followup.models import Case
from rejoin.followup.offered import heard_from, sweep_offered
from rejoin.makeups.actions import accept_offer, back_fill, offer_make_ups, wait_for
from rejoin.makeups.models import Offer
from rejoin.outreach.channels.port import Refused, Why
from rejoin.outreach.models import Message
from rejoin.outreach.quiet import set_quiet
from rejoin.people.actions import record_stop
from rejoin.people.models import Address
from rejoin.programs.actions import release_seat
from rejoin.programs.models import Session
from rejoin.programs.vocabulary import Release
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


def waited(morning: Morning, at: datetime = NEXT_DAY) -> Session:
    """A full evening that she waits for, and in which a seat comes free at `at`."""
    eve = morning.scene.admit("eve", sms=False, phone="+15550209")
    full = morning.other_group(eve, days=3, seats_max=1)
    seat = morning.evening.seats.get(patient=morning.ada)
    wait_for(seat=seat, session=full, **morning.desk())
    release_seat(seat=full.seats.get(patient=eve), reason=Release.REQUESTED, **morning.desk())
    assert back_fill(heard_from=heard_from, by=ENGINE, at=at) == 1
    return full


def test_a_seat_she_waited_for_that_comes_free_is_told_to_her_at_once_and_once() -> None:
    morning = Morning()
    full = waited(morning)
    offer = Offer.objects.get()
    assert (offer.session, offer.held) == (full, True)
    (text,) = morning.go(NEXT_DAY + minutes(1))
    assert "at https://in.example.org/makeup/" in text
    assert morning.go(NEXT_DAY + minutes(20)) == [text]


def test_a_freed_seat_is_told_two_hours_from_any_other_message() -> None:
    morning = Morning()
    waited(morning)
    just_now = NEXT_DAY - minutes(30)
    Message.objects.create(
        key="nudge:1",
        about="nudge:1",
        patient=morning.ada,
        program=morning.scene.program,
        channel="sms",
        template="ways_back",
        language="en",
        made_at=just_now,
        not_before=just_now,
        expires_at=NEXT_DAY + timedelta(days=1),
        sender="sms",
        state="sent",
        state_at=just_now,
    )
    assert morning.go(NEXT_DAY + minutes(1)) == []
    assert len(morning.go(NEXT_DAY + minutes(95))) == 1


def test_a_freed_seat_is_told_by_no_message_to_whoever_allows_none() -> None:
    morning = Morning()
    waited(morning)
    record_stop(patient=morning.ada, **morning.desk())
    assert morning.go(NEXT_DAY + minutes(1)) == []


def test_in_her_quiet_hours_no_freed_seat_rings() -> None:
    morning = Morning()
    waited(morning)
    set_quiet(
        patient=morning.ada,
        from_at=time(11),
        until_at=time(13),
        by=patient_actor(morning.ada.pk),
        at=NEXT_DAY,
    )
    assert morning.go(NEXT_DAY + minutes(1)) == []
    assert len(morning.go(NEXT_DAY + minutes(61))) == 1


NIGHT = NEXT_DAY + timedelta(hours=11)
"""Eleven at night: the policy's quiet hours end at eight."""


def test_a_seat_that_comes_free_at_night_is_kept_until_she_has_had_her_time_to_choose() -> None:
    morning = Morning()
    waited(morning, NIGHT)
    eight = NEXT_DAY + timedelta(hours=20)
    assert morning.go(NIGHT + minutes(1)) == []
    assert morning.go(eight - minutes(1)) == []
    assert len(morning.go(eight + minutes(1))) == 1
    assert Offer.objects.get().expires_at == eight + timedelta(hours=4)


def test_hours_that_she_set_herself_keep_it_too_and_none_beyond_the_notice_before_the_session() -> None:
    morning = Morning()
    herself = patient_actor(morning.ada.pk)
    set_quiet(patient=morning.ada, from_at=time(6), until_at=time(17, 30), by=herself, at=NEXT_DAY)
    full = waited(morning, NIGHT + timedelta(days=1))
    assert Offer.objects.get().expires_at == full.starts_at - timedelta(hours=1)


def test_whoever_is_told_by_no_message_has_the_same_hours_by_day_and_night() -> None:
    morning = Morning()
    record_stop(patient=morning.ada, **morning.desk())
    waited(morning, NIGHT)
    assert Offer.objects.get().expires_at == NIGHT + timedelta(hours=4)
