"""The mean level of people who are together, on one day: how sure it is, and when it is not told.

A mean of few tells of each of them, so it is told of `FEWEST` or more alone. And two means of nearly the same people tell
of whoever came or left between them: (n + 1) times the one less n times the other is her level. So means are rounded to
a `grain` of a fortieth of the range or more, wherever they are shown, and bounds are laid around the rounded mean: how far
they reach depends on when people were measured and on no score, so they say nothing more of the true one. With everybody
else standing still, two weeks then leave a grain for each one counted twice over, `LEFT_OPEN` at the least: a quarter of the
range and more. More weeks, or knowing the others, can leave less. Both numbers are ours.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from rejoin.domain.progress.estimating import Z90
from rejoin.domain.progress.instruments import Instrument
from rejoin.domain.progress.level import Floats

FEWEST: Final = 5
"""People behind a mean, and measured in its week."""
GRAINS: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Points that people can read a scale by."""
OF_A_RANGE: Final = 40
EXACT: Final = 9
"""Decimals of a grain: what is left over by adding up levels decides no bound."""
LEFT_OPEN: Final = 2 * FEWEST + 1
"""Grains between the lowest and the highest level that one who joined five may have, by two means before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Points, in whole grains. Bounds are of 90%, as far from the rounded mean as holds those of the true one wherever it
    lies in its grain, within what the measure reaches.
    """

    people: int
    mean: float
    low: float
    high: float
    low_unseen: float
    """With what was not seen taken to be worse."""
    high_unseen: float


def grain(instrument: Instrument) -> float:
    """To how many points means are rounded: the first that a fortieth of the range fits into, or the last."""
    wished = (instrument.highest - instrument.lowest) / OF_A_RANGE
    return next((each for each in GRAINS if each >= wished), GRAINS[-1])


def mean_level(
    *, mean: Floats, sd: Floats, delta_mean: Floats, delta_sd: Floats, instrument: Instrument
) -> Together | None:
    """Of one day, an entry a person, as `Estimates` has them; None where they are too few.

    What is not known of one is taken to have nothing to do with what is not known of another, so it averages out: where
    people of a group move together the interval is too narrow. How much worse the unseen is, is one unknown for all of
    them, and averages out for nobody.
    """
    people = len(mean)
    if people < FEWEST:
        return None
    step = grain(instrument)
    by_chance = float(np.sqrt((sd**2).sum())) / people
    widened = float(np.sqrt(np.maximum(delta_sd**2 - sd**2, 0.0)).mean())
    reach, reach_unseen = Z90 * by_chance, Z90 * float(np.hypot(by_chance, widened))
    moved = float((delta_mean - mean).mean())
    middle = round(float(mean.mean()) / step) * step

    def within(points: float) -> float:
        return float(min(max(points, instrument.lowest), instrument.highest))

    def outwards(points: float) -> float:
        return float(np.ceil(round(points / step + 0.5, EXACT)) * step)

    return Together(
        people=people,
        mean=within(middle),
        low=within(middle - outwards(reach)),
        high=within(middle + outwards(reach)),
        low_unseen=within(middle - outwards(max(reach, reach_unseen - moved))),
        high_unseen=within(middle + outwards(max(reach, reach_unseen + moved))),
    )
