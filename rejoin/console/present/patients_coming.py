"""When a patient can come to make up for a session, and what groups ask of whoever comes, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.console.forms.coming import AGES, DAYS, GENDERS, PREFERS
from rejoin.domain.kernel import local_day
from rejoin.makeups.free_time import Stated, as_text, standing_on, stated_by
from rejoin.people.models import Patient

TO: Final = "\u2060\u2013\u2060"
"""A dash at which no line ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What she said of her week."""

    from_on: date
    days: Sequence[tuple[str, str]]
    """Each day on which she can come, with its times. None: whenever she is awake."""
    prefers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    stated: Stated | None
    now: Week | None
    later: Week | None
    """Said already, of a day to come."""
    age: str
    gender: str


def coming_of(patient: Patient, zone: ZoneInfo, now: datetime) -> Coming:
    said, today = stated_by(patient.pk), local_day(now, zone)
    stands = standing_on(said, today)
    return Coming(
        stated=stands,
        now=_week(stands) if stands else None,
        later=_week(said[-1]) if said and said[-1].from_on > today else None,
        age=AGES.get(patient.age_band, "Not on file"),
        gender=GENDERS.get(patient.gender, "Not on file"),
    )


def _week(said: Stated) -> Week:
    times = [
        (name, as_text([each for each in said.windows if each.weekday == day]).replace("-", TO))
        for day, name in enumerate(DAYS)
    ]
    return Week(
        from_on=said.from_on,
        days=[each for each in times if each[1]],
        prefers=PREFERS.get(said.prefers, ""),
    )
