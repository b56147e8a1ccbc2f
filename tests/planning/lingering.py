"""Planners whose processes would never end by themselves, and a way to see when the last of them is gone."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import pytest

from rejoin.domain.makeup.problem import Instance
from rejoin.domain.makeup.solving import Found
from rejoin.planning import apart, crew

SIGN: Final = "LIVES_AT"
"""In the environment: a named pipe that every process holds open for as long as it lives."""
WITHIN_SECONDS: Final = 30.0
"""A bound for a machine that has other things to do; it takes a fraction of a second."""


class Lives:
    """The reading end: each worker says a word when it has begun, and the end comes when nobody is left."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.begun = 0

    def look(self, workers: int) -> bool:
        """Whether so many have begun."""
        if select.select([self.end], [], [], 0)[0]:
            self.begun += len(os.read(self.end, 100))
        return self.begun >= workers

    def wait_for(self, workers: int) -> None:
        until = time.monotonic() + WITHIN_SECONDS
        while not self.look(workers):
            assert time.monotonic() < until, "they have not begun"
            select.select([self.end], [], [], 0.05)

    def are_over(self) -> bool:
        """Whether all who held it are gone, within a bound."""
        until = time.monotonic() + WITHIN_SECONDS
        while select.select([self.end], [], [], max(0.0, until - time.monotonic()))[0]:
            if not os.read(self.end, 100):
                return True
        return False


class Busy:
    """A part's work that looks at nothing, as a solver does."""

    def __init__(self, *_: object) -> None:
        pass

    def steps(self, _: Callable[[], float]) -> Iterator[Found]:
        say_begun()
        threading.Event().wait()
        yield from ()


class Done(Busy):
    def steps(self, _: Callable[[], float]) -> Iterator[Found]:
        say_begun()
        yield from ()


def hold_sign() -> None:
    held.append(os.open(os.environ[SIGN], os.O_WRONLY))


held: list[int] = []


def say_begun() -> None:
    os.write(held[0], b".")


def keep_busy() -> None:
    """From now on no work of this process or its children ends."""
    hold_sign()
    pytest.MonkeyPatch().setattr(crew, "Work", Busy)


def keep_idle() -> None:
    """From now on they wait for word, and none comes; and the kernel is asked for nothing."""
    hold_sign()
    patch = pytest.MonkeyPatch()
    patch.setattr(crew, "Work", Done)
    patch.setattr(crew, "_give", lambda *_, **__: None)
    patch.setattr(crew, "end_with", lambda _: None)


def find_busily(line: Connection, instance: Instance, seconds: float, workers: int, parent: int) -> None:
    keep_busy()
    apart.find(line, instance, seconds, workers, parent)


def find_idly(line: Connection, instance: Instance, seconds: float, workers: int, parent: int) -> None:
    keep_idle()
    apart.find(line, instance, seconds, workers, parent)
