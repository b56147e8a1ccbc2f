"""How patients and programs are doing, from a file of scores: no platform and no database."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from rejoin.cli.refusing import refusing


@click.group()
def progress() -> None:
    """Progress under missing assessments (docs/contracts/progress.md)."""


def _day(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not abs(value) <= 1e6:
        raise click.BadParameter("is not a day: days are counted from a patient's first one.")
    return value


@progress.command()
@click.argument("series", type=click.Path(path_type=Path))
@click.option(
    "--instrument", help="Only this instrument, or what all scores are of; default: what the file says."
)
@click.option("--at", type=float, callback=_day, metavar="DAY", help="Estimate everybody on this day, too.")
@click.option("--out", required=True, type=Path, help="Write the estimates to this CSV file.")
@click.option("--json", "as_json", is_flag=True, help="Print what they rest on as JSON.")
def estimate(series: Path, instrument: str | None, at: float | None, out: Path, as_json: bool) -> None:
    """Where each patient of SERIES stands on each day, how sure that is, and what nobody can tell."""
    with refusing():
        from rejoin.estimating.answers import estimate_file
        from rejoin.estimating.written import whole_file

        with whole_file(out, reads=[series]) as file:
            answer = estimate_file(series, file, only=instrument, at=at)
    if as_json:
        _print(answer)
        return
    aside = not out.is_file()  # a pipe may be where words go, too
    for each in answer["instruments"]:
        counts = ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in each["verdicts_on_last_day"].items()
        )
        click.echo(
            f"{each['name']}: {each['patients']} patients, {each['observed']} scores; on the last day {counts}",
            err=aside,
        )
        click.echo(
            f"  {each['fitted']['how']}; {each['patients_without_score']} patients without any score",
            err=aside,
        )
        for note in each["notes"]:
            click.echo(f"  {note}", err=aside)
    click.echo(f"Written to {out}", err=aside)


@progress.command()
@click.argument("series", type=click.Path(path_type=Path))
@click.option("--baseline-col", help="The column of a patient's score before she began.")
@click.option("--arm-col", help="The column that says which of two programs she is in.")
@click.option("--reference-arm", help="The arm that the other one is compared with.")
@click.option(
    "--visit-col", help="The column that says which visit it was; default: worked out from the days."
)
@click.option("--instrument", help="What the scores are of; default: what the file says.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def program(
    series: Path,
    baseline_col: str | None,
    arm_col: str | None,
    reference_arm: str | None,
    visit_col: str | None,
    instrument: str | None,
    as_json: bool,
) -> None:
    """What the patients of SERIES come to on average, with those who were not measured to the end counted in."""
    with refusing():
        from rejoin.estimating.programs import Columns, program_file

        columns = Columns(baseline=baseline_col, arm=arm_col, reference=reference_arm, visit=visit_col)
        answer = program_file(series, columns, only=instrument)
    if as_json:
        _print(answer)
        return
    click.echo(f"{answer['question']} ({answer['patients']} patients, {answer['unseen']} not measured then)")
    for name in ("estimate", "with_delta", "mixed_model"):
        click.echo(f"  {name.replace('_', ' ')}: {_said(answer[name])}")
    click.echo("Not estimates, only to compare with:")
    for name, found in answer["comparisons"].items():
        click.echo(f"  {name.replace('_', ' ')}: {_said(found)}")
    click.echo(answer["tipping"])


def _said(found: dict[str, Any]) -> str:
    if found["estimate"] is None:
        return "too few"
    return (
        f"{found['estimate']:.2f} (95% {found['low95']:.2f} to {found['high95']:.2f}, SE {found['se']:.2f})"
    )


def _print(answer: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
