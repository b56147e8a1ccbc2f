"""The words of rooms."""

from rejoin.domain.kernel import Word


class ReadState(Word):
    """What became of a delivery."""

    NEW = "new"
    READ = "read"
    UNPLACED = "unplaced"
    """Understood, and of no session here."""
    UNREADABLE = "unreadable"
    FAILED = "failed"
    """Our own fault: kept, told to a person, and tried again."""


class SettledAs(Word):
    """Who a stranger was, by somebody's word."""

    PATIENT = "patient"
    STAFF = "staff"
    GUEST = "guest"
    UNKNOWN = "unknown"


class Provider(Word):
    """Services whose webhooks we take; each has a secret of its own."""

    LIVEKIT = "livekit"
    ZOOM = "zoom"
    JITSI = "jitsi"
    JANUS = "janus"
    BIGBLUEBUTTON = "bigbluebutton"
    DAILY = "daily"


ANY_FILE = "file"
"""Stands for the provider of an export that nobody named: its layout tells."""
