"""Every component in every state, in a real browser: on a phone, at a desk, at 200%, by keyboard and without scripts."""

import pytest
from playwright.sync_api import Page

from tests.apps.scene import Scene
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, focused
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]

LAPTOP: Size = (1280, 800)
NARROWEST: Size = (320, 640)
"""What 1280 pixels are at 400%: the narrowest that WCAG 1.4.10 asks for."""
SMALL_TARGETS = """
() => [...document.querySelectorAll("main :is(a, button, input, select, textarea, summary)")]
  .filter((one) => one.checkVisibility() && !one.closest("p, dd, td, th, li, dt, .hint, .vh"))
  .filter((one) => !(one.matches("input[type=radio], input[type=checkbox]")))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
  .filter(([, height]) => height > 0 && height < 24)
"""
HIDDEN_BY_FRAME = """
() => { const one = document.activeElement.getBoundingClientRect();
  const there = document.elementFromPoint(one.x + one.width / 2, one.y + one.height / 2);
  return !(there && (document.activeElement.contains(there) || there.contains(document.activeElement))); }
"""


def open_gallery(signed_in: SignedIn, *, size: Size = DESK, scripts: bool = True) -> Page:
    page = signed_in(Scene().coordinator, size=size, scripts=scripts)
    page.goto("/design/")
    return page


@pytest.mark.parametrize("size", [PHONE, LAPTOP, DESK_AT_200_PERCENT, NARROWEST])
def test_nothing_is_wrong_with_any_component(signed_in: SignedIn, size: Size) -> None:
    page = open_gallery(signed_in, size=size)
    find_nothing_wrong(page)
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_nothing_is_wrong_with_the_page_that_says_that_nothing_is_there(
    signed_in: SignedIn, size: Size
) -> None:
    page = signed_in(None, size=size)
    page.goto("/nowhere/")
    assert page.get_by_role("heading", level=1).inner_text() == "There is nothing here for you"
    find_nothing_wrong(page)


@pytest.mark.parametrize("contrast", ["more", "no-preference"])
def test_nothing_is_wrong_with_the_colours_of_whoever_needs_others(
    signed_in: SignedIn, contrast: str
) -> None:
    page = open_gallery(signed_in)
    page.emulate_media(forced_colors="active", contrast=contrast)  # type: ignore[arg-type]
    shapes = page.eval_on_selector_all(
        ".tag:not(.no-shape)",
        "all => all.map((one) => { const mark = getComputedStyle(one, '::before');"
        " return mark.backgroundColor !== getComputedStyle(one).backgroundColor || mark.borderStyle !== 'none'; })",
    )
    assert shapes
    assert all(shapes)
    page.emulate_media(forced_colors="none", contrast=contrast)  # type: ignore[arg-type]
    find_nothing_wrong(page)


def test_the_keyboard_goes_to_the_page_first_and_then_in_order(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in)
    page.get_by_role("link", name="Rejoin").focus()
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    found = []
    for _ in range(6):
        page.keyboard.press("Tab")
        found.append(focused(page))
    assert found == ["Home", "Portal density", "New task", "Record attempt", "Hand over", "Not now"]


def test_what_has_focus_is_never_covered(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in, size=PHONE)
    page.locator("main").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert not page.evaluate(HIDDEN_BY_FRAME), focused(page)


def test_focus_can_be_seen(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in)
    page.locator("main").focus()
    page.keyboard.press("Tab")
    shown = page.evaluate(
        "(() => { const look = getComputedStyle(document.activeElement);"
        " return [look.outlineStyle, look.outlineWidth, look.outlineColor, look.boxShadow]; })()"
    )
    assert shown[:3] == ["solid", "2px", "rgb(34, 48, 46)"]
    assert "rgb(255, 212, 92)" in shown[3]


def test_the_summary_of_errors_is_read_first_and_leads_to_its_fields(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in)
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="What came of it: Choose what came of it.").first.click()
    assert page.evaluate("document.activeElement.name") == "console-wrong-reached"
    described = page.evaluate(
        "document.getElementById(document.querySelector('[name=console-wrong-name]')"
        ".getAttribute('aria-describedby').split(' ')[1]).textContent.trim()"
    )
    assert described == "Error: Write a name."


def test_the_menu_of_a_phone_opens_without_a_script(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in, size=PHONE, scripts=False)
    places = page.get_by_role("navigation", name="Console")
    menu = page.locator(".menu-phone")
    assert menu.get_attribute("open") is None
    closed = menu.bounding_box()
    assert closed is not None
    assert closed["height"] < 60
    page.get_by_text("Menu", exact=True).click()
    assert places.get_by_role("link", name="Worklist").is_visible()
    assert page.get_by_role("link", name="Call 988").is_visible()
    assert page.get_by_role("button", name="Sign out").is_visible()


def test_nothing_that_needs_a_script_is_there_without_one(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in, scripts=False)
    assert page.get_by_role("button", name="Print").count() == 0
    assert page.get_by_role("button", name="Keys").count() == 0
    assert page.get_by_role("button", name="Save", exact=True).first.is_visible()


def test_on_paper_there_are_words_and_no_furniture(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in)
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Console").is_visible()
    assert page.get_by_role("button", name="Sign out").count() == 0
    assert page.get_by_role("heading", name="Timeline").first.is_visible()
    assert page.locator(".outcome-missed").first.is_visible()


def test_nothing_moves_for_whoever_asks_for_rest(signed_in: SignedIn) -> None:
    page = open_gallery(signed_in)  # every journey asks for it
    assert page.evaluate(
        "[...document.querySelectorAll('.button')].every((one) =>"
        " parseFloat(getComputedStyle(one).transitionDuration) === 0)"
    )


def test_the_navigation_says_where_she_is(signed_in: SignedIn) -> None:
    scene = Scene()
    page = signed_in(scene.ben)
    page.goto("/design/")
    names = page.get_by_role("navigation", name="Console").get_by_role("link").all_inner_texts()
    assert names[:2] == ["Today", "Worklist"]
    page.get_by_role("link", name="Today").click()
    assert page.get_by_role("link", name="Today").get_attribute("aria-current") == "page"
