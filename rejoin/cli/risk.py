"""Estimates of who may be lost to contact, on files: no platform and no database."""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from rejoin.cli.refusing import refusing


@click.group()
def risk() -> None:
    """Whom a program may lose contact with (docs/contracts/risk.md)."""


@risk.command()
@click.option(
    "--weeks",
    required=True,
    type=click.Path(path_type=Path),
    help="Patient-weeks, CSV or Parquet: who, week, attended, contact_days, uds_obs, uds_pos, weeks_left.",
)
@click.option(
    "--train",
    type=click.Path(path_type=Path),
    help="Fit the model on these patient-weeks; default: the model that ships.",
)
@click.option(
    "--local",
    type=click.IntRange(min=1),
    metavar="N",
    help="Set the site's own level by its first N patients, by ascending who.",
)
@click.option("--out", required=True, type=Path, help="Write the estimates to this CSV file.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def contact(weeks: Path, train: Path | None, local: int | None, out: Path, as_json: bool) -> None:
    """The chance of losing contact in the four weeks after each patient-week, with its interval and its reasons.

    Percentages are for sites whose first 50 patients set the level; before that, `calibrated` is 0 and ranks are what may
    be shown.
    """
    with refusing():
        from rejoin.estimating.contact import answer
        from rejoin.estimating.written import whole_file

        with whole_file(out, reads=[weeks, train]) as file, Console(stderr=True).status("reading"):
            made = answer(weeks, train=train, local=local or 0)
            made.write(file, out)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(made.told) + b"\n")
        return
    told, aside = made.told, not out.is_file()  # a pipe may be where words go, too
    click.echo(
        f"{told['landmarks']} weeks of {told['patients']} patients, {told['at_risk']} of them at risk",
        err=aside,
    )
    click.echo(f"may be shown: {told['may_be_shown']}", err=aside)
    for note in told["notes"]:
        click.echo(note, err=aside)
    click.echo(f"Written to {out}", err=aside)
