"""A group's evenings in few words: a letter a status, a session a week."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import Status
from rejoin.domain.cohesion import GroupSession, Seat
from rejoin.domain.kernel import Interval

NEW_YORK = ZoneInfo("America/New_York")
FIRST = datetime(2026, 9, 7, 22, 0, tzinfo=UTC)
"""A Monday at 18:00 in New York."""
LETTERS = {
    "a": Status.ATTENDED,
    "p": Status.PARTIAL,
    "m": Status.MISSED,
    "e": Status.EXCUSED,
    "n": Status.NOT_ADMITTED,
    "x": Status.NOT_ADMISSIBLE,
    "c": Status.CANCELLED,
    "u": Status.UNRECORDED,
}


def start_of(number: int) -> datetime:
    return FIRST + timedelta(weeks=number)


def evenings(
    group: Mapping[str, str] | None = None,
    /,
    *,
    units: Mapping[int, tuple[str, ...]] | None = None,
    visits: str = "",
    **named: str,
) -> tuple[GroupSession, ...]:
    """Sessions 0, 1, ...: of each person one letter a session, "." where she had no seat. `visits` names guests."""
    seats = {**(group or {}), **named}
    length = max(len(letters) for letters in seats.values())
    return tuple(
        GroupSession(
            id=f"s{number}",
            starts_at=start_of(number),
            ends_at=start_of(number) + timedelta(hours=3),
            units=(units or {}).get(number, ()),
            seats=tuple(
                Seat(patient=name, status=LETTERS[letters[number]], visitor=name in visits.split())
                for name, letters in seats.items()
                if letters[number : number + 1].strip(".")
            ),
        )
        for number in range(length)
    )


def inside(first: float, last: float) -> Interval:
    """From minute to minute of session 0."""
    return Interval(FIRST + timedelta(minutes=first), FIRST + timedelta(minutes=last))
