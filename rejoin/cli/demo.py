"""The command that shows the platform, or plays its check. It needs the platform, and is loaded by nobody else."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from rejoin.cli.refusing import NOT_WELL, refusing

if TYPE_CHECKING:
    from rejoin.demo.performing import Wanted

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
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Where its pages are, and the real room's on the next; others where these are taken.",
)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open a browser.")
@click.option(
    "--check", is_flag=True, help="No pages: play an evening and a morning in the terminal, and check them."
)
@click.option("--short", is_flag=True, help="With --check: half an hour of the evening alone.")
def demo(home: Path, port: int, browser: bool, check: bool, short: bool) -> None:
    """Open the running platform on a simulated program, in a browser, until ctrl-c.

    Where Janus, the video engine, is installed, a real room is opened beside it, in real time, on the next free port.

    With --check an evening of five programs is played in the terminal instead; exit code 0 when everything went as it should.
    """
    from rejoin.demo.performing import Wanted

    wanted = Wanted(folder=home, port=port, browser=browser, short=short)
    if check:
        _check(wanted)
    else:
        _show(wanted)


def _show(wanted: "Wanted") -> None:
    """Ctrl-c is how it is meant to end."""
    from rejoin.demo.performing import present

    with refusing():
        try:
            present(wanted, Console())
        except KeyboardInterrupt:
            click.echo("\nStopped. Nothing of the demo runs any more.", err=True)


def _check(wanted: "Wanted") -> None:
    from rejoin.demo.performing import perform

    began = time.monotonic()
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
