"""No file, however it is made, keeps an importer busy for long: effort grows with size and no faster."""

import time
from contextlib import suppress

import msgspec
import pytest

from rejoin.rooms.exports import read_room_bytes
from rejoin.rooms.sightings import Unreadable
from tests.rooms import seeds
from tests.rooms.asking import CONTEXT
from tests.rooms.seeds import every_seed, livekit, pretty

LONG = [
    letters * (120_000 // len(letters))
    for letters in ("1.", "(", "a", "1:", "a@", "1h ", "( ", "1/1/26 ", "*")
]
TABLES = sorted(
    name for name in every_seed() if name.startswith(("zoom", "teams", "meet")) and "rest" not in name
)


def seconds_for(raw: bytes) -> float:
    started = time.process_time()
    with suppress(Unreadable):
        read_room_bytes(raw, name="rooms/large", context=CONTEXT)
    return time.process_time() - started


@pytest.mark.parametrize("name", TABLES)
def test_cells_as_long_as_a_book_are_read_or_refused_at_once(name: str) -> None:
    raw = every_seed()[name]
    encoding = "utf-16" if raw[:2] == b"\xff\xfe" else "utf-16-le" if raw[1:2] == b"\0" else "latin-1"
    text = raw.decode(encoding)
    for word in ("Ada", "ben@example.org", "10/05/2026", "PM", "22.07.26", "1h", "58 min", "Evening group"):
        for long in LONG:
            if word in text:
                assert seconds_for(text.replace(word, long, 1).encode(encoding)) < 1


def test_very_wide_and_very_long_tables_are_read_in_time() -> None:
    wide = "\t".join(f"c{place}" for place in range(10_000))
    cells = "\t".join("x@y" for _ in range(10_000))
    assert seconds_for(f"1. S\na\tb\n3. T\n{wide}\n{(cells + chr(10)) * 50}".encode()) < 5
    assert seconds_for(("1. S\n" + "Meeting title\t1/1/26, 10:00\n" * 50_000 + "3. T\n").encode()) < 5
    assert seconds_for(seeds.ZOOM_ROWS.encode() * 1_000) < 5
    assert seconds_for(seeds.TEAMS_ACTIONS.encode() + b"Ada\tJoined\t27/09/2022, 17:30:05\r\n" * 50_000) < 5
    assert seconds_for(b'Name,Join Time,Leave Time\n"' + b'""' * 60_000 + b'"\n') < 5


def test_one_connection_with_a_hundred_thousand_events_is_read_in_time() -> None:
    events = [seeds.janus("joined" if n % 2 else "leaving", 1795457541000000 + n) for n in range(30_000)]
    assert seconds_for(seeds.json_lines(events)) < 5
    joined = [seeds.janus("joined", 1795457541000000 + n, handle=n) for n in range(30_000)]
    assert seconds_for(seeds.json_lines(joined)) < 5


def test_documents_with_many_parts_are_read_in_time() -> None:
    users = {
        f"u{n}": {"extId": f"p{n}", "intIds": {"w": {"registeredOn": 1781000100000}}} for n in range(20_000)
    }
    assert seconds_for(pretty({**seeds.DASHBOARD, "users": users})) < 5
    twice = b'{"intId": "m", "users": {' + b", ".join(
        b'"u%d": {"intIds": {}, "name": "%d %d"}' % (n % 10_000, n, n) for n in range(20_000, 0, -1)
    )
    assert seconds_for(twice + b"}}") < 5
    assert seconds_for(msgspec.json.encode([livekit("participant_joined", 1781000000)] * 20_000)) < 5
    assert seconds_for(b"[" + b"1," * 200_000 + b"1]") < 5
    assert seconds_for(b"{" * 400_000) < 5
