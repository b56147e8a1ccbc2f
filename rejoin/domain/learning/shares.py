"""A share with how unsure it is."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

NINETY_FIVE: Final = 1.959964


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


def share(count: int, of: int) -> Share:
    """Wilson's interval: sound for few, for none and for all (Wilson 1927)."""
    if not of:
        return Share(count=0, of=0, low=0.0, high=1.0)
    p, z = count / of, NINETY_FIVE
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    # At the ends rounding would leave the observed share a hair outside of its own interval.
    return Share(
        count=count, of=of, low=max(0.0, min(middle - half, p)), high=min(1.0, max(middle + half, p))
    )
