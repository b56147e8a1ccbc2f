"""How a file is written, so that the same bytes come out every time."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

Json = dict[str, Any]


def table(columns: str, rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()


def short(*parts: object, length: int = 12) -> str:
    """An id that looks like a vendor's and is always the same."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


def lines(events: Iterable[Json]) -> bytes:
    return "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events).encode()


def shuffled_twice(events: Sequence[Json]) -> list[Json]:
    """As a vendor under load delivers: in any order, and every third event twice."""
    delivered = [*events, *events[::3]]
    return sorted(delivered, key=lambda event: short(json.dumps(event, sort_keys=True)))


def pretty(document: object) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()
