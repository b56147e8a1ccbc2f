"""A patient on her ways back: from the link in a message to a time she takes, on her phone, by keyboard, without scripts."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from rejoin.makeups.links import makeup_path
from rejoin.makeups.models import Choice, Debt
from tests.apps.makeups_scene import DAY, Owing
from tests.apps.scene import START
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def three_ways() -> tuple[Owing, str]:
    owing = Owing()
    (missed,) = owing.missed
    owing.other_group()
    owing.other_group(hours=-4, days=3)
    owing.hour()
    owing.scene.session(*owing.patients, starts_at=START + 7 * DAY)
    owing.desk()
    return owing, makeup_path(Debt.objects.get(seat=missed).ref)


def at_home(page: Page) -> None:
    """Her phone is where her times are told."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", [PHONE, DESK_AT_200_PERCENT])
def test_one_tap_shows_three_times_and_the_next_takes_one(signed_in: SignedIn, size: Size) -> None:
    _, path = three_ways()
    page = signed_in(None, size=size)
    at_home(page)
    page.goto(path)
    page.get_by_role("heading", name="Pick a time that works for you").wait_for()
    assert not page.get_by_text("Your clock shows another time").is_visible()
    assert page.title() == "Pick a time that works for you · Harbor Office"
    assert page.get_by_role("button", name="I will come").count() == 3
    assert page.evaluate("document.activeElement.localName") == "h1"
    assert Choice.objects.count() == 1
    shot(page, f"choose-{size[0]}")
    find_nothing_wrong(page)
    tab_to(page, "Not this one")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="The time does not work").wait_for()
    shot(page, f"reasons-{size[0]}")
    find_nothing_wrong(page)
    tab_to(page, "The time does not work")
    page.keyboard.press("Enter")
    page.get_by_text("It is off your list.").wait_for()
    assert page.get_by_role("button", name="I will come").count() == 2
    shot(page, f"declined-{size[0]}")
    tab_to(page, "I will come")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="See you Saturday afternoon").wait_for()
    shot(page, f"booked-{size[0]}")
    find_nothing_wrong(page)
    entry = page.request.get(page.get_by_role("link", name="Add to my calendar").get_attribute("href") or "")
    assert (entry.ok, entry.text().count("BEGIN:VEVENT")) == (True, 1)
    tab_to(page, "I cannot come after all")
    page.keyboard.press("Enter")
    shot(page, f"giving-back-{size[0]}")
    page.get_by_role("button", name="Give this time back").click()
    page.get_by_role("heading", name="Pick a time that works for you").wait_for()
    find_nothing_wrong(page)


def test_without_scripts_nothing_is_looked_for_until_she_asks_and_a_person_calls(signed_in: SignedIn) -> None:
    _, path = three_ways()
    page = signed_in(None, size=PHONE, scripts=False)
    page.goto(path)
    shot(page, "look")
    assert not Choice.objects.exists()
    page.get_by_role("button", name="Show me times").click()
    page.get_by_role("heading", name="Pick a time that works for you").wait_for()
    page.get_by_text("None of these work for me").click()
    shot(page, "none-of-these")
    page.get_by_role("button", name="Please call me").click()
    page.get_by_role("heading", name="Somebody will call you").wait_for()
    shot(page, "asked")
    for name, where in (("Call 988", "tel:988"), ("Call 555-0100", "tel:555-0100")):
        assert page.get_by_role("link", name=name).get_attribute("href") == where


def test_where_all_is_full_she_waits_for_a_seat(signed_in: SignedIn) -> None:
    owing = Owing()
    (missed,) = owing.missed
    owing.other_group(owing.scene.admit("eve", sms=False), seats_max=1)
    owing.scene.session(*owing.patients, starts_at=START + 7 * DAY)
    owing.desk()
    page = signed_in(None, size=PHONE)
    page.goto(makeup_path(Debt.objects.get(seat=missed).ref))
    page.get_by_role("heading", name="No free time right now").wait_for()
    shot(page, "none")
    find_nothing_wrong(page)
    page.get_by_role("button", name="Keep me a seat if one comes free").click()
    page.get_by_role("heading", name="You are on the list").wait_for()
    shot(page, "waiting")
    find_nothing_wrong(page)


def test_a_line_that_breaks_is_told_and_the_button_looks_again(signed_in: SignedIn) -> None:
    _, path = three_ways()
    page = signed_in(None, size=DESK)
    page.route("**/look", lambda route: route.abort())
    page.goto(path)
    page.get_by_text("That did not work. Please tap the button to try again.").wait_for()
    shot(page, "failed")
    page.unroute("**/look")
    page.get_by_role("button", name="Show me times").click()
    page.get_by_text("Your clock shows another time than this page.").wait_for()
    shot(page, "choose-desk")
    find_nothing_wrong(page)
