"""The outbox: a message is queued once by its key, and every state it goes through is written down."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import NamedTuple

from rejoin.audit.trail import nothing_to_tell, record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import as_json, given, insert_rows
from rejoin.common.rows import select
from rejoin.common.wakes import SEND, wake
from rejoin.outreach.models import Message, MessageEvent
from rejoin.outreach.vocabulary import MessageState

# A later word never undoes an earlier one: vendors report out of order, and twice.
COMES_FROM = {
    MessageState.SENDING: (MessageState.QUEUED,),
    MessageState.QUEUED: (MessageState.SENDING, MessageState.UNKNOWN),
    # From "queued" as well: a report proves that it left, though it seemed that it never had.
    MessageState.SENT: (MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN),
    MessageState.DELIVERED: (
        *(MessageState.QUEUED, MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN),
    ),
    MessageState.FAILED: (MessageState.QUEUED, MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN),
    MessageState.UNKNOWN: (MessageState.SENDING,),
    MessageState.WITHHELD: (MessageState.QUEUED,),
    MessageState.CANCELLED: (MessageState.QUEUED,),
    MessageState.EXPIRED: (MessageState.QUEUED,),
}
# Whoever asked for the message does not need to hear that it is on its way.
OF_NO_INTEREST = (MessageState.SENDING, MessageState.QUEUED, MessageState.CANCELLED)


class Letter(NamedTuple):
    """A message to be queued."""

    key: str
    about: str
    patient_id: int
    program_id: int
    channel: str
    template: str
    language: str
    not_before: datetime
    expires_at: datetime
    quiet: tuple[time, time] | None


class Move(NamedTuple):
    """A message's next state. `vendor_id` "" keeps the one it has.

    `claim`: what was found out on the so-manieth try. It says nothing of a later one, however late it is said.
    """

    message_id: int
    state: MessageState
    error: str = ""
    vendor_id: str = ""
    not_before: datetime | None = None
    claim: int | None = None


NEW_COLUMNS = (
    *("key", "about", "patient", "program", "channel", "template", "language", "made_at", "not_before"),
    *("expires_at", "quiet_from", "quiet_until", "sender", "state", "state_at"),
    *("body", "tries", "claimed_by", "looked_up", "sent_to", "vendor_id", "error", "acted_on"),
)
NOT_TRIED = ("", 0, "", 0, "", "", "", True)
"""The last line of `NEW_COLUMNS` for a message that nobody has tried to send."""


def queue_messages(letters: Iterable[Letter], *, by: Actor, at: datetime) -> None:
    """Queue messages. A key that is there already is the same message: nothing happens."""
    rows = [_new_row(each, by, at) for each in letters]
    insert_rows(Message, NEW_COLUMNS, rows, then="ON CONFLICT (key) DO NOTHING")
    if rows:
        wake(SEND)


def _new_row(letter: Letter, by: Actor, at: datetime) -> tuple[object, ...]:
    quiet = letter.quiet or (None, None)
    return (
        *(letter.key, letter.about, letter.patient_id, letter.program_id, letter.channel, letter.template),
        *(letter.language, at, letter.not_before, letter.expires_at, *quiet),
        *(str(by), MessageState.QUEUED.value, at, *NOT_TRIED),
    )


def cancel_messages(abouts: Sequence[str], *, by: Actor, at: datetime) -> None:
    """Whatever has not begun to go out about these stays here."""
    if not abouts:
        return
    rows = select(
        "SELECT id FROM outreach_message WHERE about = ANY(%s) AND state = 'queued'", [list(abouts)]
    )
    move_messages([Move(row[0], MessageState.CANCELLED) for row in rows], by=by, at=at)


MOVE_COLUMNS = {
    "id": "bigint",
    "state": "text",
    "error": "text",
    "vendor_id": "text",
    "not_before": "timestamptz",
    "claim": "int",
    "froms": "text[]",
}
MOVE = f"""
UPDATE outreach_message AS message
   SET state = given.state, state_at = %s, error = given.error,
       not_before = coalesce(given.not_before, message.not_before),
       vendor_id = CASE WHEN given.vendor_id = '' THEN message.vendor_id ELSE given.vendor_id END,
       acted_on = CASE WHEN message.about LIKE 'reply:%%' OR message.about LIKE 'nudge:%%' THEN true  -- nobody waits for news of them
                       WHEN given.state = ANY(%s) AND message.state <> 'unknown' THEN message.acted_on
                       ELSE false END,
       claimed_at = CASE WHEN given.state = 'queued' THEN NULL ELSE message.claimed_at END
  FROM {given(MOVE_COLUMNS)}
 WHERE message.id = given.id AND message.state = ANY(given.froms) AND message.tries = coalesce(given.claim, message.tries)
RETURNING message.id, message.state, message.error, message.patient_id, message.program_id
"""  # noqa: S608 - our own columns


def move_messages(moves: Iterable[Move], *, by: Actor, at: datetime) -> int:
    """Move messages on, each only from a state it may come from. Returns how many moved."""
    listed = sorted({each.message_id: each for each in moves}.values())
    if not listed:
        nothing_to_tell("outreach.move")
        return 0
    rows = [
        (
            each.message_id,
            each.state,
            each.error[:80],
            each.vendor_id,
            each.not_before,
            each.claim,
            COMES_FROM[each.state],
        )
        for each in listed
    ]
    moved = select(MOVE, [at, list(OF_NO_INTEREST), as_json(MOVE_COLUMNS, rows)])
    insert_rows(
        MessageEvent,
        ("at", "by", "message", "state", "error"),
        [(at, str(by), number, state, error) for number, state, error, _, _ in moved],
    )
    record_all(
        [
            ("outreach.move", f"message:{number}", patient, program, state)
            for number, state, _, patient, program in moved
        ],
        by=by,
        at=at,
    )
    if not moved:
        nothing_to_tell("outreach.move")
    return len(moved)
