"""Somebody of a family, from the link she was given to what she may see, and to the moment at which it is taken back."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from rejoin.outreach.inviting_family import invite_relative
from rejoin.people.models import Consent
from tests.apps.signing import PASSWORD
from tests.apps.test_family_pages import ABOUT, NOW, House
from tests.apps.test_family_rooms import Together
from tests.journeys.looking import DESK, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "scripts"), [(PHONE, True), (DESK, True), (DESK, False)])
def test_she_takes_up_her_link_and_sees_what_she_may_until_it_is_taken_back(
    signed_in: SignedIn, size: Size, scripts: bool
) -> None:
    house = House(*ABOUT)
    house.live_through_a_week()
    path = invite_relative(contact=house.grace, program=house.scene.program, **NOW)
    page = signed_in(None, size=size, scripts=scripts)
    page.goto(path)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What you may see").wait_for()
    shot(page, f"family-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
        tab_to(page, "See all")
        page.keyboard.press("Enter")
    else:
        page.get_by_role("link", name="See all").click()
    page.get_by_role("heading", name="Family sessions").wait_for()
    page.get_by_text("Sit with ada at the same phone or computer.").wait_for()
    page.get_by_text("Was missed").wait_for()
    shot(page, f"family-ada-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
    hers = page.url
    page.get_by_role("button", name="Español").click()
    page.get_by_role("heading", name="En una emergencia").wait_for()
    shot(page, f"family-es-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
    for each in ABOUT:
        house.says(each, granted=False, at=NOW["at"])
    assert Consent.objects.filter(contact=house.grace, granted=False).count() == len(ABOUT)
    answer = page.goto(hers)
    assert answer is not None
    assert answer.status == 404
    page.goto("/family/")
    page.get_by_text("Ahora no hay nada aquí que usted pueda ver.").wait_for()
    shot(page, f"family-none-{size[0]}")


def test_she_goes_to_the_family_session_by_herself_and_waits_to_be_let_in(
    signed_in: SignedIn, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Together(monkeypatch)
    page = signed_in(None, size=PHONE)
    cookies = [
        {"name": name, "value": each.value, "url": site} for name, each in together.grace.cookies.items()
    ]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(together.base)
    page.get_by_role("heading", name="Before you come in").wait_for()
    shot(page, "guest-asked")
    find_nothing_wrong(page)
    page.get_by_role("group", name="Are you driving").get_by_label("No").check()
    page.get_by_role("group", name="Are you somewhere private").get_by_label("Yes").check()
    page.get_by_label("What should the others see?").fill("G.")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="You are at the door").wait_for()
    shot(page, "guest-waiting")
    find_nothing_wrong(page)
    assert together.board().count("family guest of ada: Grace") == 1
