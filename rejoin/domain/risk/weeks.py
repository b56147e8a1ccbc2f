"""Patient-weeks as columns: who came, who was tested, one row a patient and week."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weeks:
    """Rows sorted by patient and week; each patient's weeks are 1, 2, 3 and so on without a gap.

    `patient` numbers patients from 0 in the order in which they came to a site. `tested` says that a result is known
    for the week, `positive` what it was. `weeks_left` is how many weeks were still to follow by the plan.
    """

    patient: Ints
    week: Ints
    attended: Flags
    contact_days: Ints
    tested: Flags
    positive: Flags
    weeks_left: Ints

    @property
    def count(self) -> int:
        return len(self.week)

    @property
    def patients(self) -> int:
        return int(self.patient[-1]) + 1 if self.count else 0

    @property
    def has_tests(self) -> bool:
        return bool(self.tested.any())

    @property
    def first(self) -> Ints:
        """For each row, the row of its patient's first week."""
        return np.arange(self.count) - self.week + 1

    def of(self, rows: Flags) -> "Weeks":
        """These rows alone, patients numbered anew. Whole patients only: half of one has gaps."""
        _, patient = np.unique(self.patient[rows], return_inverse=True)
        return Weeks(
            patient=patient.astype(np.int64),
            week=self.week[rows],
            attended=self.attended[rows],
            contact_days=self.contact_days[rows],
            tested=self.tested[rows],
            positive=self.positive[rows],
            weeks_left=self.weeks_left[rows],
        )


def since_first(weeks: Weeks, of_row: NDArray[Any]) -> Ints:
    """The running sum of `of_row` (counts or flags), beginning anew with each patient."""
    total = np.concatenate([[0], np.cumsum(of_row, dtype=np.int64)])
    found: Ints = total[1:] - total[weeks.first]
    return found


def in_last(weeks: Weeks, of_row: NDArray[Any], span: int) -> Ints:
    """The sum over the last `span` weeks of a patient, this one included; over fewer where she has fewer."""
    total = np.concatenate([[0], np.cumsum(of_row, dtype=np.int64)])
    rows = np.arange(weeks.count)
    found: Ints = total[rows + 1] - total[np.maximum(weeks.first, rows - span + 1)]
    return found


def since_last(weeks: Weeks, happened: Flags) -> Ints:
    """How many weeks ago it last happened, 0 for this week; the number of weeks so far where it never did."""
    rows = np.arange(weeks.count)
    last = np.maximum.accumulate(np.where(happened, rows, -1))
    return np.where(last >= weeks.first, rows - last, weeks.week)


def ahead(weeks: Weeks, of_row: NDArray[Any], span: int) -> Ints:
    """The sum over the `span` weeks after each row; meaningful only where that many rows follow (`followed`)."""
    total = np.concatenate([[0], np.cumsum(of_row, dtype=np.int64)])
    rows = np.arange(weeks.count)
    found: Ints = total[np.minimum(rows + span + 1, weeks.count)] - total[rows + 1]
    return found


def followed(weeks: Weeks) -> Ints:
    """How many rows of the same patient follow each row."""
    rows = np.arange(weeks.count)
    is_last = np.append(weeks.patient[1:] != weeks.patient[:-1], [True])[: weeks.count]
    ends = rows[is_last]
    found: Ints = ends[weeks.patient] - rows
    return found
