"""The board beside a running room: who is here, who waits, who is not there and what was done about it.

Everything is read in sets, so that it costs the same for three patients and for thirty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from rejoin.attendance.boards import SeatLine, SessionLine, seats_of
from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.domain.attendance import Held, Mode, Presence
from rejoin.domain.attendance.now import Where
from rejoin.domain.policy.document import Recipient
from rejoin.domain.policy.ladder import may_use
from rejoin.followup.glances import Glance, glances
from rejoin.followup.words import CHANNELS, OUTCOMES, word
from rejoin.people.consents import consents_of
from rejoin.programs.models import Session
from rejoin.programs.rights import WIDE, Right
from rejoin.rooms.liveness import who_is_in
from rejoin.visits.actions import is_locked
from rejoin.visits.doors import OPENS_BEFORE, STAYS_OPEN
from rejoin.visits.engine import dial_in, the_engine
from rejoin.visits.vocabulary import VisitState

VISITS: Final = """
SELECT visit.id, visit.seat_id, visit.ref, visit.display_name, visit.state, visit.asked_at, visit.hand_up_at,
       visit.entered_at, visit.left_at, visit.decided_at, coalesce(said.alone, true), coalesce(said.place, ''), coalesce(said.state, ''),
       coalesce(said.call_back, ''), coalesce(said.contact_right, true), visit.staff_id IS NOT NULL
  FROM visits_visit AS visit
  LEFT JOIN LATERAL (SELECT alone, place, state, call_back, contact_right FROM attendance_checkin
                      WHERE seat_id = visit.seat_id ORDER BY id DESC LIMIT 1) AS said ON true
 WHERE visit.session_id = %s ORDER BY visit.asked_at, visit.id
"""
# Guests of a family, with whose: a patient she does not see is not named.
GUESTS: Final = """
SELECT visit.id, visit.ref, visit.display_name, visit.state, visit.asked_at, visit.left_at, coalesce(contact.name, ''),
       coalesce(nullif(patient.preferred_name, ''), patient.name, '')
  FROM visits_visit AS visit LEFT JOIN people_contact AS contact ON contact.id = visit.contact_id
  LEFT JOIN people_patient AS patient ON patient.id = contact.patient_id
 WHERE visit.session_id = %s AND visit.contact_id IS NOT NULL ORDER BY visit.asked_at, visit.id
"""
# What has gone out to whom because of this session, by the ladder or by hand: the latest of each.
NUDGES: Final = """
SELECT DISTINCT ON (seat.id) seat.id, message.channel, message.state, message.state_at
  FROM programs_seat AS seat
  LEFT JOIN followup_case AS "case" ON "case".seat_id = seat.id
  JOIN outreach_message AS message ON message.patient_id = seat.patient_id
   AND message.about IN ('nudge:' || seat.id, 'case:' || "case".id)
   AND message.state NOT IN ('cancelled', 'withheld', 'expired', 'failed')
 WHERE seat.session_id = %s AND seat.released_at IS NULL ORDER BY seat.id, message.id DESC
"""
BY_HAND: Final = """
SELECT nudge.seat_id, CASE
       WHEN nudge.state = 'no_channel' AND EXISTS (
            SELECT FROM outreach_message WHERE about = 'nudge:' || nudge.seat_id) THEN 'did_not_go'
       WHEN nudge.state = 'queued' AND EXISTS (
            SELECT FROM outreach_message WHERE about = 'nudge:' || nudge.seat_id) AND NOT EXISTS (
            SELECT FROM outreach_message AS message WHERE about = 'nudge:' || nudge.seat_id
               AND state NOT IN ('cancelled', 'withheld', 'expired', 'failed')) THEN 'did_not_go'
       ELSE nudge.state END
  FROM followup_handnudge AS nudge WHERE nudge.session_id = %s
"""
NUMBERS: Final = """
SELECT patient_id, value FROM people_address
 WHERE patient_id = ANY(%s) AND kind = 'phone' AND retired_at IS NULL ORDER BY patient_id, rank, id
"""
ABSENT: Final = (Where.MISSING, Where.EXPECTED, Where.NOT_KNOWN, Where.WAITING)
AWAY: Final = (Where.EXCUSED, Where.NOT_ADMITTED, Where.NOT_ADMISSIBLE)
GOES_WITHIN: Final = timedelta(seconds=30)
"""So long after her page said that she goes the engine tells of it at most; what ends later ended by itself. Ours."""
A_FEW_SECONDS: Final = timedelta(seconds=5)
ON_ITS_WAY: Final = ("queued", "sending")


class VisitNow(NamedTuple):
    """A visit with what she said on her way in."""

    id: int
    seat_id: int | None
    ref: str
    display_name: str
    state: str
    asked_at: datetime
    hand_up_at: datetime | None
    entered_at: datetime | None
    left_at: datetime | None
    decided_at: datetime | None
    alone: bool
    place: str
    where: str
    call_back: str
    contact_right: bool
    host: bool

    @property
    def went_from_the_door(self) -> bool:
        return self.state == VisitState.WAITING and self.left_at is not None

    def said_that_she_goes(self, last_leave: datetime | None) -> bool:
        """Whether her last connection ended because she went. Told by one page of two, it says nothing of the other's line."""
        if self.left_at is None:
            return False
        return last_leave is None or last_leave - self.left_at <= GOES_WITHIN


class Guest(NamedTuple):
    """Somebody of a patient's family, on her way in or inside. No seat is hers."""

    id: int
    ref: str
    display_name: str
    state: str
    asked_at: datetime
    left_at: datetime | None
    name: str
    of: str

    @property
    def waits(self) -> bool:
        return self.state == VisitState.WAITING and self.left_at is None

    @property
    def is_let_in(self) -> bool:
        return self.state == VisitState.ADMITTED

    @property
    def is_turned_away(self) -> bool:
        return self.state in (VisitState.REFUSED, VisitState.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One patient on the board."""

    seat_id: int
    ref: UUID
    name: str
    visit: VisitNow | None
    minutes: int | None
    since: datetime | None
    case: Glance | None = None
    did: str = ""
    """What the ladder, or somebody by hand, has done so far."""
    phones: tuple[str, ...] = ()
    phone_note: str = ""
    may_nudge: bool = False
    why: str = ""
    flags: tuple[str, ...] = ()
    silent_since: datetime | None = None
    """Of somebody who came to the door: since then her page has not been heard of; she may have gone."""
    not_out_yet: bool = False
    """She was put out, or refused, and the engine has not been heard of since."""

    @property
    def in_though_removed(self) -> bool:
        """She was put out, or her coming in refused; asked of somebody who is here."""
        return self.visit is not None and self.visit.state in (VisitState.REMOVED, VisitState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All of it."""

    session: Session
    base: str
    zone: ZoneInfo
    at: datetime
    minutes_in: int
    running: bool
    over: bool
    locked: bool
    hosted: bool
    engine_heard: bool
    tells: str
    """How late the engine tells of who comes and goes, where that is more than a few seconds; in words."""
    puts_out: bool
    silences: bool
    dial_in: str
    waiting: tuple[Person, ...]
    turned_away: tuple[Person, ...]
    here: tuple[Person, ...]
    by_phone: tuple[Person, ...]
    dropped: tuple[Person, ...]
    left: tuple[Person, ...]
    absent: tuple[Person, ...]
    away: tuple[Person, ...]
    guests: tuple[Guest, ...]
    expected: int
    not_seen: int


def may_enter(asking: Asking, line: SessionLine) -> bool:
    """Whether the way into a session's room is shown to her: it is open, and she leads it or answers for its patients."""
    if the_engine() is None or line.mode != Mode.VIDEO or line.held != Held.SCHEDULED:
        return False
    is_open = line.starts_at - OPENS_BEFORE <= asking.at < line.ends_at + STAYS_OPEN
    leads = asking.staff.name in line.leaders
    answers = any(role in WIDE for role in asking.roles.get(line.program_id, ()))
    return is_open and (leads or answers) and asking.may(Right.ATTEST, line.program_id)


def present_board(asking: Asking, session: Session, base: str) -> Board:
    """The board of a session that whoever asks leads. A fixed number of queries."""
    at = asking.at
    seats = seats_of([session.pk]).get(session.pk, [])
    visits = {each.seat_id: each for each in _visits(session) if each.seat_id is not None}
    room = who_is_in([session.pk]).get(session.pk)
    inside = room.refs if room is not None and room.is_heard(at) else frozenset()
    heard_at = room.heard_at if room is not None else None
    placed = [_Placed(each, each.now(at), visits.get(each.id), inside, heard_at, at) for each in seats]
    engine = the_engine()
    can = engine.capabilities if engine is not None else None
    people = _people(session, [each for each in placed if each.group in _CALLED], at)
    groups = {
        name: tuple(people.get(each.seat.id) or each.person() for each in placed if each.group == name)
        for name in _GROUPS
    }
    return Board(
        session=session,
        base=base,
        zone=ZoneInfo(session.program.timezone),
        at=at,
        minutes_in=max(int((at - session.starts_at).total_seconds()) // 60, 0),
        running=session.starts_at <= at < session.ends_at,
        over=session.ends_at <= at,
        locked=is_locked(session.pk),
        hosted=engine is not None,
        engine_heard=room is None or room.is_heard(at),
        tells=_late(can.latest) if can is not None and can.latest > A_FEW_SECONDS else "",
        puts_out=can is not None and can.puts_out,
        silences=can is not None and can.silences,
        dial_in=dial_in(),
        guests=tuple(Guest._make(row) for row in select(GUESTS, [session.pk])),
        expected=session.seats_taken,
        not_seen=max(session.seats_taken - len(seats), 0),
        **groups,
    )


_GROUPS: Final = ("waiting", "turned_away", "here", "by_phone", "dropped", "left", "absent", "away")
_AT_THE_DOOR: Final = {
    VisitState.WAITING.value: "waiting",
    VisitState.REFUSED.value: "turned_away",
    VisitState.REMOVED.value: "turned_away",
}
_CALLED: Final = ("dropped", "absent", "turned_away")
"""Whom somebody may want to call."""


class _Placed(NamedTuple):
    """A seat, and where its patient is."""

    seat: SeatLine
    now: tuple[Where, int | None, datetime | None]
    visit: VisitNow | None
    inside: frozenset[str]
    heard_at: datetime | None
    at: datetime

    @property
    def silent_since(self) -> datetime | None:
        door, visit = self.seat.facts.door, self.visit
        waits = visit is not None and visit.state == VisitState.WAITING and not visit.went_from_the_door
        return door.seen_at if door is not None and waits and not door.stands(self.at) else None

    @property
    def is_gone_from_the_door(self) -> bool:
        """She said so, or her page has said nothing for so long that somebody has to look for her."""
        return self.silent_since is not None or (self.visit is not None and self.visit.went_from_the_door)

    @property
    def is_asked_to_go(self) -> bool:
        """She was put out or refused, and is in as far as was known before: what the engine made of it is not known yet."""
        visit = self.visit
        if visit is None or _AT_THE_DOOR.get(visit.state) != "turned_away" or visit.decided_at is None:
            return False
        is_in = self.now[0] is Where.HERE or visit.ref in self.inside
        return is_in and (self.heard_at is None or self.heard_at < visit.decided_at)

    @property
    def group(self) -> str:
        where, visit = self.now[0], self.visit
        if self.seat.marked_via:
            return "by_phone"
        if self.is_asked_to_go:
            return "turned_away"
        if where is Where.HERE or (visit is not None and visit.ref in self.inside):
            return "here"
        if visit is not None and visit.state in _AT_THE_DOOR and not self.is_gone_from_the_door:
            return _AT_THE_DOOR[visit.state]
        if where is Where.LEFT:
            return "left" if visit is None or visit.said_that_she_goes(self.now[2]) else "dropped"
        return "away" if where in AWAY else "absent"

    def person(self) -> Person:
        where, minutes, since = self.now
        return Person(
            seat_id=self.seat.id,
            ref=self.seat.patient_ref,
            name=self.seat.name,
            visit=self.visit,
            minutes=minutes,
            since=None if where is Where.MISSING else since,
            why=self._why(where),
            flags=self.seat.flags,
            silent_since=self.silent_since,
            not_out_yet=self.is_asked_to_go,
        )

    def _why(self, where: Where) -> str:
        if where is Where.LEFT:
            return "" if self._end_was_told else "no leave was told: her line, or the room itself, broke"
        return _on_her_way(self.visit) or _WHY.get(where, "")

    @property
    def _end_was_told(self) -> bool:
        """By the engine itself; otherwise it was concluded from its answers, or from its being started anew."""
        ended = [each for each in self.seat.facts.presence if each.end is not None]
        return not ended or max(ended, key=_end_of).end_reported


_WHY: Final = {
    Where.EXCUSED: "said that she cannot come",
    Where.NOT_ADMITTED: "came after the door was shut",
    Where.NOT_ADMISSIBLE: "is where nobody who leads is licensed: not a miss, and owed a call",
    Where.NOT_KNOWN: "nothing watches the room yet",
}


def _end_of(presence: Presence) -> tuple[datetime | None, bool]:
    return presence.end, presence.end_reported


def _on_her_way(visit: VisitNow | None) -> str:
    """She was let in, and has not been seen inside: she tries her camera, or something does not work. Or she went again."""
    if visit is not None and visit.went_from_the_door:
        return "came to the door, and went again"
    if visit is None or visit.state != VisitState.ADMITTED.value:
        return ""
    return (
        "was given leave to enter, and is not seen inside"
        if visit.entered_at
        else "was let in, and is not in yet"
    )


def _visits(session: Session) -> list[VisitNow]:
    return [VisitNow._make(row) for row in select(VISITS, [session.pk])]


def _people(session: Session, placed: Sequence[_Placed], at: datetime) -> Mapping[int, Person]:
    """Whom to reach, with what was done and how she may be called."""
    patients = [each.seat.patient_id for each in placed]
    looks = glances(each.seat.id for each in placed)
    nudges = {row[0]: row[1:] for row in select(NUDGES, [session.pk])}
    by_hand: dict[int, str] = dict(select(BY_HAND, [session.pk]))
    consents = consents_of(patients, at)
    numbers: dict[int, list[str]] = {}
    for patient, value in select(NUMBERS, [patients]):
        numbers.setdefault(patient, []).append(value)
    running = session.starts_at <= at < session.ends_at
    found = {}
    for each in placed:
        seat, plain = each.seat, each.person()
        case, nudge = looks.get(seat.id), nudges.get(seat.id)
        turned_away = each.group == "turned_away"
        if turned_away and nudge is not None and nudge[1] in ON_ITS_WAY:
            nudge = None  # it is kept back
        allowed = may_use("phone", to=Recipient.PATIENT, consents=consents.get(seat.patient_id, ()))
        phones = tuple(numbers.get(seat.patient_id, ())) if allowed else ()
        today = each.visit.call_back if each.visit is not None else ""
        found[seat.id] = Person(
            seat_id=seat.id,
            ref=seat.patient_ref,
            name=seat.name,
            visit=each.visit,
            minutes=plain.minutes,
            since=plain.since,
            case=case,
            did=_did(nudge, by_hand.get(seat.id, ""), case, ZoneInfo(session.program.timezone)),
            phones=tuple(dict.fromkeys([today, *phones] if today else phones)),
            phone_note="" if phones or today else _no_number(allowed=allowed),
            may_nudge=running and nudge is None and seat.id not in by_hand and not turned_away,
            why=plain.why,
            flags=seat.flags,
            silent_since=plain.silent_since,
            not_out_yet=plain.not_out_yet,
        )
    return found


def _did(nudge: Sequence[object] | None, by_hand: str, case: Glance | None, zone: ZoneInfo) -> str:
    """What was done so far, the latest first: the nudge, and what people tried."""
    told = []
    if nudge is not None:
        channel, state, at = nudge
        when = f"{at.astimezone(zone):%H:%M}" if isinstance(at, datetime) else ""
        verb = {"queued": "on its way", "sending": "on its way", "unknown": "may have gone out"}
        told.append(f"{word(CHANNELS, str(channel)).capitalize()} {verb.get(str(state), f'sent {when}')}")
    elif by_hand in ("asked", "queued"):
        told.append("Nudge asked for, on its way")
    elif by_hand == "did_not_go":
        told.append("The nudge could not be sent: call her")
    elif by_hand == "no_channel":
        told.append("No nudge: she allows no message, or none can reach her. Call her")
    if case is not None and case.tried and not (nudge is not None and case.tried == "message_sent"):
        when = f" {case.tried_at.astimezone(zone):%H:%M}" if case.tried_at else ""
        told.append(f"{OUTCOMES.get(case.tried, case.tried)}{when}")
    return "; ".join(told)


def _late(latest: timedelta) -> str:
    """ "10 seconds", "2 minutes": rounded up."""
    seconds = int(latest.total_seconds())
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes" if seconds < 2 * 60 * 60 else f"{-(-seconds // 3600)} hours"


def _no_number(*, allowed: bool) -> str:
    return "No number is on file." if allowed else "She does not want calls."
