"""What all room files together say of the sessions, whatever their order and however they were cut."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from rejoin.domain.attendance import Presence
from rejoin.rooms.sightings import Sighting

# Sources that tell joins and leaves one by one: only there can a file be cut between the two.
LOGS = (
    *("livekit-webhook", "zoom-webhook", "jitsi-events", "janus-events", "bigbluebutton-webhook"),
    "daily-webhook",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A file, or one room of a file, that belongs to no session here, and why."""

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A participant nobody could recognise, in a session or in a file without one."""

    file: str
    sighting: Sighting
    sessions: tuple[str, ...]
    """Whose seat it may be: the session it was in, or those its file overlaps."""


class EvidenceParts(msgspec.Struct):
    """Evidence in lists, as processes hand it to each other."""

    presence: list[tuple[str, str, list[Presence]]]
    waited: list[tuple[str, str]]
    sources: dict[str, list[str]]
    watched: list[str]
    strangers: list[Stranger]
    unplaced: list[Unplaced]
    unsure_dates: list[Unplaced]
    left_open: list[tuple[str, datetime, str]]
    last_heard: dict[str, datetime]


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What all files together say of the sessions. Filled by `place`; order of files does not matter."""

    presence: dict[tuple[str, str], list[Presence]] = field(default_factory=dict)
    """By session id and patient id."""
    waited: set[tuple[str, str]] = field(default_factory=set)
    sources: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The sources that told of somebody in each session; they are compared with each other."""
    watched: set[str] = field(default_factory=set)
    """Sessions whose room some source was watching, whether anybody was there or not."""
    strangers: dict[tuple[object, ...], Stranger] = field(default_factory=dict)
    unplaced: list[Unplaced] = field(default_factory=list)
    unsure_dates: list[Unplaced] = field(default_factory=list)
    left_open: list[tuple[str, datetime, str]] = field(default_factory=list)
    """Session, its end and the source, where somebody was never told to have left."""
    last_heard: dict[str, datetime] = field(default_factory=dict)
    """When the logs of each source last told of anything."""
    stale: set[str] = field(default_factory=set)
    """Sessions whose log fell silent before their end while somebody was still in. Known once settled."""

    def keep_stranger(self, stranger: Stranger) -> None:
        """Keep a participant nobody recognised. The same one told twice is one, where first told."""
        each = stranger.sighting
        key = (stranger.sessions, each.display, each.ref, each.email, each.joined_at, each.left_at)
        known = self.strangers.setdefault(key, stranger)
        if (stranger.file, each.line) < (known.file, known.sighting.line):
            self.strangers[key] = stranger

    def settle(self) -> None:
        """Put together what was cut apart, once all files are in."""
        for key, told in self.presence.items():
            if len(told) > 1 and any(each.start is None or not each.end_reported for each in told):
                self.presence[key] = mend(told)
        opened = {key[0] for key, told in self.presence.items() if any(each.end is None for each in told)}
        self.stale = {
            session
            for session, ends_at, source in self.left_open
            if session in opened and self.last_heard.get(source, ends_at) < ends_at
        }

    def parts(self) -> EvidenceParts:
        """The same in a shape that can be carried between processes."""
        return EvidenceParts(
            presence=[(session, patient, each) for (session, patient), each in self.presence.items()],
            waited=list(self.waited),
            sources={session: list(told) for session, told in self.sources.items()},
            watched=list(self.watched),
            strangers=list(self.strangers.values()),
            unplaced=self.unplaced,
            unsure_dates=self.unsure_dates,
            left_open=self.left_open,
            last_heard=self.last_heard,
        )

    def take_in(self, parts: EvidenceParts) -> None:
        """Add what another process found."""
        for session, patient, presence in parts.presence:
            known = self.presence.get((session, patient))
            if known is None:
                self.presence[session, patient] = presence
            else:
                known += presence
        for session, sources in parts.sources.items():
            self.sources[session].update(sources)
        for stranger in parts.strangers:
            self.keep_stranger(stranger)
        self.waited.update(parts.waited)
        self.watched.update(parts.watched)
        self.unplaced += parts.unplaced
        self.unsure_dates += parts.unsure_dates
        self.left_open += parts.left_open
        for source, at in parts.last_heard.items():
            self.hear(source, at)

    def hear(self, source: str, at: datetime) -> None:
        """Note that a log of `source` told of something at `at`."""
        self.last_heard[source] = max(at, self.last_heard.get(source, at))


def mend(told: Sequence[Presence]) -> list[Presence]:
    """Joins and leaves of one connection that different files tell, put together.

    A log that was rotated tells the join in one file and the leave in the next.
    """
    mended = [each for each in told if each.source not in LOGS]
    connections: defaultdict[tuple[str, str], list[Presence]] = defaultdict(list)
    for each in told:
        if each.source in LOGS:
            connections[each.source, each.conn].append(each)
    for parts in connections.values():
        mended += _mend_connection(parts)
    return mended


def _mend_connection(parts: Sequence[Presence]) -> list[Presence]:
    whole = [each for each in parts if each.start is not None and each.end_reported and each.end is not None]
    leaves = sorted({each.end for each in parts if each.start is None and each.end is not None})
    mended = list(whole)
    opened = [each for each in parts if each.start is not None and each not in whole]
    for each in sorted(opened, key=_start):
        start = _start(each)
        if any(_start(other) <= start < _end(other) or _start(other) == start for other in whole):
            continue
        leave = next((leave for leave in leaves if leave >= start), None)
        if leave is not None:
            leaves.remove(leave)
            whole.append(msgspec.structs.replace(each, end=leave, end_reported=True))
            mended.append(whole[-1])
        else:
            mended.append(each)
    told = {_end(each) for each in mended if each.end is not None}
    return mended + [
        each for each in parts if each.start is None and each.end in leaves and each.end not in told
    ]


def _start(presence: Presence) -> datetime:
    if presence.start is None:
        raise AssertionError("only connections whose join was seen are asked for it")
    return presence.start


def _end(presence: Presence) -> datetime:
    if presence.end is None:
        raise AssertionError("only connections whose leave was seen are asked for it")
    return presence.end
