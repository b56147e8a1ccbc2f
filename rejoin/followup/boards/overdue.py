"""Everything that is past its time, in one list for the supervisor: each with its owner, since when, and where to go.

What is overdue twice over stands here once: the escalation of a late step is the step itself, a late clinician's step is
the missing finding, and a late "find out" or "she wrote" is told as what it is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple

from rejoin.common.rows import select
from rejoin.domain.kernel import Word
from rejoin.followup import words
from rejoin.followup.boards.paging import NAME, Slice
from rejoin.followup.engine import PARTS, SENDING
from rejoin.followup.planning import DISPOSITION_WITHIN
from rejoin.followup.querysets import ACKNOWLEDGED_WITHIN
from rejoin.outreach.vocabulary import READ_WITHIN

SILENT_AFTER_SECONDS: Final = 30
"""Of real time: a part of the engine that no worker has finished for so long has stopped."""
OVERDUE_SORTS: Final[Mapping[str, str]] = {
    "since": "late.since",
    "kind": "late.kind",
    "owner": "owner.name",
    "patient": NAME,
}
BY_NAME: Final = ("owner", "patient")
LATE: Final = """
WITH late AS MATERIALIZED (
  SELECT * FROM (
    SELECT 'disposition' AS kind, "case".id, "case".id AS case_id, "case".patient_id, "case".program_id, asked.owner_id,
           least("case".opened_at + %(disposition)s, asked.deadline) AS since, "case".stopping::text AS code,
           asked.id AS step_id
      FROM followup_case AS "case"
      LEFT JOIN LATERAL (SELECT step.id, owner_id, deadline FROM followup_step AS step
                          WHERE step.case_id = "case".id AND step.actor = 'clinician' AND step.ended_at IS NULL
                          ORDER BY deadline LIMIT 1) AS asked ON true
     WHERE "case".program_id = ANY(%(programs)s) AND "case".state IN ('open', 'stopped') AND "case".elevated
       AND least("case".opened_at + %(disposition)s, asked.deadline) < %(now)s
       AND NOT EXISTS (SELECT FROM followup_disposition AS found WHERE found.case_id = "case".id)
    UNION ALL
    SELECT CASE WHEN step.origin = 'unknown_send' THEN 'unknown_send' ELSE 'step' END, step.id, step.case_id,
           step.patient_id, step.program_id, step.owner_id,
           CASE WHEN step.origin = 'unknown_send' THEN step.raised_at ELSE step.deadline END, step.rule, step.id
      FROM followup_step AS step
     WHERE step.ended_at IS NULL AND step.program_id = ANY(%(programs)s)
       AND (step.deadline < %(now)s OR step.origin = 'unknown_send') AND step.origin NOT IN ('escalation', 'reply')
       AND NOT (step.actor = 'clinician' AND EXISTS (SELECT FROM followup_case AS "case"
                                                      WHERE "case".id = step.case_id AND "case".elevated)
                AND NOT (step.origin = 'concern' AND EXISTS (SELECT FROM followup_disposition AS found
                                                              WHERE found.case_id = step.case_id)))
    UNION ALL
    SELECT 'first_attempt', id, id, patient_id, program_id, owner_id, first_attempt_by, '', NULL
      FROM followup_case
     WHERE program_id = ANY(%(programs)s) AND state IN ('open', 'stopped') AND state = 'open'
       AND first_attempt_at IS NULL AND first_attempt_by < %(now)s
    UNION ALL
    SELECT 'nobodys', id, id, patient_id, program_id, NULL, noticed_at, '', NULL FROM followup_case
     WHERE program_id = ANY(%(programs)s) AND state IN ('open', 'stopped') AND owner_id IS NULL
    UNION ALL
    SELECT 'review', id, NULL, patient_id, program_id, NULL, due_at, "then", NULL FROM followup_review
     WHERE program_id = ANY(%(programs)s) AND open AND due_at < %(now)s
    UNION ALL
    SELECT 'words', reply.id, step.case_id, reply.patient_id, NULL, step.owner_id, reply.at + %(read)s, reply.channel,
           step.id
      FROM outreach_reply AS reply
      LEFT JOIN followup_step AS step ON step.patient_id = reply.patient_id AND step.rule = 'reply:' || reply.id
           AND step.ended_at IS NULL
     WHERE reply.unread AND reply.at + %(read)s < %(now)s
       AND (reply.programs && %(programs)s::bigint[] OR reply.programs = '{}')
    UNION ALL
    SELECT 'task', id, case_id, patient_id, program_id, owner_id, due_at, left(words, 200), NULL FROM followup_task
     WHERE program_id = ANY(%(programs)s) AND open AND due_at < %(now)s
    UNION ALL
    SELECT 'ask', note.id, "case".id, "case".patient_id, "case".program_id, note.asks_id, note.at + %(acknowledged)s, '', NULL
      FROM followup_casenote AS note JOIN followup_case AS "case" ON "case".id = note.case_id
     WHERE note.waits AND note.at + %(acknowledged)s < %(now)s AND "case".program_id = ANY(%(programs)s)
    UNION ALL
    SELECT 'engine', 0, NULL, NULL, NULL, NULL, coalesce(max(beat.at), %(now)s), part.name, NULL
      FROM unnest(%(parts)s::text[]) AS part(name) LEFT JOIN common_heartbeat AS beat ON beat.part = part.name
     GROUP BY part.name
    HAVING coalesce(min(abs(extract(epoch FROM clock_timestamp() - beat.beat_at))), 'infinity') > %(silent)s
  ) AS found
 WHERE (%(owner)s::bigint IS NULL OR owner_id = %(owner)s) AND (%(program)s::bigint IS NULL OR program_id = %(program)s)
)
"""
NAMED: Final = """
LEFT JOIN people_patient AS patient ON patient.id = late.patient_id
LEFT JOIN people_staff AS owner ON owner.id = late.owner_id
"""
ROWS: Final = f"""
{LATE}
SELECT counted.told, wanted.* FROM (
    SELECT coalesce(jsonb_object_agg(kind, times), '{{}}')::text AS told
      FROM (SELECT kind, count(*) AS times FROM late GROUP BY kind) AS each) AS counted
  LEFT JOIN (
    SELECT late.kind, late.id, "case".ref AS case_ref, patient.ref AS patient_ref, patient.external_id, patient.name,
           patient.preferred_name, program.name AS program, late.owner_id, owner.name AS owner, late.since, late.code,
           late.step_id, (SELECT raised.id FROM followup_step AS raised
                           WHERE late.kind = 'step' AND raised.case_id = late.case_id
                             AND raised.rule = 'escalation:' || late.code AND raised.ended_at IS NULL) AS escalation_id,
           "case".elevated
      FROM (SELECT late.* FROM late {{named}} WHERE %(kind)s = '' OR late.kind = %(kind)s
             ORDER BY {{order}} LIMIT %(limit)s OFFSET %(offset)s) AS late
      LEFT JOIN followup_case AS "case" ON "case".id = late.case_id
      {NAMED}
      LEFT JOIN programs_program AS program ON program.id = late.program_id
     ORDER BY {{order}}) AS wanted ON true
"""  # noqa: S608 - our own names


class OverdueKind(Word):
    STEP = "step"
    """A step past its deadline."""
    DISPOSITION = "disposition"
    """An elevated miss, and no clinician has said how she is."""
    FIRST_ATTEMPT = "first_attempt"
    """The policy's clock of the first attempt ran out, and no person has tried."""
    NOBODYS = "nobodys"
    """A case without an owner."""
    UNKNOWN_SEND = "unknown_send"
    """Nobody knows whether a message went out."""
    REVIEW = "review"
    WORDS = "words"
    """A patient wrote, and nobody has read it within the hour."""
    TASK = "task"
    ASK = "ask"
    """Somebody was asked to acknowledge a note a day ago."""
    ENGINE = "engine"
    """A part of the engine is silent: nothing new is noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueWanted:
    """Which rows are asked for. None and "" ask nothing."""

    kind: str = ""
    owner: int | None = None
    program: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueRow:
    """One thing that is past its time. What a page links to is its case, else its review, task, reply or patient."""

    kind: OverdueKind
    id: int
    """Of the step, the case, the review, the reply, the task or the note; 0 for the engine."""
    case_ref: str
    patient_ref: str
    patient: str
    """ "" for what is of no patient."""
    external_id: str
    program: str
    owner_id: int | None
    owner: str
    since: datetime
    """When it became overdue."""
    what: str
    """In words."""
    elevated: bool
    step_id: int | None
    escalation_id: int | None
    """The supervisor's own step about it, to be seen to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A part of the list, and how many there are of each kind in all."""

    rows: tuple[OverdueRow, ...]
    total: int
    """Of the kind that is asked for."""
    counts: Mapping[str, int]

    total_is_more: ClassVar[bool] = False
    """What is overdue is counted to the last."""
    among: ClassVar[int | None] = None
    """And sorted to the last."""


def overdue_rows(
    programs: Collection[int],
    *,
    now: datetime,
    wanted: OverdueWanted | None = None,
    page: Slice | None = None,
) -> Overdue:
    """What is past its time in these programs, the longest first. One query."""
    what, part = wanted or OverdueWanted(), page or Slice(limit=200)
    rows = select(
        ROWS.replace("{order}", _order(part)).replace("{named}", NAMED if part.sort in BY_NAME else ""),
        {
            "now": now,
            "programs": list(programs),
            "disposition": DISPOSITION_WITHIN,
            "read": READ_WITHIN,
            "acknowledged": ACKNOWLEDGED_WITHIN,
            "parts": [name for name, _ in PARTS] + [SENDING],
            "silent": SILENT_AFTER_SECONDS,
            "owner": what.owner,
            "program": what.program,
            "kind": what.kind,
            "limit": part.limit,
            "offset": part.offset,
        },
    )
    counts: dict[str, int] = words.counted(rows[0][0])
    return Overdue(
        rows=tuple(_row(_Found(*row[1:])) for row in rows if row[1] is not None),
        total=counts.get(what.kind, 0) if what.kind else sum(counts.values()),
        counts=MappingProxyType(counts),
    )


def overdue_counts(
    programs: Collection[int], *, now: datetime, owner: int | None = None
) -> Mapping[str, int]:
    """How many of each kind: for a badge, or for tabs. One query."""
    return overdue_rows(programs, now=now, wanted=OverdueWanted(owner=owner), page=Slice(limit=0)).counts


def _order(part: Slice) -> str:
    way = "DESC" if part.descending else "ASC"
    return f"{OVERDUE_SORTS.get(part.sort, OVERDUE_SORTS['since'])} {way} NULLS LAST, late.kind {way}, late.id {way}"


class _Found(NamedTuple):
    kind: str
    id: int
    case_ref: Any
    patient_ref: Any
    external_id: str | None
    name: str | None
    preferred_name: str | None
    program: str | None
    owner_id: int | None
    owner: str | None
    since: datetime
    code: str
    step_id: int | None
    escalation_id: int | None
    elevated: bool | None


def _row(found: _Found) -> OverdueRow:
    return OverdueRow(
        kind=OverdueKind(found.kind),
        id=found.id,
        case_ref=str(found.case_ref or ""),
        patient_ref=str(found.patient_ref or ""),
        patient=found.preferred_name or found.name or found.external_id or "",
        external_id=found.external_id or "",
        program=found.program or "",
        owner_id=found.owner_id,
        owner=found.owner or "",
        since=found.since,
        what=_what(OverdueKind(found.kind), found.code),
        elevated=bool(found.elevated),
        step_id=found.step_id,
        escalation_id=found.escalation_id,
    )


def _what(kind: OverdueKind, code: str) -> str:
    """What it is, in words."""
    if kind is OverdueKind.STEP:
        return words.rung_words(code)
    if kind is OverdueKind.TASK:
        return code
    if kind is OverdueKind.REVIEW:
        return words.word(words.ASKED, code)
    if kind is OverdueKind.ENGINE:
        return f"the engine is silent ({words.spaced(code)}): nothing new of it is noticed. Whoever runs Rejoin asks the doctor."
    return words.LATE[kind]
