"""How fast whoever watches wants the demonstration to go, and where it stands: two small files in its home.

The control page writes the wish and the player reads it; the player writes the standing and the page reads it.
They are files and not tables because a real installation's database knows of no demonstration: no table of it, no
grant to the web, nothing to leave out of an export. The page and the player are on one machine by their nature,
the one being a process of the other's. Each file is put in place whole: nobody reads half of one.
"""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

WISH: Final = "wish.json"
STANDING: Final = "standing.json"
RATES: Final = (1, 10, 60, 300, 1800)
"""Program seconds in a real one that may be wished for."""
FIRST_RATE: Final = 60
"""A minute a second: a newcomer sees a whole story within a minute, and can follow it."""
SILENT_AFTER_SECONDS: Final = 8.0
"""A player that has not said anything for so long does not play any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What whoever watches wants."""

    rate: int = FIRST_RATE
    paused: bool = False
    hurries: bool = True
    """Nights and other hours in which nothing happens pass quickly."""
    watched: bool = False
    """Somebody has opened the control page: the story may begin."""
    jumps: int = 0
    """How often somebody has asked for the next thing that happens, since the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the player is."""

    doing: str = "begins"
    """begins, plays, waits (for the engine), hurries (through hours in which nothing happens), jumps, paused."""
    next_at: datetime | None = None
    """When something is to happen next, as far as the player knows."""
    written_at: float = 0.0
    """Real time."""

    @property
    def silent(self) -> bool:
        """Whether nobody plays any more."""
        return time.time() - self.written_at > SILENT_AFTER_SECONDS


def read_wish(home: Path) -> Wish:
    """What was wished for last; the first time, what there is to begin with."""
    found = _read(home / WISH)
    known = {each.name for each in fields(Wish)}
    return Wish(**{name: value for name, value in found.items() if name in known})


def change_wish(home: Path, *, jump: bool = False, **changes: int | bool) -> Wish:
    """Wish for something else. Two who wish at once both have it: one after the other."""
    with _alone(home):
        before = read_wish(home)
        after = replace(before, **changes, jumps=before.jumps + jump)  # type: ignore[arg-type]
        _write(home / WISH, asdict(after))
    return after


def read_standing(home: Path) -> Standing:
    found = _read(home / STANDING)
    if not found:
        return Standing()
    next_at = found["next_at"]
    return Standing(
        doing=found["doing"],
        next_at=datetime.fromisoformat(next_at) if next_at else None,
        written_at=found["written_at"],
    )


def write_standing(home: Path, standing: Standing) -> None:
    next_at = standing.next_at.isoformat() if standing.next_at else None
    _write(home / STANDING, {"doing": standing.doing, "next_at": next_at, "written_at": time.time()})


@dataclass(slots=True)
class Ear:
    """Hears of a new wish without reading the file each time."""

    home: Path
    wish: Wish
    _seen: tuple[int, int] = (0, 0)

    @classmethod
    def at(cls, home: Path) -> Self:
        return cls(home=home, wish=read_wish(home))

    def hear(self) -> Wish:
        try:
            found = (self.home / WISH).stat()
        except FileNotFoundError:
            return self.wish
        if (found.st_mtime_ns, found.st_ino) != self._seen:
            self._seen = (found.st_mtime_ns, found.st_ino)
            self.wish = read_wish(self.home)
        return self.wish


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        json.dump(content, file)
    os.replace(file.name, path)  # noqa: PTH105 - the name is text


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / f".{WISH}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
