"""Places in time that may stand for a missed session: sessions that more may come to, and the times of an opening."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rejoin.common.rows import select
from rejoin.domain.policy import Policy
from rejoin.makeups import reading
from rejoin.makeups.reading import Found, Owed, Standing
from rejoin.makeups.vocabulary import MODES, SlotKind

NOTICE: Final = timedelta(hours=1)
"""Nothing that begins sooner is offered: she has to find a quiet place first. Ours."""
STEP: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in time that may stand for a missed session."""

    session_id: int | None
    opening_id: int | None
    starts_at: datetime
    ends_at: datetime
    kind: SlotKind
    service: str
    module: str
    track_id: int | None
    group_id: int | None
    closed: bool
    leader: int | None
    states: list[str] | None
    seats: int

    @property
    def key(self) -> tuple[int | None, int | None, datetime]:
        return (self.session_id, self.opening_id, self.starts_at)


def slots_of(asked: Mapping[str, Any], policy: Policy) -> tuple[Slot, ...]:
    """What the policy's modes allow; openings cut into times that are free."""
    allowed = policy.makeup.modes if policy.makeup else {}
    busy: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for opening, starts_at, ends_at in select(reading.BUSY, asked):
        busy[opening].append((starts_at, ends_at))
    found: list[Slot] = []
    for row in select(reading.SLOTS, asked):
        each = Found(*row)
        kind = SlotKind(each.kind)
        if MODES[kind].value not in allowed:
            continue
        if each.opening_id is None:
            found.append(_slot(each, kind, each.starts_at, each.ends_at))
            continue
        found += [
            _slot(each, kind, start, end)
            for start, end in times_in(each, asked["since"], asked["until"], busy[each.opening_id])
        ]
    return tuple(found)


def times_in(
    opening: Found, since: datetime, until: datetime, busy: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """The times of an opening, a quarter of an hour apart, at which whoever's it is leads nothing else."""
    length, step = timedelta(minutes=opening.minutes), timedelta(minutes=STEP)
    found, start = [], opening.starts_at
    while start + length <= min(opening.ends_at, until):
        if start >= since and all(end <= start or begin >= start + length for begin, end in busy):
            found.append((start, start + length))
        start += step
    return found


def _slot(found: Found, kind: SlotKind, starts_at: datetime, ends_at: datetime) -> Slot:
    return Slot(
        session_id=found.session_id,
        opening_id=found.opening_id,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
        service=found.service,
        module=found.module,
        track_id=found.track_id,
        group_id=found.group_id,
        closed=found.closed,
        leader=found.leader,
        states=found.states,
        seats=found.seats,
    )


def taken_of(
    missed: tuple[Owed, ...], slots: Sequence[Slot], standing: Sequence[Standing]
) -> tuple[tuple[Owed, ...], list[tuple[int, int]]]:
    """Missed sessions without those that have a place outside the slots here; and pairs of those that have one among them."""
    by_session: dict[int | None, int] = {
        each.session_id: place for place, each in enumerate(slots) if each.session_id is not None
    }
    stands = {each.missed_id: each for each in standing if each.turn != "declined"}
    kept = tuple(
        each for each in missed if each.seat_id not in stands or stands[each.seat_id].session_id in by_session
    )
    pairs = [
        (row, by_session[stands[each.seat_id].session_id])
        for row, each in enumerate(kept)
        if each.seat_id in stands
    ]
    return kept, pairs
