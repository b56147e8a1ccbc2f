"""Many rows in one statement. Values travel as arrays: one round trip, one plan, no row-by-row work."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    then: str = "",
    returning: str = "",
) -> list[tuple[Any, ...]]:
    """Insert `rows` (values in the order of `columns`, which are field names) and return `returning`.

    `then` is an ON CONFLICT clause. Values are given as the database's text or as what psycopg adapts;
    JSON is given as text already encoded.
    """
    table = list(rows)
    if not table:
        return []
    fields = [model._meta.get_field(each) for each in columns]
    names = ", ".join(f'"{field.column}"' for field in fields)
    types = [_array_type(field) for field in fields]
    picks = ", ".join(_pick(field, place) for place, field in enumerate(fields))
    arrays = ", ".join(f"%s::{each}[]" for each in types)
    aliases = ", ".join(f"c{place}" for place in range(len(fields)))
    sql = (
        f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {picks} '  # noqa: S608 - names of our own models
        f"FROM unnest({arrays}) AS given({aliases}) {then}"
    )
    if returning:
        sql += f" RETURNING {returning}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(column) for column in zip(*table, strict=True)])
        return cursor.fetchall() if returning else []


def _array_type(field: Any) -> str:
    """The element type values travel as. Arrays travel as text: an array of arrays must be square."""
    kind = str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
    return "text" if kind.endswith("[]") or kind == "jsonb" else kind


def _pick(field: Any, place: int) -> str:
    kind = str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
    return f"c{place}::{kind}" if _array_type(field) == "text" and kind != "text" else f"c{place}"
