"""Plain SQL where a set is asked for: the query's rows as tuples, ids in as one array."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from django.db import connection


def select(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def stream(
    sql: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, chunk: int = 2000
) -> Generator[tuple[Any, ...], None, None]:
    """The rows of a query that may have very many, a chunk at a time from a cursor that the server keeps. To be closed."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(chunk):
            yield from rows


def execute(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """Run a statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
