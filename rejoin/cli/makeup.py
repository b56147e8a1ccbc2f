"""Make-up planning on folders of files: no platform and no database."""

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console

from rejoin.cli.refusing import NOT_WELL, refusing

if TYPE_CHECKING:
    from rejoin.planning.checking import Verdict


@click.group()
def makeup() -> None:
    """Make-up sessions, planned from a folder of files (docs/contracts/makeup.md)."""


def _seconds(_: click.Context, __: click.Parameter, value: float) -> float:
    """Before anything is looked at: a limit without an end is none, and neither is what is no number."""
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is no number of seconds.")
    return value


@makeup.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=Path,
    help="Write the plan to this CSV file.",
)
@click.option(
    "--time-limit",
    "seconds",
    type=click.FloatRange(min=1),
    callback=_seconds,
    default=240.0,
    show_default=True,
    help="Seconds until the best plan so far is taken.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes; default: as many as there are processors."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON (docs/contracts/makeup.md).")
def solve(folder: Path, out: Path, seconds: float, workers: int | None, as_json: bool) -> None:
    """Plan make-ups for FOLDER, and say how much better any plan could be at most."""
    with refusing():
        from rejoin.planning.answers import solve as solve_folder
        from rejoin.planning.plan_file import plan_file

        with plan_file(out) as file, Console(stderr=True).status("reading") as status:

            def tell(what: str, part: int) -> None:
                status.update(f"{what}: {part}")

            instance, plan, answer = solve_folder(
                folder, seconds=seconds, workers=workers or os.cpu_count() or 1, tell=tell
            )
            file.write(instance, plan)
    if as_json:
        _print(answer)
    else:
        _tell_plan(answer, out)


@makeup.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--missed", "missed_id", required=True, metavar="ID", help="The missed session.")
@click.option("-n", "most", type=click.IntRange(1, 50), default=3, show_default=True, help="How many offers.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON (docs/contracts/makeup.md).")
def offers(folder: Path, missed_id: str, most: int, as_json: bool) -> None:
    """The best ways back for one missed session of FOLDER, and why not others."""
    with refusing():
        from rejoin.planning.answers import offers as offers_for

        answer = offers_for(folder, missed_id, most=most)
    if as_json:
        _print(answer)
        return
    for each in answer["offers"]:
        why = ", ".join(f"{part['reason']} {part['points']:+}" for part in each["because"])
        click.echo(
            f"{each['rank']}. {each['slot_id']} ({each['kind']}, {each['part_of_day']}), minute {each['start']}: {why}"
        )
    if not answer["offers"]:
        click.echo("Nothing that is planned can stand for it.")
    for each in answer["near_misses"]:
        click.echo(f"not {each['slot_id']}: {'; '.join(each['because'])}")


@makeup.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def check(folder: Path, plan: Path, as_json: bool) -> None:
    """Whether PLAN keeps every rule of FOLDER, and what it is worth. Exit code 1 when it breaks any.

    Nothing that solves takes part: rules and objective are worked out from the files once more.
    """
    with refusing():
        from rejoin.planning.checking import check_plan
        from rejoin.planning.reading import read_instance

        read_instance(folder)  # whatever is wrong with the folder is told with file, line and field
        verdict = check_plan(folder, plan)
    if as_json:
        _print(verdict.as_document())
    else:
        _tell(verdict)
    if not verdict.ok:
        sys.exit(NOT_WELL)


def _tell(verdict: "Verdict") -> None:
    for each in verdict.violations:
        click.echo(str(each))
    for each in verdict.notes:
        click.echo(f"kept, though it would not be proposed any more: {each}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in verdict.by_kind.items())
    click.echo(
        f"{verdict.recovered} missed sessions made up ({kinds}), {verdict.recovered_high_risk} of them of "
        f"patients at high risk; {verdict.full_weeks} weeks made whole; worth {verdict.objective:,} points"
    )
    broken = len(verdict.violations)
    told = f"{broken} violation{'' if broken == 1 else 's'}"
    click.echo("every rule is kept" if verdict.ok else f"the plan cannot stand: {told}")


def _print(answer: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")


def _tell_plan(answer: dict[str, Any], out: Path) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in answer["by_kind"].items())
    lost = len(answer["unplaced"])
    click.echo(
        f"{answer['recovered']} missed sessions have a make-up ({kinds}), {answer['recovered_high_risk']} of them of "
        f"patients at high risk; {answer['full_weeks']} weeks made whole; {lost} without one"
    )
    click.echo(
        f"worth {answer['objective']:,} points; no plan is worth more than {answer['bound']:,.0f} "
        f"(gap {100 * answer['gap']:.3f}%); {answer['wall_s']:.1f} s, {answer['peak_rss_mb']:.0f} MB"
    )
    click.echo(f"Written to {out}")
