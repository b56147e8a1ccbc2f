"""Teams attendance reports: three numbered sections whose titles and headers may be in any language.

Sections are told apart by their numbers, and columns by what stands in them. The third section has
a row per connection; the second a row per person, which hides the gaps, and serves where the third
is missing or does not know the person.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from rejoin.rooms.exports.clocks import Order, plain_text
from rejoin.rooms.exports.durations import read_duration
from rejoin.rooms.exports.faults import Complaints, Fault
from rejoin.rooms.exports.people import clean, is_host, read_caller
from rejoin.rooms.exports.spans import MeetingRow, SeenRow, Span, read_time_cell, readings_of
from rejoin.rooms.exports.tables import Row, plain_header, plain_headers
from rejoin.rooms.sightings import Context, RoomFile, Sighting

# Full-width stops are what East Asian exports write.
_TITLE = re.compile(r"\s*([1-9])\s*[.．、]\s*\S")
_TIME_LIKE = re.compile(r"\d[./-].*\d{1,2}[:.]\d{2}")
_WORDS = {
    "joined": ("join time", "first join"),
    "left": ("leave time", "last leave"),
    "lasted": ("duration", "in-meeting duration"),
    "email": ("email",),
    "account": ("participant id",),
}
_SUMMARY, _PEOPLE, _CONNECTIONS = "1", "2", "3"
# Name, two times, duration, address and role; the second section has a column more.
_FULL_WIDTH = 6
_WIDEST = 40
_LONGEST_TIME = 80
_OLD_HEADER = {"full name", "join time", "leave time"}


@dataclass(slots=True)
class _Section:
    """A section's table: its header and the rows under it."""

    rows: list[Row] = field(default_factory=list)

    @property
    def header(self) -> Row:
        return self.rows[0] if self.rows else Row(1, ())

    @property
    def people(self) -> list[Row]:
        return self.rows[1:]


def looks_like_teams(head: Sequence[Row]) -> bool:
    """Whether the file opens with a numbered section that holds a table."""
    return bool(head) and _title_of(head[0]) == _SUMMARY and any(len(row.cells) > 1 for row in head[1:4])


def looks_like_old_teams(head: Sequence[Row]) -> bool:
    """Whether a header of the list that came before the sections is among the first rows."""
    return any(set(plain_headers(row)) >= _OLD_HEADER for row in head[:10])


def read_teams(rows: Sequence[Row], file: str, context: Context) -> RoomFile:
    """An attendance report in sections."""
    complaints = Complaints(file)
    sections = _split(rows)
    if not sections.keys() & {_PEOPLE, _CONNECTIONS}:
        raise Fault("has neither a section 2 with participants nor a section 3 with activities")
    title, meeting = _read_summary(sections.get(_SUMMARY, []), context, complaints)
    seen = _read_section(_Section(sections.get(_CONNECTIONS, [])), context, complaints)
    # By name or address, and not by both: a second, summed row would fill the gaps of the first.
    known = {word for row in seen for word in (row.sighting.display, row.sighting.email) if word}
    seen += _read_section(_Section(sections.get(_PEOPLE, [])), context, complaints, summary=True, known=known)
    return _room_file(file, seen, [meeting] if meeting else [], title, complaints)


def read_old_teams(rows: Sequence[Row], file: str, context: Context) -> RoomFile:
    """The attendance list of 2021: a few lines on the meeting, then one table."""
    complaints = Complaints(file)
    at = next(place for place, row in enumerate(rows) if set(plain_headers(row)) >= _OLD_HEADER)
    title, meeting = _read_summary(rows[:at], context, complaints)
    seen = _read_section(_Section(list(rows[at:])), context, complaints)
    return _room_file(file, seen, [meeting] if meeting else [], title, complaints)


def _room_file(
    file: str, seen: list[SeenRow], meetings: list[MeetingRow], title: str | None, complaints: Complaints
) -> RoomFile:
    times = [written for row in seen for written in (row.span.joined, row.span.left) if written]
    twelve_hour = any(written.twelve_hour for written in times)
    return RoomFile(
        file=file,
        format="Teams attendance report",
        provider="teams",
        hints=(title,) if title else (),
        readings=readings_of(
            seen, meetings, Order.MONTH_FIRST if twelve_hour else Order.DAY_FIRST, complaints
        ),
    )


def _title_of(row: Row) -> str | None:
    """The number of the section that this row opens; None for any other row."""
    found = _TITLE.match(row.cells[0])
    return found[1] if found and not any(cell.strip() for cell in row.cells[1:]) else None


def _split(rows: Sequence[Row]) -> dict[str, list[Row]]:
    sections: dict[str, list[Row]] = {}
    current: list[Row] = []
    for row in rows:
        number = _title_of(row)
        if number is None:
            current.append(row)
        else:
            current = sections.setdefault(number, [])
    return sections


def _read_summary(
    rows: Sequence[Row], context: Context, complaints: Complaints
) -> tuple[str | None, MeetingRow | None]:
    """The title, and the first two times: start and end, whatever they are called."""
    # The first row holds the title in every language, but in the older list others stand above it.
    named = next(
        (row for row in rows if plain_header(row.cell(0)) == "meeting title"), rows[0] if rows else None
    )
    title = clean(named.cell(1)) if named else None
    told = [row for row in rows if row is not named and _looks_like_time(row.cell(1))][:2]
    if not told:
        return title, None
    times = [read_time_cell(row.cell(1), complaints, line=row.line, field=row.cell(0)) for row in told]
    span = Span(
        line=told[0].line,
        zone=context.zone,
        joined=times[0],
        left=times[1] if len(times) > 1 else None,
        columns=(told[0].cell(0), told[-1].cell(0)),
    )
    return title, MeetingRow(span=span)


def _read_section(
    section: _Section,
    context: Context,
    complaints: Complaints,
    *,
    summary: bool = False,
    known: Collection[str] = (),
) -> list[SeenRow]:
    """The rows of a section, but those of people whose name or address is `known` already."""
    columns = _columns_of(section)
    return [
        _read_row(row, section.header, columns, context, complaints, summary)
        for row in section.people
        if row.cell(0) not in known and row.cell(columns.get("email")) not in known
    ]


def _columns_of(section: _Section) -> dict[str, int]:
    """Columns by their English names; where those are missing, by what the cells look like."""
    words = plain_headers(section.header)
    columns = {
        column: words.index(name) for column, names in _WORDS.items() for name in names if name in words
    }
    if columns.keys() & {"joined", "left"}:
        return columns
    return _columns_by_content(section, len(words))


def _columns_by_content(section: _Section, width: int) -> dict[str, int]:
    width = min(width, _WIDEST)
    timed = [place for place in range(1, width) if _mostly(section.people, place, _looks_like_time)]
    columns: dict[str, int] = {}
    if not timed and width >= _FULL_WIDTH:
        # The places they have in every language; cells that are no times are told there.
        timed = [1, 2]
    if timed:
        columns["joined"] = timed[0]
        # Nobody has left yet, or nobody's leave was written: the empty column beside the joins.
        columns["left"] = timed[1] if len(timed) > 1 else timed[0] + 1
        columns["lasted"] = columns["left"] + 1
    addressed = [place for place in range(1, width) if _mostly(section.people, place, _looks_like_address)]
    if addressed:
        columns["email"] = addressed[0]
        columns["account"] = addressed[-1]
    return columns


def _mostly(rows: Sequence[Row], column: int, looks_right: Callable[[str], bool]) -> bool:
    """Whether at least half of the filled cells of a column look right, so that a slip cannot hide it."""
    filled = [row.cell(column) for row in rows if row.cell(column)]
    return bool(filled) and 2 * sum(map(looks_right, filled)) >= len(filled)


def _looks_like_time(text: str) -> bool:
    # A time is short, and the pattern would take the square of a long cell's length.
    return bool(_TIME_LIKE.search(plain_text(text[:_LONGEST_TIME])))


def _looks_like_address(text: str) -> bool:
    return "@" in text


def _read_row(
    row: Row, header: Row, columns: dict[str, int], context: Context, complaints: Complaints, summary: bool
) -> SeenRow:
    display = row.cell(0)
    email, account = clean(row.cell(columns.get("email"))), clean(row.cell(columns.get("account")))
    phone, dial_in = read_caller(display)
    names = [header.cell(columns.get(column)) or column for column in ("joined", "left")]
    joined, left = (
        read_time_cell(row.cell(columns.get(column)), complaints, line=row.line, field=name)
        for column, name in zip(("joined", "left"), names, strict=True)
    )
    span = Span(
        line=row.line,
        zone=context.zone,
        joined=joined,
        left=left,
        columns=(names[0], names[1]),
        lasted=_read_lasted(row, columns, complaints, needed=summary),
    )
    sighting = Sighting(
        provider="teams",
        source="teams-csv",
        line=row.line,
        display=display,
        email=email,
        phone=phone,
        aliases=(account,) if account and account != email else (),
        dial_in=dial_in,
        staff=any(is_host(cell) for cell in row.cells[1:]),
    )
    return SeenRow(span=span, sighting=sighting, is_summary=summary)


def _read_lasted(
    row: Row, columns: dict[str, int], complaints: Complaints, *, needed: bool
) -> timedelta | None:
    """The stated duration. Beside both ends of a connection it only breaks ties, and may be odd."""
    try:
        return read_duration(row.cell(columns.get("lasted")))
    except Fault as fault:
        if needed:
            complaints.add(row.line, "Duration", fault.message)
    return None
