"""The processes of the platform, as an operator runs them: killed from outside, and started again at once.

All of them are this process's children, listen on loopback, and end with it whatever ends it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER

REPOSITORY = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("rejoin"))
ROOM_SECRET = "a secret of the rooms, and of nothing else"
LOST_AFTER_SECONDS = 3
HANGS_FOR_SECONDS = 1.0
WORKERS = 2
# Becomes the command that follows, and is killed with whoever began it, however that ends (prctl(2); Linux alone has it).
END_WITH_PARENT = (
    (
        sys.executable,
        "-ISc",
        "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execv(sys.argv[1], sys.argv[1:])",
    )
    if sys.platform == "linux"
    else ()
)


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
    def vendor(self) -> str:
        return f"http://127.0.0.1:{self.vendor_port}"

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
            "TWILIO_API_BASE": self.vendor,
            "PYTHONPATH": str(REPOSITORY),
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
        self.is_away = False
        """Ended on purpose, and to be started again later."""
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
        self.is_away = False
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
        if self.is_away or self.process.poll() is None:
            return False
        self.process = self._start()
        return True

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*END_WITH_PARENT, *self.command],
                cwd=REPOSITORY,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


class Crew:
    """Workers, web and vendor of one run."""

    def __init__(self, place: Place, *, workers: int = WORKERS) -> None:
        self.place = place
        self.members: list[Member] = []
        self.texting = threading.Lock()
        """Held while a patient texts, and while the vendor is away: it is not to lose what nobody would repeat."""
        environment = place.environment()
        try:
            self.vendor = self._add("vendor", _vendor_command(place), environment)
            self.web = self._add("web", [COMMAND, "serve", "--port", str(place.web_port)], environment)
            self.workers = [
                self._add(f"worker{number}", [COMMAND, "work"], environment) for number in range(workers)
            ]
            self.wait_for_vendor()
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

    def wait_for_vendor(self) -> None:
        _wait_for_door(f"{self.place.vendor}/_control/nothing")

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
