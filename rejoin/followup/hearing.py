"""What became of the messages a case asked for, and what patients answered: turned into facts and steps."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import ENGINE, Actor, patient_actor
from rejoin.common.bulk import insert_rows
from rejoin.common.refusals import refuse_machines
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import backoff, work_through
from rejoin.domain.kernel import Refusal
from rejoin.domain.policy.document import AUTOMATED_CHANNELS
from rejoin.followup.absence import cases_not_certain
from rejoin.followup.models import Attempt, CaseEvent
from rejoin.followup.raising import Asked, OfCase, raise_steps
from rejoin.followup.turns import take_turns_of_cases
from rejoin.followup.vocabulary import AttemptOutcome, CaseTurn, Origin, StepState
from rejoin.outreach.models import Reply, ReplyReading
from rejoin.outreach.outbox import Letter, queue_messages
from rejoin.outreach.vocabulary import LEFT, READ_WITHIN, MessageState
from rejoin.outreach.wanted import Wanted, ask_about
from rejoin.programs.vocabulary import Role
from rejoin.visits.waiting import AT_THE_DOOR

BATCH = 1000
LOOK_INTO_WITHIN = timedelta(hours=4)
# These were known beforehand and chosen by the patient: the next person's step follows, nobody is alarmed.
HER_CHOICE = ("no_consent",)
OVER = (StepState.FAILED, StepState.SUPPRESSED, StepState.CANCELLED)
"""Of such a step everything has followed that could. One that is done may still turn out not to have arrived."""

CLAIM = """
SELECT id FROM outreach_message WHERE NOT acted_on AND about LIKE 'case:%%' AND (act_after IS NULL OR act_after <= %s)
   AND (%s::bigint[] IS NULL OR id = ANY(%s))
 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
HEARD = """
SELECT message.id, message.state, message.error, message.channel, message.state_at, message.patient_id,
       message.program_id, message.template, message.language, message.expires_at, message.quiet_from,
       message.quiet_until, "case".id, "case".session_id, "case".program_id, "case".state, step.id, step.rule, step.state, step.channels,
       (SELECT count(*) FROM outreach_message AS other
         WHERE other.about = message.about AND split_part(other.key, ':', 3) = step.rule),
       split_part(message.key, ':', 4)::int
  FROM outreach_message AS message
  JOIN followup_case AS "case" ON "case".id = split_part(message.about, ':', 2)::bigint
  JOIN followup_step AS step ON step.case_id = "case".id AND step.rule = split_part(message.key, ':', 3)
 WHERE message.id = ANY(%s) ORDER BY message.id
"""
ACTED = "UPDATE outreach_message SET acted_on = true, act_after = NULL, failures = 0 WHERE id = ANY(%s)"
PUSH = "UPDATE outreach_message SET act_after = %s, failures = least(failures + 1, 1000) WHERE id = %s"
# What a nudge by hand has said in the place of a message that did not go.
SAID_BY_HAND = """
SELECT message.id FROM outreach_message AS message JOIN followup_case AS "case" ON message.about = 'case:' || "case".id
  JOIN outreach_message AS nudge ON nudge.about = 'nudge:' || "case".seat_id
 WHERE message.id = ANY(%s) AND nudge.made_at > message.made_at - interval '1 minute'
   AND nudge.state IN ('queued', 'sending', 'sent', 'delivered', 'unknown')
"""
SET_STEPS = """
UPDATE followup_step AS step SET state = given.state,
       ended_at = CASE WHEN given.state IN ('due', 'unknown') THEN NULL ELSE %(at)s END,
       ended_by = CASE WHEN given.state IN ('due', 'unknown') THEN '' ELSE %(by)s END
  FROM unnest(%(ids)s::bigint[], %(states)s::text[]) AS given(id, state)
 WHERE step.id = given.id AND step.state <> given.state
"""
END_ASKED = """
UPDATE followup_step SET state = %(state)s, ended_at = %(at)s, ended_by = %(by)s
 WHERE ended_at IS NULL AND (case_id, rule) IN (SELECT * FROM unnest(%(cases)s::bigint[], %(rules)s::text[]))
"""
END_READ = """
UPDATE followup_step SET state = %s, ended_at = %s, ended_by = %s
 WHERE ended_at IS NULL AND patient_id = %s AND rule = %s RETURNING case_id
"""
WAKE = "UPDATE followup_case SET next_look_at = least(next_look_at, %s) WHERE id = ANY(%s)"
# A reply is put on the list of her newest case that is not closed; where there is none it waits in the inbox alone.
NEW_REPLIES = """
SELECT reply.id, reply.at, "case".id, reply.patient_id, "case".session_id, "case".program_id
  FROM outreach_reply AS reply
  JOIN LATERAL (SELECT id, session_id, program_id FROM followup_case WHERE patient_id = reply.patient_id AND state <> 'closed'
                 ORDER BY opened_at DESC, id DESC LIMIT 1) AS "case" ON true
 WHERE reply.unread AND (%s::bigint[] IS NULL OR reply.patient_id = ANY(%s))
   AND (%s::bigint[] IS NULL OR reply.id = ANY(%s))
   AND NOT EXISTS (SELECT FROM followup_step AS step
                    WHERE step.patient_id = reply.patient_id AND step.rule = 'reply:' || reply.id)
 ORDER BY reply.id LIMIT 500
"""
# Whoever is at the door is not missing: she waits to be let in, or tries her camera.
# Whom somebody has turned away from the door hears nothing by machine: what is said to her is for a person, and the message waits until
# its time is over.
# What is due to be looked at, or failed when it was, has news that nobody has acted on yet.
# A nudge by hand that has left is the one word of that moment; what the ladder asks for later goes out.
WANTED = """
SELECT 'case:' || "case".id,
       "case".next_look_at <= %(now)s OR "case".failures > 0 OR watch.next_look_at <= %(now)s OR watch.failures > 0
       OR EXISTS (SELECT FROM attendance_seatstatus AS news
                   WHERE news.patient_id = "case".patient_id AND NOT news.acted_on)
       OR EXISTS (SELECT FROM visits_visit AS visit WHERE visit.seat_id = seat.id AND visit.state IN ('refused', 'removed'))
       OR EXISTS (SELECT FROM visits_visit AS visit WHERE visit.seat_id = seat.id AND visit.left_at IS NULL
                   AND greatest(visit.asked_at, visit.seen_at, visit.decided_at, visit.entered_at) > %(now)s - %(at_the_door)s)
  FROM followup_case AS "case"
  JOIN programs_seat AS seat ON seat.id = "case".seat_id
  JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  JOIN programs_policyversion AS policy ON policy.id = status.policy_id
  JOIN attendance_watch AS watch ON watch.session_id = "case".session_id
 WHERE "case".id = ANY(%(cases)s) AND "case".state = 'open' AND seat.released_at IS NULL
   AND status.status = ANY(policy.opens_on)
   AND NOT EXISTS (SELECT FROM outreach_reply AS reply WHERE reply.patient_id = "case".patient_id AND reply.unread)
   AND NOT EXISTS (SELECT FROM outreach_message AS nudge JOIN outreach_message AS own ON own.about = 'case:' || "case".id
                    WHERE nudge.about = 'nudge:' || seat.id AND nudge.state IN ('sending', 'sent', 'delivered', 'unknown')
                      AND own.state = 'queued' AND own.made_at < nudge.made_at + interval '1 minute')
"""


class Heard(NamedTuple):
    """A message of a case with its news."""

    message_id: int
    state: str
    error: str
    channel: str
    state_at: datetime
    patient_id: int
    program_id: int
    template: str
    language: str
    expires_at: datetime
    quiet_from: Any
    quiet_until: Any
    case_id: int
    session_id: int
    case_program_id: int
    case_state: str
    step_id: int
    rule: str
    step_state: str
    channels: list[str]
    letters: int
    number: int

    @property
    def is_newest(self) -> bool:
        """Whether it is the step's newest message: of an older one everything has followed already."""
        return self.number == self.letters - 1

    @property
    def of(self) -> OfCase:
        return OfCase(self.case_id, self.patient_id, self.session_id, self.case_program_id)


def sweep_messages(*, now: datetime, batch: int = BATCH) -> int:
    """Take in what became of one batch of messages."""

    def push_forward(message_id: int, _error: str) -> None:
        failures = select("SELECT failures FROM outreach_message WHERE id = %s", [message_id])
        execute(PUSH, [now + backoff(failures[0][0] if failures else 0), message_id])

    return work_through(
        name="followup.messages",
        claim=lambda only: [row[0] for row in select(CLAIM, [now, only, only, batch])],
        do=lambda ids: hear_of_messages(ids, by=ENGINE, at=now),
        push_forward=push_forward,
    )


@action("followup.hear")
def hear_of_messages(message_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Sent: an attempt. Not sent: the next channel, or a person. Unknown: a person, and nothing else."""
    heard = [Heard(*row) for row in select(HEARD, [list(message_ids)])]
    _write_attempts([each for each in heard if each.state in LEFT], by, at)
    _pass_on([each for each in heard if _did_not_go(each) and each.is_newest], by, at)
    _ask_somebody([each for each in heard if each.state == MessageState.UNKNOWN], by, at)
    _forget([each for each in heard if each.state == MessageState.QUEUED], by, at)
    execute(WAKE, [at, sorted({each.case_id for each in heard})])
    execute(ACTED, [list(message_ids)])
    record_all(
        [
            ("followup.hear", f"case:{each.case_id}", each.patient_id, each.program_id, each.state)
            for each in heard
        ],
        by=by,
        at=at,
    )
    nothing_to_tell("followup.hear")


class Untaken(Exception):
    """Something a patient wrote could not be put in front of anybody."""


def sweep_replies(*, now: datetime) -> int:
    """Put one batch of what patients wrote in front of somebody.

    A reply is a fact and holds no mark of its own: one that fails by itself is tried again at every pass, after all
    others, and until it succeeds the part has no heartbeat.
    """
    failed: list[int] = []

    def claim(only: Sequence[int] | None) -> list[int]:
        return [row[0] for row in select(NEW_REPLIES, [None, None, only, only])]

    def take(ids: list[int]) -> None:
        take_replies(replies=ids, by=ENGINE, at=now)

    taken = work_through(
        name="followup.replies",
        claim=claim,
        do=take,
        push_forward=lambda reply, _error: failed.append(reply),
    )
    if failed:
        raise Untaken(f"{len(failed)} replies")
    return taken


@action("followup.take_replies")
def take_replies(
    *,
    patients: Sequence[int] | None = None,
    replies: Sequence[int] | None = None,
    by: Actor,
    at: datetime,
) -> int:
    """Put what patients wrote in front of somebody. The system says nothing more until it is read."""
    rows = select(NEW_REPLIES, [patients, patients, replies, replies])
    taken = [(reply, wrote_at, OfCase(*of)) for reply, wrote_at, *of in rows]
    raise_steps(
        [
            Asked(of, f"reply:{reply}", Origin.REPLY, Reply.readers, wrote_at + READ_WITHIN)
            for reply, wrote_at, of in taken
        ],
        at=at,
    )
    execute(WAKE, [at, sorted({of.case_id for _, _, of in taken})])
    insert_rows(
        CaseEvent,
        ("at", "by", "case", "patient", "turn", "reason"),
        [
            (wrote_at, str(patient_actor(of.patient_id)), of.case_id, of.patient_id, CaseTurn.WROTE.value, "")
            for _, wrote_at, of in taken
        ],
    )
    record_all(
        [
            ("followup.take_replies", f"reply:{reply}", of.patient_id, of.program_id, "")
            for reply, _, of in taken
        ],
        by=by,
        at=at,
    )
    nothing_to_tell("followup.take_replies")
    return len(rows)


@action("followup.read_reply")
def read_reply(*, reply: Reply, by: Actor, at: datetime) -> None:
    """A person has read what was written, on a case or on none. It is done wherever it stood on a list."""
    refuse_machines(by, what="reads a reply")
    _, new = ReplyReading.objects.get_or_create(reply=reply, defaults={"at": at, "by": str(by)})
    if not new:
        raise Refusal("reply.read", "Somebody has read this already.")
    ended = select(END_READ, [StepState.DONE.value, at, str(by), reply.patient_id, f"reply:{reply.pk}"])
    execute(WAKE, [at, [case for (case,) in ended]])  # an escalation of it has nothing to tell any more
    program = reply.programs[0] if len(reply.programs) == 1 else None
    record(
        "followup.read_reply", f"reply:{reply.pk}", by=by, at=at, patient=reply.patient_id, program=program
    )


def still_wanted_cases(abouts: set[str], now: datetime) -> dict[str, Wanted]:
    """Cases that run, of seats still missed as far as anybody knows, of patients whose every word is read.

    Of a session in a room of our own the room has to say so too: where it cannot be asked, nothing is said yet.
    """
    cases = [int(each.removeprefix("case:")) for each in abouts]
    rows = select(WANTED, {"cases": cases, "now": now, "at_the_door": AT_THE_DOOR})
    doubtful = {f"case:{each}" for each in cases_not_certain(cases, now)}
    return {about: Wanted.NOT_YET if news or about in doubtful else Wanted.YES for about, news in rows}


def listen() -> None:
    """Tell outreach whom to ask about cases."""
    ask_about("case", still_wanted_cases)


def _did_not_go(heard: Heard) -> bool:
    return heard.state in (MessageState.FAILED, MessageState.EXPIRED, MessageState.WITHHELD)


def _write_attempts(heard: Sequence[Heard], by: Actor, at: datetime) -> None:
    insert_rows(
        Attempt,
        ("at", "by", "case", "patient", "step", "made_at", "channel", "outcome", "to", "message"),
        [
            (
                *(at, str(ENGINE), each.case_id, each.patient_id, each.step_id, min(each.state_at, at)),
                *(each.channel, AttemptOutcome.MESSAGE_SENT.value, "patient", each.message_id),
            )
            for each in heard
        ],
        then="ON CONFLICT (message_id) DO NOTHING",
    )
    _end_asked([(each.case_id, f"unknown_send:{each.rule}") for each in heard], StepState.DONE, by, at)


def _pass_on(heard: Sequence[Heard], by: Actor, at: datetime) -> None:
    """What did not go out by one channel goes by the step's next; after the last, a person knows."""
    if not heard:
        return
    take_turns_of_cases({each.case_id for each in heard}, at)
    by_hand = {row[0] for row in select(SAID_BY_HAND, [[each.message_id for each in heard]])}
    letters, states, told = [], [], []
    for each in heard:
        if each.step_state in OVER:
            continue
        if each.message_id in by_hand:
            states.append((each.step_id, StepState.DONE))
            continue
        if each.case_state != "open" or each.error == "not_wanted":
            if each.step_state != StepState.DONE:
                states.append((each.step_id, StepState.CANCELLED))
        elif (following := _next_channel(each)) is not None and each.expires_at > at:
            letters.append(_again(each, following, at))
        elif each.error in HER_CHOICE:
            states.append((each.step_id, StepState.SUPPRESSED))
        else:
            states.append((each.step_id, StepState.FAILED))
            told.append(_to_look_into(each, Origin.SEND_FAILED, at))
    queue_messages(letters, by=by, at=at)
    _set_steps(states, by, at)
    raise_steps(told, at=at)
    _end_asked([(each.case_id, f"unknown_send:{each.rule}") for each in heard], StepState.DONE, by, at)


def _ask_somebody(heard: Sequence[Heard], by: Actor, at: datetime) -> None:
    _set_steps(
        [(each.step_id, StepState.UNKNOWN) for each in heard if each.step_state == StepState.DUE], by, at
    )
    raise_steps([_to_look_into(each, Origin.UNKNOWN_SEND, at) for each in heard], at=at)


def _to_look_into(heard: Heard, origin: Origin, at: datetime) -> Asked:
    return Asked(heard.of, f"{origin.value}:{heard.rule}", origin, Role.COORDINATOR, at + LOOK_INTO_WITHIN)


def _forget(heard: Sequence[Heard], by: Actor, at: datetime) -> None:
    """The vendor never had it after all: the step is due again, and its message goes out."""
    _set_steps(
        [(each.step_id, StepState.DUE) for each in heard if each.step_state == StepState.UNKNOWN], by, at
    )
    _end_asked([(each.case_id, f"unknown_send:{each.rule}") for each in heard], StepState.CANCELLED, by, at)


def _next_channel(heard: Heard) -> str | None:
    automated = [each for each in heard.channels if each in AUTOMATED_CHANNELS]
    place = automated.index(heard.channel) if heard.channel in automated else len(automated)
    return automated[place + 1] if place + 1 < len(automated) else None


def _again(heard: Heard, channel: str, at: datetime) -> Letter:
    quiet = (heard.quiet_from, heard.quiet_until) if heard.quiet_from is not None else None
    return Letter(
        key=f"case:{heard.case_id}:{heard.rule}:{heard.letters}",
        about=f"case:{heard.case_id}",
        patient_id=heard.patient_id,
        program_id=heard.program_id,
        channel=channel,
        template=heard.template,
        language=heard.language,
        not_before=at,
        expires_at=heard.expires_at,
        quiet=quiet,
    )


def _set_steps(states: Sequence[tuple[int, StepState]], by: Actor, at: datetime) -> None:
    if states:
        ids, words = zip(*states, strict=True)
        execute(
            SET_STEPS, {"at": at, "by": str(by), "ids": list(ids), "states": [each.value for each in words]}
        )


def _end_asked(rows: Sequence[tuple[int, str]], state: StepState, by: Actor, at: datetime) -> None:
    """Nobody has to find out any more."""
    if rows:
        cases, rules = zip(*rows, strict=True)
        execute(
            END_ASKED,
            {"at": at, "by": str(by), "state": state.value, "cases": list(cases), "rules": list(rules)},
        )
