"""The table of cases: where each stands, whose it is, and what comes next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from rejoin.common.rows import select
from rejoin.followup import words
from rejoin.followup.boards.paging import OF_PATIENT, Conditions, Page, Rows, Slice, Sort, cut, of_program

OWNER: Final = 'LEFT JOIN people_staff AS owner ON owner.id = "case".owner_id'
CASE_SORTS: Final[Mapping[str, Sort]] = {
    "opened": Sort(by='"case".opened_at', is_indexed=True),
    "next": Sort(by='"case".next_due_at', may_be_empty=True),
    "patient": Sort(by=OF_PATIENT.format(column='"case".patient_id')),
    "owner": Sort(by="owner.name", may_be_empty=True, join=OWNER),
    "state": Sort(by='"case".state'),
    "elevated": Sort(by='"case".elevated'),
    "closed": Sort(by='"case".closed_at', may_be_empty=True),
}
ON_THE_LIST: Final = "on_the_list"
CASES: Final = Rows(table="followup_case", name='"case"', first='"case".opened_at DESC, "case".id DESC')
ROWS: Final = """
SELECT "case".id, "case".ref, patient.ref, patient.external_id, patient.name, patient.preferred_name, program.name,
       session.starts_at, session.kind, "case".state, "case".stopping, "case".elevated, "case".owner_id, owner.name,
       "case".opened_at, "case".noticed_at, "case".next_step, "case".next_due_at,
       CASE WHEN "case".first_attempt_at IS NULL THEN "case".first_attempt_by END, "case".first_attempt_at,
       "case".promised_at, "case".closed_at, "case".final_outcome, tried.times, tried.outcome, tried.made_at,
       EXISTS (SELECT FROM outreach_reply AS reply WHERE reply.patient_id = patient.id AND reply.unread)
  FROM {cut} AS wanted
  JOIN followup_case AS "case" ON "case".id = wanted.id
  JOIN programs_program AS program ON program.id = "case".program_id
  JOIN programs_session AS session ON session.id = "case".session_id
  JOIN people_patient AS patient ON patient.id = "case".patient_id
  LEFT JOIN people_staff AS owner ON owner.id = "case".owner_id
  LEFT JOIN LATERAL (SELECT count(*) OVER () AS times, outcome, made_at FROM followup_attempt AS attempt
                      WHERE attempt.case_id = "case".id AND attempt.outcome <> 'message_sent'
                      ORDER BY made_at DESC, attempt.id DESC LIMIT 1) AS tried ON true
 ORDER BY wanted.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWanted:
    """Which cases are asked for. None and "" ask nothing."""

    state: str = ON_THE_LIST
    """ "open", "stopped", "closed"; ON_THE_LIST: not closed; "": whichever."""
    program: int | None = None
    owner: int | None = None
    nobodys: bool = False
    """Without an owner."""
    elevated: bool | None = None
    outcome: str = ""
    patient: int | None = None
    text: str = ""
    opened_from: datetime | None = None
    opened_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case."""

    case_id: int
    case_ref: str
    patient_ref: str
    external_id: str
    patient: str
    name: str
    program: str
    session_at: datetime
    session_kind: str
    state: str
    stopping: str
    """Why the outreach stopped, in words."""
    elevated: bool
    owner_id: int | None
    owner: str
    opened_at: datetime
    noticed_at: datetime
    next_step: str
    """In words; "" where nothing comes."""
    next_due_at: datetime | None
    first_attempt_by: datetime | None
    """While nobody has tried."""
    first_attempt_at: datetime | None
    promised_at: datetime | None
    closed_at: datetime | None
    ending: str
    """In words; "" while it has not ended."""
    attempts: int
    last_outcome: str
    last_attempt_at: datetime | None
    has_written: bool


def case_rows(
    programs: Collection[int], *, wanted: CaseWanted | None = None, page: Slice | None = None
) -> Page[CaseRow]:
    """Cases of these programs, the latest first. Two queries, and one more for a text."""
    what, part = wanted or CaseWanted(), page or Slice(sort="opened", descending=True)
    sort = CASE_SORTS.get(part.sort, CASE_SORTS["opened"])
    found = cut(CASES, _asked(programs, what), sort=sort, part=part, text=what.text.strip())
    rows = select(ROWS.format(cut=found.sql), found.values)
    return Page(
        rows=tuple(_row(_Found(*row)) for row in rows),
        total=found.total,
        among=found.among,
    )


def _asked(programs: Collection[int], wanted: CaseWanted) -> Conditions:
    asked = Conditions(programs=of_program(programs, wanted.program))
    if wanted.state == ON_THE_LIST:
        asked.add("\"case\".state IN ('open', 'stopped')")
    else:
        asked.ask('"case".state = %(state)s', "state", wanted.state)
    asked.ask('"case".owner_id = %(owner)s', "owner", wanted.owner)
    if wanted.nobodys:
        asked.add('"case".owner_id IS NULL')
    asked.ask('"case".elevated = %(elevated)s', "elevated", wanted.elevated)
    asked.ask('"case".final_outcome = %(outcome)s', "outcome", wanted.outcome)
    asked.ask('"case".patient_id = %(patient)s', "patient", wanted.patient, are_few=True)
    asked.ask('"case".opened_at >= %(opened_from)s', "opened_from", wanted.opened_from)
    asked.ask('"case".opened_at < %(opened_until)s', "opened_until", wanted.opened_until)
    return asked


class _Found(NamedTuple):
    """A row as it is read."""

    case_id: int
    case_ref: Any
    patient_ref: Any
    external_id: str
    name: str
    preferred_name: str
    program: str
    session_at: datetime
    session_kind: str
    state: str
    stopping: str
    elevated: bool
    owner_id: int | None
    owner: str | None
    opened_at: datetime
    noticed_at: datetime
    next_step: str
    next_due_at: datetime | None
    first_attempt_by: datetime | None
    first_attempt_at: datetime | None
    promised_at: datetime | None
    closed_at: datetime | None
    final_outcome: str
    times: int | None
    last_outcome: str | None
    last_attempt_at: datetime | None
    has_written: bool


def _row(found: _Found) -> CaseRow:
    return CaseRow(
        case_id=found.case_id,
        case_ref=str(found.case_ref),
        patient_ref=str(found.patient_ref),
        external_id=found.external_id,
        patient=found.preferred_name or found.name or found.external_id,
        name=found.name,
        program=found.program,
        session_at=found.session_at,
        session_kind=found.session_kind,
        state=found.state,
        stopping=words.word(words.STOPPING, found.stopping),
        elevated=found.elevated,
        owner_id=found.owner_id,
        owner=found.owner or "",
        opened_at=found.opened_at,
        noticed_at=found.noticed_at,
        next_step=words.rung_words(found.next_step),
        next_due_at=found.next_due_at,
        first_attempt_by=found.first_attempt_by,
        first_attempt_at=found.first_attempt_at,
        promised_at=found.promised_at,
        closed_at=found.closed_at,
        ending=words.word(words.ENDINGS, found.final_outcome),
        attempts=found.times or 0,
        last_outcome=words.word(words.OUTCOMES, found.last_outcome or ""),
        last_attempt_at=found.last_attempt_at,
        has_written=found.has_written,
    )
