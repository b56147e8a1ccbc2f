"""One run of a day: the clock goes a step on, the step's inputs come in, and nothing moves before the system rests."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from rejoin.common.rows import select
from rejoin.common.wakes import LOOK, SEND, wake
from tests.faults.crew import Crew
from tests.faults.doors import Rooms, disturb, in_order, receive_texts
from tests.faults.mischief import Mischief
from tests.faults.patience import patiently
from tests.faults.rest import PUT_OFF, Told, what_is_left
from tests.faults.script import Act, Script, Step, Text
from tests.faults.staff import Desk, come_of
from tests.faults.times import ProgramClock

RESTS_WITHIN_SECONDS = 90
LOOK_EVERY_SECONDS = 0.05
MOST_RETRIES = 12
BETWEEN = timedelta(seconds=1)


class Restless(AssertionError):
    """The system does not come to rest: something is due that nobody does."""


@dataclass(slots=True, kw_only=True)
class Figures:
    """What a run took."""

    steps: int = 0
    put_off: int = 0
    """Steps in between, for what a vendor's fault put off."""
    webhooks: int = 0
    texts: int = 0
    acts: int = 0
    revived: int = 0
    slowest: float = 0.0
    mishaps: dict[str, int] = field(default_factory=dict)


class Day:
    """Runs a script. `mischief` None: the run to compare with."""

    def __init__(
        self, crew: Crew, clock: ProgramClock, script: Script, *, seed: int, mischief: Mischief | None
    ) -> None:
        self.crew = crew
        self.clock = clock
        self.script = script
        self.mischief = mischief
        self.chance = Random(f"webhooks:{seed}")
        self.rooms = Rooms(crew.place.web)
        self.desk = Desk()
        self.told = Told(crew.place.ledger, crew.place.web)
        self.results: dict[str, Any] = {}
        self.figures = Figures()
        self._calls = ThreadPoolExecutor(4)

    def run(self, report: Callable[[str], None]) -> None:
        for place, step in enumerate(self.script.steps):
            began = time.monotonic()
            self.clock.show(step.at)
            self._work(place, 0, [self._races(step)] if step.races else [])
            self._work(place, 1, self._inputs(step))
            if self.mischief is not None and self.mischief.plans(place, 2):
                self._work(place, 2, [])
            took = time.monotonic() - began
            self.figures.slowest = max(self.figures.slowest, took)
            self.figures.steps += 1
            report(
                f"step {place + 1}/{len(self.script.steps)} {step.at:%H:%M} {step.inputs} inputs {took:.1f} s"
            )
        self._calls.shutdown()

    def _work(self, place: int, phase: int, inputs: list[Callable[[], None]]) -> None:
        """Let a phase's inputs come in while whatever is planned goes wrong, until everything is done."""
        if self.mischief is not None:
            self.mischief.begin(place, phase)
        under_way = [self._calls.submit(each) for each in inputs]
        patiently(_wake)
        self._rest(under_way)
        self._settle(place)

    def _settle(self, place: int) -> None:
        """What a vendor put off is done before anything else happens: the clock goes on as far as that needs."""
        for _ in range(MOST_RETRIES):
            ((soonest,),) = patiently(lambda: select(PUT_OFF))
            following = self._following(place)
            if soonest is None or (following is not None and soonest >= following):
                return
            self.figures.put_off += 1
            self.clock.show(max(soonest, self.clock.stands_at) + BETWEEN)
            patiently(_wake)
            self._rest([])

    def _following(self, place: int) -> datetime | None:
        steps = self.script.steps
        return steps[place + 1].at if place + 1 < len(steps) else None

    def _rest(self, under_way: list[Future[None]]) -> None:
        give_up_at = time.monotonic() + RESTS_WITHIN_SECONDS

        def is_busy() -> bool:
            return not all(each.done() for each in under_way) or bool(patiently(what_is_left))

        while True:
            busy = self.mischief is not None and self.mischief.act(is_busy=is_busy)
            self.figures.revived += self.crew.revive()
            done = all(each.done() for each in under_way)
            if done and not busy and self._is_at_rest():
                for each in under_way:
                    each.result()
                return
            if time.monotonic() > give_up_at:
                raise Restless(
                    f"{patiently(what_is_left)} inputs done: {done}, owed by the vendor: {self.told.owed}"
                )
            time.sleep(LOOK_EVERY_SECONDS)

    def _is_at_rest(self) -> bool:
        """Asked in this order: what the vendor tells is due once it was told."""
        return self.told.settle() and not patiently(what_is_left)

    def _inputs(self, step: Step) -> list[Callable[[], None]]:
        knocks = in_order(step.rooms)
        if self.mischief is not None:
            knocks, mishaps = disturb(step.rooms, self.chance)
            for kind, many in mishaps._asdict().items():
                self.figures.mishaps[kind] = self.figures.mishaps.get(kind, 0) + many
        self.figures.webhooks += len(knocks)
        self.figures.texts += len(step.texts)
        self.figures.acts += len(step.acts)
        calls: list[Callable[[], None]] = []
        if knocks:
            calls.append(lambda: self.rooms.deliver(knocks))
        if step.texts:
            calls.append(lambda: self._receive(step.texts))
        if step.acts:
            calls.append(lambda: come_of(self.desk, step.acts, self.results))
        return calls

    def _receive(self, texts: Sequence[Text]) -> None:
        with self.crew.texting:
            receive_texts(self.crew.place.vendor, texts)

    def _races(self, step: Step) -> Callable[[], None]:
        texts = [each for each in step.races if isinstance(each, Text)]
        acts = [each for each in step.races if isinstance(each, Act)]

        def come_in() -> None:
            halves = [self._calls.submit(come_of, self.desk, acts[turn::2], {}) for turn in (0, 1)]
            self._receive(texts)
            for each in halves:
                each.result()

        return come_in


def _wake() -> None:
    """The clock has moved, which wakes nobody by itself: without this the workers would look within a second."""
    wake(LOOK)
    wake(SEND)
