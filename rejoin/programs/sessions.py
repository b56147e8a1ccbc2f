"""Sessions as the domain knows them, read from their rows many at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from rejoin.common.rows import select
from rejoin.domain.attendance import Held, Mode, Session
from rejoin.domain.kernel import Interval

COLUMNS = (
    "session.id, session.program_id, session.starts_at, session.ends_at, session.breaks, "
    "session.group_id, session.kind, session.service, session.module, session.held, session.mode"
)


def sessions_of(session_ids: Sequence[int]) -> dict[int, tuple[int, Session]]:
    """Program and session by id."""
    sql = f"SELECT {COLUMNS} FROM programs_session AS session WHERE id = ANY(%s)"  # noqa: S608 - our own columns
    return {row[0]: (row[1], as_session(row)) for row in select(sql, [list(session_ids)])}


def as_session(row: Sequence[Any]) -> Session:
    """A row of COLUMNS as the domain's session. Its id and group are the numbers, as text."""
    number, _, starts_at, ends_at, breaks, group, kind, service, module, held, mode = row[:11]
    return Session(
        id=str(number),
        starts_at=starts_at,
        ends_at=ends_at,
        breaks=_intervals(breaks),
        group=str(group or ""),
        kind=kind,
        service=service,
        module=module,
        held=Held(held),
        mode=Mode(mode),
    )


_spans = msgspec.json.Decoder(tuple[tuple[datetime, datetime], ...])


def _intervals(breaks: str) -> tuple[Interval, ...]:
    """Breaks as their column's text holds them."""
    return tuple(Interval(start, end) for start, end in _spans.decode(breaks)) if breaks != "[]" else ()
