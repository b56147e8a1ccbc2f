"""What is written of rooms: deliveries, what they come to, and who somebody was by a person's word."""

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.refusals import refuse_machines
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import Refusal
from rejoin.domain.kernel.phones import normal_phone
from rejoin.people.models import Patient
from rejoin.programs.models import Program, Seat
from rejoin.rooms import inbox
from rejoin.rooms.arrays import as_array
from rejoin.rooms.gathering import context_of
from rejoin.rooms.inbox import Delivery
from rejoin.rooms.keeping import ask_for, keep, keep_verdicts, storable
from rejoin.rooms.models import Identity, RawEvent, Room, Stranger
from rejoin.rooms.reading import (
    FOLLOWED,
    UTC_CONTEXT,
    Arrived,
    Read,
    keep_heard,
    keep_notes,
    keep_states,
    read_delivery,
    touched_by,
)
from rejoin.rooms.register import PROVIDERS, normal_name
from rejoin.rooms.timetable import normal_room
from rejoin.rooms.vocabulary import ANY_FILE, ReadState, SettledAs
from rejoin.rooms.working import work_out

SESSIONS_AT_ONCE = 1000
"""Locks of sessions that one transaction holds: the server's table of them has some thousands of places."""
LOCKED = 0x526F6F6D << 32
"""The half of an advisory lock's number that says it is of rooms; the other half is a session's."""
# What a device calls itself, or a service somebody without a name: to vouch for it would vouch for anybody.
NOBODYS_WORDS = """
iphone ipad ipod macbook mac imac android galaxy samsung pixel huawei xiaomi redmi motorola moto nokia oneplus lg
sony chromebook laptop desktop computer pc tablet phone cell mobile browser chrome safari firefox windows linux
pro max mini plus air ultra note tab se fold flip gen edge lite my the of guest user caller call in zoom teams meet
participant person someone unknown anonymous me test meeting host room client patient group member attendee visitor
name no new
"""
WORD = re.compile(r"[^\W\d_]+")
TAKE_IN = "ON CONFLICT (provider, event_id) DO NOTHING"
REFUSED = (
    'INSERT INTO common_refused (door, reason, "on", count) VALUES (%s, %s, %s, 1) '
    'ON CONFLICT (door, reason, "on") DO UPDATE SET count = common_refused.count + 1'
)
ARRIVED = """
SELECT event.id, event.provider, event.is_file, event.body, program.timezone, event.tries
  FROM rooms_rawevent AS event LEFT JOIN programs_program AS program ON program.id = event.program_id
 WHERE event.id = ANY(%s::bigint[]) ORDER BY event.id
"""
# The web's role is shown no deliveries: a session worked out by it would come to nothing. It leaves it for a worker.
HOLD = """
SELECT id FROM unnest(%s::bigint[]) AS wanted(id)
 WHERE NOT starts_with(current_user, 'rejoin_web') AND pg_try_advisory_xact_lock(%s + id) ORDER BY id
"""
# A session whose source is heard of again, later than its end, is not stale any more.
HEARD_AGAIN = """
SELECT seen.session_id FROM rooms_sessionevidence AS seen
  JOIN programs_session AS session ON session.id = seen.session_id
 WHERE seen.stale AND EXISTS (
       SELECT FROM rooms_source AS source WHERE source.name = ANY(seen.silent) AND source.heard_at >= session.ends_at)
"""
SESSIONS = "SELECT DISTINCT session_id FROM rooms_revisit WHERE id = ANY(%s::bigint[]) ORDER BY 1"
ASKED = (
    "SELECT id FROM rooms_revisit WHERE session_id = ANY(%s::bigint[]) AND at <= %s FOR UPDATE SKIP LOCKED"
)
VISITED = "DELETE FROM rooms_revisit WHERE id = ANY(%s::bigint[])"
# Told of the session's rooms around it, and not yet in anything that was worked out.
HAND_BACK = """
UPDATE rooms_rawevent SET state = 'new', next_try_at = %(at)s, tries = least(tries + 1, 1000) WHERE id IN (
    SELECT mention.event_id FROM programs_session AS session
      JOIN rooms_room AS room ON room.session_id = session.id
      JOIN rooms_mention AS mention ON mention.key = left('room:' || room.normal, 250)
       AND mention.at BETWEEN session.starts_at - %(followed)s AND session.ends_at + %(followed)s
     WHERE session.id = %(session)s AND NOT EXISTS (
           SELECT FROM rooms_heard AS heard WHERE heard.session_id = session.id AND heard.event_id = mention.event_id)
) AND state IN ('read', 'unplaced') RETURNING id
"""


@action("rooms.take_in")
def take_in(*, provider: str, deliveries: Iterable[Delivery], by: Actor, at: datetime) -> int:
    """Keep webhooks' bodies before anybody reads them. Returns how many are new; one told again has no effect.

    One insert and nothing else: no row is shared with another delivery, and the kept row itself says who
    brought it and when. Readers look for themselves every second; a wake-up each would cost more than that.
    """
    rows = [
        (provider, each.event_id, False, at, str(by), each.body, "", ReadState.NEW, 0, at, "")
        for each in deliveries
    ]
    nothing_to_tell("rooms.take_in")
    return len(insert_rows(RawEvent, TAKEN, rows, then=TAKE_IN, returning="id"))


TAKEN = (
    *("provider", "event_id", "is_file", "received_at", "received_by", "body", "file_name"),
    *("state", "tries", "next_try_at", "error"),
)


def take_in_file(
    *, provider: str | None, name: str, body: bytes, program: Program | None = None, by: Actor, at: datetime
) -> RawEvent:
    """Take in an export, to be read like any other delivery. The same bytes again are the same file."""
    if len(body) > inbox.LARGEST_FILE:
        refuse_delivery(provider=ANY_FILE, reason="oversize", by=by, at=at)
        raise Refusal(
            "file.too_large", f"A file may have {inbox.LARGEST_FILE // 2**20} MB at most: split it."
        )
    if not body.strip():
        raise Refusal("file.empty", "The file is empty.")
    return _keep_file(
        provider=provider, name=name, body=body, program=program or _only_clocks(), by=by, at=at
    )


@action("rooms.take_in_file")
def _keep_file(
    *, provider: str | None, name: str, body: bytes, program: Program, by: Actor, at: datetime
) -> RawEvent:
    digest = inbox.digest_of(body)
    kept, new = RawEvent.objects.filter(is_file=True, event_id=digest).first(), False
    if kept is None:
        kept, new = RawEvent.objects.get_or_create(
            provider=PROVIDERS.get(provider.casefold(), provider)[:20] if provider else ANY_FILE,
            event_id=digest,
            defaults={
                "is_file": True,
                "received_at": at,
                "received_by": str(by),
                "body": body,
                "file_name": storable(name),
                "program": program,
                "next_try_at": at,
            },
        )
    reason = "" if new else "known"
    record("rooms.take_in_file", f"delivery:{kept.pk}", by=by, at=at, program=program.pk, reason=reason)
    return kept


def _only_clocks() -> Program:
    """A program of the only time zone there is: a file without offsets is on the host's clocks."""
    programs = list(Program.objects.order_by("id"))
    if len({each.timezone for each in programs}) != 1:
        raise Refusal(
            "file.whose_clocks", "Say which program the file is of: its times may be on that one's clocks."
        )
    return programs[0]


@action("rooms.refuse")
def refuse_delivery(*, provider: str, reason: str, by: Actor, at: datetime) -> None:  # noqa: ARG001 - counted, not told
    """Count a delivery that was turned away. Nothing else of it is kept."""
    execute(REFUSED, [f"rooms.{provider}", reason, at.date()])
    nothing_to_tell("rooms.refuse")


@action("rooms.read")
def read_deliveries(event_ids: Sequence[int], *, many_wait: bool = False, by: Actor, at: datetime) -> None:
    """Read deliveries, and work out anew every session that they may say anything of.

    While `many_wait` the sessions are only asked for, so that one is worked out once for all that is told of
    it and not for each. What was tried before is worked out at once: here it shows which delivery is at fault.
    """
    arrived = _arrived(event_ids)
    read = _read(arrived, at)
    able = [each for each in read if each.state is ReadState.READ]
    touched = touched_by(able)
    keep_notes(able)
    keep_states(_standing(each, touched.get(each.id)) for each in read)
    tried = {each.id for each in arrived if each.tries}
    at_once = set().union(*(each for event, each in touched.items() if event in tried or not many_wait))
    ask_for((session, at) for session in set().union(*touched.values()) - at_once)
    ask_for((session, end) for each in able if (end := each.goes_on_until) for session in touched[each.id])
    heard = _last_heard(able)
    look_at_sessions(sorted(at_once), heard=heard, at=at)
    keep_heard(heard)
    ask_for((row[0], at) for row in select(HEARD_AGAIN))
    record("rooms.read", f"deliveries:{min(event_ids)}-{max(event_ids)}", by=by, at=at)


def _arrived(event_ids: Iterable[int]) -> list[Arrived]:
    rows = select(ARRIVED, [as_array(event_ids)])
    return [
        Arrived(number, told, is_file, bytes(body), zone, tries)
        for number, told, is_file, body, zone, tries in rows
    ]


def _last_heard(read: Iterable[Read]) -> dict[str, datetime]:
    heard: dict[str, datetime] = {}
    for each in read:
        for source, last in each.heard.items():
            heard[source] = max(last, heard.get(source, last))
    return heard


def _read(arrived: Sequence[Arrived], now: datetime) -> list[Read]:
    contexts = {zone: context_of(zone, now=now) for zone in {each.zone for each in arrived if each.is_file}}
    return [
        read_delivery(each, context=contexts[each.zone] if each.is_file else UTC_CONTEXT, now=now)
        for each in arrived
    ]


def _standing(each: Read, touched: set[int] | None) -> tuple[int, ReadState, str, datetime | None]:
    """The row's state. What speaks of a room, and of no session of it, is for a person to place."""
    if each.state is ReadState.READ and not touched and each.is_placed_by_room:
        return each.id, ReadState.UNPLACED, "no_session", None
    return each.id, each.state, each.error, each.wait_until


def look_at_sessions(
    session_ids: Sequence[int], *, heard: dict[str, datetime] | None = None, at: datetime
) -> list[int]:
    """Work sessions out and keep what is new. Returns those that were; the others are left for a later visit.

    Two workers never work on one session at once: whoever comes second leaves a note and goes on.
    """
    held = _work_on(session_ids[:SESSIONS_AT_ONCE], heard=heard or {}, at=at)
    ask_for((each, at) for each in sorted(set(session_ids) - set(held)))
    return held


def _work_on(session_ids: Sequence[int], *, heard: dict[str, datetime], at: datetime) -> list[int]:
    """Those of the sessions that nobody else works on. A lock lasts until what was worked out under it is
    committed, and is never waited for."""
    held = [row[0] for row in select(HOLD, [as_array(session_ids), LOCKED])] if session_ids else []
    if held:
        # Taken note of before anything is read: who asks from now on knows of something that this may not.
        asked = [row[0] for row in select(ASKED, [as_array(held), at])]
        findings, verdicts, told = work_out(held, heard=heard, now=at)
        keep(findings, now=at)
        keep_verdicts(verdicts, findings, told)
        execute(VISITED, [as_array(asked)])
    return held


@action("rooms.revisit")
def revisit_sessions(visit_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Work out anew the sessions whose time has come, or of which something else has changed."""
    sessions = [row[0] for row in select(SESSIONS, [as_array(visit_ids)])]
    _work_on(sessions[:SESSIONS_AT_ONCE], heard={}, at=at)  # the visits of the others stay asked for
    record("rooms.revisit", f"visits:{min(visit_ids)}-{max(visit_ids)}", by=by, at=at)


@action("rooms.hand_back")
def hand_back(*, session_id: int, by: Actor, at: datetime) -> int:
    """Have what is new of a session that cannot be worked out read once more, one by one. Returns how many."""
    new = [row[0] for row in select(HAND_BACK, {"session": session_id, "followed": FOLLOWED, "at": at})]
    record_all([("rooms.hand_back", f"delivery:{each}", None, None, "") for each in new], by=by, at=at)
    nothing_to_tell("rooms.hand_back")
    return len(new)


@action("rooms.name_rooms")
def name_rooms(*, names: Iterable[tuple[int, str]], by: Actor, at: datetime) -> int:
    """Say what sessions' rooms are called at their provider: session id and name. Returns how many are new."""
    rows = {(session, normal_room(name)): name for session, name in names if normal_room(name)}
    made = insert_rows(
        Room,
        ("session", "normal", "name"),
        [(session, normal, name) for (session, normal), name in sorted(rows.items())],
        then="ON CONFLICT (session_id, normal) DO NOTHING",
        returning="session_id",
    )
    events = [
        ("rooms.name_rooms", f"session:{session}", None, None, "")
        for session in sorted({row[0] for row in made})
    ]
    record_all(events, by=by, at=at)
    nothing_to_tell("rooms.name_rooms")
    return len(made)


@action("rooms.add_identities")
def add_identities(*, identities: Iterable[tuple[str, str, int]], by: Actor, at: datetime) -> int:
    """Take in references and aliases that somebody vouches for: provider, reference, patient id."""
    rows = [(*_spelled(provider, ref), patient, None, at, str(by)) for provider, ref, patient in identities]
    made = insert_rows(Identity, IDENTITY, rows, then="ON CONFLICT DO NOTHING", returning="id, patient_id")
    record_all(
        [("rooms.add_identities", f"identity:{row[0]}", row[1], None, "") for row in made], by=by, at=at
    )
    nothing_to_tell("rooms.add_identities")
    return len(made)


IDENTITY = ("provider", "ref", "normal", "number", "patient", "seat", "at", "by")


def _spelled(provider: str, ref: str) -> tuple[str, str, str, str]:
    """Provider, reference, and the spellings in which it is compared."""
    number = None if any(letter.isalpha() for letter in ref) else normal_phone(ref)
    return PROVIDERS.get(provider.casefold(), provider), ref, normal_name(ref), number or ""


@action("rooms.confirm_identity")
def confirm_identity(*, stranger: Stranger, patient: Patient, by: Actor, at: datetime) -> Identity:
    """Somebody vouches that this participant is this patient, here and from now on.

    It is her reference at the provider that is vouched for; only where she shows none, her name as shown.
    """
    refuse_machines(by, what="says who somebody was")
    ref = _vouched(stranger)
    settled = Stranger.objects.select_for_update().values_list("settled_as", flat=True).get(pk=stranger.pk)
    if settled not in ("", SettledAs.PATIENT.value):
        raise Refusal("stranger.settled", "Somebody has already said who this was.")
    known = Identity.objects.filter(provider=stranger.provider, ref=ref).first()
    if known is None:
        add_identities(identities=[(stranger.provider, ref, patient.pk)], by=by, at=at)
        known = Identity.objects.filter(provider=stranger.provider, ref=ref).first()
    # None still: it is a patient's whom whoever says so may not see. Another's now: somebody was quicker.
    if known is None or known.patient_id != patient.pk:
        raise Refusal("identity.taken", "Somebody has already said that this is another patient.")
    record("rooms.confirm_identity", f"stranger:{stranger.pk}", by=by, at=at, patient=patient.pk)
    Stranger.objects.filter(pk=stranger.pk, settled_at__isnull=True).update(
        settled_at=at, settled_by=str(by), settled_as=SettledAs.PATIENT.value
    )
    alike = Stranger.objects.alike(stranger).values_list("session_id", flat=True)
    look_at_sessions(sorted({stranger.session_id, *alike}), at=at)
    return known


def _vouched(stranger: Stranger) -> str:
    """By what she will be known. A name that anybody's device shows vouches for nobody."""
    if stranger.posing:
        raise Refusal("identity.posing", "This participant came by a link that was signed for somebody else.")
    if stranger.ref:
        return stranger.ref
    words = WORD.findall(stranger.display.casefold())
    if all(len(word) == 1 or word in NOBODYS_WORDS.split() for word in words):
        raise Refusal(
            "identity.nobodys_name",
            "Many people show this name: mark her attendance instead, or have her join by her own link.",
        )
    return stranger.display


@action("rooms.settle_stranger")
def settle_stranger(*, stranger: Stranger, as_: SettledAs, by: Actor, at: datetime) -> None:
    """Say who a stranger was, for this session only: nobody is credited by it."""
    refuse_machines(by, what="says who somebody was")
    settled = Stranger.objects.filter(pk=stranger.pk, settled_at__isnull=True).update(
        settled_at=at, settled_by=str(by), settled_as=as_.value
    )
    if not settled:
        raise Refusal("stranger.settled", "Somebody has already said who this was.")
    record("rooms.settle_stranger", f"stranger:{stranger.pk}", by=by, at=at, reason=as_.value)


@action("rooms.issue_join_ref")
def issue_join_ref(*, seat: Seat, provider: str, by: Actor, at: datetime) -> str:
    """The reference that is signed into the join link of a seat: it names nobody, and cannot be guessed.

    One a seat: whoever asks again gets the same, so that a link that was sent before still works.
    """
    if seat.released_at is not None:
        raise Refusal("seat.released", "This seat was released.")
    if seat.session.ends_at <= at:
        raise Refusal("session.over", "This session is over.")
    fresh = _spelled(provider, f"p-{secrets.token_hex(16)}")
    row = (*fresh, seat.patient_id, seat.pk, at, str(by))
    made = insert_rows(Identity, IDENTITY, [row], then="ON CONFLICT DO NOTHING", returning="id")
    if made:
        subject, program = f"identity:{made[0][0]}", seat.session.program_id
        record("rooms.issue_join_ref", subject, by=by, at=at, patient=seat.patient_id, program=program)
        return fresh[1]
    nothing_to_tell("rooms.issue_join_ref")
    return Identity.objects.values_list("ref", flat=True).get(provider=fresh[0], seat=seat)


@action("rooms.read_again")
def read_again(*, delivery: RawEvent, by: Actor, at: datetime) -> None:
    """Look once more at a delivery that came to nothing: what it did not fit may have been mended since."""
    refuse_machines(by, what="has a delivery read again")
    if delivery.state == ReadState.UNPLACED:
        read = _read(_arrived([delivery.pk]), at)
        touched = touched_by(each for each in read if each.state is ReadState.READ)
        look_at_sessions(sorted(set().union(*touched.values())), at=at)
    elif delivery.state in (ReadState.UNREADABLE, ReadState.FAILED):
        RawEvent.objects.filter(pk=delivery.pk).update(state=ReadState.NEW.value, next_try_at=at, error="")
    else:
        raise Refusal("delivery.read", "This delivery has been read, and was placed.")
    record("rooms.read_again", f"delivery:{delivery.pk}", by=by, at=at)
