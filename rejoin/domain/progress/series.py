"""Scores of many patients, ragged, laid out for the filter."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rejoin.domain.progress.level import Floats, Ints, Truths

TOGETHER = 1 << 17
"""Cells of one block: what a processor keeps near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One instrument's scores, a row a patient and day, in order of patient and then day; no day twice."""

    patient: Ints
    """From 0, without gaps."""
    day: Floats
    score: Floats
    """NaN where it was due and not collected, or where it is only asked about."""
    due: Truths
    """False where a day is only asked about."""
    attended: Floats | None = None
    """Share of sessions attended up to then, 0..1; NaN where that is not known."""

    @property
    def patients(self) -> int:
        return int(self.patient[-1]) + 1 if len(self.patient) else 0

    def only(self, rows: Truths) -> "Series":
        """Those rows, with patients counted anew."""
        _, patient = np.unique(self.patient[rows], return_inverse=True)
        return Series(
            patient=patient.astype(np.int64),
            day=self.day[rows],
            score=self.score[rows],
            due=self.due[rows],
            attended=None if self.attended is None else self.attended[rows],
        )


def asking_about(series: Series, day: float) -> tuple[Series, Ints]:
    """With a row for `day` for every patient who has none; and for each row the one it came from, -1 where it is new.

    A new row keeps the last share attended that was known by then.
    """
    has = np.zeros(series.patients, bool)
    has[series.patient[series.day == day]] = True
    lacks = np.flatnonzero(~has)
    patient = np.concatenate([series.patient, lacks])
    days = np.concatenate([series.day, np.full(len(lacks), day)])
    order = np.lexsort((days, patient))
    came = np.concatenate([np.arange(len(series.patient)), np.full(len(lacks), -1)])[order]
    blank = np.full(len(lacks), np.nan)
    attended = None
    if series.attended is not None:
        attended = _carried(np.concatenate([series.attended, blank])[order], patient[order], came < 0)
    made = Series(
        patient=patient[order],
        day=days[order],
        score=np.concatenate([series.score, blank])[order],
        due=np.concatenate([series.due, np.zeros(len(lacks), bool)])[order],
        attended=attended,
    )
    return made, came


def _carried(attended: Floats, patient: Ints, new: Truths) -> Floats:
    """The row before, where there is one of the same patient, in place of each new one."""
    before, whose = np.roll(attended, 1), np.roll(patient, 1)
    took: Floats = np.where(new & (whose == patient), before, attended)
    return took


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some patients of about the same length, (steps, patients). Where one is shorter her last day is repeated."""

    rows: Ints
    """The row of each cell; where a patient has no more, her last one."""
    real: Truths


def blocks(series: Series) -> Iterator[Block]:
    """Every patient once, the longest first: one long series does not widen those of the others."""
    if not len(series.patient):
        return
    length = np.bincount(series.patient)
    begins = np.cumsum(length) - length
    order = np.argsort(-length, kind="stable")
    done = 0
    while done < len(order):
        steps = int(length[order[done]])
        some = order[done : done + max(1, TOGETHER // steps)]
        step = np.arange(steps)[:, None]
        yield Block(
            rows=begins[some] + np.minimum(step, length[some] - 1),
            real=step < length[some],
        )
        done += len(some)
