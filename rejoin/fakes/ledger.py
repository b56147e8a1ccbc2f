"""What a fake took, kept append-only in a SQLite file: it is there after kill -9, and proves what went out how often.

Orders for misbehaviour stand in the same file, so that whoever holds it can give them:
`order_fates(path, "drops_after", "well+duplicated")` is for the next two messages (`rejoin.fakes.fates`).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    key TEXT NOT NULL,
    address TEXT NOT NULL,
    body TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_kind ON entries (kind, vendor_id);
CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'a ledger is only added to'); END;
CREATE TRIGGER IF NOT EXISTS never_removed BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'a ledger is only added to'); END;
"""
_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a ledger. `at` is UTC, ISO 8601. Kind "taken" is an effect: that message went out once."""

    seq: int
    at: str
    kind: str
    vendor_id: str
    key: str
    address: str
    body: str
    detail: str


class Ledger:
    """One file, written by one fake and read by anybody. A connection a call: safe among threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._open() as connection:
            connection.executescript(f"PRAGMA journal_mode=WAL; {_SCHEMA}")

    def record(
        self,
        kind: str,
        *,
        vendor_id: str = "",
        key: str = "",
        address: str = "",
        body: str = "",
        detail: str = "",
    ) -> int:
        """Adds one entry; it is in the file when this returns. Its number."""
        row = (_now(), kind, vendor_id, key, address, body, detail)
        with self._open() as connection, connection:
            return _insert(connection, row)

    def entries(self, kind: str | None = None, *, vendor_id: str | None = None) -> list[Entry]:
        """In their order, all of them or those of a kind and a vendor id."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT seq, at, kind, vendor_id, key, address, body, detail FROM entries"
                " WHERE coalesce(kind = ?1, 1) AND coalesce(vendor_id = ?2, 1) ORDER BY seq",
                (kind, vendor_id),
            ).fetchall()
        return [
            Entry(
                seq=seq, at=at, kind=kind_, vendor_id=id_, key=key, address=address, body=body, detail=detail
            )
            for seq, at, kind_, id_, key, address, body, detail in rows
        ]

    def count(self, kind: str, *, until: int) -> int:
        """How many entries of a kind there are up to entry number `until`."""
        with self._open() as connection:
            counted = connection.execute(
                "SELECT count(*) FROM entries WHERE kind = ? AND seq <= ?", (kind, until)
            )
            return int(counted.fetchone()[0])

    def next_order(self) -> str | None:
        """The oldest order not used yet, used now; None when there is none."""
        with self._open() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                "SELECT seq, detail FROM entries WHERE kind = 'ordered' AND seq NOT IN"
                " (SELECT CAST(detail AS INTEGER) FROM entries WHERE kind = 'used') ORDER BY seq LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            _insert(connection, (_now(), "used", "", "", "", "", str(row[0])))
            return str(row[1])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS)) as connection:
            yield connection


def taken(path: Path) -> list[Entry]:
    """Every message that went out, as often as it went out."""
    return Ledger(path).entries("taken")


def times_taken(
    path: Path, *, key: str | None = None, body: str | None = None, address: str | None = None
) -> int:
    """How often a message with this key, body and address went out; what is None may be anything."""
    return sum(
        (key is None or each.key == key)
        and (body is None or each.body == body)
        and (address is None or each.address == address)
        for each in taken(path)
    )


def taken_twice(path: Path) -> dict[str, int]:
    """The keys that went out more than once, and how often: empty is the proof that no effect happened twice."""
    counts = Counter(each.key for each in taken(path) if each.key)
    return {key: count for key, count in counts.items() if count > 1}


def order_fates(path: Path, *fates: str) -> None:
    """What is to become of the next messages, one fate each (`rejoin.fakes.fates`)."""
    ledger = Ledger(path)
    for fate in fates:
        ledger.record("ordered", detail=fate)


def _insert(connection: sqlite3.Connection, row: tuple[str, ...]) -> int:
    added = connection.execute(
        "INSERT INTO entries (at, kind, vendor_id, key, address, body, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return int(added.lastrowid or 0)


def _now() -> str:
    return datetime.now(UTC).isoformat()
