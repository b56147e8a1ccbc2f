"""Reading several tables as of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg import IsolationLevel


@contextmanager
def one_snapshot() -> Iterator[None]:
    """The transaction that begins in here sees the database as it was when it began, whatever is written meanwhile.

    It stands around a transaction and in none.
    """
    connection.ensure_connection()
    held = connection.connection
    before = held.isolation_level
    held.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        yield
    finally:
        held.isolation_level = before
