"""The two trials that protocol P1 is measured on, as patient-weeks."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from rejoin.domain.risk.weeks import Ints, Weeks
from rejoin.estimating.patient_weeks import read_weeks
from tools.validation.marks import DATA

TRIALS = (27, 30)
FOLDER = DATA / "ctn0094"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """`trial` by row; `who` by patient."""

    weeks: Weeks
    trial: Ints
    who: list[str]


def read_trials() -> Trials | None:
    """None where the data is not on this machine."""
    path = FOLDER / "person_week.parquet"
    if not path.is_file():
        return None
    read = read_weeks(path)
    project = dict(columns(path, "who", "project"))
    trial = np.array([int(project[int(who)]) for who in read.who], np.int64)
    return Trials(weeks=read.weeks, trial=trial[read.weeks.patient], who=read.who)


def columns(path: Path, *names: str) -> list[tuple[int, str]]:
    """Rows of a Parquet file."""
    asked = duckdb.connect().execute(f"SELECT {', '.join(names)} FROM read_parquet(?)", [str(path)])  # noqa: S608
    return asked.fetchall()
