"""The processes of the platform, as an operator runs them: killed from outside, and started again at once.

All of them are this process's children, listen on loopback, and end with it whatever ends it.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER

REPOSITORY = Path(__file__).parents[2]
REJOIN = str(Path(sys.executable).with_name("rejoin"))
ROOM_SECRET = "a secret of the rooms, and of nothing else"
LOST_AFTER_SECONDS = 3
HANGS_FOR_SECONDS = 1.0
WORKERS = 2
_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one run lives: its folder, and the ports of its web and of its vendor."""

    home: Path
    web_port: int = field(default_factory=free_port)
    vendor_port: int = field(default_factory=free_port)

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def ledger(self) -> Path:
        return self.home / "ledger.sqlite"

    def environment(self) -> dict[str, str]:
        """What the platform is told: live texts, to the fake vendor; nothing else leaves."""
        return {
            "PATH": os.environ["PATH"],
            "REJOIN_HOME": str(self.home),
            "REJOIN_BASE_URL": self.web,
            "REJOIN_DRY_RUN": "off",
            "REJOIN_LOST_AFTER_SECONDS": str(LOST_AFTER_SECONDS),
            "REJOIN_ROOM_SECRET_LIVEKIT": ROOM_SECRET,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM": OUR_NUMBER,
            "TWILIO_API_BASE": f"http://127.0.0.1:{self.vendor_port}",
            "PYTHONWARNINGS": "ignore",
        }


class Member:
    """One process that is started again whenever it ends."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.log = log
        self.cpu = 0.0
        """Seconds used by those that were ended."""
        self.process = self._start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """kill -9, and another one takes its place."""
        self.end()
        self.restart()

    def restart(self) -> None:
        """Begin again after an end."""
        self.process = self._start()

    def end(self) -> None:
        with suppress(psutil.Error):
            times = psutil.Process(self.process.pid).cpu_times()
            self.cpu += times.user + times.system
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def revive(self) -> bool:
        """Start it again if it has ended by itself, as whoever looks after processes does."""
        if self.process.poll() is None:
            return False
        self.process = self._start()
        return True

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=REPOSITORY,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )


class Crew:
    """Workers, web and vendor of one run."""

    def __init__(self, place: Place, *, workers: int = WORKERS) -> None:
        self.place = place
        self.members: list[Member] = []
        environment = place.environment()
        try:
            self.vendor = self._add("vendor", _vendor_command(place), environment)
            self.web = self._add("web", [REJOIN, "serve", "--port", str(place.web_port)], environment)
            self.workers = [
                self._add(f"worker{number}", [REJOIN, "work"], environment) for number in range(workers)
            ]
            _wait_for_door(f"http://127.0.0.1:{place.vendor_port}/_control/nothing")
            _wait_for_door(f"{place.web}/health/live")
        except BaseException:
            self.end()
            raise

    def end(self) -> float:
        """End all of them. Returns the seconds of CPU that they used."""
        for each in self.members:
            with suppress(ProcessLookupError):
                each.signal(signal.SIGCONT)
            each.end()
        return sum(each.cpu for each in self.members)

    def revive(self) -> int:
        """Start those again that ended by themselves. Returns how many."""
        return sum(each.revive() for each in self.members)

    def log_lines(self) -> list[dict[str, object]]:
        """What all of them logged as JSON."""
        found = []
        for log in sorted(self.place.home.glob("*.log")):
            for line in log.read_text(errors="replace").splitlines():
                with suppress(ValueError):
                    told = json.loads(line)
                    if isinstance(told, dict):
                        found.append(told)
        return found

    def _add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Member:
        member = Member(name, command, environment, self.place.home / f"{name}.log")
        self.members.append(member)
        return member


def _vendor_command(place: Place) -> list[str]:
    return [
        *(sys.executable, "-m", "rejoin.fakes.sms_vendor"),
        *("--port", str(place.vendor_port), "--ledger", str(place.ledger)),
        *("--inbound-url", f"{place.web}/hooks/sms/inbound"),
        *("--hang-seconds", str(HANGS_FOR_SECONDS), "--late-seconds", "0.5"),
    ]


def _wait_for_door(address: str, *, seconds: float = 30) -> None:
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody answers at {address}")


def _end_with_parent() -> None:
    """In the child, before it becomes somebody else: it ends when its parent does, however that ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
