"""The facts a group is described from: its sessions with who was there, and the places in it. Patients are opaque keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Interval

CAME: Final = frozenset({Status.ATTENDED, Status.PARTIAL})
NOT_THERE: Final = frozenset({Status.MISSED, Status.EXCUSED, Status.NOT_ADMITTED, Status.NOT_ADMISSIBLE})
"""Whatever the reason: the group is told of none, and neither is whoever leads it by what is worked out here."""

FEWEST_SESSIONS: Final = 5
"""Below so many observations a share says nothing (domain notes 7.4: warn under five). Ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One patient's seat in one session of the group, as it came out."""

    patient: str
    status: Status
    spans: tuple[Interval, ...] = ()
    """When she was inside, where a room told it; empty: nobody knows when, as in a room with chairs."""
    visitor: bool = False
    """She sat in for a session of another group."""

    @property
    def came(self) -> bool:
        return self.status in CAME

    @property
    def known(self) -> bool:
        """Whether somebody was watching: what is unrecorded or was called off is no observation of her."""
        return self.came or self.status in NOT_THERE

    @property
    def unrecorded(self) -> bool:
        return self.status is Status.UNRECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSession:
    """One session of the group that is over. Instants are aware UTC."""

    id: str
    starts_at: datetime
    ends_at: datetime
    seats: tuple[Seat, ...]
    units: tuple[str, ...] = ()
    """Names of what was covered, as they are to be shown."""

    @property
    def observed(self) -> bool:
        """Whether it says anything of who sits with whom: somebody is known to have come."""
        return any(seat.came for seat in self.seats)

    def seat_of(self, patient: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.patient == patient), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somebody's place in the group by local dates, both days included. `from_on` None: since before anybody wrote it
    down; `until_on` None: open."""

    patient: str
    from_on: date | None
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )


def recent(
    sessions: Iterable[GroupSession],
    *,
    before: datetime,
    last: int | None = None,
    within: timedelta | None = None,
) -> tuple[GroupSession, ...]:
    """The observed sessions that were over at `before`, oldest first: the `last` so many, begun `within` so long before.

    Both limits hold where both are given, and none where none is.
    """
    found = sorted(
        (
            each
            for each in sessions
            if each.observed
            and each.ends_at <= before
            and (within is None or each.starts_at >= before - within)
        ),
        key=lambda each: (each.starts_at, each.id),
    )
    return tuple(found if last is None else found[max(len(found) - last, 0) :])
