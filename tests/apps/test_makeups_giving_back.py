"""What is given back, and what is not any more: once it has begun, and once it is held after all."""

from datetime import timedelta

import pytest

from rejoin.common.actors import ENGINE
from rejoin.domain.kernel import Refusal
from rejoin.followup.models import Case
from rejoin.makeups.actions import accept_offer, waive, withdraw_offer, withdraw_stale
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking, Debt, Offer
from rejoin.makeups.vocabulary import WaiverReason, Withdrawn
from rejoin.people.models import Patient
from rejoin.programs.actions import cancel_session, reinstate_session
from rejoin.programs.models import Seat, Session
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import minutes
from tests.apps.signing import client_of
from tests.apps.test_console_makeups import case_of, page, send
from tests.apps.test_makeups_page import Holder

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


def let_go_while_booked() -> tuple[Owing, Case]:
    owing, _, _ = booked()
    waive(seat=owing.missed[0], why=WaiverReason.CLINICAL, **owing.desk())
    return owing, case_of(owing)


def test_the_case_tells_that_a_time_is_still_booked_once_what_was_owed_is_let_go() -> None:
    owing, case = let_go_while_booked()
    client = client_of(owing.scene.coordinator)
    told = page(client, case)
    assert "Booked, and not needed any more" in told
    assert "she need not come, and she may" in told
    assert "runs out" not in told
    assert told.count("Give the booked time back") == 1
    assert send(client, case, "cancel", why="cannot_come").status_code == 302
    told = page(client, case)
    assert "The time is given back." in told
    assert "open still" not in told
    assert "still booked" not in told


def test_her_page_tells_her_that_she_need_not_come_and_may() -> None:
    owing, _ = let_go_while_booked()
    ada = Holder(owing)
    told = ada.sees()
    assert "Nothing is left to make up for your session on Wednesday 7 October." in told
    assert "You need not come to this one. You still may, if you wish." in told
    assert "It makes up for" not in told
    Patient.objects.filter(pk=owing.patients[0].pk).update(language="es")
    assert "No hace falta que venga a esta. Puede venir si quiere." in ada.sees()
