"""Three people in a room, with the real engine and real browsers: what they see, and what is written down of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from rejoin.outreach.models import Message
from rejoin.people.models import Patient
from rejoin.rooms.engines.janus import tokens
from rejoin.rooms.models import HostedRoom
from tests.apps.processes import REPOSITORY, wait_until
from tests.journeys.rooms.evening import STATE, Evening, check_in, now
from tests.journeys.rooms.house import SITE, House

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
A_SECOND = timedelta(seconds=1)
DETECTED_WITHIN = timedelta(seconds=10)
"""Pings go out every five seconds and are waited for as long (janus.transport.websockets.jcfg)."""
CUT_FOR = timedelta(seconds=20)
FIRST_FRAME = """() => new Promise((done) => {
  const began = performance.now();
  document.querySelector("[data-go]").click();
  const look = () => document.querySelector(".tile.has-picture:not(.is-own)")
    ? done(performance.now() - began) : setTimeout(look, 20);
  look();
})"""
"""Goes in, and says how many milliseconds it was until somebody else was seen."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """When something happened, at the earliest and at the latest."""

    first: datetime
    last: datetime

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.first - A_SECOND <= at <= self.last + A_SECOND


@dataclass(kw_only=True)
class Somebody:
    """A patient with a machine of her own, and when she truly came and went."""

    name: str
    patient: Patient
    link: str
    client: str
    page: Page
    came: list[Span] = field(default_factory=list)
    went: list[Span] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = self.page.evaluate(STATE)
        return told

    def sees(self, *others: "Somebody") -> bool:
        """Pictures and sound of just these come in, and go on coming."""
        before, names = self.state()["tiles"], {each.name for each in others}
        if set(before) != names | {"You"}:
            return False
        self.page.wait_for_timeout(300)
        after = self.state()["tiles"]
        return all(_goes_on(before[name], after.get(name)) for name in names)

    def goes_in(self) -> None:
        began = now()
        self.page.get_by_role("button", name="Go in", exact=True).click()
        wait_until(self.is_in)
        self.came.append(Span(first=began, last=now()))

    def is_in(self) -> bool:
        told = self.state()
        return bool(told["part"] == "in" and not told["line"])

    def leaves(self) -> None:
        began = now()
        self.page.get_by_role("button", name="Leave").click()
        self.went.append(Span(first=began, last=now()))


def _goes_on(before: dict[str, Any], after: dict[str, Any] | None) -> bool:
    if after is None or not (before["picture"] and after["picture"]):
        return False
    return all(after[what] > before[what] for what in ("at", "frames", "sound"))


@pytest.fixture
def evening(at_home: House, tmp_path: Path) -> Evening:
    """It began four minutes ago: in a minute whoever is missing is written to."""
    return Evening(tmp_path, began=timedelta(minutes=4))


@pytest.fixture
def three(evening: Evening, at_home: House, driver: Playwright) -> Iterator[list[Somebody]]:
    """ada, dora and eve have been let in, and look at themselves. fay does not come."""
    patients = evening.expect("ada", "dora", "eve", "fay")
    people: list[Somebody] = []
    with ExitStack() as kept:
        for patient in patients[:3]:
            client = at_home.networks.add()
            browser = at_home.browser(driver, client)
            kept.callback(browser.close)
            page = browser.new_page(base_url=SITE)
            name, link = patient.name, evening.link(patient)
            check_in(page, link, name)
            people.append(Somebody(name=name, patient=patient, link=link, client=client, page=page))
        evening.wait_for_room()
        evening.let_in(*patients[:3])
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
    for each in three:
        wait_until(partial(is_right, evening, each), seconds=40)
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
    """With ada's own link, under dora's reference: she is put out, and nobody is credited (`is_right`)."""
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


def is_right(evening: Evening, who: Somebody) -> bool:
    """What is written down of her is what happened, to the second and the stated delay."""
    seen = evening.seen(who.patient)
    return len(seen) == len(who.came) and all(
        came.holds(start) and went.holds(end)
        for (start, end), came, went in zip(seen, who.came, who.went, strict=True)
    )
