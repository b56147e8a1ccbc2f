"""A nudge that somebody asked for by hand, while the session runs. Nobody gets two, whoever or whatever sent the first.

Asking is a fact; a worker sends it, by the first channel of the ladder's own nudge that she allows. Where that one certainly
did not go (the vendor refused it, nothing is on file, she took her consent back) the next is tried, once each; of one that
may have gone nobody gets a second. Where her case has sent its nudge already nothing more goes out; and a case that opens later finds its nudge done (`facts`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.refusals import refuse_machines
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import work_through
from rejoin.domain.kernel import Refusal, local_day
from rejoin.domain.policy import Consent, Policy
from rejoin.domain.policy.document import AUTOMATED_CHANNELS
from rejoin.domain.policy.ladder import may_use
from rejoin.followup.absence import seats_not_certain
from rejoin.followup.facts import first_messages
from rejoin.followup.models import HandNudge
from rejoin.followup.turns import take_turns
from rejoin.followup.vocabulary import NudgeState
from rejoin.outreach.outbox import Letter, queue_messages
from rejoin.outreach.wanted import Wanted
from rejoin.people.consents import consents_of
from rejoin.programs.books import books_of
from rejoin.programs.models import Seat
from rejoin.visits.waiting import AT_THE_DOOR, waiting_seats

BATCH: Final = 200
ABOUT: Final = "nudge"
NEUTRAL: Final = "neutral_nudge"
GONE_OUT: Final = "A message has gone out to her already: nobody gets two."
# What has gone out to her because of this session, or may have.
WENT_OUT: Final = """
SELECT EXISTS (
    SELECT FROM outreach_message AS message JOIN followup_case AS "case" ON message.about = 'case:' || "case".id
     WHERE "case".seat_id = %s AND message.state IN ('queued', 'sending', 'sent', 'delivered', 'unknown'))
"""
# What became of a nudge by hand: whether one of its messages has gone or may, and whether any is left to go.
BECAME: Final = """
SELECT nudge.state, coalesce(bool_or(message.state IN ('sent', 'delivered', 'unknown')), false),
       coalesce(bool_or(message.state IN ('queued', 'sending')), false)
  FROM followup_handnudge AS nudge LEFT JOIN outreach_message AS message ON message.about = 'nudge:' || nudge.seat_id
 WHERE nudge.seat_id = %s GROUP BY nudge.state
"""
TURNED_AWAY: Final = (
    "SELECT EXISTS (SELECT FROM visits_visit WHERE seat_id = %s AND state IN ('refused', 'removed'))"
)
IS_HERE: Final = """
SELECT EXISTS (SELECT FROM rooms_seatevidence AS seen, jsonb_array_elements(seen.presence) AS told
                WHERE seen.seat_id = %s AND told ->> 1 IS NOT NULL AND told ->> 2 IS NULL)
"""
# Asked for; or what was queued certainly did not go, by none of its channels, and the session runs still.
CLAIM: Final = """
SELECT nudge.id FROM followup_handnudge AS nudge
 WHERE (nudge.state = 'asked' OR nudge.state = 'queued' AND nudge.session_id IN (
            SELECT id FROM programs_session
             WHERE starts_at BETWEEN %(now)s - interval '24 hours' AND %(now)s AND ends_at > %(now)s)
        AND NOT EXISTS (SELECT FROM outreach_message AS message
                         WHERE message.about = 'nudge:' || nudge.seat_id AND message.state <> 'failed'
                           AND NOT (message.state = 'withheld' AND message.error = 'no_consent')))
   AND (%(only)s::bigint[] IS NULL OR nudge.id = ANY(%(only)s))
 ORDER BY nudge.id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""
ASKED: Final = """
SELECT nudge.id, nudge.seat_id, nudge.patient_id, nudge.program_id, session.starts_at, session.ends_at, patient.language,
       session.held = 'scheduled' AND seat.released_at IS NULL,
       EXISTS (SELECT FROM rooms_seatevidence AS seen, jsonb_array_elements(seen.presence) AS told
                WHERE seen.seat_id = seat.id AND told ->> 1 IS NOT NULL AND told ->> 2 IS NULL),
       EXISTS (SELECT FROM outreach_message AS message JOIN followup_case AS "case" ON message.about = 'case:' || "case".id
                WHERE "case".seat_id = seat.id AND message.state IN ('queued', 'sending', 'sent', 'delivered', 'unknown')),
       ARRAY(SELECT DISTINCT kind FROM people_address WHERE patient_id = nudge.patient_id AND retired_at IS NULL),
       ARRAY(SELECT channel FROM outreach_message WHERE about = 'nudge:' || seat.id),
       EXISTS (SELECT FROM outreach_message AS message WHERE message.about = 'nudge:' || seat.id AND message.state <> 'failed'
                  AND NOT (message.state = 'withheld' AND message.error = 'no_consent'))
  FROM followup_handnudge AS nudge JOIN programs_seat AS seat ON seat.id = nudge.seat_id
  JOIN programs_session AS session ON session.id = nudge.session_id
  JOIN people_patient AS patient ON patient.id = nudge.patient_id
 WHERE nudge.id = ANY(%s)
"""
SEATS: Final = "SELECT seat_id FROM followup_handnudge WHERE id = ANY(%s)"
SETTLE: Final = """
UPDATE followup_handnudge AS nudge SET state = given.state
  FROM unnest(%s::bigint[], %s::text[]) AS given(id, state) WHERE nudge.id = given.id
"""
# While the session runs, of somebody who is not in as far as anybody knows, does not stand at the door and was not turned
# away from it, and whose every word is read. Where her case
# has a message as well, or another of the nudge's own has left, this one stays here: the case's yields only to what has left.
WANTED: Final = """
SELECT seat.id FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
 WHERE seat.id = ANY(%(seats)s) AND seat.released_at IS NULL AND session.held = 'scheduled' AND session.ends_at > %(now)s
   AND NOT EXISTS (SELECT FROM rooms_seatevidence AS seen, jsonb_array_elements(seen.presence) AS told
                    WHERE seen.seat_id = seat.id AND told ->> 1 IS NOT NULL AND told ->> 2 IS NULL)
   AND NOT EXISTS (SELECT FROM outreach_message AS message JOIN followup_case AS "case" ON message.about = 'case:' || "case".id
                    WHERE "case".seat_id = seat.id AND message.state IN ('queued', 'sending', 'sent', 'delivered', 'unknown'))
   AND NOT EXISTS (SELECT FROM outreach_message AS message
                    WHERE message.about = 'nudge:' || seat.id AND message.state IN ('sending', 'sent', 'delivered', 'unknown'))
   AND NOT EXISTS (SELECT FROM outreach_reply AS reply WHERE reply.patient_id = seat.patient_id AND reply.unread)
   AND NOT EXISTS (SELECT FROM visits_visit AS visit WHERE visit.seat_id = seat.id AND (
                    visit.state IN ('refused', 'removed') OR visit.state = 'waiting' AND visit.left_at IS NULL
                    AND greatest(visit.asked_at, visit.seen_at) > %(now)s - %(at_the_door)s))
"""

# Of seats in rooms of our own: what the room itself has to say, before anything goes out (`absence`).


class Asked(NamedTuple):
    """A nudge that was asked for, with what is known now."""

    id: int
    seat_id: int
    patient_id: int
    program_id: int
    starts_at: datetime
    ends_at: datetime
    language: str
    held: bool
    here: bool
    went_out: bool
    kinds: list[str]
    tried: list[str]
    """Channels by which it certainly did not go."""
    under_way: bool
    """Another worker was quicker: its message waits to go out, or may have gone."""


@action("followup.nudge_by_hand")
def nudge_by_hand(*, seat: Seat, by: Actor, at: datetime) -> HandNudge:
    """Ask for the nudge to go out to her now. A worker sends it within seconds, if she allows it and is not in by then."""
    refuse_machines(by, what="asks for a nudge by hand")
    session = seat.session
    if not session.starts_at <= at < session.ends_at:
        raise Refusal("nudge.not_running", "A nudge goes out while the session runs, and at no other time.")
    if select(IS_HERE, [seat.pk])[0][0]:
        raise Refusal("nudge.here", "She is in the room.")
    if select(TURNED_AWAY, [seat.pk])[0][0]:
        raise Refusal("nudge.turned_away", "She came and was not let in: call her.")
    if waiting_seats([seat.pk], at):
        raise Refusal("nudge.waits", "She waits at the door: let her in.")
    if select(WENT_OUT, [seat.pk])[0][0]:
        raise Refusal("nudge.sent", GONE_OUT)
    asked, new = HandNudge.objects.get_or_create(
        seat=seat,
        defaults={
            "patient_id": seat.patient_id,
            "session_id": seat.session_id,
            "program_id": session.program_id,
            "asked_at": at,
            "asked_by": str(by),
        },
    )
    if not new:
        raise Refusal("nudge.sent", _what_became_of(seat.pk))
    subject = f"seat:{seat.pk}"
    record(
        "followup.nudge_by_hand", subject, by=by, at=at, patient=seat.patient_id, program=session.program_id
    )
    return asked


def _what_became_of(seat_id: int) -> str:
    """Of the nudge that was asked for before, in words."""
    ((state, went, goes),) = select(BECAME, [seat_id])
    if went:
        return GONE_OUT
    if goes or state == NudgeState.ASKED.value:
        return "A nudge was asked for already and is on its way: nobody gets two."
    return "The nudge that was asked for did not go out: call her."


def sweep_nudges(*, now: datetime) -> int:
    """Send one batch of the nudges that were asked for."""

    def claim(only: Sequence[int] | None) -> list[int]:
        return [row[0] for row in select(CLAIM, {"only": only, "batch": BATCH, "now": now})]

    def put_aside(number: int, _error: str) -> None:
        execute(SETTLE, [[number], [NudgeState.NO_CHANNEL.value]])  # the board says: call her

    return work_through(
        name="followup.nudges",
        claim=claim,
        do=lambda ids: send_nudges(ids, by=ENGINE, at=now),
        push_forward=put_aside,
    )


@action("followup.send_nudges")
def send_nudges(nudge_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Queue what was asked for, or say why nothing goes out."""
    take_turns([row[0] for row in select(SEATS, [list(nudge_ids)])], at)
    asked = [Asked(*row) for row in select(ASKED, [list(nudge_ids)])]
    books = books_of({each.program_id for each in asked})
    consents = consents_of({each.patient_id for each in asked}, at)
    settled: list[tuple[Asked, NudgeState]] = []
    letters: list[Letter] = []
    for each in asked:
        book = books[each.program_id]
        policy = book.in_force(local_day(each.starts_at, book.timezone))
        channel = _channel(each, policy, consents.get(each.patient_id, ()))
        if not each.held or each.here or each.went_out or each.ends_at <= at:
            settled.append((each, NudgeState.NOT_NEEDED))
        elif each.under_way:
            settled.append((each, NudgeState.QUEUED))
        elif channel is None:
            settled.append((each, NudgeState.NO_CHANNEL))
        else:
            settled.append((each, NudgeState.QUEUED))
            letters.append(_letter(each, policy, channel, at))
    queue_messages(letters, by=by, at=at)
    execute(SETTLE, [[each.id for each, _ in settled], [state.value for _, state in settled]])
    record_all(
        [
            ("followup.send_nudges", f"seat:{each.seat_id}", each.patient_id, each.program_id, state.value)
            for each, state in settled
        ],
        by=by,
        at=at,
    )
    nothing_to_tell("followup.send_nudges")


def still_wanted_nudges(abouts: set[str], now: datetime) -> Mapping[str, Wanted]:
    """Of whoever is still not in. Where a room of our own does not answer, nothing is said yet."""
    seats = [int(each.removeprefix(f"{ABOUT}:")) for each in abouts]
    rows = select(WANTED, {"seats": seats, "now": now, "at_the_door": AT_THE_DOOR})
    doubtful = seats_not_certain([row[0] for row in rows], now, by_hand=True)
    return {f"{ABOUT}:{seat}": Wanted.NOT_YET if seat in doubtful else Wanted.YES for (seat,) in rows}


def _channel(asked: Asked, policy: Policy, consents: Sequence[Consent]) -> str | None:
    """The first of the nudge's own channels that a machine can use, she allows and that is not tried yet.

    A text needs a number on file.
    """
    for rule in first_messages(policy)[:1]:
        for channel in rule.channels:
            on_file = {"sms": "phone", "voice_auto": "phone", "email": "email"}.get(channel)
            reaches = on_file is None or on_file in asked.kinds
            left = channel in AUTOMATED_CHANNELS and channel not in asked.tried
            if left and reaches and may_use(channel, to=rule.to, consents=consents):
                return channel
    return None


def _letter(asked: Asked, policy: Policy, channel: str, at: datetime) -> Letter:
    quiet = policy.outreach.quiet_hours
    keeps = quiet is not None and channel in quiet.applies_to
    template: Any = next((each.template for each in first_messages(policy)), None)
    return Letter(
        key=f"{ABOUT}:{asked.seat_id}" + (f":{channel}" if asked.tried else ""),
        about=f"{ABOUT}:{asked.seat_id}",
        patient_id=asked.patient_id,
        program_id=asked.program_id,
        channel=channel,
        template=template or NEUTRAL,
        language=asked.language,
        not_before=at,
        expires_at=asked.ends_at,
        quiet=(quiet.from_at, quiet.until_at) if keeps and quiet is not None else None,
    )
