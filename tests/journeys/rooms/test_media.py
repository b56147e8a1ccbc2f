"""Three people in a room, with the real engine and real browsers: what they see, and what is written down of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from rejoin.outreach.models import Message
from rejoin.outreach.vocabulary import MessageState
from rejoin.people.models import Patient
from rejoin.programs.models import Seat, Session
from rejoin.rooms.actions import issue_join_ref
from rejoin.rooms.engines.janus import tokens
from rejoin.rooms.models import HostedRoom
from rejoin.visits.actions import ask_in
from tests.apps.processes import REPOSITORY, wait_until
from tests.apps.rooms_scene import spans
from tests.journeys.rooms.evening import Evening, now
from tests.journeys.rooms.house import House
from tests.journeys.rooms.somebody import DETECTED_WITHIN, Somebody, Span, at_the_door, find_right

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
CUT_FOR = timedelta(seconds=20)
NOBODY_LISTENS_FOR = timedelta(seconds=45)
NUDGED_AFTER = timedelta(minutes=5)
"""By the policy of the evening (policies/a-*.yaml)."""
QUEUED_WITHIN_SECONDS = 10
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
    """In 75 seconds whoever is missing is written to."""
    return Evening(tmp_path, began=NUDGED_AFTER - timedelta(seconds=75))


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
    with a_second_room(evening, at_home) as gil:
        back = nobody_listens(three, gil, at_home)
        poses_as(dora, by=ada, evening=evening, house=at_home)
        dora_is_killed(dora, at_home, [ada, eve])
        wait_until(at_home.texts, seconds=150)
    for each in (ada, eve):
        each.leaves()
    find_right(evening, *three)
    find_gil_right(gil)
    fay_alone_was_written_to_in_time(evening, at_home, worker_since=back)


def nobody_listens(three: Sequence[Somebody], gil: "Gil", house: House) -> datetime:
    """No worker for 45 seconds. ada leaves and comes back, eve's line is cut and comes back, gil comes, dora stays."""
    ada, dora, eve = three
    began = now()
    house.stop_worker()
    gil.comes()
    ada_leaves_and_returns(ada, [dora, eve])
    eves_line_is_cut(eve, house, [ada, dora])
    wait_until(lambda: now() - began >= NOBODY_LISTENS_FOR)
    assert gil.session.starts_at + NUDGED_AFTER < now()
    house.start_worker()
    return now()


def fay_alone_was_written_to_in_time(evening: Evening, house: House, *, worker_since: datetime) -> None:
    """Once, within ten seconds of the policy's moment (or of a worker's being there again, where that was later)."""
    fay = Patient.objects.get(name="fay")
    (taken,) = house.taken()
    assert taken.address == fay.addresses.get(kind="phone").normal
    (queued,) = Message.objects.exclude(state=MessageState.WITHHELD)
    assert queued.patient == fay
    moment = evening.running.starts_at + NUDGED_AFTER
    assert queued.not_before == moment
    since = max(moment, worker_since)
    late = (queued.made_at - since).total_seconds()
    gone = (datetime.fromisoformat(taken.at) - since).total_seconds()
    print(f"nudge queued {late:.1f} s after the policy's moment (bar 10), with the vendor after {gone:.1f} s")
    assert 0 <= late < QUEUED_WITHIN_SECONDS


@dataclass(kw_only=True)
class Gil:
    """Expected in a room of his own; by policy he is written to in the middle of the gap, in which he comes."""

    session: Session
    patient: Patient
    enters: Callable[[], "subprocess.Popen[str]"]
    came: list[Span] = field(default_factory=list)
    went: list[Span] = field(default_factory=list)
    _line: "subprocess.Popen[str] | None" = None

    def comes(self) -> None:
        began = now()
        self._line = self.enters()
        assert self._line.stdout is not None
        assert self._line.stdout.readline().strip() == "joined"
        self.came.append(Span(first=began, last=now()))

    def leaves(self) -> None:
        if self._line is not None:
            began = now()
            self._line.communicate(timeout=20)
            self.went.append(Span(first=began, last=now()))


@contextmanager
def a_second_room(evening: Evening, house: House) -> Iterator[Gil]:
    patient = evening.admit("gil", phone="+15550109", timezone=evening.zone)
    began = now() - NUDGED_AFTER + NOBODY_LISTENS_FOR / 2
    session = Session.objects.create(
        program=evening.program, group=evening.group, external_id="other", starts_at=began,
        ends_at=began + timedelta(hours=3),
    )  # fmt: skip
    seat = Seat.objects.create(session=session, patient=patient)
    ref = issue_join_ref(seat=seat, provider="janus", by=evening.as_ben(), at=now())
    ask_in(seat=seat, ref=ref, display_name="gil", by=evening.as_ben(), at=now())
    evening.let_in(patient)
    hosted = HostedRoom.objects.filter(session=session, engine_seen_at__isnull=False)
    wait_until(hosted.exists)
    room, client = str(hosted.get().name), house.networks.add()
    gil = Gil(session=session, patient=patient, enters=lambda: line_of_one(house, client, room=room, ref=ref))
    try:
        yield gil
    finally:
        gil.leaves()


def line_of_one(house: House, client: str, *, room: str, ref: str) -> "subprocess.Popen[str]":
    words = ["stay", house.janus.setup.ws_url, room, *signed(house, room=room, ref=ref), f"{ref}.1"]
    asked = [*house.networks.inside(client), sys.executable, "-m", "tests.journeys.rooms.lines", *words]
    return subprocess.Popen(asked, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def find_gil_right(gil: Gil) -> None:
    def is_right() -> bool:
        seen = spans(gil.session, gil.patient)
        return len(seen) == 1 and gil.came[0].holds(seen[0][0]) and gil.went[0].holds(seen[0][1])

    with suppress(AssertionError):
        wait_until(is_right)
    seen = spans(gil.session, gil.patient)
    assert is_right(), f"gil was seen {seen}, and came {gil.came} and went {gil.went}"


def signed(house: House, *, room: str, ref: str) -> list[str]:
    """Leave to enter, as a page is given it."""
    until = now() + timedelta(hours=1)
    return [
        sign(house.keys.token_key, room=room, ref=ref, expires_at=until)
        for sign in (tokens.api_token, tokens.room_token)
    ]


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
    room = str(HostedRoom.objects.get(session=evening.running).name)
    own, other = (evening.visit(each.patient).ref for each in (by, victim))
    given = signed(house, room=room, ref=own)
    words = ["pose", house.janus.setup.ws_url, room, *given, f"{other}.posing"]
    asked = [*house.networks.inside(by.client), sys.executable, "-m", "tests.journeys.rooms.lines", *words]
    told = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, timeout=90, check=True)
    assert told.stdout.split() == ["joined", "out"]


def eves_line_is_cut(eve: Somebody, house: House, others: Sequence[Somebody]) -> None:
    began = now()
    house.networks.pull(eve.client, out=True)
    for each in others:
        wait_until(partial(each.sees, *(one for one in others if one is not each)))
    eve.went.append(Span(first=began, last=began + DETECTED_WITHIN))
    wait_until(lambda: "We keep trying" in eve.state()["line"])
    wait_until(lambda: now() - began >= CUT_FOR)
    back = now()
    house.networks.pull(eve.client, out=False)
    wait_until(eve.is_in)
    eve.came.append(Span(first=back, last=now()))
    print(f"back after the line was: {(now() - back).total_seconds():.1f} s")
    everybody = [*others, eve]
    for each in everybody:
        wait_until(partial(each.sees, *(one for one in everybody if one is not each)))
    assert "You are back." in eve.state()["told"]
