"""Processes that do not outlive the one that started them, however that one ended."""

import ctypes
import os
import signal
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""prctl(2)."""


def end_with(parent: int) -> None:
    """This process, which `parent` started, is killed when that one is gone.

    Whoever is killed tells its children nothing, and a child inside the solver looks at nothing: so the kernel is asked.
    Where it does not know of this (it is Linux'), a child looks at `is_orphan` between two steps.
    """
    ask = getattr(ctypes.CDLL(None), "prctl", None)
    if ask is not None:
        ask(PR_SET_PDEATHSIG, signal.SIGKILL)
    if is_orphan(parent):  # gone before the kernel was asked
        os._exit(1)


def is_orphan(parent: int) -> bool:
    return os.getppid() != parent
