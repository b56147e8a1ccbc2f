"""`rejoin risk contact`: who may be lost to contact, from a file of patient-weeks."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

import numpy as np

from rejoin.domain.kernel import Problem
from rejoin.domain.risk.because import because
from rejoin.domain.risk.estimating import Estimates, Models, estimate, fit_models
from rejoin.domain.risk.judging import auc, expected_over_observed
from rejoin.domain.risk.recalibrating import ENOUGH_PATIENTS, Shift
from rejoin.domain.risk.targets import losing_contact
from rejoin.domain.risk.weeks import Flags, Weeks
from rejoin.estimating.models_file import shipped, shipped_models
from rejoin.estimating.patient_weeks import Read, read_weeks
from rejoin.sheets.refused import BadInput

HEADING: Final = (
    "who",
    "week",
    "at_risk",
    "p_lose_contact_4w",
    "low90",
    "high90",
    "rank_percentile",
    "calibrated",
    "because",
    "p_lapse_4w",
    "lapse_low90",
    "lapse_high90",
    "lapse_calibrated",
)
INTERVAL: Final = {
    True: "90%: the coefficients are not known for certain, nor is this site's level (error of its recalibration)",
    False: "90%: the coefficients are not known for certain, nor is this site's level (as far apart as trials were)",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What is written to the file, and what is told of it."""

    read: Read
    estimates: Estimates
    models: Models
    told: dict[str, Any]

    def write(self, file: TextIO, path: Path) -> None:
        """The whole table. `BadInput` where there is no room for it."""
        try:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(HEADING)
            lines.writerows(self.rows())
            file.flush()
        except OSError as error:
            _refuse(path, "--out", f"cannot be written: {error.strerror}")

    def rows(self) -> Iterator[list[object]]:
        """One a landmark, by patient and week."""
        made, weeks = self.estimates, self.read.weeks
        reasons, calibrated = because(weeks, self.models), int(made.is_calibrated)
        for row in np.flatnonzero(made.is_landmark).tolist():
            yield [
                self.read.who[weeks.patient[row]],
                int(weeks.week[row]),
                int(made.at_risk[row]),
                *(f"{each[row]:.6f}" for each in (made.p, made.low, made.high)),
                f"{made.rank_percentile[row]:.3f}",
                calibrated,
                reasons[row],
                *_lapse(made, row),
            ]


def _lapse(made: Estimates, row: int) -> list[object]:
    """Empty where no recent negative test allows the question."""
    if np.isnan(made.lapse[row]):
        return [""] * 4
    told = (made.lapse, made.lapse_low, made.lapse_high)
    return [*(f"{each[row]:.6f}" for each in told), int(made.lapse_is_calibrated)]


def answer(path: Path, *, train: Path | None, local: int) -> Answer:
    """BadInput where a file cannot be used, or there are not so many local patients with a known outcome."""
    read = read_weeks(path)
    models, source = _models(train)
    if local > read.weeks.patients:
        _refuse(path, "--local", f"asks for {local} patients, and the file has {read.weeks.patients}")
    made = estimate(read.weeks, models, local=local)
    if local and made.shift is None:
        _refuse(
            path, "--local", "finds nobody with four further weeks among the first patients: nothing to go by"
        )
    told = _told(read, made, source, local)
    if train is not None and train.samefile(path):
        told["notes"].append(
            "--train is the file itself: so_far is of the weeks that the model was learnt from"
        )
    return Answer(read=read, estimates=made, models=models, told=told)


def _models(train: Path | None) -> tuple[Models, dict[str, Any]]:
    if train is None:
        return shipped_models(), {"source": "shipped", **shipped().provenance}
    learnt = read_weeks(train)
    made = fit_models(learnt.weeks, shipped().between_sites)
    if isinstance(made, str):
        _refuse(train, "--train", made)
    return made, {
        "source": train.name,
        "patients": learnt.weeks.patients,
        "patient_weeks": learnt.weeks.count,
    }


def _refuse(path: Path, field: str, message: str) -> NoReturn:
    raise BadInput([Problem(file=path.name, line=1, field=field, message=message)]) from None


def _told(read: Read, made: Estimates, source: dict[str, Any], local: int) -> dict[str, Any]:
    weeks = read.weeks
    return {
        "patients": weeks.patients,
        "landmarks": int(made.is_landmark.sum()),
        "at_risk": int((made.is_landmark & made.at_risk).sum()),
        "with_lapse": int((~np.isnan(made.lapse) & made.is_landmark).sum()),
        "model": source,
        "local": _shift(made.shift),
        "calibrated": made.is_calibrated,
        "interval": INTERVAL[made.is_calibrated],
        "may_be_shown": "percentages with their interval" if made.is_calibrated else "ranks only",
        "so_far": _so_far(weeks, made, local),
        "notes": list(read.notes),
    }


def _shift(shift: Shift | None) -> dict[str, Any] | None:
    if shift is None:
        return None
    return {
        "patients": shift.patients,
        "patients_needed": ENOUGH_PATIENTS,
        "landmarks": shift.rows,
        "events": shift.events,
        "intercept_shift": shift.by,
        "error": shift.error,
    }


def _so_far(weeks: Weeks, made: Estimates, local: int) -> dict[str, Any] | None:
    """How estimates did where it is known by now, among patients whom nothing was recalibrated on."""
    target = losing_contact(weeks)
    rows: Flags = target.usable & (weeks.patient >= local)
    happened = target.happened[rows]
    if not happened.any() or happened.all():
        return None
    ratio = expected_over_observed(made.p[rows], happened, weeks.patient[rows])
    return {
        "landmarks": ratio.rows,
        "patients": ratio.patients,
        "lost": ratio.observed,
        "auc": auc(made.p[rows], happened),
        "expected_over_observed": ratio.ratio,
        "low90": ratio.low,
        "high90": ratio.high,
    }
