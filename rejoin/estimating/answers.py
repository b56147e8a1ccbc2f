"""`rejoin progress estimate`: a row of estimates a row of the file, and what they rest on."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from rejoin.domain.kernel import Problem
from rejoin.domain.progress import (
    CODES,
    SURE,
    Z90,
    Z95,
    Estimates,
    Fit,
    Instrument,
    Series,
    Verdict,
    Yardstick,
    asking_about,
    chance_of_settling,
    estimate,
    fit,
    yardstick,
)
from rejoin.domain.progress.level import Floats, Ints
from rejoin.domain.progress.unseen import DELTA_MEAN, DELTA_SD
from rejoin.estimating.scores import Scores, Sheet, in_order, read_scores
from rejoin.sheets.refused import BadInput

HEADING: Final = (
    "patient_id",
    "day",
    "mean",
    "sd",
    "low90",
    "high90",
    "low95",
    "high95",
    "observed",
    "unmeasured_days",
    "low95_delta",
    "high95_delta",
    "verdict",
    "tipping_delta",
    "score_low90",
    "score_high90",
    "change",
    "instrument",
    "instrument_version",
)
ROWS_AT_ONCE: Final = 20_000
ASKED_NEXT: Final = 20
FEW: Final = 300
"""Patients. Of fewer, what was fitted is so uncertain itself that bands are told to be too narrow."""
NARROW: Final = (
    "fitted on {patients} patients: bands take that fit for certain and are somewhat too narrow (in simulated programs 90% "
    "bands held 84 to 88 of 100 levels with 25 to 100 patients, 89 with 300); a change from the noise is uncertain too"
)
KERNEL: Final = (
    "level covariance: intercept_var + level_var * min(clock(s), clock(t)), clock(d) = (d - origin_day) ** clock_power; "
    "a score adds noise_var; the mean is straight between knots and flat outside, plus attended_effect * "
    "(attended_share - attended_mean) where that is known"
)


def estimate_file(
    path: Path, out: TextIO, *, only: str | None = None, at: float | None = None
) -> dict[str, Any]:
    """Write the estimates to `out`, and return what they rest on. `BadInput` where the file cannot be taken."""
    sheet = read_scores(path, only=only)
    for scores in sheet.scores:
        if not scores.instrument.key and np.isnan(np.array(scores.score)).all():
            told_of_nothing = "holds no score and names no instrument: say what was due with --instrument"
            raise BadInput([Problem(file=path.name, line=1, field="file", message=told_of_nothing)])
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(HEADING)
    told = [_one(sheet, scores, at, lines) for scores in sheet.scores]
    return {
        "instruments": told,
        "sources": {
            "verdict": f"given where one outcome is at least {SURE:g} likely; else cannot_tell",
            "delta": f"unseen scores worse by N({DELTA_MEAN:g}, {DELTA_SD:g}) standard deviations of a score: an "
            "assumption that no data can test; tipping_delta says how much it takes",
            "band": "mean, sd and low/high are of the level; score_low90 and score_high90 are of a score taken that day",
            "model": KERNEL,
        },
    }


def _one(sheet: Sheet, scores: Scores, at: float | None, lines: Any) -> dict[str, Any]:
    series, whose, _ = in_order(scores)
    names = [sheet.names[number] for number in whose]
    by_name = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    fitted = fit(series, scores.instrument, by_name)  # rows in another order give the same
    held = yardstick(series, fitted.parameters, scores.instrument)
    grid = series if at is None else asking_about(series, at)[0]
    found = estimate(grid, fitted.parameters, scores.instrument, held)
    for rows in _rows(grid, found, names, scores):
        lines.writerows(rows)
    return _told(grid, found, fitted, held, scores, names)


def _rows(series: Series, found: Estimates, names: list[str], scores: Scores) -> Iterator[list[list[Any]]]:
    """In pieces: millions of rows need not lie in memory as text."""
    columns = _columns(series, found, scores.instrument)
    words = [code.value for code in CODES]
    for begin in range(0, len(series.day), ROWS_AT_ONCE):
        piece = slice(begin, begin + ROWS_AT_ONCE)
        who = [names[number] for number in series.patient[piece].tolist()]
        numbers = [_cells(column[piece]) for column in columns]
        verdict = [words[code] for code in found.verdict[piece].tolist()]
        numbers.insert(11, verdict)
        ends = [scores.instrument.key, scores.version]
        yield [[name, *cells, *ends] for name, *cells in zip(who, *numbers, strict=True)]


def _columns(series: Series, found: Estimates, instrument: Instrument) -> list[Floats | Ints]:
    """In the order of HEADING, without the verdict and words."""
    mean, sd = found.mean, found.sd
    return [
        series.day,
        mean,
        sd,
        mean - Z90 * sd,
        mean + Z90 * sd,
        mean - Z95 * sd,
        mean + Z95 * sd,
        (~np.isnan(series.score)).astype(np.int64),
        found.unmeasured_days,
        found.delta_mean - Z95 * found.delta_sd,
        found.delta_mean + Z95 * found.delta_sd,
        found.tipping_delta,
        mean - Z90 * found.score_sd,
        mean + Z90 * found.score_sd,
        instrument.worse * found.worse_by,
    ]


def _cells(column: Floats | Ints) -> list[Any]:
    """Whole numbers without a point, NaN as nothing."""
    if column.dtype.kind == "i":
        whole: list[Any] = column.tolist()
        return whole
    return ["" if value != value else f"{value:.12g}" for value in column.tolist()]  # noqa: PLR0124 - NaN


def _told(
    grid: Series, found: Estimates, fitted: Fit, held: Yardstick, scores: Scores, names: list[str]
) -> dict[str, Any]:
    last = np.flatnonzero(np.append(np.diff(grid.patient) != 0, np.ones(1, bool)))
    verdicts = np.bincount(found.verdict[last], minlength=len(CODES))
    scored = np.bincount(grid.patient, weights=~np.isnan(grid.score))
    return {
        "instrument": scores.instrument.key or None,
        "name": scores.instrument.name,
        "instrument_version": scores.version or None,
        "worse_is": "higher" if scores.instrument.higher_is_worse else "lower",
        "patients": len(names),
        "patients_without_score": int((scored == 0).sum()),
        "rows": len(grid.day),
        "observed": int((~np.isnan(grid.score)).sum()),
        "parameters": asdict(fitted.parameters),
        "fitted": {
            "how": fitted.how,
            "patients": fitted.patients,
            "scores": fitted.scores,
            "log_likelihood": fitted.log_likelihood,
        },
        "reliable_change": {"points": held.reliable_change, "source": held.source},
        "delta": {"mean": DELTA_MEAN * held.score_sd, "sd": DELTA_SD * held.score_sd, "unit": held.score_sd},
        "usual_days_between_measures": held.spacing,
        "verdicts_on_last_day": {code.value: int(count) for code, count in zip(CODES, verdicts, strict=True)},
        "ask_next": _ask_next(grid, found, held, names, last),
        "notes": _notes(fitted),
    }


def _notes(fitted: Fit) -> list[str]:
    is_of_few = fitted.log_likelihood is not None and fitted.patients < FEW
    return [NARROW.format(patients=fitted.patients)] if is_of_few else []


def _ask_next(
    grid: Series, found: Estimates, held: Yardstick, names: list[str], last: Ints
) -> list[dict[str, Any]]:
    """Whose score, taken on her last day of the grid, would settle the most: those nobody can tell of."""
    open_ = last[(found.verdict[last] == CODES.index(Verdict.CANNOT_TELL)) & ~np.isnan(found.worse_by[last])]
    learnt = found.answer_tells[open_] ** 2 / (found.score_sd[open_] ** 2)
    settles = chance_of_settling(found.worse_by[open_], found.change_var[open_], learnt, held.reliable_change)
    first = np.argsort(-settles, kind="stable")[:ASKED_NEXT]
    return [
        {
            "patient_id": names[int(grid.patient[row])],
            "settles": round(float(chance), 4),
            "because": f"not measured for {found.unmeasured_days[row]:g} days; one score would settle whether "
            f"there was a change in about {round(100 * float(chance))} of 100 such cases",
        }
        for row, chance in zip(open_[first], settles[first], strict=True)
    ]
