"""Small planning folders made by hand: a good one with a good plan, to be spoilt in one place at a time."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import duckdb

from rejoin.planning.reading import COLUMNS

Pair = tuple[str, str]


class PlanningFolder:
    """Tables as lists of rows; cells that are not named are empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.params: dict[str, Any] = {
            "origin": "2026-06-01T00:00:00Z",
            "horizon_minutes": 20160,
            "max_per_day": 2,
            "max_per_week": 4,
        }
        self.tables: dict[str, list[dict[str, str]]] = {}
        self.raw: dict[str, bytes] = {}

    def row(self, table: str, **cells: object) -> Self:
        self.tables.setdefault(table, []).append({column: str(cell) for column, cell in cells.items()})
        return self

    def change(self, table: str, row: int, **cells: object) -> Self:
        self.tables[table][row].update({column: str(cell) for column, cell in cells.items()})
        return self

    def patient(self, patient_id: str, **cells: object) -> Self:
        usual: dict[str, object] = {
            "patient_id": patient_id,
            "state": "CT",
            "utc_offset_minutes": -300,
            "track": "mh",
            "age_band": "adult",
            "gender": "f",
            "languages": "en;es",
            "risk": 1,
            "payer": "pay",
            "cohort": "hers",
            "pod": "pod",
            "clinician_id": "k1",
            "preferred_hour": 10,
            "slack_sessions": 0,
        }
        self.row("availability", patient_id=patient_id, start=0, end=20160)
        return self.row("patients", **(usual | cells))

    def missed(self, missed_id: str, patient_id: str, **cells: object) -> Self:
        usual: dict[str, object] = {
            "missed_id": missed_id,
            "patient_id": patient_id,
            "session_start": 900,
            "minutes": 60,
            "service": "skills",
            "module": "skill1",
            "known_at": 915,
            "deadline": 10980,
        }
        return self.row("missed", **(usual | cells))

    def slot(self, slot_id: str, start: int, *, kind: str = "cohort", **cells: object) -> Self:
        usual: dict[str, object] = {
            "slot_id": slot_id,
            "start": start,
            "end": start + 60,
            "kind": kind,
            "service": "skills",
            "module": "skill1",
            "track": "mh",
            "age_band": "adult",
            "language": "en",
            "licensed_states": "NY;CT",
            "clinician_id": "k2",
            "pod": "pod",
            "seats": 2,
        }
        if kind == "cohort":
            usual["cohort"] = "theirs"
        if kind == "individual":
            usual |= {"service": "individual", "module": "", "block_id": "block", "seats": 1}
        return self.row("slots", **(usual | cells))

    def write(self) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "params.json").write_text(json.dumps(self.params, indent=1))
        for name, rows in self.tables.items():
            with (self.path / f"{name}.csv").open("w", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS[name].split(), restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        for name, raw in self.raw.items():
            (self.path / name).write_bytes(raw)
        return self.path


def good_folder(path: Path) -> PlanningFolder:
    """Three patients who may make up everything in GOOD_PLAN. Times are UTC; her clock is five hours behind."""
    folder = PlanningFolder(path)
    folder.row("payers", payer="pay", week_start="mon", counts_individual=1, counts_extra=1)
    folder.patient("ada").patient("ben", gender="m", risk=3).patient("cleo", payer="pay", risk=2)
    folder.missed("m1", "ada").missed("m2", "ada", session_start=960, known_at=975)
    folder.missed("m3", "ben").missed("m4", "cleo").missed("m5", "cleo", session_start=960, known_at=975)
    folder.slot("s1", 2340).slot("s2", 3780, kind="extra", track="dbt")
    folder.slot("s3", 2340, kind="individual").slot("s4", 2400, kind="individual")
    folder.slot("s5", 5220, kind="extra")
    return folder


GOOD_PLAN: Sequence[Pair] = (("m1", "s1"), ("m2", "s2"), ("m3", "s3"), ("m4", "s4"), ("m5", "s5"))


def write_plan(path: Path, pairs: Sequence[Pair]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("missed_id", "slot_id"), *pairs])
    return path


def as_parquet(folder: PlanningFolder, name: str, select: str) -> None:
    """Puts a Parquet table in the place of the CSV one."""
    path = folder.path / f"{name}.csv"
    into = folder.path / f"{name}.parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY (SELECT {select} FROM read_csv('{path}', all_varchar = true)) TO '{into}'")
    path.unlink()
