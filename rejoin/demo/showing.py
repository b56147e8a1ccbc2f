"""Showing the story to somebody who watches in a browser: as fast as she wishes, and for as long as she likes.

The player is the same as the check's in all but three things. Its speed is a wish, and a pause is one too: the clock
stands, and everything that runs on it. What cannot be done, because a person has done it meanwhile, is left. And
when the story is over, days go on: who comes is drawn by chance, and so is what staff do about it.
"""

import logging
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, NoReturn, Self

from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.common.rows import select
from rejoin.demo.attending import RoomProvider, visits_to
from rejoin.demo.crew import Crew
from rejoin.demo.days import ZONE, minutes
from rejoin.demo.going_on import plan_day
from rejoin.demo.homes import Home
from rejoin.demo.pace import Pace, sleep
from rejoin.demo.reacting import Reactions
from rejoin.demo.stage import Stage
from rejoin.demo.staging import Scene
from rejoin.demo.stepping import SETTLES_SECONDS, Steps, is_settled
from rejoin.demo.story import Beat, Story
from rejoin.demo.telling import ALL_QUESTIONS, Teller
from rejoin.demo.wishing import Ear, Standing, Wish, write_standing
from rejoin.domain.kernel import Refusal
from rejoin.operations.seating import extend_schedules, live_series

log = logging.getLogger("rejoin.demo")
READY_SECONDS: Final = 5.0
"""How long the clock waits for one thing before the day goes on without it."""
ARRIVES_SECONDS: Final = 0.25
STANDS_EVERY_SECONDS: Final = 0.5
CHECKS_EVERY_SECONDS: Final = 1.0
REACTS_EVERY_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.1
RUNS_AT_MOST: Final = 60
"""Program seconds in a real one at which the clock still runs by itself; a faster one is set on, tick by tick."""
TICK_SECONDS: Final = 0.05
LONGEST_TICK_SECONDS: Final = 0.4
QUESTIONS_A_TURN: Final = 6
QUIET: Final = minutes(12)
"""Nothing for so long ahead, and no session running: such hours pass quickly, if that is wished for."""
HURRIES_AT: Final = 3600
"""Program seconds in a real one, at least; and as much more as brings a night and a Sunday within some seconds."""
HURRIES_FOR_SECONDS: Final = 4.0
MOST_STEPS: Final = 60
"""Of one jump: as many instants are looked at for something that happens."""
TELLS_OF: Final = timedelta(days=2)
FIRST_DAY_ENDS: Final = 3
"""On the programs' wall clock: in the night each day is planned, when nobody meets."""
# What the engine has before it by the clock alone; and the next session, which is something to look at.
NEXT: Final = """
SELECT least((SELECT min(next_look_at) FROM attendance_watch WHERE next_look_at > %(now)s),
             (SELECT min(next_look_at) FROM followup_case WHERE next_look_at > %(now)s),
             (SELECT min(not_before) FROM outreach_message WHERE state = 'queued' AND not_before > %(now)s)),
       (SELECT min(starts_at) FROM programs_session WHERE held = 'scheduled' AND starts_at > %(now)s),
       EXISTS (SELECT FROM programs_session
                WHERE held = 'scheduled' AND starts_at <= %(now)s AND ends_at > %(now)s)
"""
OPENED: Final = "SELECT EXISTS (SELECT FROM django_session)"


@dataclass(slots=True, kw_only=True)
class Show:
    """One showing. `left` is what the cast will do, in order."""

    home: Home
    stage: Stage
    rooms: RoomProvider
    pace: Pace
    crew: Crew
    teller: Teller
    left: list[Beat]
    reactions: Reactions
    planned_until: datetime
    """Up to here it is known who comes."""
    skipped: list[Beat] = field(default_factory=list)
    """What could not be done: a person was faster, or had it otherwise."""
    ear: Ear = field(init=False)
    _hurries_at: float = HURRIES_AT
    _hurries_to: datetime | None = None
    _took: float = 0.0
    """Seconds that a look around takes now: more on a machine that does other things too."""
    _ticked_at: float = 0.0
    _jumped: int = 0
    _checked_at: float = 0.0
    _stood_at: float = 0.0
    _reacted_at: float = 0.0

    @classmethod
    def of(cls, story: Story, scene: Scene, *, home: Home, crew: Crew) -> Self:
        """A show of this story, and of the days after it."""
        return cls(
            home=home,
            crew=crew,
            stage=scene.stage,
            rooms=scene.rooms,
            pace=scene.pace,
            teller=replace(scene.teller, questions=ALL_QUESTIONS),
            left=list(story.beats),
            reactions=Reactions(since=story.ends_at),
            planned_until=story.ends_at,
        )

    def __post_init__(self) -> None:
        self.ear = Ear.at(self.home.folder)
        self._jumped = self.ear.wish.jumps

    def run(self) -> NoReturn:
        """Until somebody stops it."""
        while True:
            self.turn()

    def turn(self) -> None:
        """A moment of the show."""
        now, wish = clock.now(), self.ear.hear()
        self._check()
        if wish.jumps != self._jumped:
            self._jumped = wish.jumps
            self._jump()
        elif wish.paused:
            self.pace.hold()
            self._stand("paused", now)
            sleep(PAUSE_SECONDS)
        else:
            self._play_due(now)
            self._go_on(wish)

    def pass_until(self, at: datetime) -> None:
        """As quickly as the engine follows, from one deed of the cast to the next."""
        while (now := clock.now()) < at:
            self._play_due(now)
            self._step_onto(min(self.left[0].at if self.left else at, at))

    def wait_for_somebody(self, *, seconds: float) -> None:
        """The clock stands until somebody has opened a page, so that nobody misses the beginning."""
        give_up_at = monotonic() + seconds
        while monotonic() < give_up_at and not self._is_watched():
            self._check()
            self._stand("begins", clock.now())
            sleep(PAUSE_SECONDS)

    def _is_watched(self) -> bool:
        ((opened,),) = select(OPENED)
        return bool(opened) or self.ear.hear().watched

    def _play_due(self, now: datetime) -> None:
        """What is to happen by now: rooms tell, the day is planned, the cast acts."""
        self.rooms.tell_until(now)
        if now >= self.planned_until:
            self._plan_on(now)
        while self.left and self.left[0].at <= now:
            self._play(self.left.pop(0))
        self._react()

    def _go_on(self, wish: Wish) -> None:
        """A moment further, and onto an instant at which something happens, never past it."""
        now, looked_at = clock.now(), monotonic()
        stop, quiet = self._next(now)
        self._took = min(QUESTIONS_A_TURN * (monotonic() - looked_at), 1.0)
        hurries = wish.hurries and quiet and stop - now > QUIET
        stop = stop - QUIET / 2 if hurries else stop
        rate = self._hurry(now, stop, wish) if hurries else wish.rate
        self._stand("hurries" if hurries else "plays", now, next_at=stop)
        if rate > RUNS_AT_MOST:
            self._tick(now, stop, rate)
        else:
            self._run(now, stop, rate)

    def _run(self, now: datetime, stop: datetime, rate: float) -> None:
        """The clock runs by itself, and the last bit is a step: the earlier, the longer a look around takes."""
        arrives = max(ARRIVES_SECONDS, 2 * self._took)
        self.pace.go_at(rate)
        if self.pace.seconds_until(stop, now) < arrives:
            self._step_onto(stop)
        else:
            self.pace.run_on(now)
            sleep(self.pace.seconds_until(stop, now) - arrives / 2)

    def _tick(self, now: datetime, stop: datetime, rate: float) -> None:
        """The clock is set on and stands: left to itself it would be past the stop before anybody had looked."""
        self.pace.hold()
        sleep(TICK_SECONDS)
        passed = min(monotonic() - self._ticked_at, LONGEST_TICK_SECONDS)
        self._ticked_at = monotonic()
        ahead = timedelta(seconds=rate * passed)
        if now + ahead < stop:
            self.pace.stand(max(now + ahead, clock.now()))
        else:
            self._step_onto(stop)

    def _hurry(self, now: datetime, stop: datetime, wish: Wish) -> float:
        """So fast that the whole of a quiet stretch passes within some seconds."""
        if self._hurries_to != stop:
            self._hurries_to = stop
            whole = (stop - now).total_seconds()
            self._hurries_at = max(wish.rate, HURRIES_AT, whole / HURRIES_FOR_SECONDS)
        return self._hurries_at

    def _next(self, now: datetime) -> tuple[datetime, bool]:
        """When something is to happen next, and whether nothing runs until then."""
        ((engine, session, running),) = select(NEXT, {"now": now})
        rooms = self.rooms.waiting[0].at if self.rooms.waiting else None
        cast = self.left[0].at if self.left else None
        soonest = min(filter(None, (engine, session, cast, self.planned_until)))
        near = min(filter(None, (soonest, rooms)))
        return (near if not running and near - now > QUIET else soonest), not running

    def _step_onto(self, at: datetime) -> None:
        self._steps.onto(at)
        self._play_due(at)
        self._settle()

    def _jump(self) -> None:
        """To the next thing that is worth a line, whatever it is and however far away."""
        self.teller.since = clock.now() - TELLS_OF
        self.teller.news()
        for _ in range(MOST_STEPS):
            now = clock.now()
            stop, _ = self._next(now)
            self._stand("jumps", now, next_at=stop)
            self._step_onto(stop)
            if self.teller.news():
                return

    def _play(self, beat: Beat) -> None:
        """Do a deed as soon as it can be done; if the engine has done all it can and it cannot, leave it."""
        deed, stage = beat.deed, self.stage
        if not deed.is_ready(stage):
            self._steps.wait(lambda: deed.is_ready(stage) or is_settled(), patience=READY_SECONDS)
        try:
            if deed.is_ready(stage):
                deed.do(stage, self.pace.hold())
            else:
                self.skipped.append(beat)
        except Refusal:
            self.skipped.append(beat)
        except Exception:  # whoever watches did what nobody foresaw: the show goes on
            log.exception("demo.deed_failed", extra={"code": type(deed).__name__})
            self.skipped.append(beat)
        self._settle()

    def _settle(self) -> None:
        self._steps.wait(is_settled, patience=SETTLES_SECONDS)
        self._react(at_once=True)

    def _react(self, *, at_once: bool = False) -> None:
        """Once the story is over, staff see to what is on their lists by themselves."""
        if clock.now() < self.reactions.since:
            return
        if not at_once and monotonic() - self._reacted_at < REACTS_EVERY_SECONDS:
            return
        self._reacted_at = monotonic()
        self._add(self.reactions.new())

    def _plan_on(self, now: datetime) -> None:
        """The next day, up to the night after it."""
        self.pace.hold()
        extend_schedules(live_series(), by=COMMAND)
        since, until = self.planned_until, night_after(now)
        day = plan_day(since, until)
        self.rooms.expect(
            visits_to(day.watched, day.comes, at=now, until=until + timedelta(days=1)),
            seed=until.astimezone(ZONE).toordinal(),
        )
        self._add(day.beats)
        self.planned_until = until

    def _add(self, beats: Iterable[Beat]) -> None:
        for each in beats:
            insort(self.left, each, key=lambda beat: beat.at)

    @property
    def _steps(self) -> Steps:
        return Steps(rooms=self.rooms, pace=self.pace, look=self._look)

    def _look(self, now: datetime) -> None:
        self._check()
        self._stand("waits", now)

    def _check(self) -> None:
        if monotonic() - self._checked_at > CHECKS_EVERY_SECONDS:
            self._checked_at = monotonic()
            self.crew.check()

    def _stand(self, doing: str, now: datetime, *, next_at: datetime | None = None) -> None:
        """Say where the player is: a moment's waiting for the engine is not worth saying."""
        if monotonic() - self._stood_at > STANDS_EVERY_SECONDS:
            self._stood_at = monotonic()
            write_standing(self.home.folder, Standing(doing=doing, next_at=next_at or self._next(now)[0]))


def night_after(at: datetime) -> datetime:
    """The next three in the morning on the programs' wall clock."""
    local = at.astimezone(ZONE)
    day = local.date() + timedelta(days=local.hour >= FIRST_DAY_ENDS)
    return datetime(day.year, day.month, day.day, FIRST_DAY_ENDS, tzinfo=ZONE)
