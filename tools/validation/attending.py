"""The two trials that protocol P1 is measured on, as patient-weeks (tools/validation/ctn0094)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from rejoin.domain.risk.weeks import Ints, Weeks
from rejoin.estimating.patient_weeks import read_weeks

TRIALS = (27, 30)
FOLDER = Path(__file__).parent / "ctn0094"
WEEKS = FOLDER / "person_week.parquet"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """`trial` by row; `who` by patient."""

    weeks: Weeks
    trial: Ints
    who: list[str]


def read_trials() -> Trials:
    read = read_weeks(WEEKS)
    project = dict(columns(WEEKS, "who", "project"))
    trial = np.array([int(project[int(who)]) for who in read.who], np.int64)
    return Trials(weeks=read.weeks, trial=trial[read.weeks.patient], who=read.who)


def columns(path: Path, *names: str) -> list[tuple[Any, ...]]:
    """Rows of a Parquet file."""
    asked = duckdb.connect().execute(f"SELECT {', '.join(names)} FROM read_parquet(?)", [str(path)])  # noqa: S608
    return asked.fetchall()
