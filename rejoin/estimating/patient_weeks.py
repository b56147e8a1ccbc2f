"""A file of patient-weeks, CSV or Parquet; or everything that is wrong in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from rejoin.domain.kernel import Problem
from rejoin.domain.risk.targets import FIRST_LANDMARK
from rejoin.domain.risk.weeks import Flags, Ints, Weeks, followed
from rejoin.planning.columns import NOT_NEGATIVE, Bounds, numbers
from rejoin.planning.tables import Complaints, Sheet, read_table
from rejoin.sheets.refused import BadInput

KNOWN: Final = ("who", "week", "attended", "contact_days", "uds_obs", "uds_pos", "weeks_left")
OPTIONAL: Final = frozenset({"uds_obs", "uds_pos", "weeks_left"})
WEEK: Final = Bounds(1, 10_000, "must be a week from 1 up")
YES_OR_NO: Final = Bounds(0, 1, "must be 0 or 1")
NOTHING: Final = -1
SPELT: Final = {"true": "1", "false": "0", "na": "", "nan": "", "none": "", "null": "", "<na>": ""}
"""As other programs write yes, no and nothing."""
NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """The weeks in order, who the patients are (ascending), and what was odd but taken as it stands."""

    weeks: Weeks
    who: list[str]
    notes: tuple[str, ...]


def read_weeks(path: Path) -> Read:
    """Read and check the file, or raise BadInput with everything wrong in it. A million rows take some seconds."""
    if not path.is_file():
        raise BadInput([Problem(file=str(path), line=1, field="file", message="is missing")])
    complaints = Complaints(path.name)
    try:
        sheet = read_table(path, known=KNOWN, optional=OPTIONAL, complaints=complaints)
    except OSError as error:
        raise BadInput(
            [Problem(file=str(path), line=1, field="file", message=f"cannot be read: {error.strerror}")]
        ) from None
    complaints.raise_if_any()
    if not sheet.count:
        complaints.add(sheet.name, 1, "file", "holds no patient-week")
        complaints.raise_if_any()
    return _Reading(_spelt(sheet)).whole()


def _spelt(sheet: Sheet) -> Sheet:
    cells = {name: column if name == "who" else _plain(column) for name, column in sheet.cells.items()}
    sheet.cells = cells
    return sheet


def _plain(column: list[str]) -> list[str]:
    odd = {cell: SPELT[cell.lower()] for cell in set(column) if cell.lower() in SPELT}
    return [odd.get(cell, cell) for cell in column] if odd else column


class _Reading:
    """The columns of one sheet, first as they stand, then in the order of patients and weeks."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.patient, self.who = self._patients()
        self.week = numbers(sheet, "week", WEEK)
        self.attended = numbers(sheet, "attended", YES_OR_NO) == 1
        self.contact_days = self._contact_days()
        self.negatives_of_none: Flags = np.zeros(sheet.count, bool)
        self.tested, self.positive = self._tests()
        self.left = numbers(sheet, "weeks_left", NOT_NEGATIVE, default=NOTHING)

    def whole(self) -> Read:
        self.sheet.complaints.raise_if_any()
        order = np.lexsort((self.week, self.patient))
        self._check_order(order)
        self.sheet.complaints.raise_if_any()
        self._check_enough()
        self.sheet.complaints.raise_if_any()
        return Read(weeks=self._weeks(order), who=self.who, notes=self._notes())

    def _patients(self) -> tuple[Ints, list[str]]:
        """Ascending: as numbers where all of them are, or else as text."""
        cells = self.sheet.column("who")
        for row in np.flatnonzero(np.fromiter((not cell for cell in cells), bool, len(cells))):
            self.sheet.complain(int(row), "who", "is empty")
        different = list(dict.fromkeys(cells))
        if all(NUMBER.fullmatch(each) for each in different):
            different.sort(key=lambda each: (int(each.partition(".")[0]), each))
        else:
            different.sort()
        place: Mapping[str, int] = {each: number for number, each in enumerate(different)}
        return np.fromiter(map(place.__getitem__, cells), np.int64, len(cells)), different

    def _contact_days(self) -> Ints:
        """None where she was away and nobody wrote a number."""
        days = numbers(self.sheet, "contact_days", NOT_NEGATIVE, default=NOTHING)
        wrong = (days == NOTHING) & self.attended
        self.sheet.complain_where(wrong, "contact_days", "is empty in a week that she attended")
        return np.maximum(days, 0)

    def _tests(self) -> tuple[Flags, Flags]:
        """Whether a result is known, and whether it is positive. A test without its result is none yet."""
        result = numbers(self.sheet, "uds_pos", YES_OR_NO, default=NOTHING)
        if "uds_obs" in self.sheet.cells:
            taken = numbers(self.sheet, "uds_obs", NOT_NEGATIVE, default=0)
            self.negatives_of_none = (result == 0) & (taken == 0)
            result = np.where(self.negatives_of_none, NOTHING, result)
            wrong = (result == 1) & (taken == 0)
            self.sheet.complain_where(
                wrong, "uds_pos", "is the result of a test, and uds_obs says there was none"
            )
        return result != NOTHING, result == 1

    def _check_order(self, order: Ints) -> None:
        patient, week = self.patient[order], self.week[order].astype(np.int64)
        before = np.append([0], week[:-1])
        before[np.append([True], patient[1:] != patient[:-1])] = 0
        for place in np.flatnonzero(week != before + 1):
            row, now, last = int(order[place]), int(week[place]), int(before[place])
            if now == last:
                told = (
                    f"repeats week {now} of this patient, of line {self.sheet.lines[int(order[place - 1])]}"
                )
            elif last == 0:
                told = f"begins with week {now}: weeks count from 1, those she missed among them"
            else:
                told = f"follows week {last} of this patient: a week that she missed is a row with attended 0"
            self.sheet.complain(row, "week", told)

    def _check_enough(self) -> None:
        if self.week.max() < FIRST_LANDMARK:
            self.sheet.complain(0, "week", "is everybody's only one: nothing is estimated before the second")

    def _weeks(self, order: Ints) -> Weeks:
        weeks = Weeks(
            patient=self.patient[order],
            week=self.week[order].astype(np.int64),
            attended=self.attended[order],
            contact_days=self.contact_days[order].astype(np.int64),
            tested=self.tested[order],
            positive=self.positive[order],
            weeks_left=np.zeros(len(order), np.int64),
        )
        left = self.left[order].astype(np.int64)
        return Weeks(
            patient=weeks.patient,
            week=weeks.week,
            attended=weeks.attended,
            contact_days=weeks.contact_days,
            tested=weeks.tested,
            positive=weeks.positive,
            weeks_left=np.where(left == NOTHING, followed(weeks), left),
        )

    def _notes(self) -> tuple[str, ...]:
        odd = int((~self.attended & (self.contact_days > 0)).sum())
        notes = [f"{odd} weeks were not attended and have contact days: both taken as written"] if odd else []
        none = int(self.negatives_of_none.sum())
        if none:
            notes.append(f"{none} weeks have a negative result and no test: taken as no result")
        if len(self.who) == 1:
            notes.append("there is one patient: her rank is of nobody else's")
        if not self.tested.any():
            notes.append(
                "no test has a result: estimates rest on attendance alone, and no lapse is estimated"
            )
        return tuple(notes)
