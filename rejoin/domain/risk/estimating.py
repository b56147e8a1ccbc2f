"""The probability of losing contact with a patient in the next four weeks, with how unsure it is.

The 90% interval holds two things: that the coefficients are not known for certain, and that a site's own level is not.
Before a site has been recalibrated the second is how far apart trials were from each other; afterwards it is the error of
the recalibration. It does not hold that the next patient may be unlike all that were seen.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import expit
from scipy.stats import rankdata

from rejoin.domain.risk.features import ATTENDANCE, TESTS, features, is_tested_often
from rejoin.domain.risk.logistic import Fit, fit
from rejoin.domain.risk.recalibrating import Shift, recalibrate
from rejoin.domain.risk.targets import Target, landmarks, lapse, losing_contact
from rejoin.domain.risk.weeks import Flags, Reals, Weeks

BOTH: Final = (*ATTENDANCE, *TESTS)
NINETY: Final = 1.645
FEWEST: Final = 10
"""Events, and weeks without one, that a model is fitted on at least."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Models:
    """`tested` for weeks of a patient who is tested often, `untested` for the others, `lapse` where it can be asked.

    `away` is for who has been out of contact for two weeks or more: another question, and the others' answer to it is
    far too low. `between_sites`: the standard deviation of a site's own level, on the logit.
    """

    untested: Fit
    tested: Fit | None
    away: Fit | None
    lapse: Fit | None
    between_sites: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """By row of the weeks. Rows before the second week are no landmarks, and hold nothing to be used.

    `lapse` is not a number where no recent negative test allows the question. `shift` is the site's own level, or None;
    `lapse_shift` that of lapses, which has patients of its own to go by.
    """

    is_landmark: Flags
    at_risk: Flags
    p: Reals
    low: Reals
    high: Reals
    rank_percentile: Reals
    lapse: Reals
    lapse_low: Reals
    lapse_high: Reals
    shift: Shift | None
    lapse_shift: Shift | None

    @property
    def is_calibrated(self) -> bool:
        return self.shift is not None and self.shift.is_enough

    @property
    def lapse_is_calibrated(self) -> bool:
        return self.lapse_shift is not None and self.lapse_shift.is_enough


def fit_models(weeks: Weeks, between_sites: float) -> Models | str:
    """The models fitted on these weeks; or in words, why they cannot be."""
    contact = losing_contact(weeks)
    untested = _fitted(weeks, contact, ATTENDANCE)
    if untested is None:
        return (
            f"needs at least {FEWEST} weeks after which contact was lost and {FEWEST} after which it was kept, "
            f"each with four further weeks; there are {int(contact.happened[contact.usable].sum())} and "
            f"{int((~contact.happened)[contact.usable].sum())}"
        )
    tested = _fitted(weeks, contact, BOTH) if weeks.has_tests else None
    away = replace(contact, at_risk=landmarks(weeks) & ~contact.at_risk)
    lapsing = _fitted(weeks, lapse(weeks), BOTH) if weeks.has_tests else None
    return Models(
        untested=untested,
        tested=tested,
        away=_fitted(weeks, away, ATTENDANCE),
        lapse=lapsing,
        between_sites=between_sites,
    )


def _fitted(weeks: Weeks, target: Target, names: tuple[str, ...]) -> Fit | None:
    rows = target.usable
    events = int(target.happened[rows].sum())
    if min(events, int(rows.sum()) - events) < FEWEST:
        return None
    return fit(features(weeks, names)[rows], target.happened[rows], weeks.patient[rows], names)


def estimate(weeks: Weeks, models: Models, *, local: int = 0) -> Estimates:
    """Estimates of every row; with `local`, at the level that the first so many patients of the site show."""
    logits, variance = _contact(weeks, models)
    contact, is_landmark = losing_contact(weeks), landmarks(weeks)
    shift = _shift(weeks, logits, contact, local)
    if shift is not None:
        logits = logits + np.where(contact.at_risk, shift.by, 0.0)
        away = _shift(weeks, logits, replace(contact, at_risk=is_landmark & ~contact.at_risk), local)
        logits = logits + np.where(contact.at_risk, 0.0, away.by if away is not None else 0.0)
    spread = _spread(variance, shift, models)
    lapsing, lapse_spread, lapse_shift = _lapse(weeks, models, local)
    return Estimates(
        is_landmark=is_landmark,
        at_risk=contact.at_risk,
        p=expit(logits),
        low=expit(logits - spread),
        high=expit(logits + spread),
        rank_percentile=_percentiles(logits, is_landmark),
        lapse=expit(lapsing),
        lapse_low=expit(lapsing - lapse_spread),
        lapse_high=expit(lapsing + lapse_spread),
        shift=shift,
        lapse_shift=lapse_shift,
    )


def _contact(weeks: Weeks, models: Models) -> tuple[Reals, Reals]:
    x = features(weeks, ATTENDANCE)
    logits, variance = models.untested.logit(x), models.untested.variance(x)
    if models.tested is not None and weeks.has_tests:
        known = is_tested_often(weeks)
        x = features(weeks, BOTH)[known]
        logits[known], variance[known] = models.tested.logit(x), models.tested.variance(x)
    gone = landmarks(weeks) & ~losing_contact(weeks).at_risk
    if models.away is not None and gone.any():
        x = features(weeks, ATTENDANCE)[gone]
        logits[gone], variance[gone] = models.away.logit(x), models.away.variance(x)
    return logits, variance


def _shift(weeks: Weeks, logits: Reals, target: Target, local: int) -> Shift | None:
    rows = target.usable & (weeks.patient < local)
    if not rows.any():
        return None
    followed = landmarks(weeks) & target.known & (weeks.patient < local)
    return recalibrate(
        logits[rows],
        target.happened[rows],
        weeks.patient[rows],
        patients=len(np.unique(weeks.patient[followed])),
    )


def _spread(variance: Reals, shift: Shift | None, models: Models) -> Reals:
    """Half of the 90% interval, on the logit."""
    level = shift.error if shift is not None and shift.is_enough else models.between_sites
    found: Reals = NINETY * np.sqrt(variance + level**2)
    return found


def _lapse(weeks: Weeks, models: Models, local: int) -> tuple[Reals, Reals, Shift | None]:
    """The logit, not a number where it cannot be asked; half its interval; and what set its level."""
    logits, spread = np.full((2, weeks.count), np.nan)
    target = lapse(weeks)
    asked = target.at_risk
    if models.lapse is None or not asked.any():
        return logits, spread, None
    x = features(weeks, BOTH)
    whole = models.lapse.logit(x)
    shift = _shift(weeks, whole, target, local)
    logits[asked] = whole[asked] + (shift.by if shift is not None else 0.0)
    spread[asked] = _spread(models.lapse.variance(x), shift, models)[asked]
    return logits, spread, shift


def _percentiles(logits: Reals, rows: Flags) -> Reals:
    """Of a row among all landmarks, 0 to 100: 90 means that nine in ten were lower."""
    found = np.full(len(logits), np.nan)
    found[rows] = 100 * (rankdata(logits[rows]) - 0.5) / max(1, int(rows.sum()))
    return found


def without(weeks: Weeks) -> Weeks:
    """The same weeks as if nobody had been tested."""
    nothing = np.zeros(weeks.count, bool)
    return replace(weeks, tested=nothing, positive=nothing)
