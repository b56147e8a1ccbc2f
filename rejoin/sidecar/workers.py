"""Sharing work out to forked processes: they see all that was read, and hand back bytes."""

import gc
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

Part = TypeVar("Part")


def cores() -> int:
    """How many processes are worth having: one where the machine cannot fork."""
    return (os.cpu_count() or 1) if hasattr(os, "fork") else 1


def share_out(parts: Sequence[Part], work: Callable[[Part], bytes]) -> list[bytes]:
    """`work` done on every part, the first one here and each other in a child of its own.

    A child that dies takes the whole run with it: a report with a part missing is no report.
    """
    if len(parts) <= 1:
        return [work(part) for part in parts]
    with tempfile.TemporaryDirectory(prefix="rejoin-parts-") as scratch:
        # Frozen, what was read so far is not touched, and so not copied, by the collector.
        gc.collect()
        gc.freeze()
        children = [_start(part, work, Path(scratch) / str(place)) for place, part in enumerate(parts[1:], 1)]
        done = [work(parts[0])]
        for place, child in enumerate(children, 1):
            child.join()
            if child.exitcode != 0:
                raise RuntimeError(f"part {place} of the work ended with {child.exitcode}")
            done.append((Path(scratch) / str(place)).read_bytes())
        gc.unfreeze()
        return done


def _start(part: Part, work: Callable[[Part], bytes], out: Path) -> Any:
    child = multiprocessing.get_context("fork").Process(target=_write, args=(part, work, out))
    child.start()
    return child


def _write(part: Part, work: Callable[[Part], bytes], out: Path) -> None:
    out.write_bytes(work(part))
