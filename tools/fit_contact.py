"""Fits the model that ships, on CTN-0027 and CTN-0030, and writes it into the package.

    python -m tools.fit_contact

Run it again only on purpose: the model card and the tables under docs/validation speak of what it wrote.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import chi2

from rejoin.domain.risk.estimating import estimate, fit_models
from rejoin.domain.risk.targets import losing_contact
from rejoin.estimating.models_file import as_document
from tools.validation.attending import TRIALS, Trials, read_trials

OUT = Path("rejoin/estimating/shipped/contact.json")


def between_sites(trials: Trials) -> float:
    """How far a trial's own level lies from what a model of the other expects, on the logit.

    Two trials say little of how far sites lie apart: it is the upper end (of 90%) of the standard deviation that they allow.
    """
    shifts = []
    for trial in TRIALS:
        models = fit_models(trials.weeks.of(trials.trial != trial), 0.0)
        assert not isinstance(models, str)
        held_out = trials.weeks.of(trials.trial == trial)
        made = estimate(held_out, models, local=held_out.patients)
        assert made.shift is not None
        shifts.append(made.shift.by)
    return float(np.sqrt(np.sum(np.square(shifts)) / chi2.ppf(0.1, len(shifts))))


def main() -> None:
    trials = read_trials()
    level = between_sites(trials)
    models = fit_models(trials.weeks, level)
    assert not isinstance(models, str)
    rows = losing_contact(trials.weeks)
    provenance = {
        "fitted_on": "NIDA CTN-0027 and CTN-0030 (phase 2), as harmonised in the R packages public.ctn0094data 1.0.6 "
        "and public.ctn0094extra 1.0.4",
        "licence": "MIT, Copyright (c) 2023 public.ctn0094data authors (NOTICE)",
        "patients": trials.weeks.patients,
        "patient_weeks": trials.weeks.count,
        "landmarks": int(rows.usable.sum()),
        "lost": int(rows.happened[rows.usable].sum()),
        "protocol": "P1: logistic, standardised, ridge C = 0.1, not tuned; attendance with tests, and attendance alone",
        "not": "in person, medication for opioid use disorder, 2006 to 2016: no virtual program is among them",
    }
    document = {"provenance": provenance, "between_sites": level, "fits": as_document(models)}
    OUT.write_text(json.dumps(_short(document), indent=1) + "\n", encoding="utf-8")
    print(f"{OUT}: {rows.happened[rows.usable].sum()} of {rows.usable.sum()} landmarks, level {level:.3f}")


def _short(value: object) -> object:
    """Ten digits are more than anybody knows."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value]
    return value


if __name__ == "__main__":
    main()
