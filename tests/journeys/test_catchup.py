"""Catching up: a patient on her phone, by keyboard and without scripts; whoever looks at it, and the group around it."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from rejoin.common import clock
from rejoin.continuity.models import Finished
from tests.apps.continuity_scene import Following, choices_of
from tests.apps.makeups_scene import NEXT_DAY
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"catchup-{name}.png", full_page=True)


@pytest.mark.parametrize("size", [PHONE, DESK_AT_200_PERCENT])
def test_she_reads_chooses_writes_and_is_done_by_keyboard_alone(signed_in: SignedIn, size: Size) -> None:
    followed = Following()
    clock.simulate(shown_at=NEXT_DAY, rate=0)
    page = signed_in(followed.ada, size=size)
    page.goto(reverse("portal:catch_ups"))
    shot(page, f"list-{size[0]}")
    find_nothing_wrong(page)
    tab_to(page, followed.material().text.title)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What was covered").wait_for()
    shot(page, f"open-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_role("button", name="I am done").press("Enter")
    page.get_by_text("Saved. One thing is left").wait_for()
    shot(page, f"left-{size[0]}")
    find_nothing_wrong(page)
    for place, choice in choices_of(followed.material()).items():
        page.locator(f"#q{place}_{choice.right}").press("Space")
    tab_to(page, "I am done")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your team has it").wait_for()
    shot(page, f"done-{size[0]}")
    find_nothing_wrong(page)
    assert Finished.objects.count() == 1


def test_in_spanish_and_without_scripts_what_she_saves_is_kept(signed_in: SignedIn) -> None:
    followed = Following()
    followed.ada.language = "es"
    followed.ada.save()
    clock.simulate(shown_at=NEXT_DAY, rate=0)
    page = signed_in(followed.ada, size=PHONE, scripts=False)
    page.goto(reverse("portal:catch_up", args=[followed.ref()]))
    choices = choices_of(followed.material())
    for place, choice in choices.items():
        page.locator(f"#q{place}_{(choice.right + 1) % len(choice.options)}").check()
    page.locator("textarea").fill("El camión que pasa por la calle de antes.")
    page.get_by_label("Quiero que alguien me llame").check()
    page.get_by_role("button", name="Guardar para después").click()
    page.get_by_text("Guardado. Vuelva cuando guste.").wait_for()
    for choice in choices.values():
        assert page.get_by_text(choice.gently).is_visible()
    assert page.get_by_text("Pidió una llamada. Su equipo lo sabe.").is_visible()
    shot(page, "spanish")
    assert page.get_by_role("link", name="988").first.get_attribute("href") == "tel:988"
