"""How much one visitor may send: so that nobody's page, gone wrong or meant to, fills the room's lines or the trail.

Kept in each web process by itself: what it guards against is a flood, and a flood is one in each of them.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MOST: Final = 40
SECONDS: Final = 30.0
"""So many in so long, all of it together: somebody who types captions sends a third of that."""
REMEMBERED: Final = 10_000
"""Visitors at once; of more the one who sent nothing for longest is forgotten."""


class Pace:
    """Counts what each visitor sent lately."""

    def __init__(
        self, *, most: int = MOST, seconds: float = SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._now, self._most, self._seconds = now, most, seconds
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str) -> bool:
        """Whether she may send one more."""
        now = self._now()
        with self._lock:
            sent = self._sent.setdefault(who, deque())
            self._sent.move_to_end(who)
            while sent and now - sent[0] > self._seconds:
                sent.popleft()
            if len(self._sent) > REMEMBERED:
                self._sent.popitem(last=False)
            if len(sent) >= self._most:
                return False
            sent.append(now)
            return True

    def is_spent(self, who: str) -> bool:
        """Whether she has sent as many as she may. It counts nothing."""
        now = self._now()
        with self._lock:
            return sum(now - each <= self._seconds for each in self._sent.get(who, ())) >= self._most
