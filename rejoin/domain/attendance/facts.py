"""The facts an outcome is decided from, and the words it is told in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from rejoin.domain.kernel import Interval, Reason, Word


class Status(Word):
    """What became of one patient's seat in one session."""

    ATTENDED = "attended"
    PARTIAL = "partial"
    MISSED = "missed"
    EXCUSED = "excused"
    NOT_ADMITTED = "not_admitted"
    NOT_ADMISSIBLE = "not_admissible"
    CANCELLED = "cancelled"
    UNRECORDED = "unrecorded"


class Held(Word):
    """Whether the program held the session."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    OUTAGE = "outage"


class Mode(Word):
    """How the session was held. Only video leaves a room record of its own."""

    VIDEO = "video"
    IN_PERSON = "in_person"
    PHONE = "phone"


class Flag(Word):
    """What a reader of the outcome should know besides it."""

    LATE = "late"
    LEFT_EARLY = "left_early"
    RECONNECTED = "reconnected"
    TWO_DEVICES = "two_devices"
    DIAL_IN = "dial_in"
    UNCERTAIN_END = "uncertain_end"
    LATE_SOURCE = "late_source"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One scheduled session. Instants are aware UTC; breaks are disjoint, sorted and inside it."""

    id: str
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Interval, ...] = ()
    group: str = ""
    kind: str = "group"
    service: str = ""
    module: str = ""
    facilitator: str = ""
    held: Held = Held.SCHEDULED
    mode: Mode = Mode.VIDEO

    @property
    def span(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


class Presence(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One connection of the patient to the session's room, as one source told it.

    `start` None: the join was not seen. `end` None: no leave was seen. Both None: the source says
    she was there and not when. `present_for` belongs to summary rows that hide gaps.
    """

    source: str
    start: datetime | None
    end: datetime | None
    end_reported: bool = True
    conn: str = ""
    present_for: timedelta | None = None
    dial_in: bool = False
    delivered_late: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The patient said beforehand (or afterwards) that she cannot come."""

    received_at: datetime
    reason: str = ""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The facilitator's attestation. It is the record; telemetry is evidence."""

    status: Status
    at: datetime
    by: str = ""
    reason: str = ""


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """Where the patient said she was, and where somebody leading the session may practise.

    `licensed_states` None: nobody knows, and so nothing is decided from it.
    """

    state: str
    at: datetime
    licensed_states: frozenset[str] | None = None


STANDS_FOR = timedelta(minutes=5)
"""So long after a sign of her somebody at the door is taken to stand there: a page asks every ten seconds, and one that
sleeps in a pocket does not. Ours."""


class DoorEnd(Word):
    """How somebody's standing at the door ended, where it did not end in silence."""

    LET_IN = "let_in"
    TURNED_AWAY = "turned_away"
    WENT = "went"


class AtTheDoor(msgspec.Struct, frozen=True, kw_only=True):
    """She came to the door of a room of our own and waited to be let in. It is not presence, and no absence of hers."""

    asked_at: datetime
    """Since when she has stood there: once she went, or was silent for too long, a later sign begins anew."""
    seen_at: datetime
    """The last sign of her there."""
    ended_at: datetime | None = None
    """When she was let in or turned away, or said that she goes."""
    ended_how: DoorEnd | None = None

    @property
    def until(self) -> datetime:
        """From then on she no longer stands there, unless she is heard of again."""
        silent_at = self.seen_at + STANDS_FOR
        return silent_at if self.ended_at is None else min(self.ended_at, silent_at)

    def stands(self, at: datetime) -> bool:
        return self.asked_at <= at < self.until

    def stood(self, by: datetime) -> Interval | None:
        """From when to when she is known to have stood there, as told at `by`; None: she had not come yet."""
        end = by if self.stands(by) else min(self.ended_at or self.seen_at, self.until, by)
        return Interval(self.asked_at, end) if self.asked_at < end else None


class SeatFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known at an instant about one patient's seat in one session."""

    session: Session
    presence: tuple[Presence, ...] = ()
    covered: bool = False
    """Some source was watching this session's room."""
    covering_sources: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()
    mark: Mark | None = None
    check_in: CheckIn | None = None
    waited: bool = False
    """She was seen in the waiting room: not presence, but worth knowing."""
    door: AtTheDoor | None = None
    """She stood at the door of a room of our own."""
    told: Status | None = None
    """The latest outcome of hers that was told: no later standing at the door takes a miss back."""
    noticed_at: datetime | None = None
    """From when on, by the policy, she counts as missed; None where nobody asked the policy."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on one seat, with the evidence for it."""

    status: Status
    computed: Status
    attested: Status | None
    attested_at: datetime | None = None
    minutes: int | None
    """Whole minutes present inside the session; None: nobody can know."""
    first_join: datetime | None
    last_leave: datetime | None
    flags: frozenset[Flag]
    intervals: tuple[Interval, ...]
    because: tuple[Reason, ...]
    present: bool
    noticed_before: bool
    """Some notice arrived before the start, accepted or not."""
    reason: str | None
    never_counts: bool
    """The absence is for a reason that the policy keeps out of every count."""
    provisional: bool
    """The session is still running."""
