"""The worklist by the clock: each step a person has to take, with all she needs to take it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import local_day
from rejoin.domain.policy import Consent
from rejoin.domain.policy.document import Recipient, StepRule
from rejoin.domain.policy.ladder import may_use, release_from_quiet
from rejoin.followup import scripts, words
from rejoin.followup.boards import queue
from rejoin.followup.boards.paging import OF_PATIENT, Conditions, Page, Rows, Slice, Sort, cut, of_program
from rejoin.people.consents import consents_of
from rejoin.programs.books import Book, books_of

OWNER: Final = "LEFT JOIN people_staff AS owner ON owner.id = step.owner_id"
CASE: Final = 'JOIN followup_case AS "case" ON "case".id = step.case_id'
WORK_SORTS: Final[Mapping[str, Sort]] = {
    "clock": Sort(by="coalesce(step.deadline, step.due_at)", is_indexed=True),
    "due": Sort(by="step.due_at"),
    "patient": Sort(by=OF_PATIENT.format(column="step.patient_id")),
    "owner": Sort(by="owner.name", may_be_empty=True, join=OWNER),
    "elevated": Sort(by='"case".elevated', join=CASE),
    "opened": Sort(by='"case".opened_at', join=CASE),
    "turn": Sort(by=queue.KEY, join=queue.JOIN),
}
STEPS: Final = Rows(table="followup_step", name="step", first="coalesce(step.deadline, step.due_at), step.id")
# Hers, and what is of a role she holds and nobody's alone.
MINE: Final = """
(step.owner_id = %(mine)s OR (step.owner_id IS NULL AND EXISTS (
    SELECT FROM programs_staffrole AS held
     WHERE held.staff_id = %(mine)s AND held.program_id = step.program_id AND held.role = step.actor
       AND held.from_at <= %(now)s AND held.ended_at IS NULL)))
"""
ELEVATED: Final = """
EXISTS (SELECT FROM followup_case AS "case" WHERE "case".id = step.case_id AND "case".elevated = %(elevated)s)
"""
ROWS: Final = """
SELECT step.id, "case".id, "case".ref, patient.id, patient.ref, patient.external_id, patient.name, patient.preferred_name,
       patient.language, patient.timezone, patient.may_leave_voicemail, program.id, program.name, program.neutral_name,
       program.call_back, step.rule, step.origin, step.actor, step.owner_id, owner.name, step.due_at, step.deadline,
       "case".elevated, step.channels, step."to", step.because, "case".opened_at, "case".state, "case".promised_at,
       CASE WHEN "case".first_attempt_at IS NULL THEN "case".first_attempt_by END, session.starts_at, session.kind,
       tried.times, tried.outcome, tried.made_at, tried.channel, version.latest,
       ARRAY(SELECT value FROM people_address WHERE patient_id = patient.id AND kind = 'phone' AND retired_at IS NULL
              ORDER BY rank, people_address.id),
       ARRAY(SELECT ARRAY[name, phone] FROM people_contact
              WHERE patient_id = patient.id AND relation = step."to" AND retired_at IS NULL AND phone <> ''
              ORDER BY people_contact.id),
       EXISTS (SELECT FROM outreach_reply AS reply WHERE reply.patient_id = patient.id AND reply.unread)
  FROM {cut} AS wanted
  JOIN followup_step AS step ON step.id = wanted.id
  JOIN followup_case AS "case" ON "case".id = step.case_id
  JOIN programs_program AS program ON program.id = "case".program_id
  JOIN programs_session AS session ON session.id = "case".session_id
  JOIN people_patient AS patient ON patient.id = step.patient_id
  LEFT JOIN people_staff AS owner ON owner.id = step.owner_id
  LEFT JOIN LATERAL (SELECT count(*) OVER () AS times, outcome, made_at, channel FROM followup_attempt AS attempt
                      WHERE attempt.case_id = "case".id AND attempt.outcome <> 'message_sent'
                      ORDER BY made_at DESC, attempt.id DESC LIMIT 1) AS tried ON true
  LEFT JOIN LATERAL (SELECT max(id) AS latest FROM followup_caseevent WHERE case_id = "case".id) AS version ON true
 ORDER BY wanted.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkWanted:
    """Which steps are asked for. None and "" ask nothing."""

    mine: int | None = None
    """The staff whose they are: her own, and those of a role she holds that are nobody's alone."""
    program: int | None = None
    owner: int | None = None
    role: str = ""
    elevated: bool | None = None
    overdue: bool = False
    kind: str = ""
    """The step's origin: "ladder", "escalation", "reply", ..."""
    text: str = ""
    """In her name, her preferred name or the program's identifier for her."""
    case: int | None = None
    step: int | None = None


class Phone(NamedTuple):
    """A number that may be called, and whose it is: "" her own."""

    number: str
    whose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """One step to take."""

    step_id: int
    case_id: int
    case_ref: str
    seen: int
    """The case as it is now, for the form (`followup.staleness`)."""
    patient_ref: str
    external_id: str
    patient: str
    """As she likes to be called."""
    name: str
    language: str
    program: str
    rule: str
    what: str
    """The step in words."""
    origin: str
    role: str
    """In words."""
    owner_id: int | None
    owner: str
    """ "" while nobody alone has it."""
    due_at: datetime
    deadline: datetime | None
    is_overdue: bool
    elevated: bool
    channels: tuple[str, ...]
    to: str
    """ "patient", or the relation of whoever is to be reached."""
    phones: tuple[Phone, ...]
    phone_note: str
    """Why there is no number, where a call is asked for."""
    may_leave_voicemail: bool
    local_time: datetime
    """By her own clock."""
    is_quiet_there: bool
    """Quiet hours of the policy where she is. They hold back messages; a call in a safety case they do not."""
    attempts: int
    """Of people, so far."""
    last_outcome: str
    """In words; "" before the first."""
    last_attempt_at: datetime | None
    last_channel: str
    opened_at: datetime
    first_attempt_by: datetime | None
    """The regulatory clock, while nobody has tried."""
    state: str
    promised_at: datetime | None
    has_written: bool
    """Something she wrote waits to be read: read it first."""
    session_at: datetime
    session_kind: str
    because: tuple[str, ...]
    cite: str
    """The source of the policy's step, where it names one."""
    script: scripts.Script
    turn: queue.Turn
    """Why it stands where it does, in the order of the queue."""


def worklist_rows(
    programs: Collection[int], *, now: datetime, wanted: WorkWanted | None = None, page: Slice | None = None
) -> Page[WorkRow]:
    """Steps that people have to take in these programs, by the clock. Six queries, however many rows; one more for a text."""
    what, part = wanted or WorkWanted(), page or Slice()
    sort = WORK_SORTS.get(part.sort, WORK_SORTS["clock"])
    found = cut(STEPS, _asked(programs, what, now), sort=sort, part=part, text=what.text.strip())
    rows = [_Found(*row) for row in select(ROWS.format(cut=found.sql), found.values)]
    consents = consents_of({row.patient_id for row in rows}, now)
    books = books_of({row.program_id for row in rows})
    turns = queue.turns_of([row.step_id for row in rows], now)
    return Page(
        rows=tuple(
            _row(row, consents[row.patient_id], books.get(row.program_id), turns[row.step_id], now)
            for row in rows
        ),
        total=found.total,
        among=found.among,
    )


def _asked(programs: Collection[int], wanted: WorkWanted, now: datetime) -> Conditions:
    asked = Conditions(programs=of_program(programs, wanted.program))
    asked.add("step.ended_at IS NULL AND step.actor <> 'system'", now=now)
    asked.ask(MINE, "mine", wanted.mine, are_few=True)
    asked.ask("step.owner_id = %(owner)s", "owner", wanted.owner, are_few=True)
    asked.ask("step.actor = %(role)s", "role", wanted.role)
    asked.ask(ELEVATED, "elevated", wanted.elevated)
    asked.ask("step.origin = %(kind)s", "kind", wanted.kind)
    asked.ask("step.case_id = %(case)s", "case", wanted.case, are_few=True)
    asked.ask("step.id = %(step)s", "step", wanted.step, are_few=True)
    if wanted.overdue:
        asked.add("step.deadline < %(now)s")
    return asked


class _Found(NamedTuple):
    """A row as it is read."""

    step_id: int
    case_id: int
    case_ref: Any
    patient_id: int
    patient_ref: Any
    external_id: str
    name: str
    preferred_name: str
    language: str
    timezone: str
    may_leave_voicemail: bool
    program_id: int
    program: str
    neutral_name: str
    call_back: str
    rule: str
    origin: str
    actor: str
    owner_id: int | None
    owner: str | None
    due_at: datetime
    deadline: datetime | None
    elevated: bool
    channels: list[str]
    to: str
    because: Any
    opened_at: datetime
    state: str
    promised_at: datetime | None
    first_attempt_by: datetime | None
    session_at: datetime
    session_kind: str
    times: int | None
    last_outcome: str | None
    last_attempt_at: datetime | None
    last_channel: str | None
    latest: int | None
    phones: list[str]
    contacts: list[list[str]]
    has_written: bool


def _row(
    found: _Found, consents: tuple[Consent, ...], book: Book | None, turn: queue.Turn, now: datetime
) -> WorkRow:
    zone = ZoneInfo(found.timezone)
    called = found.preferred_name or found.name or found.external_id
    phones, note = _phones(found, consents)
    rung = _rung(found, book)
    return WorkRow(
        step_id=found.step_id,
        case_id=found.case_id,
        case_ref=str(found.case_ref),
        seen=found.latest or 0,
        patient_ref=str(found.patient_ref),
        external_id=found.external_id,
        patient=called,
        name=found.name,
        language=found.language,
        program=found.program,
        rule=found.rule,
        what=words.rung_words(found.rule),
        origin=found.origin,
        role=words.word(words.ROLES, found.actor),
        owner_id=found.owner_id,
        owner=found.owner or "",
        due_at=found.due_at,
        deadline=found.deadline,
        is_overdue=found.deadline is not None and found.deadline < now,
        elevated=found.elevated,
        channels=tuple(words.word(words.CHANNELS, each) for each in found.channels),
        to=found.to,
        phones=phones,
        phone_note=note,
        may_leave_voicemail=found.may_leave_voicemail,
        local_time=now.astimezone(zone),
        is_quiet_there=_is_quiet(found, book, zone, now),
        attempts=found.times or 0,
        last_outcome=words.word(words.OUTCOMES, found.last_outcome or ""),
        last_attempt_at=found.last_attempt_at,
        last_channel=words.word(words.CHANNELS, found.last_channel or ""),
        opened_at=found.opened_at,
        first_attempt_by=found.first_attempt_by,
        state=found.state,
        promised_at=found.promised_at,
        has_written=found.has_written,
        session_at=found.session_at,
        session_kind=found.session_kind,
        because=words.reasons(words.told(found.because)),
        cite=(rung.cite if rung else None) or "",
        script=_script(found, called, phones),
        turn=turn,
    )


def _script(found: _Found, called: str, phones: Sequence[Phone]) -> scripts.Script:
    """What to say, in her language, to her or to whoever is called instead."""
    return scripts.script_for(
        called,
        neutral_name=found.neutral_name,
        call_back=found.call_back,
        language=found.language,
        voicemail=found.may_leave_voicemail,
        contact=None if found.to == Recipient.PATIENT else _whose(phones, found.to),
    )


def _phones(found: _Found, consents: Sequence[Consent]) -> tuple[tuple[Phone, ...], str]:
    """The numbers that may be called for this step, or why there is none."""
    to = Recipient(found.to)
    if not may_use("phone", to=to, consents=consents):
        return (
            (),
            "She does not want calls."
            if to is Recipient.PATIENT
            else "She has not agreed that they are called.",
        )
    if to is Recipient.PATIENT:
        numbers = tuple(Phone(each) for each in found.phones)
    else:
        numbers = tuple(Phone(number, whose) for whose, number in found.contacts)
    return numbers, "" if numbers else "No number is on file."


def _whose(phones: Sequence[Phone], relation: str) -> str:
    """Whom to ask for, where it is not herself."""
    return next((each.whose for each in phones if each.whose), f"her {words.spaced(relation)}")


def _rung(found: _Found, book: Book | None) -> StepRule | None:
    """The step as the policy in force that day writes it."""
    if book is None:
        return None
    outreach = book.in_force(local_day(found.session_at, book.timezone)).outreach
    rule = found.rule.rpartition(":")[2]
    ladder = (*outreach.elevated, *outreach.standard) if found.elevated else outreach.standard
    return next((each for each in ladder if each.id == rule), None)


def _is_quiet(found: _Found, book: Book | None, zone: ZoneInfo, now: datetime) -> bool:
    if book is None:
        return False
    quiet = book.in_force(local_day(found.session_at, book.timezone)).outreach.quiet_hours
    return quiet is not None and release_from_quiet(now, quiet=quiet, zone=zone) != now
