"""What a screen may say of an estimate. Nobody reads a percentage off a site that has not been recalibrated."""

from rejoin.domain.risk.estimating import Estimates
from rejoin.domain.risk.recalibrating import ENOUGH_PATIENTS

WHAT: str = "chance of losing contact in the next four weeks"
"""Its only name. Attendance says nothing of use: with tests left out, lapses were told apart no better than by a coin."""


def tell(estimates: Estimates, row: int) -> str:
    """One sentence with how unsure it is; a rank alone before the site's own level is known."""
    if not estimates.is_landmark[row]:
        return f"{WHAT}: not known before the second week"
    if not estimates.at_risk[row]:
        return "already out of contact for two recorded weeks or more: a fact, and nothing to estimate"
    if not estimates.is_calibrated:
        return (
            f"{WHAT}: higher than in {estimates.rank_percentile[row]:.0f} of 100 weeks here. "
            f"No percentage before about {ENOUGH_PATIENTS} patients of this program were followed for long enough"
        )
    p, low, high = (_in_100(each[row]) for each in (estimates.p, estimates.low, estimates.high))
    return f"{WHAT}: about {p} in 100, and by what is known between {low} and {high} (90% interval)"


def _in_100(p: float) -> str:
    return "less than 1" if p < 0.01 else "more than 99" if p > 0.99 else f"{100 * p:.0f}"
