"""Keeping evidence: only what changed is written, because whoever reads it is woken by every write."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from rejoin.common.bulk import as_json, given, insert_rows
from rejoin.common.rows import execute, select
from rejoin.domain.attendance import Presence
from rejoin.rooms.arrays import as_array
from rejoin.rooms.gathering import Told
from rejoin.rooms.models import Heard, Revisit, SeatEvidence, SessionEvidence, Stranger, read_presence
from rejoin.rooms.reading import keep_states
from rejoin.rooms.register import normal_name
from rejoin.rooms.vocabulary import ReadState
from rejoin.rooms.working import Finding, Unknown, Verdict

_encode = msgspec.json.Encoder().encode

SESSIONS = "SELECT session_id, watched, sources::text, silent FROM rooms_sessionevidence WHERE session_id = ANY(%s::bigint[])"
SEATS = """
SELECT seat.session_id, seat.patient_id::text, seat.id, seen.presence::text, coalesce(seen.waited, false)
  FROM programs_seat AS seat LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id
 WHERE seat.session_id = ANY(%s::bigint[]) AND seat.released_at IS NULL
   AND (seen.seat_id IS NOT NULL OR seat.patient_id = ANY(%s::bigint[]))
"""
STRANGERS = """
SELECT session_id, key, id, display, ref, patient_id::text, posing, joined_at, left_at, gone
  FROM rooms_stranger WHERE session_id = ANY(%s::bigint[])
"""
HEARD = "SELECT session_id, event_id FROM rooms_heard WHERE session_id = ANY(%s::bigint[])"
# Whoever leads a session is often in its room unrecognised. A name credits nobody here, it only spares a look.
LEADERS = """
SELECT leader.session_id, staff.name FROM programs_sessionstaff AS leader
  JOIN people_staff AS staff ON staff.id = leader.staff_id
 WHERE leader.session_id = ANY(%s::bigint[]) AND leader.released_at IS NULL
"""
NAMES = """
SELECT seat.session_id, patient.name FROM programs_seat AS seat
  JOIN people_patient AS patient ON patient.id = seat.patient_id
 WHERE seat.session_id = ANY(%s::bigint[]) AND seat.released_at IS NULL
"""
KEEP_SESSION = """
ON CONFLICT (session_id) DO UPDATE SET watched = excluded.watched, sources = excluded.sources,
   stale = excluded.stale, silent = excluded.silent, worked_out_at = excluded.worked_out_at
"""
KEEP_SEAT = """
ON CONFLICT (seat_id) DO UPDATE SET first_join = excluded.first_join, presence = excluded.presence,
   waited = excluded.waited, worked_out_at = excluded.worked_out_at
"""
KEEP_STRANGER = """
ON CONFLICT (session_id, key) DO UPDATE SET display = excluded.display, ref = excluded.ref,
   patient_id = excluded.patient_id, posing = excluded.posing, joined_at = excluded.joined_at,
   left_at = excluded.left_at, gone = false
"""
GONE = "UPDATE rooms_stranger SET gone = true WHERE id = ANY(%s) AND NOT gone"
# A visit asked for at once is never the same as one that is there: that one may be under way, and know less.
LOOKS = f"""
SELECT said.session, said.at FROM {given({"session": "bigint", "at": "timestamptz"}, name="said")}
 WHERE said.at <= rejoin_now() OR NOT EXISTS (
       SELECT FROM rooms_revisit AS asked WHERE asked.session_id = said.session AND asked.at = said.at)
"""  # noqa: S608 - columns of our own


class _Seat(NamedTuple):
    """A seat with its evidence as it stands; `presence` None: none was ever kept."""

    id: int
    presence: tuple[Presence, ...] | None
    waited: bool


def keep(findings: Sequence[Finding], *, now: datetime) -> list[int]:
    """Keep what was found. Returns the sessions of which anything changed.

    Seats before their session: whoever the session's row wakes finds the seats' rows written.
    """
    sessions = [each.session.id for each in findings]
    changed = _keep_seats(findings, _seats(findings, sessions), now)
    met = _keep_strangers(findings, now)
    changed = _keep_sessions(findings, changed, now)
    _keep_heard(findings, sessions)
    ask_for((each.session.id, at) for each in findings for at in each.looks)
    return sorted(changed | met)


def _seats(findings: Iterable[Finding], sessions: Iterable[int]) -> dict[int, dict[str, _Seat]]:
    """Live seats by session and patient: of those who were seen, or had been before."""
    met = {int(patient) for each in findings for patient in (*each.presence, *each.waited)}
    found: dict[int, dict[str, _Seat]] = defaultdict(dict)
    for session, patient, seat, presence, waited in select(SEATS, [as_array(sessions), as_array(met)]):
        found[session][patient] = _Seat(seat, read_presence(presence) if presence else None, waited)
    return found


def _keep_seats(findings: Iterable[Finding], seats: dict[int, dict[str, _Seat]], now: datetime) -> set[int]:
    rows: list[tuple[Any, ...]] = []
    changed: set[int] = set()
    for finding in findings:
        held = seats.get(finding.session.id, {})
        for patient, seat in held.items():
            presence = in_order(finding.presence.get(patient, ()))
            waited = patient in finding.waited
            if (seat.presence or (), seat.waited) == (presence, waited):
                continue
            first = first_seen(presence, finding.session.session.starts_at)
            rows.append((seat.id, first, _encode(presence).decode(), waited, now))
            changed.add(finding.session.id)
        for patient, told in finding.presence.items():
            if patient not in held:
                finding.unknown[f"patient:{patient}"] = _visitor(patient, told)
    columns = ("seat", "first_join", "presence", "waited", "worked_out_at")
    insert_rows(SeatEvidence, columns, rows, then=KEEP_SEAT)
    return changed


def in_order(told: Iterable[Presence]) -> tuple[Presence, ...]:
    """One order for the same connections, however they came; no text that a column cannot hold."""
    listed = [_storable_presence(each) for each in told]
    return tuple(sorted(listed, key=_encode) if len(listed) > 1 else listed)


def _storable_presence(presence: Presence) -> Presence:
    if "\x00" not in presence.conn:
        return presence
    return msgspec.structs.replace(presence, conn=storable(presence.conn))


def first_seen(presence: Sequence[Presence], starts_at: datetime) -> datetime | None:
    """The earliest instant anybody saw her; the session's start where no source says when."""
    if not presence:
        return None
    instants = [at for each in presence if (at := each.start or each.end) is not None]
    return min(instants, default=starts_at)


def _visitor(patient: str, told: Sequence[Presence]) -> Unknown:
    """A patient without a seat here."""
    starts = [each.start for each in told if each.start is not None]
    ends = [each.end for each in told if each.end is not None]
    return Unknown(
        provider=told[0].source.partition("-")[0],
        patient=patient,
        joined_at=min(starts, default=None),
        left_at=max(ends, default=None) if len(ends) == len(told) else None,
    )


def _keep_strangers(findings: Sequence[Finding], now: datetime) -> set[int]:
    sessions = [each.session.id for each in findings]
    known: dict[tuple[int, str], tuple[Any, ...]] = {
        (row[0], row[1]): row[2:] for row in select(STRANGERS, [as_array(sessions)])
    }
    _leave_out_leaders(findings)
    rows: list[tuple[Any, ...]] = []
    for finding in findings:
        for key, each in finding.unknown.items():
            told = _told(each)
            row = known.pop((finding.session.id, key), None)
            if row is None or row[1:] != (*told, False):
                patient = int(each.patient) if each.patient else None
                rows.append(
                    (
                        finding.session.id,
                        key,
                        storable(each.provider),
                        told[0],
                        told[1],
                        patient,
                        *told[3:],
                        now,
                        False,
                        "",
                        "",
                    )
                )
    gone = [row[0] for row in known.values() if not row[-1]]
    changed = {row[0] for row in rows} | {key[0] for key, row in known.items() if not row[-1]}
    columns = (
        *("session", "key", "provider", "display", "ref", "patient"),
        *("posing", "joined_at", "left_at", "seen_at", "gone", "settled_by", "settled_as"),
    )
    insert_rows(Stranger, columns, rows, then=KEEP_STRANGER)
    if gone:
        execute(GONE, [gone])
    return changed


def _told(each: Unknown) -> tuple[str, str, str | None, bool, datetime | None, datetime | None]:
    return storable(each.display), storable(each.ref), each.patient, each.posing, each.joined_at, each.left_at


def _leave_out_leaders(findings: Iterable[Finding]) -> None:
    """Leave out who shows the name of somebody leading the session, unless a patient of it has that name too."""
    nameless = [each for each in findings if any(not one.patient for one in each.unknown.values())]
    sessions = [each.session.id for each in nameless]
    leaders = _names(LEADERS, sessions) if sessions else {}
    if not leaders:
        return
    patients = _names(NAMES, list(leaders))
    for finding in nameless:
        spared = leaders.get(finding.session.id, set()) - patients.get(finding.session.id, set())
        for key, each in list(finding.unknown.items()):
            if not each.patient and {normal_name(each.display), normal_name(each.ref)} & spared:
                del finding.unknown[key]


def _names(sql: str, sessions: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for session, name in select(sql, [as_array(sessions)]):
        if name.strip():
            found[session].add(normal_name(name))
    return found


def _keep_sessions(findings: Iterable[Finding], changed: set[int], now: datetime) -> set[int]:
    """Write the sessions whose evidence, or whose seats', is not what it was."""
    listed = list(findings)
    known = {row[0]: row[1:] for row in select(SESSIONS, [as_array(each.session.id for each in listed)])}
    rows = []
    for each in listed:
        number, sources = each.session.id, _encode(each.sources).decode()
        row = known.get(number)
        told = (each.watched, each.sources, each.silent)
        if row is None and number not in changed and told == (False, [], []):
            continue
        if row is None or number in changed or (row[0], msgspec.json.decode(row[1]), row[2]) != told:
            silent = "{" + ",".join(each.silent) + "}"
            rows.append((number, each.watched, sources, bool(each.silent), silent, now))
    columns = ("session", "watched", "sources", "stale", "silent", "worked_out_at")
    insert_rows(SessionEvidence, columns, rows, then=KEEP_SESSION)
    return {row[0] for row in rows}


def _keep_heard(findings: Iterable[Finding], sessions: Sequence[int]) -> None:
    known = set(select(HEARD, [as_array(sessions)]))
    pairs = {(each.session.id, event) for each in findings for event in each.events} - known
    insert_rows(Heard, ("session", "event"), sorted(pairs))


def ask_for(visits: Iterable[tuple[int, datetime]]) -> None:
    """Have sessions worked out anew at some instants. Nobody waits for anybody here."""
    asked = sorted(set(visits))
    if not asked:
        return
    wanted = select(LOOKS, [as_json(("session", "at"), asked)])
    insert_rows(Revisit, ("session", "at", "tries", "error"), [(*each, 0, "") for each in wanted])


def keep_verdicts(verdicts: Iterable[Verdict], findings: Iterable[Finding], told: dict[int, Told]) -> None:
    """A delivery that was of no session may be of one since, and a file the other way round."""
    states: dict[int, tuple[ReadState, str]] = {}
    for finding in findings:
        for event in finding.events:
            if told[event].state == ReadState.UNPLACED:
                states[event] = (ReadState.READ, "")
    for each in verdicts:
        state = ReadState.UNPLACED if each.error else ReadState.READ
        states.pop(each.event_id, None)
        if state != told[each.event_id].state or each.error:
            states[each.event_id] = (state, each.error)
    keep_states((event, state, error, None) for event, (state, error) in states.items())


def storable(text: str) -> str:
    """As much of a text as a column takes: no NUL, and not for ever."""
    return text.replace("\x00", "")[:200]
