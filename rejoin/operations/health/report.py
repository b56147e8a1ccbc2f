"""What was asked and what came back: a check that is well, one that is not and what to do, a note."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

MOST_IDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `do` says in plain words what helps; `ids` are opaque."""

    ok: bool
    said: str
    do: str = ""
    count: int = 0
    """How many things are not as they should be; of a note, how many there are."""
    ids: tuple[str, ...] = ()
    note: bool = False
    """Told for whoever asks; it cannot fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Answer):
    """An answer by the name of what was asked."""

    name: str


def well(said: str) -> Answer:
    return Answer(ok=True, said=said)


def note(said: str, *, count: int = 0, ids: Iterable[str] = (), do: str = "") -> Answer:
    """Neither good nor bad."""
    return Answer(ok=True, note=True, said=said, count=count, ids=_first(ids), do=do)


def not_well(said: str, *, do: str, count: int = 1, ids: Iterable[str] = ()) -> Answer:
    """Something that somebody has to see to, and how. The first few ids are enough to begin with."""
    return Answer(ok=False, said=said, do=do, count=count, ids=_first(ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Checks that belong together, under a title for people."""

    title: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Everything that was asked at one moment."""

    at: datetime | None
    """By the clock the program runs on; None: it could not be asked."""
    groups: tuple[Group, ...]

    @property
    def checks(self) -> list[Check]:
        return [check for group in self.groups for check in group.checks]

    @property
    def failing(self) -> list[Check]:
        return [check for check in self.checks if not check.ok]

    @property
    def ok(self) -> bool:
        return not self.failing


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it was asked, by both clocks, and how fast the program's runs."""

    now: datetime
    real_now: datetime
    rate: float
    simulated: bool

    def ago(self, seconds: float) -> datetime:
        """So long ago. A clock that runs fast gives a worker as many of its own seconds as a real one."""
        return self.now - timedelta(seconds=seconds * max(1.0, self.rate))

    def seconds_since(self, then: datetime) -> float:
        return (self.now - then).total_seconds()


Ask = Callable[[Moment], Answer]


def away(said: str) -> Health:
    """What there is to say when the database cannot be asked at all."""
    check = Check(
        name="database.reachable",
        ok=False,
        said=said,
        count=1,
        do="See docs/runbook.md: the database is away.",
    )
    return Health(at=None, groups=(Group(title="Database", checks=(check,)),))


def named(kind: str, numbers: Iterable[int]) -> Iterator[str]:
    """As "case:55"."""
    return (f"{kind}:{number}" for number in numbers)


def _first(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(ids, MOST_IDS))


def counted(count: int, one: str, many: str | None = None) -> str:
    """ "1 case", "3 cases"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def lasting(seconds: float) -> str:
    """A length of time as people say it."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return counted(int(seconds // length), unit)
    return counted(round(seconds), "second")


def listed(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
