"""The room's page in each of its states: by eye, by keyboard, and as a machine sees it (WCAG 2.2 AA)."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, Route

from rejoin.people.models import Patient, Staff
from tests.apps.processes import wait_until
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.rooms.evening import STATE, Evening, check_in, now
from tests.journeys.rooms.house import SITE, House
from tests.journeys.serving import sign_in

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
NARROW: Size = (320, 640)
SIZES = {"desk": DESK, "phone": PHONE, "narrow": NARROW, "zoomed": DESK_AT_200_PERCENT}
STOPS = {
    "waiting": (409, {"state": "waiting"}, "You are at the door"),
    "locked": (423, {"state": "locked"}, "The room is closed for the moment"),
    "out": (403, {"state": "refused", "words": "You cannot come in right now."}, "You are not in the room"),
}
Opens = Callable[..., Page]


@pytest.fixture
def evening(at_home: House, tmp_path: Path) -> Evening:
    return Evening(tmp_path, began=timedelta(minutes=1))


@pytest.fixture
def browsers(at_home: House, driver: Playwright) -> Iterator[list[Browser]]:
    """One for the facilitator, one for the patient, each on a machine of its own."""
    with ExitStack() as kept:
        made = [at_home.browser(driver, at_home.networks.add()) for _ in range(2)]
        for each in made:
            kept.callback(each.close)
        yield made


def opened(browser: Browser, *, size: Size = DESK, person: Staff | None = None, **more: Any) -> Page:
    context = browser.new_context(
        base_url=SITE, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **more
    )
    if person is not None:
        sign_in(context, SITE, person)
    return context.new_page()


def look(page: Page, name: str) -> None:
    """In every size: nothing wrong, nothing outside of the window. Kept as pictures where REJOIN_PICTURES says."""
    folder = os.environ.get("REJOIN_PICTURES")
    for called, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        find_nothing_wrong(page)
        if folder:
            page.screenshot(path=Path(folder) / f"{name}-{called}.png")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def goes_in(page: Page) -> None:
    page.get_by_role("button", name="Go in", exact=True).click()
    wait_until(lambda: page.evaluate(STATE)["part"] == "in")


def ada_at_the_door(evening: Evening, browser: Browser, **more: Any) -> Page:
    """ada has said where she is, and looks at herself."""
    (ada,) = evening.expect("ada")
    evening.wait_for_room()
    page = opened(browser, **more)
    check_in(page, evening.link(ada), "ada")
    page.locator("#room-check[aria-busy=false]").wait_for()
    return page


def answering(status: int, told: dict[str, str]) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, json=told)


def test_what_is_shown_before_she_is_inside_can_be_used_by_everybody(
    evening: Evening, browsers: list[Browser]
) -> None:
    page = ada_at_the_door(evening, browsers[0])
    look(page, "check")
    for part, (status, told, heading) in STOPS.items():
        page.route("**/grant", answering(status, told))
        page.reload()
        page.get_by_role("button", name="Go in", exact=True).click()
        page.get_by_role("heading", name=heading).wait_for()
        look(page, part)
        page.unroute("**/grant")


def test_a_page_that_did_not_come_whole_is_asked_for_again_by_itself_and_then_says_so(
    evening: Evening, browsers: list[Browser]
) -> None:
    """As on a phone that goes from one network to another while the page is under way."""
    page = ada_at_the_door(evening, browsers[0])
    page.route("**/room/tiles.js*", lambda route: route.abort("internetdisconnected"), times=1)
    page.reload()
    page.locator("#room-check[aria-busy=false]").wait_for()
    assert page.get_by_text("has not come through whole").count() == 0
    page.route("**/room/tiles.js*", lambda route: route.abort("internetdisconnected"), times=3)
    page.reload()
    page.get_by_text("This page has not come through whole.").wait_for()
    look(page, "late")
    page.get_by_role("link", name="Load it again").click()
    page.locator("#room-check[aria-busy=false]").wait_for()
    page.route("**/room/start.js*", lambda route: route.abort("internetdisconnected"))
    page.reload()
    page.get_by_text("This page has not come through whole.").wait_for(timeout=20_000)
    page.unroute("**/room/start.js*")
    page.add_init_script(NOTHING_IS_KEPT)
    page.reload()
    page.locator("#room-check[aria-busy=false]").wait_for()
    page.locator("#room-late").wait_for(state="detached")
    page.route("**/room/tiles.js*", lambda route: route.abort("internetdisconnected"), times=1)
    page.reload()
    page.get_by_text("This page has not come through whole.").wait_for()


def test_whoever_has_neither_camera_nor_microphone_may_listen_and_write(
    evening: Evening, browsers: list[Browser]
) -> None:
    page = ada_at_the_door(evening, browsers[0])
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));"
    )
    page.reload()
    page.get_by_text("You will hear and see the others").wait_for()
    assert page.get_by_text("This page may not use it yet").count() == 2
    look(page, "check-denied")
    evening.let_in(Patient.objects.get(name="ada"))
    page.get_by_role("button", name="Go in and listen").click()
    wait_until(lambda: page.evaluate(STATE)["part"] == "in")
    page.get_by_role("button", name="Write").click()
    page.get_by_label("Your words").fill("I can hear you all.")
    page.keyboard.press("Enter")
    page.locator("#room-captions").get_by_text("I can hear you all.").wait_for()


def test_whoever_was_alone_for_longer_than_a_token_holds_sees_the_next_one_who_comes(
    evening: Evening, browsers: list[Browser]
) -> None:
    ada, dora = evening.expect("ada", "dora")
    evening.wait_for_room()
    pages = []
    for person, browser in zip((ada, dora), browsers, strict=True):
        page = opened(browser)
        page.add_init_script(LATER)
        check_in(page, evening.link(person), person.name)
        evening.let_in(person)
        page.locator("#room-check[aria-busy=false]").wait_for()
        pages.append(page)
    first, second = pages
    grants: list[str] = []
    first.on("request", lambda asked: grants.append(asked.url) if asked.url.endswith("/grant") else None)
    goes_in(first)
    first.evaluate("window.later = 61000")
    goes_in(second)
    for page in pages:
        page.locator(".tile.has-picture:not(.is-own)").wait_for()
    assert len(grants) == 2


NOTHING_IS_KEPT = """
for (const each of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, each, { get() { throw new DOMException("", "SecurityError"); } });
"""
LATER = """
const own = performance.now.bind(performance);
window.later = 0;
performance.now = () => own() + window.later;
"""
TOLD_BEFORE_ANSWERED = """
const own = window.fetch;
const shows = () => document.querySelector("[data-control=lock]").getAttribute("aria-pressed") === "true";
window.fetch = async (...asked) => {
  const answer = await own(...asked);
  if (String(asked[0]).endsWith("/lock")) while (!shows()) await new Promise((done) => setTimeout(done, 20));
  return answer;
};
"""


def test_the_facilitator_lets_in_mutes_locks_and_removes_from_the_board(
    evening: Evening, browsers: list[Browser]
) -> None:
    (ada, _) = evening.expect("ada", "dora")
    evening.wait_for_room()
    host = opened(browsers[0], person=evening.ben)
    host.goto(f"/sessions/{evening.running.ref}/room/in")
    goes_in(host)
    page = opened(browsers[1])
    check_in(page, evening.link(ada), "Addie")
    page.get_by_role("button", name="Go in", exact=True).click()
    page.get_by_role("heading", name="You are at the door").wait_for()
    board = host.locator("#room-board")
    look(host, "host-waiting")
    board.get_by_role("button", name="Let in").click()
    wait_until(lambda: page.evaluate(STATE)["part"] == "in")
    wait_until(lambda: host.evaluate(STATE)["tiles"].get("Addie", {}).get("picture"))
    page.get_by_role("button", name="Hand").click()
    board.get_by_text("Hand up").wait_for()
    look(host, "host")
    look(page, "inside")
    board.get_by_text("More").first.click()
    board.get_by_role("button", name="Mute").click()
    page.locator("#room-told").get_by_text("The facilitator muted you").wait_for(state="attached")
    assert page.get_by_role("button", name="Microphone").get_attribute("aria-pressed") == "false"
    host.locator("#room-tiles li", has_text="Addie").get_by_text("microphone off").wait_for()
    host.evaluate(f"() => {{ {TOLD_BEFORE_ANSWERED} }}")
    host.get_by_role("button", name="Lock").click()
    host.locator("#room-told").get_by_text("Nobody else can come in now.").wait_for(state="attached")
    assert host.get_by_role("button", name="Lock").get_attribute("aria-pressed") == "true"
    board.get_by_role("button", name="Remove").click()
    page.get_by_role("heading", name="You are not in the room").wait_for()
    wait_until(lambda: set(host.evaluate(STATE)["tiles"]) == {"You"})


def test_the_room_is_used_by_keyboard_alone_and_single_keys_can_be_switched_off(
    evening: Evening, browsers: list[Browser]
) -> None:
    page = ada_at_the_door(evening, browsers[0])
    evening.let_in(Patient.objects.get(name="ada"))
    tab_to(page, "Go in")
    page.keyboard.press("Enter")
    wait_until(lambda: page.evaluate(STATE)["part"] == "in")
    microphone = page.get_by_role("button", name="Microphone")
    page.keyboard.press("m")
    wait_until(lambda: microphone.get_attribute("aria-pressed") == "false")
    page.keyboard.press("w")
    page.keyboard.type("m is a letter here")
    page.keyboard.press("Enter")
    page.locator("#room-captions").get_by_text("m is a letter here").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_label("Single keys do something").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    assert microphone.get_attribute("aria-pressed") == "false"
    tab_to(page, "Leave")


def test_on_a_thin_line_the_page_is_small_and_sound_alone_goes_on(
    evening: Evening, browsers: list[Browser]
) -> None:
    """3G: 750 kbit/s, 100 ms each way. What comes before the video starts is under 150 kB."""
    host, page = browsers
    (ada,) = evening.expect("ada")
    evening.wait_for_room()
    his = opened(host, person=evening.ben)
    his.goto(f"/sessions/{evening.running.ref}/room/in")
    goes_in(his)
    hers = opened(page, size=PHONE)
    check_in(hers, evening.link(ada), "ada")
    evening.let_in(ada)
    received = on_3g(hers)
    began = now()
    hers.goto(f"{evening.link(ada)}in")
    hers.locator("#room-check[aria-busy=false]").wait_for()
    hers.get_by_label("Use my camera").uncheck()
    hers.wait_for_load_state("networkidle")
    print(
        f"\nbefore the video starts: {sum(received)} bytes, {(now() - began).total_seconds():.1f} s (bar 150000)"
    )
    assert sum(received) < 150_000
    goes_in(hers)
    wait_until(lambda: width(hers) == 320)  # a phone is given the lower of two layers
    hers.get_by_role("button", name="View").click()
    hers.get_by_label("Sharp", exact=True).check()
    wait_until(lambda: width(hers) == 640)
    hers.get_by_label("None: sound only").check()
    before = heard(hers)
    wait_until(lambda: heard(hers) > before + 2)
    wait_until(lambda: not leader(hers)["picture"])
    look(hers, "sound-only")


def on_3g(page: Page) -> list[int]:
    """Slows the page's line down, and counts what comes in on it."""
    line = page.context.new_cdp_session(page)
    received: list[int] = []
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    profile = {"latency": 200, "downloadThroughput": 750_000 / 8, "uploadThroughput": 250_000 / 8}
    line.send("Network.emulateNetworkConditions", {"offline": False, **profile})
    asked: set[str] = set()
    line.on("Network.requestWillBeSent", lambda told: asked.add(told["requestId"]))
    line.on(
        "Network.loadingFinished",
        lambda told: received.append(int(told["encodedDataLength"])) if told["requestId"] in asked else None,
    )
    return received


def leader(page: Page) -> dict[str, Any]:
    """The other's tile."""
    return next(tile for name, tile in page.evaluate(STATE)["tiles"].items() if name != "You")


def width(page: Page) -> int:
    return int(leader(page)["width"])


def heard(page: Page) -> float:
    """Seconds of the other's sound so far."""
    return float(leader(page)["sound"])


def test_of_a_full_room_a_slow_phone_is_sent_four_pictures_of_those_who_spoke_last(
    evening: Evening, browsers: list[Browser]
) -> None:
    page = ada_at_the_door(evening, browsers[0])
    shown = page.evaluate(
        """async () => {
          const tiles = await import("/static/js/room/tiles.js");
          const view = await import("/static/js/room/viewing.js");
          for (const name of ["a", "b", "c", "d", "e", "f", "g"]) tiles.here(`${name}.1`);
          view.choose({ pictures: "few" });
          for (const name of ["a", "e", "f", "g"]) {
            await new Promise((done) => setTimeout(done, 5));
            view.heard(name);
          }
          const few = [...view.wanted().keys()].sort();
          view.choose({ pictures: "all" });
          return [few, view.wanted().size];
        }"""
    )
    assert shown == [["a.1", "e.1", "f.1", "g.1"], 7]
