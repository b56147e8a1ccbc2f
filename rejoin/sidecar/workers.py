"""Sharing work out to forked processes: they see all that was read, and hand back bytes."""

import gc
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

Part = TypeVar("Part")
Done = TypeVar("Done")


def cores() -> int:
    """How many processes are worth having: one where the machine cannot fork."""
    return (os.cpu_count() or 1) if hasattr(os, "fork") else 1


def share_out(
    parts: Sequence[Part], *, here: Callable[[Part], Done], elsewhere: Callable[[Part], bytes]
) -> tuple[Done, list[bytes]]:
    """The first part done `here` and each other one `elsewhere`, in a child process of its own.

    A child that dies takes the whole run with it: a report with a part missing is no report.
    """
    if len(parts) == 1:
        return here(parts[0]), []
    with tempfile.TemporaryDirectory(prefix="rejoin-parts-") as scratch:
        # Frozen, what was read so far is not touched, and so not copied, by a child's collector.
        gc.freeze()
        outs = [Path(scratch) / str(place) for place in range(1, len(parts))]
        children = [_start(part, elsewhere, out) for part, out in zip(parts[1:], outs, strict=True)]
        done = here(parts[0])
        for place, child in enumerate(children, 1):
            child.join()
            if child.exitcode != 0:
                raise RuntimeError(f"part {place} of the work ended with {child.exitcode}")
        gc.unfreeze()
        return done, [out.read_bytes() for out in outs]


def _start(part: Part, work: Callable[[Part], bytes], out: Path) -> Any:
    child = multiprocessing.get_context("fork").Process(target=_write, args=(part, work, out))
    child.start()
    return child


def _write(part: Part, work: Callable[[Part], bytes], out: Path) -> None:
    out.write_bytes(work(part))
