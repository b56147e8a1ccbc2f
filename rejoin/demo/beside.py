"""The second house of the demonstration, where the room is a real one: `python -m rejoin.demo.beside`.

It stands beside the first because that one's clock runs fast, and a video engine's does not. It has a process of its own,
which starts the engine, the web, a worker and a vendor of texts, and ends them when it is ended. Its database is in the
first one's server, copied from the same tables.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from rejoin.config import embedded
from rejoin.demo.crew import Crew, ended_in_order
from rejoin.demo.homes import Home, enter, free_port, prepare_home
from rejoin.demo.kept_tables import copy_kept_tables
from rejoin.domain.kernel import Refusal

if TYPE_CHECKING:
    from rejoin.rooms.engines.janus.writing import Setup

NAME: Final = "room"
"""Of its folder in the demonstration's, and of its database."""
OPENED: Final = "opened.json"
"""Written once it answers, and gone when it does not any more."""
LOOKS_EVERY_SECONDS: Final = 0.5
LAST_PORT: Final = 65535


def can_be_opened() -> bool:
    """Whether there is an engine on this machine."""
    from rejoin.rooms.engines.janus.writing import PROGRAM

    return PROGRAM.exists()


def open_beside(home: Home, crew: Crew) -> None:
    """Have it started, in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "rejoin.demo.beside",
        "--home",
        str(home.folder),
        "--port",
        str(home.port + 1 if home.port < LAST_PORT else 0),
    ]
    crew.start_beside(NAME, command)


def address_beside(home: Path) -> str:
    """Where it answers; "" while it does not. `home` is the demonstration's."""
    try:
        found: dict[str, str] = json.loads((home / NAME / OPENED).read_text())
    except (FileNotFoundError, ValueError):
        return ""
    return found["address"]


def run(first: Path, port: int) -> None:
    """Until it is ended, or whoever started it is gone."""
    from rejoin.rooms.engines.janus.starting import start_janus

    parent, setup = os.getppid(), _setup()
    home = _home(first, port, setup)
    enter(home)
    with ended_in_order(), Crew(home=home) as crew:
        crew.keep("janus", start_janus(home.folder / "janus", setup, wait=False).process)
        crew.start_text_vendor()
        crew.start_platform()
        _bring_in(home)
        crew.wait_until(crew.web_answers, what="the web of the real room")
        told = _tell(home)
        try:
            while os.getppid() == parent:
                crew.check()
                time.sleep(LOOKS_EVERY_SECONDS)
        finally:
            told.unlink(missing_ok=True)


def _tell(home: Home) -> Path:
    """That it is open, and where: put in place whole."""
    written, told = home.folder / f".{OPENED}", home.folder / OPENED
    written.write_text(json.dumps({"address": home.base_url}))
    return written.replace(told)


def _setup() -> "Setup":
    """Janus for this machine alone, at ports that nobody has. Sound and pictures leave from the machine's own addresses
    all the same: neither Janus nor a browser sends any over loopback."""
    from rejoin.rooms.engines.janus.writing import Setup, fresh_keys

    ws_port, admin_port, ear_port = (free_port() for _ in range(3))
    return Setup(keys=fresh_keys(), ws_port=ws_port, admin_port=admin_port, ear_port=ear_port)


def _home(first: Path, port: int, setup: "Setup") -> Home:
    """A folder in the first one's, and a database beside its."""
    from rejoin.rooms.engines.janus.writing import settings_of

    address = urlsplit(embedded.ensure_server(first, durable=False))._replace(path=f"/{NAME}").geturl()
    if not copy_kept_tables(address):
        raise Refusal("demo.tables", "The demonstration has kept no tables to copy.")
    made = prepare_home(first / NAME, database_url=address, port=port, watched=True)
    return replace(made, engine=settings_of(setup))


def _bring_in(home: Home) -> None:
    from rejoin.operations.opening import open_platform

    open_platform()
    from rejoin.common import clock
    from rejoin.demo.noon import bring_in

    bring_in(home.folder / "program", at=clock.now())


def main() -> int:
    options = argparse.ArgumentParser(description="A real room in real time, beside the demonstration.")
    options.add_argument("--home", type=Path, required=True, help="the demonstration's")
    options.add_argument(
        "--port", type=int, required=True, help="where its web answers, or another if it is taken"
    )
    given = options.parse_args()
    try:
        run(given.home, given.port)
    except KeyboardInterrupt:
        return 0
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
