"""Working evidence out: all that was told of a session laid into the timetable, as if it had come in one piece."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from rejoin.common.rows import select
from rejoin.domain.attendance import Presence, Session
from rejoin.rooms.evidence import Evidence
from rejoin.rooms.exports import read_log
from rejoin.rooms.gathering import Gathered, Scheduled, Told, gather
from rejoin.rooms.inbox import payload_of
from rejoin.rooms.placing import Placer
from rejoin.rooms.reading import UTC_CONTEXT
from rejoin.rooms.recognising import Recognise, recognise_by_file
from rejoin.rooms.sightings import RoomFile, Sighting
from rejoin.rooms.timetable import Timetable

FOREVER = datetime.max.replace(tzinfo=UTC)
HEARD = "SELECT name, heard_at FROM rooms_source"


@dataclass(slots=True, kw_only=True)
class Unknown:
    """A participant nobody expected, as far as this session tells of her."""

    provider: str
    display: str = ""
    ref: str = ""
    patient: str | None = None
    posing: bool = False
    joined_at: datetime | None
    left_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Finding:
    """What is known of one session."""

    session: Scheduled
    events: set[int]
    watched: bool
    sources: list[str]
    silent: list[str]
    presence: dict[str, list[Presence]]
    """By patient id."""
    waited: set[str]
    unknown: dict[str, Unknown]
    """By a key that stays the same while more is told of her."""
    looks: set[datetime]
    """When it has to be worked out anew though nothing more is told."""


class Verdict(NamedTuple):
    """Whether a file was laid into any session, and if not, why."""

    event_id: int
    error: str


def work_out(
    session_ids: Sequence[int], *, heard: Mapping[str, datetime], now: datetime
) -> tuple[list[Finding], list[Verdict], dict[int, Told]]:
    """What is known of `session_ids` at `now`; what became of files; the deliveries it is known from.

    `heard`: when sources were heard of that nobody has written down yet.
    """
    gathered = gather(session_ids, now=now)
    rounds = [_Round(gathered, targets) for targets in rounds_of(gathered)]
    recognise = recognise_by_file((each for one in rounds for each in one.sightings()), now=now)
    timetable = Timetable((each.session, each.rooms) for each in gathered.scheduled.values())
    last: dict[str, datetime] = dict(select(HEARD))
    for source, at in heard.items():
        last[source] = max(at, last.get(source, at))
    findings: list[Finding] = []
    verdicts: dict[int, Verdict] = {}
    for one in rounds:
        evidence = one.place(timetable, recognise, now)
        findings += one.findings(evidence, timetable, last, now)
        verdicts.update((each.event_id, each) for each in one.verdicts(evidence))
    return findings, list(verdicts.values()), gathered.told


def rounds_of(gathered: Gathered) -> list[list[int]]:
    """The targets in lots of which no two share a room.

    One folding of a lot's deliveries is then one of each session's own: what one room tells has no
    bearing on another.
    """
    lots: list[tuple[list[int], set[str]]] = []
    for target in gathered.targets:
        rooms = gathered.scheduled[target].rooms
        lot = next((each for each in lots if not each[1] & rooms), None)
        if lot is None:
            lot = ([], set())
            lots.append(lot)
        lot[0].append(target)
        lot[1].update(rooms)
    return [targets for targets, _ in lots]


class _Round:
    """Some sessions of different rooms, with everything told of them."""

    def __init__(self, gathered: Gathered, targets: Sequence[int]) -> None:
        self.gathered = gathered
        self.targets = targets
        self.events = set().union(*(gathered.of.get(each, ()) for each in targets))
        self.files = [gathered.files[each] for each in sorted(self.events) if each in gathered.files]
        self.logs = list(self._fold())

    def _fold(self) -> Iterable[RoomFile]:
        """The webhooks of each provider as one log: a line is a delivery, and bears its number."""
        lines: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for number in sorted(self.events - self.gathered.files.keys()):
            arrived = self.gathered.told[number].arrived
            lines[arrived.provider].append((number, payload_of(arrived.provider, arrived.body)))
        for provider in sorted(lines):
            yield read_log(lines[provider], provider, UTC_CONTEXT)

    def sightings(self) -> Iterable[Sighting]:
        for file in (*self.logs, *self.files):
            for reading in file.readings:
                yield from reading.sightings

    def place(self, timetable: Timetable, recognise: Recognise, now: datetime) -> Evidence:
        placer = Placer(
            timetable,
            recognise=recognise,
            expected=lambda session: self.gathered.expected.get(session, ()),
            now=now,
        )
        for file in (*self.logs, *self.files):
            placer.place(file)
        placer.evidence.settle()
        return placer.evidence

    def verdicts(self, evidence: Evidence) -> Iterable[Verdict]:
        unplaced = {each.file: each.text for each in evidence.unplaced}
        for file in self.files:
            text = unplaced.get(file.file, "")
            yield Verdict(int(file.file), _code(text) if text else "")

    def findings(
        self,
        evidence: Evidence,
        timetable: Timetable,
        heard: Mapping[str, datetime],
        now: datetime,
    ) -> list[Finding]:
        shares = _Shares(evidence)
        looks = self._looks(timetable, now)
        return [
            Finding(
                session=session,
                events=self.gathered.of.get(session.id, set()),
                watched=key in evidence.watched,
                sources=sorted(evidence.sources[key]) if key in evidence.sources else [],
                silent=shares.silent(session.session, heard),
                presence=shares.presence.get(key, {}),
                waited=shares.waited.get(key, set()),
                unknown=shares.unknown.get(key, {}),
                looks=looks.get(key, set()),
            )
            for target in self.targets
            for session in [self.gathered.scheduled[target]]
            for key in [session.session.id]
        ]

    def _looks(self, timetable: Timetable, now: datetime) -> dict[str, set[datetime]]:
        """Whoever is in stays until told otherwise: into the next session, and past the end of this one."""
        found: dict[str, set[datetime]] = defaultdict(set)
        for file in (*self.logs, *self.files):
            for each in file.readings[0].sightings:
                if each.joined_at is None or each.joined_at > now:
                    continue
                if each.left_at is not None and each.left_at <= now:
                    continue
                for room in [each.room] if each.room else file.rooms:
                    plan = timetable.in_room(room)
                    # Nearly always one session is all there is to stay for.
                    ahead = plan.sessions if len(plan.sessions) == 1 else plan.stay(each.joined_at, FOREVER)
                    for session in ahead:
                        later = {session.starts_at, session.ends_at, each.left_at}
                        found[session.id].update(at for at in later if at is not None and at > now)
        return found


class _Shares:
    """Evidence taken apart by session."""

    def __init__(self, evidence: Evidence) -> None:
        self.presence: dict[str, dict[str, list[Presence]]] = defaultdict(dict)
        self.waited: dict[str, set[str]] = defaultdict(set)
        self.unknown: dict[str, dict[str, Unknown]] = defaultdict(dict)
        self._opened: dict[str, set[str]] = defaultdict(set)
        self._in: set[str] = set()
        for (session, patient), told in evidence.presence.items():
            self.presence[session][patient] = told
            if any(each.end is None for each in told):
                self._in.add(session)
        for session, patient in evidence.waited:
            self.waited[session].add(patient)
        for stranger in evidence.strangers.values():
            for session in stranger.sessions:
                self._add_unknown(session, stranger.sighting)
        for session, _, source in evidence.left_open:
            self._opened[session].add(source)

    def _add_unknown(self, session: str, seen: Sighting) -> None:
        """Two visits of one connection are one participant."""
        key = stranger_key(seen)
        known = self.unknown[session].get(key)
        if known is None:
            self.unknown[session][key] = Unknown(
                provider=seen.provider,
                display=seen.display,
                ref=next(filter(None, (seen.ref, seen.email, seen.phone, *seen.aliases)), ""),
                posing=seen.rejected is not None,
                joined_at=seen.joined_at,
                left_at=seen.left_at,
            )
        else:
            known.joined_at = earliest(known.joined_at, seen.joined_at)
            known.left_at = (
                None if None in (known.left_at, seen.left_at) else latest(known.left_at, seen.left_at)
            )

    def silent(self, session: Session, heard: Mapping[str, datetime]) -> list[str]:
        """Logs that stopped before the end while somebody was still in."""
        if session.id not in self._in:
            return []
        ends = session.ends_at
        return sorted(each for each in self._opened.get(session.id, ()) if heard.get(each, ends) < ends)


def stranger_key(seen: Sighting) -> str:
    """The same however much more is told of a connection; a row that names none is told by its times."""
    when = () if seen.conn else (seen.joined_at, seen.left_at)
    told = (
        seen.provider,
        seen.source,
        seen.conn,
        seen.ref,
        seen.email,
        seen.phone,
        seen.display,
        *map(str, when),
    )
    return hashlib.blake2b(repr(told).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _code(text: str) -> str:
    """Why a file is of no session, as a word. The placer's sentence may hold a room's name."""
    return "several_sessions" if "more than one" in text else "no_session"
