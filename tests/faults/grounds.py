"""Two runs of one day, with faults and without, each on a copy of the same database; and whatever becomes of them, nothing is left running."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rejoin.config import embedded

REPOSITORY = Path(__file__).parents[2]
LAST_LINES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A day: its size, its steps, and how much goes wrong in it."""

    seed: int
    seats: int
    first_hour: float
    hours: float
    scale: float
    every: int
    faults: int
    fates: int
    within_seconds: float

    @property
    def options(self) -> list[str]:
        named = ("seed", "seats", "first_hour", "hours", "scale", "every")
        return [part for name in named for part in (f"--{name.replace('_', '-')}", str(getattr(self, name)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """How both runs ended: each as `run` wrote it down."""

    undisturbed: dict[str, Any]
    disturbed: dict[str, Any]

    @property
    def faults(self) -> int:
        """Those of processes, clocks and the text vendor; webhooks that came twice or out of order are not counted."""
        counts: dict[str, int] = self.disturbed["counts"]
        return sum(many for kind, many in counts.items() if not kind.startswith("webhooks "))


@contextmanager
def both_ends(shape: Shape) -> Iterator[Ends]:
    """Run the day twice, at the same time."""
    with tempfile.TemporaryDirectory(prefix="rejoin-faults-", ignore_cleanup_errors=True) as scratch:
        Path(scratch).chmod(0o755)  # where everything runs as root, the server does not
        homes = [Path(scratch) / name for name in ("undisturbed", "disturbed")]
        try:
            _prepare(homes, shape)
            wrong = ["--faults", str(shape.faults), "--fates", str(shape.fates)]
            running = [
                _begin(home, [*shape.options, *more]) for home, more in zip(homes, ([], wrong), strict=True)
            ]
            try:
                _wait(running, homes, shape.within_seconds)
            finally:
                for each in running:
                    each.kill()
                    each.wait()
            yield Ends(undisturbed=_end_of(homes[0]), disturbed=_end_of(homes[1]))
        finally:
            for home in homes:
                embedded.stop_server(home)


def _prepare(homes: Sequence[Path], shape: Shape) -> None:
    """The database with the program in it, twice."""
    first, second = homes
    _run(first, ["--prepare", *shape.options])
    embedded.stop_server(first)
    subprocess.run(["cp", "-a", str(first), str(second)], check=True)


def _run(home: Path, options: Sequence[str]) -> None:
    running = _begin(home, options)
    try:
        _wait([running], [home], 120)
    finally:
        running.kill()
        running.wait()


def _begin(home: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    home.mkdir(exist_ok=True)
    with (home / "told").open("ab") as told:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.run", "--home", str(home), *options],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
        )


def _wait(running: Sequence[subprocess.Popen[bytes]], homes: Sequence[Path], seconds: float) -> None:
    """Until all have ended well; the first that does not ends it for all."""
    give_up_at = time.monotonic() + seconds
    while any(each.poll() is None for each in running):
        if time.monotonic() > give_up_at:
            raise TimeoutError(_last_words(homes))
        if any(each.poll() for each in running):
            break
        time.sleep(0.1)
    if any(each.returncode for each in running):
        raise AssertionError(_last_words(homes))


def _last_words(homes: Sequence[Path]) -> str:
    return "\n".join(
        line
        for home in homes
        for line in [str(home), *(home / "told").read_text().splitlines()[-LAST_LINES:]]
    )


def _end_of(home: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((home / "ending.json").read_text())
    return told
