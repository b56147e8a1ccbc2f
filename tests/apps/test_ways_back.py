"""One message leads her to her ways back, once, by a channel she allows; what she takes there is seen on her case."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings

from rejoin.common import clock
from rejoin.followup.actions import record_attempt
from rejoin.followup.boards.timeline import case_timeline
from rejoin.followup.hearing import read_reply
from rejoin.followup.vocabulary import AttemptOutcome
from rejoin.followup.ways_back import sweep_ways_back
from rejoin.makeups.actions import offer_make_ups, waive
from rejoin.makeups.models import Booking, Debt
from rejoin.makeups.vocabulary import WaiverReason
from rejoin.outreach.channels.port import Refused, Why
from rejoin.outreach.masking import without_secrets
from rejoin.outreach.models import Message, Reply, VendorDelivery
from rejoin.people.actions import record_stop
from rejoin.people.models import Address, Patient
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db
SITE = "https://in.example.org"
OVER = START + timedelta(minutes=195)


def wrote(patient: Patient) -> Reply:
    delivery = VendorDelivery.objects.create(
        vendor="twilio", event_id="SM1", kind="inbound", received_at=OVER, body=b""
    )
    return Reply.objects.create(
        patient=patient,
        delivery=delivery,
        channel="sms",
        meaning="reply",
        text="hm",
        at=OVER,
        by="vendor:twilio",
    )


class Evening(Owing):
    """ada may get texts, and nobody came. `columns`: of how she is admitted."""

    def __init__(self, **columns: Any) -> None:
        super().__init__(scene=Scene())
        self.ada: Patient = self.scene.admit("ada", **columns)
        self.session_missed = self.scene.session(self.ada, seats_max=None)
        self.scene.watched(self.session_missed)
        self.other_group()

    def go(self, *moments: Any) -> list[str]:
        """Everything the engine does at these moments; the texts that went out."""
        with override_settings(BASE_URL=SITE):
            for at in moments:
                self.run(at)
                while sweep_ways_back(now=at):
                    self.run(at)
                self.run(at)
        return [each.body for each in self.scene.sms.sent]


def test_one_text_leads_her_there_in_the_morning_and_what_she_takes_is_on_her_case() -> None:
    evening = Evening()
    nudge, *none = evening.go(START + minutes(6), OVER + minutes(30), OVER + timedelta(hours=3))
    assert "/makeup/" not in nudge
    assert not none, "it is night where she is"
    first, text = evening.go(NEXT_DAY, NEXT_DAY + timedelta(hours=1), NEXT_DAY + timedelta(days=1))
    assert first == nudge
    assert text.startswith("Harbor Office: pick a time that suits you at https://in.example.org/makeup/")
    assert text.endswith("STOP to opt out.")
    assert len(text) <= 160
    clock.simulate(shown_at=NEXT_DAY, rate=0)
    client, path = Client(), text.split(SITE)[1].split()[0]
    assert client.get(path).status_code == 200
    client.post(f"{path}look")
    ref = Debt.objects.get().seat.offers.get().ref
    assert client.post(f"{path}accept", {"offer": ref}).status_code == 303
    assert Booking.objects.get().missed.session == evening.session_missed
    told = [each.words for each in case_timeline(evening.scene.case(evening.ada))]
    assert without_secrets(text) in told, "whoever reads the case may not take her place"
    assert text not in told


def test_whoever_was_reached_by_phone_is_led_there_all_the_same() -> None:
    evening = Evening()
    evening.go(START + minutes(61))
    case = evening.scene.case(evening.ada)
    record_attempt(
        case=case,
        step=case.steps.get(rule="call1"),
        channel="phone",
        outcome=AttemptOutcome.CONTACT,
        by=evening.scene.as_ben(),
        at=START + minutes(70),
    )
    assert "/makeup/" in evening.go(OVER + timedelta(hours=1), NEXT_DAY)[-1]


def test_she_said_stop_and_gets_it_by_e_mail() -> None:
    evening = Evening()
    Address.objects.create(patient=evening.ada, kind="email", value="a@b.org", normal="a@b.org")
    record_stop(patient=evening.ada, by=evening.scene.as_ben(), at=START)
    assert evening.go(NEXT_DAY) == []
    message = Message.objects.get(template="ways_back")
    assert message.channel == "email"


def test_whoever_allows_nothing_is_not_asked_after_again() -> None:
    evening = Evening(sms=False)
    evening.go(NEXT_DAY)
    assert not Message.objects.filter(template="ways_back").exists()
    assert not Debt.objects.filter(untold=True).exists()


def test_a_text_that_certainly_did_not_go_is_followed_by_an_e_mail_and_by_no_other_text() -> None:
    evening = Evening()
    Address.objects.create(patient=evening.ada, kind="email", value="a@b.org", normal="a@b.org")
    evening.go(START + minutes(6), OVER + minutes(30))
    evening.scene.sms.does = [Refused(code="30003", permanent=True, why=Why.GONE)]
    evening.go(NEXT_DAY, NEXT_DAY + timedelta(hours=1), NEXT_DAY + timedelta(hours=2))
    assert sorted(Message.objects.filter(template="ways_back").values_list("channel", flat=True)) == [
        "email",
        "sms",
    ]


@pytest.mark.parametrize("seen_to", ["waived", "offered", "elevated", "over", "long_ago"])
def test_nothing_goes_out_where_it_is_seen_to_already_or_a_person_comes_first(seen_to: str) -> None:
    evening = Evening()
    if seen_to == "elevated":
        evening.scene.flag(evening.ada, "high_risk")
    evening.go(START + minutes(6), OVER + minutes(30))
    seat, desk = Debt.objects.get().seat, evening.desk(OVER + minutes(40))
    if seen_to == "waived":
        waive(seat=seat, why=WaiverReason.CLINICAL, **desk)
    elif seen_to == "offered":
        offer_make_ups(seat=seat, **desk)
    evening.go(NEXT_DAY + timedelta(days={"over": 9, "long_ago": 3}.get(seen_to, 0)))
    assert not Message.objects.filter(template="ways_back").exists()


def test_what_was_offered_between_the_asking_and_the_morning_leaves_the_message_here() -> None:
    evening = Evening()
    evening.go(START + minutes(6), OVER + minutes(30), OVER + timedelta(hours=3))
    offer_make_ups(seat=Debt.objects.get().seat, **evening.desk(OVER + timedelta(hours=4)))
    evening.go(NEXT_DAY)
    assert (Message.objects.get(template="ways_back").state, len(evening.scene.sms.sent)) == ("withheld", 1)


def test_it_waits_while_what_she_wrote_is_unread() -> None:
    evening = Evening()
    evening.go(START + minutes(6), OVER + minutes(30), OVER + timedelta(hours=3))
    reply = wrote(evening.ada)
    assert len(evening.go(NEXT_DAY)) == 1
    read_reply(reply=reply, **evening.desk())
    assert "/makeup/" in evening.go(NEXT_DAY + minutes(11))[-1]


def test_of_two_evenings_she_is_led_to_the_one_and_some_hours_later_to_the_other() -> None:
    evening = Evening()
    late = START + timedelta(hours=4)
    evening.scene.watched(evening.scene.session(evening.ada, starts_at=late, minutes=30, seats_max=None))
    evening.go(START + minutes(6), late + minutes(6), late + timedelta(hours=3))

    def led(at: Any) -> int:
        return sum("/makeup/" in each for each in evening.go(at))

    # in the morning she is written to of the late evening first
    assert [led(NEXT_DAY + minutes(each)) for each in (0, 60, 180, 300)] == [0, 0, 1, 2]
