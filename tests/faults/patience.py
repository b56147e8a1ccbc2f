"""Asking a database that may be down at the moment."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from rejoin.operations.opening import wait_for_database

T = TypeVar("T")
MOST_TRIES = 60


def patiently(ask: Callable[[], T]) -> T:
    """Ask until it answers. Only for what may be done twice."""
    for _ in range(MOST_TRIES):
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            wait_for_database(given_up=lambda: False)
            time.sleep(0.05)
    raise TimeoutError("the database does not come back")
