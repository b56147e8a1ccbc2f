"""The command that plays the demo. It needs the platform, and is loaded by nobody else."""

import sys
import time
from pathlib import Path

import click
from rich.console import Console

from rejoin.cli.refusing import NOT_WELL, refusing

STOPPED = 130
"""As a shell tells of ctrl-c."""


@click.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".rejoin/demo"),
    show_default=True,
    help="Where everything of it is kept. What an earlier demo left there is thrown away.",
)
@click.option("--short", is_flag=True, help="Half an hour of the evening alone.")
@click.option("--keep-running", is_flag=True, help="Leave web and worker running in the end, until ctrl-c.")
def demo(home: Path, short: bool, keep_running: bool) -> None:
    """Play an evening and a morning of five programs in fast time. Exit code 0 when everything went as it should."""
    from rejoin.demo.performing import Wanted, perform

    began = time.monotonic()
    wanted = Wanted(folder=home, short=short, keep_running=keep_running)
    with refusing():
        try:
            held = perform(wanted, Console())
        except KeyboardInterrupt:
            click.echo("Stopped. Nothing of the demo runs any more.", err=True)
            sys.exit(STOPPED)
    seconds = time.monotonic() - began
    said = "Everything went as it should" if held else "Not everything went as it should: see FAILS above"
    click.echo(f"\n{said} ({seconds:.0f} seconds).")
    if not held:
        sys.exit(NOT_WELL)
