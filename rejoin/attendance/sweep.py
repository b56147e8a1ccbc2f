"""The sweep over sessions: which have come to an instant that matters, and what became of their seats."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import InterfaceError, OperationalError

from rejoin.attendance.facts import Seated, facts_to_come, gather_seats
from rejoin.attendance.models import Outcome as OutcomeRow
from rejoin.attendance.models import SeatStatus
from rejoin.audit.trail import action, nothing_to_tell, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import backoff, work_through
from rejoin.domain.attendance import Held, OnCutoff, Outcome, SeatFacts, Session, Status, decide_outcome
from rejoin.domain.kernel import local_day
from rejoin.domain.policy import Policy
from rejoin.domain.policy.looks import next_look_at, noticed_at
from rejoin.programs.books import Book, books_of
from rejoin.programs.sessions import sessions_of

log = logging.getLogger("rejoin.attendance")
BATCH = 1000
"""Sessions looked at in one transaction."""
CLAIM = """
SELECT session_id FROM attendance_watch WHERE next_look_at <= %s AND (%s::bigint[] IS NULL OR session_id = ANY(%s))
 ORDER BY next_look_at, session_id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# Whoever asks on the web and does not see all of a program's patients has decided what she sees, and leaves it to the
# engine when to look next: the seats that she did not see wait for it.
LOOKED = """
UPDATE attendance_watch AS watch SET next_look_at = seen.next, failures = 0, error = '',
       looked_at = CASE WHEN seen.looked THEN %s ELSE watch.looked_at END
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::bool[]) AS seen(session_id, next, looked)
 WHERE watch.session_id = seen.session_id
   AND (rejoin_asker() IS NULL OR rejoin_wide() && ARRAY(
        SELECT program_id FROM programs_session AS session WHERE session.id = watch.session_id))
"""
PUSH = "UPDATE attendance_watch SET next_look_at = %s, failures = %s, error = %s WHERE session_id = %s"
SEATS_OF = "SELECT id FROM programs_seat WHERE session_id = %s ORDER BY id"
MOST_FAILURES = 1000
_encode = msgspec.json.Encoder(order="deterministic").encode


class Decided(NamedTuple):
    """A new outcome of one seat."""

    seat: Seated
    program_id: int
    policy_id: int
    outcome: Outcome
    told: bytes
    digest: str


def sweep_sessions(*, now: datetime, batch: int = BATCH) -> int:
    """Look at one batch of sessions that are due. Returns how many were; 0: nothing left to do."""

    def claim(only: Sequence[int] | None) -> list[int]:
        return [row[0] for row in select(CLAIM, [now, only, only, batch])]

    def push_forward(session_id: int, error: str) -> None:
        ((failures,),) = select("SELECT failures FROM attendance_watch WHERE session_id = %s", [session_id])
        _look_seat_by_seat(session_id, now)
        execute(PUSH, [now + backoff(failures), min(failures + 1, MOST_FAILURES), error[:200], session_id])

    return work_through(
        name="attendance.sessions",
        claim=claim,
        do=lambda ids: look_at_sessions(ids, by=ENGINE, at=now),
        push_forward=push_forward,
    )


def _look_seat_by_seat(session_id: int, now: datetime) -> None:
    """Decide what can be decided of a session that fails as a whole: one seat's fault hides nobody else's absence."""
    for (seat_id,) in select(SEATS_OF, [session_id]):
        try:
            look_at_sessions([session_id], seats=[seat_id], by=ENGINE, at=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # noqa: BLE001 - the fault itself was told with the session, which stays due
            log.warning("attendance.seat_failed", extra={"row_id": seat_id})


def hold_sessions(session_ids: Sequence[int]) -> None:
    """Wait until nobody else decides on these sessions, and let nobody until the transaction ends."""
    select(
        "SELECT 1 FROM attendance_watch WHERE session_id = ANY(%s) ORDER BY session_id FOR UPDATE",
        [session_ids],
    )


@action("attendance.decide")
def look_at_sessions(
    session_ids: Sequence[int], *, seats: Sequence[int] | None = None, by: Actor, at: datetime
) -> None:
    """Decide every seat of `session_ids` that needs it, from facts alone, and say when to look again.

    `seats`: only these of them. A session of a program that has published no policy yet waits until it has.
    """
    found = sessions_of(session_ids)
    books = books_of({program for program, _ in found.values()})
    ready: dict[int, Session] = {}
    looks: list[tuple[int, datetime | None, bool]] = []
    to_come = facts_to_come(session_ids, now=at)
    for number, (program, session) in found.items():
        if program not in books:
            looks.append((number, None, False))
            continue
        policy = _policy(books[program], session)
        looked = session.held is not Held.SCHEDULED or noticed_at(session, policy=policy) <= at
        if looked or number in to_come or session.starts_at > at:
            ready[number] = session
        following = next_look_at(session, policy=policy, now=at)
        soonest = min((each for each in (following, to_come.get(number)) if each), default=None)
        looks.append((number, soonest, looked))
    programs = {number: program for number, (program, _) in found.items()}
    doors = {
        number: shuts_at
        for number, session in ready.items()
        if (shuts_at := _shuts_at(session, _policy(books[programs[number]], session))) is not None
    }
    gathered = gather_seats(ready, doors=doors, only=seats, now=at)
    looks = _until_they_go(looks, gathered, at)
    keep_outcomes(_decide(gathered, programs, books, at), by=by, at=at)
    execute(LOOKED, [at, *map(list, zip(*looks, strict=True))])


def _until_they_go(
    looks: Sequence[tuple[int, datetime | None, bool]], gathered: Sequence[Seated], at: datetime
) -> list[tuple[int, datetime | None, bool]]:
    """Where somebody stands at the door, the next look is when she no longer does: nobody may tell of it."""
    goes: dict[int, datetime] = {}
    for each in gathered:
        if _stands(each, at):
            until = each.facts.door.until if each.facts.door else at
            goes[each.session_id] = min(until, goes.get(each.session_id, until))
    return [
        (number, min((one for one in (following, goes.get(number)) if one), default=None), looked)
        for number, following, looked in looks
    ]


def keep_outcomes(decided: Iterable[Decided], *, by: Actor, at: datetime) -> None:
    """Append new outcomes and move the seats' statuses on; whoever follows up sees them as not acted on.

    What acting on the outcome before came to, and how long it was to be left alone, is forgotten with it.
    """
    new = list(decided)
    if not new:
        nothing_to_tell("attendance.decide")
        return
    _append_outcomes(new, by, at)
    _move_statuses(new)
    record_all(
        [
            ("attendance.decide", f"seat:{each.seat.seat_id}", each.seat.patient_id, each.program_id, "")
            for each in new
        ],
        by=by,
        at=at,
    )


def _append_outcomes(new: Sequence[Decided], by: Actor, at: datetime) -> None:
    insert_rows(
        OutcomeRow,
        ("at", "by", "seat", "patient", "number", "policy", "status", "told", "provisional"),
        [
            (
                at,
                str(by),
                each.seat.seat_id,
                each.seat.patient_id,
                each.seat.number + 1,
                each.policy_id,
                each.outcome.status.value,
                each.told.decode(),
                each.outcome.provisional,
            )
            for each in new
        ],
    )


def _move_statuses(new: Sequence[Decided]) -> None:
    insert_rows(
        SeatStatus,
        (
            "seat",
            "patient",
            "session",
            "policy",
            "number",
            "status",
            "provisional",
            "attested",
            "digest",
            "acted_on",
        ),
        [
            (
                each.seat.seat_id,
                each.seat.patient_id,
                each.seat.session_id,
                each.policy_id,
                each.seat.number + 1,
                each.outcome.status.value,
                each.outcome.provisional,
                each.outcome.attested is not None,
                each.digest,
                False,
            )
            for each in new
        ],
        then="ON CONFLICT (seat_id) DO UPDATE SET policy_id = excluded.policy_id, number = excluded.number, "
        "status = excluded.status, provisional = excluded.provisional, attested = excluded.attested, "
        "digest = excluded.digest, acted_on = false, act_after = NULL, failures = 0",
    )


def _decide(
    seats: Iterable[Seated], programs: dict[int, int], books: dict[int, Book], now: datetime
) -> Iterable[Decided]:
    """The seats whose outcome is not the one already told."""
    for seat in seats:
        program = programs[seat.session_id]
        book = books[program]
        policy = _policy(book, seat.facts.session)
        missed_at = noticed_at(seat.facts.session, policy=policy)
        if _too_early(seat, policy_notice=missed_at, now=now):
            continue
        facts = msgspec.structs.replace(_as_of(seat, now), noticed_at=missed_at)
        outcome = decide_outcome(facts, presence_rules=policy.presence, excuse_rules=policy.excuse, now=now)
        is_news = outcome.status is Status.MISSED and seat.facts.told is not Status.MISSED
        if is_news and outcome.provisional and _stands(seat, now):
            continue  # she is there: whoever leads has not let her in
        digest = _digest(outcome)
        if digest != seat.digest:
            yield Decided(seat, program, book.version_id(policy), outcome, _encode(outcome), digest)


def _digest(outcome: Outcome) -> str:
    """Of what makes it another outcome. That minutes pass while a session runs does not."""
    if outcome.provisional:
        outcome = msgspec.structs.replace(outcome, minutes=None, last_leave=None, intervals=(), because=())
    return hashlib.blake2b(_encode(outcome), digest_size=12).hexdigest()


def _as_of(seat: Seated, now: datetime) -> SeatFacts:
    """Of a session that was moved ahead after it was told of, nothing is known any more."""
    moved_ahead = seat.facts.session.starts_at > now and seat.facts.session.held is Held.SCHEDULED
    return msgspec.structs.replace(seat.facts, presence=(), covered=False) if moved_ahead else seat.facts


def _too_early(seat: Seated, *, policy_notice: datetime, now: datetime) -> bool:
    """Nobody is absent before the threshold; a mark or a called-off session is told at once."""
    waits = seat.facts.session.held is Held.SCHEDULED and now < policy_notice
    return waits and seat.facts.mark is None and not seat.number


def _stands(seat: Seated, now: datetime) -> bool:
    """Whether she waits to be let in while the session runs."""
    session, door = seat.facts.session, seat.facts.door
    return door is not None and now < session.ends_at and door.stands(now)


def _shuts_at(session: Session, policy: Policy) -> datetime | None:
    """From when on whoever joins is not admitted; None: everybody is, however late."""
    rules = policy.presence
    if rules.on_cutoff is not OnCutoff.NOT_ADMITTED or rules.late_cutoff is None:
        return None
    return session.starts_at + rules.late_cutoff


def _policy(book: Book, session: Session) -> Policy:
    return book.in_force(local_day(session.starts_at, book.timezone))
