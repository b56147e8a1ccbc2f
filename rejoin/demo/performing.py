"""A whole performance: a home of its own, its processes, the story, and everything put away again.

Nothing here needs Django before the platform is opened: what does is imported then.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from rich.console import Console
from rich.text import Text

from rejoin.config import embedded
from rejoin.demo.crew import Crew, end_leftovers, ended_in_order
from rejoin.demo.homes import DEFAULT_HOME, Home, enter, prepare_home, start_database
from rejoin.demo.kept_tables import keep_tables
from rejoin.demo.screen import Screen
from rejoin.domain.kernel import Refusal

NOTICE: Final = "Everybody in it is invented: synthetic data, first names, fictional numbers."
PORT: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How the demo is to be played."""

    folder: Path = DEFAULT_HOME
    short: bool = False
    """Half an hour of the evening alone."""
    faster: float = 1.0
    port: int = PORT
    """Where its web is to answer; another where that is taken."""
    browser: bool = True
    """Whether to open one."""
    begins_within: float = 600.0
    """Seconds until the story begins although nobody has opened a page."""
    database_url: str | None = None
    """None: a PostgreSQL of its own. Else Django is set up already, on this one."""


def perform(wanted: Wanted, console: Console) -> bool:
    """Play the story to its end and check it. Returns whether everything held that it is held to."""
    console.print(Text("Rejoin, a Wednesday evening played in fast time", style="bold"))
    console.print(Text(f"  {NOTICE}", style="dim"), soft_wrap=True)
    with _prepared(wanted, console, watched=False) as (home, screen, crew):
        from rejoin.demo.staging import play_and_tell

        return play_and_tell(wanted, home, screen, crew)


def present(wanted: Wanted, console: Console) -> NoReturn:
    """Open the running platform on the story, for somebody with a browser; until it is interrupted."""
    console.print(Text("Rejoin, running on a simulated program", style="bold"))
    console.print(Text(f"  {NOTICE}", style="dim"), soft_wrap=True)
    with _prepared(wanted, console, watched=True) as (home, screen, crew):
        from rejoin.demo.welcoming import welcome_and_show

        welcome_and_show(wanted, home, screen, crew)


@contextmanager
def _prepared(wanted: Wanted, console: Console, *, watched: bool) -> Iterator[tuple[Home, Screen, Crew]]:
    """A home with its database and its vendors, and the platform opened there; nothing of it runs afterwards."""
    with _alone(wanted.folder), ended_in_order():
        end_leftovers(wanted.folder)
        home = prepare_home(
            wanted.folder,
            database_url=wanted.database_url,
            port=wanted.port if watched else None,
            watched=watched,
        )
        with Screen(console) as screen, _database(home, screen), Crew(home=home) as crew:
            screen.step("three fake vendors for texts, e-mail and push notices, on this machine alone")
            crew.start_vendors()
            screen.step("video rooms that are acted out, for the clock runs fast")
            if home.database_url is None:
                _make_tables(home, screen)
            yield home, screen, crew


def _make_tables(home: Home, screen: Screen) -> None:
    """By the migrations, the first time; the next demo copies them."""
    from django.db import connections

    from rejoin.operations.opening import bring_up_to_date, open_platform

    screen.step("the tables of the platform")
    open_platform()
    if bring_up_to_date():
        connections.close_all()
        keep_tables(embedded.ensure_server(home.folder, durable=False))


@contextmanager
def _database(home: Home, screen: Screen) -> Iterator[None]:
    """The demo's own server, for as long as the demo lasts; what is in it stays to be looked at."""
    if home.database_url is not None:
        yield
        return
    screen.step(f"a PostgreSQL of its own in {_short(home.folder)}")
    start_database(home)
    enter(home)
    try:
        yield
    finally:
        from django.db import connections

        connections.close_all()
        embedded.stop_server(home.folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One demo at a time in a home: the lock ends with the process, however that ends."""
    whole = folder.expanduser().absolute()
    whole.parent.mkdir(parents=True, exist_ok=True)
    with whole.with_name(f".{whole.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(
                "demo.runs", f"A demo is playing in {folder}: end it, or give another --home."
            ) from None
        yield


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
