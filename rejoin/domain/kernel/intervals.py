"""Half-open spans of time, and the arithmetic of presence on them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Interval(NamedTuple):
    """The span from `start` up to `end`, both aware UTC instants.

    A named tuple and not a dataclass: a year of a program holds millions of these, and a tuple
    sorts, compares and unpacks without a line of code.
    """

    start: datetime
    end: datetime


def merge(spans: Iterable[Interval]) -> tuple[Interval, ...]:
    """The union of `spans` as sorted, disjoint, non-empty intervals; touching ones become one."""
    ordered = sorted(spans)
    if len(ordered) == 1 and ordered[0].start < ordered[0].end:
        return (ordered[0],)
    merged: list[Interval] = []
    for span in ordered:
        if span.end <= span.start:
            continue
        if merged and span.start <= merged[-1].end:
            if span.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


def clip(spans: Sequence[Interval], within: Interval) -> tuple[Interval, ...]:
    """The parts of disjoint `spans` that lie inside `within`."""
    return tuple(
        Interval(max(span.start, within.start), min(span.end, within.end))
        for span in spans
        if span.start < within.end and span.end > within.start
    )


def subtract(spans: Sequence[Interval], holes: Sequence[Interval]) -> tuple[Interval, ...]:
    """The parts of disjoint `spans` outside every one of `holes`."""
    left = list(spans)
    for hole in holes:
        kept: list[Interval] = []
        for span in left:
            if hole.start >= span.end or hole.end <= span.start:
                kept.append(span)
                continue
            if span.start < hole.start:
                kept.append(Interval(span.start, hole.start))
            if hole.end < span.end:
                kept.append(Interval(hole.end, span.end))
        left = kept
    return tuple(left)


def duration(spans: Iterable[Interval]) -> timedelta:
    """The summed length of disjoint `spans`."""
    return sum((span.end - span.start for span in spans), timedelta())
