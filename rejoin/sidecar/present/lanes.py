"""A session's time as shares of a line: axis, breaks, and who was in the room when.

Shares are strings with a point ("12.50%"), whatever the locale of the process that renders them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rejoin.domain.kernel import Interval, clip, merge, subtract
from rejoin.sidecar.present.times import clock_words
from rejoin.sidecar.report import SessionCard

MARGIN_SHARE = 0.03
SHORT_SESSION = timedelta(minutes=100)
LONG_SESSION = timedelta(hours=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the line."""

    x: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A labelled instant on the axis. `anchor` keeps the outer labels inside the drawing."""

    x: str
    label: str
    anchor: str
    major: bool
    """Start and end: still there when the line is too narrow for the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What every row of one session is drawn against."""

    window: Span
    breaks: tuple[Span, ...]
    ticks: tuple[Tick, ...]
    now: str
    """Where the report's moment falls, while the session runs; else ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One patient's presence."""

    bars: tuple[Span, ...]
    away: tuple[Span, ...]
    """Out of the room while the session ran, breaks left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Maps instants of one session to shares of the line."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, card: SessionCard) -> "Scale":
        """The session with a little room on either side, for who came early or stayed on."""
        margin = (card["ends_at"] - card["starts_at"]) * MARGIN_SHARE
        return cls(start=card["starts_at"] - margin, end=card["ends_at"] + margin)

    def share(self, at: datetime) -> float:
        length = (self.end - self.start).total_seconds() or 1.0
        return min(1.0, max(0.0, (at - self.start).total_seconds() / length))

    def x(self, at: datetime) -> str:
        return percent(self.share(at))

    def span(self, start: datetime, end: datetime) -> Span:
        left = self.share(start)
        return Span(x=percent(left), width=percent(max(0.0, self.share(end) - left)))


def percent(share: float) -> str:
    return f"{share * 100:.2f}%"


def draw_axis(card: SessionCard, zone: ZoneInfo, as_of: datetime) -> Axis:
    scale = Scale.of(card)
    running = card["starts_at"] <= as_of < card["ends_at"]
    return Axis(
        window=scale.span(card["starts_at"], card["ends_at"]),
        breaks=tuple(scale.span(start, end) for start, end in card["breaks"]),
        ticks=tuple(_tick(at, card, scale, zone) for at in _tick_times(card, zone)),
        now=scale.x(as_of) if running else "",
    )


def _tick(at: datetime, card: SessionCard, scale: Scale, zone: ZoneInfo) -> Tick:
    anchor = {card["starts_at"]: "start", card["ends_at"]: "end"}.get(at, "middle")
    return Tick(x=scale.x(at), label=clock_words(at, zone), anchor=anchor, major=anchor != "middle")


def _tick_times(card: SessionCard, zone: ZoneInfo) -> list[datetime]:
    """Start, end, and the round times between that keep their distance from both."""
    start, end = card["starts_at"], card["ends_at"]
    pace = _pace(end - start)
    clear = (end - start) / 6
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = start + (-(start - midnight) % pace)
    steps = int((end - first) / pace) + 1 if end >= first else 0
    between = [at for n in range(steps) if start + clear <= (at := first + n * pace) <= end - clear]
    return [start, *between, end]


def _pace(length: timedelta) -> timedelta:
    if length <= SHORT_SESSION:
        return timedelta(minutes=15)
    return timedelta(minutes=30) if length < LONG_SESSION else timedelta(hours=1)


def draw_lane(intervals: Sequence[Sequence[datetime]], card: SessionCard, until: datetime) -> Lane:
    """Bars for the time in the room; thin lines for the time out of it. `until`: how far the
    session has run, so that time still to come is not drawn as time away."""
    scale = Scale.of(card)
    bars = merge(Interval(start, end) for start, end in intervals)
    return Lane(
        bars=tuple(scale.span(*bar) for bar in bars),
        away=tuple(scale.span(*gap) for gap in _away(bars, card, until)) if bars else (),
    )


def _away(bars: Sequence[Interval], card: SessionCard, until: datetime) -> tuple[Interval, ...]:
    held = clip([Interval(card["starts_at"], card["ends_at"])], Interval(card["starts_at"], until))
    breaks = merge(Interval(start, end) for start, end in card["breaks"])
    return subtract(subtract(held, breaks), bars)
