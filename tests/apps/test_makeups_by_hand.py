"""A way back that somebody found together with her, and how it is told what became of all of them."""

from datetime import datetime, timedelta

import pytest

from rejoin.common.actors import ENGINE, patient_actor
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Account, What
from rejoin.makeups.actions import (
    Word,
    accept_offer,
    decline_offer,
    expire_offers,
    offer_this,
    wait_for,
    waive,
    withdraw_offer,
)
from rejoin.makeups.models import Opening
from rejoin.makeups.staleness import StaleMakeUp, hold_make_up, version_of
from rejoin.makeups.story import story_of
from rejoin.makeups.vocabulary import Declined, Turn, WaiverReason, Withdrawn
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import START

pytestmark = pytest.mark.django_db


def at_ten_past(opening: Opening) -> tuple[int | None, int | None, datetime]:
    return (None, opening.pk, opening.starts_at + timedelta(minutes=15))


def test_a_time_in_an_opening_is_given_by_hand_instead_of_what_was_offered() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    opening = owing.hour(length=120)
    before = owing.offers()
    offer = offer_this(seat=seat, key=at_ten_past(opening), **owing.desk())
    assert (offer.kind, offer.held, offer.rank) == ("individual", True, 0)
    assert offer.starts_at == opening.starts_at + timedelta(minutes=15)
    assert {each.turn for each in story_of(seat).offers if each.id != offer.pk} == {Turn.WITHDRAWN}
    assert len(before) == 3
    assert accept_offer(offer=offer, **owing.desk()).word is Word.TAKEN


def test_what_does_not_fit_is_refused_with_the_rule() -> None:
    owing = Owing()
    seat = owing.missed[0]
    full = owing.other_group(owing.scene.admit("bea", sms=False), seats_max=1)
    with pytest.raises(Refusal, match="not there any more"):
        offer_this(seat=seat, key=(0, None, START), **owing.desk())
    with pytest.raises(Refusal, match="no seat left"):
        offer_this(seat=seat, key=(full.pk, None, full.starts_at), **owing.desk())
    with pytest.raises(Refusal, match="Only a person"):
        offer_this(seat=seat, key=(full.pk, None, full.starts_at), by=ENGINE, at=NEXT_DAY)


def test_the_story_tells_what_is_owed_what_was_offered_and_where_she_goes() -> None:
    owing = Owing()
    seat = owing.missed[0]
    green = owing.other_group()
    full = owing.other_group(owing.scene.admit("bea", sms=False), seats_max=1, days=3)
    wait_for(seat=seat, session=full, **owing.desk())
    (offer,) = owing.offers()
    accept_offer(offer=offer, **owing.desk())
    story = story_of(seat)
    assert story.total(Account.HOURS, What.OWED) == story.total(Account.HOURS) == 195
    assert story.until == START + timedelta(days=7)
    (told,) = story.offers
    assert (told.turn, told.group, list(told.leaders)) == (Turn.ACCEPTED, "Green", ["noor of evening"])
    assert story.booking is not None
    assert story.booking.session_ref == green.ref
    assert [each.turn for each in story.waits] == ["left"]
    withdraw_offer(offer=offer, why=Withdrawn.CANNOT_COME, **owing.desk())
    assert story_of(seat).booking is None


def test_whoever_comes_second_is_told_what_a_person_did_and_nothing_of_the_engine() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    seen = version_of(seat.pk)
    (offer,) = owing.offers()
    with pytest.raises(StaleMakeUp, match="ben of evening found 1 to choose from") as stale:
        hold_make_up(seat, seen)
    hold_make_up(seat, stale.value.version)
    expire_offers(by=ENGINE, at=offer.expires_at)
    hold_make_up(seat, stale.value.version)
    waive(seat=seat, why=WaiverReason.CLINICAL, **owing.desk())
    with pytest.raises(StaleMakeUp, match="let go what was open") as again:
        hold_make_up(seat, stale.value.version)
    assert len(again.value.changes) == 1


def test_what_she_said_herself_is_told_as_hers() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    (offer,) = owing.offers()
    seen = version_of(seat.pk)
    decline_offer(offer=offer, why=Declined.TIME, by=patient_actor(seat.patient_id), at=NEXT_DAY)
    with pytest.raises(StaleMakeUp, match="The patient would rather not have 1"):
        hold_make_up(seat, seen)
