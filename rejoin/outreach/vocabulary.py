"""The words of messages."""

from datetime import timedelta

from rejoin.domain.kernel import Word


class MessageState(Word):
    QUEUED = "queued"
    SENDING = "sending"
    """Claimed by a worker: from here on it may have left the building."""
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    """The vendor refused it, or gave it up."""
    UNKNOWN = "unknown"
    """The vendor's answer is lost: it may have gone out. Never sent again blindly."""
    WITHHELD = "withheld"
    """No consent, opted out, or no longer wanted when its moment came."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# A reply may be anything: somebody reads it within the hour. Ours.
READ_WITHIN = timedelta(hours=1)
WAITING = (MessageState.QUEUED,)
LEFT = (MessageState.SENT, MessageState.DELIVERED)
