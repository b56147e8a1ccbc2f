"""A file of estimates: tried before anything is worked out, and there whole or not at all."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

from rejoin.domain.kernel import Problem
from rejoin.sheets.refused import BadInput


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open for writing; moved into place when the block ends well. `BadInput` where nothing can be written there.

    A link is followed and stays; a pipe or a device takes what comes as it comes.
    """
    try:
        target = path.resolve()
        mode = path.stat().st_mode if path.exists() else 0
        if stat.S_ISDIR(mode):
            _refuse(path, "is a folder, not a file")
        if not target.parent.is_dir():
            _refuse(path, "its folder does not exist")
        straight = bool(mode) and not stat.S_ISREG(mode)
        beside = target if straight else target.with_name(f".estimates-{os.getpid()}.part")
        file = beside.open("w", newline="", encoding="utf-8")
    except OSError as error:
        _refuse(path, f"cannot be written: {error.strerror}")
    except (ValueError, RuntimeError) as error:  # no path at all; links that lead to each other
        _refuse(path, f"cannot be written: {error}")
    try:
        yield file
        _close(file, path)
        if not straight:
            beside.replace(target)
    finally:
        with suppress(OSError):  # said already by whoever wrote
            file.close()
        if not straight:
            beside.unlink(missing_ok=True)


def _close(file: TextIO, path: Path) -> None:
    try:
        file.close()
    except OSError as error:
        _refuse(path, f"cannot be written: {error.strerror}")


def _refuse(path: Path, message: str) -> NoReturn:
    named = str(path) if str(path).isprintable() else repr(str(path))
    raise BadInput([Problem(file=named, line=1, field="--out", message=message)]) from None
