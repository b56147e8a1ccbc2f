"""Every score foretold from those before it, patients held out: how near, and how honest the band."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from rejoin.domain.progress import UNNAMED, Z90, Parameters, Series, fit
from rejoin.domain.progress.level import Floats, innovations
from rejoin.domain.progress.series import blocks
from tools.validation import trials
from tools.validation.marks import Mark, absent, between, write_table

FOLDS = 5
SPLITS = (0, 1, 2)
"""Seeds of the folds; figures are means over them."""
WITHIN = 1.01
"""Of the best of seven published comparisons on the same protocol."""
SETS: tuple[tuple[str, Path, Callable[[], Series], float], ...] = (
    ("HAMD-17", trials.HAMD, trials.hamd_series, 2.467),
    ("BDI-II", trials.BDI, trials.bdi_series, 4.036),
    ("PANSS", trials.PANSS, trials.panss_series, 5.954),
)
"""Name, file, reader, and the best figure there was. A patient's first score, her baseline, is not foretold."""


def validate(out: Path, *, quick: bool) -> list[Mark]:
    marks: list[Mark] = []
    rows: list[list[str]] = []
    for name, path, read, best in SETS:
        if not path.is_file():
            marks.append(absent(f"{name}, one step ahead", path))
            continue
        series = read()
        splits = [_held_out(series, seed) for seed in SPLITS[: 1 if quick else None]]
        crps = float(np.mean([each[0] for each in splits]))
        covered = float(np.mean([each[1] for each in splits]))
        count = splits[0][2]
        marks.append(
            Mark(
                name=f"{name}, CRPS of the next score",
                measured=f"{crps:.3f}",
                mark=f"at most {WITHIN * best:.3f}, 1% above {best}",
                is_met=crps <= WITHIN * best,
            )
        )
        marks.append(between(f"{name}, cover of 90% bands", covered, 0.88, 0.92))
        rows.append([name, f"{count:,}", f"{crps:.3f}", f"{best:.3f}", f"{covered:.3f}"])
    if len(rows) == len(SETS):
        write_table(
            out / "progress-one-step.md",
            "The next score, foretold",
            "Every score foretold from those before it; 5 folds by patient, mean of 3 splits. CRPS in points, lower is better. "
            "HAMD-17: 172 patients (rbmi, Apache-2.0). BDI-II: 100 (HSAUR3, GPL-2) and PANSS: 2,151 (Surrogate, GPL), both "
            "read for this comparison only and not shipped. None of them is a virtual program, and none is a PHQ-9 or a BAM.",
            ["scores", "foretold", "CRPS", "best of seven other models", "cover of 90% bands"],
            rows,
        )
    return marks


def _held_out(series: Series, seed: int) -> tuple[float, float, int]:
    """Mean CRPS, share inside the 90% band, and how many scores."""
    fold = np.random.default_rng(seed).permutation(series.patients) % FOLDS
    found = [
        _foretold(series.only(fold[series.patient] == each), _parameters(series, fold, each))
        for each in range(FOLDS)
    ]
    away = np.concatenate([each[0] for each in found])
    sd = np.concatenate([each[1] for each in found])
    return float(crps(away, sd).mean()), float((np.abs(away) < Z90 * sd).mean()), len(away)


def _parameters(series: Series, fold: np.ndarray, held: int) -> Parameters:
    return fit(series.only(fold[series.patient] != held), UNNAMED).parameters


def _foretold(series: Series, parameters: Parameters) -> tuple[Floats, Floats]:
    """Errors of every score but each patient's first, and their standard deviations as foretold."""
    errors, sds = [], []
    away = series.score - parameters.mean(series.day)
    for block in blocks(series):
        seen = block.real & ~np.isnan(series.score[block.rows])
        columns = np.nan_to_num(away[block.rows])[..., None]
        surprises, scales = innovations(
            parameters.clock(series.day[block.rows]),
            seen,
            columns,
            parameters.intercept_var,
            parameters.level_var,
            parameters.noise_var,
        )
        later = seen & (np.arange(len(seen))[:, None] > 0)
        errors.append(surprises[..., 0][later])
        sds.append(np.sqrt(scales[later]))
    return np.concatenate(errors), np.concatenate(sds)


def crps(away: Floats, sd: Floats) -> Floats:
    """Of a normal forecast (Gneiting and Raftery 2007)."""
    z = away / sd
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    score: Floats = sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
    return score
