"""The file that a plan is written to: tried before anything is solved, and there whole or not at all."""

import csv
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

from rejoin.domain.kernel import Problem
from rejoin.domain.makeup.problem import Instance
from rejoin.planning.crew import Plan
from rejoin.sheets.refused import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """Where it can be written."""

    asked: Path
    """As it was named."""
    target: Path
    beside: Path
    """What is written until it is whole, in the folder of `target`. Not there before: whoever is killed leaves nothing."""
    straight: TextIO | None
    """A pipe or a device, open: it takes the plan as it comes."""

    def write(self, instance: Instance, made: Plan) -> None:
        """missed_id, slot_id: in the order of the missed sessions. `BadInput` where there is no room for it."""
        try:
            with self.straight or _open(self.beside) as file:
                lines = csv.writer(file, lineterminator="\n")
                lines.writerow(["missed_id", "slot_id"])
                for missed in sorted(made.slot_of):
                    lines.writerow([instance.missed.ids[missed], instance.slots.ids[made.slot_of[missed]]])
            if self.straight is None:
                self.beside.replace(self.target)
        except OSError as error:
            _refuse(self.asked, f"cannot be written: {error.strerror}")


@contextmanager
def plan_file(path: Path) -> Iterator[PlanFile]:
    """Where the plan goes; a link is followed and stays. `BadInput`, before any work, where nothing can be written there."""
    opened = _opened(path)
    try:
        yield opened
    finally:
        _close(opened)


def _opened(path: Path) -> PlanFile:
    try:
        target = path.resolve()
        mode = _mode_of(path)
        if stat.S_ISDIR(mode):
            _refuse(path, "is a folder, not a file")
        if not target.parent.is_dir() and not mode:
            _refuse(path, "its folder does not exist")
        # By the number of the process: two that write to one file do not write into each other's.
        beside = target.with_name(f".plan-{os.getpid()}.part")
        straight = _open(path) if mode and not stat.S_ISREG(mode) else None
        if straight is None:
            _open(beside).close()
            beside.unlink()
    except OSError as error:
        _refuse(path, f"cannot be written: {error.strerror}")
    except (ValueError, RuntimeError) as error:  # no path at all; links that lead to each other
        _refuse(path, f"cannot be written: {error}")
    return PlanFile(asked=path, target=target, beside=beside, straight=straight)


def _open(path: Path) -> TextIO:
    return path.open("w", newline="", encoding="utf-8")


def _mode_of(path: Path) -> int:
    """Of what is there; 0 where nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _close(opened: PlanFile) -> None:
    """What was not written whole is not left there."""
    if opened.straight is None:
        opened.beside.unlink(missing_ok=True)
    else:
        with suppress(OSError):  # said already by whoever wrote
            opened.straight.close()


def _refuse(path: Path, message: str) -> NoReturn:
    named = str(path) if str(path).isprintable() else repr(str(path))
    raise BadInput([Problem(file=named, line=1, field="--out", message=message)]) from None
