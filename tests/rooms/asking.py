"""Short questions to the importers, for tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rejoin.domain.kernel import Problem
from rejoin.rooms.exports import read_room_bytes
from rejoin.rooms.sightings import Context, Reading, RoomFile, Sighting, Unreadable
from tests.rooms.seeds import json_lines

NEW_YORK = ZoneInfo("America/New_York")
CONTEXT = Context(zone=NEW_YORK, dates=(date(2026, 7, 22),))


def read(raw: bytes | str, context: Context = CONTEXT) -> RoomFile:
    """What the importers make of a file."""
    return read_room_bytes(raw.encode() if isinstance(raw, str) else raw, name="rooms/a", context=context)


def reading_of(raw: bytes | str, context: Context = CONTEXT) -> Reading:
    """The only reading of a file."""
    (reading,) = read(raw, context).readings
    return reading


def seen_in(raw: bytes | str, context: Context = CONTEXT) -> Sequence[Sighting]:
    """The sightings of the best reading."""
    return read(raw, context).readings[0].sightings


def seen_in_log(events: Sequence[Any]) -> Sequence[Sighting]:
    """The sightings in a log of these payloads."""
    return seen_in(json_lines(events))


def problems_of(raw: bytes | str, context: Context = CONTEXT) -> tuple[Problem, ...]:
    """Why a file is refused."""
    try:
        answer = read(raw, context)
    except Unreadable as refusal:
        return refusal.problems
    raise AssertionError(f"was read: {answer}")


def utc(text: str) -> datetime:
    """An instant: "2026-07-22 13:32:11"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(seconds: float) -> datetime:
    """An instant as an epoch."""
    return datetime.fromtimestamp(seconds, UTC)


def span(sighting: Sighting) -> tuple[datetime | None, datetime | None]:
    """When somebody was there."""
    return sighting.joined_at, sighting.left_at


def without_lines(reading: Reading) -> Reading:
    """A reading that does not tell on which lines it stood."""
    return msgspec.structs.replace(
        reading, sightings=[msgspec.structs.replace(seen, line=0) for seen in reading.sightings]
    )
