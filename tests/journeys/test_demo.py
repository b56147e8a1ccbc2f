"""A newcomer's first minute: the command, the links it prints, and one missed session from its start to its end.

The whole of it is real: `rejoin demo` in a process of its own, with its database, its worker and its web.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.apps.processes import REPOSITORY, RUN, wait_until
from tests.journeys.looking import DESK, PHONE, QUIET, Size, find_nothing_wrong
from tests.journeys.rooms.evening import STATE, check_in
from tests.journeys.rooms.house import MEDIA
from tests.journeys.rooms.networks import need

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
READY_SECONDS = 150
"""On a machine that does other things too. By itself it takes about ten."""
STORY_SECONDS = 150
"""From the first look to the case's end. By itself it takes three quarters of a minute: see the assertion on that."""
NUDGE_SECONDS = 150
"""A minute and a half is left of five when the room is opened first."""
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + RUN
"""Whoever runs the tests beside other work lets them ignore ctrl-c, and a process inherits that."""
LINK = re.compile(r"^  (\w+) +(\w+) +(http://\S+)$", re.MULTILINE)
CONTROL = re.compile(r"http://\S+/demonstration/$", re.MULTILINE)


@dataclass(frozen=True)
class Running:
    """A demonstration that runs."""

    process: "subprocess.Popen[bytes]"
    home: Path
    said: Path
    control: str
    links: dict[str, str]
    """By role."""

    def way_in(self, name: str) -> str:
        """Into the real room, as it is printed once that is open."""
        found = re.compile(rf"^  Go in as {name}\b.*? (http://\S+)$", re.MULTILINE)
        wait_until(lambda: found.search(self.said.read_text()), seconds=READY_SECONDS)
        return str(found.findall(self.said.read_text())[0])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("demonstration")
    said = home / "said"
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    arguments = [sys.executable, "-u", "-c", HEEDING, "demo", "--no-browser", "--home", str(home / "home")]
    with said.open("wb") as out:
        process = subprocess.Popen(
            arguments, cwd=REPOSITORY, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        give_up_at = time.monotonic() + READY_SECONDS
        while "until ctrl-c" not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < give_up_at, said.read_text()
            time.sleep(0.1)
        control = CONTROL.findall(said.read_text())[0]
        links = {role: link for role, _, link in LINK.findall(said.read_text())}
        yield Running(process, home / "home", said, control, links)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def page_of(browser: Browser, *, size: Size = DESK, scripts: bool = True) -> Page:
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, reduced_motion="reduce"
    )
    return context.new_page()


def clock_of(page: Page) -> str:
    return page.locator("[data-wall]").inner_text()


def test_within_a_minute_a_newcomer_sees_a_miss_noticed_nudged_escalated_and_closed(
    running: Running, browser: Browser
) -> None:
    page = page_of(browser)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(running.control)
    begun = time.monotonic()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One missed session")
    guide = page.locator("#guide")
    for number in range(1, 9):
        step = guide.locator(f"#step-{number}")
        expect(step.locator(".tag.is-check")).to_be_visible(timeout=STORY_SECONDS * 1000)
    took = time.monotonic() - begun
    print(f"from the first look to the end of the case: {took:.0f} seconds")
    expect(guide).to_contain_text("8 of 8 have happened")
    times = guide.locator(".tag.is-check").all_inner_texts()
    assert [each.partition(":")[0] for each in times] == ["17"] * 8

    # What Anna received, and what is told of her.
    phone = page.locator(".handset", has=page.get_by_role("heading", name="Anna"))
    expect(phone.locator(".bubble")).to_contain_text("we missed you")
    expect(page.locator("#told")).to_contain_text("is back. Case closed")

    # The same case in the console, as the supervisor who called.
    href = guide.get_by_role("link", name="The case, as Ruth").get_attribute("href")
    assert href
    case = page_of(browser)
    case.goto(f"{running.control.removesuffix('/demonstration/')}{href}")
    expect(case.get_by_role("heading", level=1)).to_contain_text("Anna")
    expect(case.locator("main")).to_contain_text("Ruth")
    assert said == []


@dataclass(frozen=True)
class Room:
    """The real room: its leader's page, and each patient's."""

    ben: Page
    patients: dict[str, Page]


@pytest.fixture(scope="module")
def room(running: Running, driver: Playwright) -> Iterator[Room]:
    """ben, ada and dora are in it, by the links that were printed; sound and pictures go over this machine's own network."""
    need("janus")
    opened = driver.chromium.launch(executable_path=need("chromium"), args=[*QUIET, *MEDIA])
    ben = page_of(opened)
    ben.goto(running.way_in("ben"))
    goes_in(ben)
    patients = {}
    for name in ("ada", "dora"):
        page = patients[name] = page_of(opened)
        check_in(page, running.way_in(name), name)
        page.get_by_role("button", name="Go in", exact=True).click()
        ben.locator("#room-board").get_by_role("button", name="Let in").click()
        is_in(page)
    yield Room(ben, patients)
    opened.close()


def goes_in(page: Page) -> None:
    page.locator("#room-check[aria-busy=false]").wait_for()
    page.get_by_role("button", name="Go in", exact=True).click()
    is_in(page)


def is_in(page: Page) -> None:
    wait_until(lambda: page.evaluate(STATE)["part"] == "in")


def sees(page: Page, names: set[str]) -> bool:
    """By name: a picture may be there a moment before it."""
    return set(page.evaluate(STATE)["tiles"]) == names | {"You"}


def test_in_the_real_room_beside_it_people_see_each_other(room: Room) -> None:
    seen = {"ben": {"ada", "dora"}, "ada": {"ben", "dora"}, "dora": {"ben", "ada"}}
    for name, page in {"ben": room.ben, **room.patients}.items():
        expect(page.locator(".tile.has-picture:not(.is-own)")).to_have_count(2, timeout=30_000)
        wait_until(partial(sees, page, seen[name]))
    for page in (room.ben, *room.patients.values()):
        page.get_by_role("button", name="Camera").click()  # else drawn while the other tests run


def test_every_printed_link_signs_somebody_in(running: Running, browser: Browser) -> None:
    assert set(running.links) >= {"facilitator", "coordinator", "supervisor", "director", "patient"}
    for role, link in running.links.items():
        page = page_of(browser)
        page.goto(link)
        assert "/login" not in page.url, role
        if role == "patient":
            assert page.url.endswith("/me/")
        else:
            page.goto(f"{running.control.removesuffix('demonstration/')}today/")
            expect(page.locator(".whoami").last).to_contain_text("Signed in as")


def test_a_pause_holds_the_clock_and_a_text_goes_the_way_of_a_real_one(
    running: Running, browser: Browser
) -> None:
    page = page_of(browser)
    page.goto(running.control)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".wall-doing")).to_contain_text("Paused")
    page.wait_for_timeout(500)
    held = clock_of(page)
    phone = page.locator(".handset").first
    name = phone.locator("h3").inner_text()
    phone.get_by_label(f"Write as {name}").fill("I had no signal, sorry")
    phone.get_by_role("button", name="Send").click()
    mine = page.locator(".handset", has=page.get_by_role("heading", name=name, exact=True))
    expect(mine.locator(".bubble.is-hers").last).to_contain_text("I had no signal", timeout=20_000)
    expect(page.locator("#told")).to_contain_text("I had no signal, sorry", timeout=20_000)
    assert clock_of(page) == held
    page.get_by_role("button", name="Next thing").click()
    expect(page.locator("[data-wall]")).not_to_have_text(held, timeout=60_000)
    page.get_by_role("button", name="300\u00d7").click()
    expect(page.get_by_role("button", name="300\u00d7")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_whoever_writes_is_not_interrupted(running: Running, browser: Browser) -> None:
    page = page_of(browser)
    page.goto(running.control)
    field = page.locator(".handset").first.get_by_role("textbox")
    field.press_sequentially("A sentence that takes its time to be written", delay=60)
    expect(field).to_have_value("A sentence that takes its time to be written")
    expect(field).to_be_focused()


def look_until(page: Page, where: str, words: str) -> None:
    """Without scripts a page is looked at again by hand."""
    for _ in range(40):
        if words in page.locator(where).inner_text():
            break
        page.get_by_role("link", name="See what is new").click()
    expect(page.locator(where)).to_contain_text(words)


def test_it_can_be_watched_and_steered_without_scripts(running: Running, browser: Browser) -> None:
    page = page_of(browser, scripts=False)
    page.goto(running.control)
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    page.locator(".answer-elsewhere").first.get_by_role("link").click()
    words = "Nobody interrupts me here"
    page.get_by_role("textbox").fill(words)
    page.get_by_role("button", name="Send").click()
    look_until(page, ".bubbles", words)
    page.get_by_role("button", name="Pause").click()
    look_until(page, ".wall-doing", "Paused")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE, (320, 640)])
def test_nothing_is_wrong_with_the_pages(running: Running, browser: Browser, size: Size) -> None:
    page = page_of(browser, size=size)
    page.goto(running.control)
    find_nothing_wrong(page)
    page.locator(".handset").first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    find_nothing_wrong(page)


def test_who_is_missing_from_the_real_room_is_written_to_once(running: Running, room: Room) -> None:
    """The minutes until then pass during the tests before this one."""
    page = page_of(room.ben.context.browser or pytest.fail("no browser"))
    page.goto(running.way_in("ben").removesuffix("go/ben/"))
    expect(page.locator("#place-eve")).to_contain_text("Text sent", timeout=NUDGE_SECONDS * 1000)
    for name in ("ada", "dora"):
        expect(page.locator(f"#place-{name}")).to_contain_text("in the room")
    assert page.locator(".handset h3").all_inner_texts() == ["eve"]
    assert page.locator(".bubble").count() == 1
    expect(room.ben.locator("[aria-labelledby=b-absent]")).to_contain_text("eve")
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        find_nothing_wrong(page)


def test_when_it_is_ended_nothing_of_it_is_left(running: Running) -> None:
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 0
    left = [
        each
        for each in psutil.process_iter(["cmdline"])
        if str(running.home) in " ".join(each.info["cmdline"] or [])
    ]
    assert left == []
