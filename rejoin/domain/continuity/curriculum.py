"""A curriculum: its units, the order they run in, and what builds on what.

A *foundation* unit is what every sequenced unit stands on, named or not. A *sequenced* unit builds on others. An *open*
unit stands by itself: it builds on nothing, nothing builds on it, and whoever missed it can go on. Units run part by
part, and then from the beginning again; a unit may come up in more than one part (a foundation is often taught again).
"""

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import Final

from rejoin.domain.kernel import Reason, Word


class Kind(Word):
    FOUNDATION = "foundation"
    SEQUENCED = "sequenced"
    OPEN = "open"


class Way(Word):
    """A way of catching up on a unit."""

    NEXT_ROUND = "next_round"
    """When it comes up again."""
    OTHER_GROUP = "alternate_cohort"
    """With another group that has it sooner."""
    ONE_TO_ONE = "individual"
    MATERIAL = "packet"
    """By what is written on it, signed off by a clinician."""


class Gate(Word):
    """When new members may begin."""

    ANY_SESSION = "any_session"
    PART_START = "part_start"


class Tie(Word):
    """How one unit stands on another."""

    NEEDS = "needs"
    FOUNDATION = "foundation"
    THROUGH = "through"
    """Through units between them."""
    HOMEWORK = "homework"
    """It begins with the practice that the other one ended with. It goes no further than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One topic. `module` is the name that sessions of it carry; `also_called` are others, as in another language."""

    id: str
    module: str
    kind: Kind
    minutes: int
    needs: tuple[str, ...] = ()
    homework_from: tuple[str, ...] = ()
    also_called: tuple[str, ...] = ()
    ways: tuple[Way, ...] = tuple(Way)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.module, *self.also_called)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Units that run one after another. `opens`: new members may begin with it."""

    id: str
    units: tuple[str, ...]
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curriculum:
    """What a track teaches. `rejoin.domain.continuity.faults_of` says whether it can be run."""

    id: str
    version: int
    track: str
    gate: Gate
    units: tuple[Unit, ...]
    parts: tuple[Part, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """Units in the order they come up, with those that come up again."""
        return tuple(chain.from_iterable(part.units for part in self.parts))

    def unit(self, unit_id: str) -> Unit:
        """The unit of that id; a KeyError where there is none."""
        return {each.id: each for each in self.units}[unit_id]

    def part_at(self, place: int) -> tuple[Part, int]:
        """The part that a place of the order lies in, and the place within that part."""
        inside = place
        for part in self.parts:
            if inside < len(part.units):
                return part, inside
            inside -= len(part.units)
        raise IndexError(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """That one unit stands on another. `path` runs from what is stood on to what stands on it, both included."""

    tie: Tie
    path: tuple[Unit, ...]

    @property
    def under(self) -> Unit:
        return self.path[0]

    @property
    def over(self) -> Unit:
        return self.path[-1]

    @property
    def reason(self) -> Reason:
        return Reason(rule=f"continuity.{self.tie.value}", text=_in_words(self))


def links_under(curriculum: Curriculum, unit: Unit) -> dict[str, Link]:
    """What `unit` stands on, by id: directly first, then through others by the shortest way, then by practice alone."""
    found: dict[str, Link] = {}
    ahead: deque[tuple[Unit, ...]] = deque([(unit,)])
    while ahead:
        path = ahead.popleft()
        for tie, under in _directly_under(curriculum, path[0]):
            if under.id == unit.id or under.id in found:
                continue
            longer = (under, *path)
            found[under.id] = Link(tie=tie if len(path) == 1 else Tie.THROUGH, path=longer)
            ahead.append(longer)
    for each in unit.homework_from:
        found.setdefault(each, Link(tie=Tie.HOMEWORK, path=(curriculum.unit(each), unit)))
    return found


def link_between(curriculum: Curriculum, under: Unit, over: Unit) -> Link | None:
    """How `over` stands on `under`, if it does."""
    return links_under(curriculum, over).get(under.id)


def foundations_of(curriculum: Curriculum) -> tuple[Unit, ...]:
    return tuple(each for each in curriculum.units if each.kind is Kind.FOUNDATION)


def _directly_under(curriculum: Curriculum, unit: Unit) -> list[tuple[Tie, Unit]]:
    named = [(Tie.NEEDS, curriculum.unit(each)) for each in unit.needs]
    if unit.kind is not Kind.SEQUENCED:
        return named
    return named + [(Tie.FOUNDATION, each) for each in foundations_of(curriculum)]


_SAID: Final = {
    Tie.NEEDS: "{over} builds on {under}",
    Tie.FOUNDATION: "{under} is part of the foundation, and {over} builds on that",
    Tie.THROUGH: "{over} builds on {under}, through {between}",
    Tie.HOMEWORK: "{over} begins with the practice from {under}",
}


def _in_words(link: Link) -> str:
    between = ", ".join(each.module for each in reversed(link.path[1:-1]))
    return _SAID[link.tie].format(over=link.over.module, under=link.under.module, between=between)
