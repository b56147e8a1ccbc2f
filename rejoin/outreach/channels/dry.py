"""The channel that reaches nobody: what is in force until live sending is switched on."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from rejoin.outreach.channels.port import Accepted, Refused, Sendable, refuse_late


class DryChannel:
    """Says yes and does nothing. The same key gets the same id, so that a repeat shows."""

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        return refuse_late(sendable, now) or Accepted(vendor_id=_dry_id(sendable))

    def look_up(
        self,
        sendable: Sendable,  # noqa: ARG002 - the port's shape
        *,
        since: datetime,  # noqa: ARG002
        known_ids: Collection[str] = (),  # noqa: ARG002
    ) -> Accepted | None:
        """Nothing ever went out."""
        return None


def _dry_id(sendable: Sendable) -> str:
    return "dry-" + sha256(sendable.key.encode()).hexdigest()[:32]
