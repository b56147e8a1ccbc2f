"""Which unit a session is of, and where in its curriculum a series stands.

A session's unit is told by the name of its module, and by nothing else. A name that the curriculum does not know leads
to no unit: it is told, and not guessed.
"""

from collections.abc import Iterable, Sequence

import msgspec

from rejoin.domain.attendance import Held, Session
from rejoin.domain.continuity.curriculum import Curriculum, Unit
from rejoin.domain.continuity.faults import same_name
from rejoin.domain.kernel import Reason


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A session of a series, and where the curriculum stands with it.

    `place` is that of the running order, from nought; None: not held, or of no unit. `repeated`: the group stays with
    the unit it had before.
    """

    session: Session
    unit: Unit | None
    place: int | None
    repeated: bool
    because: tuple[Reason, ...]


def units_by_name(curriculum: Curriculum) -> dict[str, Unit]:
    """Each unit under each of its names, as names are compared (`same_name`): for whoever asks of many sessions."""
    return {same_name(name): unit for unit in curriculum.units for name in unit.names}


def unit_called(curriculum: Curriculum, module: str) -> Unit | None:
    """The unit whose sessions carry this name."""
    return units_by_name(curriculum).get(same_name(module))


def units_in_turn(curriculum: Curriculum, *, first: int, count: int) -> tuple[tuple[int, Unit], ...]:
    """The places and units of the next `count` sessions of a series that begins at place `first`, round after round."""
    order = curriculum.order
    places = [(first + step) % len(order) for step in range(count)]
    return tuple((place, curriculum.unit(order[place])) for place in places)


def place_sessions(curriculum: Curriculum, sessions: Iterable[Session]) -> tuple[Placed, ...]:
    """Each session of one series by time, with its unit and its place.

    A unit that comes up more than once in the order stands where what comes after it fits best. One that was called off
    takes no place: the series goes on where it was.
    """
    by_time = sorted(sessions, key=lambda each: (each.starts_at, each.id))
    named = units_by_name(curriculum)
    units = [named.get(same_name(each.module)) for each in by_time]
    taught = [
        unit.id
        for unit, each in zip(units, by_time, strict=True)
        if unit is not None and each.held is Held.SCHEDULED
    ]
    placed: list[Placed] = []
    at: int | None = None
    turn = 0
    for session, unit in zip(by_time, units, strict=True):
        if unit is None or session.held is not Held.SCHEDULED:
            placed.append(_without_place(session, unit))
            continue
        before, at = at, _place_after(curriculum, at, taught[turn:])
        turn += 1
        placed.append(_with_place(session, unit, at, repeated=before == at))
    return tuple(placed)


def _place_after(curriculum: Curriculum, before: int | None, ahead: Sequence[str]) -> int:
    """Where the first of `ahead` stands in the order, when the session before it stood at `before`."""
    order = curriculum.order
    if before is None:
        places = [place for place, unit in enumerate(order) if unit == ahead[0]]
        return max(places, key=lambda place: (_fits(order, place, ahead), -place))
    following = (before + 1) % len(order)
    if order[before] == ahead[0] and order[following] != ahead[0]:
        return before
    return next(
        place for step in range(len(order)) if order[place := (following + step) % len(order)] == ahead[0]
    )


def _fits(order: Sequence[str], place: int, ahead: Sequence[str]) -> int:
    """How many of `ahead` run as the order does from `place` on, until the first that does not."""
    count = 0
    while count < min(len(ahead), len(order)) and ahead[count] == order[(place + count) % len(order)]:
        count += 1
    return count


def _without_place(session: Session, unit: Unit | None) -> Placed:
    if unit is None:
        text = f"{session.module!r} is no unit of this curriculum" if session.module else "it names no module"
        why = Reason(rule="continuity.unknown_module", text=text)
    else:
        why = Reason(rule="continuity.not_held", text="it was not held: the series goes on where it was")
    return Placed(session=session, unit=unit, place=None, repeated=False, because=(why,))


def _with_place(session: Session, unit: Unit, place: int, *, repeated: bool) -> Placed:
    because = [Reason(rule="continuity.module", text=f"its module is {unit.module}")]
    if repeated:
        because.append(Reason(rule="continuity.repeated", text=f"the group stays with {unit.module}"))
    return Placed(session=session, unit=unit, place=place, repeated=repeated, because=tuple(because))
