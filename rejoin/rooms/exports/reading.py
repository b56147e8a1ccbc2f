"""Which layout a file has, decided by what stands in it and never by what it is called."""

import codecs
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from rejoin.rooms.exports.bigbluebutton import looks_like_dashboard, read_dashboards
from rejoin.rooms.exports.documents import Part, keys_of, split_document
from rejoin.rooms.exports.faults import Fault, refuse
from rejoin.rooms.exports.logs import is_payload, read_log
from rejoin.rooms.exports.meet_csv import looks_like_meet, read_meet
from rejoin.rooms.exports.meet_rest import looks_like_meet_records, read_meet_records
from rejoin.rooms.exports.tables import Row, head_rows, read_rows
from rejoin.rooms.exports.teams_actions import looks_like_actions, read_actions
from rejoin.rooms.exports.teams_csv import (
    looks_like_old_teams,
    looks_like_teams,
    read_old_teams,
    read_teams,
)
from rejoin.rooms.exports.teams_graph import looks_like_graph, read_graph
from rejoin.rooms.exports.texts import decode_text, wide_encoding
from rejoin.rooms.exports.zoom_csv import looks_like_zoom, read_zoom
from rejoin.rooms.sightings import Context, RoomFile

# The order matters where one layout could be taken for another: the more particular comes first.
_TABLES: Sequence[
    tuple[Callable[[Sequence[Row]], bool], Callable[[Sequence[Row], str, Context], RoomFile]]
] = (
    (looks_like_teams, read_teams),
    (looks_like_actions, read_actions),
    (looks_like_meet, read_meet),
    (looks_like_old_teams, read_old_teams),
    (looks_like_zoom, read_zoom),
)
_DOCUMENTS: Sequence[
    tuple[Callable[[frozenset[str]], bool], Callable[[Sequence[Part], str, Context], RoomFile]]
] = (
    (looks_like_graph, read_graph),
    (looks_like_meet_records, read_meet_records),
    (looks_like_dashboard, read_dashboards),
)
# A first line longer than this is a whole document without line breaks.
_LONGEST_LINE = 4 * 1024 * 1024
_CHUNK = 1024 * 1024


def read_room_file(
    path: Path, *, name: str, context: Context, on_progress: Callable[[int], None] | None = None
) -> RoomFile:
    """What the file at `path` says; `Unreadable` when it cannot be understood.

    A log is read line by line and may be far larger than memory would hold. `on_progress` is told
    the bytes read so far.
    """
    try:
        with path.open("rb") as stream:
            if _is_log(stream):
                stream.seek(0)
                return read_log(enumerate(stream, 1), name, context, on_progress)
            stream.seek(0)
            raw = _read_whole(stream, on_progress)
    except OSError as error:
        raise refuse(name, f"cannot be read: {error.strerror}") from None
    return read_room_bytes(raw, name=name, context=context)


def read_room_bytes(raw: bytes, *, name: str, context: Context) -> RoomFile:
    """What `raw` says; `Unreadable` when it cannot be understood."""
    if _is_log(BytesIO(raw)):
        return read_log(enumerate(BytesIO(raw), 1), name, context)
    try:
        if wide_encoding(raw) is None and _opens_json(raw):
            return _read_document(raw, name, context)
        text = decode_text(raw)
        if not text.strip():
            raise Fault("is empty")
        if wide_encoding(raw) is not None and text.lstrip()[:1] in ("{", "["):
            return read_room_bytes(text.encode(), name=name, context=context)
        return _read_table(text, name, context)
    except Fault as fault:
        raise refuse(name, fault.message, line=max(fault.line, 1), field=fault.field or "file") from None


def _read_whole(stream: BinaryIO, on_progress: Callable[[int], None] | None) -> bytes:
    chunks: list[bytes] = []
    consumed = 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        consumed += len(chunk)
        if on_progress is not None:
            on_progress(consumed)
    return b"".join(chunks)


def _is_log(stream: BinaryIO) -> bool:
    """Whether the first lines are events, one a line.

    The second line decides where the first was cut off when the log was rotated. A bracket alone
    opens a document that is laid out over several lines.
    """
    first, second = _first_lines(stream)
    if is_payload(first):
        return True
    return first not in (b"", b"[", b"{") and is_payload(second)


def _first_lines(stream: BinaryIO) -> tuple[bytes, bytes]:
    found: list[bytes] = []
    while len(found) < 2:
        line = stream.readline(_LONGEST_LINE)
        if not line or len(line) == _LONGEST_LINE:
            break
        if text := line.removeprefix(codecs.BOM_UTF8).strip():
            found.append(text)
    first, second, *_ = [*found, b"", b""]
    return first, second


def _opens_json(raw: bytes) -> bool:
    return raw.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")


def _read_document(raw: bytes, name: str, context: Context) -> RoomFile:
    parts = split_document(raw.removeprefix(codecs.BOM_UTF8))
    if not parts:
        raise Fault("holds nothing")
    keys = keys_of(parts[0])
    for looks_like, read in _DOCUMENTS:
        if looks_like(keys):
            return read(parts, name, context)
    if is_payload(parts[0].raw):
        return read_log(_numbered(parts), name, context)
    raise Fault("is JSON of a layout that we do not know", line=parts[0].line)


def _numbered(parts: Iterable[Part]) -> Iterable[tuple[int, bytes]]:
    return ((part.line, part.raw) for part in parts)


def _read_table(text: str, name: str, context: Context) -> RoomFile:
    for delimiter in "\t,;":
        # The tab first: commas and semicolons stand inside the cells of tab-separated files.
        if delimiter not in text:
            continue
        head = head_rows(text, delimiter)
        for looks_like, read in _TABLES:
            if not looks_like(head):
                continue
            rows = read_rows(text, delimiter)
            # The head was split leniently: quotation marks out of place may have hidden its shape.
            if looks_like(rows):
                return read(rows, name, context)
    raise Fault(
        "is no layout that we know: neither an export nor a log of Zoom, Teams, Meet, "
        "BigBlueButton, LiveKit, Jitsi, Janus or Daily"
    )
