"""Holding the clock: where the story needs something to have happened, program time stands until it has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from django.db import transaction

from rejoin.common.rows import select
from rejoin.common.wakes import LOOK, wake
from rejoin.demo.attending import RoomProvider
from rejoin.demo.pace import Pace, sleep

HOLDS_SECONDS: Final = 1.5
SETTLES_SECONDS: Final = 3
HEARD_SECONDS: Final = 10
"""How long the clock waits for what rooms have told: what is not heard in time makes somebody missing who is there."""
WAKE_EVERY_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.03
HEARD: Final = """
SELECT NOT EXISTS (SELECT FROM rooms_rawevent WHERE state IN ('new', 'failed') AND next_try_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM rooms_revisit WHERE at <= rejoin_now())
"""
SETTLED: Final = """
SELECT NOT EXISTS (SELECT FROM attendance_seatstatus WHERE NOT acted_on)
   AND NOT EXISTS (SELECT FROM attendance_watch WHERE next_look_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM followup_case WHERE next_look_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM followup_patientwatch WHERE next_look_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM rooms_rawevent WHERE state IN ('new', 'failed') AND next_try_at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM rooms_revisit WHERE at <= rejoin_now())
   AND NOT EXISTS (SELECT FROM outreach_vendordelivery WHERE read_at IS NULL)
   AND NOT EXISTS (SELECT FROM outreach_message WHERE NOT acted_on OR state = 'sending'
                       OR (state = 'queued' AND not_before <= rejoin_now()))
"""


@dataclass(slots=True, kw_only=True)
class Steps:
    """The clock, held and set, with the rooms that report meanwhile."""

    rooms: RoomProvider
    pace: Pace
    look: Callable[[datetime], object]
    """Called while it is waited: to show what comes in."""

    def wait(self, ready: Callable[[], bool], *, patience: float) -> bool:
        """Hold the clock until `ready`; the engine is woken as if something had come in. Returns whether it was.

        What takes longer may itself wait for the clock, if only for seconds: so then it goes as in life.
        """
        now = self.pace.hold()
        begun, woken_at = monotonic(), 0.0
        while not (found := ready()) and monotonic() < begun + patience:
            if self.pace.holds and monotonic() > begun + HOLDS_SECONDS:
                self.pace.in_real_time()
            if monotonic() - woken_at > WAKE_EVERY_SECONDS:
                woken_at = monotonic()
                wake_engine()
            self.rooms.tell_until(now)
            self.look(now)
            sleep(POLL_SECONDS)
        self.pace.hold()
        return found

    def onto(self, at: datetime) -> None:
        """A step ahead, and never past. What rooms tell on the way is heard on the way, as had the clock run."""
        held_at, told_at = self.pace.hold(), self.rooms.last_until(at)
        if told_at is not None:
            self.pace.stand(max(told_at, held_at))
            self.rooms.tell_until(told_at)
            self.wait(is_heard, patience=HEARD_SECONDS)
        self.pace.stand(max(at, held_at))


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
