"""Once a missed session is over, one message leads her to the times at which she can make it up.

No rung of a ladder: it goes out whether or not somebody has reached her by then, as long as something is open and nothing
was offered to her yet. It passes the outbox as every message does: by a channel that she allows, outside of her quiet
hours, and not while something that she wrote waits to be read. Whoever is looked for because of a danger is called first.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from rejoin.audit.trail import action, nothing_to_tell, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import local_day
from rejoin.domain.makeup.ledger import Mode
from rejoin.domain.policy import Consent, Policy
from rejoin.domain.policy.document import Recipient
from rejoin.domain.policy.ladder import may_use
from rejoin.makeups.links import makeup_urls
from rejoin.makeups.world import NOTICE, window_of
from rejoin.outreach.outbox import Letter, queue_messages
from rejoin.outreach.wanted import Wanted
from rejoin.people.consents import consents_of
from rejoin.programs.books import books_of

ABOUT: Final = "makeup"
TEMPLATE: Final = "ways_back"
AFTER: Final = timedelta(hours=2)
"""So long after the end of the session: whoever calls her comes first, and so does a late report that she was there. Ours."""
APART: Final = timedelta(hours=2)
"""From any other message to her: two at once are one too many. Ours."""
RECENT: Final = timedelta(days=3)
"""Of what is longer ago somebody speaks with her: it became known late, or its records came in from elsewhere. Ours."""
BATCH: Final = 200
CHANNELS: Final = {"sms": "phone", "email": "email", "push": "push"}
"""In the order in which they are tried, each with what has to be on file for it."""
COMING: Final = {Mode.COHORT, Mode.EXTRA, Mode.INDIVIDUAL}
"""Ways for which there are times; material has none."""
# Where a danger is feared a person reaches her first, and the message waits.
FEARED: Final = """
EXISTS (SELECT FROM followup_case AS feared WHERE feared.seat_id = debt.seat_id AND feared.state = 'open' AND feared.elevated)
"""
# What is open and not in hand yet: nothing was put before her.
STILL_OPEN: Final = """
EXISTS (SELECT FROM makeups_ledgerentry AS entry WHERE entry.seat_id = debt.seat_id AND entry.account <> 'billing'
         GROUP BY entry.account HAVING sum(entry.amount) > 0)
AND NOT EXISTS (SELECT FROM makeups_choice AS choice WHERE choice.seat_id = debt.seat_id)
"""
CLAIM: Final = f"""
SELECT debt.seat_id FROM makeups_debt AS debt JOIN programs_seat AS seat ON seat.id = debt.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
 WHERE debt.untold AND session.ends_at <= %(now)s - %(after)s
   AND (debt.next_look_at IS NULL OR debt.next_look_at > %(now)s)
   AND NOT (session.starts_at > %(now)s - interval '14 days' AND {FEARED})
 ORDER BY debt.seat_id LIMIT %(batch)s FOR UPDATE OF debt SKIP LOCKED
"""  # noqa: S608 - our own words
OWING: Final = f"""
SELECT debt.seat_id, debt.patient_id, session.program_id, session.starts_at, patient.language, patient.preferred_channel,
       EXISTS (SELECT FROM followup_case AS "case" WHERE "case".seat_id = debt.seat_id
                  AND "case".final_outcome NOT IN ('left_program', 'reversed')) AND {STILL_OPEN},
       ARRAY(SELECT DISTINCT kind FROM people_address WHERE patient_id = debt.patient_id AND retired_at IS NULL)
         || ARRAY(SELECT 'push' FROM outreach_pushsubscription WHERE patient_id = debt.patient_id AND gone_at IS NULL LIMIT 1),
       ARRAY(SELECT channel FROM outreach_message WHERE about = 'makeup:' || debt.seat_id)
  FROM makeups_debt AS debt JOIN programs_seat AS seat ON seat.id = debt.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = debt.patient_id
 WHERE debt.seat_id = ANY(%s) ORDER BY debt.seat_id
"""  # noqa: S608 - our own words
TOLD: Final = "UPDATE makeups_debt SET untold = false WHERE seat_id = ANY(%s)"
# A message that certainly did not go is as none: the next channel is tried, each once.
HEARD: Final = """
UPDATE outreach_message SET acted_on = true WHERE NOT acted_on AND about LIKE 'makeup:%%'
RETURNING split_part(about, ':', 2)::bigint, state = 'failed' OR state = 'withheld' AND error = 'no_consent'
"""
UNTOLD: Final = "UPDATE makeups_debt SET untold = true WHERE seat_id = ANY(%s)"
WANTED: Final = f"""
SELECT debt.seat_id, {FEARED} OR EXISTS (
           SELECT FROM outreach_reply AS reply WHERE reply.patient_id = debt.patient_id AND reply.unread) OR EXISTS (
           SELECT FROM outreach_message AS other
            WHERE other.patient_id = debt.patient_id AND other.about <> 'makeup:' || debt.seat_id
              AND other.state_at > %(now)s - interval '3 days'
              AND (other.state_at > %(now)s - %(apart)s AND other.state NOT IN ('withheld', 'cancelled', 'expired')
                   AND other.state <> 'queued'
                   OR other.state IN ('queued', 'sending') AND other.not_before <= %(now)s + %(apart)s
                   -- of two that lead to ways back one goes first
                   AND (other.about NOT LIKE 'makeup:%%' OR other.about < 'makeup:' || debt.seat_id)))
  FROM makeups_debt AS debt WHERE debt.seat_id = ANY(%(seats)s) AND {STILL_OPEN}
"""  # noqa: S608 - our own words


class Owing(NamedTuple):
    """A missed session of which she has not been told yet that it can be made up."""

    seat_id: int
    patient_id: int
    program_id: int
    starts_at: datetime
    language: str
    preferred: str
    open: bool
    """It was missed, and something of it is open that nobody has put before her."""
    on_file: list[str]
    tried: list[str]


class Reachable(Protocol):
    """Somebody, as far as a message asks."""

    @property
    def preferred(self) -> str: ...
    @property
    def on_file(self) -> list[str]: ...
    @property
    def tried(self) -> list[str]: ...


def sweep_ways_back(*, now: datetime) -> int:
    return tell_ways_back(by=ENGINE, at=now)


@action("followup.tell_ways_back")
def tell_ways_back(*, by: Actor, at: datetime) -> int:
    """Queue one message for each patient who is owed something and was not told of her ways back. Returns how many were
    looked at: of whoever cannot be reached this way nobody asks again."""
    _hear()
    claimed = [row[0] for row in select(CLAIM, {"now": at, "after": AFTER, "batch": BATCH})]
    owing = [Owing(*row) for row in select(OWING, [claimed])]
    books = books_of({each.program_id for each in owing})
    consents = consents_of({each.patient_id for each in owing}, at)
    letters: list[tuple[Owing, Letter]] = []
    for each in owing:
        book = books[each.program_id]
        policy = book.in_force(local_day(each.starts_at, book.timezone))
        until = each.starts_at + window_of(policy) - NOTICE
        channel = channel_for(each, consents.get(each.patient_id, ()))
        recent = at - each.starts_at < RECENT
        if each.open and recent and channel and until > at and _has_times(policy):
            letters.append((each, _letter(each, policy, channel, at, until)))
    queue_messages([letter for _, letter in letters], by=by, at=at)
    execute(TOLD, [claimed])
    record_all(
        [
            ("followup.tell_ways_back", f"seat:{each.seat_id}", each.patient_id, each.program_id, "")
            for each, _ in letters
        ],
        by=by,
        at=at,
    )
    if not letters:
        nothing_to_tell("followup.tell_ways_back")
    return len(claimed)


def still_wanted_ways_back(abouts: set[str], now: datetime) -> Mapping[str, Wanted]:
    """Of whoever has something open and was offered nothing since; later, while she is feared for, has written or was written to just now."""
    seats = [int(each.removeprefix(f"{ABOUT}:")) for each in abouts]
    rows = select(WANTED, {"seats": seats, "now": now, "apart": APART})
    return {f"{ABOUT}:{seat}": Wanted.LATER if waits else Wanted.YES for seat, waits in rows}


def ways_of_makeups(abouts: set[str], _by: Actor, _at: datetime) -> Mapping[str, str]:
    found = makeup_urls([int(each.removeprefix(f"{ABOUT}:")) for each in abouts])
    return {f"{ABOUT}:{seat}": address for seat, address in found.items()}


def _hear() -> None:
    failed = [seat for seat, did_not_go in select(HEARD, []) if did_not_go]
    if failed:
        execute(UNTOLD, [failed])


def _has_times(policy: Policy) -> bool:
    return policy.makeup is not None and not COMING.isdisjoint(policy.makeup.modes)


def channel_for(owing: Reachable, consents: Sequence[Consent]) -> str | None:
    """The first that she allows, that has somewhere to go and that was not tried; the one she prefers before the others."""
    order: Collection[str] = sorted(CHANNELS, key=lambda each: each != owing.preferred)
    for channel in order:
        reaches = CHANNELS[channel] in owing.on_file and channel not in owing.tried
        if reaches and may_use(channel, to=Recipient.PATIENT, consents=consents):
            return channel
    return None


def _letter(owing: Owing, policy: Policy, channel: str, at: datetime, until: datetime) -> Letter:
    quiet = policy.outreach.quiet_hours
    keeps = quiet is not None and channel in quiet.applies_to
    return Letter(
        key=f"{ABOUT}:{owing.seat_id}:{channel}",
        about=f"{ABOUT}:{owing.seat_id}",
        patient_id=owing.patient_id,
        program_id=owing.program_id,
        channel=channel,
        template=TEMPLATE,
        language=owing.language,
        not_before=at,
        expires_at=until,
        quiet=(quiet.from_at, quiet.until_at) if keeps and quiet is not None else None,
    )
