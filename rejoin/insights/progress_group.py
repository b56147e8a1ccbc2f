"""How a group is doing by each measure its members are asked, week by week: their mean level, and how many nobody measured.

Worked out on reading, with what the engine fitted over the program last night (`parameters`); nothing is fitted here. A
member's level is that of her own page, where the program is fitted. Where it is not, levels lie around the mean of all the
group's scores, and there around her own. It counts on days on which she was a member, from her first score on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import groupby
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from rejoin.common.rows import select
from rejoin.domain.cohesion import Place
from rejoin.domain.measures import Instrument, Scale, instrument_called, scores
from rejoin.domain.progress import (
    FEWEST,
    Fit,
    Series,
    Together,
    estimate,
    grain,
    mean_level,
    yardstick,
)
from rejoin.domain.progress import Instrument as Known
from rejoin.insights.parameters_reading import Drawn, Night, Which, drawn_with, nights_of
from rejoin.insights.progress import TOLD_BY_HER, known_as
from rejoin.insights.vocabulary import Ending

WEEKS: Final = 26
"""Of a group that changes, what was longer ago is of other people. Ours."""
FEWEST_WEEKS: Final = 12
"""Shown where it has been asked for less long."""
WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)
# All that was ever asked of them in the program: a level of today rests on scores of long ago.
DUES: Final = """
SELECT due.instrument, due.version, due.patient_id, due.due_on, coalesce(ending.how, ''),
       (sheet.answered_at AT TIME ZONE program.timezone)::date, told.answers::text
  FROM insights_due AS due JOIN programs_program AS program ON program.id = due.program_id
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
  LEFT JOIN LATERAL (SELECT jsonb_object_agg(each.item, each.value) AS answers FROM insights_itemanswer AS each
                      WHERE each.sheet_id = sheet.id) AS told ON true
 WHERE due.program_id = %s AND due.patient_id = ANY(%s) AND due.due_on <= %s
 ORDER BY due.instrument, due.version, due.patient_id, due.due_on, due.id
"""


class Untold(Enum):
    """Why a week has no mean."""

    FEW_MEMBERS = "few_members"
    """Then nothing else is told of it, either."""
    BEFORE = "before"
    """It had never been asked of them. Nothing is told of such a week."""
    NOT_ASKED = "not_asked"
    SO_FAR = "so_far"
    """Too few were measured, and more may be: the week is not over, or something that came due in it is open."""
    FEW_MEASURED = "few_measured"
    """In that week, or ever before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Of Monday to Sunday, on the program's wall. Counts are of members, each once."""

    begins_on: date
    until_on: date
    """Its last day, or today: the day whose members and levels `level` is of."""
    members: int
    measured: int
    """Of those to whom it came due in the week, on a day on which they were members."""
    unmeasured: int
    open: int
    """Of these nobody knows yet."""
    scored: int
    """Members on the last day with a score by then, in this week or before."""
    level: Together | None
    untold: Untold | None

    @property
    def due(self) -> int:
        return self.measured + self.unmeasured + self.open

    @property
    def is_counted(self) -> bool:
        """Whether its numbers may be told at all."""
        return self.untold not in (Untold.BEFORE, Untold.FEW_MEMBERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfGroup:
    """One scale of one measure in one version; another version is another of these."""

    instrument: Instrument
    scale: Scale
    weeks: tuple[Week, ...]
    """The oldest first."""
    people: int
    """Who is behind some mean of these."""
    fitted: Fit
    named: str
    grain: float
    """Points to which means are rounded."""


class Asked(NamedTuple):
    """One due of one member."""

    due_on: date
    ending: Ending | None
    """None: it is open."""
    answered_on: date | None
    points: Mapping[str, float]
    """By scale."""


def progress_of_group(program: int, places: Sequence[Place], today: date) -> tuple[OfGroup, ...]:
    """By measure and version. For whoever sees all of `places`. Two queries, however many members and measures there are."""
    group = _Group(places, today)
    rows = select(DUES, [program, sorted(group.places), today])
    found = []
    for name, lines in groupby(rows, key=lambda row: (row[0], row[1])):
        instrument = instrument_called(*name)
        told = _told(instrument, list(lines))
        found += [
            (instrument, scale, told)
            for scale in instrument.scales
            if group.was_asked(told, group.weeks[0][0], today)
        ]
    nights = nights_of([_which(program, instrument, scale) for instrument, scale, _ in found])
    return tuple(
        _of_scale(group, instrument, scale, told, nights.get(_which(program, instrument, scale)))
        for instrument, scale, told in found
    )


def _which(program: int, instrument: Instrument, scale: Scale) -> Which:
    return program, *instrument.name_and_version, scale.key


class _Group:
    """Who was a member when, in the weeks that are shown."""

    def __init__(self, places: Sequence[Place], today: date) -> None:
        monday = today - timedelta(days=today.weekday())
        self.weeks = [
            (begins_on, min(begins_on + WEEK - DAY, today))
            for begins_on in (monday - WEEK * back for back in reversed(range(WEEKS)))
        ]
        """First and last day of each, the oldest first."""
        self.places: dict[int, list[Place]] = defaultdict(list)
        for place in places:
            if (place.until_on or today) >= self.weeks[0][0] and (place.from_on or today) <= today:
                self.places[int(place.patient)].append(place)

    def has(self, patient: int, on: date) -> bool:
        return any(place.holds(on) for place in self.places[patient])

    def members(self, on: date) -> list[int]:
        return [patient for patient in self.places if self.has(patient, on)]

    def was_asked(self, told: Mapping[int, Sequence[Asked]], since: date, by: date) -> bool:
        """Whether any of it came due to a member then."""
        return any(
            since <= each.due_on <= by and self.has(patient, each.due_on)
            for patient, lines in told.items()
            for each in lines
        )


def _told(instrument: Instrument, rows: Sequence[tuple[Any, ...]]) -> dict[int, list[Asked]]:
    """By patient, in the order they came due. What was withdrawn unanswered was never asked."""
    found: dict[int, list[Asked]] = defaultdict(list)
    for _, _, patient, due_on, how, answered_on, answers in rows:
        if answered_on is None and how == Ending.WITHDRAWN:
            continue
        told = scores(instrument, msgspec.json.decode(answers or "{}")) if answered_on else ()
        found[patient].append(
            Asked(
                due_on=due_on,
                ending=Ending.ANSWERED if answered_on else Ending(how) if how else None,
                answered_on=answered_on,
                points={each.scale.key: each.points for each in told if each.points is not None},
            )
        )
    return found


def _of_scale(
    group: _Group, instrument: Instrument, scale: Scale, told: Mapping[int, list[Asked]], night: Night | None
) -> OfGroup:
    known = known_as(scale)
    levels = _Levels(group, scale, told)
    drawn = drawn_with(night, levels.series, known)
    levels.work_out(drawn, known)
    weeks = _since_asked([_week(group, scale, told, levels, each) for each in group.weeks])
    behind = {patient for week in weeks if week.level for patient in levels.of(week.until_on)}
    return OfGroup(
        instrument=instrument,
        scale=scale,
        weeks=weeks,
        people=len(behind),
        fitted=drawn.fit,
        named=drawn.named,
        grain=grain(known),
    )


def _since_asked(weeks: Sequence[Week]) -> tuple[Week, ...]:
    """From the week in which it first came due; no fewer than `FEWEST_WEEKS`."""
    first = next((at for at, each in enumerate(weeks) if each.due), 0)
    return tuple(weeks[min(first, len(weeks) - FEWEST_WEEKS) :])


class _Levels:
    """Every member's level on the last day of each week on which she was one, from her first score on."""

    def __init__(self, group: _Group, scale: Scale, told: Mapping[int, list[Asked]]) -> None:
        self.rows: dict[date, dict[int, int]] = {until_on: {} for _, until_on in group.weeks}
        """By day and patient: the row of the series."""
        whose: list[int] = []
        days: list[int] = []
        points: list[float] = []
        due: list[bool] = []
        for patient, lines in sorted(told.items()):
            score = {
                each.answered_on: each.points[scale.key]
                for each in lines
                if each.answered_on is not None and scale.key in each.points
            }
            if not score:
                continue
            first = min(score)
            began = min(first, *(each.due_on for each in lines))
            came_due = {each.due_on for each in lines if each.ending in TOLD_BY_HER} | set(score)
            asked = {on for on in self.rows if on >= first and group.has(patient, on)}
            for on in sorted({began} | came_due | asked):
                if on in asked:
                    self.rows[on][patient] = len(days)
                whose.append(patient)
                days.append((on - began).days)
                points.append(score.get(on, np.nan))
                due.append(on in came_due)
        self.series = Series(
            patient=np.unique(np.array(whose, np.int64), return_inverse=True)[1].astype(np.int64),
            day=np.array(days, np.float64),
            score=np.array(points, np.float64),
            due=np.array(due, bool),
        )

    def work_out(self, drawn: Drawn, known: Known) -> None:
        self.known = known
        held = yardstick(self.series, drawn.fit.parameters, known)
        self.estimates = estimate(self.series, drawn.fit.parameters, known, held)

    def of(self, on: date) -> frozenset[int]:
        """Members of that day with a score by then."""
        return frozenset(self.rows[on])

    def mean_on(self, on: date) -> Together | None:
        rows = np.array(list(self.rows[on].values()), np.int64)
        told = self.estimates
        return mean_level(
            mean=told.mean[rows],
            sd=told.sd[rows],
            delta_mean=told.delta_mean[rows],
            delta_sd=told.delta_sd[rows],
            instrument=self.known,
        )


def _week(
    group: _Group, scale: Scale, told: Mapping[int, list[Asked]], levels: _Levels, days: tuple[date, date]
) -> Week:
    begins_on, until_on = days
    hers = {
        patient: [
            each for each in lines if begins_on <= each.due_on <= until_on and group.has(patient, each.due_on)
        ]
        for patient, lines in told.items()
    }
    due = {patient: lines for patient, lines in hers.items() if lines}
    measured = {one for one, lines in due.items() if any(scale.key in each.points for each in lines)}
    is_open = {one for one, lines in due.items() if any(each.ending is None for each in lines)} - measured
    members, scored = group.members(until_on), levels.of(until_on)
    may_come = bool(is_open) or until_on < begins_on + WEEK - DAY
    untold: Untold | None = Untold.BEFORE
    if due or group.was_asked(told, date.min, until_on):
        untold = _untold(len(members), len(due), len(measured & scored), may_come=may_come)
    level = None if untold else levels.mean_on(until_on)
    return Week(
        begins_on=begins_on,
        until_on=until_on,
        members=len(members),
        measured=len(measured),
        unmeasured=len(due) - len(measured) - len(is_open),
        open=len(is_open),
        scored=len(scored),
        level=level,
        untold=untold,
    )


def _untold(members: int, due: int, measured: int, *, may_come: bool) -> Untold | None:
    """`measured`: of the members of its last day who have a level then, in the week."""
    if members < FEWEST:
        return Untold.FEW_MEMBERS
    if not due:
        return Untold.NOT_ASKED
    if measured >= FEWEST:
        return None
    return Untold.SO_FAR if may_come else Untold.FEW_MEASURED
