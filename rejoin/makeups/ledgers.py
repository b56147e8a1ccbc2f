"""The ledger of a missed session, kept from its outcome and from those of its make-ups: what changed is appended.

What is owed and repaid is worked out anew each time (`domain.makeup.ledger`), and the difference from what stands is
written: an outcome that is corrected, a miss that turns out to be none, a make-up attested late each come to the right sum.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from rejoin.audit.trail import action, nothing_to_tell, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import backoff, work_through
from rejoin.domain.attendance import Outcome, Session
from rejoin.domain.kernel import local_day
from rejoin.domain.makeup.ledger import (
    Account,
    Came,
    What,
    balance,
    let_go,
    owed_by,
    owes_day,
    repaid_by,
    wins_day,
)
from rejoin.domain.policy import Policy
from rejoin.domain.policy.hours import delivered_minutes, session_minutes
from rejoin.makeups.days import Day, Seated, day_of, seats_of_days
from rejoin.makeups.models import LedgerEntry, OfferTurn
from rejoin.makeups.vocabulary import MODES, SlotKind, Turn, Withdrawn
from rejoin.makeups.world import window_of
from rejoin.programs.books import books_of
from rejoin.programs.sessions import COLUMNS, as_session

BATCH: Final = 1000
WINDOW_OVER: Final = "window_over"
CLAIM = """
SELECT seat_id FROM makeups_debt
 WHERE next_look_at <= %s AND (%s::bigint[] IS NULL OR seat_id = ANY(%s))
 ORDER BY seat_id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# A seat that stands for another missed one owes nothing itself: what it was to repay is open still.
MISSED = f"""
SELECT {COLUMNS}, debt.seat_id, debt.patient_id, outcome.told::text, seat.released_at IS NOT NULL,
       EXISTS (SELECT FROM makeups_booking AS stands WHERE stands.seat_id = debt.seat_id)
  FROM makeups_debt AS debt JOIN programs_seat AS seat ON seat.id = debt.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN attendance_seatstatus AS status ON status.seat_id = debt.seat_id AND NOT status.provisional
  JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
 WHERE debt.seat_id = ANY(%s)
"""  # noqa: S608 - our own columns
MADE_UP = f"""
SELECT {COLUMNS}, booking.missed_id, booking.kind, seat.id, seat.released_at IS NOT NULL, outcome.told::text
  FROM makeups_booking AS booking JOIN programs_seat AS seat ON seat.id = booking.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
 WHERE booking.missed_id = ANY(%s) ORDER BY session.starts_at, booking.id
"""  # noqa: S608 - our own columns
STANDS = """
SELECT seat_id, account, what, coalesce(source_id, 0), sum(amount) FROM makeups_ledgerentry
 WHERE seat_id = ANY(%s) GROUP BY 1, 2, 3, 4
"""
LOOKED = """
UPDATE makeups_debt AS debt SET next_look_at = given.at, failures = 0, error = ''
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS given(seat, at) WHERE debt.seat_id = given.seat
"""
PUSH = """
UPDATE makeups_debt SET next_look_at = %s, failures = least(failures + 1, 1000), error = %s WHERE seat_id = %s
"""
FAILURES = "SELECT failures FROM makeups_debt WHERE seat_id = %s"

OPEN_OFFERS = """
SELECT offer.id, offer.patient_id FROM makeups_offer AS offer
 WHERE offer.seat_id = ANY(%(seats)s) AND offer.expires_at > %(at)s AND NOT EXISTS (
       SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = offer.id AND turned.turn <> 'offered')
 ORDER BY offer.id
"""
# Ledgers are held here, and whoever answers holds her row first: to wait for it would be a ring.
HOLD_IDLE = "SELECT id FROM people_patient WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"

Key = tuple[Account, What, int]
"""Account, what, and the seat of the make-up; 0: of none."""
BY_PEOPLE: Final = (What.CAUGHT_UP, What.WAIVED, What.EXPIRED)
_outcome = msgspec.json.Decoder(Outcome)


@dataclass(slots=True, kw_only=True)
class _MadeUp:
    seat_id: int
    kind: SlotKind
    session: Session
    released: bool
    outcome: Outcome | None
    day: Sequence[Seated] = ()


@dataclass(slots=True, kw_only=True)
class KnownDebt:
    """A missed session with all its ledger is kept from."""

    seat_id: int
    patient_id: int
    program_id: int
    session: Session
    outcome: Outcome
    policy: Policy
    owes_nothing: bool
    """The seat was given back, or is itself a make-up's."""
    zone: ZoneInfo
    day: Sequence[Seated] = ()
    """All her seats of that day; of each make-up, all of its."""
    made_up: list[_MadeUp] = field(default_factory=list)
    stands: dict[Key, int] = field(default_factory=dict)

    @property
    def deadline(self) -> datetime:
        return self.session.starts_at + window_of(self.policy)

    @property
    def awaits_a_make_up(self) -> bool:
        return any(not each.released and each.outcome is None for each in self.made_up)

    @property
    def never_expires(self) -> bool:
        """Some rule asks for every absence to be made up, however late."""
        return any(each.makeups == "all" for each in self.policy.requirements)


def sweep_ledgers(*, now: datetime) -> int:
    """Keep the ledgers that are to be looked at. Returns how many were."""

    def claim(seats: Sequence[int] | None) -> list[int]:
        given = list(seats) if seats is not None else None
        return [row[0] for row in select(CLAIM, [now, given, given, BATCH])]

    def push_forward(seat: int, kind: str) -> None:
        failures = select(FAILURES, [seat])[0][0]
        execute(PUSH, [now + backoff(failures), kind[:200], seat])

    return work_through(
        name="makeups.ledgers",
        claim=claim,
        do=lambda seats: keep_ledgers(seats=seats, by=ENGINE, at=now),
        push_forward=push_forward,
    )


@action("makeups.keep_ledgers")
def keep_ledgers(*, seats: Sequence[int], by: Actor, at: datetime) -> None:
    """Bring the ledgers of these missed seats to what is owed and repaid by what is known; expire what ran out."""
    known = _gathered(seats)
    rows: list[tuple[Any, ...]] = []
    looks: dict[int, datetime | None] = dict.fromkeys(seats)
    settled: list[int] = []
    for missed in known:
        wanted = should_stand(missed)
        left = balance((key[0], amount) for key, amount in wanted.items())
        open_ = any(amount > 0 for amount in left.values())
        if open_ and not missed.never_expires and not missed.awaits_a_make_up:
            if missed.deadline <= at:
                for account, amount in let_go(left).items():
                    key = (account, What.EXPIRED, 0)
                    wanted[key] = wanted.get(key, 0) + amount
            else:
                looks[missed.seat_id] = missed.deadline
        if is_settled(balance((key[0], amount) for key, amount in wanted.items())):
            settled.append(missed.seat_id)
        rows += [
            (
                at,
                str(by),
                missed.seat_id,
                missed.patient_id,
                *key[:2],
                more,
                key[2] or None,
                _reason(key[1]),
            )
            for key, more in _difference(missed.stands, wanted)
        ]
    columns = ("at", "by", "seat", "patient", "account", "what", "amount", "source", "reason")
    insert_rows(LedgerEntry, columns, rows)
    execute(LOOKED, [list(looks), list(looks.values())])
    _withdraw_of_settled(settled, by, at)
    changed = {row[2] for row in rows}
    record_all(
        [
            ("makeups.keep_ledgers", f"seat:{each.seat_id}", each.patient_id, each.program_id, "")
            for each in known
            if each.seat_id in changed
        ],
        by=by,
        at=at,
    )
    if not changed:
        nothing_to_tell("makeups.keep_ledgers")


def should_stand(missed: KnownDebt) -> dict[Key, int]:
    """Every entry that should stand, by its key."""
    came = _came(missed.seat_id, missed.session, missed.outcome, missed.day, missed.policy)
    owed = {} if missed.owes_nothing else owed_by(came)
    wanted: dict[Key, int] = {(account, What.OWED, 0): amount for account, amount in owed.items()}
    left = dict(owed)
    for (account, what, source), amount in missed.stands.items():
        if what in BY_PEOPLE:  # never more than there is: the miss may be none by now
            kept = max(amount, -left.get(account, 0))
            wanted[account, what, source] = kept
            left[account] = left.get(account, 0) + kept
    modes = missed.policy.makeup.modes if missed.policy.makeup else {}
    for each in missed.made_up:
        if each.outcome is None or each.released:
            continue
        mode = MODES[each.kind]
        told = _came(each.seat_id, each.session, each.outcome, each.day, missed.policy)
        for account, amount in repaid_by(mode, closes=modes.get(mode, ()), came=told, open_=left).items():
            wanted[account, What.MADE_UP, each.seat_id] = amount
            left[account] += amount
    return wanted


def _difference(stands: Mapping[Key, int], wanted: Mapping[Key, int]) -> list[tuple[Key, int]]:
    keys = sorted({*stands, *wanted})
    return [(key, more) for key in keys if (more := wanted.get(key, 0) - stands.get(key, 0))]


def _reason(what: What) -> str:
    return WINDOW_OVER if what is What.EXPIRED else ""


def _came(seat_id: int, session: Session, outcome: Outcome, seats: Sequence[Seated], policy: Policy) -> Came:
    asked = policy.billing.per_day_minutes
    day = [] if asked is None else [each.as_day_seat(policy) for each in seats]
    return Came(
        status=outcome.status,
        minutes=delivered_minutes(session, outcome, policy=policy),
        length=session_minutes(session, policy=policy),
        day_lost=asked is not None and owes_day(seat_id, day, asked=asked),
        day_won=asked is not None and wins_day(seat_id, day, asked=asked),
    )


def _gathered(seats: Sequence[int]) -> list[KnownDebt]:
    rows = select(MISSED, [list(seats)])
    books = books_of({row[1] for row in rows})
    found: dict[int, KnownDebt] = {}
    for row in rows:
        session, book = as_session(row), books[row[1]]
        seat, patient, told, released, stands_for = row[11:16]
        found[seat] = KnownDebt(
            seat_id=seat,
            patient_id=patient,
            program_id=row[1],
            session=session,
            outcome=_outcome.decode(told),
            policy=book.in_force(local_day(session.starts_at, book.timezone)),
            owes_nothing=released or stands_for,
            zone=book.timezone,
        )
    for row in select(MADE_UP, [list(found)]):
        missed, kind, seat, released, told = row[11:16]
        found[missed].made_up.append(
            _MadeUp(
                seat_id=seat,
                kind=SlotKind(kind),
                session=as_session(row),
                released=released,
                outcome=_outcome.decode(told) if told else None,
            )
        )
    stands: dict[int, dict[Key, int]] = defaultdict(dict)
    for seat, account, what, source, amount in select(STANDS, [list(found)]):
        stands[seat][Account(account), What(what), source] = int(amount)
    for seat, entries in stands.items():
        found[seat].stands = entries
    _tell_days(found.values())
    return list(found.values())


def _tell_days(known: Collection[KnownDebt]) -> None:
    """Put beside each missed session, and each make-up, what else she had that day."""
    zones = {each.program_id: each.zone for each in known}
    told: list[tuple[Day, KnownDebt | _MadeUp]] = []
    for each in known:
        both: list[KnownDebt | _MadeUp] = [each, *each.made_up]
        told += [
            (day_of(each.program_id, each.patient_id, one.session.starts_at, each.zone), one) for one in both
        ]
    seats = seats_of_days((day for day, _ in told), zones)
    for day, one in told:
        one.day = seats.get(day, ())


def is_settled(left: Mapping[Account, int]) -> bool:
    """Nothing of it is left that she could make up: a lost day alone is nobody's to come back for."""
    return not any(amount > 0 for account, amount in left.items() if account is not Account.BILLING)


def _withdraw_of_settled(seats: Collection[int], by: Actor, at: datetime) -> None:
    """What is open of these, for which nothing is owed any more. An answer that is under way is left to itself: it asks
    whether anything is owed."""
    open_ = select(OPEN_OFFERS, {"seats": list(seats), "at": at})
    held = {row[0] for row in select(HOLD_IDLE, [sorted({row[1] for row in open_})])} if open_ else set()
    insert_rows(
        OfferTurn,
        ("at", "by", "offer", "patient", "turn", "reason"),
        [
            (at, str(by), offer, patient, Turn.WITHDRAWN.value, Withdrawn.NOT_OWED.value)
            for offer, patient in select(OPEN_OFFERS, {"seats": list(seats), "at": at})
            if patient in held
        ],
        then="ON CONFLICT DO NOTHING",
    )


def open_amounts(seat_id: int) -> dict[Account, int]:
    """What is open of one missed seat, by account."""
    return balance(
        (Account(account), int(amount)) for _, account, _, _, amount in select(STANDS, [[seat_id]])
    )
