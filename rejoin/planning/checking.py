"""Whether a plan keeps every rule, and what it is worth: worked out from the files once more.

It shares nothing with whatever reads a folder for the solver, or solves it: not the reading, not the rules, not the
arithmetic. It takes the contract (docs/contracts/makeup.md) sentence by sentence, row by row, in plain Python. That
is slow, a hundred thousand pairs in some seconds; and a mistake would have to be made twice to go unseen.
"""

import csv
import glob
import io
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rejoin.domain.kernel import Problem
from rejoin.sheets.refused import BadInput

WORTH: Final[dict[str, Any]] = {
    "risk": [100, 160, 260, 420],
    "before_dependent": 40,
    "same_clinician": 25,
    "same_module_group": 15,
    "off_module_extra": -50,
    "individual": -45,
    "closed_group_per_step": -5,
    "preferred": 20,
    "sooner": 14,
    "dose": 60,
    "full_week": [40, 60, 100, 160],
    "over_soft_target": -12,
}
GROUPS: Final = ("cohort", "extra")
STANDING: Final = ("accepted", "held")
HIGH_RISK: Final = 2
Cells = Mapping[str, str]
Pair = tuple[str, str]
"""A missed session and a slot, by their ids."""


class _Row(dict[str, str]):
    """The cells of a row; a column that the file does not have is not given."""

    def __missing__(self, column: str) -> str:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a plan breaks: where, and in which way."""

    rule: str
    missed_id: str = ""
    slot_id: str = ""
    because: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.missed_id or '-'} in {self.slot_id or '-'}: {self.because}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    objective: int
    recovered: int
    """Missed sessions with a make-up."""
    recovered_high_risk: int
    """Those of patients of risk 2 and 3."""
    full_weeks: int
    by_kind: dict[str, int]
    violations: list[Violation]
    notes: list[Violation]
    """Pairs that stand from before and would not be proposed any more: kept all the same."""

    @property
    def ok(self) -> bool:
        return not self.violations

    def as_document(self) -> dict[str, Any]:
        return {"ok": self.ok} | asdict(self)


def check_plan(folder: Path, plan: Path) -> Verdict:
    """Check PLAN against the files in FOLDER, which are taken to be whole; BadInput where PLAN cannot be read."""
    files = _Files(folder)
    rows = _plan_rows(plan)
    checking = _Checking(files, rows)
    return checking.verdict()


def _plan_rows(path: Path) -> list[Pair]:
    """The pairs of PLAN.csv, as often as they stand there."""

    def wrong(line: int, field: str, message: str) -> BadInput:
        return BadInput([Problem(file=path.name, line=line, field=field, message=message)])

    if not path.is_file():
        raise wrong(1, "file", "is missing")
    raw = path.read_bytes()
    try:
        reader = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        head = [cell.strip().lower() for cell in next(reader, [])]
        for column in ("missed_id", "slot_id"):
            if column not in head:
                raise wrong(1, column, "column is missing")
        m, s = head.index("missed_id"), head.index("slot_id")
        rows = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) <= max(m, s):
                    raise wrong(reader.line_num, "row", "has too few cells")
                rows.append((cells[m].strip(), cells[s].strip()))
    except UnicodeDecodeError as error:
        raise wrong(raw.count(b"\n", 0, error.start) + 1, "encoding", "is not UTF-8") from None
    except csv.Error as error:
        raise wrong(reader.line_num, "row", f"is not readable CSV: {error}") from None
    return rows


class _Files:
    """The folder, table by table, as text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        params = json.loads((folder / "params.json").read_text("utf-8-sig"))
        self.worth: dict[str, Any] = WORTH | params.get("weights", {})
        self.max_per_day = int(params["max_per_day"])
        self.max_per_week = int(params["max_per_week"])
        self.horizon = int(params["horizon_minutes"])
        self.patients = {row["patient_id"]: row for row in self._rows("patients")}
        self.payers = {row["payer"]: row for row in self._rows("payers")}
        self.missed = {row["missed_id"]: row for row in self._rows("missed")}
        self.slots = {row["slot_id"]: row for row in self._rows("slots")}
        self.taken: dict[str, list[Pair]] = defaultdict(list)
        for row in self._rows("taken"):
            self.taken[row["state"].lower()].append((row["missed_id"], row["slot_id"]))

    def _rows(self, name: str) -> Iterator[Cells]:
        path = self.folder / f"{name}.csv"
        if path.is_file():
            return _rows_of_csv(path)
        path = path.with_suffix(".parquet")
        return _rows_of_parquet(path) if path.is_file() else iter(())

    @cached_property
    def free(self) -> dict[str, list[tuple[int, int]]]:
        """By patient: when she is free, joined where one interval ends as the next begins."""
        given = defaultdict(list)
        for row in self._rows("availability"):
            given[row["patient_id"]].append((_number(row["start"]), _number(row["end"])))
        free = {}
        for patient, intervals in given.items():
            joined: list[tuple[int, int]] = []
            for start, end in sorted(intervals):
                if joined and joined[-1][1] == start:
                    joined[-1] = (joined[-1][0], end)
                else:
                    joined.append((start, end))
            free[patient] = joined
        return free

    @cached_property
    def conflicts(self) -> dict[str, set[str]]:
        found = defaultdict(set)
        for row in self._rows("conflicts"):
            found[row["patient_a"]].add(row["patient_b"])
            found[row["patient_b"]].add(row["patient_a"])
        return found

    @cached_property
    def members(self) -> dict[str, set[str]]:
        found = defaultdict(set)
        for row in self._rows("members"):
            found[row["cohort"]].add(row["patient_id"])
        return found

    def patient_of(self, missed_id: str) -> Cells:
        return self.patients[self.missed[missed_id]["patient_id"]]

    def week_of(self, patient: Cells, at: int) -> int:
        """The payer's week, counted from the one the origin's Monday is in."""
        payer = self.payers.get(patient["payer"], {})
        early = 1440 if payer.get("week_start", "").lower() == "sun" else 0
        return (at + _number(patient["utc_offset_minutes"]) + early) // 10080

    def counts(self, patient: Cells, kind: str) -> bool:
        """Whether her payer counts a make-up of this kind."""
        payer = self.payers.get(patient["payer"], {})
        return kind == "cohort" or payer.get(f"counts_{kind}", "").lower() in ("1", "1.0", "true")


def _rows_of_csv(path: Path) -> Iterator[Cells]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        head = [cell.strip().lower() for cell in next(reader)]
        for cells in reader:
            row = _Row(zip(head, map(str.strip, cells), strict=False))
            if any(row.values()):
                yield row


def _rows_of_parquet(path: Path) -> Iterator[Cells]:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        asked = connection.execute(
            "SELECT * FROM read_parquet(?, hive_partitioning = false)", [glob.escape(str(path))]
        )
        head = [each[0].strip().lower() for each in asked.description]
        while rows := asked.fetchmany(10_000):
            for values in rows:
                yield _Row(zip(head, map(_text, values), strict=True))


def _text(value: Any) -> str:
    """What CSV would hold: of a whole number no point, since an id is a float where its column has gaps and none elsewhere."""
    match value:
        case list():
            return ";".join(_text(each) for each in value)
        case bytes():
            return value.decode()
        case bool():
            return "1" if value else "0"
        case float() | Decimal() if math.isnan(value):
            return ""
        case float() | Decimal() if math.isfinite(value) and value == int(value):
            return str(int(value))
    return "" if value is None else str(value).strip()


def _number(cell: str, default: int = 0) -> int:
    """Of a cell that holds a whole number, with a point and nothing behind it or without."""
    return int(cell.partition(".")[0]) if cell else default


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


class _Checking:
    def __init__(self, files: _Files, rows: Sequence[Pair]) -> None:
        self.files = files
        self.rows = rows
        self.violations: list[Violation] = []
        self.standing = [each for state in STANDING for each in files.taken[state]]
        known = [(m, s) for m, s in rows if m in files.missed and s in files.slots]
        self.pairs: list[Pair] = list(dict.fromkeys([*known, *self.standing]))
        """Each once. What stands is part of every plan, told or not."""

    def verdict(self) -> Verdict:
        self._check_rows()
        notes = self._check_pairs()
        self._check_seats()
        self._check_blocks()
        self._check_patients()
        self._check_company()
        made_whole, objective = self._weeks()
        risks = [_number(self.files.patient_of(m)["risk"]) for m in {m for m, _ in self.pairs}]
        kinds = Counter(self._kind(s) for _, s in self.pairs)
        return Verdict(
            objective=objective + sum(self._value(m, s) for m, s in self.pairs) + self._crowding(),
            recovered=len(risks),
            recovered_high_risk=sum(risk >= HIGH_RISK for risk in risks),
            full_weeks=made_whole,
            by_kind={kind: kinds[kind] for kind in (*GROUPS, "individual")},
            violations=self.violations,
            notes=notes,
        )

    def _break(self, rule: str, pair: Pair, because: str) -> None:
        self.violations.append(Violation(rule=rule, missed_id=pair[0], slot_id=pair[1], because=because))

    # Slots, as the contract means them

    def _kind(self, slot_id: str) -> str:
        return self.files.slots[slot_id]["kind"].lower()

    def _span(self, slot_id: str) -> tuple[int, int]:
        slot = self.files.slots[slot_id]
        return _number(slot["start"]), _number(slot["end"])

    def _seats(self, slot_id: str) -> int:
        given = self.files.slots[slot_id]["seats"]
        return min(_number(given, 1), 1) if self._kind(slot_id) == "individual" else _number(given)

    # The list itself

    def _check_rows(self) -> None:
        for m, s in self.rows:
            if m not in self.files.missed:
                self._break("known_missed", (m, s), "there is no such missed session")
            if s not in self.files.slots:
                self._break("known_slot", (m, s), "there is no such slot")
        told = set(self.rows)
        for pair in self.standing:
            if pair not in told:
                self._break("standing", pair, "was accepted or is held, and the plan leaves it out")
        times = Counter(m for m, _ in [*self.rows, *(pair for pair in self.standing if pair not in told)])
        for m, s in dict.fromkeys(self.rows):
            if times[m] > 1:
                self._break(
                    "one_slot_each", (m, s), f"the missed session stands {times[m]} times in the plan"
                )

    # Rules that look at a pair alone

    def _check_pairs(self) -> list[Violation]:
        """Breaches of pairs that are new are violations; those of pairs that stand are handed back."""
        stands = set(self.standing)
        notes: list[Violation] = []
        declined = set(self.files.taken["declined"])
        for pair in self.pairs:
            found = list(self._breaches(*pair))
            if pair in declined:
                found.append(("declined", "she declined it"))
            for rule, because in found:
                breach = Violation(rule=rule, missed_id=pair[0], slot_id=pair[1], because=because)
                (notes if pair in stands else self.violations).append(breach)
        return notes

    def _breaches(self, missed_id: str, slot_id: str) -> Iterator[tuple[str, str]]:
        missed, slot = self.files.missed[missed_id], self.files.slots[slot_id]
        patient = self.files.patient_of(missed_id)
        start, end = self._span(slot_id)
        if start < _number(missed["known_at"], _number(missed["session_start"])):
            yield "known_at", "it starts before the absence was known"
        if end > _number(missed["deadline"], self.files.horizon):
            yield "deadline", "it ends after the deadline"
        free = self.files.free.get(patient["patient_id"], [])
        if not any(a <= start and end <= b for a, b in free):
            yield "free", "the patient is not free for all of it"
        if not patient["state"] or patient["state"] not in _parts(slot["licensed_states"]):
            yield "licence", f"it is not licensed in {patient['state'] or 'a state that nobody gave'}"
        if not slot["language"] or slot["language"] not in _parts(patient["languages"]):
            yield "language", "its language is not one of hers"
        if slot["gender_only"] not in ("", patient["gender"]):
            yield "gender", f"it is for {slot['gender_only']} only"
        if slot["age_band"] != patient["age_band"]:
            yield "age_band", f"it is for {slot['age_band']}, and she is {patient['age_band']}"
        if slot["cohort"] and slot["cohort"] == patient["cohort"]:
            yield "own_cohort", "it is her own cohort's"
        regulars = self.files.members[slot["cohort"]] if slot["cohort"] else set()
        if regulars & self.files.conflicts[patient["patient_id"]]:
            yield "conflict_with_member", "a regular member of its cohort is in conflict with her"
        yield from self._breach_of_kind(missed, slot, patient)

    def _breach_of_kind(self, missed: Cells, slot: Cells, patient: Cells) -> Iterator[tuple[str, str]]:
        same = slot["service"] == missed["service"] and slot["module"] == missed["module"]
        own_track = slot["track"] == patient["track"]
        kind = slot["kind"].lower()
        if kind == "cohort" and not (same and own_track):
            yield "cohort_content", "it is not the same service, module and track"
        if kind == "extra" and not own_track and not (same and missed["service"] != "process"):
            yield "extra_content", "it is of another track, and not the same service and module"
        if kind == "individual" and (not slot["pod"] or slot["pod"] != patient["pod"]):
            yield "pod", "it is not of her pod"

    # Rules that look at several pairs

    def _check_seats(self) -> None:
        used = Counter(s for _, s in self.pairs)
        for m, s in self.pairs:
            if used[s] > self._seats(s):
                self._break("seats", (m, s), f"it has {self._seats(s)} seats, and {used[s]} are used")

    def _check_blocks(self) -> None:
        by_block = defaultdict(list)
        for m, s in self.pairs:
            block = self.files.slots[s]["block_id"]
            if block and self._kind(s) == "individual":
                by_block[block].append((m, s))
        for pairs in by_block.values():
            for pair, other in self._overlapping(pairs):
                if pair[1] != other[1]:
                    self._break("block", pair, f"it overlaps {other[1]} of the same block")

    def _overlapping(self, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Pair]]:
        """Pairs whose slots overlap, each with one that began before it or together with it."""
        lasting: list[Pair] = []
        for pair in sorted(pairs, key=lambda each: self._span(each[1])):
            lasting = [each for each in lasting if self._span(each[1])[1] > self._span(pair[1])[0]]
            yield from ((pair, each) for each in lasting)
            lasting.append(pair)

    def _check_patients(self) -> None:
        by_patient = defaultdict(list)
        for m, s in self.pairs:
            by_patient[self.files.missed[m]["patient_id"]].append((m, s))
        for patient_id, pairs in by_patient.items():
            patient = self.files.patients[patient_id]
            for pair, other in self._overlapping(pairs):
                self._break("overlap", pair, f"it overlaps {other[1]}, where she makes up another session")
            offset = _number(patient["utc_offset_minutes"])
            days = {s: (self._span(s)[0] + offset) // 1440 for _, s in pairs}
            weeks = {s: self.files.week_of(patient, self._span(s)[0]) for _, s in pairs}
            self._check_cap("max_per_day", pairs, days, self.files.max_per_day)
            self._check_cap("max_per_week", pairs, weeks, self.files.max_per_week)

    def _check_cap(self, rule: str, pairs: Sequence[Pair], when: Mapping[str, int], most: int) -> None:
        held = Counter(when[s] for _, s in pairs)
        for m, s in pairs:
            if held[when[s]] > most:
                self._break(
                    rule, (m, s), f"she makes up {held[when[s]]} sessions then, and {most} is the most"
                )

    def _check_company(self) -> None:
        who = defaultdict(list)
        for m, s in self.pairs:
            if self._kind(s) in GROUPS:
                who[s].append((m, self.files.missed[m]["patient_id"]))
        for s, present in who.items():
            there = {patient_id for _, patient_id in present}
            for m, patient_id in present:
                if others := sorted(self.files.conflicts[patient_id] & there):
                    self._break("conflict_in_group", (m, s), f"{patient_id} and {others[0]} are in conflict")

    # What the plan is worth

    def _value(self, missed_id: str, slot_id: str) -> int:
        missed, slot = self.files.missed[missed_id], self.files.slots[slot_id]
        patient, worth = self.files.patient_of(missed_id), self.files.worth
        start, end = self._span(slot_id)
        kind = slot["kind"].lower()
        points: int = worth["risk"][_number(patient["risk"])]
        if not missed["dependent_at"] or end <= _number(missed["dependent_at"]):
            points += worth["before_dependent"]
        if slot["clinician_id"] and slot["clinician_id"] == patient["clinician_id"]:
            points += worth["same_clinician"]
        if kind == "cohort":
            points += worth["same_module_group"]
        elif kind == "individual":
            points += worth["individual"]
        elif slot["service"] != missed["service"] or slot["module"] != missed["module"]:
            points += worth["off_module_extra"]
        points += worth["closed_group_per_step"] * _number(slot["closed_steps"])
        if patient["preferred_hour"]:
            hour = (start + _number(patient["utc_offset_minutes"])) % 1440 // 60
            apart = abs(hour - _number(patient["preferred_hour"]))
            points += worth["preferred"] - min(worth["preferred"], 2 * min(apart, 24 - apart))
        later = (start - _number(missed["session_start"])) // 720
        points += max(0, worth["sooner"] - later)
        return points

    def _crowding(self) -> int:
        """What seats above the soft target of groups cost."""
        used = Counter(s for _, s in self.pairs if self._kind(s) in GROUPS)
        over = 0
        for s, count in used.items():
            soft = _number(self.files.slots[s]["soft_target"], self._seats(s))
            over += max(0, count - soft)
        points: int = self.files.worth["over_soft_target"] * over
        return points

    def _weeks(self) -> tuple[int, int]:
        """Patient weeks that are made whole, and what all of them are worth."""
        owed: Counter[tuple[str, int]] = Counter()
        for missed in self.files.missed.values():
            patient = self.files.patients[missed["patient_id"]]
            owed[patient["patient_id"], self.files.week_of(patient, _number(missed["session_start"]))] += 1
        held: Counter[tuple[str, int]] = Counter()
        for m, s in self.pairs:
            patient = self.files.patient_of(m)
            if self.files.counts(patient, self._kind(s)):
                held[patient["patient_id"], self.files.week_of(patient, self._span(s)[0])] += 1
        whole, points = 0, 0
        for (patient_id, week), count in owed.items():
            patient = self.files.patients[patient_id]
            need = count - _number(patient["slack_sessions"])
            if need <= 0:
                continue
            made = min(need, held[patient_id, week])
            points += self.files.worth["dose"] * made
            if made >= need:
                whole += 1
                points += self.files.worth["full_week"][_number(patient["risk"])]
        return whole, points
