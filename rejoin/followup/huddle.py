"""The huddle: what the team goes through together at the start of the day. One set-based read for each list.

How it is used, inside the door, where `programs` are ids of programs she works in:

    for part in huddle(programs, now=asking.at).lists:      # overdue contacts, not reached, windows, reviews, promises
        part.kind, part.rows

Each list can be read by itself too: `overdue_contacts(programs, now=...)`. Rows link to their case, or to their review.

What is behind on the material (catch-up blocked) is not here: nothing is kept of it yet, and a list that is always empty
would say that all is well.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from rejoin.common.bulk import as_json, given
from rejoin.common.rows import select
from rejoin.domain.kernel import Word, local_day
from rejoin.domain.policy.document import NoServiceFor
from rejoin.followup import words
from rejoin.programs.books import Book, books_of

NOT_REACHED_FOR: Final = timedelta(hours=24)
WINDOWS_AHEAD: Final = timedelta(days=3)
REVIEWS_AHEAD: Final = timedelta(days=7)
CONTRACTS_LAST: Final = timedelta(days=180)
"""A contract that was opened before this is not looked for. Ours."""
MOST: Final = 60
"""Rows of one list, the most urgent first: nobody talks through more in a morning. A page says that there are more."""


class HuddleKind(Word):
    OVERDUE_CONTACT = "overdue_contact"
    NOT_REACHED = "not_reached"
    WINDOW_ENDS = "window_ends"
    REVIEW_DUE = "review_due"
    PROMISED_TODAY = "promised_today"


@dataclass(frozen=True, slots=True, kw_only=True)
class HuddleRow:
    """One patient to speak about, and why."""

    kind: HuddleKind
    patient: str
    """As she likes to be called."""
    patient_ref: str
    external_id: str
    program: str
    case_ref: str
    """ "" where it is no one case's."""
    review_id: int | None
    due_at: datetime
    """When it was due, is due, or ends."""
    owner_id: int | None
    owner: str
    """By name; a role where nobody alone has it; "" where nobody has."""
    elevated: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HuddleList:
    """One of the lists; the first to be due comes first."""

    kind: HuddleKind
    rows: tuple[HuddleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Huddle:
    """All lists of one morning."""

    lists: tuple[HuddleList, ...]


def huddle(programs: Collection[int], *, now: datetime) -> Huddle:
    """Everything to go through in these programs at `now`."""
    read = {
        HuddleKind.OVERDUE_CONTACT: overdue_contacts,
        HuddleKind.NOT_REACHED: not_reached,
        HuddleKind.WINDOW_ENDS: windows_ending,
        HuddleKind.REVIEW_DUE: reviews_due,
        HuddleKind.PROMISED_TODAY: promised_today,
    }
    return Huddle(
        lists=tuple(HuddleList(kind=kind, rows=ask(programs, now=now)) for kind, ask in read.items())
    )


def _given(types: dict[str, str]) -> str:
    """A table of what is asked for, beside parameters that have names."""
    return given(types).replace("%s", "%(given)s")


OF_PATIENT: Final = "patient.name, patient.preferred_name, patient.external_id, patient.ref, program.name"
OVERDUE_CONTACTS: Final = f"""
SELECT {OF_PATIENT}, "case".ref, NULL, late.since, late.owner_id, coalesce(owner.name, ''), late.role, "case".elevated, late.code
  FROM (SELECT step.case_id, step.patient_id, step.program_id, step.deadline AS since, step.owner_id, step.actor AS role,
               step.rule AS code
          FROM followup_step AS step
         WHERE step.ended_at IS NULL AND step.actor <> 'system' AND step.origin IN ('ladder', 'disposition', 'promise')
           AND step.deadline < %(now)s AND step.program_id = ANY(%(programs)s)
         UNION ALL
        SELECT id, patient_id, program_id, first_attempt_by, owner_id, '', '' FROM followup_case
         WHERE program_id = ANY(%(programs)s) AND state IN ('open', 'stopped') AND state = 'open'
           AND first_attempt_at IS NULL AND first_attempt_by < %(now)s
         ORDER BY since LIMIT {MOST}) AS late
  JOIN followup_case AS "case" ON "case".id = late.case_id
  JOIN people_patient AS patient ON patient.id = late.patient_id
  JOIN programs_program AS program ON program.id = late.program_id
  LEFT JOIN people_staff AS owner ON owner.id = late.owner_id
 ORDER BY late.since
"""  # noqa: S608 - our own names
NOT_REACHED: Final = f"""
SELECT {OF_PATIENT}, "case".ref, NULL, "case".noticed_at + %(after)s, "case".owner_id, coalesce(owner.name, ''), '',
       "case".elevated, (SELECT count(*) FROM followup_attempt AS attempt
                          WHERE attempt.case_id = "case".id AND attempt.outcome <> 'message_sent')::text
  FROM followup_case AS "case"
  JOIN people_patient AS patient ON patient.id = "case".patient_id
  JOIN programs_program AS program ON program.id = "case".program_id
  LEFT JOIN people_staff AS owner ON owner.id = "case".owner_id
 WHERE "case".program_id = ANY(%(programs)s) AND "case".state IN ('open', 'stopped') AND "case".state = 'open'
   AND "case".noticed_at < %(now)s - %(after)s
   AND NOT EXISTS (SELECT FROM followup_attempt AS attempt
                    WHERE attempt.case_id = "case".id AND attempt.outcome = 'contact')
 ORDER BY "case".elevated DESC, "case".noticed_at LIMIT {MOST}
"""  # noqa: S608 - our own names
REVIEWS_DUE: Final = f"""
SELECT {OF_PATIENT}, NULL, review.id, review.due_at, NULL, '', review.decided_by_role, false, review."then"
  FROM followup_review AS review
  JOIN people_patient AS patient ON patient.id = review.patient_id
  JOIN programs_program AS program ON program.id = review.program_id
 WHERE review.program_id = ANY(%(programs)s) AND review.open AND review.due_at < %(until)s
 ORDER BY review.due_at LIMIT {MOST}
"""  # noqa: S608 - our own names
PROMISED_TODAY: Final = f"""
SELECT {OF_PATIENT}, "case".ref, NULL, "case".promised_at, "case".owner_id, coalesce(owner.name, ''), '',
       "case".elevated, ''
  FROM followup_case AS "case"
  JOIN people_patient AS patient ON patient.id = "case".patient_id
  JOIN programs_program AS program ON program.id = "case".program_id
  LEFT JOIN people_staff AS owner ON owner.id = "case".owner_id
 WHERE "case".program_id = ANY(%(programs)s) AND "case".state IN ('open', 'stopped')
   AND ("case".promised_at AT TIME ZONE program.timezone)::date = (%(now)s::timestamptz AT TIME ZONE program.timezone)::date
 ORDER BY "case".promised_at LIMIT {MOST}
"""  # noqa: S608 - our own names
CONTRACT_COLUMNS: Final = {
    "program_id": "bigint",
    "policy_id": "bigint",
    "rule": "text",
    "attended": "int",
    "of_next": "int",
    "kinds": "jsonb",
    "services": "jsonb",
}
# Contracts over her next sessions whose last one ends soon, neither kept nor out of reach yet.
CONTRACTS: Final = f"""
SELECT {OF_PATIENT}, NULL, review.id, run.ends_at, NULL, '', review.decided_by_role, false,
       run.attended || ' of ' || given.attended
  FROM {_given(CONTRACT_COLUMNS)}
  JOIN followup_review AS review ON review.program_id = given.program_id AND review.policy_id = given.policy_id
       AND review.trigger = given.rule AND review.fired_at > %(since)s
 CROSS JOIN LATERAL (
    SELECT max(ends_at) FILTER (WHERE place = given.of_next) AS ends_at,
           count(*) FILTER (WHERE status = 'attended') AS attended,
           count(*) FILTER (WHERE status NOT IN ('attended', 'unrecorded') AND ends_at <= %(now)s) AS lost
      FROM (SELECT upper(seat.span) AS ends_at, status.status, row_number() OVER (ORDER BY lower(seat.span)) AS place
              FROM rejoin_seats_within(review.patient_id, tstzrange(review.fired_at, %(until)s)) AS hers(id)
              JOIN programs_seat AS seat ON seat.id = hers.id
              JOIN programs_session AS session ON session.id = seat.session_id
              LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
             WHERE session.program_id = review.program_id AND lower(seat.span) >= review.fired_at
               AND coalesce(status.status, '') <> 'cancelled'
               AND (given.kinds = '[]' OR given.kinds ? session.kind)
               AND (given.services = '[]' OR given.services ? session.service)) AS counted
     WHERE place <= given.of_next) AS run
  JOIN people_patient AS patient ON patient.id = review.patient_id
  JOIN programs_program AS program ON program.id = review.program_id
 WHERE run.ends_at > %(now)s AND run.ends_at <= %(until)s AND run.attended < given.attended
   AND run.lost <= given.of_next - given.attended
   AND (review.open OR EXISTS (SELECT FROM followup_reviewevent AS event
                                WHERE event.review_id = review.id AND event.turn = 'decided'))
 ORDER BY run.ends_at LIMIT {MOST}
"""  # noqa: S608 - our own names
SILENCE_COLUMNS: Final = {"program_id": "bigint", "lasts": "interval", "asks": "text"}
# Patients being followed up whose days without any service come to the policy's limit soon. Nearly all of them have been
# somewhere since: who has is left out by one such seat, before all of hers are read.
SILENCES: Final = f"""
SELECT {OF_PATIENT}, hers.ref, NULL, fires.at, hers.owner_id, coalesce(owner.name, ''), '', hers.elevated, given.asks
  FROM {_given(SILENCE_COLUMNS)}
  JOIN programs_program AS program ON program.id = given.program_id
  JOIN LATERAL (SELECT DISTINCT ON (patient_id) patient_id, ref, owner_id, elevated FROM followup_case
                 WHERE program_id = given.program_id AND state IN ('open', 'stopped')
                 ORDER BY patient_id, opened_at DESC) AS hers ON (
    SELECT true FROM rejoin_seats_within(hers.patient_id, tstzrange(
             least(%(until)s::timestamptz - given.lasts + interval '1 day', %(now)s), %(now)s)) AS since(id)
      JOIN attendance_seatstatus AS status ON status.seat_id = since.id AND status.status IN ('attended', 'partial')
      JOIN programs_session AS session ON session.id = status.session_id AND session.program_id = given.program_id
     LIMIT 1) IS NULL
 CROSS JOIN LATERAL (
    SELECT (max(upper(seat.span)) AT TIME ZONE program.timezone + given.lasts) AT TIME ZONE program.timezone AS at
      FROM rejoin_seats_within(hers.patient_id, tstzrange(%(now)s::timestamptz - given.lasts - interval '1 day',
                                                          %(now)s)) AS lately(id)
      JOIN attendance_seatstatus AS status ON status.seat_id = lately.id AND status.status IN ('attended', 'partial')
      JOIN programs_seat AS seat ON seat.id = lately.id
      JOIN programs_session AS session ON session.id = seat.session_id
     WHERE session.program_id = given.program_id) AS fires
  JOIN people_patient AS patient ON patient.id = hers.patient_id
  LEFT JOIN people_staff AS owner ON owner.id = hers.owner_id
 WHERE fires.at > %(now)s AND fires.at <= %(until)s
 ORDER BY fires.at LIMIT {MOST}
"""  # noqa: S608 - our own names


def overdue_contacts(programs: Collection[int], *, now: datetime) -> tuple[HuddleRow, ...]:
    """Calls and findings past their deadline, and misses nobody has tried to reach in the policy's time."""
    rows = select(OVERDUE_CONTACTS, {"programs": list(programs), "now": now})
    return _rows(
        HuddleKind.OVERDUE_CONTACT,
        rows,
        lambda found: (
            f"{words.rung_words(found.code)} was due" if found.code else words.LATE["first_attempt"]
        ),
    )


def not_reached(programs: Collection[int], *, now: datetime) -> tuple[HuddleRow, ...]:
    """Open cases noticed a day ago or longer, without two-way contact since. Elevated ones first."""
    rows = select(NOT_REACHED, {"programs": list(programs), "now": now, "after": NOT_REACHED_FOR})
    return _rows(HuddleKind.NOT_REACHED, rows, lambda found: f"not reached, tried {_times(int(found.code))}")


def windows_ending(programs: Collection[int], *, now: datetime) -> tuple[HuddleRow, ...]:
    """Contracts whose last session is within three days, and silences that come to the policy's limit by then."""
    books = books_of(programs)
    asked = {"now": now, "until": now + WINDOWS_AHEAD, "since": now - CONTRACTS_LAST}
    contracts = select(CONTRACTS, asked | {"given": as_json(CONTRACT_COLUMNS, _contracts(books))})
    silences = select(SILENCES, asked | {"given": as_json(SILENCE_COLUMNS, _silences(books, now))})
    found = (
        *_rows(
            HuddleKind.WINDOW_ENDS, contracts, lambda found: f"contract ends: {found.code} attended so far"
        ),
        *_rows(
            HuddleKind.WINDOW_ENDS,
            silences,
            lambda found: f"no session for long: then the policy asks for a {words.spaced(found.code)}",
        ),
    )
    return tuple(sorted(found, key=lambda row: row.due_at))


def reviews_due(programs: Collection[int], *, now: datetime) -> tuple[HuddleRow, ...]:
    """Reviews that wait for a decision, overdue ones and those due within a week."""
    rows = select(REVIEWS_DUE, {"programs": list(programs), "until": now + REVIEWS_AHEAD})
    return _rows(HuddleKind.REVIEW_DUE, rows, lambda found: words.word(words.ASKED, found.code))


def promised_today(programs: Collection[int], *, now: datetime) -> tuple[HuddleRow, ...]:
    """Who said that she will be back on this day, by the program's calendar."""
    rows = select(PROMISED_TODAY, {"programs": list(programs), "now": now})
    return _rows(HuddleKind.PROMISED_TODAY, rows, lambda _: "said that she will be back today")


class _Found(NamedTuple):
    """A row as every one of these queries tells it."""

    name: str
    preferred_name: str
    external_id: str
    ref: Any
    program: str
    case_ref: Any
    review_id: int | None
    due_at: datetime
    owner_id: int | None
    owner: str
    role: str
    elevated: bool
    code: str


def _rows(
    kind: HuddleKind, rows: Sequence[tuple[Any, ...]], why: Callable[[_Found], str]
) -> tuple[HuddleRow, ...]:
    return tuple(_row(kind, found, why(found)) for found in (_Found(*row) for row in rows))


def _row(kind: HuddleKind, found: _Found, why: str) -> HuddleRow:
    return HuddleRow(
        kind=kind,
        patient=found.preferred_name or found.name or found.external_id,
        patient_ref=str(found.ref),
        external_id=found.external_id,
        program=found.program,
        case_ref=str(found.case_ref or ""),
        review_id=found.review_id,
        due_at=found.due_at,
        owner_id=found.owner_id,
        owner=found.owner or words.word(words.ROLES, found.role),
        elevated=found.elevated,
        why=why,
    )


def _contracts(books: Mapping[int, Book]) -> Iterator[tuple[Any, ...]]:
    """Every trigger of every version that opens a contract."""
    for program_id, book in books.items():
        for policy, _ in book.pages.versions:
            for rule in policy.triggers:
                if rule.clears is not None:
                    yield (
                        *(program_id, book.version_id(policy), rule.id),
                        *(rule.clears.attended, rule.clears.of_next),
                        *(sorted(rule.scope.kinds), sorted(rule.scope.services)),
                    )


def _silences(books: Mapping[int, Book], now: datetime) -> Iterator[tuple[Any, ...]]:
    """How long a patient may be without any service, by the policy in force now."""
    for program_id, book in books.items():
        for rule in book.in_force(local_day(now, book.timezone)).triggers:
            if isinstance(rule.when, NoServiceFor):
                yield program_id, f"{rule.when.length.total_seconds()} seconds", rule.then


def _times(count: int) -> str:
    return {0: "by nobody", 1: "once", 2: "twice"}.get(count, f"{count} times")
