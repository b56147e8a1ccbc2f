"""How a patient is doing, looked at by her clinician: at her desk, on a phone without scripts, and on paper."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.apps.scene import START, minutes
from tests.apps.test_progress_pages import PHQ9, Story
from tests.journeys.looking import DESK, PHONE, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
WEEK = 7 * 24 * 60


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"progress-{name}.png", full_page=True)


def test_ben_sees_at_a_glance_what_nobody_knows(signed_in: SignedIn) -> None:
    story = Story().tell(PHQ9, 19, 17, 18, 12, 13, None, 10, None, None, None, None)
    story.scene.run(START + minutes(WEEK * 10 + 3000))
    address = reverse("console:patient_progress", args=[story.ada.ref])
    desk = signed_in(story.scene.ben, size=DESK)
    desk.goto(address)
    shot(desk, "desk")
    find_nothing_wrong(desk)
    assert desk.locator(".chart-time.is-wide").is_visible()
    tab_to(desk, "Every number")
    desk.keyboard.press("Enter")
    desk.get_by_role("region", name="Numbers of PHQ-9, version 9").wait_for()
    find_nothing_wrong(desk)
    shot(desk, "desk-table")
    desk.emulate_media(media="print")
    shot(desk, "print")
    assert desk.locator(".chart-time.is-wide").is_visible()
    phone = signed_in(story.scene.ben, size=PHONE, scripts=False)
    phone.goto(address)
    shot(phone, "phone")
    assert phone.locator(".chart-time.is-narrow").is_visible()
    assert not phone.locator(".chart-time.is-wide").is_visible()
    axed = signed_in(story.scene.ben, size=PHONE)
    axed.goto(address)
    find_nothing_wrong(axed)
