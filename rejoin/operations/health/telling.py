"""The same answer in a terminal, as JSON for whoever asks by machine, and in short for the network."""

from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rejoin.operations.health.report import Check, Health, counted, listed

MOST_NAMED: Final = 4
WELL, NOTE, NOT_WELL = ("well", "green"), ("note", "cyan"), ("NOT WELL", "bold red")


def print_health(health: Health, console: Console) -> None:
    """Group by group, and the sum of it last, where the eye ends up."""
    for group in health.groups:
        console.print(Text(f"\n{group.title}", style="bold"))
        console.print(_table(group.checks))
    console.print()
    if health.at is not None:
        console.print(Text(f"As of {health.at:%Y-%m-%d %H:%M:%S} UTC, by the program's clock.", style="dim"))
    console.print(_sum(health))


def as_document(health: Health) -> dict[str, Any]:
    """All of it. Ids are opaque; no patient is named."""
    return {
        "ok": health.ok,
        "at": health.at.isoformat() if health.at else None,
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "note": check.note,
                "count": check.count,
                "said": check.said,
                "do": check.do,
                "ids": list(check.ids),
            }
            for check in health.checks
        ],
    }


def in_short(health: Health) -> dict[str, Any]:
    """Names and counts alone: what may be asked over the network."""
    checks = [{"name": check.name, "ok": check.ok, "count": check.count} for check in health.checks]
    return {"ok": health.ok, "at": health.at.isoformat() if health.at else None, "checks": checks}


def _table(checks: tuple[Check, ...]) -> Table:
    """Words before colours: the first column says in letters what the colour repeats."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=8, no_wrap=True)
    table.add_column(width=20, no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        word, style = NOTE if check.note else WELL if check.ok else NOT_WELL
        table.add_row(Text(word, style=style), Text(check.name, style="dim"), _answer(check))
    return table


def _answer(check: Check) -> Text:
    said = Text(check.said, style="" if not check.ok or check.note else "dim")
    if check.ids and not check.ok:
        said.append(f"\n{', '.join(check.ids)}", style="cyan")
    if check.do and not (check.ok and check.note and not check.ids):
        said.append(f"\n-> {check.do}", style="" if not check.ok else "dim")
    return said


def _sum(health: Health) -> Text:
    if health.ok:
        return Text("All is well.", style="bold green")
    names = [check.name for check in health.failing]
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    what = listed([*names[:MOST_NAMED], *more])
    return Text(f"{counted(len(names), 'thing is', 'things are')} not well: {what}.", style="bold red")
