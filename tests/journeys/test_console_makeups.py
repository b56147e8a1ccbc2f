"""A make-up found with her on the phone, and the evening on which she comes, in a real browser."""

import time

import pytest

from rejoin.attendance.models import Mark
from rejoin.followup.models import Case
from rejoin.makeups.actions import accept_offer
from rejoin.makeups.models import Booking
from rejoin.people.models import Patient
from rejoin.programs.models import Session
from tests.apps.makeups_scene import DAY, Owing
from tests.apps.scene import START, minutes
from tests.journeys.looking import DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
GROUP = ["bea", "cora", "dina", "ella", "fay", "gia", "hana", "ines", "jo", "kim", "lena"]


def a_way_back() -> tuple[Owing, Case]:
    """ada, who is in Denver, missed the blue group; the green one has seats, another is full, and ben has two hours."""
    owing = Owing()
    seat = owing.missed[0]
    Patient.objects.filter(pk=seat.patient_id).update(timezone="America/Denver")
    owing.other_group()
    owing.other_group(owing.scene.admit("bea", sms=False), seats_max=1, days=3)
    owing.hour(length=120)
    owing.desk()
    return owing, Case.objects.get(seat=seat)


@pytest.mark.parametrize("size", [PHONE, DESK_AT_200_PERCENT])
def test_a_way_back_is_found_and_taken_with_her_on_the_phone(signed_in: SignedIn, size: Size) -> None:
    owing, case = a_way_back()
    page = signed_in(owing.scene.coordinator, size=size)
    page.goto(f"/cases/{case.ref}/makeup/")
    page.get_by_text("Has no seat left").wait_for()
    find_nothing_wrong(page)
    page.goto(f"/cases/{case.ref}/")
    page.keyboard.press("w")
    page.get_by_text("to choose from").wait_for()
    for card in page.locator("details.form-card > summary, .make-up details > summary").all():
        card.click()
    find_nothing_wrong(page)
    page.get_by_role("button", name="She says yes").first.click()
    page.get_by_text("Booked for").wait_for()
    find_nothing_wrong(page)
    assert Booking.objects.get().missed == case.seat


def test_what_is_let_go_is_refused_in_place_and_works_without_scripts(signed_in: SignedIn) -> None:
    owing, case = a_way_back()
    page = signed_in(owing.scene.ben, scripts=False)
    page.goto(f"/cases/{case.ref}/")
    page.get_by_text("Let go what is left").click()
    page.locator("details[open]").get_by_label("Another reason").check()
    page.get_by_role("button", name="Let it go").click()
    page.get_by_text("Say in a sentence why").first.wait_for()
    page.locator("details[open]").get_by_label("In your words").fill("She asked for rest this week.")
    page.get_by_role("button", name="Let it go").click()
    page.get_by_text("Let go: another reason").wait_for()
    assert page.get_by_text("She asked for rest this week.").count() == 2  # there, and on the timeline


def an_evening_with_a_visitor() -> tuple[Owing, Session]:
    """Eleven of the green group, of whom ada knows two, and ada who makes up."""
    owing = Owing()
    seat = owing.missed[0]
    others = [owing.scene.admit(name, sms=False) for name in GROUP]
    before = owing.scene.session(owing.patients[0], *others[:2], starts_at=START - 7 * DAY)
    owing.scene.watched(
        before, *((each, before.starts_at, before.ends_at) for each in (owing.patients[0], *others[:2]))
    )
    green = owing.other_group(*others)
    owing.run(START + 19 * minutes(60))
    accept_offer(offer=owing.shown(seat, green), **owing.desk(START + 19 * minutes(60)))
    owing.scene.watched(
        green, *((each, green.starts_at, green.ends_at) for each in (owing.patients[0], *others[2:]))
    )
    return owing, green


@pytest.mark.parametrize("size", [PHONE, DESK_AT_200_PERCENT])
def test_who_makes_up_is_seen_before_the_session(signed_in: SignedIn, size: Size) -> None:
    owing, green = an_evening_with_a_visitor()
    owing.desk(green.starts_at - minutes(45))
    page = signed_in(owing.noor, size=size)
    page.goto("/today/")
    assert page.get_by_text("1 makes up here").is_visible()
    find_nothing_wrong(page)
    page.goto(f"/sessions/{green.ref}/")
    assert page.get_by_text("2 here: bea, cora").is_visible()
    find_nothing_wrong(page)


def test_twelve_with_a_visitor_are_attested_by_keyboard_within_twenty_seconds(signed_in: SignedIn) -> None:
    owing, green = an_evening_with_a_visitor()
    owing.run(green.ends_at + minutes(5))
    page = signed_in(owing.noor)
    page.goto("/today/")
    began = time.monotonic()
    page.get_by_role("link", name="Green").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sessions/**")
    page.get_by_text("Makes up Wednesday’s Blue").wait_for()
    for key in ("j", "4", "a"):
        page.keyboard.press(key)
    page.get_by_text("12 seats written down").wait_for()
    took = time.monotonic() - began
    print(f"\nattested 11 people and a visitor in {took:.2f} s of machine time, 4 keys")
    assert Mark.objects.get(patient__name="bea", seat__session=green).status == "excused"
    assert Mark.objects.get(patient__name="ada", seat__session=green).status == "attended"
    assert took < 20
    find_nothing_wrong(page)
