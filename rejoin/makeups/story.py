"""One missed session's way back, as it went: what is owed and what closed it, what was offered and became of it, where
she goes instead and whether she came. Each is one read, behind the door of whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from rejoin.common.rows import select
from rejoin.domain.makeup.ledger import Account, MadeUp, What, made_up
from rejoin.makeups.querysets import NOT_THERE
from rejoin.makeups.vocabulary import SlotKind, Turn, WaitTurn
from rejoin.makeups.world import policy_of, window_of
from rejoin.programs.models import Seat

MOST = 60
"""Offers of one missed session that are told, the latest first."""
ENTRIES = """
SELECT entry.account, entry.what, entry.amount, entry.at, entry."by", entry.reason, coalesce(said.words, ''), lower(source.span)
  FROM makeups_ledgerentry AS entry LEFT JOIN programs_seat AS source ON source.id = entry.source_id
  LEFT JOIN makeups_ledgerwords AS said ON said.entry_id = entry.id
 WHERE entry.seat_id = %s ORDER BY entry.id
"""
OFFERS = """
SELECT offer.id, offer.ref, offer.choice_id, choice.at, choice."by", offer.kind, offer.starts_at, offer.ends_at, offer.service,
       offer.module, coalesce(own.name, ''),
       ARRAY(SELECT staff.name::text FROM programs_sessionstaff AS leader JOIN people_staff AS staff ON staff.id = leader.staff_id
              WHERE leader.session_id = offer.session_id AND leader.released_at IS NULL ORDER BY leader.role DESC, leader.id)
           || ARRAY(SELECT staff.name::text FROM people_staff AS staff WHERE staff.id = opening.staff_id),
       offer.held, offer.repairs, offer.because::text,
       offer.expires_at, latest.turn, latest.reason, latest.at, latest."by"
  FROM makeups_offer AS offer JOIN makeups_choice AS choice ON choice.id = offer.choice_id
  JOIN LATERAL (SELECT turned.turn, turned.reason, turned.at, turned."by" FROM makeups_offerturn AS turned
                 WHERE turned.offer_id = offer.id ORDER BY turned.id DESC LIMIT 1) AS latest ON true
  LEFT JOIN programs_session AS session ON session.id = offer.session_id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
  LEFT JOIN makeups_opening AS opening ON opening.id = offer.opening_id
 WHERE offer.seat_id = %s ORDER BY offer.choice_id DESC, offer.rank LIMIT %s
"""
BOOKINGS = """
SELECT booking.at, booking."by", booking.kind, booking.seat_id, seat.occupies, lower(seat.span), upper(seat.span), session.ref,
       coalesce(own.name, ''), session.module, coalesce(status.status, ''), (outcome.told ->> 'minutes')::int, offer.ref
  FROM makeups_booking AS booking JOIN programs_seat AS seat ON seat.id = booking.seat_id
  JOIN makeups_offer AS offer ON offer.id = booking.offer_id
  JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
 WHERE booking.missed_id = %s ORDER BY booking.id DESC
"""
WAITS = """
SELECT DISTINCT ON (said.session_id) session.ref, session.starts_at, coalesce(own.name, ''), said.turn, said.at, said."by"
  FROM makeups_waiting AS said JOIN programs_session AS session ON session.id = said.session_id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
 WHERE said.seat_id = %s ORDER BY said.session_id, said.id DESC
"""

# The seat stands for a missed one itself: whose case has its way back.
STANDS_FOR = """
SELECT "case".ref, session.starts_at, coalesce(own.name, '') FROM makeups_booking AS booking
  JOIN programs_seat AS missed ON missed.id = booking.missed_id JOIN programs_session AS session ON session.id = missed.session_id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
  LEFT JOIN followup_case AS "case" ON "case".seat_id = missed.id
 WHERE booking.seat_id = %s
"""
ALLOWED = """
SELECT more.at, more."by", more.reason, more.words FROM makeups_moreallowed AS more WHERE more.seat_id = %s ORDER BY more.id
"""


class Entry(NamedTuple):
    """One entry of the ledger."""

    account: Account
    what: What
    amount: int
    at: datetime
    by: str
    reason: str
    words: str
    made_up_at: datetime | None
    """When the make-up began, of what it repaid."""


class Offered(NamedTuple):
    """One way back that she was shown, and what became of it."""

    id: int
    ref: UUID
    choice_id: int
    """She was shown those of one choice together."""
    given_at: datetime
    given_by: str
    kind: SlotKind
    starts_at: datetime
    ends_at: datetime
    service: str
    module: str
    group: str
    """"" of a one-to-one."""
    leaders: Sequence[str]
    held: bool
    repairs: Sequence[str]
    because: dict[str, int]
    expires_at: datetime
    turn: Turn
    reason: str
    turned_at: datetime
    turned_by: str

    def is_open(self, now: datetime) -> bool:
        return self.turn is Turn.OFFERED and self.expires_at > now


class Booked(NamedTuple):
    """A seat that stands, or stood, for the missed one."""

    at: datetime
    by: str
    kind: SlotKind
    seat_id: int
    occupies: bool
    """Nobody gave it back."""
    starts_at: datetime
    ends_at: datetime
    session_ref: UUID
    group: str
    module: str
    status: str
    """What became of it; "": not over, or nobody has said."""
    minutes: int | None
    offer_ref: UUID

    @property
    def stands(self) -> bool:
        """It is to come, or she was at it, or nobody has said."""
        return self.occupies and self.status not in NOT_THERE

    def is_in_the_way(self, entries: Sequence[Entry]) -> bool:
        """No other can be had beside it: it is to come, or what it repaid is not in the ledger yet."""
        repaid = any(each.what is What.MADE_UP and each.made_up_at == self.starts_at for each in entries)
        return self.stands and self.status != "partial" and not (self.status == "attended" and repaid)


class Waited(NamedTuple):
    """Where a seat is waited for, or was: the latest word of it."""

    session_ref: UUID
    starts_at: datetime
    group: str
    turn: WaitTurn
    at: datetime
    by: str


class Allowed(NamedTuple):
    """A clinician let one make-up for it be more than is allowed."""

    at: datetime
    by: str
    reason: str
    words: str


class StandsFor(NamedTuple):
    """The missed session that this seat was to make up for."""

    case_ref: UUID | None
    starts_at: datetime
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of it, of one missed seat. Offers and bookings the latest first."""

    entries: tuple[Entry, ...]
    offers: tuple[Offered, ...]
    bookings: tuple[Booked, ...]
    waits: tuple[Waited, ...]
    allowed: tuple[Allowed, ...]
    stands_for: StandsFor | None
    until: datetime | None
    """When what is open runs out; None: never, a rule wants every absence made up."""
    bills_the_day: bool
    """Some way back stands for the missed day's claim: where the policy names none, that day stays unbilled."""

    def total(self, account: Account, *of: What) -> int:
        """The sum of an account's entries of these kinds; of all kinds what is open."""
        return sum(
            each.amount for each in self.entries if each.account is account and (not of or each.what in of)
        )

    @property
    def is_open(self) -> bool:
        """Something is left that she can make up: a lost day alone is nobody's to come back for."""
        return any(self.total(each) > 0 for each in Account if each is not Account.BILLING)

    @property
    def booking(self) -> Booked | None:
        return next((each for each in self.bookings if each.stands), None)

    @property
    def is_booked(self) -> bool:
        """No other can be had now."""
        return any(each.is_in_the_way(self.entries) for each in self.bookings)

    @property
    def made_up(self) -> MadeUp:
        return made_up(
            {each: self.total(each) for each in Account},
            {each: -self.total(each, What.MADE_UP) for each in Account},
        )


def story_of(seat: Seat) -> Story:
    """Of a missed seat whose session is at hand."""
    session = seat.session
    policy, _ = policy_of(session.program_id, session.starts_at)
    modes = policy.makeup.modes if policy.makeup else {}
    ends = not any(each.makeups == "all" for each in policy.requirements)
    return Story(
        entries=tuple(
            Entry(Account(account), What(what), *rest) for account, what, *rest in select(ENTRIES, [seat.pk])
        ),
        offers=tuple(_offered(row) for row in select(OFFERS, [seat.pk, MOST])),
        bookings=tuple(
            Booked(at, by, SlotKind(kind), *rest) for at, by, kind, *rest in select(BOOKINGS, [seat.pk])
        ),
        waits=tuple(
            Waited(ref, begins, group, WaitTurn(turn), at, by)
            for ref, begins, group, turn, at, by in select(WAITS, [seat.pk])
        ),
        stands_for=next((StandsFor(*row) for row in select(STANDS_FOR, [seat.pk])), None),
        allowed=tuple(Allowed(*row) for row in select(ALLOWED, [seat.pk])),
        until=session.starts_at + window_of(policy) if ends else None,
        bills_the_day=any(Account.BILLING.value in closes for closes in modes.values()),
    )


def _offered(row: Sequence[object]) -> Offered:
    told = Offered._make(row)
    because = msgspec.json.decode(str(told.because), type=dict[str, int])
    return told._replace(kind=SlotKind(told.kind), turn=Turn(told.turn), because=because)
