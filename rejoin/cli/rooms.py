"""The command that has a video engine of one's own: written, or started here until ctrl-c."""

import os
import signal
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import click

from rejoin.cli.refusing import refusing
from rejoin.domain.kernel import Refusal


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where its files are kept.")
@click.option(
    "--address", default="127.0.0.1", show_default=True, help="What browsers dial, and media leave from."
)
@click.option(
    "--public-address", default="", help="The machine's address from outside, behind one-to-one NAT."
)
@click.option("--write", "only_write", is_flag=True, help="Write its configuration and start nothing.")
def rooms(folder: Path | None, address: str, public_address: str, only_write: bool) -> None:
    """Start Janus, the video engine, with the configuration of this project, and say how Rejoin is told of it."""
    with refusing():
        from rejoin.config.env import read_environment
        from rejoin.rooms.engines.janus.starting import start_janus
        from rejoin.rooms.engines.janus.writing import Setup, kept_keys, settings_of, write_configuration

        place = folder or read_environment(_without_engine(os.environ)).home / "janus"
        setup = Setup(keys=kept_keys(place), address=_checked(address), public_address=public_address)
        for name, value in settings_of(setup).items():
            click.echo(f"export {name}={value}")
        if only_write:
            click.echo(f"Written to {write_configuration(place, setup).parent}", err=True)
            return
        running = start_janus(place, setup)
        click.echo(f"Janus is at {setup.ws_url}; its log is {running.log} (ctrl-c stops it)", err=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            running.process.wait()
        except KeyboardInterrupt:
            running.stop()


def _checked(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        raise Refusal("janus.address", "--address is an address of this machine, like 192.0.2.7") from None


def _without_engine(variables: Mapping[str, str]) -> dict[str, str]:
    """Settings of an engine may be half there: this command is where they come from."""
    return {name: value for name, value in variables.items() if not name.startswith("REJOIN_ENGINE")}
