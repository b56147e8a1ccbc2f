"""Which curriculum a session belongs to: what was said of its group, else of the group's track, else of the program."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from rejoin.common.rows import select
from rejoin.curricula.loading import shipped_courses
from rejoin.curricula.texts import Course
from rejoin.domain.attendance import Session
from rejoin.domain.continuity import Unit, unit_called

LATEST: Final = """
SELECT DISTINCT ON (said.program_id, said.track_id, said.group_id)
       said.program_id, said.track_id, said.group_id, said.curriculum, coalesce(said.version, 0)
  FROM continuity_following AS said WHERE said.program_id = ANY(%s)
 ORDER BY said.program_id, said.track_id, said.group_id, said.id DESC
"""
# What somebody said of a session beside its name; "" where she took it back.
SAID_UNIT: Final = """
LEFT JOIN LATERAL (
    SELECT said.curriculum, said.unit FROM continuity_sessionunit AS said
     WHERE said.session_id = session.id ORDER BY said.id DESC LIMIT 1) AS said ON true
"""
UNIT_SAID: Final = """
SELECT said.curriculum, said.unit FROM continuity_sessionunit AS said WHERE said.session_id = %s ORDER BY said.id DESC LIMIT 1
"""
Key = tuple[int, int | None, int | None]
"""Program, track, group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A curriculum, and the version that whoever chose it read."""

    course: Course
    version: int

    @property
    def is_older(self) -> bool:
        """Another version ships by now: it is that one which is taught from."""
        return self.version != self.course.curriculum.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Followings:
    """What groups, tracks and programs follow."""

    said: Mapping[Key, tuple[str, int]] = field(default_factory=dict)

    def of(self, program: int, *, track: int | None = None, group: int | None = None) -> Followed | None:
        """What this group follows; None: nothing, as far as anybody said."""
        keys: list[Key] = [(program, None, group)] if group is not None else []
        keys += [(program, track, None)] if track is not None else []
        told = next((self.said[each] for each in [*keys, (program, None, None)] if each in self.said), None)
        course = course_called(told[0]) if told else None
        return Followed(course=course, version=told[1]) if course and told else None


def course_called(curriculum: str) -> Course | None:
    """A curriculum that ships; None where none is called that, or none any more."""
    return shipped_courses().get(curriculum)


def followings_in(program_ids: Iterable[int]) -> Followings:
    """One query."""
    rows = select(LATEST, [sorted(set(program_ids))])
    return Followings(
        said={(program, track, group): (name, version) for program, track, group, name, version in rows}
    )


def unit_said_of(session_id: int) -> tuple[str, str]:
    """What somebody said of a session: curriculum and unit; "" where nobody did, or took it back."""
    found = select(UNIT_SAID, [session_id])
    return (found[0][0], found[0][1]) if found else ("", "")


def unit_of(course: Course, module: str, *, said: tuple[str, str] = ("", "")) -> Unit | None:
    """The unit of a session: by what somebody said of it (curriculum, unit), else by its name and nothing else."""
    curriculum, unit = said
    if unit:
        known = (
            {each.id: each for each in course.curriculum.units} if curriculum == course.curriculum.id else {}
        )
        return known.get(unit)
    return unit_called(course.curriculum, module)


def as_called(session: Session, unit: Unit | None) -> Session:
    """The session under the name of its unit, as the domain tells units; one of none under no name."""
    return replace(session, module=unit.module if unit else "")
