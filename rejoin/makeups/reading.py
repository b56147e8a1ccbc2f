"""What make-ups are found from, read set by set: a handful of questions, however many patients and sessions there are."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from rejoin.common.rows import select
from rejoin.makeups.schema import HAS_REPAID, NOT_IN_PART, STILL_STANDS

# What is open, by missed seat. A seat whose make-up is being waited for is open still.
OWED = """
SELECT entry.seat_id, entry.patient_id, session.starts_at, session.ends_at, session.service, session.module,
       session.group_id, own.track_id, EXISTS (
           SELECT FROM makeups_moreallowed AS more WHERE more.seat_id = entry.seat_id
              AND NOT EXISTS (SELECT FROM makeups_booking AS used WHERE used.missed_id = more.seat_id AND used.at >= more.at))
  FROM makeups_ledgerentry AS entry
  JOIN programs_seat AS seat ON seat.id = entry.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
 WHERE session.program_id = %(program)s AND session.starts_at >= %(since)s AND session.starts_at <= %(now)s
   AND (%(patients)s::bigint[] IS NULL OR entry.patient_id = ANY(%(patients)s))
 GROUP BY entry.seat_id, entry.patient_id, session.id, own.id
HAVING sum(entry.amount) FILTER (WHERE entry.account = 'content') > 0
    OR sum(entry.amount) FILTER (WHERE entry.account = 'count') > 0
    OR sum(entry.amount) FILTER (WHERE entry.account = 'hours') > 0
 ORDER BY entry.patient_id, session.starts_at, entry.seat_id
"""
# Where she says she is counts for a day; else what her file says.
PATIENTS = """
SELECT patient.id, patient.timezone, upper(coalesce(said.state, patient.state)), care.staff_id, place.until_on,
       coalesce(flags.codes, '{}'), patient.age_band, patient.gender, patient.language
  FROM people_patient AS patient
  LEFT JOIN LATERAL (
        SELECT told.state FROM attendance_checkin AS told
         WHERE told.patient_id = patient.id AND told.at > %(now)s - interval '1 day' AND told.at <= %(now)s AND told.state <> ''
         ORDER BY told.at DESC LIMIT 1) AS said ON true
  LEFT JOIN LATERAL (
        SELECT member.staff_id FROM programs_careteammember AS member
         WHERE member.patient_id = patient.id AND member.program_id = %(program)s AND member.ended_at IS NULL
           AND member.role IN ('counselor', 'therapist') ORDER BY member.role, member.id LIMIT 1) AS care ON true
  JOIN LATERAL (
        SELECT max(coalesce(own.until_on, '9999-01-01')) AS until_on FROM programs_enrolment AS own
         WHERE own.patient_id = patient.id AND own.program_id = %(program)s AND own.ended_at IS NULL) AS place
       ON place.until_on IS NOT NULL
  LEFT JOIN LATERAL (
        SELECT array_agg(flag.code::text) AS codes FROM people_flag AS flag
         WHERE flag.patient_id = patient.id AND flag.raised_at <= %(now)s AND flag.ended_at IS NULL) AS flags ON true
 WHERE patient.id = ANY(%(patients)s) ORDER BY patient.id
"""
SEATS = """
SELECT seat.patient_id, lower(seat.span), upper(seat.span), session.service, session.group_id
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
 WHERE seat.patient_id = ANY(%(patients)s) AND seat.occupies AND seat.span && tstzrange(%(now)s, %(until)s)
 ORDER BY seat.patient_id, 2
"""
SLOTS = """
SELECT * FROM rejoin_makeup_slots(%(program)s, %(since)s, %(until)s, %(now)s, %(service)s, %(module)s, %(most)s)
 ORDER BY starts_at, session_id, opening_id
"""
BUSY = "SELECT * FROM rejoin_makeup_busy(%(program)s, %(now)s, %(until)s, %(now)s)"
KEPT_FROM = "SELECT patient_id, group_id, session_id FROM rejoin_kept_from(%(patients)s, %(now)s)"
PRICES = "SELECT session_id, opening_id, starts_at, price FROM rejoin_seat_prices(%(program)s)"
# Groups that are not for everybody.
GROUPS = """
SELECT id, age_band, language, gender_only FROM programs_group
 WHERE program_id = %(program)s AND (age_band, language, gender_only) <> ('', '', '')
"""
# In the order in which she said it: of what has begun the last holds.
FREE_TIMES = """
SELECT patient_id, from_on, windows::text, prefers FROM makeups_freetime WHERE patient_id = ANY(%(patients)s)
 ORDER BY patient_id, id
"""
APART = """
SELECT patient_id, other_id FROM (
    SELECT DISTINCT ON (said.patient_id, said.other_id) said.patient_id, said.other_id, said.apart
      FROM makeups_keptapart AS said WHERE said.patient_id = ANY(%(patients)s) AND said.other_id = ANY(%(patients)s)
     ORDER BY said.patient_id, said.other_id, said.id DESC) AS word WHERE apart
"""
# What stands from before: booked, or kept for her. What she would rather not have is not offered again. Where a make-up
# left minutes open she may have `the_rest` when somebody asks for it; a plan of the night takes no seat for that.
STANDING = f"""
SELECT booking.missed_id, sits.session_id, NULL::bigint, lower(sits.span), 'booked'
  FROM makeups_booking AS booking JOIN programs_seat AS sits ON sits.id = booking.seat_id
 WHERE booking.patient_id = ANY(%(patients)s) AND {STILL_STANDS} AND {NOT_IN_PART}
   AND NOT (%(the_rest)s AND {HAS_REPAID})
 UNION ALL
SELECT offer.seat_id, offer.session_id, offer.opening_id, offer.starts_at, coalesce(latest.turn, 'offered')
  FROM makeups_offer AS offer
  JOIN LATERAL (SELECT turned.turn FROM makeups_offerturn AS turned
                 WHERE turned.offer_id = offer.id ORDER BY turned.id DESC LIMIT 1) AS latest ON true
 WHERE offer.patient_id = ANY(%(patients)s) AND offer.starts_at > %(now)s
   AND (latest.turn = 'declined' OR (latest.turn = 'offered' AND offer.held AND offer.expires_at > %(now)s))
"""  # noqa: S608 - our own words


class Owed(NamedTuple):
    """A missed session of which something is open."""

    seat_id: int
    patient_id: int
    starts_at: datetime
    ends_at: datetime
    service: str
    module: str
    group_id: int | None
    track_id: int | None
    more_allowed: bool = False
    """A clinician lets one make-up of it be more than the caps allow."""


class Known(NamedTuple):
    """A patient as far as a make-up asks."""

    patient_id: int
    timezone: str
    state: str
    staff_id: int | None
    until_on: date
    """The last day of her places; far away where they are open."""
    flags: list[str]
    age_band: str
    """"": not on file, as the others."""
    gender: str
    language: str


class Whom(NamedTuple):
    """For whom a group is; "": for everybody."""

    group_id: int
    age_band: str = ""
    language: str = ""
    gender: str = ""


class Sitting(NamedTuple):
    patient_id: int
    starts_at: datetime
    ends_at: datetime
    service: str
    group_id: int | None


class Found(NamedTuple):
    """A session that more may come to, or an opening to be cut into times."""

    session_id: int | None
    opening_id: int | None
    starts_at: datetime
    ends_at: datetime
    minutes: int
    kind: str
    service: str
    module: str
    group_id: int | None
    track_id: int | None
    closed: bool
    leader: int | None
    states: list[str] | None
    """None: no licence of theirs is on file, and nothing is decided from it."""
    seats: int


class Standing(NamedTuple):
    missed_id: int
    session_id: int | None
    opening_id: int | None
    starts_at: datetime
    turn: str


def owed_in(
    program_id: int, *, since: datetime, now: datetime, patients: Sequence[int] | None = None
) -> list[Owed]:
    """Missed sessions of the program that are open, of everybody or of these."""
    asked = {"program": program_id, "since": since, "now": now, "patients": patients and list(patients)}
    return [Owed(*row) for row in select(OWED, asked)]
