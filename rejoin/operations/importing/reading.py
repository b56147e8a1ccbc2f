"""What a folder brings: the sidecar's own reading of it, and what only the platform keeps."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import Mode
from rejoin.domain.kernel import Problem, Refusal
from rejoin.domain.policy import PolicyBook
from rejoin.operations.importing.family_rows import (
    FAMILY_COLUMNS,
    LONGEST_CELLS,
    NEEDED,
    Family,
    FamilyReading,
)
from rejoin.operations.importing.roster import OnePatient, check_addresses
from rejoin.people.vocabulary import Purpose
from rejoin.programs.actions.series import LONGEST_ID
from rejoin.programs.recurrence import check_rule
from rejoin.programs.vocabulary import Ending, Kind, Role
from rejoin.rooms.register import PROVIDERS
from rejoin.sheets.refused import BadInput, breaks_table
from rejoin.sidecar import tables as want
from rejoin.sidecar.folder import COLUMNS, UNKNOWN, read_folder
from rejoin.sidecar.program import Folder
from rejoin.sidecar.tables import Row, Table, Wrong

T = TypeVar("T")
SERIES = (
    "series_id group patient_id kind service mode timezone starts_on start_time minutes breaks rrule skip "
    "facilitator cofacilitator meeting_id"
)
# What a cell may hold at most; of a cell that holds several, each.
LONGEST = {
    "roster.csv": {"patient_id": 64, "name": 200, "email": 254, "phone": 254, "group": 100, "flags": 40},
    "sessions.csv": {
        "session_id": 64,
        "group": 100,
        "service": 60,
        "module": 120,
        "facilitator": 200,
        "meeting_id": 200,
    },
    "identities.csv": {"ref": 200},
    "marks.csv": {"reason": 40, "by": 200},
    "notices.csv": {"reason": 40},
    "checkins.csv": {},
    "staff.csv": {"name": 200},
    "consents.csv": {"contact_name": 200, "source": 20},
    "series.csv": {
        "series_id": LONGEST_ID,
        "group": 100,
        "service": 60,
        "facilitator": 200,
        "cofacilitator": 200,
        "meeting_id": 200,
        "rrule": 300,
    },
    **LONGEST_CELLS,
}
SHORT = 20
"""No cell is too long below it."""
ALSO = {
    "roster.csv": "ending ended_at counselor",
    "sessions.csv": "also_expected not_expected",
    "staff.csv": "roles",
    "consents.csv": "purpose until source contact_name",
}
"""Columns that only the platform knows, so that one of them misspelt is noticed."""
UNREAD = ("attempts.csv",)
"""Tables of the sidecar's that have nothing for the platform: what was tried is written down here."""
SEVERAL = {"email", "phone", "flags", "facilitator", "meeting_id"}
STATES = {"roster.csv": "state", "checkins.csv": "state", "staff.csv": "licensed_states"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceNote:
    """What a roster row says beyond the sidecar's tables: how a place ended, and when that was said."""

    line: int
    ending: Ending | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNote:
    """What a row of sessions.csv says beyond them."""

    line: int
    maximum: int | None
    also: tuple[str, ...]
    """Booked by name, beside the group."""
    but: tuple[str, ...]
    """Of the group, and released by a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNote:
    """What a row of consents.csv says beyond them."""

    purpose: Purpose | None
    until_at: datetime | None
    source: str
    contact_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """A row of series.csv, checked. `first` is a clock time in `timezone`."""

    line: int
    external_id: str
    group: str
    patient_id: str
    kind: str
    service: str
    mode: str
    timezone: str
    first: datetime
    minutes: int
    breaks: tuple[tuple[int, int], ...]
    rule: str
    skipped: tuple[date, ...]
    facilitator: str
    cofacilitator: str
    room: str


@dataclass(slots=True, kw_only=True)
class Brought:
    """A folder as it was read, and what only the platform keeps of it."""

    folder: Folder
    columns: dict[str, frozenset[str]] = field(default_factory=dict)
    """The columns that each file has."""
    states: dict[str, str] = field(default_factory=dict)
    zones: set[str] = field(default_factory=set)
    """Patients whose zone is written down."""
    places: dict[tuple[str, str, date | None, date | None], PlaceNote] = field(default_factory=dict)
    sessions: dict[str, SessionNote] = field(default_factory=dict)
    consents: dict[str, list[ConsentNote]] = field(default_factory=lambda: defaultdict(list))
    staff: dict[str, str] = field(default_factory=dict)
    """Names as they are written, by how they are compared."""
    named: dict[str, tuple[str, int]] = field(default_factory=dict)
    """File and line in which each of them is named: staff.csv, or the first that does."""
    roles: dict[str, frozenset[Role]] = field(default_factory=dict)
    """Of staff.csv, by how names are compared. Who is not here has a blank cell, or none."""
    leaders: set[str] = field(default_factory=set)
    """Whoever leads a session or a series, by how names are compared."""
    counselors: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By patient: the name as it is compared, and the line."""
    lines: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Of marks.csv, notices.csv and checkins.csv by session and patient; of identities.csv by provider and ref."""
    series: dict[str, SeriesRow] = field(default_factory=dict)
    family: Family = field(default_factory=Family)


def read(path: Path, *, zone: ZoneInfo, book: PolicyBook | None) -> Brought:
    """Read and check a folder, or raise BadInput with everything wrong in it. `zone` is the program's."""
    problems: list[Problem] = []
    try:
        folder = read_folder(path, book=book, without=UNREAD)
    except BadInput as bad:
        if not path.is_dir() or not (path / "roster.csv").is_file():
            raise
        _read_more(Brought(folder=_nothing(path, book)), zone, problems)
        raise BadInput([*bad.problems, *problems]) from None
    if folder.timezone.key != zone.key:
        message = f"is {folder.timezone.key}, and the program is in {zone.key}"
        problems.append(Problem(file="policy.yaml", line=1, field="timezone", message=message))
    brought = Brought(folder=folder)
    _read_more(brought, zone, problems)
    if problems:
        raise BadInput(problems)
    return brought


def _nothing(path: Path, book: PolicyBook | None) -> Folder:
    """A folder of which nothing could be read."""
    return Folder(
        path=path,
        book=book or PolicyBook(versions=()),
        patients={},
        sessions={},
        identities=(),
        marks={},
        notices={},
        check_ins={},
        attempts={},
        consents={},
        licences=None,
        room_files=(),
    )


def _read_more(brought: Brought, zone: ZoneInfo, problems: list[Problem]) -> None:
    """What the sidecar passes over, and whether everything fits where it will be kept."""
    reading = _Reading(brought, zone, problems)
    for name, read_row in (
        ("roster.csv", reading.roster),
        ("sessions.csv", reading.session),
        ("identities.csv", reading.identity),
        ("marks.csv", reading.mark),
        ("notices.csv", reading.fact),
        ("checkins.csv", reading.fact),
        ("staff.csv", reading.staff),
        ("consents.csv", reading.consent),
        ("series.csv", reading.series),
        ("births.csv", reading.family.birth),
        ("guardians.csv", reading.family.guardian),
        ("closings.csv", reading.family.closing),
    ):
        for row in reading.rows(name):
            _check_fits(name, row)
            read_row(row)
    if not any(breaks_table(each) for each in problems):
        reading.check_counselors()


class _Reading:
    """Goes through the tables once more."""

    def __init__(self, brought: Brought, zone: ZoneInfo, problems: list[Problem]) -> None:
        self.brought = brought
        self.zone = zone
        self.problems = problems
        self.instant = want.an_instant(zone)
        self.told = OnePatient()
        self.family = FamilyReading(brought.family, brought.folder.patients, self.instant)

    def rows(self, name: str) -> Iterator[Row]:
        path = self.brought.folder.path / name
        if not path.is_file():
            return
        columns = COLUMNS.get(name) or FAMILY_COLUMNS.get(name) or SERIES
        known = f"{columns} {ALSO.get(name, '')}".split()
        required = (
            ("series_id", "starts_on", "start_time", "rrule")
            if name == "series.csv"
            else NEEDED.get(name, ())
        )
        table = Table(path, name=name, required=required, known=known, problems=self.problems)
        yield from table.rows()
        self.brought.columns[name] = frozenset(table.columns)

    def roster(self, row: Row) -> None:
        patient = row.text("patient_id")
        self.told.check(row)
        check_addresses(row)
        if row.text("counselor"):
            self.brought.counselors[patient] = (row.text("counselor").casefold(), row.line)
        if row.text("state"):
            self.brought.states[patient] = row.text("state").upper()
        if row.text("timezone"):
            self.brought.zones.add(patient)
        from_on, until_on = _quietly(row, "from", want.a_day), _quietly(row, "until", want.a_day)
        ending = row.read("ending", want.one_of([each.value for each in Ending], "ending"))
        if ending and until_on is None:
            row.complain("ending", "has no last day: until is empty")
        self.brought.places[patient, row.text("group"), from_on, until_on] = PlaceNote(
            line=row.line,
            ending=Ending(ending) if ending else None,
            ended_at=row.read("ended_at", self.instant),
        )

    def session(self, row: Row) -> None:
        also, but = row.several("also_expected"), row.several("not_expected")
        known = self.brought.folder.patients
        for column, named in (("also_expected", also), ("not_expected", but)):
            for each in named:
                if known and each not in known:
                    row.complain(column, f"{each!r} is not on the roster")
        note = SessionNote(line=row.line, maximum=row.read("maximum", _a_size), also=also, but=but)
        self.brought.sessions.setdefault(row.text("session_id"), note)
        for each in row.several("facilitator"):
            self._leads(each, row)

    def identity(self, row: Row) -> None:
        provider = PROVIDERS.get(row.text("provider").lower(), "")
        self.brought.lines.setdefault(("identities.csv", provider, row.text("ref")), row.line)

    def fact(self, row: Row) -> None:
        key = (row.table.name, row.text("session_id"), row.text("patient_id"))
        self.brought.lines[key] = row.line

    def mark(self, row: Row) -> None:
        self.fact(row)
        name = row.text("by")
        if name:
            self._names(name, row)

    def staff(self, row: Row) -> None:
        key = row.text("name").casefold()
        self._names(row.text("name"), row)
        self.brought.named[key] = (row.table.name, row.line)  # where her roles are told too
        words = [each.value for each in Role]
        read = [_listed(row, "roles", each, want.one_of(words, "role")) for each in row.several("roles")]
        roles = frozenset(Role(each) for each in read if each)
        if roles:
            self.brought.roles[key] = self.brought.roles.get(key, frozenset()) | roles

    def _leads(self, name: str, row: Row) -> None:
        self.brought.leaders.add(name.casefold())
        self._names(name, row)

    def _names(self, name: str, row: Row) -> None:
        key = name.casefold()
        self.brought.staff.setdefault(key, name)
        self.brought.named.setdefault(key, (row.table.name, row.line))

    def check_counselors(self) -> None:
        """Whoever is named as a counselor is named once more, so that a slip of the pen hires nobody."""
        for key, line in self.brought.counselors.values():
            if key not in self.brought.staff:
                message = "is neither in staff.csv nor a facilitator in sessions.csv"
                self.problems.append(
                    Problem(file="roster.csv", line=line, field="counselor", message=message)
                )

    def consent(self, row: Row) -> None:
        purpose = row.read("purpose", want.one_of([each.value for each in Purpose], "purpose"))
        at, until_at = _quietly(row, "at", self.instant), row.read("until", self.instant)
        if at is not None and until_at is not None and until_at <= at:
            row.complain("until", "is not after at")
        if not row.text("contact") and purpose not in (None, Purpose.MESSAGES):
            row.complain("purpose", "is for telling somebody else, and contact is empty")
        self.brought.consents[row.text("patient_id")].append(
            ConsentNote(
                purpose=Purpose(purpose) if purpose else None,
                until_at=until_at,
                source=row.text("source"),
                contact_name=row.text("contact_name"),
            )
        )

    def series(self, row: Row) -> None:
        read = _read_series(row, self.zone)
        if (
            row.text("patient_id")
            and self.brought.folder.patients
            and (row.text("patient_id") not in self.brought.folder.patients)
        ):
            row.complain("patient_id", "is not on the roster")
        if read is None:
            return
        if read.external_id in self.brought.series:
            row.complain("series_id", f"repeats {read.external_id!r}")
        self.brought.series[read.external_id] = read
        for name in filter(None, (read.facilitator, read.cofacilitator)):
            self._leads(name, row)


def _read_series(row: Row, zone: ZoneInfo) -> SeriesRow | None:
    starts_on = row.read("starts_on", want.a_day, required=True)
    start_time = row.read("start_time", want.a_time_of_day, required=True)
    minutes = row.read("minutes", _some_minutes, required=True)
    place = row.read("timezone", want.a_zone) or zone
    kind = row.read("kind", want.one_of([each.value for each in Kind], "kind")) or Kind.GROUP.value
    mode = row.read("mode", want.one_of([each.value for each in Mode], "mode")) or Mode.VIDEO.value
    skipped = tuple(day for each in row.several("skip") if (day := _listed(row, "skip", each, want.a_day)))
    external_id = row.text("series_id")
    _check_owner(row, kind)
    if starts_on is None or start_time is None or minutes is None or not external_id:
        return None
    first = datetime.combine(starts_on, start_time)
    return SeriesRow(
        line=row.line,
        external_id=external_id,
        group=row.text("group"),
        patient_id=row.text("patient_id"),
        kind=kind,
        service=row.text("service"),
        mode=mode,
        timezone=place.key,
        first=first,
        minutes=minutes,
        breaks=_series_breaks(row, start_time, minutes),
        rule=_a_rule(row, first, place),
        skipped=skipped,
        facilitator=row.text("facilitator"),
        cofacilitator=row.text("cofacilitator"),
        room=row.text("meeting_id"),
    )


def _check_owner(row: Row, kind: str) -> None:
    if not row.text("series_id"):
        row.complain("series_id", "is empty")
    if not row.text("group") and not row.text("patient_id"):
        row.complain("group", "is empty, and no patient_id says who is expected")
    if kind == Kind.INDIVIDUAL and not row.text("patient_id"):
        row.complain("patient_id", "is empty: an individual session has to name its patient")


def _a_rule(row: Row, first: datetime, zone: ZoneInfo) -> str:
    try:
        return check_rule(row.text("rrule"), first=first, zone=zone)
    except Refusal as refusal:
        row.complain("rrule", refusal.message)
        return ""


def _series_breaks(row: Row, start: time, minutes: int) -> tuple[tuple[int, int], ...]:
    """Breaks by their clock times, as minutes from the start; a session may go past midnight."""
    found = []
    for text in row.several("breaks"):
        first, dash, last = text.replace("\u2013", "-").partition("-")
        begins = _listed(row, "breaks", first.strip(), want.a_time_of_day) if dash else None
        ends = _listed(row, "breaks", last.strip(), want.a_time_of_day) if dash else None
        if begins is None or ends is None:
            row.complain("breaks", f"is not a break such as 19:30-19:45: {text!r}")
            continue
        found.append((_minutes_after(start, begins), _minutes_after(start, ends)))
    found.sort()
    last_end = 0
    for begin, end in found:
        if not last_end <= begin < end <= minutes:
            row.complain("breaks", "lie inside the session, one after the other")
        last_end = end
    return tuple(found)


def _minutes_after(start: time, at: time) -> int:
    day = date(2000, 1, 1)
    gap = datetime.combine(day, at) - datetime.combine(day, start)
    return int((gap % timedelta(days=1)).total_seconds() // 60)


def _check_fits(name: str, row: Row) -> None:
    """Every cell fits where it will be kept, and is text."""
    if any("\x00" in cell for cell in row.cells):
        row.complain("row", "holds a character that no text has")
    if any(len(cell) >= SHORT for cell in row.cells):
        _check_lengths(name, row)
    where = STATES.get(name, "")
    for state in row.several(where):
        if where == "licensed_states" and row.text(where).upper() == UNKNOWN:
            continue
        if not (len(state) == 2 and state.isascii() and state.isalpha()):
            row.complain(where, f"is not a state of two letters such as NY: {state!r}")


def _check_lengths(name: str, row: Row) -> None:
    for column, longest in LONGEST[name].items():
        parts = row.several(column) if column in SEVERAL else (row.text(column),)
        if any(len(part) > longest for part in parts):
            row.complain(column, f"is longer than {longest} characters")


def _quietly(row: Row, column: str, convert: Callable[[str], T]) -> T | None:
    """The converted cell; None where it is empty, or wrong and told already."""
    try:
        return convert(row.text(column)) if row.text(column) else None
    except Wrong:
        return None


def _listed(row: Row, column: str, text: str, convert: Callable[[str], T]) -> T | None:
    try:
        return convert(text)
    except Wrong as wrong:
        row.complain(column, str(wrong))
        return None


def _a_size(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 9999:
        raise Wrong(f"must be a whole number from 1 to 9999, not {text!r}")
    return int(text)


def _some_minutes(text: str) -> int:
    if not text.isdecimal() or not 5 <= int(text) <= 1440:
        raise Wrong(f"must be a whole number from 5 to 1440, not {text!r}")
    return int(text)
