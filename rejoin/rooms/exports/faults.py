"""What is wrong with a room file, gathered so that a person can mend all of it at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from rejoin.domain.kernel import Problem
from rejoin.rooms.sightings import Unreadable

# Enough to see the pattern; a log of millions of bad lines is not worth listing.
_ENOUGH = 20

# Everything a JSON decoder may raise: bytes that are not UTF-8 and nesting without end included.
NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Fault(Exception):
    """One thing that cannot be understood. Where it was found is added on the way out."""

    def __init__(self, message: str, *, field: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.line = line


class Complaints:
    """The problems found in one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[Problem] = []

    def add(self, line: int, field: str, message: str) -> None:
        """Note a problem; the twentieth ends the reading of the file."""
        self._problems.append(
            Problem(file=self.file, line=max(line, 1), field=field or "file", message=message)
        )
        if len(self._problems) >= _ENOUGH:
            raise Unreadable(self._problems)

    @contextmanager
    def at(self, line: int, field: str = "") -> Iterator[None]:
        """Note any fault raised inside as a problem of `line`, and carry on after it."""
        try:
            yield
        except Fault as fault:
            self.add(fault.line or line, fault.field or field, fault.message)

    def settle(self) -> None:
        """Refuse the file when anything was found."""
        if self._problems:
            raise Unreadable(self._problems)


def refuse(file: str, message: str, *, line: int = 1, field: str = "file") -> Unreadable:
    """The refusal of a whole file for one reason."""
    return Unreadable([Problem(file=file, line=line, field=field, message=message)])


def shorten(text: str) -> str:
    """`text` in quotes, for a message; cells can be long and are not ours to repeat in full."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def fault_of(error: Exception, *, line: int = 0) -> Fault:
    """The decoder's own words, with the path it names as the field."""
    if isinstance(error, RecursionError):
        return Fault("is nested too deeply", field="json", line=line)
    message, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").removeprefix(".")
    if isinstance(error, msgspec.ValidationError):
        return Fault(message, field=field or "json", line=line)
    return Fault(f"is not JSON: {message}", field="json", line=line)
