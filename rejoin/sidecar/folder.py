"""The folder a program brings: its tables read and checked, ready to be triaged."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import CheckIn, Held, Mark, Mode, Notice, Session, Status
from rejoin.domain.kernel import Interval, Problem, merge
from rejoin.domain.policy import Attempt, Consent, PolicyBook
from rejoin.domain.policy.document import CHANNELS, Recipient
from rejoin.domain.policy.reading import KINDS
from rejoin.policies.loading import PolicyFileError, load_book
from rejoin.rooms.register import PROVIDERS
from rejoin.sheets.refused import BadInput, breaks_table
from rejoin.sidecar import tables as want
from rejoin.sidecar.program import Folder, Patient, Place, Scheduled
from rejoin.sidecar.tables import Row, Table, Wrong

K = TypeVar("K")
V = TypeVar("V")
OUTCOMES = frozenset(
    {"contact", "voicemail", "no_answer", "wrong_number", "message_sent", "caregiver_reached", "refused"}
)
MARKABLE = frozenset(status.value for status in Status) - {Status.UNRECORDED.value}
LONGEST_SESSION = timedelta(hours=24)
COLUMNS = {
    "roster.csv": "patient_id name email phone timezone state group from until flags",
    "sessions.csv": "session_id group kind service module starts_at ends_at breaks facilitator status "
    "meeting_id patient_id mode minimum maximum",
    "identities.csv": "provider ref patient_id",
    "marks.csv": "session_id patient_id status reason by at",
    "notices.csv": "patient_id session_id received_at reason",
    "checkins.csv": "session_id patient_id state at",
    "staff.csv": "name licensed_states",
    "attempts.csv": "patient_id session_id step_id at actor channel outcome",
    "consents.csv": "patient_id channel granted at contact",
}
DEFAULT_MINIMUM = 2
UNKNOWN = "UNKNOWN"
"""In place of states: nobody has said where this person may practise. A blank cell says: nowhere."""


def read_schedule(path: Path, zone: ZoneInfo) -> list[Session]:
    """The sessions of a folder by themselves, whoever is expected in them."""
    problems: list[Problem] = []
    reader = _Reader(path, zone, problems)
    reader.anybody = True
    found = [each.session for each in reader.sessions().values()]
    if problems:
        raise BadInput(problems)
    return found


def read_folder(path: Path, *, book: PolicyBook | None = None, without: Collection[str] = ()) -> Folder:
    """Read and check the folder, or raise BadInput with everything wrong in it.

    `book` is the program's own, for a folder that brings no policy. Tables in `without` are not looked at.
    """
    if not path.is_dir():
        raise BadInput([Problem(file=str(path), line=1, field="folder", message="is not a folder")])
    problems: list[Problem] = []
    needed = ("roster.csv", "sessions.csv") if book else ("policy.yaml", "roster.csv", "sessions.csv")
    missing = [name for name in needed if not (path / name).is_file()]
    if missing:
        raise BadInput([Problem(file=each, line=1, field="file", message="is missing") for each in missing])
    try:
        if book is None or (path / "policy.yaml").is_file():
            book = load_book(path / "policy.yaml", name="policy.yaml")
    except PolicyFileError as error:
        raise BadInput(error.problems) from None
    reader = _Reader(path, book.versions[0][0].timezone, problems)
    reader.without = without
    folder = Folder(
        path=path,
        book=book,
        patients=reader.patients(),
        sessions=reader.sessions(),
        identities=reader.identities(),
        marks=reader.marks(),
        notices=reader.notices(),
        licences=reader.licences(),
        check_ins=reader.check_ins(),
        attempts=reader.attempts(),
        consents=reader.consents(),
        room_files=reader.room_files(),
    )
    if problems:
        raise BadInput(problems)
    return folder


class _Reader:
    """Reads the tables one after the other; later ones are checked against earlier ones."""

    def __init__(self, path: Path, zone: ZoneInfo, problems: list[Problem]) -> None:
        self.path = path
        self.zone = zone
        self.problems = problems
        self.instant = want.an_instant(zone)
        self.anybody = False
        """No roster was read: every patient id is as good as another."""
        self.any_session = False
        """The schedule could not be read: so is every session."""
        self.without: Collection[str] = ()
        self.known_patients: dict[str, Patient] = {}
        self.known_sessions: dict[str, Scheduled] = {}
        self.known_licences: dict[str, frozenset[str]] | None = None

    def patients(self) -> dict[str, Patient]:
        rows: dict[str, list[tuple[Row, Place]]] = defaultdict(list)
        for row in self._rows("roster.csv", ("patient_id", "group")):
            patient_id = row.text("patient_id")
            place = self._place(row)
            if not patient_id:
                row.complain("patient_id", "is empty")
                continue
            self._check_overlap(row, place, [other for _, other in rows[patient_id]])
            rows[patient_id].append((row, place))
        self.known_patients = {each: self._patient(each, listed) for each, listed in rows.items()}
        return self.known_patients

    def _place(self, row: Row) -> Place:
        from_on, until_on = row.read("from", want.a_day), row.read("until", want.a_day)
        if from_on and until_on and until_on < from_on:
            row.complain("until", f"ends before it begins: {until_on} is before {from_on}")
        return Place(group=row.text("group"), from_on=from_on, until_on=until_on)

    def _check_overlap(self, row: Row, place: Place, others: Sequence[Place]) -> None:
        """A patient has one place in a group at a time. A last day may be the next place's first."""
        for other in others:
            if other.group != place.group:
                continue
            starts_after = other.until_on is not None and (place.from_on or date.min) >= other.until_on
            ends_before = place.until_on is not None and (other.from_on or date.min) >= place.until_on
            if not starts_after and not ends_before:
                row.complain("from", f"overlaps another row of this patient in group {place.group!r}")

    def _patient(self, patient_id: str, listed: Sequence[tuple[Row, Place]]) -> Patient:
        rows = [row for row, _ in listed]
        zones = [zone for row in rows if (zone := row.read("timezone", want.a_zone))]
        return Patient(
            id=patient_id,
            name=next((row.text("name") for row in rows if row.text("name")), ""),
            emails=tuple(dict.fromkeys(each for row in rows for each in row.several("email"))),
            phones=tuple(dict.fromkeys(each for row in rows for each in row.several("phone"))),
            timezone=zones[-1] if zones else self.zone,
            flags=frozenset(each for row in rows for each in row.several("flags")),
            places=tuple(place for _, place in listed),
        )

    def sessions(self) -> dict[str, Scheduled]:
        found = self.known_sessions
        for row in self._rows("sessions.csv", ("session_id", "starts_at", "ends_at")):
            scheduled = self._scheduled(row)
            if scheduled is None:
                continue
            if scheduled.session.id in found:
                row.complain("session_id", f"repeats {scheduled.session.id!r}")
            found[scheduled.session.id] = scheduled
            self._check_individual(row, scheduled)
        return found

    def _check_individual(self, row: Row, scheduled: Scheduled) -> None:
        """An individual session names its patient: a whole group would be missed otherwise."""
        session = scheduled.session
        if session.kind != "individual" or scheduled.patient_ids or not session.group:
            return
        day = session.starts_at.astimezone(self.zone).date()
        places = [place for each in self.known_patients.values() for place in each.places]
        if sum(place.group == session.group and place.covers(day) for place in places) > 1:
            row.complain("patient_id", "is empty: an individual session has to name its patient")

    def _scheduled(self, row: Row) -> Scheduled | None:
        session_id = row.text("session_id")
        span = self._span(row)
        kind = row.read("kind", want.one_of(KINDS, "kind")) or "group"
        held = (
            row.read("status", want.one_of([each.value for each in Held], "status")) or Held.SCHEDULED.value
        )
        mode = row.read("mode", want.one_of([each.value for each in Mode], "mode")) or Mode.VIDEO.value
        minimum = row.read("minimum", _a_count)
        patient_ids = tuple(each for each in row.several("patient_id") if self._knows_patient(row, each))
        if not session_id:
            row.complain("session_id", "is empty")
        if not row.text("group") and not row.text("patient_id"):
            row.complain("group", "is empty, and no patient_id says who is expected")
        if span is None or not session_id:
            return None
        session = Session(
            id=session_id,
            starts_at=span.start,
            ends_at=span.end,
            breaks=self._breaks(row, span),
            group=row.text("group"),
            kind=kind,
            service=row.text("service"),
            module=row.text("module"),
            facilitator=row.text("facilitator"),
            held=Held(held),
            mode=Mode(mode),
        )
        return Scheduled(
            session=session,
            rooms=row.several("meeting_id"),
            patient_ids=patient_ids,
            minimum=DEFAULT_MINIMUM if minimum is None else minimum,
        )

    def _span(self, row: Row) -> Interval | None:
        starts_at = row.read("starts_at", self.instant, required=True)
        ends_at = row.read("ends_at", self.instant, required=True)
        if starts_at is None or ends_at is None:
            return None
        if ends_at <= starts_at:
            ends_at = self._second_pass(row, ends_at)
        if ends_at <= starts_at:
            row.complain("ends_at", "is not after starts_at")
            return None
        if ends_at - starts_at > LONGEST_SESSION:
            row.complain("ends_at", "is more than 24 hours after starts_at")
            return None
        return Interval(starts_at, ends_at)

    def _second_pass(self, row: Row, ends_at: datetime) -> datetime:
        """When clocks are set back, an end that seems before the start may be the hour's second pass."""
        local = ends_at.astimezone(self.zone)
        if datetime.fromisoformat(row.text("ends_at")).tzinfo is not None:
            return ends_at
        return local.replace(fold=1).astimezone(ends_at.tzinfo)

    def _breaks(self, row: Row, span: Interval) -> tuple[Interval, ...]:
        found = []
        for text in row.several("breaks"):
            try:
                found.append(_a_break(text, span, self.zone))
            except Wrong as wrong:
                row.complain("breaks", str(wrong))
        found.sort()
        if any(right.start < left.end for left, right in pairwise(found)):
            row.complain("breaks", "overlap each other")
        return merge(found)

    def identities(self) -> list[tuple[str, str, str]]:
        owners: dict[tuple[str, str], str] = {}
        for row in self._rows("identities.csv", ("provider", "ref", "patient_id")):
            provider = row.read("provider", want.one_of(PROVIDERS, "provider"), required=True)
            ref = row.text("ref")
            patient_id = row.text("patient_id")
            if not ref:
                row.complain("ref", "is empty")
            if provider is None or not ref or not self._knows_patient(row, patient_id):
                continue
            key = (PROVIDERS[provider], ref)
            if owners.setdefault(key, patient_id) != patient_id:
                row.complain("ref", "is already another patient's")
        return [(provider, ref, patient_id) for (provider, ref), patient_id in owners.items()]

    def marks(self) -> dict[tuple[str, str], list[Mark]]:
        found: dict[tuple[str, str], list[Mark]] = defaultdict(list)
        for row in self._rows("marks.csv", ("session_id", "patient_id", "status")):
            status = row.read("status", want.one_of(MARKABLE, "status"), required=True)
            at = row.read("at", self.instant)
            key = self._seat(row)
            if status is None or key is None:
                continue
            at = at or self.known_sessions[key[0]].session.ends_at
            found[key].append(
                Mark(status=Status(status), at=at, by=row.text("by"), reason=row.text("reason"))
            )
        return _ordered(found, lambda mark: (mark.at, mark.status, mark.by))

    def notices(self) -> dict[tuple[str, str], list[Notice]]:
        found: dict[tuple[str, str], list[Notice]] = defaultdict(list)
        for row in self._rows("notices.csv", ("patient_id", "session_id", "received_at")):
            at = row.read("received_at", self.instant, required=True)
            key = self._seat(row)
            if at is not None and key is not None:
                found[key].append(Notice(received_at=at, reason=row.text("reason")))
        return _ordered(found, lambda notice: notice.received_at)

    def licences(self) -> dict[str, frozenset[str]] | None:
        if not (self.path / "staff.csv").is_file():
            return None
        found: dict[str, frozenset[str]] = {}
        for row in self._rows("staff.csv", ("name", "licensed_states")):
            name = row.text("name")
            if not name:
                row.complain("name", "is empty")
            states = frozenset(each.upper() for each in row.several("licensed_states"))
            if states == {UNKNOWN}:
                continue
            found[name.casefold()] = found.get(name.casefold(), frozenset()) | states
        self.known_licences = found
        return found

    def check_ins(self) -> dict[tuple[str, str], list[CheckIn]]:
        found: dict[tuple[str, str], list[CheckIn]] = defaultdict(list)
        for row in self._rows("checkins.csv", ("session_id", "patient_id", "state")):
            key = self._seat(row)
            at = row.read("at", self.instant)
            state = row.text("state").upper()
            if not state:
                row.complain("state", "is empty")
            if key is None:
                continue
            session = self.known_sessions[key[0]].session
            found[key].append(
                CheckIn(state=state, at=at or session.starts_at, licensed_states=self._licensed(session))
            )
        return _ordered(found, lambda check_in: check_in.at)

    def _licensed(self, session: Session) -> frozenset[str] | None:
        """Where those who lead the session may practise; None when nobody on the list leads it."""
        if self.known_licences is None:
            return None
        names = [each.strip().casefold() for each in session.facilitator.split(";")]
        known = [self.known_licences[each] for each in names if each in self.known_licences]
        return frozenset().union(*known) if known else None

    def attempts(self) -> dict[str, dict[str, list[Attempt]]]:
        found: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
        for row in self._rows("attempts.csv", ("patient_id", "session_id", "at", "outcome")):
            at = row.read("at", self.instant, required=True)
            outcome = row.read("outcome", want.one_of(OUTCOMES, "outcome"), required=True)
            channel = row.read("channel", want.one_of(CHANNELS, "channel")) or ""
            key = self._seat(row)
            if at is None or outcome is None or key is None:
                continue
            attempt = Attempt(
                at=at, actor=row.text("actor"), channel=channel, outcome=outcome, step_id=row.text("step_id")
            )
            found[key].append(attempt)
        by_patient: dict[str, dict[str, list[Attempt]]] = defaultdict(dict)
        for (session_id, patient_id), tried in _ordered(found, lambda attempt: attempt.at).items():
            by_patient[patient_id][session_id] = tried
        return by_patient

    def consents(self) -> dict[str, list[Consent]]:
        contacts = [each.value for each in Recipient]
        found: dict[str, list[Consent]] = defaultdict(list)
        for row in self._rows("consents.csv", ("patient_id", "channel", "granted")):
            channel = row.read("channel", want.one_of(CHANNELS, "channel"), required=True)
            granted = row.read("granted", want.a_bool, required=True)
            at = row.read("at", self.instant)
            contact = row.read("contact", want.one_of(contacts, "contact")) or ""
            if channel is None or granted is None or not self._knows_patient(row, row.text("patient_id")):
                continue
            contact = "" if contact == Recipient.PATIENT else contact
            consent = Consent(channel=channel, granted=granted, at=at, contact=contact)
            found[row.text("patient_id")].append(consent)
        return found

    def room_files(self) -> list[Path]:
        folder = self.path / "rooms"
        if not folder.is_dir():
            return []
        return sorted(
            each for each in folder.rglob("*") if each.is_file() and not each.name.startswith((".", "~$"))
        )

    def _rows(self, name: str, required: Sequence[str]) -> "list[Row]":
        path = self.path / name
        if name in self.without or not path.is_file():
            return []
        known = COLUMNS[name].split()
        rows = list(Table(path, name=name, required=required, known=known, problems=self.problems).rows())
        if any(each.file == name and breaks_table(each) for each in self.problems):
            self.anybody = self.anybody or name == "roster.csv"
            self.any_session = self.any_session or name == "sessions.csv"
        return rows

    def _knows_patient(self, row: Row, patient_id: str) -> bool:
        if patient_id in self.known_patients or (self.anybody and patient_id):
            return True
        row.complain("patient_id", "is not on the roster" if patient_id else "is empty")
        return False

    def _seat(self, row: Row) -> tuple[str, str] | None:
        session_id, patient_id = row.text("session_id"), row.text("patient_id")
        known = self._knows_patient(row, patient_id)
        if session_id not in self.known_sessions:
            if not (self.any_session and session_id):
                row.complain("session_id", "is not scheduled" if session_id else "is empty")
            return None
        return (session_id, patient_id) if known else None


def _ordered(found: Mapping[K, list[V]], when: Callable[[V], Any]) -> dict[K, list[V]]:
    return {key: sorted(each, key=when) for key, each in found.items()}


def _a_count(text: str) -> int:
    if not text.isdigit() or len(text) > 4:
        raise Wrong(f"must be a whole number, not {text!r}")
    return int(text)


def _a_break(text: str, span: Interval, zone: ZoneInfo) -> Interval:
    """A break given by its local clock times, on whichever day they fall inside the session."""
    start_text, dash, end_text = text.replace("\u2013", "-").partition("-")
    if not dash:
        raise Wrong(f"is not a break such as 19:30-19:45: {text!r}")
    starts, ends = want.a_time_of_day(start_text.strip()), want.a_time_of_day(end_text.strip())
    day = span.start.astimezone(zone).date()
    for shift in (0, 1):
        for fold in (0, 1):
            local = datetime.combine(day + timedelta(days=shift), starts, tzinfo=zone).replace(fold=fold)
            start = local.astimezone(span.start.tzinfo)
            if span.start <= start < span.end:
                return _break_until(start, ends, span, zone, text)
    raise Wrong(f"lies outside the session: {text!r}")


def _break_until(start: datetime, ends: time, span: Interval, zone: ZoneInfo, text: str) -> Interval:
    """The first instant after `start` that shows the closing time, still inside the session."""
    day = start.astimezone(zone).date()
    for shift in (0, 1):
        for fold in (0, 1):
            local = datetime.combine(day + timedelta(days=shift), ends, tzinfo=zone).replace(fold=fold)
            end = local.astimezone(start.tzinfo)
            if start < end <= span.end:
                return Interval(start, end)
    raise Wrong(f"ends outside the session: {text!r}")
