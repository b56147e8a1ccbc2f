"""The file that a plan is written to: opened before anything is solved, and there whole or not at all."""

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
    """Open for writing."""

    asked: Path
    """As it was named."""
    file: TextIO
    beside: Path | None
    """What is written until it is whole, in the folder of `target`. None: a pipe or a device takes it as it comes."""
    target: Path

    def write(self, instance: Instance, made: Plan) -> None:
        """missed_id, slot_id: in the order of the missed sessions. `BadInput` where there is no room for it."""
        try:
            lines = csv.writer(self.file, lineterminator="\n")
            lines.writerow(["missed_id", "slot_id"])
            for missed in sorted(made.slot_of):
                lines.writerow([instance.missed.ids[missed], instance.slots.ids[made.slot_of[missed]]])
            self.file.close()
            if self.beside is not None:
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
        straight = bool(mode) and not stat.S_ISREG(mode)
        # By the number of the process: two that write to one file do not write into each other's.
        beside = None if straight else target.with_name(f".plan-{os.getpid()}.part")
        file = (beside or path).open("w", newline="", encoding="utf-8")
    except OSError as error:
        _refuse(path, f"cannot be written: {error.strerror}")
    except (ValueError, RuntimeError) as error:  # no path at all; links that lead to each other
        _refuse(path, f"cannot be written: {error}")
    return PlanFile(asked=path, file=file, beside=beside, target=target)


def _mode_of(path: Path) -> int:
    """Of what is there; 0 where nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _close(opened: PlanFile) -> None:
    """What was not written whole is not left there."""
    with suppress(OSError):  # said already by whoever wrote
        opened.file.close()
    if opened.beside is not None:
        opened.beside.unlink(missing_ok=True)


def _refuse(path: Path, message: str) -> NoReturn:
    named = str(path) if str(path).isprintable() else repr(str(path))
    raise BadInput([Problem(file=named, line=1, field="--out", message=message)]) from None
