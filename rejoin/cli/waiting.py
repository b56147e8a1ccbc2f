"""The command that shows what waits for people."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rejoin.cli.programs import program_called
from rejoin.cli.refusing import platform
from rejoin.sidecar.present.words import plain

Row = Mapping[str, Any]
Tell = Callable[[Row, Callable[[datetime], str]], Sequence[str]]


@click.command()
@click.option("--program", "slug", metavar="SLUG", help="Of one program; default: of all.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def waiting(slug: str | None, as_json: bool) -> None:
    """What waits for people: steps, cases, reviews, replies, participants to name, sessions to attest.

    It names patients. Nothing of it is kept.
    """
    with platform():
        from rejoin.common import clock
        from rejoin.operations.waiting import gather_waiting, zones_of
        from rejoin.programs.models import Program

        programs = [program_called(slug)] if slug else list(Program.objects.order_by("slug"))
        now = clock.now()
        found = gather_waiting(programs, now=now)
        if as_json:
            click.echo(msgspec.json.encode({"at": now, **found}).decode())
        else:
            _print(found, now, zones_of(programs), Console(highlight=False))


def _print(
    found: Mapping[str, Sequence[Row]], now: datetime, zone_of: Callable[[str], ZoneInfo], console: Console
) -> None:
    console.print(Text(f"As of {now.astimezone(zone_of('')):%a %Y-%m-%d %H:%M}", style="dim"))
    for name, title, nothing, columns, tell in LISTS:
        rows = found[name]
        console.print(Text(f"\n{title} ({len(rows)})" if rows else f"\n{nothing}", style="bold"))
        if not rows:
            continue
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns.split(", "):
            table.add_column(column, overflow="fold")
        for row in rows:
            zone = zone_of(row.get("program", ""))
            cells = tell(row, lambda at, zone=zone: f"{at.astimezone(zone):%a %m-%d %H:%M}")  # type: ignore[misc]
            table.add_row(*(_text(cell) for cell in cells))
        console.print(table)
    console.print(Text("\nThis names patients. Close the terminal when you leave it.", style="dim"))


def _text(cell: str) -> Text:
    """As text: what somebody wrote or called herself must not style, move or erase a line."""
    return Text(plain(cell))


def _step(row: Row, clock: Callable[[datetime], str]) -> Sequence[str]:
    until = f"by {clock(row['deadline'])}" if row["deadline"] else f"since {clock(row['due_at'])}"
    when = f"OVERDUE, {until}" if row["overdue"] else until
    return when, _patient(row), row["session"], row["step"], _whose(row)


def _case(row: Row, clock: Callable[[datetime], str]) -> Sequence[str]:
    state = f"{row['state']}, elevated" if row["elevated"] else row["state"]
    following = f"{row['next_step']} {clock(row['next_due_at'])}" if row["next_due_at"] else "-"
    first = f"by {clock(row['first_attempt_by'])}" if row["first_attempt_by"] else "-"
    return (
        clock(row["opened_at"]),
        _patient(row),
        row["session"],
        state,
        row["owner"] or "nobody",
        first,
        following,
    )


def _review(row: Row, clock: Callable[[datetime], str]) -> Sequence[str]:
    due = clock(row["due_at"])
    when = f"OVERDUE, by {due}" if row["overdue"] else f"by {due}"
    return when, _patient(row), row["trigger"], row["then"], row["role"]


def _reply(row: Row, clock: Callable[[datetime], str]) -> Sequence[str]:
    until = f"by {clock(row['deadline'])}"
    when = f"OVERDUE, {until}" if row["overdue"] else until
    return when, _patient(row), row["channel"], row["text"]


def _unmatched(row: Row, clock: Callable[[datetime], str]) -> Sequence[str]:
    known = f"{_patient(row)}, who has no seat there" if row["patient_id"] else "not known"
    return clock(row["at"]), row["session"], row["provider"], row["display"], known


def _to_attest(row: Row, clock: Callable[[datetime], str]) -> Sequence[str]:
    return clock(row["ended_at"]), row["session"], row["leaders"] or "nobody", str(row["seats"])


def _patient(row: Row) -> str:
    return f"{row['patient'] or ''} {row['patient_id']}".strip() if row["patient_id"] else "nobody we know"


def _whose(row: Row) -> str:
    return f"{row['owner']} ({row['role']})" if row["owner"] else f"{row['role']}: nobody alone"


LISTS: Final[tuple[tuple[str, str, str, str, Tell], ...]] = (
    ("steps", "Steps to take", "No step waits.", "when, patient, session, step, whose", _step),
    (
        "cases",
        "Cases",
        "No case is open.",
        "opened, patient, session, state, owner, first attempt, next",
        _case,
    ),
    ("reviews", "Reviews", "No review waits.", "when, patient, pattern, then, who decides", _review),
    ("replies", "Replies to read", "No reply waits.", "when, from, channel, text", _reply),
    (
        "unmatched",
        "Participants to name",
        "Nobody is unmatched.",
        "seen, session, room, shown as, who",
        _unmatched,
    ),
    ("to_attest", "Sessions to attest", "No session waits.", "ended, session, led by, seats", _to_attest),
)
"""What is told, in this order: its title, what is said where there is nothing, and its columns."""
