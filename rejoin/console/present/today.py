"""What happens now: sessions with who is here and who is not, what comes next, and sheets that wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rejoin.attendance.boards import (
    SeatLine,
    SessionLine,
    coming_sessions,
    running_sessions,
    seats_of,
    sessions_to_attest,
)
from rejoin.console.door import Asking
from rejoin.console.present.room import may_enter
from rejoin.console.present.words import TONES, WHERE, session_name
from rejoin.domain.attendance.now import Where
from rejoin.followup.glances import Glance, glances
from rejoin.followup.words import OUTCOMES, spaced
from rejoin.makeups.boards import NotNeeded, not_needed
from rejoin.makeups.visitors import how_many_make_up
from rejoin.programs.models import Program
from rejoin.programs.rights import WIDE, Right
from rejoin.rooms.hosting import never_tells
from rejoin.rooms.liveness import WhoIsIn, who_is_in
from rejoin.rooms.register import STAFF_REF

CARDS: Final = 12
"""Sessions on a page with everybody in them; more are a page further."""
LINES: Final = 20
SOON: Final = 3
"""Whole minutes somebody may wait at the door before it is said that nobody is there to let her in. Ours."""
ABSENT: Final = (
    Where.MISSING,
    Where.NOT_ADMITTED,
    Where.NOT_ADMISSIBLE,
    Where.LEFT,
    Where.WAITING,
    Where.NOT_KNOWN,
    Where.EXPECTED,
    Where.EXCUSED,
)
"""Everybody who is not in the room, whom to think of first comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatShown:
    """One patient of a running session."""

    name: str
    ref: UUID
    where: str
    tone: str
    minutes: int | None
    since: datetime | None
    """From when on she is where she is; None: nobody knows, or it says nothing."""
    case: Glance | None
    done: str
    """What was done about it last, in words."""
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShown:
    """One running session."""

    line: SessionLine
    name: str
    zone: ZoneInfo
    minutes_in: int
    absent: tuple[SeatShown, ...]
    here: tuple[SeatShown, ...]
    not_seen: int
    """Seats of patients that whoever asks may not see."""
    waiting: int
    """Who stand at the door and are not let in."""
    unled: int
    """Whole minutes that the first of them has waited while nobody who leads is in; 0: it is not so, or not yet for long."""
    unheard: bool
    """It is in a room of our own whose engine was not heard of for a minute."""
    can_enter: bool
    """Its room is open, and hers to go into."""
    make_up: int
    """Who come here to make up for another session, of those she may see."""

    @property
    def sees_nobody(self) -> bool:
        """There are seats, and none is hers to see: how many are here is not known to her, and not nought."""
        return self.not_seen > 0 and not (self.absent or self.here)

    @property
    def missing(self) -> int:
        return sum(each.where in (WHERE[Where.MISSING], WHERE[Where.NOT_ADMITTED]) for each in self.absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    """A session on a list."""

    line: SessionLine
    name: str
    zone: ZoneInfo
    can_enter: bool
    make_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The whole board."""

    running: tuple[SessionShown, ...]
    running_count: int
    coming: tuple[LineShown, ...]
    coming_count: int
    to_attest: tuple[LineShown, ...]
    to_attest_count: int
    not_needed: tuple[tuple[NotNeeded, ZoneInfo], ...]
    """Make-ups that are booked and not needed any more, for whoever follows up, with their zones."""
    mine: bool
    page: int

    @property
    def more(self) -> int | None:
        """The next page, where there is one."""
        return self.page + 1 if self.page * CARDS < self.running_count else None

    @property
    def fewer(self) -> int | None:
        return self.page - 1 if self.page > 1 else None


def present_today(asking: Asking, *, program: Program | None, mine: bool, page: int = 1) -> Today:
    """The board of somebody's programs, or of `program` alone; `mine`: only sessions she leads."""
    programs = [program] if program else list(asking.programs)
    zones = {each.pk: ZoneInfo(each.timezone) for each in programs}
    ids, leader, at = list(zones), asking.staff.pk if mine else None, asking.at
    running, running_count = running_sessions(
        ids, leader=leader, now=at, limit=CARDS, offset=(page - 1) * CARDS
    )
    coming, coming_count = coming_sessions(ids, leader=leader, now=at, limit=LINES)
    attest, attest_count = sessions_to_attest(ids, leader=leader, now=at, limit=LINES)
    seats = seats_of(line.id for line in running)
    looks = glances(seat.id for lines in seats.values() for seat in lines)
    rooms = who_is_in(line.id for line in running)
    follows = [each for each in ids if asking.may(Right.FOLLOW_UP, each)]
    visits = how_many_make_up(line.id for line in (*running, *coming, *attest))
    return Today(
        running=tuple(
            _running(line, zones, seats.get(line.id, ()), looks, rooms.get(line.id), visits, asking)
            for line in running
        ),
        running_count=running_count,
        coming=_listed(coming, zones, visits, asking),
        coming_count=coming_count,
        to_attest=_listed(attest, zones, visits, asking),
        to_attest_count=attest_count,
        not_needed=tuple((each, zones[each.program_id]) for each in not_needed(follows, now=at)),
        mine=mine,
        page=page,
    )


def leads_only(asking: Asking) -> bool:
    """Whether none of her roles answers for a whole program: then her own sessions are what she comes for."""
    return not any(role in WIDE for roles in asking.roles.values() for role in roles)


def _running(
    line: SessionLine,
    zones: dict[int, ZoneInfo],
    seats: Sequence[SeatLine],
    looks: dict[int, Glance],
    room: WhoIsIn | None,
    visits: Mapping[int, int],
    asking: Asking,
) -> SessionShown:
    at = asking.at
    placed = [(each.now(at), each) for each in seats]
    here = [_seat(now, each, looks) for now, each in placed if now.where is Where.HERE]
    absent = sorted(
        (
            (ABSENT.index(now.where), not _elevated(looks.get(each.id)), number, now, each)
            for number, (now, each) in enumerate(placed)
            if now.where in ABSENT
        ),
        key=lambda each: each[:3],
    )
    return SessionShown(
        line=line,
        name=session_name(line.group, line.kind),
        zone=zones[line.program_id],
        minutes_in=int((at - line.starts_at).total_seconds()) // 60,
        absent=tuple(_seat(now, each, looks) for *_, now, each in absent),
        here=tuple(here),
        not_seen=max(line.seats - len(seats), 0),
        waiting=sum(now.where is Where.WAITING for now, _ in placed),
        unled=_unled([now.since for now, _ in placed if now.where is Where.WAITING and now.since], room, at),
        unheard=room is not None and not room.is_heard(at) and not never_tells(room.provider),
        can_enter=may_enter(asking, line),
        make_up=visits.get(line.id, 0),
    )


def _unled(since: Sequence[datetime], room: WhoIsIn | None, at: datetime) -> int:
    """How long the first of those who stand at the door since then has waited for somebody who leads to come in, in minutes."""
    if not since or room is None or not room.is_heard(at) or any(map(STAFF_REF.fullmatch, room.refs)):
        return 0
    waited = int((at - min(since)).total_seconds()) // 60
    return waited if waited >= SOON else 0


def _seat(
    now: tuple[Where, int | None, datetime | None], seat: SeatLine, looks: dict[int, Glance]
) -> SeatShown:
    where, minutes, since = now
    case = looks.get(seat.id)
    return SeatShown(
        name=seat.name,
        ref=seat.patient_ref,
        where=WHERE[where],
        tone=TONES[where],
        minutes=minutes,
        since=None if where is Where.MISSING else since,
        case=case,
        done=_done(case),
        flags=tuple(spaced(each) for each in seat.flags),
    )


def _elevated(case: Glance | None) -> bool:
    return case is not None and case.elevated


def _done(case: Glance | None) -> str:
    if case is None:
        return ""
    if case.tried:
        return OUTCOMES.get(case.tried, case.tried)
    return "nobody has tried yet"


def _listed(
    lines: Sequence[SessionLine], zones: dict[int, ZoneInfo], visits: Mapping[int, int], asking: Asking
) -> tuple[LineShown, ...]:
    return tuple(
        LineShown(
            line=each,
            name=session_name(each.group, each.kind),
            zone=zones[each.program_id],
            can_enter=may_enter(asking, each),
            make_up=visits.get(each.id, 0),
        )
        for each in lines
    )
