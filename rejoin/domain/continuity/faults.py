"""Whether a curriculum can be run: every fault names the unit, the field and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from rejoin.domain.continuity.curriculum import Curriculum, Kind, Part, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong. `path` leads to it: "units" or "parts", which of them, and its field."""

    path: tuple[str | int, ...]
    unit: str
    """The id of the unit or of the part; "" for the curriculum itself."""
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.unit or 'curriculum'}: {self.field}: {self.message}"


def faults_of(curriculum: Curriculum) -> tuple[Fault, ...]:
    """Everything that is wrong with it; none: it can be run."""
    if not curriculum.units:
        return (Fault(path=("units",), unit="", field="units", message="holds no unit"),)
    found = [*_said_twice(curriculum), *_unknown(curriculum)]
    if found:
        return tuple(found)
    circles = list(_circles(curriculum))
    found = [*circles, *_open_ties(curriculum), *_unreachable(curriculum)]
    if not circles:
        found += [*_too_early(curriculum), *_late_foundations(curriculum), *_unprepared(curriculum)]
    return tuple(found)


def same_name(name: str) -> str:
    """A name of a unit as it is compared: capitals and spaces tell no two apart."""
    return " ".join(name.split()).casefold()


def _of_unit(place: int, unit: Unit, field: str, message: str) -> Fault:
    return Fault(path=("units", place, field), unit=unit.id, field=field, message=message)


def _of_part(place: int, part: Part, field: str, message: str) -> Fault:
    return Fault(path=("parts", place, field), unit=part.id, field=field, message=message)


def _said_twice(curriculum: Curriculum) -> Iterator[Fault]:
    """Ids of units and of parts, and names: a session's name has to lead to one unit."""
    ids: set[str] = set()
    called: dict[str, str] = {}
    for place, unit in enumerate(curriculum.units):
        if unit.id in ids:
            yield _of_unit(place, unit, "id", "is the id of another unit too")
        ids.add(unit.id)
        for field, names in (("module", (unit.module,)), ("also_called", unit.also_called)):
            for name in names:
                other = called.setdefault(same_name(name), unit.id)
                if other != unit.id:
                    yield _of_unit(place, unit, field, f"{name!r} is what {other} is called too")
    parts: set[str] = set()
    for place, part in enumerate(curriculum.parts):
        if part.id in parts:
            yield _of_part(place, part, "id", "is the id of another part too")
        parts.add(part.id)


def _unknown(curriculum: Curriculum) -> Iterator[Fault]:
    ids = {each.id for each in curriculum.units}
    for place, unit in enumerate(curriculum.units):
        for field, named in (("needs", unit.needs), ("homework_from", unit.homework_from)):
            for each in named:
                if each not in ids:
                    yield _of_unit(place, unit, field, f"there is no unit {each!r}")
    for place, part in enumerate(curriculum.parts):
        if not part.units:
            yield _of_part(place, part, "units", "holds no unit")
        for each in part.units:
            if each not in ids:
                yield _of_part(place, part, "units", f"there is no unit {each!r}")


def _circles(curriculum: Curriculum) -> Iterator[Fault]:
    """Units that need each other, each circle once, at the first of its units."""
    told: set[str] = set()
    for place, unit in enumerate(curriculum.units):
        circle = None if unit.id in told else _circle_from(curriculum, unit)
        if circle is not None:
            told.update(circle)
            way = " needs ".join((*circle, unit.id))
            yield _of_unit(place, unit, "needs", f"goes in a circle: {way}")


def _circle_from(curriculum: Curriculum, start: Unit) -> tuple[str, ...] | None:
    ahead: list[tuple[str, ...]] = [(start.id,)]
    seen: set[str] = set()
    while ahead:
        path = ahead.pop()
        for each in curriculum.unit(path[-1]).needs:
            if each == start.id:
                return path
            if each not in seen:
                seen.add(each)
                ahead.append((*path, each))
    return None


def _open_ties(curriculum: Curriculum) -> Iterator[Fault]:
    """An open unit that is tied to others is not open."""
    open_ = {each.id for each in curriculum.units if each.kind is Kind.OPEN}
    for place, unit in enumerate(curriculum.units):
        for field, named in (("needs", unit.needs), ("homework_from", unit.homework_from)):
            if named and unit.id in open_:
                yield _of_unit(place, unit, field, "an open unit builds on nothing")
            for each in named:
                if each in open_ and unit.id not in open_:
                    yield _of_unit(place, unit, field, f"{each} is open: nothing builds on it")


def _unreachable(curriculum: Curriculum) -> Iterator[Fault]:
    taught = set(curriculum.order)
    for place, unit in enumerate(curriculum.units):
        if unit.id not in taught:
            yield _of_unit(place, unit, "id", "is in no part: it would never come up")
    if curriculum.parts and not curriculum.parts[0].opens:
        yield _of_part(0, curriculum.parts[0], "opens", "new members may begin with the first part")


def _first_places(curriculum: Curriculum) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, unit in enumerate(curriculum.order):
        places.setdefault(unit, place)
    return places


def _too_early(curriculum: Curriculum) -> Iterator[Fault]:
    """A unit that comes up before what it builds on."""
    first = _first_places(curriculum)
    for place, unit in enumerate(curriculum.units):
        for field, named in (("needs", unit.needs), ("homework_from", unit.homework_from)):
            for each in named:
                if unit.id in first and first.get(each, -1) >= first[unit.id]:
                    yield _of_unit(place, unit, field, f"{each} does not come up before it")


def _late_foundations(curriculum: Curriculum) -> Iterator[Fault]:
    first = _first_places(curriculum)
    sequenced = {each.id: first[each.id] for each in curriculum.units if _runs(each, Kind.SEQUENCED, first)}
    if not sequenced:
        return
    earliest = min(sequenced, key=sequenced.__getitem__)
    for place, unit in enumerate(curriculum.units):
        if _runs(unit, Kind.FOUNDATION, first) and first[unit.id] > sequenced[earliest]:
            message = f"a foundation comes before what stands on it, and {earliest} comes up first"
            yield _of_unit(place, unit, "kind", message)


def _runs(unit: Unit, kind: Kind, first: dict[str, int]) -> bool:
    return unit.kind is kind and unit.id in first


def _unprepared(curriculum: Curriculum) -> Iterator[Fault]:
    """Parts that new members may begin with, and that build on what only an earlier part teaches."""
    for place, part in enumerate(curriculum.parts):
        if not part.opens:
            continue
        for unit in dict.fromkeys(part.units):
            for each in curriculum.unit(unit).needs:
                if each not in part.units and curriculum.unit(each).kind is Kind.SEQUENCED:
                    message = (
                        f"new members begin here, and {unit} needs {each}, which they would not have had"
                    )
                    yield _of_part(place, part, "opens", message)
