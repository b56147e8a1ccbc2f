"""Make-up planning on folders of files: no platform and no database."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from rejoin.cli.refusing import NOT_WELL, refusing

if TYPE_CHECKING:
    from rejoin.planning.checking import Verdict


@click.group()
def makeup() -> None:
    """Make-up sessions, planned from a folder of files (docs/contracts/makeup.md)."""


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
        sys.stdout.buffer.write(msgspec.json.encode(verdict.as_document()) + b"\n")
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
