"""Whole histories of patients, as a replay asks for them: many patients in a handful of queries."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.attendance.facts import gather_seats
from rejoin.common.rows import select
from rejoin.domain.attendance import SeatFacts, Session, Status
from rejoin.domain.kernel import Interval, local_day, local_midnight
from rejoin.domain.policy import Attempt, Consent, PatientFacts, Reach
from rejoin.domain.policy.document import SYSTEM
from rejoin.domain.policy.patient import Then
from rejoin.domain.policy.replay import Recorded
from rejoin.followup.facts import zone_of
from rejoin.followup.patterns import STAYS
from rejoin.followup.stays import Span, left_at, stays_of
from rejoin.people.consents import consents_of
from rejoin.programs.sessions import COLUMNS, as_session

# Whoever had a seat in the span, or a place: patterns of silence are found without any seat.
WHO: Final = """
SELECT seat.patient_id FROM programs_session AS session JOIN programs_seat AS seat ON seat.session_id = session.id
 WHERE session.program_id = %(program)s AND session.starts_at >= %(start)s AND session.starts_at < %(end)s
   AND seat.released_at IS NULL
 UNION
SELECT patient_id FROM programs_enrolment
 WHERE program_id = %(program)s AND coalesce(from_on, '-infinity') < %(end)s AND coalesce(ended_at, 'infinity') >= %(start)s
   AND coalesce(until_on, 'infinity') >= %(start)s::date - 1
 ORDER BY 1
"""
SEATS: Final = f"""
SELECT {COLUMNS}, seat.id, seat.patient_id, status.status
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
 WHERE seat.patient_id = ANY(%s) AND session.program_id = %s AND seat.released_at IS NULL
 ORDER BY session.starts_at, session.id
"""  # noqa: S608 - our own columns
ATTEMPTS: Final = """
SELECT attempt.patient_id, "case".session_id, attempt.made_at, attempt."by", attempt.channel, attempt.outcome,
       coalesce(step.rule, '')
  FROM followup_attempt AS attempt JOIN followup_case AS "case" ON "case".id = attempt.case_id
  LEFT JOIN followup_step AS step ON step.id = attempt.step_id
 WHERE attempt.patient_id = ANY(%s) AND "case".program_id = %s AND attempt.made_at <= %s
 ORDER BY attempt.made_at, attempt.id
"""
FLAGS: Final = "SELECT patient_id, code, raised_at, ended_at FROM people_flag WHERE patient_id = ANY(%s) AND raised_at <= %s"
ADDRESSES: Final = (
    "SELECT DISTINCT patient_id, kind FROM people_address WHERE patient_id = ANY(%s) AND retired_at IS NULL"
)
ZONES: Final = "SELECT id, timezone FROM people_patient WHERE id = ANY(%s)"
# What was opened and turned out to be no miss is told as what it is now.
CASES: Final = """
SELECT patient_id, session_id FROM followup_case
 WHERE patient_id = ANY(%s) AND program_id = %s AND final_outcome <> 'reversed'
"""
REVIEWS: Final = """
SELECT patient_id, trigger, fired_at FROM followup_review AS review
 WHERE patient_id = ANY(%s) AND program_id = %s AND fired_at >= %s AND fired_at < %s
   AND coalesce((SELECT turn FROM followup_reviewevent AS event WHERE event.review_id = review.id
                  ORDER BY event.id DESC LIMIT 1), '') <> 'withdrawn'
"""


class Known(NamedTuple):
    """One patient's history in a program, and what was written down of it at the time."""

    patient_id: int
    facts: PatientFacts
    recorded: Recorded


@dataclass(slots=True)
class _Person:
    """One patient while she is gathered."""

    zone: ZoneInfo
    seats: list[SeatFacts] = field(default_factory=list)
    statuses: dict[str, Status] = field(default_factory=dict)
    attempts: dict[str, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    flags: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    consents: tuple[Consent, ...] = ()
    stays: Sequence[Span] = ()
    since: datetime | None = None
    left_at: datetime | None = None
    cases: set[str] = field(default_factory=set)
    reviews: set[tuple[str, datetime]] = field(default_factory=set)


def patients_of(program_id: int, span: Interval) -> list[int]:
    """Whoever has a history in the span."""
    given = {"program": program_id, "start": span.start, "end": span.end}
    return [row[0] for row in select(WHO, given)]


def gather_histories(
    patient_ids: Sequence[int], *, program_id: int, zone: ZoneInfo, span: Interval, now: datetime
) -> Iterator[Known]:
    """Their whole histories in a program by `now`. `zone` is the program's, `span` what is looked at."""
    asked = list(patient_ids)
    people = {number: _Person(zone=zone_of(name)) for number, name in select(ZONES, [asked])}
    _add_seats(people, program_id, now)
    _add_reach(people, now)
    _add_stays(people, program_id, zone)
    for patient, session, at, by, channel, outcome, rule in select(ATTEMPTS, [asked, program_id, now]):
        actor = SYSTEM if by.startswith("system:") else by
        tried = Attempt(at=at, actor=actor, channel=channel, outcome=outcome, step_id=rule)
        people[patient].attempts[str(session)].append(tried)
    for patient, session in select(CASES, [asked, program_id]):
        people[patient].cases.add(str(session))
    for patient, trigger, fired_at in select(REVIEWS, [asked, program_id, span.start, span.end]):
        people[patient].reviews.add((trigger, fired_at))
    for number, person in people.items():
        yield Known(number, _facts_of(person, zone, now), _recorded(person))


def _add_seats(people: Mapping[int, _Person], program_id: int, now: datetime) -> None:
    rows = select(SEATS, [list(people), program_id])
    sessions: dict[int, Session] = {}
    for row in rows:
        if row[0] not in sessions:
            sessions[row[0]] = as_session(row)
    seated = gather_seats(sessions, only=[row[11] for row in rows], now=now)
    known = {each.seat_id: each.facts for each in seated}
    for row in rows:
        number, seat, patient, status = row[0], row[11], row[12], row[13]
        people[patient].seats.append(known.get(seat) or SeatFacts(session=sessions[number]))
        if status is not None:
            people[patient].statuses[str(number)] = Status(status)


def _add_reach(people: Mapping[int, _Person], now: datetime) -> None:
    asked = list(people)
    for patient, code, raised_at, ended_at in select(FLAGS, [asked, now]):
        people[patient].flags.append((code, raised_at, ended_at))
    for patient, kind in select(ADDRESSES, [asked]):
        people[patient].kinds.add(kind)
    for patient, consents in consents_of(asked, now).items():
        people[patient].consents = consents


def _add_stays(people: Mapping[int, _Person], program_id: int, zone: ZoneInfo) -> None:
    for (patient, program), spans in stays_of(list(people)).items():
        if program == program_id:
            people[patient].stays = spans
    for patient, program, from_on, here, ended_at in select(STAYS, [list(people)]):
        if program == program_id:
            people[patient].since = local_midnight(from_on, zone) if from_on else None
            people[patient].left_at = None if here else ended_at


def _facts_of(person: _Person, zone: ZoneInfo, now: datetime) -> PatientFacts:
    turns = sorted(at for at in _turns(person) if at <= now)
    reaches = [_reach(person, None), *(_reach(person, at) for at in turns)]
    return PatientFacts(
        seats=tuple(person.seats),
        reach=reaches[-1],
        attempts={session: tuple(tried) for session, tried in person.attempts.items()},
        since=person.since,
        left_at=person.left_at,
        then={} if _is_settled(person, turns) else _then(person, turns, reaches, zone),
    )


def _turns(person: _Person) -> set[datetime]:
    """When what is known of reaching her became otherwise."""
    raised = {at for _, *turns in person.flags for at in turns if at is not None}
    return raised | {each.at for each in person.consents if each.at is not None}


def _reach(person: _Person, at: datetime | None) -> Reach:
    """How she could be reached at `at`; None: before anything dated was said."""
    return Reach(
        timezone=person.zone,
        flags=frozenset(
            code
            for code, raised_at, ended_at in person.flags
            if at is not None and raised_at <= at and (ended_at is None or ended_at > at)
        ),
        has_phone="phone" in person.kinds,
        has_email="email" in person.kinds,
        consents=tuple(
            each for each in person.consents if each.at is None or (at is not None and each.at <= at)
        ),
    )


def _is_settled(person: _Person, turns: Sequence[datetime]) -> bool:
    """Nothing became otherwise since her first session, and she never left and came back."""
    first = person.seats[0].session.ends_at if person.seats else None
    return len(person.stays) <= 1 and (first is None or not turns or turns[-1] <= first)


def _then(
    person: _Person, turns: Sequence[datetime], reaches: Sequence[Reach], zone: ZoneInfo
) -> dict[str, Then]:
    """How things stood when each session ended."""
    return {
        session.id: Then(
            reach=reaches[bisect_right(turns, session.ends_at)],
            left_at=left_at(person.stays, local_day(session.starts_at, zone)),
        )
        for session in (seat.session for seat in person.seats)
    }


def _recorded(person: _Person) -> Recorded:
    return Recorded(
        outcomes=person.statuses, cases=frozenset(person.cases), reviews=frozenset(person.reviews)
    )
