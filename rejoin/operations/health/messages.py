"""Whether messages go out: what waits, what vendors turn away, what nobody is sure of, what reaches nobody."""

from datetime import timedelta
from typing import Final

from django.conf import settings

from rejoin.common.rows import select
from rejoin.domain.kernel.refusals import Refusal
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
from rejoin.outreach.channels.choose import channels_in_force, is_dry, is_live
from rejoin.outreach.models import Message
from rejoin.outreach.sending import lost_after
from rejoin.outreach.vocabulary import MessageState

LATE_AFTER_SECONDS: Final = 120
AN_HOUR: Final = timedelta(hours=1)
MOST_FAILED_SHARE: Final = 0.25
FEWEST_FAILED: Final = 3
"""One or two say nothing of a vendor; each is on a coordinator's list in any case."""
# Faults of an address and wishes of a patient say nothing of the vendor.
BY_CHANNEL: Final = """
SELECT channel,
       count(*) FILTER (WHERE state = 'failed' AND error !~ '^(gone:|stopped|no_address)'),
       count(*) FILTER (WHERE state IN ('sent', 'delivered', 'failed') AND error !~ '^(gone:|stopped|no_address)'),
       count(*) FILTER (WHERE vendor_id LIKE 'dry-%%')
  FROM (SELECT channel, state, error, state_at, vendor_id FROM outreach_message ORDER BY id DESC LIMIT 2000) AS newest
 WHERE state_at > %s GROUP BY channel ORDER BY channel
"""
A_SENDER: Final = "a worker that sends (rejoin work --sending)"


def check_channels(moment: Moment) -> Answer:
    """Which channels reach people. As this process was set up: a worker has settings of its own."""
    try:
        channels = channels_in_force(settings.CHANNEL_SETTINGS)
    except Refusal as refusal:
        do = "Set it in full or not at all, and start the workers anew: none of them sends like this."
        return not_well(f"{refusal.message}.", do=do)
    if not is_live(settings.CHANNEL_SETTINGS):
        return note("DRY RUN: nothing leaves the building (REJOIN_DRY_RUN is not off).")
    dry = sorted(channel for channel in channels if is_dry(channels[channel]))
    said = f"Live: {listed(sorted(channels.keys() - set(dry))) or 'none'}. Dry: {listed(dry) or 'none'}."
    rows = select(BY_CHANNEL, [moment.now - AN_HOUR])
    used = [channel for channel, _, _, went_dry in rows if went_dry and channel in dry]
    if not used:
        return note(said)
    return not_well(
        f"{said} Messages of the last hour went by {listed(used)}, which reaches nobody.",
        do="Set the channel up, or take it out of the policy.",
        count=len(used),
        ids=used,
    )


def check_late(moment: Moment) -> Answer:
    """Messages whose moment passed two minutes ago, and nobody has tried."""
    late = Message.objects.unsent(moment.ago(LATE_AFTER_SECONDS), for_=timedelta(0)).order_by(
        "not_before", "pk"
    )
    count = late.count()
    if not count:
        return well("No message is late.")
    oldest = late.values_list("not_before", flat=True)[0]
    return not_well(
        f"{counted(count, 'message')} late, the oldest by {lasting(moment.seconds_since(oldest))}.",
        do=f"Start {A_SENDER}. Where one runs, its vendor hangs: see its log and messages.in_flight.",
        count=count,
        ids=named("message", late.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_turned_away(moment: Moment) -> Answer:
    """Messages that were tried twice and came back: the vendor is away, or asks us to wait."""
    tried = Message.objects.filter(
        state=MessageState.QUEUED.value, tries__gte=2, made_at__lt=moment.ago(LATE_AFTER_SECONDS)
    )
    rows = list(tried.order_by("pk").values_list("pk", "channel"))
    if not rows:
        return well("No vendor turns messages away.")
    channels = listed(sorted({channel for _, channel in rows}))
    return not_well(
        f"{counted(len(rows), 'message')} tried more than once and not taken ({channels}).",
        do="The vendor is away, asks us to wait, or cannot be reached from the worker's machine. They are tried "
        "again until they expire; the calls on people's lists go on.",
        count=len(rows),
        ids=named("message", (number for number, _ in rows)),
    )


def check_in_flight(moment: Moment) -> Answer:
    """Messages given to a vendor, and no answer written down long after there should be one."""
    lost_at = moment.real_now - 2 * lost_after()
    stuck = Message.objects.filter(state=MessageState.SENDING.value, claimed_at__lt=lost_at).order_by("pk")
    numbers = list(stuck.values_list("pk", flat=True))
    if not numbers:
        return well("No message hangs between us and a vendor.")
    return not_well(
        f"{counted(len(numbers), 'message')} begun and not finished: whoever sent them is gone.",
        do=f"Start {A_SENDER}: it finds out what became of them.",
        count=len(numbers),
        ids=named("message", numbers),
    )


def check_unknown(moment: Moment) -> Answer:
    """Messages that may have gone out or not. Fresh ones tell of a vendor; each is a person's to settle."""
    unknown = Message.objects.filter(state=MessageState.UNKNOWN.value).order_by("-state_at")
    fresh = unknown.filter(state_at__gt=moment.now - AN_HOUR)
    count, ever = fresh.count(), unknown.count()
    if not ever:
        return well("Of every message it is known what became of it.")
    said = f"Of {counted(ever, 'message')} nobody knows whether they went out; {count} of the last hour."
    if not count:
        return well(said)
    return not_well(
        said,
        do="The vendor did not answer: see its status page. They are never sent again blindly; each is a step on a "
        "coordinator's list, who asks the vendor and says what became of it.",
        count=count,
        ids=named("message", fresh.values_list("pk", flat=True)[:MOST_IDS]),
    )


def check_failed(moment: Moment) -> Answer:
    """What share of the last hour's messages vendors refused, by channel."""
    rows = select(BY_CHANNEL, [moment.now - AN_HOUR])
    bad = {channel: failed for channel, failed, tried, _ in rows if _too_many(failed, tried)}
    told = [f"{channel} {failed} of {tried}" for channel, failed, tried, _ in rows]
    said = f"Refused in the last hour: {listed(told)}." if told else "No message was tried in the last hour."
    if not bad:
        return well(said)
    return not_well(
        said,
        do=f"See our account at the vendor of {listed(list(bad))}: its balance, its sender's registration, the "
        "error codes of the messages.",
        count=sum(bad.values()),
    )


def _too_many(failed: int, tried: int) -> bool:
    return failed >= FEWEST_FAILED and failed / tried >= MOST_FAILED_SHARE
