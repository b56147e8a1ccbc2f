"""Ways back: what is offered, held, taken, declined, expired, withdrawn; and the ledger that follows."""

from datetime import date, timedelta

import pytest

from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Account
from rejoin.makeups import ledgers
from rejoin.makeups.actions import Word, accept_offer, decline_offer, expire_offers
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking, Debt, Offer
from rejoin.makeups.querysets import latest_turn
from rejoin.makeups.vocabulary import Declined, Turn
from rejoin.programs.models import PolicyVersion
from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing
from tests.apps.scene import LETTERS, START, minutes

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


def test_where_every_absence_is_to_be_made_up_no_debt_runs_out() -> None:
    owing = Owing()
    text = (
        LETTERS["a"].read_text().replace("version: 3", "version: 9").replace("2026-01-01", "2026-10-01")
        + "overlays: [court.yaml]\n"
    )
    PolicyVersion.objects.create(
        program=owing.scene.program,
        version=9,
        effective=(date(2026, 10, 1), None),
        text=text,
        opens_on=["missed"],
        at=START - DAY,
        by="staff:1",
    )
    seat = owing.missed[0]
    owing.run(START + 30 * DAY)
    assert open_amounts(seat.pk)[Account.CONTENT] == 1


def test_a_ledger_that_cannot_be_kept_waits_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    Debt.objects.update(next_look_at=NEXT_DAY)
    kept = ledgers.should_stand

    def stumble(missed: ledgers.KnownDebt) -> object:
        if missed.seat_id == mine.pk:
            raise LookupError
        return kept(missed)

    monkeypatch.setattr(ledgers, "should_stand", stumble)
    while ledgers.sweep_ledgers(now=NEXT_DAY):
        pass
    waits, done = Debt.objects.get(seat=mine), Debt.objects.get(seat=hers)
    assert (waits.failures, waits.error, done.failures) == (1, "LookupError", 0)
    assert waits.next_look_at is not None
    assert waits.next_look_at > NEXT_DAY
