"""Real processes of the command, on a database of the test's or on a server of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict

REPOSITORY = Path(__file__).parents[2]
RUN = "from rejoin.cli import run; run()"


def environment(home: Path, *, database: str | None = None, **more: str) -> dict[str, str]:
    """A clean one: of the shell's only what a process needs to start."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {"DATABASE_URL": as_url(database)} if database else {}
    return {**kept, "REJOIN_HOME": str(home), **given, **more}


def as_url(conninfo: str) -> str:
    """The address of a database as DATABASE_URL has it."""
    parts = conninfo_to_dict(conninfo)
    name, user, password = (
        quote(str(parts.pop(each, "")), safe="") for each in ("dbname", "user", "password")
    )
    return f"postgresql://{user}{f':{password}' if password else ''}@/{name}?{urlencode(parts)}"


def command(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@contextmanager
def process(*arguments: str, env: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The command, for as long as the block lasts; killed at its end if it still runs."""
    with log.open("ab") as said:
        started = subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments], cwd=REPOSITORY, env=env, stdout=said, stderr=said
        )
        try:
            yield started
        finally:
            started.kill()
            started.wait(10)


def wait_until(happened: Callable[[], object], *, seconds: float = 30) -> None:
    """Waits for what other processes do; fails when they do not."""
    give_up_at = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.1)
