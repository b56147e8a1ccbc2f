"""Where things stand in a picture of one measure over time: places alone; what they look like is said by the style sheet."""

from collections.abc import Callable, Iterator, Sequence
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
APART: Final = 20.0
"""From one letter to the next, sideways and upwards: nearer ones would lie on each other."""
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
    letter_at: float
    """Down the picture: above others, where there is no room for it beside them."""


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
    raised: float
    """By how much the picture is higher for letters that stand above others."""

    @property
    def today_words(self) -> float:
        """Above all letters; the line of today goes up to them."""
        return self.top - self.raised - 12

    @property
    def today_top(self) -> float:
        return self.today_words + 4 if self.raised else self.top

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


def key_of(found: Progress) -> str:
    """What sets it apart from every other one of her page: the same measure may be asked in two programs."""
    return f"{found.scale.key}-{found.instrument.version}-{found.program_id}"


def draw(found: Progress, gaps: Sequence[tuple[date, date]], changes: Sequence[date], kind: str) -> Chart:
    """`gaps`: first and last day of each, lettered in order; `kind`: "wide" or "narrow"."""
    wide, high = WIDE if kind == "wide" else NARROW
    first = min([found.today, *(each.on for each in found.dots), *(each for each, _ in gaps)])
    right = wide - RIGHT[kind]
    days = _Days(first, found.today, right)
    hatched, raised = _hatched(gaps, days)
    place = _Place(found, days, TOP + raised, high - BOTTOM + raised)
    solid, dashed = _lines(found.days, gaps, place)
    crowded = len(found.dots) > (CROWDED if kind == "wide" else CROWDED // 2)
    shown = (found.dots[-1],) if crowded else found.dots
    return Chart(
        key=f"{key_of(found)}-{kind}",
        size=(wide, high + round(raised)),
        top=place.top,
        left=LEFT,
        right=right,
        floor=place.floor,
        band=_area([(each.on, each.low, each.high) for each in found.days], place),
        unseen=_area(_unseen(found, gaps), place),
        solid=solid,
        dashed=dashed,
        dots=tuple(Mark(x=place.x(each.on), y=place.y(each.points)) for each in found.dots),
        numbers=tuple(
            Mark(x=place.x(each.on), y=place.y(each.points) - 9, words=f"{each.points:.3g}") for each in shown
        ),
        gaps=hatched,
        missed=tuple(Mark(x=place.x(each)) for each in found.missed_on if each >= first),
        changes=tuple(Mark(x=place.x(each)) for each in changes if first <= each <= found.today),
        dates=_dates(first, found.today, place, MOST_DATES[kind]),
        points=point_marks(found.scale.lowest, found.scale.highest, place.y),
        marks=tuple(
            Mark(x=right + 6, y=place.y(each.least), words=each.words if kind == "wide" else "")
            for each in found.scale.bands
            if each.least > found.scale.lowest
        ),
        today=place.x(found.today),
        raised=raised,
    )


class _Days:
    """Days to the right."""

    def __init__(self, first: date, today: date, right: float) -> None:
        self.first, self.right = first, right
        self.length = max((today - first).days, 1)

    def x(self, on: date) -> float:
        left = LEFT + 8
        return round(left + (on - self.first).days / self.length * (self.right - 8 - left), 1)


class _Place:
    """Days to the right, points upwards."""

    def __init__(self, found: Progress, days: _Days, top: float, floor: float) -> None:
        self.x, self.top, self.floor = days.x, top, floor
        self.low, self.high = found.scale.lowest, found.scale.highest

    def y(self, points: float) -> float:
        share = (points - self.low) / (self.high - self.low)
        return round(self.floor - share * (self.floor - self.top), 1)


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


def _hatched(gaps: Sequence[tuple[date, date]], days: _Days) -> tuple[tuple[Hatch, ...], float]:
    """Each with its letter in the lowest row that has room for it; and how much room the rows above the first one take."""
    spans = [(days.x(start), max(days.x(end) - days.x(start), 6.0)) for start, end in gaps]
    middles = [round(x + wide / 2, 1) for x, wide in spans]
    rows: list[float] = []
    at = []
    for middle in middles:
        row = next((each for each, last in enumerate(rows) if middle - last >= APART), len(rows))
        rows[row : row + 1] = [middle]
        at.append(row)
    raised = APART * max(len(rows) - 1, 0)
    return tuple(
        Hatch(x=x, wide=wide, letter=letter, middle=middle, letter_at=TOP + raised - APART * row)
        for (x, wide), letter, middle, row in zip(
            spans, letters(), middles, at, strict=False
        )  # letters have no end
    ), raised


def _dates(first: date, today: date, place: _Place, most: int) -> tuple[Mark, ...]:
    length = (today - first).days
    step = max(7, -(-length // most // 7) * 7)
    found = []
    for after in range(0, max(length - step // 2, 1), step):
        on = first + timedelta(days=after)
        found.append(Mark(x=place.x(on), words=f"{on.day} {on:%b}"))
    return tuple(found)


def point_marks(low: float, high: float, y: Callable[[float], float]) -> tuple[Mark, ...]:
    """Round numbers of points beside a picture, seven at the most."""
    step = next(each for each in (1, 2, 3, 5, 10, 20, 40, 1000) if (high - low) / each <= 6)
    at = [low + step * each for each in range(int((high - low) // step) + 1)]
    return tuple(Mark(x=LEFT - 6, y=y(each), words=f"{each:g}", anchor="end") for each in at)
