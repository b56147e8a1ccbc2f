"""Everything that happened on one case, in order, each with its why: three queries."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from rejoin.common.rows import select
from rejoin.domain.kernel import Word
from rejoin.followup import words
from rejoin.followup.boards.making_up import (
    MAKING_UP,
    handed_back_words,
    ledger_words,
    looked_at_words,
    picked_words,
    unit_of_case,
    unit_words,
)
from rejoin.followup.models import Case
from rejoin.outreach.masking import without_secrets

# Turns that a fact of their own tells of already.
TOLD_ELSEWHERE: Final = [
    "attempted",
    "promised",
    "disposed",
    "safety",
    "disclosed",
    "seen_to",
    "found_out",
    "wrote",
]
HAPPENED: Final = f"""
SELECT happened.at, happened.kind, happened.id, coalesce(staff.name, ''), happened."by", happened.told::text
  FROM (
    SELECT noticed_at AS at, 'noticed' AS kind, id, 'system:engine' AS "by", jsonb_build_object('because', (
             SELECT told -> 'because' FROM attendance_outcome AS outcome
              WHERE outcome.seat_id = "case".seat_id AND outcome.at <= "case".noticed_at ORDER BY number DESC LIMIT 1)) AS told,
           0 AS rank
      FROM followup_case AS "case" WHERE id = %(case)s
    UNION ALL
    SELECT at, 'turn', id, "by", jsonb_build_object('turn', turn, 'reason', reason), 6
      FROM followup_caseevent WHERE case_id = %(case)s AND turn <> ALL(%(elsewhere)s)
    UNION ALL
    SELECT step.raised_at, 'step', step.id, 'system:engine', jsonb_build_object('rule', rule, 'origin', origin,
           'actor', actor, 'owner', owner.name, 'channels', channels, 'to', "to", 'due_at', due_at, 'deadline', deadline,
           'state', state, 'ended_at', ended_at, 'ended_by', ender.name, 'because', because), 1
      FROM followup_step AS step LEFT JOIN people_staff AS owner ON owner.id = step.owner_id
      LEFT JOIN people_staff AS ender ON 'staff:' || ender.id = step.ended_by
     WHERE case_id = %(case)s
    UNION ALL
    SELECT attempt.made_at, 'attempt', attempt.id, attempt."by", jsonb_build_object('channel', channel,
           'outcome', outcome, 'to', attempt."to", 'rule', step.rule, 'consent', consent_id, 'written_at', attempt.at), 4
      FROM followup_attempt AS attempt LEFT JOIN followup_step AS step ON step.id = attempt.step_id
     WHERE attempt.case_id = %(case)s AND attempt.message_id IS NULL
    UNION ALL
    SELECT state_at, 'message', id, 'system:engine', jsonb_build_object('channel', channel, 'template', template,
           'state', state, 'error', error, 'body', body), 2
      FROM outreach_message WHERE about IN ('case:' || %(case)s::text, 'makeup:' || %(seat)s::text)
    UNION ALL
    SELECT reply.at, 'reply', reply.id, 'patient:' || reply.patient_id, jsonb_build_object('channel', channel,
           'text', text, 'unread', unread, 'meaning', meaning), 3
      FROM outreach_reply AS reply
     WHERE reply.patient_id = %(patient)s AND reply.at >= %(from)s AND reply.at <= coalesce(%(until)s::timestamptz, 'infinity')
    UNION ALL
    SELECT at, 'disposition', id, "by", jsonb_build_object('result', result, 'instrument', instrument), 5
      FROM followup_disposition WHERE case_id = %(case)s
    UNION ALL
    SELECT promise.at, 'promise', promise.id, promise."by", jsonb_build_object('promised_at', promised_at,
           'kept', outcome.kept), 5
      FROM followup_promisedreturn AS promise LEFT JOIN followup_promiseoutcome AS outcome ON outcome.promise_id = promise.id
     WHERE case_id = %(case)s
    UNION ALL
    SELECT note.at, 'note', note.id, note."by", jsonb_build_object('words', words, 'asks', asked.name,
           'asks_id', asks_id, 'waits', waits, 'seen', (SELECT jsonb_agg(jsonb_build_array(reader.name, seen.at) ORDER BY seen.id)
              FROM followup_casenoteseen AS seen JOIN people_staff AS reader ON reader.id = seen.staff_id
             WHERE seen.note_id = note.id)), 5
      FROM followup_casenote AS note LEFT JOIN people_staff AS asked ON asked.id = note.asks_id WHERE case_id = %(case)s
    UNION ALL
    SELECT at, 'safety', id, "by", jsonb_build_object('step', step, 'result', result, 'words', words), 5
      FROM followup_safetyrecord WHERE case_id = %(case)s
    UNION ALL
    SELECT told_at, 'disclosure', id, "by", jsonb_build_object('basis', basis, 'recipient', recipient,
           'affiliation', affiliation, 'nature', nature, 'written_at', at), 5
      FROM followup_emergencydisclosure WHERE case_id = %(case)s
    UNION ALL
    SELECT event.at, 'task', task.id, event."by", jsonb_build_object('turn', event.turn, 'words', task.words,
           'said', event.words, 'owner', owner.name, 'due_at', task.due_at, 'open', task.open), 5
      FROM followup_task AS task JOIN followup_taskevent AS event ON event.task_id = task.id
      LEFT JOIN people_staff AS owner ON owner.id = event.owner_id WHERE task.case_id = %(case)s
    UNION ALL
{MAKING_UP}
  ) AS happened LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = happened."by"
 ORDER BY happened.at, happened.rank, happened.id
"""  # noqa: S608 - our own words


class HappeningKind(Word):
    NOTICED = "noticed"
    TURN = "turn"
    STEP = "step"
    ATTEMPT = "attempt"
    MESSAGE = "message"
    REPLY = "reply"
    DISPOSITION = "disposition"
    PROMISE = "promise"
    NOTE = "note"
    SAFETY = "safety"
    DISCLOSURE = "disclosure"
    TASK = "task"
    PICKED = "picked"
    HANDED_BACK = "handed_back"
    CAUGHT_UP = "caught_up"
    LOOKED_AT = "looked_at"
    UNIT_WORD = "unit_word"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened on a case."""

    at: datetime
    kind: HappeningKind
    id: int
    """Of the note, the step, the reply, ...: what a page links to."""
    who: str
    """By name; "The patient", or "The system"."""
    what: str
    """In words: "no answer, by phone"."""
    words: str
    """What somebody wrote, as it was written."""
    because: tuple[str, ...]
    """Why, each with its rule and its source."""
    told: Mapping[str, Any]
    """All there is of it, by the column's name: instants as ISO 8601."""


def case_timeline(case: Case) -> tuple[Happening, ...]:
    """Events, steps with why, attempts, messages and replies, findings, promises, notes, safety steps and the way back, in order."""
    asked = {
        "case": case.pk,
        "seat": case.seat_id,
        "patient": case.patient_id,
        "from": case.opened_at,
        "until": case.closed_at,
        "elsewhere": TOLD_ELSEWHERE,
        "program": case.program_id,
        "zone": case.program.timezone,
        **unit_of_case(case),
    }
    return tuple(_happening(_Found(*row)) for row in select(HAPPENED, asked))


class _Found(NamedTuple):
    at: datetime
    kind: str
    id: int
    name: str
    by: str
    told: str


def _happening(found: _Found) -> Happening:
    kind, told = HappeningKind(found.kind), json.loads(without_secrets(found.told))
    return Happening(
        at=found.at,
        kind=kind,
        id=found.id,
        who=found.name or ("The patient" if found.by.startswith("patient:") else "The system"),
        what=_WHAT[kind](told),
        words=told.get("words") or told.get("text") or told.get("nature") or told.get("body") or "",
        because=words.reasons(told.get("because") or ()) or _by_policy(kind, told),
        told=MappingProxyType(told),
    )


def _by_policy(kind: HappeningKind, told: dict[str, Any]) -> tuple[str, ...]:
    """A step of the ladder needs no other reason than that the policy asks for it then."""
    if kind is not HappeningKind.STEP or told["origin"] != "ladder":
        return ()
    return (f"the policy asks for it at this time after a missed session (outreach.{told['rule']})",)


def _step(told: dict[str, Any]) -> str:
    by = told["owner"] or words.word(words.ROLES, told["actor"])
    how = " or ".join(words.word(words.CHANNELS, each) for each in told["channels"])
    towards = "" if told["to"] == "patient" else f" to her {words.spaced(told['to'])}"
    asked = f"{words.rung_words(told['rule'])}{towards}: {by}" + (f", {how}" if how else "")
    return f"{asked} ({words.word(words.STATES, told['state'])})"


def _attempt(told: dict[str, Any]) -> str:
    towards = "" if told["to"] == "patient" else f", her {words.spaced(told['to'])}"
    return f"{words.word(words.OUTCOMES, told['outcome'])}, by {words.word(words.CHANNELS, told['channel'])}{towards}"


def _message(told: dict[str, Any]) -> str:
    why = f": {words.spaced(told['error'])}" if told["error"] else ""
    return f"{words.word(words.CHANNELS, told['channel'])} {words.word(words.MESSAGE_STATES, told['state'])}{why}"


def _promise(told: dict[str, Any]) -> str:
    kept = {None: "", True: ": kept", False: ": not kept"}[told["kept"]]
    return f"said when she will be back{kept}"


def _note(told: dict[str, Any]) -> str:
    if not told["asks"]:
        return "said to the team"
    return f"asked {told['asks']} to acknowledge" + ("" if told["waits"] else ", who has")


def _task(told: dict[str, Any]) -> str:
    return {"given": f"gave a task to {told['owner']}", "done": "did a task"}.get(
        told["turn"], "withdrew a task"
    )


_WHAT: Final[Mapping[HappeningKind, Callable[[dict[str, Any]], str]]] = {
    HappeningKind.NOTICED: lambda _: "noticed that she was missed",
    HappeningKind.TURN: lambda told: words.turn_words(told["turn"], told["reason"]),
    HappeningKind.STEP: _step,
    HappeningKind.ATTEMPT: _attempt,
    HappeningKind.MESSAGE: _message,
    HappeningKind.REPLY: lambda told: f"wrote by {words.word(words.CHANNELS, told['channel'])}",
    HappeningKind.DISPOSITION: lambda told: f"finding: {words.word(words.FINDINGS, told['result'])}",
    HappeningKind.PROMISE: _promise,
    HappeningKind.NOTE: _note,
    HappeningKind.SAFETY: lambda told: f"{words.spaced(told['step'])}: {words.spaced(told['result'])}",
    HappeningKind.DISCLOSURE: lambda told: (
        f"told {told['recipient']}, {told['affiliation']}: {words.word(words.BASES, told['basis'])}"
    ),
    HappeningKind.TASK: _task,
    HappeningKind.PICKED: picked_words,
    HappeningKind.HANDED_BACK: handed_back_words,
    HappeningKind.CAUGHT_UP: lambda _: "has done the material on it",
    HappeningKind.LOOKED_AT: looked_at_words,
    HappeningKind.UNIT_WORD: unit_words,
    HappeningKind.LEDGER: ledger_words,
}
