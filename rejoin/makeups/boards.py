"""What pages show of make-ups, each in a fixed number of questions."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.makeups.schema import STANDS_IN_THE_WAY

BOARD = f"""
SELECT debt.ref::text, debt.seat_id, patient.ref::text, patient.id, session.starts_at, session.service, session.module,
       coalesce(own.name, ''), sums.content, sums.count, sums.hours, sums.billing,
       booked.starts_at, offers.open, offers.asked, proposed.starts_at, offers.until_at, waits.starts_at
  FROM (SELECT entry.seat_id, coalesce(sum(entry.amount) FILTER (WHERE entry.account = 'content'), 0)::int AS content,
               coalesce(sum(entry.amount) FILTER (WHERE entry.account = 'count'), 0)::int AS count,
               coalesce(sum(entry.amount) FILTER (WHERE entry.account = 'hours'), 0)::int AS hours,
               coalesce(sum(entry.amount) FILTER (WHERE entry.account = 'billing'), 0)::int AS billing
          FROM makeups_ledgerentry AS entry
         WHERE %(seats)s::bigint[] IS NULL OR entry.seat_id = ANY(%(seats)s) GROUP BY 1) AS sums
  JOIN makeups_debt AS debt ON debt.seat_id = sums.seat_id
  JOIN programs_seat AS seat ON seat.id = debt.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = debt.patient_id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
  LEFT JOIN LATERAL (
        SELECT lower(sits.span) AS starts_at FROM makeups_booking AS booking
          JOIN programs_seat AS sits ON sits.id = booking.seat_id
         WHERE booking.missed_id = debt.seat_id AND {STANDS_IN_THE_WAY} ORDER BY booking.id DESC LIMIT 1) AS booked ON true
  LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE latest.turn = 'offered' AND offer.expires_at > %(now)s)::int AS open,
               bool_or(latest.turn = 'declined' AND latest.reason = 'none_of_these') AS asked,
               max(offer.expires_at) FILTER (WHERE latest.turn = 'offered' AND offer.expires_at > %(now)s) AS until_at
          FROM makeups_offer AS offer
          JOIN LATERAL (SELECT turned.turn, turned.reason FROM makeups_offerturn AS turned
                         WHERE turned.offer_id = offer.id ORDER BY turned.id DESC LIMIT 1) AS latest ON true
         WHERE offer.seat_id = debt.seat_id) AS offers ON true
  LEFT JOIN LATERAL (
        SELECT planned.starts_at FROM makeups_proposal AS planned
         WHERE planned.seat_id = debt.seat_id AND planned.starts_at > %(now)s
           AND planned.run_id IN (SELECT run.id FROM makeups_planrun AS run WHERE run.program_id = session.program_id
                AND run.at = (SELECT max(latest.at) FROM makeups_planrun AS latest
                               WHERE latest.program_id = session.program_id))
         ORDER BY planned.id DESC LIMIT 1) AS proposed ON true
  LEFT JOIN LATERAL (
        SELECT full_one.starts_at FROM makeups_waiting AS word
          JOIN programs_session AS full_one ON full_one.id = word.session_id AND full_one.starts_at > %(now)s
         WHERE word.seat_id = debt.seat_id AND word.turn = 'waiting' AND NOT EXISTS (
               SELECT FROM makeups_waiting AS later WHERE later.seat_id = word.seat_id
                  AND later.session_id = word.session_id AND later.id > word.id)
         ORDER BY full_one.starts_at LIMIT 1) AS waits ON true
 WHERE (%(program)s::bigint IS NULL OR session.program_id = %(program)s)
   AND (%(seats)s::bigint[] IS NOT NULL OR sums.content > 0 OR sums.count > 0 OR sums.hours > 0)
 ORDER BY session.starts_at, debt.seat_id LIMIT %(most)s
"""  # noqa: S608 - our own words
MOST = 500
# Of a make-up in part that was the whole of it after all, of what was let go or caught up on: a time she took before is
# booked still. It is hers to give back, and nobody takes it from her.
NOT_NEEDED: Final = """
SELECT "case".ref, patient.ref, coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id),
       session.program_id, session.starts_at, lower(missed.span)
  FROM programs_session AS session JOIN programs_seat AS sits ON sits.session_id = session.id AND sits.occupies
  JOIN makeups_booking AS booking ON booking.seat_id = sits.id
  JOIN makeups_debt AS debt ON debt.seat_id = booking.missed_id AND NOT debt.left_open
  JOIN programs_seat AS missed ON missed.id = booking.missed_id JOIN people_patient AS patient ON patient.id = booking.patient_id
  LEFT JOIN followup_case AS "case" ON "case".seat_id = booking.missed_id
 WHERE session.program_id = ANY(%(programs)s) AND session.starts_at > %(now)s AND session.starts_at < %(until)s
   AND session.held = 'scheduled' ORDER BY session.starts_at, sits.id LIMIT 20
"""
AHEAD: Final = timedelta(days=14)
"""How far ahead it is told; what is later is told later. Ours."""


class OwedRow(NamedTuple):
    """One missed session on the planner's board."""

    ref: str
    seat_id: int
    patient_ref: str
    patient_id: int
    missed_at: datetime
    service: str
    module: str
    group: str
    content: int
    sessions: int
    """In the account of count."""
    minutes: int
    days: int
    booked_at: datetime | None
    """When her make-up is, if she has one."""
    open_offers: int
    asked_for_a_person: bool | None
    """She said that none of the times works; None: nothing was offered yet."""
    proposed_at: datetime | None
    """When the latest plan would have it, and nobody has offered it."""
    offers_until: datetime | None
    """The last of the open offers runs out then."""
    waits_for: datetime | None
    """When a full session begins that she waits for a seat in."""


def owed_board(*, program_id: int, now: datetime, most: int = MOST) -> list[OwedRow]:
    """Who is owed what in a program, oldest first: what is open of her patients, as whoever asks may see."""
    asked = {"program": program_id, "seats": None, "now": now, "most": most}
    return [OwedRow(*row) for row in select(BOARD, asked)]


def owed_of_seats(seat_ids: Collection[int], *, now: datetime) -> dict[int, OwedRow]:
    """The same of these missed seats, settled ones too; by seat."""
    asked = {"program": None, "seats": list(seat_ids), "now": now, "most": max(len(seat_ids), 1)}
    return {row[1]: OwedRow(*row) for row in select(BOARD, asked)}


class NotNeeded(NamedTuple):
    """A time that is booked, and of whose missed session nothing is left to make up."""

    case_ref: UUID | None
    patient_ref: UUID
    patient: str
    program_id: int
    starts_at: datetime
    missed_at: datetime


def not_needed(program_ids: Collection[int], *, now: datetime) -> list[NotNeeded]:
    """Of the next two weeks in these programs, as whoever asks may see, the soonest first."""
    asked = {"programs": list(program_ids), "now": now, "until": now + AHEAD}
    return [NotNeeded(*row) for row in select(NOT_NEEDED, asked)] if program_ids else []
