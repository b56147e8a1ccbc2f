"""SERIES.csv: a row a patient and day, read once from top to bottom; or everything that is wrong with it."""

import csv
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from rejoin.domain.kernel import Problem
from rejoin.domain.progress import UNNAMED, Instrument, Series, find_instrument, why_unknown
from rejoin.domain.progress.level import Floats, Ints
from rejoin.sheets.heading import read_heading
from rejoin.sheets.refused import BadInput

REQUIRED: Final = ("patient_id", "day", "score")
KNOWN: Final = (*REQUIRED, "attended_share", "instrument", "instrument_version")
LISTED: Final = 200
LATEST: Final = 1e6
"""Days: nobody is followed for three thousand years; whoever writes such a day meant a date."""
LONGEST_CELL: Final = 10_000_000
MISSING: Final = float("nan")
NOTHING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "."})
"""Ways to leave a cell empty, in small letters; a patient and a further column may be called so."""
EMPTIED: Final = frozenset(KNOWN) - {"patient_id"}
NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

WHOLE: Final = re.compile(r"(\d+)\.0+", re.ASCII)


class Complaints:
    """Everything wrong with a file, up to a length that somebody reads."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.more = 0

    def add(self, line: int, column: str, message: str) -> None:
        if len(self.problems) < LISTED:
            self.problems.append(Problem(file=self.file, line=line, field=column, message=message))
        else:
            self.more += 1

    def raise_if_any(self) -> None:
        if self.problems:
            raise BadInput(self.problems, more=self.more, where=self.file)


@dataclass(kw_only=True)
class Scores:
    """One instrument's rows, in the order of the file."""

    instrument: Instrument
    version: str
    patient: array = field(default_factory=lambda: array("q"))  # type: ignore[type-arg]
    day: array = field(default_factory=lambda: array("d"))  # type: ignore[type-arg]
    score: array = field(default_factory=lambda: array("d"))  # type: ignore[type-arg]
    attended: array = field(default_factory=lambda: array("d"))  # type: ignore[type-arg]
    line: array = field(default_factory=lambda: array("q"))  # type: ignore[type-arg]
    more: dict[str, list[str]] = field(default_factory=dict)
    """Cells of further columns that were asked for, as they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a file holds. `names`: of patients, by their number."""

    names: list[str]
    scores: list[Scores]


def read_scores(
    path: Path, *, only: str | None = None, further: Sequence[str] = (), where_there: Sequence[str] = ()
) -> Sheet:
    """`only`: the instrument asked for; `further`: columns to take along, and `where_there` if the file has them.

    `BadInput` with file, line and field.
    """
    complaints = Complaints(path.name)
    asked = _asked(only)
    reading = _Reading(complaints, asked, further, where_there)
    _read(path, reading, complaints)
    complaints.raise_if_any()
    found = [each for each in reading.kinds.values() if len(each.patient)]
    if not found:
        wanted = f"no row is of {asked.name}" if asked and reading.rows else "holds no rows"
        raise BadInput([Problem(file=path.name, line=1, field="file", message=wanted)])
    for each in found:
        _refuse_twice(each, reading.names, complaints)
    complaints.raise_if_any()
    return Sheet(names=reading.names, scores=found)


def in_order(scores: Scores) -> tuple[Series, Ints, Ints]:
    """By patient and day; with the number in the sheet of each of its patients, and the row each row came from."""
    patient, day = np.array(scores.patient, np.int64), np.array(scores.day)
    order = np.lexsort((day, patient))
    whose, number = np.unique(patient[order], return_inverse=True)
    attended: Floats | None = np.array(scores.attended)[order]
    if attended is not None and np.isnan(attended).all():
        attended = None
    series = Series(
        patient=number.astype(np.int64),
        day=day[order],
        score=np.array(scores.score)[order],
        due=np.ones(len(order), bool),
        attended=attended,
    )
    return series, whose, order


def _asked(only: str | None) -> Instrument | None:
    if only is None:
        return None
    found = find_instrument(only)
    if found is None:
        raise BadInput([Problem(file="--instrument", line=1, field="instrument", message=why_unknown(only))])
    return found


def _read(path: Path, reading: "_Reading", complaints: Complaints) -> None:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reading.read(csv.reader(file, strict=True))
    except OSError as error:
        complaints.add(1, "file", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        complaints.add(_undecodable(path), "encoding", "is not UTF-8")
    except ValueError as error:  # no path at all
        complaints.add(1, "file", f"cannot be read: {error}")
    finally:
        csv.field_size_limit(before)


def _undecodable(path: Path) -> int:
    """The first line that is not UTF-8; 1 where the file cannot be read twice."""
    if not path.is_file():
        return 1
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.decode(errors="replace").encode() != line:
                return number
    return 1


class _Reading:
    def __init__(
        self,
        complaints: Complaints,
        asked: Instrument | None,
        further: Sequence[str],
        where_there: Sequence[str],
    ) -> None:
        self.where_there = where_there
        self.complaints = complaints
        self.asked = asked
        self.further = [each.strip().lower() for each in further]
        self.names: list[str] = []
        self.number: dict[str, int] = {}
        self.kinds: dict[str, Scores] = {}
        self.known: dict[str, Instrument | None] = {}
        self.rows = 0
        self.waiting: list[tuple[list[str], int]] = []

    def read(self, lines: Iterator[list[str]]) -> None:
        line = 1
        try:
            heading = next(lines, None)
            if heading is None:
                self.complaints.add(1, "file", "is empty")
                return
            columns = read_heading(
                heading,
                required=(*REQUIRED, *self.further),
                known=(*KNOWN, *self.further),
                complain=lambda column, message: self.complaints.add(1, column, message),
            )
            if columns is None:
                return
            self.width = len(heading)
            self._place(columns)
            line = lines.line_num + 1  # type: ignore[attr-defined]
            for cells in lines:
                self._take(cells, line)
                line = lines.line_num + 1  # type: ignore[attr-defined]
            self._sort_in_waiting()
        except csv.Error as error:
            self.complaints.add(line, "row", f"is not readable CSV: {error}")

    def _place(self, columns: dict[str, int]) -> None:
        self.further += [name for name in self.where_there if name in columns and name not in self.further]
        self.at = {name: columns.get(name) for name in (*KNOWN, *self.further)}

    def _take(self, cells: list[str], line: int) -> None:
        if not any(cells):
            return
        self.rows += 1
        if len(cells) == self.width and self._waits(cells):
            self.waiting.append((cells, line))
            return
        self._sort_in(cells, line)

    def _waits(self, cells: list[str]) -> bool:
        """A row without a score need not say of which instrument or version it was due: the others do, at the end."""
        if self._cell(cells, "score"):
            return False
        return any(
            self.at[name] is not None and not self._cell(cells, name)
            for name in ("instrument", "instrument_version")
        )

    def _sort_in_waiting(self) -> None:
        for cells, line in self.waiting:
            named = self._cell(cells, "instrument")
            if not named and self.asked is None and len(self.kinds) > 1:
                self.complaints.add(line, "instrument", "is empty, and the other rows name several")
                continue
            if not named and len(self.kinds) == 1:
                kind = next(iter(self.kinds.values()))
            else:
                found = self._instrument(named, line)
                if found is None:
                    continue
                kind = self.kinds.setdefault(found.key, Scores(instrument=found, version=""))
            said = _plain_version(self._cell(cells, "instrument_version")) or kind.version
            if said != kind.version:
                self._complain_of_version(said, kind, line)
                continue
            self._put(kind, cells, line)

    def _sort_in(self, cells: list[str], line: int) -> None:
        if len(cells) != self.width:
            self.complaints.add(line, "row", f"has {len(cells)} cells where the heading has {self.width}")
            return
        kind = self._kind(cells, line)
        if kind is not None:
            self._put(kind, cells, line)

    def _put(self, kind: Scores, cells: list[str], line: int) -> None:
        who = self._cell(cells, "patient_id")
        if not who:
            self.complaints.add(line, "patient_id", "is empty")
            return
        day = self._number(cells, "day", line, -LATEST, LATEST)
        score = self._score(cells, line, kind.instrument)
        attended = self._number(cells, "attended_share", line, 0.0, 1.0)
        if day is None or score is None or attended is None:
            return
        if math.isnan(day):
            self.complaints.add(line, "day", "is empty")
            return
        if who not in self.number:
            self.number[who] = len(self.names)
            self.names.append(who)
        kind.patient.append(self.number[who])
        kind.day.append(day)
        kind.score.append(score)
        kind.attended.append(attended)
        kind.line.append(line)
        for name in self.further:
            kind.more.setdefault(name, []).append(self._cell(cells, name))

    def _cell(self, cells: list[str], column: str) -> str:
        place = self.at[column]
        text = "" if place is None else cells[place].strip()
        return "" if column in EMPTIED and text.lower() in NOTHING else text

    def _kind(self, cells: list[str], line: int) -> Scores | None:
        """Where the row belongs; None where it is left out, or wrong."""
        named, version = (
            self._cell(cells, "instrument"),
            _plain_version(self._cell(cells, "instrument_version")),
        )
        instrument = self._instrument(named, line)
        if instrument is None:
            return None
        kind = self.kinds.setdefault(instrument.key, Scores(instrument=instrument, version=version))
        if version != kind.version:
            self._complain_of_version(version, kind, line)
            return None
        return kind

    def _complain_of_version(self, version: str, kind: Scores, line: int) -> None:
        told = f"{version or 'none'!r} after {kind.version or 'none'!r}: versions are never put on one line"
        self.complaints.add(line, "instrument_version", told)

    def _instrument(self, named: str, line: int) -> Instrument | None:
        if not named:
            if self.asked is None and self.kinds and UNNAMED.key not in self.kinds:
                self.complaints.add(line, "instrument", "is empty where other rows name one")
                return None
            return self.asked or UNNAMED
        if named not in self.known:
            self.known[named] = find_instrument(named)
        found = self.known[named]
        if found is None:
            self.complaints.add(line, "instrument", why_unknown(named))
            return None
        if self.asked is not None and found.key != self.asked.key:
            return None
        if UNNAMED.key in self.kinds:
            self.complaints.add(line, "instrument", f"is {found.name} where rows before it name none")
            return None
        return found

    def _score(self, cells: list[str], line: int, instrument: Instrument) -> float | None:
        return self._number(cells, "score", line, instrument.lowest, instrument.highest)

    def _number(self, cells: list[str], column: str, line: int, low: float, high: float) -> float | None:
        """NaN where the cell is empty; None where it is wrong, which is then told."""
        text = self._cell(cells, column)
        if not text:
            return MISSING
        if not NUMBER.fullmatch(text):
            self.complaints.add(line, column, f"{text[:40]!r} is not a number")
            return None
        value = float(text)
        if not low <= value <= high:
            self.complaints.add(line, column, f"{text[:40]} is not from {low:g} to {high:g}")
            return None
        return value


def _plain_version(text: str) -> str:
    """A whole number as other programs write it once a cell of the column is empty."""
    whole = WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _refuse_twice(scores: Scores, names: list[str], complaints: Complaints) -> None:
    patient, day = np.array(scores.patient, np.int64), np.array(scores.day)
    order = np.lexsort((day, patient))
    twice = (np.diff(patient[order]) == 0) & (np.diff(day[order]) == 0)
    for place in np.flatnonzero(twice)[: LISTED + 1]:
        first, again = order[place], order[place + 1]
        told = f"{names[patient[again]]!r} has day {day[again]:g} on line {scores.line[first]} already"
        complaints.add(scores.line[again], "day", told)
