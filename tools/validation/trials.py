"""Repeated scores of real patients, to measure ourselves against. Two of the three may not be shipped: those are only read."""

import csv
from pathlib import Path

import numpy as np

from rejoin.domain.progress import Series
from rejoin.domain.progress.level import Floats
from tools.validation.marks import DATA

HAMD = Path(__file__).parents[2] / "tests" / "estimating" / "antidepressant" / "hamd17_long.csv"
"""HAMD-17, 172 patients of an antidepressant trial (rbmi, Apache-2.0): in the repository, with its notice."""
BDI = DATA / "btheb" / "bdi_wide.csv"
"""BDI-II, 100 patients of a computer therapy (HSAUR3, GPL-2: benchmark only)."""
PANSS = DATA / "schizo_panss" / "panss_change_wide.csv"
"""Change of the PANSS, 2,151 patients (Surrogate, GPL: benchmark only)."""
BDI_DAYS = {"bdi.pre": 0.0, "bdi.2m": 60.0, "bdi.3m": 91.0, "bdi.5m": 152.0, "bdi.8m": 243.0}
PANSS_WEEKS = (1, 2, 4, 6, 8)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hamd_series() -> Series:
    """The baseline is day 0."""
    rows = _rows(HAMD)
    base = {each["PATIENT"]: float(each["BASVAL"]) for each in rows}
    seen = [(each["PATIENT"], float(each["RELDAYS"]), float(each["HAMDTL17"])) for each in rows]
    return _series([*seen, *((who, 0.0, score) for who, score in base.items())])


def bdi_series() -> Series:
    rows = _rows(BDI)
    return _series(
        [
            (each["rownames"], day, float(each[column]))
            for each in rows
            for column, day in BDI_DAYS.items()
            if each[column]
        ]
    )


def panss_series() -> Series:
    table = panss_table()
    who, visit = np.nonzero(~np.isnan(table))
    days = 7.0 * np.array(PANSS_WEEKS)[visit]
    return _series([(str(w), d, s) for w, d, s in zip(who, days, table[who, visit], strict=True)])


def panss_table() -> Floats:
    """(patients, weeks 1, 2, 4, 6, 8), NaN where nothing was seen."""
    cells = [[each[f"Week{week}"] or "nan" for week in PANSS_WEEKS] for each in _rows(PANSS)]
    return np.array(cells, dtype=np.float64)


def hamd_table() -> tuple[Floats, np.ndarray, Floats]:
    """(patients, visits 4 to 7), who had the drug, and the baseline."""
    rows = _rows(HAMD)
    who = {name: number for number, name in enumerate(dict.fromkeys(each["PATIENT"] for each in rows))}
    table = np.full((len(who), 4), np.nan)
    drug, base = np.zeros(len(who), bool), np.zeros(len(who))
    for each in rows:
        place = who[each["PATIENT"]]
        table[place, int(each["VISIT"]) - 4] = float(each["HAMDTL17"])
        drug[place], base[place] = each["THERAPY"] == "DRUG", float(each["BASVAL"])
    return table, drug, base


def _series(rows: list[tuple[str, float, float]]) -> Series:
    number = {who: place for place, who in enumerate(sorted({who for who, _, _ in rows}))}
    laid = np.array(sorted((number[who], day, score) for who, day, score in rows))
    return Series(
        patient=laid[:, 0].astype(np.int64),
        day=laid[:, 1],
        score=laid[:, 2],
        due=np.ones(len(laid), bool),
    )
