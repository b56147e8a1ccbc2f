"""Whoever is offered times by the staff is told, and so is she for whom a seat came free that she waited for: by a channel
she allows, outside of her quiet hours, and two hours from any other message.

Not at once: while somebody speaks with her she may take one, and then there is nothing to tell. What she found on her own
page she has seen. Whoever is looked for because of a danger is called first, and so is whoever has written.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, nothing_to_tell, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import local_day
from rejoin.domain.policy.document import QuietHours
from rejoin.domain.policy.ladder import release_from_quiet
from rejoin.followup.ways_back import APART, FEARED, TEMPLATE, channel_for
from rejoin.makeups.links import makeup_urls
from rejoin.outreach.outbox import Letter, queue_messages
from rejoin.outreach.quiet import RINGING
from rejoin.outreach.wanted import Wanted
from rejoin.people.consents import consents_of
from rejoin.programs.books import Book, books_of

ABOUT: Final = "offered"
AFTER: Final = timedelta(minutes=10)
"""So long a call lasts in which she is offered something and takes it. Ours."""
BATCH: Final = 200
OPEN: Final = """
offer.expires_at > %(now)s AND NOT EXISTS (
    SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = offer.id AND turned.turn <> 'offered')
"""
ON_FILE: Final = """
ARRAY(SELECT DISTINCT kind FROM people_address WHERE patient_id = patient.id AND retired_at IS NULL)
  || ARRAY(SELECT 'push' FROM outreach_pushsubscription WHERE patient_id = patient.id AND gone_at IS NULL LIMIT 1)
"""
# A message that certainly did not go is as none: the next channel is tried, each once.
UNTOLD: Final = f"""
SELECT choice.id, choice.seat_id, choice.patient_id, choice.program_id, choice.expires_at, patient.language,
       patient.preferred_channel, {ON_FILE},
       ARRAY(SELECT channel FROM outreach_message WHERE about = 'offered:' || choice.id)
  FROM makeups_choice AS choice JOIN people_patient AS patient ON patient.id = choice.patient_id
 WHERE choice.id IN (SELECT offer.choice_id FROM makeups_offer AS offer
                      WHERE (offer.by LIKE 'staff:%%' AND offer.at <= %(now)s - %(after)s
                             OR EXISTS (SELECT FROM makeups_waiting AS word WHERE word.offer_id = offer.id)) AND {OPEN})
   AND NOT EXISTS (SELECT FROM outreach_message AS told WHERE told.about = 'offered:' || choice.id
                      AND NOT (told.state = 'failed' OR told.state = 'withheld' AND told.error = 'no_consent'))
 ORDER BY choice.id LIMIT %(batch)s
"""  # noqa: S608 - our own words
HEARD: Final = "UPDATE outreach_message SET acted_on = true WHERE NOT acted_on AND about LIKE 'offered:%%'"
WANTED: Final = f"""
SELECT choice.id, EXISTS (SELECT FROM (SELECT choice.seat_id) AS debt WHERE {FEARED}) OR EXISTS (
           SELECT FROM outreach_reply AS reply WHERE reply.patient_id = choice.patient_id AND reply.unread) OR EXISTS (
           SELECT FROM outreach_message AS other
            WHERE other.patient_id = choice.patient_id AND other.about <> 'offered:' || choice.id
              AND other.state_at > %(now)s - interval '3 days'
              AND (other.state_at > %(now)s - %(apart)s AND other.state NOT IN ('withheld', 'cancelled', 'expired', 'queued')
                   OR other.state IN ('queued', 'sending') AND other.not_before <= %(now)s + %(apart)s
                   -- what leads to ways back waits for this one, and of two like this one goes first
                   AND other.about NOT LIKE 'makeup:%%'
                   AND (other.about NOT LIKE 'offered:%%' OR other.about < 'offered:' || choice.id)))
  FROM makeups_choice AS choice WHERE choice.id = ANY(%(choices)s)
   AND EXISTS (SELECT FROM makeups_offer AS offer WHERE offer.choice_id = choice.id AND {OPEN})
"""  # noqa: S608 - our own words
REACHED: Final = f"""
SELECT patient.preferred_channel, {ON_FILE}, patient.timezone, own.from_at, own.until_at
  FROM people_patient AS patient
  LEFT JOIN LATERAL (SELECT from_at, until_at FROM outreach_ownquiet WHERE patient_id = patient.id
                      ORDER BY id DESC LIMIT 1) AS own ON true
 WHERE patient.id = %s
"""  # noqa: S608 - our own words
SEATS: Final = "SELECT id, seat_id FROM makeups_choice WHERE id = ANY(%s)"


class Offered(NamedTuple):
    """What she was offered at one time, and has not been told of."""

    choice_id: int
    seat_id: int
    patient_id: int
    program_id: int
    expires_at: datetime
    language: str
    preferred: str
    on_file: list[str]
    tried: list[str]


class Reached(NamedTuple):
    """Where she can be told, and the hours in which she set that nothing rings."""

    preferred: str
    on_file: list[str]
    zone: str
    own_from: time | None
    own_until: time | None
    tried: list[str] = []  # noqa: RUF012 - a tuple's


def heard_from(patient_id: int, program_id: int, at: datetime) -> datetime:
    """When the message that is written at `at` of a time kept for her may reach her: then, or once her quiet hours are over.

    Whoever is told by no message is told at once: she sees it on her page.
    """
    reached = Reached(*select(REACHED, [patient_id])[0])
    channel = channel_for(reached, consents_of([patient_id], at).get(patient_id, ()))
    if channel is None:
        return at
    quiet = [_quiet(books_of([program_id])[program_id], channel, at)]
    if channel in RINGING and reached.own_from and reached.own_until:
        hers = QuietHours(
            from_at=reached.own_from, until_at=reached.own_until, applies_to=frozenset({channel})
        )
        quiet.append(hers)
    released = at
    for hours in [each for each in quiet if each] * 2:  # the end of one may lie in the other
        released = release_from_quiet(released, quiet=hours, zone=ZoneInfo(reached.zone))
    return released


def _quiet(book: Book, channel: str, at: datetime) -> QuietHours | None:
    """The policy's hours, where they hold for this channel."""
    quiet = book.in_force(local_day(at, book.timezone)).outreach.quiet_hours
    return quiet if quiet is not None and channel in quiet.applies_to else None


def sweep_offered(*, now: datetime) -> int:
    return tell_offered(by=ENGINE, at=now)


@action("followup.tell_offered")
def tell_offered(*, by: Actor, at: datetime) -> int:
    """Queue one message for each choice that the staff gave, or that came of waiting, and is open still. How many were queued."""
    execute(HEARD, [])
    rows = [Offered(*row) for row in select(UNTOLD, {"now": at, "after": AFTER, "batch": BATCH})]
    consents = consents_of({each.patient_id for each in rows}, at)
    books = books_of({each.program_id for each in rows})
    letters = []
    for each in rows:
        channel = channel_for(each, consents.get(each.patient_id, ()))
        if channel:
            letters.append((each, _letter(each, channel, at, _quiet(books[each.program_id], channel, at))))
    queue_messages([letter for _, letter in letters], by=by, at=at)
    record_all(
        [
            ("followup.tell_offered", f"choice:{each.choice_id}", each.patient_id, each.program_id, "")
            for each, _ in letters
        ],
        by=by,
        at=at,
    )
    if not letters:
        nothing_to_tell("followup.tell_offered")
    return len(letters)


def still_wanted_offered(abouts: set[str], now: datetime) -> Mapping[str, Wanted]:
    """While one of them is open; later, while she is feared for, has written or was written to just now."""
    rows = select(WANTED, {"choices": _numbers(abouts), "now": now, "apart": APART})
    return {f"{ABOUT}:{choice}": Wanted.LATER if waits else Wanted.YES for choice, waits in rows}


def ways_of_offered(abouts: set[str], _by: Actor, _at: datetime) -> Mapping[str, str]:
    seats: dict[int, int] = dict(select(SEATS, [_numbers(abouts)]))
    found = makeup_urls(seats.values())
    return {f"{ABOUT}:{choice}": found[seat] for choice, seat in seats.items() if seat in found}


def _numbers(abouts: set[str]) -> list[int]:
    return [int(each.removeprefix(f"{ABOUT}:")) for each in abouts]


def _letter(offered: Offered, channel: str, at: datetime, quiet: QuietHours | None) -> Letter:
    return Letter(
        key=f"{ABOUT}:{offered.choice_id}:{channel}",
        about=f"{ABOUT}:{offered.choice_id}",
        patient_id=offered.patient_id,
        program_id=offered.program_id,
        channel=channel,
        template=TEMPLATE,
        language=offered.language,
        not_before=at,
        expires_at=offered.expires_at,
        quiet=(quiet.from_at, quiet.until_at) if quiet else None,
    )
