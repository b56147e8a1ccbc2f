"""Program time: how fast it runs and when it waits.

The clock is the database's own (`rejoin.common.clock`): web, worker and demo read the same. Where the story
needs something to have happened, the clock stands still until it has: what is seen is then what the engine
really takes, on a slow machine too.
"""

import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from rejoin.common import clock

# Setting the clock takes a moment, in which it runs on: it is set a little ahead, and so never goes back.
TAKES_SECONDS: Final = 0.01
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Stretch(NamedTuple):
    """From an instant on, so many program minutes a second."""

    since: datetime
    minutes_a_second: float


@dataclass(slots=True)
class Pace:
    """The clock, driven along stretches."""

    stretches: Sequence[Stretch]
    faster: float = 1.0
    _rate: float = -1.0

    def stand(self, at: datetime) -> None:
        """Stand at an instant: before the story."""
        self._rate = 0.0
        clock.simulate(shown_at=at, rate=0)

    def go_at(self, rate: float) -> None:
        """From here on as fast as somebody wishes: `rate` program seconds in a real one."""
        self.stretches = (Stretch(BEGINNING, rate / 60),)

    def run_on(self, now: datetime) -> None:
        """As fast as this part of the story is told."""
        self._set(self._rate_at(now))

    def hold(self) -> datetime:
        """Stand still where the clock is now."""
        self._set(0.0)
        return clock.now()

    def in_real_time(self) -> None:
        """From here on like any clock."""
        self._set(1.0)

    @property
    def rate(self) -> float:
        """Program seconds in a real one."""
        return max(self._rate, 0.0)

    @property
    def holds(self) -> bool:
        return self._rate == 0

    def seconds_until(self, at: datetime, now: datetime) -> float:
        """How long in real time until the clock shows `at` or another stretch begins."""
        until = min(at, self._next_turn(now))
        return (until - now).total_seconds() / self._rate_at(now)

    def _set(self, rate: float) -> None:
        if rate == self._rate:
            return
        ahead = timedelta(seconds=max(self._rate, 0.0) * TAKES_SECONDS)
        clock.simulate(shown_at=clock.now() + ahead, rate=rate)
        self._rate = rate

    def _rate_at(self, now: datetime) -> float:
        place = max(bisect_right([each.since for each in self.stretches], now) - 1, 0)
        return self.stretches[place].minutes_a_second * 60 * self.faster

    def _next_turn(self, now: datetime) -> datetime:
        later = [each.since for each in self.stretches if each.since > now]
        return later[0] if later else now + timedelta(days=1)


def sleep(seconds: float) -> None:
    time.sleep(min(max(seconds, 0.0), 0.1))
