"""Ways back: what is offered, held, taken, declined, expired, withdrawn; and the ledger that follows."""

from datetime import timedelta

import pytest

from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Account
from rejoin.makeups.actions import Word, accept_offer, decline_offer, expire_offers
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking, Offer
from rejoin.makeups.querysets import latest_turn
from rejoin.makeups.vocabulary import Declined, Turn
from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing
from tests.apps.scene import START, minutes

pytestmark = pytest.mark.django_db


def turn_of(offer: Offer) -> str:
    return latest_turn(offer.pk)


def test_a_miss_is_owed_in_all_four_accounts() -> None:
    owing = Owing()
    assert open_amounts(owing.missed[0].pk) == {
        Account.CONTENT: 1,
        Account.COUNT: 1,
        Account.HOURS: 195,
        Account.BILLING: 1,
    }


def test_she_is_offered_three_ways_in_different_parts_of_her_day() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    owing.other_group(hours=-4, days=3)
    owing.hour(days=2)
    offers = owing.offers()
    assert [each.kind for each in offers] == ["cohort", "cohort", "individual"]
    assert {each.part_of_day for each in offers} == {"morning", "afternoon", "evening"}
    assert [each.held for each in offers] == [True, False, False]
    assert offers[0].repairs == ["content", "count", "hours"]
    assert offers[2].repairs == ["content", "hours"]


def test_what_she_accepts_is_hers_and_the_others_are_let_go() -> None:
    owing = Owing()
    green = owing.other_group() if owing.missed else None
    owing.hour(days=2)
    first, second = owing.offers()
    answer = accept_offer(offer=first, **owing.desk())
    assert answer.word is Word.TAKEN
    assert answer.booking is not None
    assert answer.booking.seat.session == green
    assert (turn_of(first), turn_of(second)) == (Turn.ACCEPTED, Turn.WITHDRAWN)
    with pytest.raises(Refusal, match="has its make-up"):
        owing.offers()


def test_a_one_to_one_is_made_when_she_accepts_it() -> None:
    owing = Owing()
    opening = owing.hour(days=2) if owing.missed else None
    (offer, *_) = owing.offers()
    answer = accept_offer(offer=offer, **owing.desk())
    assert answer.booking is not None
    session = answer.booking.seat.session
    assert (session.kind, session.by_name, session.seats_max) == ("individual", True, 1)
    assert [each.staff for each in session.leaders.all()] == [owing.scene.ben]
    assert opening is not None
    assert session.ends_at - session.starts_at == timedelta(minutes=opening.minutes)


def test_the_minutes_she_was_there_are_what_it_repays() -> None:
    owing = Owing()
    green = owing.other_group() if owing.missed else None
    accept_offer(offer=owing.offers()[0], **owing.desk())
    assert green is not None
    ada = owing.patients[0]
    owing.scene.watched(green, (ada, green.starts_at, green.ends_at))
    owing.run(green.ends_at + minutes(30))
    assert open_amounts(owing.missed[0].pk) == {
        Account.CONTENT: 0,
        Account.COUNT: 0,
        Account.HOURS: 15,
        Account.BILLING: 1,
    }


def test_what_she_declined_is_not_offered_for_that_session_again() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    (offer,) = owing.offers()
    decline_offer(offer=offer, why=Declined.TIME, **owing.desk())
    assert owing.offers() == []


def test_an_offer_ends_by_the_clock_whoever_writes_it_down() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    (offer,) = owing.offers()
    late = owing.desk(NEXT_DAY + timedelta(hours=4))
    assert accept_offer(offer=offer, **late).word is Word.OVER
    assert expire_offers(**late) == 1
    assert expire_offers(**late) == 0
    assert turn_of(offer) == Turn.EXPIRED
    assert not Booking.objects.exists()


def test_a_debt_ends_when_its_window_does() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.run(START + 8 * DAY)
    assert set(open_amounts(seat.pk).values()) == {0}
    assert set(seat.ledger.filter(what="expired").values_list("reason", flat=True)) == {"window_over"}
