"""What each video service posts of one evening, from tests/rooms/fixtures: the same evening at every one.

Ada comes, leaves, and comes back for the rest; Ben stays; Cleo's leave is told and her join never was; somebody comes by
a reference that nobody here gave out. The references are random.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from rejoin.rooms.exports import read_room_bytes
from rejoin.rooms.inbox import payload_of
from rejoin.rooms.sightings import Context, Sighting
from tests.rooms.asking import NEW_YORK

HERE = Path(__file__).parent / "fixtures"
NAMES = tuple(sorted(path.stem for path in HERE.glob("*.json")))
OUT_OF_ORDER = ("room_end", "left_without_join", "leave", "rejoin", "join_of_nobody", "join_other", "join")


class Expected(NamedTuple):
    """A visit: whose, from when to when, and whether its end was told."""

    ref: str
    joined: datetime | None
    left: datetime | None
    reported: bool


class Recorded(NamedTuple):
    """One service's evening."""

    provider: str
    room: str
    refs: dict[str, str]
    deliveries: dict[str, bytes]
    expected: tuple[Expected, ...]


@cache
def recorded(name: str) -> Recorded:
    """The evening at a service, its bodies as they are posted."""
    told = json.loads((HERE / f"{name}.json").read_text())
    as_posted = _as_form if told.get("form") else _as_json
    return Recorded(
        provider=told["provider"],
        room=told["room"],
        refs=told["refs"],
        deliveries={what: as_posted(body) for what, body in told["deliveries"].items()},
        expected=tuple(
            Expected(each["ref"], _instant(each["joined"]), _instant(each["left"]), each["reported"])
            for each in told["expect"]
        ),
    )


def sightings_of(provider: str, bodies: Sequence[bytes]) -> list[Sighting]:
    """What these deliveries add up to, in the order in which they came."""
    log = b"\n".join(payload_of(provider, body).replace(b"\n", b" ") for body in bodies)
    return list(read_room_bytes(log, name="a", context=Context(zone=NEW_YORK)).readings[0].sightings)


def visits(sightings: Sequence[Sighting]) -> list[Expected]:
    """The same as short as it is expected."""
    found = [
        Expected(each.ref or "", each.joined_at, each.left_at, each.leave_reported) for each in sightings
    ]
    return sorted(found, key=str)


def _as_json(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _as_form(body: Any) -> bytes:
    listed = json.dumps([body], separators=(",", ":"))
    return urlencode({"domain": "bbb.example.org", "event": listed, "timestamp": "1791237600000"}).encode()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
