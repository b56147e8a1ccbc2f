"""What is seen while the story plays: lines that stay, and below them, in a terminal, how things stand now.

In a pipe the same lines come plain, and how things stand is said once an hour of program time.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Final, NamedTuple, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

from rejoin.demo.counting import Counts, RunningSession
from rejoin.demo.days import ZONE, shown
from rejoin.demo.telling import ALARM, BACK, MISSING, PERSON, SENT, Told

WIDEST: Final = 100
INDENT: Final = 25
"""Columns before a line's text: the clock, the patient and the group."""
STYLES: Final = {MISSING: "yellow", SENT: "cyan", PERSON: "", BACK: "green", ALARM: "bold red"}
MOST_SESSIONS: Final = 6


class Look(NamedTuple):
    """How a console can draw."""

    width: int
    here: str
    not_here: str


@dataclass(slots=True)
class Screen:
    """A console, and the live part of it where there is one."""

    console: Console
    _live: Live | None = None
    _day: str = ""
    _hour: str = ""
    _now: datetime | None = None
    lines: list[str] = field(default_factory=list)
    """What was said, for whoever looks afterwards."""

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(console=self.console, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """The live part is gone; lines stay."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    @property
    def is_live(self) -> bool:
        """Whether there is a part that is drawn anew again and again."""
        return self._live is not None

    @property
    def look(self) -> "Look":
        """How wide it is, and what its letters can draw."""
        round_ones = ("\u25cf", "\u25cb")
        return Look(self.width, *(round_ones if self.console.encoding.startswith("utf") else ("#", ".")))

    @property
    def width(self) -> int:
        return min(self.console.width, WIDEST)

    def step(self, text: str) -> None:
        """What is being prepared."""
        self.console.print(Text(f"  {text}", style="dim"))

    def tell(self, told: Iterable[Told]) -> None:
        """Lines of what happened, under the day they belong to."""
        for each in told:
            day = f"{each.at.astimezone(ZONE):%A}"
            if day != self._day:
                self._day = day
                self.console.print(Text(f"\n{day}", style="bold"))
            for line in line_of(each, self.width):
                self.lines.append(line.plain)
                self.console.print(line, soft_wrap=True)

    def show(self, now: datetime, rate: float, sessions: Sequence[RunningSession], counts: Counts) -> None:
        """How things stand: again and again in a terminal, once an hour in a pipe."""
        if self._live is not None:
            self._live.update(standing(now, rate, sessions, counts, look=self.look), refresh=True)
            return
        hour = f"{now.astimezone(ZONE):%d%H}"
        if hour != self._hour and sessions:
            self._hour = hour
            for line in hourly(now, sessions, counts, width=self.width):
                self.console.print(Text(line, style="dim"), soft_wrap=True)


def line_of(told: Told, width: int) -> list[Text]:
    """The clock, the patient, the group, and what happened: wrapped under itself."""
    head = f"{shown(told.at)}  {told.about:<8}  {told.group:<6}  "
    if not told.about:
        head = f"{shown(told.at)}  {told.group:<8}  {'':<6}  "
    parts = textwrap.wrap(told.text, max(width - INDENT, 30)) or [""]
    lines = [Text(head, style="bold" if told.tone in (ALARM, BACK) else "")]
    lines[0].append(parts[0], style=STYLES.get(told.tone, "dim"))
    return lines + [Text(" " * INDENT).append(part, style=STYLES.get(told.tone, "dim")) for part in parts[1:]]


def standing(
    now: datetime, rate: float, sessions: Sequence[RunningSession], counts: Counts, *, look: Look
) -> RenderableType:
    """The live part: program time, sessions that run, and the counts."""
    title = f"{now.astimezone(ZONE):%A %H:%M} in New York"
    pace = "the clock waits for the engine" if rate == 0 else f"{rate:,.0f} times as fast as life"
    rows: list[RenderableType] = [Rule(Text(f"{title}, {pace}", style="bold"), style="dim", align="left")]
    rows += [_session_row(each, look) for each in sessions[:MOST_SESSIONS]]
    if len(sessions) > MOST_SESSIONS:
        rows.append(Text(f"  and {len(sessions) - MOST_SESSIONS} more", style="dim"))
    rows.append(Text(counted(counts), style="bold"))
    return Group(*rows)


def hourly(now: datetime, sessions: Sequence[RunningSession], counts: Counts, *, width: int) -> list[str]:
    """How things stand, in a pipe."""
    running = "; ".join(f"{each.name} {_seen(each)}" for each in sessions)
    indent = " " * 10
    return [
        *textwrap.wrap(f"-- {shown(now)}  {running}", width - 2, subsequent_indent=indent),
        *textwrap.wrap(f"{indent}{counted(counts)}", width - 2, subsequent_indent=indent),
    ]


def counted(counts: Counts) -> str:
    return (
        f"noticed {counts.noticed}, nudged {counts.nudged}, called {counts.called}, "
        f"escalated {counts.escalated}, back {counts.back}, reversed {counts.reversed}"
    )


def _session_row(session: RunningSession, look: Look) -> Text:
    row = Text(f"  {session.name:<8} until {shown(session.ends_at)}  ")
    if not session.watched and session.mode == "video":
        return row.append("nobody watches this room: nobody is called absent", style="dim")
    waiting = max(session.seats - session.seen - session.absent - session.excused, 0)
    if look.width > 60:
        row.append(look.here * session.seen, style="green").append(look.not_here * waiting, style="dim")
        row.append(look.not_here * session.absent, style="bold yellow").append(
            look.not_here * session.excused, style="cyan"
        )
        row.append("  ")
    return row.append(_seen(session))


def _seen(session: RunningSession) -> str:
    if not session.watched and session.mode == "video":
        return f"not watched ({session.seats} seats)"
    missing = f", {session.absent} missing" if session.absent else ""
    excused = f", {session.excused} excused" if session.excused else ""
    return f"{session.seen} of {session.seats} here{missing}{excused}"
