"""What was said to a patient and by her: messages, replies, notices; and what the team has open about her."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.console.present.patients_history import Seat
from rejoin.console.present.words import NOTICE_REASONS, in_words
from rejoin.followup.boards import CaseRow, CaseWanted, Slice, case_rows
from rejoin.followup.words import CHANNELS, MESSAGE_STATES, ROLES, spaced, word
from rejoin.outreach.masking import without_secrets
from rejoin.people.naming import names_of

MOST: Final = 30
"""Of each: older ones are in their cases."""
MESSAGES: Final = """
SELECT channel, template, body, state, state_at, about, error FROM outreach_message
 WHERE patient_id = %s ORDER BY state_at DESC, id DESC LIMIT %s
"""
REPLIES: Final = """
SELECT reply.at, reply.channel, reply.text, reply.unread, coalesce(reading."by", ''), reading.at
  FROM outreach_reply AS reply LEFT JOIN outreach_replyreading AS reading ON reading.reply_id = reply.id
 WHERE reply.patient_id = %s ORDER BY reply.at DESC, reply.id DESC LIMIT %s
"""
NOTICES: Final = """
SELECT seat_id, received_at, reason, via, "by", at FROM attendance_notice
 WHERE patient_id = %s ORDER BY received_at DESC, id DESC LIMIT %s
"""
TASKS: Final = """
SELECT task.id, task.words, owner.name, task.due_at, task.due_at < %s, "case".ref
  FROM followup_task AS task JOIN people_staff AS owner ON owner.id = task.owner_id
  LEFT JOIN followup_case AS "case" ON "case".id = task.case_id
 WHERE task.patient_id = %s AND task.open ORDER BY task.due_at, task.id LIMIT %s
"""
REVIEWS: Final = """
SELECT review.id, review.trigger, review."then", review.decided_by_role, review.due_at, review.due_at < %s, review.open
  FROM followup_review AS review WHERE review.patient_id = %s
 ORDER BY review.open DESC, review.fired_at DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message to her, or words of hers, in the order of time."""

    at: datetime
    hers: bool
    who: str
    words: str
    about: str
    """What became of it: "delivered", "nobody has read it yet"."""
    waits: bool
    """Somebody still has to read it, or find out what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """She said that she cannot come, or why she did not."""

    received_at: datetime
    session: str
    starts_at: datetime | None
    reason: str
    via: str
    by: str
    early: bool
    """Before the session began."""


class Task(NamedTuple):
    id: int
    words: str
    owner: str
    due_at: datetime
    late: bool
    case_ref: UUID | None


class Review(NamedTuple):
    id: int
    trigger: str
    then: str
    role: str
    due_at: datetime
    late: bool
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All of it."""

    said: tuple[Said, ...]
    notices: tuple[Notice, ...]
    cases: tuple[CaseRow, ...]
    case_count: int
    tasks: tuple[Task, ...]
    reviews: tuple[Review, ...]


def told(patient_id: int, programs: Sequence[int], seats: Sequence[Seat], now: datetime) -> Told:
    """Eight queries, however much there is."""
    sent = select(MESSAGES, [patient_id, MOST])
    replies = select(REPLIES, [patient_id, MOST])
    notices = select(NOTICES, [patient_id, MOST])
    names = names_of([*(row[4] for row in replies), *(row[4] for row in notices)])
    latest = Slice(sort="opened", descending=True, limit=MOST)
    cases = case_rows(programs, wanted=CaseWanted(state="", patient=patient_id), page=latest)
    said = [*(_message(row) for row in sent), *(_reply(row, names) for row in replies)]
    by_seat = {each.id: each for each in seats}
    return Told(
        said=tuple(sorted(said, key=lambda each: each.at, reverse=True)),
        notices=tuple(_notice(row, by_seat.get(row[0]), names) for row in notices),
        cases=cases.rows,
        case_count=cases.total,
        tasks=tuple(Task(*row) for row in select(TASKS, [now, patient_id, MOST])),
        reviews=tuple(_review(row) for row in select(REVIEWS, [now, patient_id, MOST])),
    )


def _message(row: Sequence[Any]) -> Said:
    channel, template, body, state, at, _, error = row
    told = word(MESSAGE_STATES, state)
    return Said(
        at=at,
        hers=False,
        who=word(CHANNELS, channel).capitalize(),
        words=without_secrets(body),
        about=f"{spaced(template).capitalize()}: {told}{f' ({spaced(error)})' if error else ''}",
        waits=state == "unknown",
    )


def _reply(row: Sequence[Any], names: dict[str, str]) -> Said:
    at, channel, text, unread, by, _ = row
    reader = names.get(by, "")
    return Said(
        at=at,
        hers=True,
        who=f"Her words, by {word(CHANNELS, channel)}",
        words=without_secrets(text),
        about="Nobody has read it yet" if unread else f"Read by {reader}" if reader else "Read",
        waits=unread,
    )


def _notice(row: Sequence[Any], seat: Seat | None, names: dict[str, str]) -> Notice:
    _, received_at, reason, via, by, _ = row
    return Notice(
        received_at=received_at,
        session=seat.name if seat else "A session she has no seat in any more",
        starts_at=seat.session.starts_at if seat else None,
        reason=NOTICE_REASONS.get(reason, in_words(reason)),
        via=word(CHANNELS, via) if via else "",
        by=names.get(by, ""),
        early=seat is not None and received_at <= seat.session.starts_at,
    )


def _review(row: Sequence[Any]) -> Review:
    number, trigger, then, role, due_at, late, is_open = row
    return Review(number, spaced(trigger), spaced(then), word(ROLES, role), due_at, late, is_open)
