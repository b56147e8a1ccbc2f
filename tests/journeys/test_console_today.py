"""The evening in front of a facilitator: who is here, who is not, and a sheet attested by keyboard."""

import time

import pytest

from rejoin.attendance.models import Mark
from rejoin.programs.models import Session
from tests.apps.scene import START, Scene, minutes
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
NAMES = ["ada", "bea", "cora", "dina", "ella", "fay", "gia", "hana", "ines", "jo", "kim", "lena"]
SIZES = [DESK, PHONE, DESK_AT_200_PERCENT]


def a_group_of_twelve(scene: Scene) -> Session:
    """Twelve patients, of whom ten came."""
    patients = [scene.admit(name, phone=f"+1555010{number:02}") for number, name in enumerate(NAMES)]
    session = scene.session(*patients)
    scene.watched(session, *((each, START, None) for each in patients[2:]))
    return session


@pytest.mark.parametrize("size", SIZES)
def test_today_and_a_sheet_can_be_read_by_everybody(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    session = a_group_of_twelve(scene)
    scene.run(START + minutes(21))
    page = signed_in(scene.coordinator, size=size)
    page.goto("/today/")
    assert page.get_by_role("heading", name="Blue").is_visible()
    assert page.get_by_text("Missing", exact=True).count() >= 2
    find_nothing_wrong(page)
    scene.run(START + minutes(200))
    page.goto(f"/sessions/{session.ref}/")
    find_nothing_wrong(page)


def test_twelve_people_are_attested_by_keyboard_within_twenty_seconds(signed_in: SignedIn) -> None:
    scene = Scene()
    session = a_group_of_twelve(scene)
    scene.run(START + minutes(200))
    page = signed_in(scene.ben)
    page.goto("/today/")
    began = time.monotonic()
    page.get_by_role("link", name="Blue").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sessions/**")
    for key in ("j", "4", "a"):  # the first, ada, is excused and not missed; then all of them
        page.keyboard.press(key)
    page.get_by_text("12 seats written down").wait_for()
    print(f"\nattested 12 people in {time.monotonic() - began:.2f} s of machine time, 4 keys")
    assert Mark.objects.filter(seat__session=session).count() == 12
    assert Mark.objects.get(patient__name="ada").status == "excused"
    assert Mark.objects.get(patient__name="bea").status == "missed"


def test_a_sheet_is_attested_without_scripts(signed_in: SignedIn) -> None:
    scene = Scene()
    session = a_group_of_twelve(scene)
    scene.run(START + minutes(200))
    page = signed_in(scene.ben, scripts=False)
    page.goto(f"/sessions/{session.ref}/")
    page.get_by_role("button", name="Attest all 12").click()
    page.get_by_text("12 seats written down").wait_for()
    assert Mark.objects.filter(seat__session=session).count() == 12


def test_the_sheet_that_changed_meanwhile_takes_the_focus_and_keeps_the_choice(signed_in: SignedIn) -> None:
    scene = Scene()
    session = a_group_of_twelve(scene)
    scene.run(START + minutes(200))
    first, second = signed_in(scene.ben), signed_in(scene.supervisor)
    for page in (first, second):
        page.goto(f"/sessions/{session.ref}/")
    second.get_by_role("group", name="What became of ada").get_by_text("Excused").click()
    first.get_by_role("button", name="Attest all 12").click()
    first.get_by_text("12 seats written down").wait_for()
    second.get_by_role("button", name="Attest all 12").click()
    second.get_by_role("heading", name="Something has changed").wait_for()
    assert second.evaluate("document.activeElement.matches('[data-error-summary]')")
    assert second.get_by_role("group", name="What became of ada").get_by_label("Excused").is_checked()
    assert Mark.objects.get(patient__name="ada").status == "missed"
    find_nothing_wrong(second)
