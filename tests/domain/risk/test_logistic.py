"""The fit beside scikit-learn's, and its uncertainty beside the bootstrap's."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rejoin.domain.risk import judging, logistic
from rejoin.domain.risk.estimating import BOTH
from rejoin.domain.risk.features import ATTENDANCE, features
from rejoin.domain.risk.judging import auc, brier, expected_over_observed, in_tenths, slope
from rejoin.domain.risk.logistic import fit
from rejoin.domain.risk.recalibrating import recalibrate
from rejoin.domain.risk.targets import losing_contact
from tests.domain.risk.weeks_of import a_site


@pytest.mark.parametrize("names", [ATTENDANCE, BOTH])
@pytest.mark.parametrize("c", [0.1, 10.0])
def test_coefficients_are_those_of_scikit_learn(names: tuple[str, ...], c: float) -> None:
    weeks = a_site()
    target = losing_contact(weeks)
    x, y = features(weeks, names)[target.usable], target.happened[target.usable]
    ours = fit(x, y, weeks.patient[target.usable], names, c=c)
    theirs = LogisticRegression(C=c, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    theirs.fit(ours.design(x)[:, 1:], y)
    assert np.abs(ours.beta - np.append(theirs.intercept_, theirs.coef_)).max() < 1e-6


def test_a_step_that_overshoots_is_halved_and_the_answer_is_still_theirs() -> None:
    dice = np.random.default_rng(2)
    x = dice.standard_normal((400, 2)) * [1.0, 40.0]
    y = x[:, 0] + 0.5 * dice.standard_normal(400) > 2.4
    ours = fit(x, y, np.arange(400), ("a", "b"), c=1e4)
    theirs = LogisticRegression(C=1e4, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    theirs.fit(ours.design(x)[:, 1:], y)
    assert np.abs(ours.beta - np.append(theirs.intercept_, theirs.coef_)).max() < 1e-5


def test_beyond_what_it_was_fitted_on_the_nearest_is_taken() -> None:
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    made = fit(x, np.array([False, True, False, True]), np.arange(4), ("a",))
    assert made.logit(np.array([[99.0]]))[0] == made.logit(np.array([[3.0]]))[0]


def test_uncertainty_is_by_patient_about_as_wide_as_drawing_patients_anew_makes_it() -> None:
    weeks = a_site(patients=200, seed=3)
    target = losing_contact(weeks)
    x, y = features(weeks, ATTENDANCE)[target.usable], target.happened[target.usable]
    whose = weeks.patient[target.usable]
    made = fit(x, y, whose, ATTENDANCE)
    asked = x[:40]
    dice, drawn = np.random.default_rng(0), []
    rows_of = [np.flatnonzero(whose == each) for each in range(weeks.patients)]
    for _ in range(60):
        rows = np.concatenate([rows_of[each] for each in dice.integers(0, weeks.patients, weeks.patients)])
        drawn.append(fit(x[rows], y[rows], whose[rows], ATTENDANCE).logit(asked))
    ratio = np.sqrt(made.variance(asked)) / np.std(drawn, axis=0)
    assert 0.7 < np.median(ratio) < 1.4


def test_how_well_rows_are_told_apart_is_scikit_learns_figure_with_ties() -> None:
    dice = np.random.default_rng(1)
    p = dice.integers(0, 6, 300) / 6
    happened = dice.random(300) < p
    assert auc(p, happened) == pytest.approx(roc_auc_score(happened, p), abs=1e-12)
    assert brier(p, happened) == pytest.approx(np.mean((p - happened) ** 2))


def test_right_estimates_have_a_slope_of_one_and_too_timid_ones_more() -> None:
    dice = np.random.default_rng(1)
    logits = dice.normal(-2, 1.5, 40_000)
    p = 1 / (1 + np.exp(-logits))
    happened = dice.random(40_000) < p
    assert slope(p, happened) == pytest.approx((0, 1), abs=0.06)
    timid = 1 / (1 + np.exp(-logits / 2))
    assert slope(timid, happened)[1] == pytest.approx(2, abs=0.1)


def test_whoever_has_not_settled_after_so_many_steps_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "STEPS", 1)
    monkeypatch.setattr(logistic, "STEPS", 1)
    p, happened = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, True, False, True])
    assert np.isfinite(slope(p, happened)).all()
    assert np.isfinite(fit(p[:, None], happened, np.arange(4), ("a",)).beta).all()


def test_expected_over_observed_is_wider_where_a_patients_weeks_hang_together() -> None:
    p, happened = np.full(400, 0.2), np.arange(400) % 5 == 0
    alone = expected_over_observed(p, happened, np.arange(400))
    together = expected_over_observed(p, np.arange(400) < 80, np.arange(400) // 40)
    assert alone.ratio == together.ratio == pytest.approx(1)
    assert together.low < alone.low < 1 < alone.high < together.high
    nothing = expected_over_observed(p, np.zeros(400, bool), np.arange(400))
    assert (nothing.low, nothing.ratio, nothing.high) == (0.0, np.inf, np.inf)


def test_tenths_leave_nobody_out() -> None:
    p = np.linspace(0, 1, 25)
    assert sum(rows for rows, _, _ in in_tenths(p, p > 0.5)) == 25
    assert len(in_tenths(p[:3], p[:3] > 0.5)) == 3


def test_a_shift_brings_as_many_as_were_seen() -> None:
    dice = np.random.default_rng(5)
    logits = dice.normal(-2, 1, 5_000)
    happened = dice.random(5_000) < 1 / (1 + np.exp(-(logits - 0.8)))
    made = recalibrate(logits, happened, np.arange(5_000) // 10, patients=500)
    assert made.by == pytest.approx(-0.8, abs=3 * made.error)
    assert made.is_enough
    expected = (1 / (1 + np.exp(-(logits + made.by)))).sum()
    assert expected == pytest.approx(happened.sum(), abs=1)


def test_a_site_without_any_event_yet_has_a_finite_shift_and_knows_little() -> None:
    made = recalibrate(np.full(200, -3.0), np.zeros(200, bool), np.arange(200), patients=20)
    assert -6 < made.by < 0
    assert made.error > 0.5
    assert not made.is_enough
