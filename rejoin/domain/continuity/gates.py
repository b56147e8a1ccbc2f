"""When a new member may begin."""

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from rejoin.domain.attendance import Held, Session
from rejoin.domain.continuity.curriculum import (
    Curriculum,
    Gate,
    Kind,
    Part,
    Unit,
    foundations_of,
    links_under,
)
from rejoin.domain.continuity.placing import Placed, place_sessions
from rejoin.domain.kernel import Reason


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The next session that a new member may begin with; None: none that is known of.

    `first` are foundation units to have before it, one-to-one or by the material: what it begins with does not teach
    them. `part` is the part it begins, where members begin with parts.
    """

    session: Session | None
    part: Part | None
    first: tuple[Unit, ...]
    because: tuple[Reason, ...]


def next_entry(
    curriculum: Curriculum, sessions: Iterable[Session], *, now: datetime, had: Collection[str] = ()
) -> Entry:
    """The next way in at or after `now` for somebody who has `had` these units.

    `sessions` are those of one series, some of the past with them: they tell where it stands.
    """
    placed = place_sessions(curriculum, sessions)
    ahead = [each for each in placed if each.session.starts_at >= now]
    if curriculum.gate is Gate.ANY_SESSION:
        return _at_any_session(curriculum, ahead, had)
    for each in ahead:
        part = part_begun_by(curriculum, each)
        if part is not None and part.opens:
            return _at_part(curriculum, each, part, had)
    text = "new members begin with a part of the curriculum, and none that opens is in the schedule yet"
    return _no_entry(Reason(rule="continuity.gate", text=text))


def part_begun_by(curriculum: Curriculum, placed: Placed) -> Part | None:
    """The part that begins with this session; one that the group only stays with begins nothing."""
    if placed.place is None or placed.repeated:
        return None
    part, inside = curriculum.part_at(placed.place)
    return part if inside == 0 else None


def _at_any_session(curriculum: Curriculum, ahead: list[Placed], had: Collection[str]) -> Entry:
    held = [each for each in ahead if each.session.held is Held.SCHEDULED]
    if not held:
        return _no_entry(Reason(rule="continuity.gate", text="no session is in the schedule yet"))
    unit = held[0].unit
    links = links_under(curriculum, unit) if unit is not None else {}
    first = tuple(
        link.under
        for link in links.values()
        if link.under.kind is Kind.FOUNDATION and link.under.id not in had
    )
    why = Reason(rule="continuity.gate", text="new members may begin with any session")
    return Entry(session=held[0].session, part=None, first=first, because=(why, *_to_have_first(first)))


def _at_part(curriculum: Curriculum, placed: Placed, part: Part, had: Collection[str]) -> Entry:
    builds = any(curriculum.unit(each).kind is Kind.SEQUENCED for each in part.units)
    taught = {*part.units, *had}
    first = tuple(each for each in foundations_of(curriculum) if builds and each.id not in taught)
    why = Reason(rule="continuity.gate", text="new members begin when a part of the curriculum begins")
    return Entry(session=placed.session, part=part, first=first, because=(why, *_to_have_first(first)))


def _to_have_first(first: tuple[Unit, ...]) -> tuple[Reason, ...]:
    if not first:
        return ()
    names = ", ".join(each.module for each in first)
    return (Reason(rule="continuity.first", text=f"what comes then builds on {names}"),)


def _no_entry(why: Reason) -> Entry:
    return Entry(session=None, part=None, first=(), because=(why,))
