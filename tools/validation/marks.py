"""What is measured, beside what it has to be; and where the data lies."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("REJOIN_VALIDATION_DATA", "../shared/data"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One figure and its mark. `is_met` is None where nothing could be measured.

    `known` says why a mark is missed that the model card says is missed. It is told all the same; but it is news, and an
    exit code, only where it is met after all.
    """

    name: str
    measured: str
    mark: str
    is_met: bool | None
    known: str = ""

    @property
    def is_news(self) -> bool:
        return self.is_met is not None and self.is_met is bool(self.known)

    def told(self) -> str:
        word = {True: "met", False: "MISSED", None: "not measured"}[self.is_met]
        known = f"; {self.known}" if self.known and not self.is_met else ""
        known += "; the model card says that it is missed" if self.known and self.is_met else ""
        return f"{word:12} {self.name}: {self.measured} ({self.mark}{known})"


def between(name: str, value: float, low: float, high: float, digits: int = 3) -> Mark:
    """Whether `value` is in low..high, both included."""
    told = f"{value:.{digits}f}"
    return Mark(name=name, measured=told, mark=f"{low:g} to {high:g}", is_met=low <= value <= high)


def absent(name: str, path: Path) -> Mark:
    """Data that is not on this machine: neither a pass nor a failure."""
    return Mark(name=name, measured=f"{path.name} is not here", mark="needs the data", is_met=None)


def write_table(
    path: Path, title: str, notes: str, heading: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """A table in Markdown, under its title, with what it was measured on."""
    lines = [f"# {title}", "", notes, ""]
    lines += ["| " + " | ".join(each) + " |" for each in [heading, ["---"] * len(heading), *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
