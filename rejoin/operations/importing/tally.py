"""Who imports, when, what it came to, and what was wrong: carried through every part of an import."""

from collections import Counter
from collections.abc import Callable, Collection, Sized
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.domain.kernel import Problem
from rejoin.programs.models import Program

WRITTEN = "SELECT subject FROM audit_event WHERE subject = ANY(%s) AND verb = %s AND reason = %s"


class Signed(TypedDict):
    """How every write of an import is signed."""

    by: Actor
    at: datetime
    reason: str


def say_nothing(part: str) -> None:
    """Nobody waits for it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """One import as it goes along. Problems refuse all of it in the end; notes do not."""

    program: Program
    by: Actor
    at: datetime
    did: Counter[str] = field(default_factory=Counter)
    """How often each action was done, by its verb."""
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    """What was read and had no effect."""

    new_sessions: set[int] = field(default_factory=set)
    """Those that were not here before."""
    begin: Callable[[str], None] = say_nothing
    """Told the name of each part as it begins; what it raises takes everything back."""

    @property
    def signed(self) -> Signed:
        return {"by": self.by, "at": self.at, "reason": "import"}

    def count(self, verb: str, done: Sized | int) -> None:
        number = done if isinstance(done, int) else len(done)
        if number:
            self.did[verb] += number

    def complain(self, file: str, line: int, column: str, message: str) -> None:
        self.problems.append(Problem(file=file, line=line, field=column, message=message))

    def note(self, file: str, line: int, column: str, message: str) -> None:
        self.notes.append(Problem(file=file, line=line, field=column, message=message))


def written_by_import(verb: str, subjects: Collection[str]) -> set[str]:
    """Those of `subjects` that an import did `verb` to: what people did is theirs to undo."""
    if not subjects:
        return set()
    return {row[0] for row in select(WRITTEN, [list(subjects), verb, "import"])}
