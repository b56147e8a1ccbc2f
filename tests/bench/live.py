"""How long the live board waits for a join: from the webhook's first byte to the event on an open page.

Synthetic. `rejoin serve` and `rejoin work` run as they would, on the embedded database with its durable settings; the
fake room provider tells of joins at random gaps, each signed; somebody signed in follows "today" over HTTP. An event
counts for a join once the database shows her there: then the page that asks sees it. Half of the joins come before
anybody is missed, half when the policy has missed them already and cases are open. Printed and never asserted.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psutil

from tests.bench.engine import prepare

JOINS = 200
GAP_SECONDS = 0.4
"""On average; gaps are drawn as of people who know nothing of each other."""
A_SESSION = 10
SECRET = "a secret of the bench, and of nothing else"
PATIENCE_SECONDS = 20.0


class Join(NamedTuple):
    """Somebody who will come: her seat, and what the provider says of her."""

    seat_id: int
    body: bytes


class Page:
    """An open page: when it was told of anything."""

    def __init__(self, port: int, cookie: str) -> None:
        self.told_at: list[float] = []
        self._news = threading.Condition()
        line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        line.request("GET", "/live/?topics=today", headers={"Cookie": cookie})
        answer = line.getresponse()
        if answer.status != 200:
            raise SystemExit(f"/live/ answered {answer.status}")
        threading.Thread(target=self._read, args=(line, answer), daemon=True).start()

    def _read(self, line: HTTPConnection, answer: HTTPResponse) -> None:
        """`line` lasts as long as somebody reads from it."""
        while text := answer.readline():
            if text.startswith(b"event:"):
                with self._news:
                    self.told_at.append(time.perf_counter())
                    self._news.notify_all()

    def wait(self, seen: int) -> float:
        """When the page was told something for the time after `seen`."""
        with self._news:
            if not self._news.wait_for(lambda: len(self.told_at) > seen, PATIENCE_SECONDS):
                raise SystemExit("nothing was told")
            return self.told_at[seen]


def write_program() -> tuple[list[Join], str]:
    """Sessions that have begun, with everybody awaited; and the cookie of somebody signed in."""
    from django.conf import settings

    from rejoin.common import clock
    from rejoin.common.actors import COMMAND
    from rejoin.programs.models import Seat, Session
    from rejoin.rooms.actions import issue_join_ref, name_rooms
    from rejoin.rooms.fake import Visit, webhooks_of
    from tests.apps.scene import START, Scene, minutes
    from tests.apps.signing import client_of

    scene = Scene()
    joins: list[Join] = []
    for number in range(JOINS // A_SESSION):
        patients = [scene.admit(f"p{number}-{each}", sms=False) for each in range(A_SESSION)]
        session = Session.objects.create(
            program=scene.program,
            group=scene.group,
            external_id=f"S{number}",
            starts_at=START,
            ends_at=START + minutes(180),
        )
        for patient in patients:
            Seat.objects.create(session=session, patient=patient)
        name_rooms(names=[(session.pk, f"room-{number}")], by=COMMAND, at=START)
        scene.watched(session)
        for seat in Seat.objects.filter(session=session):
            ref = issue_join_ref(seat=seat, provider="livekit", by=COMMAND, at=START)
            visit = Visit(room=f"room-{number}", ref=ref, joined_at=START + minutes(1))
            told = [each for each in webhooks_of([visit]) if b"participant_joined" in each.body]
            joins.append(Join(seat.pk, told[0].body))
    Random(1).shuffle(joins)
    clock.simulate(shown_at=START + minutes(2), rate=1)
    name = settings.SESSION_COOKIE_NAME
    return joins, f"{name}={client_of(scene.coordinator).cookies[name].value}"


@contextmanager
def running(*arguments: str) -> Iterator[psutil.Process]:
    """A process of the command, as an operator runs it."""
    command = [sys.executable, "-c", "from rejoin.cli import run; run()", *arguments]
    with tempfile.TemporaryFile() as log:
        started = subprocess.Popen(command, env=os.environ, stdout=log, stderr=log)
        try:
            yield psutil.Process(started.pid)
        finally:
            started.terminate()
            started.wait()


def measure(joins: Sequence[Join], page: Page, port: int, chance: Random) -> list[float]:
    """Seconds from each webhook until the page was told and the join is there to be seen."""
    from rejoin.common.rows import select
    from rejoin.rooms.fake import Webhook, over_http, send
    from tests.apps.scene import START

    found: list[float] = []
    for join in joins:
        time.sleep(chance.expovariate(1 / GAP_SECONDS))
        seen, sent_at = len(page.told_at), time.perf_counter()
        post = over_http(f"http://127.0.0.1:{port}")
        if send([Webhook(START, join.body)], post, secret=SECRET) != [200]:
            raise SystemExit("a webhook was not taken")
        while True:
            told_at = page.wait(seen)
            seen += 1
            if select(
                "SELECT FROM rooms_seatevidence WHERE seat_id = %s AND first_join IS NOT NULL", [join.seat_id]
            ):
                break
        found.append(told_at - sent_at)
    return found


def wait_for(port: int) -> None:
    """Until the web answers and a worker has finished a pass."""
    from rejoin.common.rows import select

    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/health/live")
            if line.getresponse().status == 200 and select("SELECT FROM common_heartbeat"):
                return
        except OSError:
            time.sleep(0.1)
        finally:
            line.close()
    raise SystemExit("nobody answers")


def seconds_of(process: psutil.Process) -> float:
    """Of CPU, with all that it began and that still runs or has been waited for."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def report() -> None:
    from rejoin.common import clock
    from rejoin.config import embedded
    from tests.apps.scene import START, minutes
    from tests.faults.crew import free_port

    joins, cookie = write_program()
    home, port, chance = Path(os.environ["REJOIN_HOME"]), free_port(), Random(2)
    os.environ["REJOIN_ROOM_SECRET_LIVEKIT"] = SECRET
    with ExitStack() as stack:
        web = stack.enter_context(running("serve", "--port", str(port)))
        worker = stack.enter_context(running("work"))
        wait_for(port)
        page = Page(port, cookie)
        page.wait(0)
        who: dict[str, Any] = {
            "web": web, "worker": worker, "database": psutil.Process(embedded.server_pid(home))
        }  # fmt: skip
        before = {name: seconds_of(each) for name, each in who.items()}
        begun = time.perf_counter()
        half = len(joins) // 2
        awaited = measure(joins[:half], page, port, chance)
        clock.simulate(shown_at=START + minutes(7), rate=1)
        _settle()
        missed = measure(joins[half:], page, port, chance)
        wall = time.perf_counter() - begun
        used = {name: seconds_of(each) - before[name] for name, each in who.items()}
    print(
        f"the live board: {JOINS} joins at random gaps, one worker, embedded PostgreSQL, durable; webhook to event"
    )
    for name, found in (("awaited", awaited), ("missed already", missed), ("all", awaited + missed)):
        print(f"  {name:<15}{_figures(found)}", flush=True)
    told = ", ".join(f"{seconds:.1f} s {name}" for name, seconds in used.items())
    print(f"  {wall:.0f} s of wall; CPU {told}", flush=True)


def _figures(found: Sequence[float]) -> str:
    ordered = sorted(found)
    return (
        f"{statistics.median(ordered) * 1000:4.0f} ms median, "
        f"{ordered[int(len(ordered) * 0.95)] * 1000:4.0f} ms p95, {ordered[-1] * 1000:4.0f} ms worst"
    )


def _settle() -> None:
    """Until everybody who is not there has been missed, and nothing is left to act on."""
    from rejoin.common.rows import select

    busy = "SELECT FROM attendance_seatstatus WHERE NOT acted_on"
    give_up_at = time.monotonic() + 60
    while select(busy) or not select("SELECT FROM followup_case"):
        if time.monotonic() > give_up_at:
            raise SystemExit("nobody was missed")
        time.sleep(0.2)


def main() -> None:
    is_ours = "REJOIN_HOME" not in os.environ
    prepare()
    from django.core.management import call_command

    from rejoin.config import embedded

    call_command("migrate", verbosity=0)
    try:
        report()
    finally:
        if is_ours:
            embedded.stop_server(Path(os.environ["REJOIN_HOME"]))


if __name__ == "__main__":
    main()
