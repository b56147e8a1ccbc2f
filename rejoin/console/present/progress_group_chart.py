"""Where things stand in a picture of a group's weeks: places alone; what they look like is said by the style sheet.

Above, the mean level of each week in its interval, and hatched weeks without one. Below, how many are behind each mean, and
who was due. Drawn from rounded means: nobody reads more off the picture than off the table.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rejoin.console.present.chart import LEFT, Mark, point_marks
from rejoin.insights.progress_group import FEWEST_WEEKS, WEEKS, OfGroup, Untold, Week

WIDE, NARROW = 760, 350
HIGH: Final = 376
SHOWN: Final = {"wide": WEEKS, "narrow": FEWEST_WEEKS}
"""Weeks, the latest: a phone has no room for half a year. The table has all."""
TOP, FLOOR = 18.0, 216.0
BEHIND, BARS, GROUND, DATES = 254.0, 288.0, 346.0, 364.0
"""Down the picture: the numbers behind means, the highest a bar reaches, where bars stand, and dates."""
RIGHT: Final = 14.0
FULL: Final = 0.62
"""Of a week's width: so that two weeks are not one."""
HATCHED: Final = (Untold.FEW_MEMBERS, Untold.FEW_MEASURED)
"""Nobody can say how the group was then, and it stays so. Weeks in which nobody was asked, or not all yet, are blank."""
EVERY: Final = 3
"""Weeks from one date to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    x: float
    y: float
    wide: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChart:
    """One picture, twice: wide and narrow, of which the page shows the one that there is room for."""

    key: str
    size: tuple[int, int]
    left: float
    right: float
    top: float
    floor: float
    ground: float
    points: tuple[Mark, ...]
    bands: tuple[Box, ...]
    unseen: tuple[Box, ...]
    """With what was not seen taken to be worse."""
    lines: tuple[str, ...]
    dots: tuple[Mark, ...]
    hatched: tuple[Box, ...]
    behind: tuple[Mark, ...]
    measured: tuple[Box, ...]
    unmeasured: tuple[Box, ...]
    open: tuple[Box, ...]
    most: Mark
    """How many the highest bar is."""
    dates: tuple[Mark, ...]

    @property
    def plot_height(self) -> float:
        return self.floor - self.top

    @property
    def behind_words(self) -> float:
        return BEHIND - 16

    @property
    def due_words(self) -> float:
        return BARS - 12


def draw_group(of: OfGroup, kind: str) -> GroupChart:
    """`kind`: "wide" or "narrow"."""
    weeks = of.weeks[-SHOWN[kind] :]
    place = _Place(of, weeks, WIDE if kind == "wide" else NARROW)
    told = [week for week in weeks if week.level]
    bars = [(week, *place.bar(week)) for week in weeks if week.is_counted]
    return GroupChart(
        key=f"{of.scale.key}-{of.instrument.version}-{kind}",
        size=(WIDE if kind == "wide" else NARROW, HIGH),
        left=LEFT,
        right=place.right,
        top=TOP,
        floor=FLOOR,
        ground=GROUND,
        points=point_marks(of.scale.lowest, of.scale.highest, place.y),
        bands=tuple(place.box(each, each.level.low, each.level.high) for each in told if each.level),
        unseen=tuple(
            place.box(each, each.level.low_unseen, each.level.high_unseen) for each in told if each.level
        ),
        lines=_lines(weeks, place),
        dots=tuple(Mark(x=place.x(each), y=place.y(each.level.mean)) for each in told if each.level),
        hatched=tuple(place.column(each) for each in weeks if each.untold in HATCHED),
        behind=tuple(
            Mark(x=place.x(each), y=BEHIND, words=f"{each.level.people}" if each.level else "–")
            for each in weeks
            if each.untold is not Untold.BEFORE
        ),
        measured=tuple(box for _, box, _, _ in bars if box.high),
        unmeasured=tuple(box for _, _, box, _ in bars if box.high),
        open=tuple(box for _, _, _, box in bars if box.high),
        most=Mark(x=LEFT - 6, y=BARS, words=f"{place.most}"),
        dates=tuple(
            Mark(x=place.x(each), y=DATES, words=f"{each.begins_on.day} {each.begins_on:%b}")
            for each in weeks[::-EVERY]
        ),
    )


class _Place:
    """Weeks to the right, points upwards, and people upwards from the ground."""

    def __init__(self, of: OfGroup, weeks: tuple[Week, ...], wide: int) -> None:
        self.right = wide - RIGHT
        self.step = (self.right - LEFT) / len(weeks)
        self.number = {week.begins_on: at for at, week in enumerate(weeks)}
        self.low, self.high = of.scale.lowest, of.scale.highest
        self.most = max(max((week.due for week in weeks if week.is_counted), default=0), 1)

    def x(self, week: Week) -> float:
        return round(LEFT + (self.number[week.begins_on] + 0.5) * self.step, 1)

    def y(self, points: float) -> float:
        return round(FLOOR - (points - self.low) / (self.high - self.low) * (FLOOR - TOP), 1)

    def box(self, week: Week, low: float, high: float) -> Box:
        """Never without a height: two bounds may be rounded to one."""
        wide = round(self.step * FULL, 1)
        top, bottom = self.y(high), self.y(low)
        return Box(
            x=round(self.x(week) - wide / 2, 1), y=top, wide=wide, high=round(max(bottom - top, 2.0), 1)
        )

    def column(self, week: Week) -> Box:
        return Box(
            x=round(self.x(week) - self.step / 2, 1), y=TOP, wide=round(self.step, 1), high=FLOOR - TOP
        )

    def bar(self, week: Week) -> tuple[Box, Box, Box]:
        """Measured, not measured on top of it, and open on top of that."""
        one = (GROUND - BARS) / self.most
        wide = round(self.step * FULL, 1)
        stood, boxes = 0, []
        for count in (week.measured, week.unmeasured, week.open):
            stood += count
            top = round(GROUND - stood * one, 1)
            boxes.append(
                Box(x=round(self.x(week) - wide / 2, 1), y=top, wide=wide, high=round(count * one, 1))
            )
        return boxes[0], boxes[1], boxes[2]


def _lines(weeks: tuple[Week, ...], place: _Place) -> tuple[str, ...]:
    """From mean to mean, over weeks in which nobody was due; never over one that has no mean because too few were measured."""
    known = [week for week in weeks if week.untold is not Untold.NOT_ASKED]
    return tuple(
        f"M{place.x(one)},{place.y(one.level.mean)} L{place.x(other)},{place.y(other.level.mean)}"
        for one, other in pairwise(known)
        if one.level and other.level
    )
