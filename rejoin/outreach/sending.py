"""Sending, in three steps that each commit: claim, call, write down.

A message is claimed before the vendor is called, so that a worker that dies in between leaves a message
that may have gone out, and not one that would go out again. What became of it is asked of the vendor;
where the vendor cannot tell, a person is told (`MessageState.UNKNOWN`).
"""

import logging
import os
import socket
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from rejoin.audit.trail import action, nothing_to_tell
from rejoin.common.actors import ENGINE, Actor, vendor_actor
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import Refusal
from rejoin.domain.policy import Consent
from rejoin.domain.policy.document import QuietHours, Recipient
from rejoin.domain.policy.ladder import may_use, release_from_quiet
from rejoin.outreach.channels.port import (
    Accepted,
    AnswerLost,
    CannotTell,
    Channel,
    NeverLeft,
    Refused,
    Sendable,
)
from rejoin.outreach.outbox import Move, move_messages
from rejoin.outreach.quiet import RINGING
from rejoin.outreach.vocabulary import MessageState
from rejoin.outreach.wanted import Wanted, still_wanted
from rejoin.outreach.ways import carries, ways_in
from rejoin.outreach.wording import Letterhead, Rendered, render
from rejoin.people.actions import record_stop
from rejoin.people.consents import consents_of
from rejoin.people.models import Patient

log = logging.getLogger("rejoin.sending")
CALLS_AT_ONCE = 16
FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=10)
MOST_LOOK_UPS = 6
# Whoever a message is about has news to act on first: it is asked after again so much later.
ASK_AGAIN, ASK_LATER = timedelta(seconds=5), timedelta(minutes=10)
# Of the time after which a claim counts as lost. A message is called within the first share or given back, and its
# request leaves within the second or not at all: what is left is the vendor's, to take it and to show that it did.
CALL_WITHIN_SHARE = 0.25
LEAVE_WITHIN_SHARE = 0.5
# A vendor's list may lag behind what it took, so that a text never arrived is believed when it is not found for the
# second time. What is found is believed at once.
LOOK_UPS_TO_BELIEVE = 2

CLAIM = """
SELECT message.id, message.key, message.about, message.patient_id, message.channel, message.template,
       message.language, message.expires_at, message.quiet_from, message.quiet_until, message.tries,
       patient.timezone, program.neutral_name, program.call_back,
       CASE message.channel
            WHEN 'push' THEN (SELECT subscription::text FROM outreach_pushsubscription AS push
                               WHERE push.patient_id = patient.id AND push.gone_at IS NULL ORDER BY push.made_at DESC, push.id DESC LIMIT 1)
            ELSE (SELECT address.normal FROM people_address AS address
                   WHERE address.patient_id = patient.id AND address.retired_at IS NULL
                     AND address.kind = CASE message.channel WHEN 'email' THEN 'email' ELSE 'phone' END
                   ORDER BY address.rank, address.id LIMIT 1)
       END,
       EXISTS (SELECT FROM people_consent AS said WHERE said.patient_id = patient.id AND said.contact_id IS NULL
                  AND said.channel = message.channel AND NOT said.granted AND said.at > %s),
       own.from_at, own.until_at
  FROM outreach_message AS message
  JOIN people_patient AS patient ON patient.id = message.patient_id
  JOIN programs_program AS program ON program.id = message.program_id
  LEFT JOIN LATERAL (SELECT from_at, until_at FROM outreach_ownquiet WHERE patient_id = patient.id
                      ORDER BY id DESC LIMIT 1) AS own ON true
 WHERE message.state = 'queued' AND message.not_before <= %s
 ORDER BY message.not_before, message.id LIMIT %s
   FOR UPDATE OF message SKIP LOCKED
"""
CLAIMED = """
UPDATE outreach_message AS message SET claimed_at = clock_timestamp(), claimed_by = %s, tries = tries + 1, looked_up = 0,
       body = given.body, sent_to = given.sent_to
  FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given(id, body, sent_to) WHERE message.id = given.id
"""
# Which messages a worker claimed and never wrote down, by the machine's clock.
LOST = """
SELECT id FROM outreach_message WHERE state = 'sending' AND claimed_at < clock_timestamp() - %s
 ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED
"""
UNSURE = """
SELECT message.id, message.key, message.channel, message.body, message.language, message.expires_at,
       message.claimed_at, message.tries, message.looked_up, message.patient_id, message.sent_to
  FROM outreach_message AS message
 WHERE message.state = 'unknown' AND message.looked_up < %s
   AND message.claimed_at < clock_timestamp() - %s * (1 + message.looked_up)
 ORDER BY message.claimed_at LIMIT 50 FOR UPDATE SKIP LOCKED
"""
# Messages to the same address, whoever's: their vendor ids, and whether one is the same words and unsure as well.
ALIKE = """
SELECT other.vendor_id, other.body = %(body)s AND other.state IN ('sending', 'unknown') FROM outreach_message AS other
 WHERE other.id <> %(id)s AND (other.patient_id = %(patient)s OR other.patient_id IN (
       SELECT patient_id FROM people_address WHERE normal = %(to)s))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message of ours to send now, and by when on this machine's own clock."""

    message_id: int
    patient_id: int
    channel: str
    tries: int
    sendable: Sendable
    call_by: float


def lost_after() -> timedelta:
    """How long a vendor's answer may take before it counts as lost, in real time."""
    return timedelta(seconds=settings.LOST_AFTER_SECONDS)


def send_due(*, now: datetime, channels: Mapping[str, Channel], limit: int = 200) -> int:
    """Send one batch of messages whose moment has come. Returns how many were looked at."""
    claimed, looked_at = claim_messages(limit, set(channels), by=ENGINE, at=now)
    if claimed:
        with ThreadPoolExecutor(max_workers=CALLS_AT_ONCE) as calls:
            told = list(calls.map(lambda each: _call(channels[each.channel], each, now), claimed))
        moves = [move._replace(claim=each.tries + 1) for each, move in zip(claimed, told, strict=True)]
        write_down(claimed, moves, by=ENGINE, at=now)
    return looked_at


@action("outreach.claim")
def claim_messages(limit: int, channels: set[str], *, by: Actor, at: datetime) -> tuple[list[Claimed], int]:
    """Claim due messages that may go out now; put off, withhold or fail the others, each with its reason."""
    rows = [Due(*row) for row in select(CLAIM, [at, at, limit])]
    wanted = still_wanted((each.about for each in rows), at)
    consents = consents_of({each.patient_id for each in rows}, at)
    ways = ways_in((each.about for each in rows if carries(each.channel, each.template)), by=by, at=at)
    moves: list[Move] = []
    held: list[tuple[int, datetime]] = []
    ready: list[Claimed] = []
    for due in rows:
        against = _why_not(
            due, wanted=wanted, channels=channels, consents=consents.get(due.patient_id, ()), now=at
        )
        until = _held_until(due, wanted, at) if against is None else None
        if until is not None:
            held.append((due.message_id, until))
            continue
        fit = against or _make_ready_safely(due, ways.get(due.about))
        if isinstance(fit, Move):
            moves.append(fit)
        else:
            ready.append(fit)
    move_messages(moves, by=by, at=at)
    _put_off(held)
    move_messages([Move(each.message_id, MessageState.SENDING) for each in ready], by=by, at=at)
    if ready:
        execute(
            CLAIMED,
            [
                worker_name(),
                [each.message_id for each in ready],
                [each.sendable.body for each in ready],
                [each.sendable.to for each in ready],
            ],
        )
    nothing_to_tell("outreach.claim")  # each message told of itself
    return ready, len(rows)


@action("outreach.write_down")
def write_down(claimed: Sequence[Claimed], moves: Sequence[Move], *, by: Actor, at: datetime) -> None:
    """What the vendors answered. An opt-out that only the vendor knew of is written down too."""
    move_messages(moves, by=by, at=at)
    for each, move in zip(claimed, moves, strict=True):
        if move.error.startswith("stopped"):
            record_stop(
                patient=Patient.objects.get(pk=each.patient_id),
                channel=each.channel,
                source="vendor",
                by=vendor_actor(each.channel),
                at=at,
            )
    nothing_to_tell("outreach.write_down")


@action("outreach.give_up_waiting")
def give_up_waiting(*, by: Actor, at: datetime) -> int:
    """Messages whose worker or vendor went silent may have gone out: they are unknown from here on."""
    lost = select(LOST, [lost_after()])
    moved = move_messages([Move(row[0], MessageState.UNKNOWN, "answer_lost") for row in lost], by=by, at=at)
    nothing_to_tell("outreach.give_up_waiting")
    return moved


def look_up_unsure(*, now: datetime, channels: Mapping[str, Channel]) -> int:
    """Ask vendors what became of messages whose answer was lost. Where they cannot tell, a person has to."""
    with transaction.atomic():
        rows = [Unsure(*row) for row in select(UNSURE, [MOST_LOOK_UPS, lost_after()])]
        execute(
            "UPDATE outreach_message SET looked_up = looked_up + 1 WHERE id = ANY(%s)",
            [[each.message_id for each in rows]],
        )
    for each in rows:
        move = _look_up(channels.get(each.channel), each, now)
        if move is not None:
            settle_unsure(move, by=ENGINE, at=now)
    return len(rows)


@action("outreach.settle")
def settle_unsure(move: Move, *, by: Actor, at: datetime) -> None:
    """What a vendor, or a person who asked one, says became of a message nobody was sure of."""
    move_messages([move], by=by, at=at)
    nothing_to_tell("outreach.settle")


@lru_cache(maxsize=1)
def worker_name() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


class Due(NamedTuple):
    """A message whose moment has come, with where it goes and what it has to keep to."""

    message_id: int
    key: str
    about: str
    patient_id: int
    channel: str
    template: str
    language: str
    expires_at: datetime
    quiet_from: Any
    quiet_until: Any
    tries: int
    zone: str
    organisation: str
    phone: str
    to: str | None
    took_back: bool
    """She said no, at a time that a clock set back has not reached yet: a no holds all the same."""
    own_from: Any
    own_until: Any
    """Quiet hours that she set herself."""

    @property
    def quiet(self) -> list[QuietHours]:
        """What it keeps to, the policy's hours and hers."""
        hers = (self.own_from, self.own_until) if self.channel in RINGING else (None, None)
        channel = frozenset({self.channel})
        return [
            QuietHours(from_at=from_at, until_at=until_at, applies_to=channel)
            for from_at, until_at in ((self.quiet_from, self.quiet_until), hers)
            if from_at is not None and until_at is not None
        ]


class Unsure(NamedTuple):
    """A message that may have gone out, and how often it was looked for since."""

    message_id: int
    key: str
    channel: str
    body: str
    language: str
    expires_at: datetime
    claimed_at: datetime
    tries: int
    looked_up: int
    patient_id: int
    sent_to: str


class Alike(NamedTuple):
    """Another message to the same address; `is_twin`: the same words, and nobody is sure of it either."""

    vendor_id: str
    is_twin: bool


def _why_not(
    due: Due, *, wanted: Collection[str], channels: set[str], consents: Sequence[Consent], now: datetime
) -> Move | None:
    """Why a message will not go out now or ever; None where nothing is against it."""
    against = (
        (due.expires_at <= now, MessageState.EXPIRED, "expired"),
        (due.about not in wanted, MessageState.WITHHELD, "not_wanted"),
        (
            due.took_back or not may_use(due.channel, to=Recipient.PATIENT, consents=consents),
            MessageState.WITHHELD,
            "no_consent",
        ),
        (due.channel not in channels, MessageState.FAILED, "no_channel"),
        (not due.to, MessageState.FAILED, "no_address"),
    )
    return next((Move(due.message_id, state, error) for holds, state, error in against if holds), None)


def _held_until(due: Due, wanted: Mapping[str, Wanted], now: datetime) -> datetime | None:
    """Until somebody has acted on news, or the end of the quiet hours where the patient is; None: not at all."""
    if wanted[due.about] is not Wanted.YES:
        return now + (ASK_AGAIN if wanted[due.about] is Wanted.NOT_YET else ASK_LATER)
    released = now
    for quiet in due.quiet * 2:  # the end of one may lie in the other
        released = release_from_quiet(released, quiet=quiet, zone=ZoneInfo(due.zone))
    return released if released > now else None


def _make_ready_safely(due: Due, way: str | None) -> Claimed | Move:
    """A fault of ours over one message fails that one, which a person is told; the others go out."""
    try:
        return _make_ready(due, way)
    except Exception:
        log.exception("sending.making_failed", extra={"message_id": due.message_id})
        return Move(due.message_id, MessageState.FAILED, "fault")


def _make_ready(due: Due, way: str | None) -> Claimed | Move:
    """The message in its words; a wording that would disclose anything fails here and goes nowhere."""
    try:
        words = _words(due, way)
    except Refusal as refusal:
        return Move(due.message_id, MessageState.FAILED, refusal.code)
    claimed_at, lost = time.monotonic(), lost_after().total_seconds()
    return Claimed(
        message_id=due.message_id,
        patient_id=due.patient_id,
        channel=due.channel,
        tries=due.tries,
        sendable=Sendable(
            key=due.key,
            to=due.to or "",
            subject=words.subject,
            body=words.body,
            language=due.language,
            valid_until=due.expires_at,
            callback_url=f"{settings.BASE_URL}/hooks/sms/status" if due.channel == "sms" else None,
            leave_by=claimed_at + lost * LEAVE_WITHIN_SHARE,
        ),
        call_by=claimed_at + lost * CALL_WITHIN_SHARE,
    )


def _words(due: Due, way: str | None) -> Rendered:
    """With the way in, where there is one and it can stand in a message; else without: it goes out all the same."""
    if way is not None and carries(due.channel, due.template):
        with suppress(Refusal):
            return _rendered(due, way)
    return _rendered(due, None)


def _rendered(due: Due, way: str | None) -> Rendered:
    letterhead = Letterhead(organisation=due.organisation, phone=due.phone, portal_url=way)
    return render(due.template, form=due.channel, language=due.language, letterhead=letterhead)


def _put_off(held: Sequence[tuple[int, datetime]]) -> None:
    if held:
        ids, befores = zip(*held, strict=True)
        execute(
            "UPDATE outreach_message AS message SET not_before = given.at "
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS given(id, at) WHERE message.id = given.id",
            [list(ids), list(befores)],
        )


def _call(channel: Channel, claimed: Claimed, now: datetime) -> Move:
    """Call the vendor once, and say what is known afterwards."""
    number = claimed.message_id
    later = now + min(FIRST_RETRY * 2 ** min(claimed.tries, 8), LONGEST_RETRY)
    if time.monotonic() > claimed.call_by:
        return Move(number, MessageState.QUEUED, "not_called")
    try:
        answer = channel.send(claimed.sendable, now=now)
    except NeverLeft:
        return Move(number, MessageState.QUEUED, "never_left", not_before=later)
    except AnswerLost:
        return Move(number, MessageState.UNKNOWN, "answer_lost")
    except Exception:  # whatever a vendor's library does: it may have gone out
        log.exception("sending.call_failed", extra={"message_id": number})
        return Move(number, MessageState.UNKNOWN, "answer_lost")
    if isinstance(answer, Accepted):
        return Move(number, MessageState.SENT, vendor_id=answer.vendor_id)
    return _refused(number, answer, later)


def _refused(number: int, answer: Refused, later: datetime) -> Move:
    if not answer.permanent:
        return Move(number, MessageState.QUEUED, f"busy:{answer.code}", not_before=later)
    return Move(
        number, MessageState.FAILED, "stopped" if answer.stopped else f"{answer.why.value}:{answer.code}"
    )


def _look_up(channel: Channel | None, unsure: Unsure, now: datetime) -> Move | None:
    """What the vendor makes of a message; None where that is still not certain."""
    if channel is None or not unsure.sent_to:
        return None
    before = _alike(unsure)
    try:
        found = channel.look_up(
            _as_sent(unsure), since=unsure.claimed_at, known_ids=[each.vendor_id for each in before]
        )
    except (CannotTell, AnswerLost, NeverLeft):
        return None
    except Exception:  # as above: not knowing is an answer
        log.exception("sending.look_up_failed", extra={"message_id": unsure.message_id})
        return None
    number, claim = unsure.message_id, unsure.tries
    if found is None:
        is_sure = unsure.looked_up + 1 >= LOOK_UPS_TO_BELIEVE
        return (
            Move(number, MessageState.QUEUED, "never_arrived", not_before=now, claim=claim)
            if is_sure
            else None
        )
    if any(each.is_twin or each.vendor_id == found.vendor_id for each in (*before, *_alike(unsure))):
        return None  # it may be the other's: the vendor's report, which holds the key, will tell
    return Move(number, MessageState.SENT, vendor_id=found.vendor_id, claim=claim)


def _as_sent(unsure: Unsure) -> Sendable:
    return Sendable(
        key=unsure.key,
        to=unsure.sent_to,
        body=unsure.body,
        valid_until=unsure.expires_at,
        language=unsure.language,
    )


def _alike(unsure: Unsure) -> list[Alike]:
    given = {
        "body": unsure.body,
        "id": unsure.message_id,
        "patient": unsure.patient_id,
        "to": unsure.sent_to,
    }
    return [Alike(*row) for row in select(ALIKE, given)]
