"""The facilitator's board beside the pictures: how soon it shows that somebody came in."""

import statistics
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from rejoin.people.models import Patient
from rejoin.rooms.engines.janus import tokens
from rejoin.rooms.models import HostedRoom
from rejoin.visits.actions import ask_in
from tests.apps.processes import REPOSITORY, wait_until
from tests.journeys.rooms.evening import STATE, Evening, now
from tests.journeys.rooms.house import SITE, House
from tests.journeys.serving import sign_in

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
NAMES = [f"patient{number:02}" for number in range(20)]
WATCH = """() => {
  window.shown = {};
  const board = document.getElementById("room-board");
  new MutationObserver(() => {
    for (const one of board.querySelectorAll("[aria-labelledby=b-here] li strong"))
      window.shown[one.textContent] ??= Date.now() / 1000;
  }).observe(board, { childList: true, subtree: true });
}"""
"""Writes down when each name came up under "Here"."""


@pytest.fixture
def evening(at_home: House, tmp_path: Path) -> Evening:
    return Evening(tmp_path, began=timedelta(minutes=1))


def test_whoever_comes_in_is_on_the_board_at_once(
    evening: Evening, at_home: House, driver: Playwright
) -> None:
    patients = evening.expect(*NAMES)
    evening.wait_for_room()
    room = str(HostedRoom.objects.get().name)
    browser = at_home.browser(driver, at_home.networks.add())
    page = opened_by_ben(evening, browser.new_context(base_url=SITE).new_page())
    page.evaluate(WATCH)
    lines = [line_of(evening, at_home, patient, room) for patient in patients]
    came = enter_one_by_one(at_home, room, lines)
    wait_until(lambda: len(page.evaluate("window.shown")) == len(NAMES), seconds=60)
    shown = page.evaluate("window.shown")
    browser.close()
    late = sorted(
        shown[patient.name] - came[line.split()[0]] for patient, line in zip(patients, lines, strict=True)
    )
    p95 = late[int(len(late) * 0.95) - 1]
    print(
        f"\non the board after a join: median {statistics.median(late):.2f} s, p95 {p95:.2f} s (bar 1 s), of {len(late)}"
    )


def opened_by_ben(evening: Evening, page: Page) -> Page:
    sign_in(page.context, SITE, evening.ben)
    page.goto(f"/sessions/{evening.running.ref}/room/in")
    page.get_by_label("Use my camera").uncheck()
    page.get_by_role("button", name="Go in", exact=True).click()
    wait_until(lambda: page.evaluate(STATE)["part"] == "in")
    return page


def line_of(evening: Evening, house: House, patient: Patient, room: str) -> str:
    """She has been let in, and has leave to enter."""
    evening.link(patient)
    seat = evening.seat(patient)
    identity = seat.identities.get()
    ask_in(seat=seat, ref=identity.ref, display_name=patient.name, by=evening.as_ben(), at=now())
    evening.let_in(patient)
    until = now() + timedelta(hours=1)
    signed = [
        sign(house.keys.token_key, room=room, ref=identity.ref, expires_at=until)
        for sign in (tokens.api_token, tokens.room_token)
    ]
    return " ".join([f"{identity.ref}.1", *signed])


def enter_one_by_one(house: House, room: str, lines: list[str]) -> dict[str, float]:
    """By connection, when the engine said that she is in."""
    client = house.networks.add()
    words = ["crowd", house.janus.setup.ws_url, room, "0.6"]
    asked = [*house.networks.inside(client), sys.executable, "-m", "tests.journeys.rooms.lines", *words]
    told = subprocess.run(
        asked,
        cwd=REPOSITORY,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return {conn: float(at) for conn, at in map(str.split, told.stdout.splitlines())}
