"""How a patient is doing, looked at by her clinician: at her desk, on a phone without scripts, and on paper."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from rejoin.common import clock
from tests.apps.scene import START, Scene, minutes
from tests.apps.test_progress_fitted import tell
from tests.apps.test_progress_pages import PHQ9, Story
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, find_nothing_wrong, tab_to
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


def test_a_supervisor_looks_at_a_group_and_sees_what_nobody_measured(signed_in: SignedIn) -> None:
    scene = Scene()
    tell(
        scene,
        *[(18 - one, 16, 15 - one, 13, 12, 11) for one in range(4)],
        *[(17, 15), (14, 12), (20, 19, 17)],
    )
    clock.simulate(shown_at=START + timedelta(days=38), rate=0)
    desk = signed_in(scene.supervisor, size=DESK)
    desk.goto(reverse("console:today"))
    desk.get_by_role("navigation").get_by_role("link", name="Progress", exact=True).click()
    shot(desk, "programs")
    find_nothing_wrong(desk)
    desk.get_by_role("main").get_by_role("link", name="Blue").click()
    assert desk.locator(".chart-time.is-wide").is_visible()
    find_nothing_wrong(desk)
    shot(desk, "group-desk")
    tab_to(desk, "Every number")
    desk.keyboard.press("Enter")
    desk.get_by_role("region", name="Numbers of PHQ-9, version 9").wait_for()
    find_nothing_wrong(desk)
    shot(desk, "group-table")
    desk.emulate_media(media="print")
    shot(desk, "group-print")
    for size, name in ((DESK_AT_200_PERCENT, "group-200"), (PHONE, "group-phone")):
        page = signed_in(scene.supervisor, size=size)
        page.goto(reverse("console:group_progress", args=[scene.group.pk]))
        find_nothing_wrong(page)
        shot(page, name)
        numbers = page.locator("table", has_text="Mean level and how sure")
        assert not numbers.is_visible()
        page.emulate_media(media="print")
        assert numbers.is_visible()
    desk.emulate_media(media="screen")
    desk.get_by_role("link", name="Group", exact=True).click()
    desk.get_by_role("link", name="Progress of the group").wait_for()
