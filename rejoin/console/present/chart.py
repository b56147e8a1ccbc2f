"""Where things stand in a picture of one measure over time: places alone; what they look like is said by the style sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, pairwise, product
from string import ascii_uppercase
from typing import Final

from rejoin.insights.progress import Day, Progress

WIDE, NARROW = (760, 330), (350, 360)
LEFT, TOP, BOTTOM = 34.0, 26.0, 62.0
RIGHT: Final = {"wide": 112.0, "narrow": 14.0}
"""Room around the days and points: numbers, the letters of gaps, and below them missed sessions and dates."""
MOST_DATES: Final = {"wide": 9, "narrow": 4}
CROWDED: Final = 16
"""Scores past which numbers beside dots run into each other: the table has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    x: float
    y: float = 0.0
    words: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hatch:
    x: float
    wide: float
    letter: str
    middle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One picture, twice: wide and narrow, of which the page shows the one that there is room for."""

    key: str
    size: tuple[int, int]
    top: float
    left: float
    right: float
    floor: float
    band: str
    unseen: str
    """The band with what was not seen taken to be worse, outside of which nothing is drawn."""
    solid: tuple[str, ...]
    dashed: tuple[str, ...]
    dots: tuple[Mark, ...]
    numbers: tuple[Mark, ...]
    gaps: tuple[Hatch, ...]
    missed: tuple[Mark, ...]
    changes: tuple[Mark, ...]
    dates: tuple[Mark, ...]
    points: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    """Where a source draws a line between bands, with its words."""
    today: float

    @property
    def plot_width(self) -> float:
        return self.right - self.left

    @property
    def plot_height(self) -> float:
        return self.floor - self.top

    @property
    def rail(self) -> float:
        """Where missed sessions stand."""
        return self.floor + 16

    @property
    def words_at(self) -> float:
        return self.floor + 46


def letters() -> Iterator[str]:
    """A to Z, then AA, AB and so on: never too few, so that no gap goes without its name."""
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))


def draw(found: Progress, gaps: Sequence[tuple[date, date]], changes: Sequence[date], kind: str) -> Chart:
    """`gaps`: first and last day of each, lettered in order; `kind`: "wide" or "narrow"."""
    wide, high = WIDE if kind == "wide" else NARROW
    first = min([found.today, *(each.on for each in found.dots), *(each for each, _ in gaps)])
    right = wide - RIGHT[kind]
    place = _Place(found, first, right, high - BOTTOM)
    solid, dashed = _lines(found.days, gaps, place)
    crowded = len(found.dots) > (CROWDED if kind == "wide" else CROWDED // 2)
    shown = (found.dots[-1],) if crowded else found.dots
    return Chart(
        key=f"{found.scale.key}-{found.instrument.version}-{kind}",
        size=(wide, high),
        top=TOP,
        left=LEFT,
        right=right,
        floor=high - BOTTOM,
        band=_area([(each.on, each.low, each.high) for each in found.days], place),
        unseen=_area(_unseen(found, gaps), place),
        solid=solid,
        dashed=dashed,
        dots=tuple(Mark(x=place.x(each.on), y=place.y(each.points)) for each in found.dots),
        numbers=tuple(
            Mark(x=place.x(each.on), y=place.y(each.points) - 9, words=f"{each.points:.3g}") for each in shown
        ),
        gaps=_hatched(gaps, place),
        missed=tuple(Mark(x=place.x(each)) for each in found.missed_on if each >= first),
        changes=tuple(Mark(x=place.x(each)) for each in changes if first <= each <= found.today),
        dates=_dates(first, found.today, place, MOST_DATES[kind]),
        points=_points(found, place),
        marks=tuple(
            Mark(x=right + 6, y=place.y(each.least), words=each.words if kind == "wide" else "")
            for each in found.scale.bands
            if each.least > found.scale.lowest
        ),
        today=place.x(found.today),
    )


class _Place:
    """Days to the right, points upwards."""

    def __init__(self, found: Progress, first: date, right: float, floor: float) -> None:
        self.first, self.right, self.floor = first, right, floor
        self.length = max((found.today - first).days, 1)
        self.low, self.high = found.scale.lowest, found.scale.highest

    def x(self, on: date) -> float:
        left = LEFT + 8
        return round(left + (on - self.first).days / self.length * (self.right - 8 - left), 1)

    def y(self, points: float) -> float:
        share = (points - self.low) / (self.high - self.low)
        return round(self.floor - share * (self.floor - TOP), 1)


def _unseen(found: Progress, gaps: Sequence[tuple[date, date]]) -> list[tuple[date, float, float]]:
    """Bounds by day: wider in a gap and since the last score. From one score to the next as planned, nothing was lost."""
    last = found.last.on if found.last else found.today
    return [
        (each.on, each.low_unseen, each.high_unseen)
        if each.on > last or any(start < each.on <= end for start, end in gaps)
        else (each.on, each.low, each.high)
        for each in found.days
    ]


def _area(edges: list[tuple[date, float, float]], place: _Place) -> str:
    """The outline of a band: its upper edge forwards, its lower one back."""
    if not edges:
        return ""
    upper = [f"{place.x(on)},{place.y(high)}" for on, _, high in edges]
    lower = [f"{place.x(on)},{place.y(low)}" for on, low, _ in reversed(edges)]
    return "M" + " L".join(upper + lower) + " Z"


def _lines(
    days: Sequence[Day], gaps: Sequence[tuple[date, date]], place: _Place
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The middle of the band: solid between scores, dashed in a gap and after the last score."""
    last = max((each.on for each in days if each.is_seen), default=None)
    drawn: dict[bool, list[str]] = {True: [], False: []}
    before: bool | None = None
    for one, other in pairwise(days):
        held = last is not None and other.on <= last
        solid = held and not any(start < other.on and one.on < end for start, end in gaps)
        step = f"L{place.x(other.on)},{place.y(other.mean)}"
        if solid is before:
            drawn[solid][-1] += f" {step}"
        else:
            drawn[solid].append(f"M{place.x(one.on)},{place.y(one.mean)} {step}")
        before = solid
    return tuple(drawn[True]), tuple(drawn[False])


def _hatched(gaps: Sequence[tuple[date, date]], place: _Place) -> tuple[Hatch, ...]:
    found = []
    for (start, end), letter in zip(gaps, letters(), strict=False):  # letters have no end
        x, until = place.x(start), place.x(end)
        wide = max(until - x, 6.0)
        found.append(Hatch(x=x, wide=wide, letter=letter, middle=round(x + wide / 2, 1)))
    return tuple(found)


def _dates(first: date, today: date, place: _Place, most: int) -> tuple[Mark, ...]:
    length = (today - first).days
    step = max(7, -(-length // most // 7) * 7)
    found = []
    for after in range(0, max(length - step // 2, 1), step):
        on = first + timedelta(days=after)
        found.append(Mark(x=place.x(on), words=f"{on.day} {on:%b}"))
    return tuple(found)


def _points(found: Progress, place: _Place) -> tuple[Mark, ...]:
    low, high = found.scale.lowest, found.scale.highest
    step = next(each for each in (1, 2, 3, 5, 10, 20, 40, 1000) if (high - low) / each <= 6)
    at = [low + step * each for each in range(int((high - low) // step) + 1)]
    return tuple(Mark(x=LEFT - 6, y=place.y(each), words=f"{each:g}", anchor="end") for each in at)
