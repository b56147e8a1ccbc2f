"""Dated facts of a folder: marks, notices and check-ins. Facts are appended; those on record are not again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models

from rejoin.attendance.models import CheckIn, Mark, Notice
from rejoin.audit.trail import record_all
from rejoin.common.actors import staff_actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import select
from rejoin.operations.importing.reading import Brought
from rejoin.operations.importing.tally import Tally
from rejoin.rooms.actions import add_identities

SEATS = """
SELECT DISTINCT ON (session_id, patient_id) session_id, patient_id, id FROM programs_seat
 WHERE session_id = ANY(%s) ORDER BY session_id, patient_id, (released_at IS NULL) DESC, id DESC
"""
MARKS = "SELECT seat_id, id, at, status, reason FROM attendance_mark WHERE seat_id = ANY(%s) ORDER BY id"
NOTICES = "SELECT seat_id, received_at, reason FROM attendance_notice WHERE seat_id = ANY(%s)"
CHECK_INS = "SELECT seat_id, at, state FROM attendance_checkin WHERE seat_id = ANY(%s) ORDER BY id"
IDENTITIES = "SELECT provider, ref, patient_id FROM rooms_identity WHERE ref = ANY(%s)"
Seats = Mapping[tuple[str, str], tuple[int, int]]
"""The seat and the patient's key, by the identifiers of session and patient."""


def bring_identities(brought: Brought, keys: Mapping[str, int], tally: Tally) -> None:
    """References and aliases that the folder vouches for. What is another patient's here already is refused."""
    wanted = {(provider, ref): keys[patient] for provider, ref, patient in brought.folder.identities}
    refs = [ref for _, ref in wanted]
    for provider, ref, patient in select(IDENTITIES, [refs]):
        if wanted.get((provider, ref), patient) != patient:
            line = brought.lines.get(("identities.csv", provider, ref), 1)
            tally.complain("identities.csv", line, "ref", "is another patient's here already")
    identities = [(provider, ref, patient) for (provider, ref), patient in wanted.items()]
    made = add_identities(identities=identities, by=tally.by, at=tally.at)
    tally.count("rooms.add_identities", made)


def bring_facts(
    brought: Brought,
    keys: Mapping[str, int],
    sessions: Mapping[str, int],
    staff: Mapping[str, int],
    tally: Tally,
) -> None:
    """Everything dated that the folder tells of seats."""
    found = {(row[0], row[1]): row[2] for row in select(SEATS, [list(sessions.values())])}
    folder = brought.folder
    asked = {*folder.marks, *folder.notices, *folder.check_ins}
    seats = {
        key: (seat, keys[key[1]])
        for key in asked
        if (seat := found.get((sessions[key[0]], keys[key[1]]))) is not None
    }
    _bring_marks(brought, seats, staff, tally)
    _bring_notices(brought, seats, tally)
    _bring_check_ins(brought, seats, tally)
    for name, told in (
        ("marks.csv", folder.marks),
        ("notices.csv", folder.notices),
        ("checkins.csv", folder.check_ins),
    ):
        for session, patient in told:
            if (session, patient) not in seats:
                line = brought.lines.get((name, session, patient), 1)
                tally.note(name, line, "session_id", f"{patient} is not expected in {session}: left out")


def _bring_marks(brought: Brought, seats: Seats, staff: Mapping[str, int], tally: Tally) -> None:
    """Attestations, each correcting the one before it. One older than what stands changes nothing."""
    kept: dict[int, list[tuple[int, datetime, str, str]]] = defaultdict(list)
    for seat, *mark in select(MARKS, [[seat for seat, _ in seats.values()]]):
        kept[seat].append(tuple(mark))
    waiting: list[list[Any]] = []
    for key, marks in brought.folder.marks.items():
        if key not in seats:
            continue
        seat, patient = seats[key]
        known = {(at, status, reason) for _, at, status, reason in kept[seat]}
        latest = kept[seat][-1] if kept[seat] else None
        new = [each for each in marks if (each.at, each.status.value, each.reason) not in known]
        for each in new:
            if latest is not None and each.at < latest[1]:
                line = brought.lines.get(("marks.csv", *key), 1)
                tally.note("marks.csv", line, "at", f"{key[1]} in {key[0]}: a later mark stands; left out")
        rows = [
            (seat, patient, each.status.value, each.reason, each.at, _who(each.by, staff, tally))
            for each in new
            if latest is None or each.at >= latest[1]
        ]
        if rows:
            waiting.append([latest[0] if latest else None, *rows])
    _insert_marks(waiting, tally)


def _insert_marks(waiting: list[list[Any]], tally: Tally) -> None:
    """The first mark of every seat, then the second, which corrects it, and so on."""
    columns = ("seat", "patient", "status", "reason", "at", "by", "corrects")
    while waiting:
        rows = [(*rows[1], rows[0]) for rows in waiting]
        made = dict(insert_rows(Mark, columns, rows, returning="seat_id, id"))
        _tell("attendance.mark", [(row[0], row[1]) for row in rows], tally)
        waiting = [[made[rows[1][0]], *rows[2:]] for rows in waiting if len(rows) > 2]


def _who(name: str, staff: Mapping[str, int], tally: Tally) -> str:
    key = staff.get(name.strip().casefold())
    return str(staff_actor(key) if key is not None else tally.by)


def _bring_notices(brought: Brought, seats: Seats, tally: Tally) -> None:
    known = {tuple(row) for row in select(NOTICES, [[seat for seat, _ in seats.values()]])}
    rows = [
        (*seats[key], each.received_at, each.reason, "import", each.received_at, str(tally.by))
        for key, notices in brought.folder.notices.items()
        if key in seats
        for each in dict.fromkeys(notices)
        if (seats[key][0], each.received_at, each.reason) not in known
    ]
    columns = ("seat", "patient", "received_at", "reason", "via", "at", "by")
    _insert(Notice, columns, rows, "attendance.notice", tally)


def _bring_check_ins(brought: Brought, seats: Seats, tally: Tally) -> None:
    """Where patients said they were, beside where those who led could practise, as the folder has it."""
    known: dict[int, set[tuple[datetime, str]]] = defaultdict(set)
    for seat, at, state in select(CHECK_INS, [[seat for seat, _ in seats.values()]]):
        known[seat].add((at, state))
    rows = [
        (*seats[key], each.state, _as_array(each.licensed_states), each.at, str(tally.by))
        for key, check_ins in brought.folder.check_ins.items()
        if key in seats
        for each in dict.fromkeys(check_ins)
        if (each.at, each.state) not in known[seats[key][0]]
    ]
    columns = ("seat", "patient", "state", "licensed", "at", "by")
    _insert(CheckIn, columns, rows, "attendance.check_in", tally)


def _as_array(states: frozenset[str] | None) -> str | None:
    """States as the database writes an array of them."""
    return None if states is None else "{" + ",".join(sorted(states)) + "}"


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: list[Any], verb: str, tally: Tally
) -> None:
    insert_rows(model, columns, rows)
    _tell(verb, [(row[0], row[1]) for row in rows], tally)


def _tell(verb: str, seats: Sequence[tuple[int, int]], tally: Tally) -> None:
    events = [(verb, f"seat:{seat}", patient, tally.program.pk, "import") for seat, patient in seats]
    record_all(events, by=tally.by, at=tally.at)
    tally.count(verb, seats)
