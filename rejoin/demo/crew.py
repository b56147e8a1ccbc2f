"""The demo's own processes: three fake vendors, the real web and the real worker. Each is stopped by its id."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, Self

import psutil

from rejoin.demo.homes import Home, live_environment
from rejoin.domain.kernel import Refusal
from rejoin.fakes.serving import LOOPBACK

COMMAND: Final = (sys.executable, "-c", "from rejoin.cli import run; run()")
HANGS_FOR_SECONDS: Final = 1.0
"""How long the text vendor keeps us waiting before it cuts the line."""
STARTED_WITHIN_SECONDS: Final = 60
STOPPED_WITHIN_SECONDS: Final = 12
IDS: Final = "processes.json"
ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Crew:
    """Processes that live as long as the block does."""

    home: Home
    addresses: dict[str, str] = field(default_factory=dict)
    live_environment: Mapping[str, str] = field(default_factory=dict)
    """Of the web and the worker, and of `rejoin doctor` when it is asked."""
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _spare: set[str] = field(default_factory=set)
    """Those without whom the rest goes on."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start_vendors(self) -> None:
        """Of texts, of e-mail and of push notices."""
        self.start_text_vendor()
        self._start_fake("mail_sink", self.home.mail_ledger)
        self._start_fake("push_service", self.home.push_ledger)
        self._hear_addresses("mail_sink", "push_service")

    def start_text_vendor(self) -> None:
        """It tells what patients text to our web, as the real one does."""
        inbound = f"{self.home.base_url}/hooks/sms/inbound"
        self._start_fake(
            "sms_vendor",
            self.home.sms_ledger,
            *("--inbound-url", inbound, "--hang-seconds", str(HANGS_FOR_SECONDS)),
        )
        self._hear_addresses("sms_vendor")

    def start_platform(self) -> None:
        """`rejoin serve` and `rejoin work`, with live sending switched on: to the fakes that were started."""
        environment = live_environment(
            self.home,
            sms=self.addresses["sms_vendor"],
            mail_port=int(self.addresses.get("mail_sink", ":0").rpartition(":")[2]),
            push=self.addresses.get("push_service", ""),
        )
        self.start("web", [*COMMAND, "serve", "--port", str(self.home.port)], environment)
        self.start("worker", [*COMMAND, "work"], environment)
        self.live_environment = environment

    def wait_until(self, ready: Callable[[], bool], *, what: str) -> None:
        give_up_at = time.monotonic() + STARTED_WITHIN_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > give_up_at:
                raise Refusal("demo.slow", f"{what} did not get ready: see {self.home.logs}")
            time.sleep(0.1)

    def web_answers(self) -> bool:
        connection = HTTPConnection(LOOPBACK, self.home.port, timeout=2)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def check(self) -> None:
        """Refused when one of them has ended by itself."""
        needed = {name: each for name, each in self._running.items() if name not in self._spare}
        ended = [name for name, each in needed.items() if each.poll() is not None]
        if ended:
            log = self.home.logs / f"{ended[0]}.log"
            raise Refusal("demo.ended", f"{ended[0]} ended by itself: {_tail(log)} (see {log})")

    def doctor(self) -> tuple[int, str]:
        """`rejoin doctor`, as somebody would ask it: its exit code and what it says."""
        asked = subprocess.run(  # noqa: S603 - our own command
            [*COMMAND, "doctor", "--json"],
            env=dict(self.live_environment),
            capture_output=True,
            text=True,
            timeout=STARTED_WITHIN_SECONDS,
            check=False,
        )
        return asked.returncode, asked.stdout

    def stop(self) -> None:
        """All are asked at once; whoever does not end in time is ended, and at once if somebody asks twice."""
        for each in self._running.values():
            if each.poll() is None:
                each.send_signal(signal.SIGTERM)
        give_up_at = time.monotonic() + STOPPED_WITHIN_SECONDS
        try:
            for each in self._running.values():
                with suppress(subprocess.TimeoutExpired):
                    each.wait(max(0.1, give_up_at - time.monotonic()))
        finally:
            for each in self._running.values():
                if each.poll() is None:
                    each.kill()
                each.wait()
                if each.stdout is not None:
                    each.stdout.close()
            self._running.clear()
            self._write_ids()

    def keep(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        """One that was started elsewhere: watched and stopped with the others."""
        self._running[name] = process
        self._write_ids()

    def start_beside(self, name: str, command: list[str]) -> None:
        """Somebody without whom the rest goes on, with the environment of this process."""
        self._spare.add(name)
        self.start(name, command, os.environ)

    def _hear_addresses(self, *names: str) -> None:
        for name in names:
            port = json.loads(self._first_line(name))["port"]
            self.addresses[name] = f"http://{LOOPBACK}:{port}"

    def _start_fake(self, name: str, ledger: Path, *options: str) -> None:
        command = [sys.executable, "-m", f"rejoin.fakes.{name}", "--port", "0", "--ledger", str(ledger)]
        self.start(name, [*command, *options], os.environ, tells=True)

    def start(
        self, name: str, command: list[str], environment: Mapping[str, str], *, tells: bool = False
    ) -> None:
        """In a session of its own: ctrl-c is for the demo, which then stops everybody in order."""
        with (self.home.logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if tells else log,
                stderr=log,
                start_new_session=True,
            )
        self._write_ids()

    def _write_ids(self) -> None:
        """For the next demo, should this one be killed: whom it left behind."""
        ids: dict[int, float] = {}
        for each in self._running.values():
            with suppress(psutil.Error):  # it ended a moment ago
                ids[each.pid] = psutil.Process(each.pid).create_time()
        (self.home.folder / IDS).write_text(json.dumps(ids))

    def _first_line(self, name: str) -> bytes:
        told = self._running[name].stdout
        line = told.readline() if told is not None else b""
        if not line:
            self._running[name].wait(STOPPED_WITHIN_SECONDS)
            self.check()
        return line


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Whoever ends this process ends its crew too: as ctrl-c does."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a signal's shape
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in ENDINGS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def end_leftovers(folder: Path) -> None:
    """A demo that was killed leaves processes behind, and so does the house beside it: those that they wrote down and
    that are still the same."""
    for kept in (folder / IDS, *folder.glob(f"*/{IDS}")):
        _end_kept(kept)


def _end_kept(kept: Path) -> None:
    try:
        ids: dict[str, float] = json.loads(kept.read_text())
    except (FileNotFoundError, ValueError):
        return
    for pid, began in ids.items():
        with suppress(psutil.Error):
            left = psutil.Process(int(pid))
            if left.create_time() == began:
                left.kill()
                left.wait(STOPPED_WITHIN_SECONDS)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][-200:] if lines else "it said nothing"
