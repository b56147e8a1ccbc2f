"""Catching up: a patient on her phone, by keyboard and without scripts; whoever looks at it, and the group around it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from rejoin.common import clock
from rejoin.continuity.models import Finished, SignOff
from tests.apps.continuity_scene import Following, choices_of
from tests.apps.makeups_scene import NEXT_DAY
from tests.apps.scene import START
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


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_whoever_leads_the_group_prepares_looks_at_what_was_done_and_sees_the_group(
    signed_in: SignedIn, size: Size
) -> None:
    followed = Following(names=("ada", "eve"), there=("bob", "cyd", "dan"))
    begun = followed.done(followed.missing[1])
    for day in (1, 2, 3, 4):
        followed.held("sleep", START - timedelta(days=day), *followed.everybody)
    followed.session("plan-the-day", START + timedelta(days=14))
    new = followed.scene.admit("fay", sms=False, phone="+15550222")
    followed.coming.seats.create(patient=new)
    followed.run(NEXT_DAY)
    page = signed_in(followed.scene.ben, size=size)
    page.goto(reverse("console:session_brief", args=[followed.coming.ref]))
    page.get_by_role("heading", name="Who is behind on what").wait_for()
    shot(page, f"brief-{size[0]}")
    find_nothing_wrong(page)
    page.goto(reverse("console:session_brief", args=[followed.missed.ref]))
    page.get_by_role("heading", name="Who was missed").wait_for()
    shot(page, f"after-{size[0]}")
    find_nothing_wrong(page)
    page.goto(reverse("console:group", args=[followed.scene.group.pk]))
    page.get_by_role("heading", name="When somebody new may begin").wait_for()
    shot(page, f"group-{size[0]}")
    find_nothing_wrong(page)
    page.goto(reverse("console:catchups"))
    shot(page, f"catchups-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_role("link", name="eve").press("Enter")
    page.get_by_role("heading", name="What she chose and wrote").wait_for()
    shot(page, f"catchup-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_label("It is enough: she has caught up").press("Space")
    page.get_by_role("button", name="Write it down").press("Enter")
    page.get_by_text("Nothing waits for you.").wait_for()
    assert SignOff.objects.get().finished.catch_up == begun


def test_without_scripts_a_unit_is_let_go_and_a_group_follows_another_curriculum(signed_in: SignedIn) -> None:
    followed = Following()
    clock.simulate(shown_at=NEXT_DAY, rate=0)
    page = signed_in(followed.scene.ben, size=DESK_AT_200_PERCENT, scripts=False)
    page.goto(reverse("console:session_brief", args=[followed.coming.ref]))
    page.get_by_text("Let it go, or take it again").click()
    page.get_by_label("Why").fill("She had it elsewhere.")
    page.get_by_role("button", name="Let it go").click()
    page.get_by_text("Everybody comes with what it builds on.").wait_for()
    page = signed_in(followed.scene.coordinator, size=DESK_AT_200_PERCENT, scripts=False)
    page.goto(reverse("console:groups"))
    shot(page, "groups")
    page.get_by_role("link", name="Blue").click()
    page.get_by_label("Curriculum").select_option("Finding your footing")
    page.get_by_role("button", name="Write it down").click()
    page.locator("strong", has_text="Finding your footing").wait_for()
