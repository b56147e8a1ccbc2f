"""A folder for a while: patients' records lie in it, and nothing of them stays on the disk, whatever becomes of us."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

NAMED: Final = "rejoin-records-{pid}-"
LEFT: Final = re.compile(r"rejoin-records-(\d+)-.+")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder that only this account may look into, gone afterwards. So is what killed processes left behind."""
    clear_away()
    with tempfile.TemporaryDirectory(prefix=NAMED.format(pid=os.getpid())) as made:
        yield Path(made)


def clear_away() -> int:
    """Folders of processes that are no more. Returns how many there were."""
    found = 0
    for path in Path(tempfile.gettempdir()).glob("rejoin-records-*"):
        named = LEFT.fullmatch(path.name)
        if named and not psutil.pid_exists(int(named[1])):
            with suppress(OSError):  # another account's, or gone already
                shutil.rmtree(path)
                found += 1
    return found
