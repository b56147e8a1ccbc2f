"""One door for every file: what is recognised, what is refused, and how a long log is streamed."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.rooms.exports import read_room_bytes, read_room_file
from rejoin.rooms.sightings import RoomFile, Unreadable
from tests.rooms import seeds
from tests.rooms.asking import CONTEXT, problems_of, read
from tests.rooms.seeds import every_seed, json_lines, livekit, pretty

PROVIDERS = {
    **{name: "zoom" for name in every_seed() if name.startswith("zoom")},
    **{name: "teams" for name in every_seed() if name.startswith(("teams", "graph"))},
    **{name: "livekit" for name in every_seed() if name.startswith("livekit")},
    "meet": "meet",
    "meet_rest": "meet",
    "dashboard": "bigbluebutton",
    "jitsi": "jitsi",
    "janus": "janus",
    "daily": "daily",
    "mixed": "mixed",
}


@pytest.mark.parametrize("name", sorted(every_seed()))
def test_every_layout_is_recognised_by_content_and_read_the_same_from_a_file(
    name: str, tmp_path: Path
) -> None:
    raw = every_seed()[name]
    path = tmp_path / "export.bin"
    path.write_bytes(raw)
    from_file = read_room_file(path, name="rooms/misleading.json", context=CONTEXT)
    assert from_file.provider == PROVIDERS[name]
    assert from_file == read_room_bytes(raw, name="rooms/misleading.json", context=CONTEXT)
    assert from_file.file == "rooms/misleading.json"
    assert any(reading.sightings for reading in from_file.readings)


@pytest.mark.parametrize("raw", [b"", b"   \n\n", b"\xef\xbb\xbf", "\ufeff".encode("utf-16"), b"[]", b"{}"])
def test_a_file_with_nothing_in_it_is_refused(raw: bytes) -> None:
    (problem,) = problems_of(raw)
    assert (problem.file, problem.line) == ("rooms/a", 1)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"hello",
            b"a,b,c\n1,2,3\n",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"PK\x03\x04\0\0",
            b"\xff\xfe\0",
            b"\0" * 99,
        ),
        *(b'{"a": 1}', b"[1, 2]", b'["x"]', b"[[[[[[", b"[" * 200_000, b'{"a":' * 200_000, b"null", b"NaN"),
        *(
            b'{"attendanceRecords": 5}',
            b'{"users": {}, "intId": 5}',
            b'{"conferenceRecord": 1, "participants": 2}',
        ),
        *(b'{"event": "x", "createdAt": "1781000000"', b'"unclosed,Join Time\n', bytes(range(256)) * 50),
    ],
)
def test_a_file_of_another_kind_is_refused_with_a_line(raw: bytes) -> None:
    assert all(problem.line >= 1 and problem.message for problem in problems_of(raw))


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_rest() -> None:
    text = "Name,Email,Join Time,Leave Time\n" + 'Ada,,"07/22/2026 10:00:00,\nBen,,,\n' + "Cleo,,,\n"
    (problem,) = problems_of(text)
    assert (problem.line, problem.field) == (2, "row")


def test_a_log_in_utf_16_as_some_shells_write_it_is_read() -> None:
    raw = json_lines(seeds.LIVEKIT_EVENTS)
    assert read(raw.decode().encode("utf-16")).readings == read(raw).readings


def test_a_log_that_was_cut_off_when_it_was_rotated_is_refused_on_its_first_line() -> None:
    raw = json_lines(seeds.LIVEKIT_EVENTS)
    (problem,) = problems_of(raw[40:])
    assert (problem.line, problem.field) == (1, "json")
    (problem,) = problems_of(b'{"event":"par\n' + raw)
    assert problem.line == 1


def test_a_list_of_payloads_is_read_in_any_layout_with_the_line_of_each() -> None:
    events = seeds.LIVEKIT_EVENTS
    expected = [seen.conn for seen in read(json_lines(events)).readings[0].sightings]
    laid_out = "[\n" + ",\n".join(json.dumps(event) for event in events) + "\n]\n"
    for raw in (
        pretty(events),
        json.dumps(events).encode(),
        laid_out.encode(),
        b"\xef\xbb\xbf" + pretty(events),
    ):
        assert [seen.conn for seen in read(raw).readings[0].sightings] == expected
    assert [seen.line for seen in read(laid_out).readings[0].sightings] == [3, 5]
    assert [seen.conn for seen in read(pretty(events[1])).readings[0].sightings] == ["PA_1"]


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(Unreadable) as refusal:
            read_room_file(path, name="rooms/absent", context=CONTEXT)
        assert "cannot be read" in refusal.value.problems[0].message


def test_progress_is_told_while_a_long_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(
        json_lines([livekit("participant_joined", 1781000000 + n, sid=f"P{n}") for n in range(9000)])
    )
    told: list[int] = []
    file = read_room_file(path, name="rooms/log", context=CONTEXT, on_progress=told.append)
    assert len(file.readings[0].sightings) == 9000
    assert told == sorted(told)
    assert len(told) >= path.stat().st_size // (1024 * 1024)
    assert told[-1] <= path.stat().st_size
    path.write_bytes(seeds.TEAMS.encode("utf-16"))
    told.clear()
    read_room_file(path, name="rooms/log", context=CONTEXT, on_progress=told.append)
    assert told == [path.stat().st_size]


def test_refusals_name_the_file_they_are_given_and_nothing_of_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"hello")
    with pytest.raises(Unreadable) as refusal:
        read_room_file(path, name="rooms/x", context=CONTEXT)
    assert str(tmp_path) not in str(refusal.value)
    assert str(refusal.value).startswith("rooms/x:1: file: is no layout that we know")


def read_or_refusal(raw: bytes) -> RoomFile | Unreadable:
    try:
        return read(raw)
    except Unreadable as refusal:
        return refusal


@given(st.binary(max_size=300))
def test_any_bytes_give_a_file_or_a_refusal(raw: bytes) -> None:
    answer = read_or_refusal(raw)
    assert isinstance(answer, RoomFile) or answer.problems


@given(
    st.sampled_from(sorted(every_seed())),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ),
    st.data(),
)
def test_any_value_in_the_place_of_another_gives_a_file_or_a_refusal(
    name: str, value: object, data: st.DataObject
) -> None:
    lines = every_seed()[name].splitlines()
    if not lines[0].startswith(b'{"'):
        return
    tree = msgspec.json.decode(lines[data.draw(st.integers(0, len(lines) - 1))])
    holder = tree
    while isinstance(holder, dict) and holder:
        key = data.draw(st.sampled_from(sorted(holder)))
        if not isinstance(holder[key], dict) or data.draw(st.booleans()):
            holder[key] = value
            break
        holder = holder[key]
    answer = read_or_refusal(json.dumps(tree).encode() + b"\n")
    assert isinstance(answer, RoomFile) or all(problem.line == 1 for problem in answer.problems)
