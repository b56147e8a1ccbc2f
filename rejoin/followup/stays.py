"""How long patients stay: places that follow one another are one stay, and whoever comes back later begins another."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rejoin.common.rows import select

PLACES = """
SELECT place.patient_id, place.program_id, place.from_on,
       CASE WHEN place.ended_at IS NULL THEN place.until_on
            ELSE least(place.until_on, (place.ended_at AT TIME ZONE program.timezone)::date) END,
       coalesce(place.ended_at, (place.until_on + 1)::timestamp AT TIME ZONE program.timezone)
  FROM programs_enrolment AS place JOIN programs_program AS program ON program.id = place.program_id
 WHERE place.patient_id = ANY(%s)
"""
NEXT_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Local days, both included, and the instant of the end; None for an end that is open."""

    begins: date
    last: date | None
    ends_at: datetime | None


def stays_of(patient_ids: Sequence[int]) -> dict[tuple[int, int], list[Span]]:
    """Each patient's stays in each program she was ever in, in order."""
    places: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for patient, program, from_on, last, ends_at in select(PLACES, [list(patient_ids)]):
        places[patient, program].append(Span(from_on or date.min, last, ends_at))
    return {key: join_places(each) for key, each in places.items()}


def join_places(places: Iterable[Span]) -> list[Span]:
    """Places that overlap, or of which one begins on the day after another ends, as one."""
    found: list[Span] = []
    for place in sorted(places, key=lambda each: each.begins):
        before = found[-1] if found else None
        if before is None or (before.last is not None and place.begins > before.last + NEXT_DAY):
            found.append(place)
        else:
            found[-1] = _later_end(before, place)
    return found


def left_at(stays: Sequence[Span], day: date) -> datetime | None:
    """When the stay ends, or ended, to which `day` belongs; None where it is open."""
    begun = [each for each in stays if each.begins <= day] or list(stays[:1])
    return begun[-1].ends_at if begun else None


def _later_end(one: Span, other: Span) -> Span:
    if one.ends_at is None or (other.ends_at is not None and other.ends_at <= one.ends_at):
        return one
    return other._replace(begins=one.begins)
