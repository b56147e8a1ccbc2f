"""The last look before anything leaves: whatever made a message, it is refused if it may disclose."""

from collections.abc import Collection
from datetime import datetime

from rejoin.outreach.channels.gsm import fits_one_segment
from rejoin.outreach.channels.port import Accepted, Channel, Refused, Sendable, Why, refuse_late
from rejoin.outreach.channels.unsaid import find_forbidden


class Guarded:
    """A channel that sends nothing late and nothing with a forbidden word; `one_segment` for texts.

    Wording is made and checked in full where it is rendered (`rejoin.outreach.wording`); this holds even
    for a message that came by another way.
    """

    def __init__(self, channel: Channel, *, one_segment: bool = False) -> None:
        self.channel = channel
        self._one_segment = one_segment

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        refusal = refuse_late(sendable, now) or self._refuse_wording(sendable)
        return refusal or self.channel.send(sendable, now=now)

    def look_up(
        self, sendable: Sendable, *, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        return self.channel.look_up(sendable, since=since, known_ids=known_ids)

    def _refuse_wording(self, sendable: Sendable) -> Refused | None:
        if find_forbidden(f"{sendable.subject}\n{sendable.body}"):
            return Refused(code="unsafe-wording", permanent=True, why=Why.WORDING)
        if self._one_segment and not fits_one_segment(sendable.body):
            return Refused(code="not-one-segment", permanent=True, why=Why.WORDING)
        if not sendable.body.strip():
            return Refused(code="empty", permanent=True, why=Why.WORDING)
        return None
