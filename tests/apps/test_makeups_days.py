"""A day is billed by all that she had on it, and owed once."""

from datetime import timedelta

import pytest

from rejoin.attendance.actions import record_mark
from rejoin.domain.attendance import Status
from rejoin.domain.makeup.ledger import Account
from rejoin.makeups.actions import accept_offer
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import LedgerEntry
from rejoin.programs.models import Seat
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import START, publish

pytestmark = pytest.mark.django_db
MORNING = START - timedelta(hours=9)


def day_owed(seat: Seat) -> int:
    return open_amounts(seat.pk)[Account.BILLING]


def seat_at(owing: Owing, starts_at: object, *, came: bool, minutes: int = 180) -> Seat:
    """She has another session then; who came is known of it."""
    (ada,) = owing.patients
    session = owing.scene.session(ada, starts_at=starts_at, minutes=minutes, seats_max=None)  # type: ignore[arg-type]
    owing.scene.watched(session, *([(ada, session.starts_at, session.ends_at)] if came else []))
    return Seat.objects.get(session=session)


def test_the_evening_she_missed_owes_no_day_where_the_morning_is_billed() -> None:
    owing = Owing()
    seat_at(owing, MORNING, came=True)
    assert day_owed(owing.missed[0]) == 0


def test_two_that_she_missed_on_one_day_owe_one_day() -> None:
    owing = Owing()
    morning = seat_at(owing, MORNING, came=False)
    evening = owing.missed[0]
    assert (day_owed(morning), day_owed(evening)) == (1, 0)


def test_what_is_said_later_of_another_session_of_that_day_is_heard() -> None:
    owing = Owing()
    morning = seat_at(owing, MORNING, came=False)
    evening = owing.missed[0]
    owing.scene.watched(morning.session, (owing.patients[0], MORNING, MORNING + timedelta(hours=3)))
    record_mark(seat=morning, status=Status.ATTENDED, **owing.desk())
    owing.run(NEXT_DAY + timedelta(minutes=1))
    assert (day_owed(morning), day_owed(evening)) == (0, 0)


def test_a_day_is_not_decided_while_another_session_of_it_is_unknown() -> None:
    owing = Owing()
    (ada,) = owing.patients
    owing.scene.session(ada, starts_at=MORNING, seats_max=None)
    assert day_owed(owing.missed[0]) == 0


@pytest.mark.parametrize(
    ("minutes", "beside", "repaid"), [(180, None, 1), (60, None, 0), (60, 120, 1), (180, 180, 0)]
)
def test_a_make_up_repays_the_day_by_all_her_minutes_of_its_own(
    minutes: int, beside: int | None, repaid: int
) -> None:
    owing = Owing()
    with_billing(owing)
    seat = owing.missed[0]
    assert day_owed(seat) == 1
    green = owing.other_group(minutes=minutes)
    (offer,) = owing.offers()
    accept_offer(offer=offer, **owing.desk())
    if beside:
        seat_at(owing, green.starts_at - timedelta(hours=5), came=True, minutes=beside)
    (ada,) = owing.patients
    owing.scene.watched(green, (ada, green.starts_at, green.ends_at))
    owing.run(green.ends_at + timedelta(hours=3))
    assert day_owed(seat) == 1 - repaid
    assert open_amounts(seat.pk)[Account.CONTENT] == 0
    assert LedgerEntry.objects.filter(seat=seat, account="billing").count() == 1 + repaid


def with_billing(owing: Owing) -> None:
    """As policy A, but a make-up may bill the day that was lost."""
    text = owing.scene.policy.text.replace("[content, count, hours]", "[content, count, hours, billing]")
    publish(owing.scene.program, text.replace("version: 3", "version: 4"))
