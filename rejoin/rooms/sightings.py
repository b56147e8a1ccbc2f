"""What a room source tells us, before anybody decides who it was or which session it belongs to.

Structs and not dataclasses: a year of a program is millions of sightings, and a struct is built in
a tenth of the time and a third of the memory.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rejoin.domain.kernel import Problem


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of one participant to one room, as one source tells it.

    All instants are aware and UTC. `joined_at` None: the start is unknown; `left_at` None: no
    leave was reported. Both None: the source says the participant was there and not when.
    """

    provider: str
    """zoom, teams, meet, bigbluebutton, jitsi, livekit, janus or daily: the word used in identities.csv."""
    source: str
    """Which kind of source: "zoom-csv", "zoom-webhook". Sources are compared with each other."""
    line: int
    """1-based line of the file where this participant or connection first appears."""
    display: str = ""
    """The name shown in the room. Never used to find a patient, except as a confirmed alias."""
    room: str | None = None
    """Meeting id or room name of this connection; None: that of the file."""
    conn: str = ""
    """What the provider calls this connection; "" where a row is all there is."""
    ref: str | None = None
    """The reference signed into the join link, or a provider account id."""
    email: str | None = None
    phone: str | None = None
    aliases: tuple[str, ...] = ()
    """Other names of the participant at the provider that a person may have confirmed."""
    joined_at: datetime | None = None
    left_at: datetime | None = None
    leave_reported: bool = True
    """False: `left_at` is when the room ended (or is None); the true leave may be earlier."""
    present_for: timedelta | None = None
    """Only for summary rows that hide gaps: how long the participant was there between
    `joined_at` and `left_at`."""
    waiting: bool = False
    """In the waiting room: not presence."""
    dial_in: bool = False
    staff: bool = False
    """The source itself says: host, organiser or moderator."""
    delivered_late: bool = False
    """The vendor sent the event more than five minutes after what it reports."""
    rejected: str | None = None
    """Why this connection must not be credited to anybody (a spoofed id), in words."""


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A span in which the source says the meeting itself ran. `ended_at` None: not reported."""

    room: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """An event that shows the source was listening to a room, and tells nothing of a participant."""

    room: str
    at: datetime


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One way to read a file whose dates can be read in more than one way."""

    label: str
    """"", "month first", "day first", or the date a file without dates was read on."""
    sightings: Sequence[Sighting]
    meetings: Sequence[Meeting] = ()
    moments: Sequence[Moment] = ()


class RoomFile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one file says."""

    file: str
    """Path inside the folder: "rooms/a.csv"."""
    format: str
    """The layout in words: "Zoom participant report"."""
    provider: str
    rooms: tuple[str, ...] = ()
    """Meeting ids that the file itself states. A file with one belongs to that meeting only."""
    hints: tuple[str, ...] = ()
    """Weaker names (a title, a report id): used when a session's meeting_id equals one."""
    readings: tuple[Reading, ...]
    """Best first. Several only while day and month, or the day itself, are in doubt."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What an importer may know besides the file."""

    zone: ZoneInfo
    """The host's time zone where the file does not say."""
    dates: tuple[date, ...] = ()
    """Local dates on which sessions are scheduled, ascending."""


class Unreadable(Exception):
    """A file that cannot be understood, with one problem a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
