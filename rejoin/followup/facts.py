"""What is known of cases at an instant, gathered for many cases in a handful of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rejoin.common.rows import select
from rejoin.domain.attendance import Outcome, Session
from rejoin.domain.kernel import local_day
from rejoin.domain.policy import Attempt, Consent, Policy, Reach
from rejoin.domain.policy.document import SYSTEM, Recipient, StepRule
from rejoin.followup.stays import left_at, stays_of
from rejoin.followup.vocabulary import AttemptOutcome, CaseState, Origin, StepState
from rejoin.people.consents import consents_of
from rejoin.programs.books import Book, books_of
from rejoin.programs.sessions import COLUMNS, as_session

_outcome = msgspec.json.Decoder(Outcome)

CASES = f"""
SELECT {COLUMNS}, "case".id, "case".patient_id, "case".seat_id, "case".state, "case".elevated,
       "case".final_outcome, "case".closed_by, "case".promised_at, patient.timezone, outcome.told::text,
       "case".stopped_at, "case".owner_id, patient.language, seat.released_at
  FROM followup_case AS "case"
  JOIN programs_seat AS seat ON seat.id = "case".seat_id
  JOIN programs_session AS session ON session.id = "case".session_id
  JOIN people_patient AS patient ON patient.id = "case".patient_id
  JOIN attendance_seatstatus AS status ON status.seat_id = "case".seat_id
  JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
 WHERE "case".id = ANY(%s)
"""  # noqa: S608 - our own columns
ATTEMPTS = """
SELECT attempt.case_id, attempt.made_at, attempt."by", attempt.channel, attempt.outcome, coalesce(step.rule, '')
  FROM followup_attempt AS attempt LEFT JOIN followup_step AS step ON step.id = attempt.step_id
 WHERE attempt.case_id = ANY(%s) AND attempt.made_at <= %s ORDER BY attempt.made_at, attempt.id
"""
# Somebody asked for the nudge by hand, before there was a case or beside it: then the ladder's own is done.
HAND_NUDGES = """
SELECT "case".id, greatest(message.made_at, session.starts_at), message.channel
  FROM followup_case AS "case" JOIN outreach_message AS message ON message.about = 'nudge:' || "case".seat_id
  JOIN programs_session AS session ON session.id = "case".session_id
 WHERE "case".id = ANY(%s) AND message.state IN ('queued', 'sending', 'sent', 'delivered', 'unknown')
"""
STEPS = """
SELECT case_id, id, rule, origin, actor, state, due_at, deadline, channels FROM followup_step
 WHERE case_id = ANY(%s) ORDER BY id
"""
FLAGS = """
SELECT patient_id, code FROM people_flag
 WHERE patient_id = ANY(%s) AND raised_at <= %s AND (ended_at IS NULL OR ended_at > %s)
"""
ADDRESSES = """
SELECT DISTINCT patient_id, kind FROM people_address WHERE patient_id = ANY(%s) AND retired_at IS NULL
"""
# The first time she was seen, or is attested to have come, in a session that began after the missed one.
RETURNS = """
SELECT "case".id, min(CASE WHEN seen.first_join <= %(now)s THEN seen.first_join
                           WHEN status.attested AND status.status IN ('attended', 'partial') THEN later.starts_at
                      END)
  FROM followup_case AS "case"
  JOIN programs_session AS missed ON missed.id = "case".session_id
  JOIN programs_seat AS seat ON seat.patient_id = "case".patient_id AND seat.id <> "case".seat_id
  JOIN programs_session AS later ON later.id = seat.session_id AND later.starts_at > missed.starts_at
       AND later.starts_at <= %(now)s + interval '2 hours' AND later.program_id = "case".program_id
  LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
 WHERE "case".id = ANY(%(cases)s) AND missed.ends_at <= %(now)s + interval '30 minutes'
   AND (seen.first_join IS NOT NULL OR status.status IN ('attended', 'partial'))
   AND NOT (coalesce(status.attested, false) AND status.status NOT IN ('attended', 'partial'))
 GROUP BY 1
"""
# What she wrote and nobody has read.
UNREAD = """
SELECT DISTINCT patient_id FROM outreach_reply WHERE unread AND patient_id = ANY(%s)
"""
DISPOSED = "SELECT DISTINCT case_id FROM followup_disposition WHERE case_id = ANY(%s)"
MESSAGES = """
SELECT about, split_part(key, ':', 3), count(*),
       bool_or(state IN ('sending', 'sent', 'delivered', 'unknown')), bool_or(state = 'queued')
  FROM outreach_message WHERE about = ANY(%s) GROUP BY 1, 2
"""


@dataclass(slots=True, kw_only=True)
class RaisedStep:
    """A step that is on somebody's list, or was."""

    id: int
    rule: str
    origin: Origin
    actor: str
    state: StepState
    due_at: datetime
    deadline: datetime | None
    channels: Sequence[str]

    @property
    def open(self) -> bool:
        return self.state in (StepState.DUE, StepState.UNKNOWN)


@dataclass(slots=True, kw_only=True)
class KnownCase:
    """A case with all it is decided from."""

    id: int
    seat_id: int
    patient_id: int
    program_id: int
    session: Session
    policy: Policy
    policy_id: int
    outcome: Outcome
    reach: Reach
    language: str
    state: CaseState
    elevated: bool
    final_outcome: str
    closed_by: str
    stopped_at: datetime | None
    owner_id: int | None
    released_at: datetime | None
    """When her seat was given back: she was not expected after all."""
    promised_at: datetime | None
    attempts: tuple[Attempt, ...] = ()
    steps: dict[str, RaisedStep] = field(default_factory=dict)
    returned_at: datetime | None = None
    left_at: datetime | None = None
    disposed: bool = False
    letters: dict[str, int] = field(default_factory=dict)
    """How many messages each step has asked for."""
    went_out: bool = False
    """Some message about it left the building, or may have."""
    awaits_reading: bool = False
    """She has written, and nobody has read it yet."""
    has_waiting: bool = False
    """Some message about it waits to go out."""


def gather_cases(case_ids: Sequence[int], *, now: datetime) -> list[KnownCase]:
    """Cases with everything known of each by `now`."""
    rows = select(CASES, [list(case_ids)])
    patients = list({row[12] for row in rows})
    books = books_of({row[1] for row in rows})
    consents = consents_of(patients, now)
    flags, kinds = _by_key(select(FLAGS, [patients, now, now])), _by_key(select(ADDRESSES, [patients]))
    found = {row[11]: _case(row, books[row[1]], consents, flags, kinds) for row in rows}
    _add_attempts(found, now)
    _add_steps(found)
    _add_turns(found, patients, now)
    return list(found.values())


def _case(
    row: Sequence[Any],
    book: Book,
    consents: dict[int, tuple[Consent, ...]],
    flags: dict[int, set[str]],
    kinds: dict[int, set[str]],
) -> KnownCase:
    session = as_session(row)
    patient = row[12]
    policy = book.in_force(local_day(session.starts_at, book.timezone))
    raised = frozenset(flags.get(patient, ()))
    if row[15]:  # once elevated, a case stays so: a flag that ends does not call anybody off
        raised |= policy.outreach.elevated_when
    reach = Reach(
        timezone=zone_of(row[19]),
        flags=raised,
        has_phone="phone" in kinds.get(patient, ()),
        has_email="email" in kinds.get(patient, ()),
        consents=consents.get(patient, ()),
    )
    return KnownCase(
        id=row[11],
        seat_id=row[13],
        patient_id=patient,
        program_id=row[1],
        session=session,
        policy=policy,
        policy_id=book.version_id(policy),
        outcome=_outcome.decode(row[20]),
        reach=reach,
        language=row[23],
        state=CaseState(row[14]),
        elevated=row[15],
        final_outcome=row[16],
        closed_by=row[17],
        stopped_at=row[21],
        owner_id=row[22],
        released_at=row[24],
        promised_at=row[18],
    )


def _add_attempts(cases: dict[int, KnownCase], now: datetime) -> None:
    tried: dict[int, list[Attempt]] = defaultdict(list)
    for case_id, made_at, by, channel, outcome, rule in select(ATTEMPTS, [list(cases), now]):
        actor = SYSTEM if by.startswith("system:") else by
        tried[case_id].append(
            Attempt(at=made_at, actor=actor, channel=channel, outcome=outcome, step_id=rule)
        )
    for case_id, made_at, channel in select(HAND_NUDGES, [list(cases)]):
        for rule in first_messages(cases[case_id].policy):
            nudge = Attempt(
                at=made_at,
                actor=SYSTEM,
                channel=channel,
                outcome=AttemptOutcome.MESSAGE_SENT.value,
                step_id=rule.id,
            )
            tried[case_id].append(nudge)
    for case_id, attempts in tried.items():
        cases[case_id].attempts = tuple(attempts)


def _add_steps(cases: dict[int, KnownCase]) -> None:
    for case_id, number, rule, origin, actor, state, due_at, deadline, channels in select(
        STEPS, [list(cases)]
    ):
        cases[case_id].steps[rule] = RaisedStep(
            id=number,
            rule=rule,
            origin=Origin(origin),
            actor=actor,
            state=StepState(state),
            due_at=due_at,
            deadline=deadline,
            channels=channels,
        )


def _add_turns(cases: dict[int, KnownCase], patients: list[int], now: datetime) -> None:
    """Returns, departures, dispositions, and whether anything went out."""
    for case_id, returned_at in select(RETURNS, {"now": now, "cases": list(cases)}):
        cases[case_id].returned_at = returned_at
    stays = stays_of(patients)
    unread = {row[0] for row in select(UNREAD, [patients])}
    for case in cases.values():
        case.awaits_reading = case.patient_id in unread
        day = case.policy.local_day(case.session.starts_at)
        case.left_at = left_at(stays.get((case.patient_id, case.program_id), ()), day)
    for (case_id,) in select(DISPOSED, [list(cases)]):
        cases[case_id].disposed = True
    for about, rule, letters, went_out, waits in select(MESSAGES, [[f"case:{each}" for each in cases]]):
        case = cases[int(about.removeprefix("case:"))]
        case.letters[rule] = letters
        case.went_out = case.went_out or went_out
        case.has_waiting = case.has_waiting or waits


def first_messages(policy: Policy) -> list[StepRule]:
    """The first thing that the system says of itself to a patient, on each of the policy's ladders."""
    ladders = (policy.outreach.standard, policy.outreach.elevated)
    found = (
        next((each for each in ladder if each.actor == SYSTEM and each.to is Recipient.PATIENT), None)
        for ladder in ladders
    )
    return [each for each in found if each is not None]


def _by_key(rows: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return found


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)
