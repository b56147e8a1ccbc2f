"""Many rows in one statement. They travel as one JSON text: one round trip, one plan, and both ends write
and read JSON several times as fast as the driver writes arrays of values."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection, models

_encode = msgspec.json.Encoder().encode


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    then: str = "",
    returning: str = "",
) -> list[tuple[Any, ...]]:
    """Insert `rows` (values in the order of `columns`, which are field names) and return `returning`.

    `then` is an ON CONFLICT clause. JSON columns are given as text already encoded, arrays as the
    database writes them: "{a,b}".
    """
    table = list(rows)
    if not table:
        return []
    fields: list[Any] = [model._meta.get_field(each) for each in columns]  # noqa: SLF001 - Django's documented way in
    written = {
        place: _WRITTEN[kind] for place, field in enumerate(fields) if (kind := _type(field)) in _WRITTEN
    }
    if written:
        table = [_with_written(row, written) for row in table]
    names = ", ".join(f'"{field.column}"' for field in fields)
    types = {f"c{place}": _type(field) for place, field in enumerate(fields)}
    sql = (
        f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(types)} '  # noqa: S608, SLF001 - our own names
        f"FROM {given(types)} {then}"
    )
    if returning:
        sql += f" RETURNING {returning}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_json(types, table)])
        return cursor.fetchall() if returning else []


def given(types: dict[str, str], *, name: str = "given") -> str:
    """A table of `types` (column: database type) to stand in FROM; its parameter is what `as_json` writes."""
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    return f"json_to_recordset(%s) AS {name}({columns})"


def as_json(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as the JSON text that `given` reads."""
    keys = tuple(columns)
    return _encode([dict(zip(keys, row, strict=True)) for row in rows]).decode()


def _type(field: Any) -> str:
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))


_WRITTEN: dict[str, Callable[[Any], Any]] = {
    "jsonb": lambda text: msgspec.Raw(text.encode()),
    "bytea": lambda body: "\\x" + bytes(body).hex(),
}
"""JSON goes in as JSON and not as a text that holds some; bytes as the database reads them."""


def _with_written(row: Sequence[Any], written: dict[int, Callable[[Any], Any]]) -> list[Any]:
    values = list(row)
    for place, write in written.items():
        if values[place] is not None:
            values[place] = write(values[place])
    return values
