"""Playing the story: the clock runs, the cast acts, the rooms report, and what comes of it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final

from django.db import transaction

from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.common.wakes import LOOK, wake
from rejoin.demo.attending import RoomProvider
from rejoin.demo.counting import count_since, running_sessions
from rejoin.demo.crew import Crew
from rejoin.demo.pace import Pace, sleep
from rejoin.demo.screen import Screen
from rejoin.demo.stage import Stage
from rejoin.demo.story import Beat, Story
from rejoin.demo.telling import Teller, gathered

PATIENCE_SECONDS: Final = 25
"""How long the clock waits for one thing before the story goes on without it, and the demo has failed."""
SETTLES_SECONDS: Final = 3
LOOK_EVERY_SECONDS: Final = 0.25
WAKE_EVERY_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.03
ARRIVES_SECONDS: Final = 0.3
HEARD: Final = """
SELECT NOT EXISTS (SELECT FROM rooms_rawevent WHERE state IN ('new', 'failed') AND next_try_at <= rejoin_now())
"""
SETTLED: Final = """
SELECT NOT EXISTS (SELECT FROM attendance_seatstatus WHERE NOT acted_on)
   AND NOT EXISTS (SELECT FROM attendance_watch WHERE next_look_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM followup_case WHERE next_look_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM followup_patientwatch WHERE next_look_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM rooms_rawevent WHERE state IN ('new', 'failed') AND next_try_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM outreach_vendordelivery WHERE read_at IS NULL)
   AND NOT EXISTS (SELECT FROM outreach_message WHERE NOT acted_on OR state = 'sending'
                       OR (state = 'queued' AND not_before <= rejoin_now()))
"""


@dataclass(slots=True, kw_only=True)
class Play:
    """One playing of a story."""

    story: Story
    stage: Stage
    rooms: RoomProvider
    pace: Pace
    crew: Crew
    screen: Screen
    teller: Teller
    late: list[Beat] = field(default_factory=list)
    """What the story waited for in vain."""
    _looked_at: float = 0.0

    def run(self) -> None:
        """From the first instant to the last."""
        left = list(self.story.beats)
        while (now := clock.now()) < self.story.ends_at:
            self.rooms.tell_until(now)
            while left and left[0].at <= now:
                self._play(left.pop(0), now)
            self._look(now)
            self._go_on_until(left[0].at if left else self.story.ends_at)
        self._wait(is_settled, now, patience=PATIENCE_SECONDS)
        self._look(now, at_once=True)

    def _go_on_until(self, at: datetime) -> None:
        """A moment further; the last bit of the way to a beat is a step onto it, so that it is not run past."""
        now = clock.now()
        if self.pace.seconds_until(at, now) < ARRIVES_SECONDS:
            self._step_onto(at)
        else:
            self.pace.run_on(now)
            sleep(self.pace.seconds_until(at, now) - ARRIVES_SECONDS / 2)

    def _step_onto(self, at: datetime) -> None:
        """What rooms tell on the way is heard on the way, as it would be had the clock run."""
        held_at, told_at = self.pace.hold(), self.rooms.last_until(at)
        if told_at is not None:
            self.pace.stand(max(told_at, held_at))
            self.rooms.tell_until(told_at)
            self._wait(is_heard, told_at, patience=SETTLES_SECONDS)
        self.pace.stand(max(at, held_at))

    def _play(self, beat: Beat, now: datetime) -> None:
        """Do a deed; the clock waits until it can be done, and until the engine has heard of it."""
        if not beat.deed.is_ready(self.stage):
            self._wait(lambda: beat.deed.is_ready(self.stage), now, patience=PATIENCE_SECONDS)
        if beat.deed.is_ready(self.stage):
            beat.deed.do(self.stage, self.pace.hold())
        else:
            self.late.append(beat)
        self._wait(is_settled, now, patience=SETTLES_SECONDS)

    def _wait(self, ready: Callable[[], bool], now: datetime, *, patience: float) -> None:
        """Hold the clock until `ready`; the engine is woken as if something had come in."""
        now = self.pace.hold()
        give_up_at, woken_at = monotonic() + patience, 0.0
        while not ready() and monotonic() < give_up_at:
            if monotonic() - woken_at > WAKE_EVERY_SECONDS:
                woken_at = monotonic()
                wake_engine()
            self.rooms.tell_until(now)
            self._look(now)
            sleep(POLL_SECONDS)

    def _look(self, now: datetime, *, at_once: bool = False) -> None:
        """Tell what is new, and show how things stand. While the clock waits, things are still coming in."""
        if not at_once and monotonic() - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = monotonic()
        self.crew.check()
        settled = at_once or not self.pace.holds
        if settled:
            self.screen.tell(gathered(self.teller.news()))
        if settled or self.screen.is_live:
            self.screen.show(now, self.pace.rate, running_sessions(now), count_since(self.story.begins_at))


def is_heard() -> bool:
    """Whether everything that rooms have told so far has been read."""
    ((heard,),) = select(HEARD)
    return bool(heard)


def is_settled() -> bool:
    """Whether the engine has nothing left to do at this instant of program time."""
    ((settled,),) = select(SETTLED)
    return bool(settled)


def wake_engine() -> None:
    with transaction.atomic():
        wake(LOOK)
