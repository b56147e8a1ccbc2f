"""Who stands at the door of a session's room: asked of whoever lets people in.

Attendance stands below the app that knows who asked to come in, and so it tells it how to ask.
"""

from collections.abc import Callable, Mapping, Sequence

from rejoin.domain.attendance import AtTheDoor

WhoStands = Callable[[Sequence[int]], Mapping[int, AtTheDoor]]
"""By seat: who of them came to the door, and how long she stood there. One query."""
_asked: list[WhoStands] = []


def ask_who_stands(who_stands: WhoStands) -> None:
    """From now on nobody whom `who_stands` tells of is missed while she stands there."""
    if who_stands not in _asked:
        _asked.append(who_stands)


def who_stands(seat_ids: Sequence[int]) -> dict[int, AtTheDoor]:
    """By seat, whoever came to a door."""
    found: dict[int, AtTheDoor] = {}
    for ask in _asked:
        found |= ask(seat_ids)
    return found
