"""A share with how unsure it is: of patients who each count once, and of what one patient may stand in many times."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Final

from scipy.stats import t as student

NINETY_FIVE: Final = 1.959964
ENOUGH_PATIENTS: Final = 8
"""Behind fewer than so many, each counted by her weight, there is no interval: how her own misses hang together cannot be told
from so few. With eight and more it holds what it says (tests/domain/learning/test_shares.py). Ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `of`, and the 95% interval by Wilson. Of nobody there is no share, and anything is possible."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    def __str__(self) -> str:
        if not self.of:
            return "nobody yet"
        return f"{self.count} of {self.of} ({100 * self.count / self.of:.0f}%, 95% interval {100 * self.low:.0f} to {100 * self.high:.0f}%)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOut:
    """`count` of `of` misses (or attempts) of so many `patients`, and the 95% interval; None where they are too few for one."""

    count: int
    of: int
    patients: int
    bounds: tuple[float, float] | None

    @property
    def value(self) -> float | None:
        """In words and pictures it stands with its bounds or not at all."""
        return self.count / self.of if self.of else None


def share(count: int, of: int) -> Share:
    """Of patients who each count once. Wilson's interval: sound for few, for none and for all (Wilson 1927)."""
    if not of:
        return Share(count=0, of=0, low=0.0, high=1.0)
    low, high = _wilson(count / of, of)
    return Share(count=count, of=of, low=low, high=high)


def share_by_patient(told: Iterable[tuple[Hashable, bool]]) -> SharedOut:
    """Of misses or attempts, each by whose it is and whether what is counted came of it."""
    each: dict[Hashable, list[int]] = defaultdict(lambda: [0, 0])
    for patient, came_of_it in told:
        each[patient][0] += came_of_it
        each[patient][1] += 1
    return share_of_patients((count, of) for count, of in each.values())


def share_of_patients(of_each: Iterable[tuple[int, int]]) -> SharedOut:
    """Of each patient `count` of `of`, put together: misses of one patient are more alike than those of several.

    The variance is that of a ratio of sums by patient, each left out in turn (the jackknife; Wolter 2007, Introduction to
    Variance Estimation, chapter 4). It says of how many separate misses one would be as unsure, never of more than there are; with
    Student's t for so few patients Wilson's interval is asked of that number (Korn and Graubard 1998, Survey Methodology
    24:193-201; of those compared by Dean and Pagano 2015, J Survey Stat Methodol 3:484-503, one that holds). Where all came or
    none, nothing is seen of how her misses hang together, and each patient counts once. Where one in twenty comes it may hold
    nine times of ten: so few are seen that whose they are says little.
    """
    counted = [(count, of) for count, of in of_each if of]
    total, of = sum(count for count, _ in counted), sum(of for _, of in counted)
    patients = of * of / sum(each * each for _, each in counted) if counted else 0.0
    bounds = None
    if patients >= ENOUGH_PATIENTS:
        narrower = NINETY_FIVE / float(student.ppf(0.975, patients - 1))
        bounds = _wilson(total / of, _separate(counted, total, of, patients) * narrower**2)
    return SharedOut(count=total, of=of, patients=len(counted), bounds=bounds)


def _separate(counted: list[tuple[int, int]], total: int, of: int, patients: float) -> float:
    """Of how many separate misses one would be as unsure. `patients`: as many of equal weight as these come to."""
    p = total / of
    variance = sum(((count - p * each) / (of - each)) ** 2 for count, each in counted)
    variance *= (len(counted) - 1) / len(counted)
    if not 0 < total < of:
        return patients
    return min(float(of), p * (1 - p) / variance) if variance else float(of)


def _wilson(p: float, of: float) -> tuple[float, float]:
    z = NINETY_FIVE
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    # At the ends rounding would leave the observed share a hair outside of its own interval.
    return max(0.0, min(middle - half, p)), min(1.0, max(middle + half, p))
