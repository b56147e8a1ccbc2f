"""Playing the story: the clock runs, the cast acts, the rooms report, and what comes of it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final

from rejoin.common import clock
from rejoin.demo.attending import RoomProvider
from rejoin.demo.counting import count_since, running_sessions
from rejoin.demo.crew import Crew
from rejoin.demo.pace import Pace, sleep
from rejoin.demo.screen import Screen
from rejoin.demo.stage import Stage
from rejoin.demo.stepping import SETTLES_SECONDS, Steps, is_settled
from rejoin.demo.story import Beat, Story
from rejoin.demo.telling import Teller, gathered

PATIENCE_SECONDS: Final = 60
"""How long the clock waits for one thing before the story goes on without it, and the demo has failed."""
LOOK_EVERY_SECONDS: Final = 0.25
ARRIVES_SECONDS: Final = 0.3


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
                self._play(left.pop(0))
            self._look(now)
            self._go_on_until(left[0].at if left else self.story.ends_at)
        self._wait(is_settled, patience=PATIENCE_SECONDS)
        self._look(now, at_once=True)

    @property
    def _steps(self) -> Steps:
        return Steps(rooms=self.rooms, pace=self.pace, look=self._glance)

    def _go_on_until(self, at: datetime) -> None:
        """A moment further; the last bit of the way to a beat is a step onto it, so that it is not run past."""
        now = clock.now()
        if self.pace.seconds_until(at, now) < ARRIVES_SECONDS:
            self._steps.onto(at)
        else:
            self.pace.run_on(now)
            sleep(self.pace.seconds_until(at, now) - ARRIVES_SECONDS / 2)

    def _play(self, beat: Beat) -> None:
        """Do a deed; the clock waits until it can be done, and until the engine has heard of it."""
        if not beat.deed.is_ready(self.stage):
            self._wait(lambda: beat.deed.is_ready(self.stage), patience=PATIENCE_SECONDS)
        if beat.deed.is_ready(self.stage):
            beat.deed.do(self.stage, self.pace.hold())
        else:
            self.late.append(beat)
        self._wait(is_settled, patience=SETTLES_SECONDS)

    def _wait(self, ready: Callable[[], bool], *, patience: float) -> None:
        self._steps.wait(ready, patience=patience)

    def _look(self, now: datetime, *, at_once: bool = False) -> None:
        """Tell what is new, and show how things stand."""
        if not at_once and not self._is_time():
            return
        self.crew.check()
        self.screen.tell(gathered(self.teller.news()))
        self._show(now)

    def _glance(self, now: datetime) -> None:
        """While the clock waits, things are still coming in: nothing is told yet."""
        if self._is_time():
            self.crew.check()
            if self.screen.is_live:
                self._show(now)

    def _is_time(self) -> bool:
        if monotonic() - self._looked_at < LOOK_EVERY_SECONDS:
            return False
        self._looked_at = monotonic()
        return True

    def _show(self, now: datetime) -> None:
        self.screen.show(now, self.pace.rate, running_sessions(now), count_since(self.story.begins_at))
