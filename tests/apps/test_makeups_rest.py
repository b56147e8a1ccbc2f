"""A make-up that left something open: what is said of it, and that the rest can be had."""

import pytest
from django.urls import reverse

from rejoin.attendance.actions import record_mark
from rejoin.common import clock
from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Account
from rejoin.followup.models import Case
from rejoin.makeups.actions import Word, accept_offer, waive
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking, Debt
from rejoin.makeups.vocabulary import WaiverReason
from rejoin.makeups.world import worlds_of_program
from rejoin.programs.models import Session
from tests.apps.makeups_scene import Owing
from tests.apps.scene import minutes
from tests.apps.signing import client_of, patient_client_of
from tests.apps.test_makeups_page import Holder

pytestmark = pytest.mark.django_db


def went(length: int, *, of: int = 180) -> tuple[Owing, Session]:
    """She missed 195 minutes, and was at a make-up of 180 for so long."""
    owing = Owing()
    assert owing.missed
    green = owing.other_group(minutes=of)
    (offer,) = owing.offers()
    assert accept_offer(offer=offer, **owing.desk()).word is Word.TAKEN
    ada = owing.patients[0]
    owing.scene.watched(green, (ada, green.starts_at, green.starts_at + minutes(length)))
    owing.run(green.ends_at + minutes(30))
    clock.simulate(shown_at=green.ends_at + minutes(30), rate=0)
    return owing, green


def test_a_shorter_make_up_repays_content_and_the_session_and_leaves_minutes_and_both_pages_say_so() -> None:
    owing, green = went(180)
    (seat,) = owing.missed
    open_ = open_amounts(seat.pk)
    assert (open_[Account.CONTENT], open_[Account.COUNT], open_[Account.HOURS]) == (0, 0, 15)
    assert Debt.objects.get(seat=seat).left_open
    case = Case.objects.get(seat=seat)
    page = client_of(owing.scene.coordinator).get(reverse("console:case", args=[case.ref])).content.decode()
    assert "15 min of hours remain; content and attendance are made up." in page
    hers = Holder(owing).sees()
    assert "You have made it up" in hers
    assert not any(
        each.missed for each in worlds_of_program(owing.scene.program.pk, now=green.ends_at + minutes(30))
    )


@pytest.mark.parametrize("where", ["today", "missed", "sessions"])
def test_where_only_minutes_are_left_her_pages_do_not_call_it_open(where: str) -> None:
    owing, _ = went(180)
    case = Case.objects.get(seat=owing.missed[0])
    Case.objects.filter(pk=case.pk).update(state="open", closed_at=None, closed_by="", final_outcome="")
    address = reverse("portal:missed", args=[case.ref]) if where == "missed" else reverse(f"portal:{where}")
    page = patient_client_of(owing.patients[0]).get(address).content.decode()
    assert "See times for the minutes that are left" in page
    assert "Pick a time to make it up" not in page
    assert ("Only 15 minutes of program hours are left." in page) is (where != "sessions")


def test_after_a_make_up_that_she_was_at_in_part_another_can_be_booked_for_the_rest() -> None:
    owing, green = went(60)
    (seat,) = owing.missed
    open_ = open_amounts(seat.pk)
    assert open_[Account.CONTENT] == 1
    assert open_[Account.HOURS] == 135
    at = green.ends_at + minutes(30)
    owing.other_group(days=5)
    (offer,) = owing.offers(at=at)
    assert accept_offer(offer=offer, **owing.desk(at)).word is Word.TAKEN
    assert Booking.objects.filter(missed=seat).count() == 2
    with pytest.raises(Refusal) as refused:
        owing.offers(at=at)
    assert refused.value.code == "makeup.booked"


def test_the_minutes_that_are_left_can_be_had_too_where_she_asks_for_them() -> None:
    owing, green = went(180)
    at = green.ends_at + minutes(30)
    owing.other_group(days=5)
    (offer,) = owing.offers(at=at)
    assert accept_offer(offer=offer, **owing.desk(at)).word is Word.TAKEN


def test_a_time_for_the_rest_that_is_not_needed_after_all_stays_hers_and_is_told_to_both() -> None:
    owing, green = went(60, of=195)
    at = green.ends_at + minutes(30)
    ada, later = owing.patients[0], owing.other_group(days=5)
    (offer,) = owing.offers(at=at)
    assert accept_offer(offer=offer, **owing.desk(at)).word is Word.TAKEN
    coordinator, hers = client_of(owing.scene.coordinator), patient_client_of(ada)
    assert "not needed any more" not in coordinator.get(reverse("console:today")).content.decode()
    assert "You need not come to this one." not in hers.get(reverse("portal:today")).content.decode()
    seat = green.seats.get(patient=ada)
    record_mark(seat=seat, status=Status.ATTENDED, reason="read_wrong", **owing.desk(at + minutes(5)))
    owing.run(at + minutes(10))
    open_ = open_amounts(owing.missed[0].pk)
    assert (open_[Account.CONTENT], open_[Account.COUNT], open_[Account.HOURS]) == (
        0,
        0,
        135,
    )  # those she was there
    assert "not needed any more" not in coordinator.get(reverse("console:today")).content.decode()
    waive(seat=owing.missed[0], why=WaiverReason.CLINICAL, **owing.desk(at + minutes(10)))
    assert later.seats.get(patient=ada).occupies
    today = coordinator.get(reverse("console:today")).content.decode()
    assert "Booked, and not needed any more" in today
    assert reverse("console:case", args=[Case.objects.get(seat=owing.missed[0]).ref]) in today
    assert "You need not come to this one." in hers.get(reverse("portal:today")).content.decode()


def test_whether_something_is_open_is_kept_beside_the_debt_as_its_ledger_is_written() -> None:
    owing, green = went(195)
    (seat,) = owing.missed
    assert Debt.objects.get(seat=seat).left_open
    waive(seat=seat, why=WaiverReason.CLINICAL, **owing.desk(green.ends_at + minutes(30)))
    assert not Debt.objects.get(seat=seat).left_open
