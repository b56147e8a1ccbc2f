"""What is given back, and what is not any more: once it has begun, and once it is held after all."""

from datetime import timedelta

import pytest

from rejoin.common.actors import ENGINE
from rejoin.domain.kernel import Refusal
from rejoin.makeups.actions import accept_offer, withdraw_offer, withdraw_stale
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking, Debt, Offer
from rejoin.makeups.vocabulary import Withdrawn
from rejoin.programs.actions import cancel_session, reinstate_session
from rejoin.programs.models import Seat, Session
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import minutes

pytestmark = pytest.mark.django_db


def booked() -> tuple[Owing, Session, Offer]:
    owing = Owing()
    assert owing.missed
    green = owing.other_group()
    (offer,) = owing.offers()
    accept_offer(offer=offer, **owing.desk())
    return owing, green, offer


def test_what_she_repaid_by_being_there_is_not_taken_from_her() -> None:
    owing, green, offer = booked()
    seat = owing.missed[0]
    owing.scene.watched(green, (owing.patients[0], green.starts_at, green.ends_at))
    after = green.ends_at + minutes(30)
    owing.run(after)
    left = open_amounts(seat.pk)
    with pytest.raises(Refusal, match="has begun already"):
        withdraw_offer(offer=offer, why=Withdrawn.SEAT_NEEDED, **owing.desk(after))
    Debt.objects.filter(seat=seat).update(next_look_at=after)
    owing.run(after + minutes(1))
    assert open_amounts(seat.pk) == left
    assert Booking.objects.get().seat.occupies


def test_a_seat_is_needed_no_less_once_its_session_was_off_and_is_held_after_all() -> None:
    owing, green, offer = booked()
    cancel_session(session=green, **owing.desk())
    withdraw_stale(by=ENGINE, at=NEXT_DAY)
    reinstate_session(session=green, **owing.desk(NEXT_DAY + timedelta(minutes=2)))
    assert Seat.objects.get(session=green).occupies
    later = owing.desk(NEXT_DAY + timedelta(minutes=3))
    withdraw_offer(offer=offer, why=Withdrawn.SEAT_NEEDED, **later)
    assert not Seat.objects.get(session=green).occupies
    with pytest.raises(Refusal, match="over already"):
        withdraw_offer(offer=offer, why=Withdrawn.SEAT_NEEDED, **later)
