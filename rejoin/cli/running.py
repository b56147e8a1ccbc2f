"""Commands that run the platform. Django and the database are loaded by those that are asked for, and by no other."""

import json
import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console

from rejoin.cli.refusing import NOT_WELL, platform, refusing
from rejoin.domain.kernel import Refusal

if TYPE_CHECKING:
    from rejoin.operations.health.report import Health


@click.command()
@click.option("--engine", "kind", flag_value="engine", help="Notice and follow up; send nothing.")
@click.option("--sending", "kind", flag_value="sending", help="Send messages; notice nothing.")
@click.option("--long", "kind", flag_value="long", help="Do imports, exports and replays; nothing else.")
@click.option("--all", "kind", flag_value="all", default="all", help="All of it (the default).")
def work(kind: str) -> None:
    """Work until stopped: notice who is missing, follow up, send. Any number, on any number of machines."""
    with platform(up_to_date=False):  # it waits for a database that is away, and asks then
        from rejoin.operations import working

        kinds = {"engine": (working.ENGINE,), "sending": (working.SEND,), "long": (working.LONG,)}
        what = {
            "engine": "notices, and sends nothing",
            "sending": "sends, and notices nothing",
            "long": "does long work, and nothing else",
        }
        said = f"Rejoin is at work: it {what.get(kind, 'notices and sends')} (ctrl-c stops it)"
        working.work(*kinds.get(kind, working.ALL), on_begin=lambda: click.echo(said, err=True))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Serve the pages and the doors of vendors and rooms, to this machine alone unless told otherwise."""
    with platform(up_to_date=False):
        from rejoin.operations import opening, serving

        if opening.is_reachable():
            opening.require_up_to_date()
        shown = f"[{host}]" if ":" in host else host
        said = f"Rejoin is at http://{shown}:{port} (ctrl-c stops it)"
        serving.serve(host=host, port=port, on_begin=lambda: click.echo(said, err=True))


@click.command()
def migrate() -> None:
    """Bring the database up to date with this version of the software. Run it before the workers are started."""
    with platform(up_to_date=False):
        from rejoin.operations.opening import bring_up_to_date

        count = bring_up_to_date()
    changes = f"{count} change{'' if count == 1 else 's'} made. " if count else ""
    click.echo(f"{changes}The database is up to date.", err=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def doctor(as_json: bool) -> None:
    """Is all well, and what to do where it is not. Exit code 1 when anything is not."""
    from rejoin.operations.health.telling import as_document, print_health

    with refusing():
        found = _examined()
    if as_json:
        click.echo(json.dumps(as_document(found), indent=2))
    else:
        print_health(found, Console())
    if not found.ok:
        sys.exit(NOT_WELL)


def _examined() -> "Health":
    """A server of our own that does not start is an answer; a setting that cannot be meant is not."""
    from rejoin.operations.health.report import away
    from rejoin.operations.opening import open_platform

    try:
        open_platform()
    except Refusal as refusal:
        if refusal.code == "environment":
            raise
        return away(refusal.message)
    from rejoin.operations.health.asking import examine

    return examine()
