"""Patterns of absence: the policy's triggers over a patient's whole history, raised as reviews for people."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rejoin.audit.trail import action, nothing_to_tell, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import backoff, work_through
from rejoin.domain.attendance import Outcome
from rejoin.domain.kernel import local_day, local_midnight, wall_clock
from rejoin.domain.policy import fire_triggers
from rejoin.domain.policy.history import SeatRecord
from rejoin.domain.policy.triggers import Firing, Stay, TriggerState
from rejoin.followup.models import Review, ReviewEvent
from rejoin.followup.plan_reviews import untold_for_long
from rejoin.programs.books import Book, books_of
from rejoin.programs.sessions import COLUMNS, as_session

BATCH = 100
"""Patients in one transaction: each brings her whole history."""
REVIEW_WITHIN = timedelta(days=3)
"""A pattern waits so long for a decision before it is overdue. Ours."""
_outcome = msgspec.json.Decoder(Outcome)
_encode = msgspec.json.Encoder().encode

CLAIM = """
SELECT patient_id FROM followup_patientwatch WHERE next_look_at <= %s AND (%s::bigint[] IS NULL OR patient_id = ANY(%s))
 ORDER BY next_look_at, patient_id LIMIT %s FOR UPDATE SKIP LOCKED
"""
PUSH = """
UPDATE followup_patientwatch SET next_look_at = %s, failures = least(failures + 1, 1000), error = %s
 WHERE patient_id = %s
"""
LOOKED = """
UPDATE followup_patientwatch AS watch SET next_look_at = seen.next, failures = 0, error = ''
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS seen(patient_id, next) WHERE watch.patient_id = seen.patient_id
"""
HISTORY = f"""
SELECT {COLUMNS}, seat.patient_id, outcome.told::text
  FROM programs_seat AS seat
  JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = seat.id AND outcome.number = status.number
 WHERE seat.patient_id = ANY(%s) AND seat.released_at IS NULL
 ORDER BY session.starts_at, session.id
"""  # noqa: S608 - our own columns
CONTACTS = """
SELECT patient_id, made_at FROM followup_attempt
 WHERE patient_id = ANY(%s) AND outcome = 'contact' AND made_at <= %s ORDER BY made_at
"""
STAYS = """
SELECT place.patient_id, place.program_id,
       CASE WHEN bool_or(place.from_on IS NULL) THEN NULL ELSE min(place.from_on) END, bool_or(place.ended_at IS NULL AND place.until_on IS NULL),
       max(coalesce(place.ended_at, (place.until_on + 1)::timestamp AT TIME ZONE program.timezone))
  FROM programs_enrolment AS place JOIN programs_program AS program ON program.id = place.program_id
 WHERE place.patient_id = ANY(%s) GROUP BY 1, 2
"""
KNOWN = """
SELECT review.id, review.patient_id, review.program_id, review.trigger, review.fired_at,
       (SELECT turn FROM followup_reviewevent AS event WHERE event.review_id = review.id ORDER BY event.id DESC LIMIT 1)
  FROM followup_review AS review WHERE review.patient_id = ANY(%s)
"""

Key = tuple[int, int, str, datetime]


def sweep_patients(*, now: datetime, batch: int = BATCH) -> int:
    """Look at the patterns of one batch of patients."""

    def push_forward(patient_id: int, error: str) -> None:
        failures = select("SELECT failures FROM followup_patientwatch WHERE patient_id = %s", [patient_id])
        execute(PUSH, [now + backoff(failures[0][0] if failures else 0), error[:200], patient_id])

    return work_through(
        name="followup.patients",
        claim=lambda only: [row[0] for row in select(CLAIM, [now, only, only, batch])],
        do=lambda ids: look_at_patients(ids, by=ENGINE, at=now),
        push_forward=push_forward,
    )


@action("followup.look_for_patterns")
def look_at_patients(patient_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Raise a review for each trigger that fired, and withdraw those whose pattern the facts no longer show."""
    stays = _stays(patient_ids, at)
    books = books_of({program for _, program in stays})
    fired: dict[Key, tuple[Firing, Book]] = {}
    looks: dict[int, datetime | None] = dict.fromkeys(patient_ids)
    for (patient, program), stay in stays.items():
        book = books.get(program)
        if book is None:
            continue
        for firing in fire_triggers(stay, book=book.pages, now=at):
            fired[patient, program, firing.rule.id, firing.fired_at] = (firing, book)
        if stay.left_at is None or stay.left_at > at:
            looks[patient] = _earlier(looks[patient], _tomorrow(book, at))
    here = {key for key, stay in stays.items() if stay.left_at is None or stay.left_at > at}
    for (patient, program), firing in untold_for_long(here, books, at):
        fired[patient, program, firing.rule.id, firing.fired_at] = (firing, books[program])
    _keep_reviews(patient_ids, fired, by, at)
    execute(LOOKED, [*map(list, zip(*looks.items(), strict=True))])


def _stays(patient_ids: Sequence[int], now: datetime) -> dict[tuple[int, int], Stay]:
    """Each patient's history in each program she was ever in."""
    records = _records(patient_ids)
    contacts: dict[int, list[datetime]] = defaultdict(list)
    for patient, made_at in select(CONTACTS, [list(patient_ids), now]):
        contacts[patient].append(made_at)
    rows = select(STAYS, [list(patient_ids)])
    books = books_of({row[1] for row in rows})
    return {
        (patient, program): Stay(
            records=tuple(records.get((patient, program), ())),
            contacts=tuple(contacts.get(patient, ())),
            since=local_midnight(from_on, books[program].timezone) if from_on else None,
            left_at=None if here else left_at,
        )
        for patient, program, from_on, here, left_at in rows
        if program in books
    }


def _records(patient_ids: Sequence[int]) -> dict[tuple[int, int], list[SeatRecord]]:
    rows = select(HISTORY, [list(patient_ids)])
    books = books_of({row[1] for row in rows})
    found: dict[tuple[int, int], list[SeatRecord]] = defaultdict(list)
    for row in rows:
        book = books.get(row[1])
        if book is not None:
            found[row[11], row[1]].append(_record(row, book))
    return found


def _record(row: Sequence[Any], book: Book) -> SeatRecord:
    session = as_session(row)
    return SeatRecord(
        session=session,
        outcome=_outcome.decode(row[12]) if row[12] else None,
        local_start=wall_clock(session.starts_at, book.timezone),
    )


def _keep_reviews(
    patient_ids: Sequence[int], fired: dict[Key, tuple[Firing, Book]], by: Actor, at: datetime
) -> None:
    known = {(row[1], row[2], row[3], row[4]): (row[0], row[5]) for row in select(KNOWN, [list(patient_ids)])}
    new = [
        key
        for key, (firing, _) in fired.items()
        if key not in known and firing.state is not TriggerState.CLOSED
    ]
    insert_rows(
        Review,
        (
            *("at", "by", "patient", "program", "policy", "trigger", "fired_at", "sessions", "then"),
            *("decided_by_role", "due_at", "because"),
        ),
        [_review_row(key, *fired[key], by, at) for key in new],
        then="ON CONFLICT (patient_id, program_id, trigger, fired_at) DO NOTHING",
    )
    live = {key for key, (firing, _) in fired.items() if firing.state is not TriggerState.CLOSED}
    turns = [
        (known[key], "withdrawn", key) for key in known if key not in live and known[key][1] != "withdrawn"
    ]
    turns += [(known[key], "renewed", key) for key in live if key in known and known[key][1] == "withdrawn"]
    undecided = [(review[0], turn, key) for review, turn, key in turns if review[1] != "decided"]
    _say_turns(undecided, by, at)
    record_all(
        [("followup.look_for_patterns", f"patient:{key[0]}", key[0], key[1], "raised") for key in new]
        + [
            ("followup.look_for_patterns", f"review:{number}", key[0], key[1], turn)
            for number, turn, key in undecided
        ],
        by=by,
        at=at,
    )
    nothing_to_tell("followup.look_for_patterns")


def _say_turns(turns: Iterable[tuple[int, str, Key]], by: Actor, at: datetime) -> None:
    insert_rows(
        ReviewEvent,
        ("at", "by", "review", "patient", "turn", "decision"),
        [(at, str(by), number, key[0], turn, "") for number, turn, key in turns],
    )


def _review_row(key: Key, firing: Firing, book: Book, by: Actor, at: datetime) -> tuple[Any, ...]:
    patient, program, trigger, fired_at = key
    policy = book.in_force(local_day(fired_at, book.timezone))
    sessions = [int(each) for each in firing.sessions]
    return (
        *(at, str(by), patient, program, book.version_id(policy), trigger, fired_at),
        *("{" + ",".join(map(str, sessions)) + "}", firing.rule.then, firing.rule.decided_by),
        *(at + REVIEW_WITHIN, _encode(firing.because).decode()),
    )


def _tomorrow(book: Book, now: datetime) -> datetime:
    """Days pass without any event: patterns of silence are looked for just after each local midnight."""
    day = local_day(now, book.timezone) + timedelta(days=1)
    return local_midnight(day, book.timezone).astimezone(UTC) + timedelta(minutes=5)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
