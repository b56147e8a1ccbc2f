"""What is asked again when she says yes: whom she would sit with, whether it is hers to take, and whether it is owed still."""

import pytest

from rejoin.domain.makeup.ledger import Account
from rejoin.makeups.actions import Word, accept_offer, catch_up, decline_offer, keep_apart
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking, LedgerEntry, Offer
from rejoin.makeups.querysets import latest_turn
from rejoin.makeups.vocabulary import Turn
from rejoin.programs.actions import end_enrolment
from rejoin.programs.models import Enrolment, Seat, Session
from rejoin.programs.vocabulary import Ending
from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing
from tests.apps.scene import START, minutes
from tests.apps.test_makeups_page import Holder

pytestmark = pytest.mark.django_db


def two_kept_apart() -> tuple[Owing, Session]:
    owing = Owing(names=("ada", "eve"))
    assert owing.missed
    ada, eve = owing.patients
    keep_apart(program=owing.scene.program, one=ada, other=eve, words="They were a couple", **owing.desk())
    return owing, owing.other_group()


def word_of(owing: Owing, offer: Offer) -> Word:
    return accept_offer(offer=offer, **owing.desk()).word


def test_of_two_kept_apart_who_were_shown_the_same_session_one_is_seated() -> None:
    owing, green = two_kept_apart()
    mine, hers = (owing.shown(seat, green) for seat in owing.missed)
    assert [word_of(owing, each) for each in (mine, hers)] == [Word.TAKEN, Word.GONE]
    assert Seat.objects.get(session=green, occupies=True).patient_id == mine.patient_id
    assert latest_turn(hers.pk) == Turn.WITHDRAWN


def test_a_seat_that_is_held_for_one_is_not_taken_beside_her_by_whoever_is_kept_from_her() -> None:
    owing, green = two_kept_apart()
    mine, hers = owing.missed
    (held,) = owing.offers(mine)
    assert word_of(owing, owing.shown(hers, green)) is Word.GONE
    assert word_of(owing, held) is Word.TAKEN


def test_nobody_takes_a_seat_in_the_group_of_whoever_is_kept_from_her() -> None:
    owing, green = two_kept_apart()
    Enrolment.objects.filter(patient=owing.patients[1]).update(group=owing.green)
    shown = owing.shown(owing.missed[0], green)
    assert word_of(owing, shown) is Word.GONE


def test_the_last_word_holds_of_who_is_kept_apart() -> None:
    owing, green = two_kept_apart()
    mine, hers = (owing.shown(seat, green) for seat in owing.missed)
    ada, eve = owing.patients
    keep_apart(program=owing.scene.program, one=ada, other=eve, apart=False, **owing.desk())
    assert [word_of(owing, each) for each in (mine, hers)] == [Word.TAKEN, Word.TAKEN]


def test_whoever_has_left_the_program_takes_no_seat_in_it() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    (offer,) = owing.offers()
    end_enrolment(
        enrolment=Enrolment.objects.get(patient=owing.patients[0]), ending=Ending.COMPLETED, **owing.desk()
    )
    assert word_of(owing, offer) is Word.OVER
    assert not Booking.objects.exists()


def test_a_place_that_ends_before_that_day_gives_no_seat_on_it() -> None:
    owing = Owing()
    assert owing.missed
    green = owing.other_group()
    shown = owing.shown(owing.missed[0], green)
    Enrolment.objects.filter(patient=owing.patients[0]).update(until_on=green.starts_at.date() - DAY)
    assert word_of(owing, shown) is Word.OVER
    Enrolment.objects.filter(patient=owing.patients[0]).update(until_on=green.starts_at.date())
    assert word_of(owing, shown) is Word.TAKEN


def test_once_she_is_found_to_have_been_there_nothing_that_is_open_is_offered_or_taken_any_more() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    (offer,) = owing.offers()
    owing.scene.watched(seat.session, (owing.patients[0], START, seat.session.ends_at))
    owing.run(NEXT_DAY + minutes(30))
    assert offer.turns.latest("pk").reason == "not_owed"
    assert word_of(owing, offer) is Word.OVER
    assert not Booking.objects.exists()


def close(seat: Seat, *accounts: Account) -> None:
    """As the ledger would stand, whatever has looked at her offers since."""
    for account in accounts:
        LedgerEntry.objects.create(
            at=NEXT_DAY,
            by="system:engine",
            seat=seat,
            patient_id=seat.patient_id,
            account=account.value,
            what="owed",
            amount=-open_amounts(seat.pk)[account],
        )


def test_a_yes_is_over_where_a_lost_day_alone_is_left() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    owing.hour()
    first, second = owing.offers()
    close(owing.missed[0], Account.CONTENT, Account.COUNT, Account.HOURS)
    assert word_of(owing, first) is Word.OVER
    assert {each.turns.latest("pk").reason for each in (first, second)} == {"not_owed"}


def test_who_has_nothing_left_once_she_caught_up_is_offered_nothing_any_more() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    (offer,) = owing.offers()
    close(seat, Account.COUNT, Account.HOURS)
    catch_up(seat=seat, **owing.desk())
    assert offer.turns.latest("pk").reason == "not_owed"


def test_a_yes_that_is_sent_twice_is_told_that_she_has_a_time() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    (offer,) = owing.offers()
    assert [word_of(owing, offer) for _ in range(2)] == [Word.TAKEN, Word.BOOKED]
    owing.desk()
    ada = Holder(owing)
    assert "You have a time already. Here it is." in ada.does("accept", offer=offer.ref)
    assert Booking.objects.count() == 1


def test_a_yes_from_another_tab_to_another_time_is_told_that_she_has_one() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    owing.hour()
    first, second = owing.offers()
    assert [word_of(owing, each) for each in (first, second)] == [Word.TAKEN, Word.BOOKED]


def test_what_ran_out_or_was_declined_is_over_however_many_she_has_that_week() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    owing.hour()
    first, second = owing.offers()
    decline_offer(offer=first, **owing.desk())
    assert word_of(owing, first) is Word.OVER
    late = owing.desk(second.expires_at)
    assert accept_offer(offer=second, **late).word is Word.OVER
