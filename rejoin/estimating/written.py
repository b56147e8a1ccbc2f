"""A file of estimates: tried before anything is worked out, and there whole or not at all."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

from rejoin.domain.kernel import Problem
from rejoin.sheets.refused import BadInput


@contextmanager
def whole_file(path: Path, *, reads: Iterable[Path | None] = ()) -> Iterator[TextIO]:
    """Open for writing; moved into place when the block ends well. `BadInput` where nothing can be written there.

    A link is followed and stays; a pipe or a device takes what comes as it comes. What is replaced keeps who may read it.
    `reads`: files that the block reads, none of which may be written over. Whoever reads in the block tells of what cannot
    be read, so any other `OSError` is of this file.
    """
    try:
        mode = path.stat().st_mode if path.exists() else 0
        if stat.S_ISDIR(mode):
            _refuse(path, "is a folder, not a file")
        straight = bool(mode) and not stat.S_ISREG(mode)
        target = path if straight else path.resolve()
        if not target.parent.is_dir():
            _refuse(path, "its folder does not exist")
        if stat.S_ISREG(mode) and any(each and each.exists() and each.samefile(path) for each in reads):
            _refuse(path, "is a file that is read here, and would be lost: name another")
        beside = target if straight else target.with_name(f".estimates-{os.getpid()}.part")
        file = beside.open("w", newline="", encoding="utf-8")
    except OSError as error:
        _refuse(path, f"cannot be written: {error.strerror}")
    except (ValueError, RuntimeError) as error:  # no path at all; links that lead to each other
        _refuse(path, f"cannot be written: {error}")
    try:
        if stat.S_ISREG(mode):
            os.fchmod(file.fileno(), stat.S_IMODE(mode))
        yield file
        file.close()
        if not straight:
            beside.replace(target)
    except OSError as error:
        _refuse(path, f"cannot be written: {error.strerror}")
    finally:
        with suppress(OSError):  # said already
            file.close()
        if not straight:
            beside.unlink(missing_ok=True)


def _refuse(path: Path, message: str) -> NoReturn:
    named = str(path) if str(path).isprintable() else repr(str(path))
    raise BadInput([Problem(file=named, line=1, field="--out", message=message)]) from None
