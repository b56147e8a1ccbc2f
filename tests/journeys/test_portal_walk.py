"""Every page that a patient has, taken from the addresses themselves, in every window and language, with scripts and without.

What a page does is shown elsewhere; here each is looked at for what all of them owe her. A page that is added to
`rejoin/portal/urls.py` or `makeup_urls.py` is walked without a word here, and one that asks for something new in its
address fails until the walk is told what.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from rejoin.common import clock
from rejoin.domain.measures import instrument_called
from rejoin.followup.models import Case
from rejoin.insights.actions import ask_now
from rejoin.makeups.links import token_of
from rejoin.people.models import Contact
from rejoin.portal import makeup_urls, urls
from rejoin.programs.models import Seat
from tests.apps.continuity_scene import Following
from tests.apps.makeups_scene import NEXT_DAY
from tests.apps.signing import patient_client_of
from tests.journeys.looking import PHONE, SCROLLS_SIDEWAYS, Size, find_nothing_wrong
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
DESKTOP: Size = (1280, 800)
DOUBLED: Size = (640, 400)
"""The same window at 200%."""
NARROW: Size = (320, 568)
"""At 400%, and the smallest phone."""
WAYS = [
    (PHONE, "en", True),
    (PHONE, "es", False),
    (DESKTOP, "es", True),
    (DESKTOP, "en", False),
    (DOUBLED, "en", True),
    (NARROW, "es", True),
    (NARROW, "en", False),
]
"""Of window, language and scripts, every two together: the two narrow windows stand for one another."""
SPEAKS_BOTH = "offline"
"""Kept on a phone, whosever it is by then: in English first, whatever she speaks."""
SEEN_AT_ONCE = {PHONE, DESKTOP}
"""Where the crisis line stands on the page however far it is scrolled."""
CONTROLS = (
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])"
)
WALKED = """(controls) => {
    const group = (e) => e.type === "radio" ? `radio ${e.name}` : e;
    const shown = [...document.querySelectorAll(controls)].filter((e) => !e.disabled && e.checkVisibility());
    const help = document.querySelector(".help-line");
    const walk = { owed: new Map(shown.map((e) => [group(e), e])), order: [], covered: [] };
    walk.look = () => {
        const here = document.activeElement;
        if (!walk.owed.delete(group(here))) return walk.owed.size;
        walk.order.push(shown.indexOf(here));
        const [box, above] = [here.getBoundingClientRect(), help.getBoundingClientRect().top];
        const hidden = box.bottom <= 0 || box.top >= innerHeight || (box.top >= above && box.bottom <= help.getBoundingClientRect().bottom);
        if (hidden && !help.contains(here)) walk.covered.push(here.outerHTML.slice(0, 120));
        return walk.owed.size;
    };
    window.walk = walk;
    return shown.length;
}"""
"""What is to be reached is owed until it has the focus; of radio buttons of one question, one has it for all."""
LEFT = "[...walk.owed.values()].map((e) => e.outerHTML.slice(0, 120))"
SMALL = """[...document.querySelectorAll("button, .button, nav a, .help-line a, summary, select, input[type=text]")]
    .filter((e) => e.checkVisibility() && !e.classList.contains("skip"))
    .map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width > 1 && box.height < 43.5)
    .map(([e, box]) => `${Math.round(box.height)} px: ${e.outerHTML.slice(0, 90)}`)"""


class Evening:
    """She was missed, and is asked for whatever a page may ask: an address is made of these."""

    def __init__(self) -> None:
        followed = Following()
        self.ada = followed.ada
        followed.owing.other_group()
        followed.owing.hour()
        eli = Contact.objects.create(patient=self.ada, relation="emergency_contact", name="Eli")
        followed.scene.consent(self.ada, "phone", contact=eli, purpose="safety")
        case = Case.objects.get(patient=self.ada, session=followed.missed)
        self.known: dict[str, Any] = {
            "seat_id": Seat.objects.get(session=followed.coming, patient=self.ada).pk,
            "case_ref": case.ref,
            "ref": followed.ref(),
            "token": token_of(followed.ref()),
        }
        seat = Seat.objects.get(session=followed.missed, patient=self.ada)
        gad7, ben = instrument_called("gad7", "7"), followed.scene.as_ben()
        self.known["measure"] = {"ref": ask_now(seat=seat, instrument=gad7, by=ben, at=NEXT_DAY).ref}
        clock.simulate(shown_at=NEXT_DAY, rate=0)

    def pages(self) -> dict[str, str]:
        """By name, whatever answers her with a page."""
        found = {}
        client = patient_client_of(self.ada)
        for named in (urls, makeup_urls):
            for each in named.urlpatterns:
                known = self.known | self.known.get(str(each.name), {})
                given = {name: known[name] for name in each.pattern.converters}
                path = reverse(f"{named.app_name}:{each.name}", kwargs=given)
                if shows_a_page(client, path):
                    found[str(each.name)] = path
        return found


def shows_a_page(client: Client, path: str) -> bool:
    answer = client.get(path)
    assert answer.status_code in {200, 302, 303, 404}, path
    return bool(answer.status_code == 200 and answer["Content-Type"].startswith("text/html"))


def test_every_page_of_hers_is_whole_in_every_window_and_language_with_scripts_and_without(
    signed_in: SignedIn,
) -> None:
    evening = Evening()
    pages = evening.pages()
    assert {
        "today",
        "cannot",
        "missed",
        "sessions",
        "catch_ups",
        "catch_up",
        "measures",
        "measure",
        "messages",
        "preferences",
    } < set(pages)
    where_no_script_comes(signed_in(evening.ada, size=PHONE), pages)
    for size, language, scripts in WAYS:
        type(evening.ada).objects.filter(pk=evening.ada.pk).update(language=language)
        page = signed_in(evening.ada, size=size, scripts=scripts)
        for name, path in pages.items():
            page.goto(path)
            if scripts:
                page.locator("[data-looking]").wait_for(state="hidden")  # a page of ways back looks by itself
            keep(page, f"walk-{name}-{size[0]}-{language}-{'with' if scripts else 'without'}")
            owes_her(page, "en" if name == SPEAKS_BOTH else language, at_once=size in SEEN_AT_ONCE)
            if scripts:
                find_nothing_wrong(page)
                by_keyboard(page)
        page.context.close()


def where_no_script_comes(page: Page, pages: dict[str, str]) -> None:
    """What is there without scripts, by the rules too: axe is a script itself, so here only ours are kept away."""
    page.route("**/*.js*", lambda route: route.abort())
    for path in pages.values():
        page.goto(path)
        find_nothing_wrong(page)
    page.context.close()


def keep(page: Page, name: str) -> None:
    """Where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def owes_her(page: Page, language: str, *, at_once: bool) -> None:
    """One heading, in her language, a crisis line by one tap, nothing out of the window, no rule broken."""
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language
    crisis = page.locator('.help-line a[href="tel:988"]')
    assert crisis.is_visible()
    box = crisis.bounding_box()
    assert box is not None
    if at_once:
        assert 0 < box["y"] < page.viewport_size["height"], page.url  # type: ignore[index]
    assert not page.evaluate(SCROLLS_SIDEWAYS), page.url
    assert page.evaluate(SMALL) == [], page.url


def by_keyboard(page: Page) -> None:
    """Tab comes to everything that can be used, in the order it stands in, and nothing lies over it then."""
    for _ in range(2 * page.evaluate(WALKED, CONTROLS)):
        page.keyboard.press("Tab")
        if not page.evaluate("walk.look()"):
            break
    assert page.evaluate(LEFT) == [], page.url
    assert page.evaluate("walk.covered") == [], page.url
    order = page.evaluate("walk.order")
    first = order.index(min(order))  # a page may have put the focus on what it found
    assert order[first:] + order[:first] == sorted(order), page.url
