"""Three people in a room, with the real engine and real browsers: what they see, and what is written down of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from rejoin.outreach.models import Message
from rejoin.people.models import Patient
from rejoin.rooms.engines.janus import tokens
from rejoin.rooms.models import HostedRoom
from tests.apps.processes import REPOSITORY, wait_until
from tests.journeys.rooms.evening import Evening, now
from tests.journeys.rooms.house import House
from tests.journeys.rooms.somebody import DETECTED_WITHIN, Somebody, Span, at_the_door, find_right

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
CUT_FOR = timedelta(seconds=20)
FIRST_FRAME = """() => new Promise((done) => {
  const began = performance.now();
  document.querySelector("[data-go]").click();
  const look = () => document.querySelector(".tile.has-picture:not(.is-own)")
    ? done(performance.now() - began) : setTimeout(look, 20);
  look();
})"""
"""Goes in, and says how many milliseconds it was until somebody else was seen."""


@pytest.fixture
def evening(at_home: House, tmp_path: Path) -> Evening:
    """It began four minutes ago: in a minute whoever is missing is written to."""
    return Evening(tmp_path, began=timedelta(minutes=4))


@pytest.fixture
def three(evening: Evening, at_home: House, driver: Playwright) -> Iterator[list[Somebody]]:
    """ada, dora and eve. fay does not come."""
    patients = evening.expect("ada", "dora", "eve", "fay")
    with at_the_door(patients[:3], evening, at_home, driver) as people:
        yield people


def test_three_come_go_drop_and_return_and_only_who_is_missing_is_written_to(
    three: list[Somebody], evening: Evening, at_home: House
) -> None:
    ada, dora, eve = three
    all_see_each_other(three)
    ada_leaves_and_returns(ada, [dora, eve])
    dora_is_killed(dora, at_home, [ada, eve])
    poses_as(dora, by=ada, evening=evening, house=at_home)
    eves_line_is_cut(eve, at_home, ada)
    fay = Patient.objects.get(name="fay")
    wait_until(at_home.texts, seconds=150)
    for each in (ada, eve):
        each.leaves()
    find_right(evening, *three)
    assert at_home.texts() == [fay.addresses.get(kind="phone").normal]
    assert list(Message.objects.values_list("patient", flat=True)) == [fay.pk]


def all_see_each_other(three: Sequence[Somebody]) -> None:
    for each in three:
        each.goes_in()
    for each in three:
        wait_until(partial(each.sees, *(one for one in three if one is not each)))


def ada_leaves_and_returns(ada: Somebody, others: Sequence[Somebody]) -> None:
    ada.leaves()
    for each in others:
        wait_until(partial(each.sees, *(one for one in others if one is not each)))
    ada.page.goto(ada.link)
    ada.page.get_by_role("link", name="Go in").click()
    ada.page.locator("[data-go]:enabled").wait_for()
    began = now()
    print(f"\njoin to first remote frame: {ada.page.evaluate(FIRST_FRAME):.0f} ms (bar 3000)")
    wait_until(ada.is_in)
    ada.came.append(Span(first=began, last=now()))
    for each in others:
        wait_until(partial(each.sees, ada, *(one for one in others if one is not each)))


def dora_is_killed(dora: Somebody, house: House, others: Sequence[Somebody]) -> None:
    began = now()
    for pid in house.networks.processes(dora.client):
        os.kill(pid, signal.SIGKILL)
    dora.went.append(Span(first=began, last=now()))
    for each in others:
        wait_until(partial(each.sees, *(one for one in others if one is not each)))


def poses_as(victim: Somebody, *, by: Somebody, evening: Evening, house: House) -> None:
    """With ada's own link, under dora's reference: she is put out, and nobody is credited (`find_right`)."""
    room = str(HostedRoom.objects.get().name)
    own, other = (evening.visit(each.patient).ref for each in (by, victim))
    until = now() + timedelta(hours=1)
    signed = [
        sign(house.keys.token_key, room=room, ref=own, expires_at=until)
        for sign in (tokens.api_token, tokens.room_token)
    ]
    words = ["pose", house.janus.setup.ws_url, room, *signed, f"{other}.posing"]
    asked = [*house.networks.inside(by.client), sys.executable, "-m", "tests.journeys.rooms.lines", *words]
    told = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, timeout=90, check=True)
    assert told.stdout.split() == ["joined", "out"]


def eves_line_is_cut(eve: Somebody, house: House, ada: Somebody) -> None:
    began = now()
    house.networks.pull(eve.client, out=True)
    wait_until(lambda: set(ada.state()["tiles"]) == {"You"})
    eve.went.append(Span(first=began, last=began + DETECTED_WITHIN))
    wait_until(lambda: "We keep trying" in eve.state()["line"])
    wait_until(lambda: now() - began >= CUT_FOR)
    back = now()
    house.networks.pull(eve.client, out=False)
    wait_until(eve.is_in)
    eve.came.append(Span(first=back, last=now()))
    print(f"back after the line was: {(now() - back).total_seconds():.1f} s")
    wait_until(lambda: ada.sees(eve))
    wait_until(lambda: eve.sees(ada))
    assert "You are back." in eve.state()["told"]
