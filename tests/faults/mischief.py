"""What goes wrong, and when: drawn with a seed beforehand, done while the work of a step is under way, and counted."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import psutil

from rejoin.common.rows import select
from rejoin.config import embedded
from rejoin.fakes.ledger import order_fates
from rejoin.outreach.sending import LEAVE_WITHIN_SHARE
from tests.faults.crew import LOST_AFTER_SECONDS, Crew, Member
from tests.faults.patience import patiently
from tests.faults.times import ProgramClock

# What the vendor does to the next text, or to the webhooks about it.
FATES = (
    *("hangs_before", "hangs_after", "drops_before", "drops_after", "half_answer", "garbage"),
    *("error:500", "error_after:502", "refuse:20429"),
    *("well+duplicated", "well+reordered", "well+late", "well+forged", "drops_after+duplicated+reordered"),
)
KINDS = {
    "worker killed": 30,
    "web killed": 9,
    "database killed": 6,
    "database backend killed": 4,
    "worker stopped for a moment": 10,
    "web stopped for a moment": 4,
    "vendor away": 4,
    "clock put back": 9,
    "clock put forward": 6,
    "everything killed": 2,
}
"""How often each is drawn, beside the vendor's fates."""
READY = "SELECT worker FROM common_heartbeat WHERE beat_at > clock_timestamp() - interval '5 seconds'"


class Fault(NamedTuple):
    """What, and how many seconds after the work of the phase began."""

    kind: str
    after: float
    seconds: float
    """How long a stop, an absence or a jump back lasts."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """The faults of a run: by step and phase, and the vendor's fates by step."""

    faults: dict[tuple[int, int], list[Fault]]
    fates: dict[int, list[str]]


def draw_plan(*, seed: int, steps: Sequence[int], count: int, fates: int) -> Plan:
    """`count` faults of processes and clocks, spread over the phases of `steps`; `fates` texts go wrong."""
    chance = Random(f"mischief:{seed}")
    kinds, weights = list(KINDS), list(KINDS.values())
    faults: dict[tuple[int, int], list[Fault]] = {}
    for kind in chance.choices(kinds, weights, k=count):
        phase = 2 if kind == "clock put forward" else chance.randrange(2)
        place = (chance.choice(steps), phase)
        faults.setdefault(place, []).append(
            Fault(kind, chance.expovariate(1 / 0.35), chance.uniform(0.05, 0.9))
        )
    texts: dict[int, list[str]] = {}
    for _ in range(fates):
        texts.setdefault(chance.choice(steps), []).append(chance.choice(FATES))
    for each in faults.values():
        each.sort(key=lambda fault: fault.after)
    return Plan(faults=faults, fates=texts)


class Mischief:
    """Does what the plan says. All processes are started from one thread: they end with the one that began them."""

    def __init__(self, crew: Crew, clock: ProgramClock, plan: Plan, *, seed: int) -> None:
        self.crew = crew
        self.clock = clock
        self.plan = plan
        self.chance = Random(f"mischief at work:{seed}")
        self.counts: Counter[str] = Counter()
        self.amid_work = 0
        """How many of them came while something was due or coming in."""
        self._due: list[Fault] = []
        self._undo: list[tuple[float, Callable[[], None]]] = []
        self._began = 0.0

    def plans(self, step: int, phase: int) -> bool:
        return (step, phase) in self.plan.faults

    def begin(self, step: int, phase: int) -> None:
        """The work of a phase begins now."""
        self._began = time.monotonic()
        self._due = list(self.plan.faults.get((step, phase), ()))
        if phase == 0 and self.plan.fates.get(step):
            order_fates(self.crew.place.ledger, *self.plan.fates[step])

    def act(self, *, is_busy: Callable[[], bool]) -> bool:
        """Do what is due by now. False once everything was done, and undone again."""
        now = time.monotonic()
        for fault in [each for each in self._due if now - self._began >= each.after]:
            self._due.remove(fault)
            self.amid_work += is_busy()
            self._do(fault)
        for due in [each for each in self._undo if each[0] <= now]:
            self._undo.remove(due)
            due[1]()
        return bool(self._due or self._undo)

    def _do(self, fault: Fault) -> None:
        doing = {
            "worker killed": self._kill_worker,
            "web killed": lambda _: self.crew.web.kill(),
            "database killed": self._kill_database,
            "database backend killed": self._kill_backend,
            "worker stopped for a moment": lambda each: self._stop(
                self.chance.choice(self.crew.workers), each
            ),
            "web stopped for a moment": lambda each: self._stop(self.crew.web, each),
            "vendor away": self._send_vendor_away,
            "clock put back": self._put_back,
            "clock put forward": self._put_forward,
            "everything killed": self._kill_everything,
        }
        if doing[fault.kind](fault) is not False:
            self.counts[fault.kind] += 1

    def _kill_worker(self, _: Fault) -> None:
        """One that has begun to work, where there is one: to kill one that still starts shows little."""
        ready = {row[0].rpartition(":")[2] for row in patiently(lambda: select(READY))}
        able = [each for each in self.crew.workers if str(each.pid) in ready]
        self.chance.choice(able or self.crew.workers).kill()

    def _kill_database(self, _: Fault) -> None:
        pid = embedded.server_pid(self.crew.place.home)
        if pid is not None:
            psutil.Process(pid).kill()

    def _kill_backend(self, _: Fault) -> None:
        """One connection's process: the server takes all of them down and recovers by itself."""
        pid = embedded.server_pid(self.crew.place.home)
        with suppress(psutil.Error):
            children = psutil.Process(pid).children() if pid is not None else []
            serving = [each for each in children if "[local]" in " ".join(each.cmdline())]
            if serving:
                self.chance.choice(serving).kill()

    def _stop(self, member: Member, fault: Fault) -> None:
        """Within what a worker has between its last look at the clock and being given up; a longer sleep nothing bounds."""
        pid = member.pid
        member.signal(signal.SIGSTOP)

        def go_on() -> None:
            if member.pid == pid:
                member.signal(signal.SIGCONT)

        self._undo_after(fault.seconds * LOST_AFTER_SECONDS * (1 - LEAVE_WITHIN_SHARE), go_on)

    def _send_vendor_away(self, fault: Fault) -> bool:
        """Nobody answers at its door; what it took before, it knows again afterwards."""
        if not self.crew.texting.acquire(blocking=False):
            self._due.append(fault)
            return False
        self.crew.vendor.end()
        self.crew.vendor.is_away = True

        def come_back() -> None:
            self.crew.vendor.restart()
            self.crew.wait_for_vendor()
            self.crew.texting.release()

        self._undo_after(fault.seconds, come_back)
        return True

    def _put_back(self, fault: Fault) -> None:
        self._jump(-240 * self.chance.random(), fault)

    def _put_forward(self, fault: Fault) -> None:
        self._jump(240 * self.chance.random(), fault)

    def _jump(self, seconds: float, fault: Fault) -> None:
        if self.clock.is_off:
            return
        self.clock.jump(seconds)
        self._undo_after(fault.seconds, self.clock.right)

    def _kill_everything(self, fault: Fault) -> None:
        """As when the machine's power fails, but for the vendor's."""
        for each in (*self.crew.workers, self.crew.web):
            each.end()
        self._kill_database(fault)
        for each in (*self.crew.workers, self.crew.web):
            each.restart()

    def _undo_after(self, seconds: float, undo: Callable[[], None]) -> None:
        self._undo.append((time.monotonic() + seconds, undo))
