"""What comes in from outside: rooms, vendors, and what was turned away at the door."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Sum

from rejoin.common.models import Refused
from rejoin.common.rows import select
from rejoin.operations import hosting
from rejoin.operations.health.engine import START_A_WORKER
from rejoin.operations.health.report import (
    MOST_IDS,
    Answer,
    Moment,
    counted,
    lasting,
    listed,
    named,
    not_well,
    note,
    well,
)
from rejoin.outreach.inbox import UNREADABLE
from rejoin.outreach.models import Reply, VendorDelivery
from rejoin.rooms.ear import ENGINE_HEARD
from rejoin.rooms.models import HostedRoom, RawEvent

UNREAD_AFTER_SECONDS: Final = 60
HEARD_WITHIN_A_MINUTE: Final = timedelta(seconds=60)
SEE_TO_THE_ENGINE: Final = (
    "See whether Janus runs and what its log says, and whether REJOIN_JANUS_ADMIN_URL, REJOIN_JANUS_EAR and the secrets "
    "are those of its configuration (rejoin rooms --write). Its rooms are made again by themselves."
)
ENGINE_BEATS: Final = """
SELECT part, min(abs(extract(epoch FROM clock_timestamp() - beat_at)))::float FROM common_heartbeat
 WHERE part = ANY(%s) GROUP BY part
"""
A_DAY: Final = timedelta(days=1)
HEARD_WITHIN: Final = timedelta(minutes=10)
"""Of a session's start: by then somebody has joined, if only the facilitator."""
UNDER_WAY: Final = """
SELECT count(*), count(*) FILTER (WHERE evidence.watched)
  FROM programs_session AS session
  LEFT JOIN rooms_sessionevidence AS evidence ON evidence.session_id = session.id
 WHERE session.starts_at BETWEEN %s AND %s AND session.ends_at > %s
   AND session.held = 'scheduled' AND session.mode = 'video'
"""


def check_rooms_unread(moment: Moment) -> Answer:
    """Deliveries of rooms that nobody has read."""
    oldest = RawEvent.objects.oldest_unread(moment.now)
    if oldest is None or oldest > moment.ago(UNREAD_AFTER_SECONDS):
        return well("What rooms told us has been read.")
    waiting = RawEvent.objects.due_by(moment.now).filter(state="new").order_by("id")
    count = waiting.count()
    return not_well(
        f"{counted(count, 'delivery', 'deliveries')} of rooms unread, the oldest for "
        f"{lasting(moment.seconds_since(oldest))}: who has joined is not known.",
        do=START_A_WORKER,
        count=count,
        ids=named("event", waiting.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_rooms_failed(moment: Moment) -> Answer:  # noqa: ARG001 - until it succeeds, it has failed
    """Deliveries that we failed at. They are kept, and tried again."""
    failed = RawEvent.objects.failed()
    count = failed.count()
    if not count:
        return well("No delivery of a room was failed at.")
    return not_well(
        f"{counted(count, 'delivery', 'deliveries')} of rooms failed at. The fault is ours.",
        do="The worker's log names the fault (sweep.row_failed). They are kept and tried again: bring the software "
        "up to date.",
        count=count,
        ids=named("event", failed.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_rooms_unreadable(moment: Moment) -> Answer:
    """Deliveries that nobody can read. One of the last day is a fault to see to; what is older is told."""
    ever = RawEvent.objects.filter(state="unreadable")
    fresh = ever.filter(received_at__gt=moment.now - A_DAY).order_by("-pk")
    count = fresh.count()
    said = f"{count} unreadable since yesterday, {ever.count()} in all."
    if not count:
        return well(said)
    return not_well(
        said,
        do="The service has changed its format, or sends another kind of event: see its settings, and import the "
        "session's export.",
        count=count,
        ids=named("event", fresh.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_rooms_heard(moment: Moment) -> Answer:
    """Sessions run and no room says a word: its webhooks are off, or do not get through."""
    ((running, heard),) = select(UNDER_WAY, [moment.now - A_DAY, moment.now - HEARD_WITHIN, moment.now])
    said = f"{counted(running, 'video session')} under way, {heard} heard of."
    if not settings.ENVIRONMENT.room_secrets and not settings.ENVIRONMENT.engine:
        return note(f"{said} No room reports here: sessions are known from exports.", count=running)
    if heard or not running:
        return well(said)
    return not_well(
        f"{said} Without a word from a room nobody is noticed missing.",
        do="See the webhook settings of the video service, doors.refused for what was turned away, and whether "
        "this machine can be reached from outside.",
        count=running,
    )


def check_own_rooms(moment: Moment) -> Answer:
    """Rooms of our own whose engine has not said within a minute who is in: nobody is nudged about them."""
    wanted = hosting.from_engine()
    if not wanted:
        return note("There is no engine of our own rooms that can be asked who is in (REJOIN_ENGINE).")
    running = HostedRoom.objects.running(moment.now)
    silent = running.unheard_since(moment.now - HEARD_WITHIN_A_MINUTE).order_by("pk")
    sessions = list(silent.values_list("pk", flat=True))
    if sessions:
        return not_well(
            f"The engine does not say who is in {counted(len(sessions), 'session')} under way. Nobody is nudged about "
            "them: whoever leads them has to look who is there.",
            do=SEE_TO_THE_ENGINE,
            count=len(sessions),
            ids=named("session", sessions),
        )
    beats: dict[str, float] = dict(select(ENGINE_BEATS, [wanted]))
    away = [part for part in wanted if beats.get(part, float("inf")) > UNREAD_AFTER_SECONDS]
    if not away:
        return well(
            f"The engine answers, and has dialled our ear. {counted(running.count(), 'room')} under way."
        )
    said = {
        hosting.ENGINE_ANSWERS: "The engine of our own rooms has not answered for a minute.",
        ENGINE_HEARD: "The engine has not dialled our ear: who comes and goes is known from asking it alone.",
    }
    return not_well(" ".join(said[part] for part in away), do=SEE_TO_THE_ENGINE, ids=away)


def check_vendors_unread(moment: Moment) -> Answer:
    """Reports and replies that nobody has read."""
    since = moment.ago(UNREAD_AFTER_SECONDS)
    waiting = VendorDelivery.objects.filter(read_at=None, received_at__lt=since)
    unread = waiting.exclude(error=UNREADABLE).order_by("pk")
    count = unread.count()
    if not count:
        return well("What vendors and patients told us has been read.")
    return not_well(
        f"{counted(count, 'report or reply', 'reports or replies')} unread. A STOP may be among them.",
        do=START_A_WORKER,
        count=count,
        ids=named("delivery", unread.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_put_aside(moment: Moment) -> Answer:
    """Deliveries that nobody could read. One of the last day is a fault to see to; what is older is told."""
    ever = VendorDelivery.objects.filter(read_at=None, error=UNREADABLE)
    fresh = ever.filter(received_at__gt=moment.now - A_DAY).order_by("-pk")
    count = fresh.count()
    said = f"{count} put aside since yesterday, {ever.count()} in all."
    if not count:
        return well(said)
    return not_well(
        said,
        do="A patient's words may be in it: have it read (outreach_vendordelivery), and tell her care team.",
        count=count,
        ids=named("delivery", fresh.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_replies(moment: Moment) -> Answer:
    """What was written to us and no person has read by its deadline, of a case or of none. It never grows too old."""
    late = Reply.objects.overdue(moment.now)
    count = late.count()
    if not count:
        return well("No text waits for its reader beyond its hour.")
    oldest = late.values_list("at", flat=True)[0]
    return not_well(
        f"{counted(count, 'text')} that no person has read, the oldest for "
        f"{lasting(moment.seconds_since(oldest))}. Anything may be in it.",
        do="A coordinator of her program reads it and says so; a text from a number that nobody here has is "
        "before the coordinators of all programs.",
        count=count,
        ids=named("reply", late.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_doors(moment: Moment) -> Answer:
    """What was turned away today. Anybody may knock, so it fails nothing; a wrong secret shows here."""
    today = Refused.objects.filter(on=moment.now.date())
    doors = list(today.values_list("door", "reason").annotate(times=Sum("count")).order_by("door", "reason"))
    if not doors:
        return note("Nothing was turned away today.")
    return note(
        f"Turned away today: {listed([f'{door} for {reason} {times}' for door, reason, times in doors])}.",
        count=sum(times for *_, times in doors),
        do="Many signatures refused at one door: its secret here is not the one the service signs with.",
    )
