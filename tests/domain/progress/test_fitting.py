"""What is estimated from a program's scores, and what is assumed where there are too few."""

import numpy as np
import pytest

from rejoin.domain.progress import INSTRUMENTS, UNNAMED, fit, log_likelihood
from rejoin.domain.progress.fitting import (
    ENOUGH_PATIENTS,
    FITTED,
    HELD_UP,
    LEAST_NOISE,
    NOISE_OF_A_CHANGE,
    ROUNDING,
    least_noise,
)
from tests.domain.progress.making import drawn, series

PHQ9 = INSTRUMENTS["phq9"]


def test_the_numbers_behind_simulated_scores_are_found_again() -> None:
    found = fit(drawn(1_500, seed=4), UNNAMED).parameters
    assert found.clock_power == 1.0
    assert found.intercept_var == pytest.approx(17.0, abs=2.5)
    assert found.level_var == pytest.approx(1 / 7, abs=0.03)
    assert found.noise_var == pytest.approx(4.0, abs=0.3)
    assert found.curve[0] == pytest.approx(15.0, abs=0.5)
    assert found.curve[-1] == pytest.approx(10.1, abs=0.6)


def test_no_other_numbers_are_likelier() -> None:
    from dataclasses import replace

    some = drawn(200, seed=5)
    found = fit(some, UNNAMED)
    assert found.log_likelihood is not None
    assert found.log_likelihood == pytest.approx(log_likelihood(some, found.parameters))
    for name in ("intercept_var", "level_var", "noise_var"):
        for factor in (0.9, 1.1):
            other = replace(found.parameters, **{name: factor * getattr(found.parameters, name)})
            assert log_likelihood(some, other) < found.log_likelihood


def test_noise_is_never_taken_to_be_less_than_scores_of_a_scale_have() -> None:
    chance = np.random.default_rng(4)
    some = []
    for _ in range(40):
        level = chance.normal(6, 2)
        first = float(round(level + chance.normal(0, 1)))
        level += chance.normal(0, 0.66)
        some.append([(0.0, first), (7.0, float(round(level + chance.normal(0, 1))))])
    coarse = fit(series(*some), INSTRUMENTS["audit_c"])
    exact = series(*[[(7.0 * day, 0.01 * day * day + who) for day in range(4)] for who in range(30)])
    fine = fit(exact, UNNAMED)
    for found, scores in ((coarse, series(*some).score), (fine, exact.score)):
        assert found.how == HELD_UP
        assert found.parameters.noise_var == pytest.approx(least_noise(scores))
    assert least_noise(np.array([0.0, 1.0])) == ROUNDING
    assert least_noise(np.array([0.0, 0.5])) == LEAST_NOISE / 16
    assert fit(drawn(200, seed=5), UNNAMED).how == FITTED


def test_attendance_moves_the_mean_where_it_is_known_and_differs() -> None:
    some = drawn(400, seed=6, share=True)
    assert fit(some, UNNAMED).parameters.attended_effect == pytest.approx(-6.0, abs=2.0)
    alike = series(*[[(0.0, float(who)), (7.0, float(who % 7))] for who in range(30)], attended=0.5)
    assert fit(alike, UNNAMED).parameters.attended_effect == 0.0


def test_of_very_many_patients_some_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rejoin.domain.progress.fitting.FITTED_ON", 50)
    assert fit(drawn(100, seed=7), UNNAMED).patients == 50


def test_with_too_few_patients_noise_comes_from_the_published_change() -> None:
    found = fit(series([(0, 20.0), (7, 12.0)]), PHQ9)
    assert found.log_likelihood is None
    assert found.parameters.noise_var == pytest.approx((6 / NOISE_OF_A_CHANGE) ** 2)
    assert found.parameters.curve == (16.0,)
    assert found.how.startswith("assumed")


def test_without_a_score_the_mean_is_the_middle_of_the_instrument() -> None:
    assert fit(series([(0, None)]), PHQ9).parameters.curve == (13.5,)
    unnamed = fit(series([(-3, None)]), UNNAMED)
    assert unnamed.parameters.origin_day == -3
    assert unnamed.parameters.noise_var > 0
    assert fit(series([(0, 9.0)]), INSTRUMENTS["audit_c"]).parameters.noise_var > 0


def test_scores_that_are_all_alike_are_assumed_about_not_fitted() -> None:
    alike = series(*[[(0.0, 9.0), (7.0, 9.0)] for _ in range(ENOUGH_PATIENTS + 5)])
    assert fit(alike, PHQ9).log_likelihood is None


def test_irregular_days_get_knots_apart_from_each_other() -> None:
    chance = np.random.default_rng(8)
    some = series(
        *[
            [(float(day), float(chance.normal(10, 3))) for day in sorted(chance.choice(60, 4, replace=False))]
            for _ in range(60)
        ]
    )
    knots = np.array(fit(some, UNNAMED).parameters.knots)
    assert len(knots) <= 8
    assert (np.diff(knots) >= 0.05 * 59).all()


def test_a_day_on_which_one_answered_late_bends_nobodys_curve() -> None:
    chance = np.random.default_rng(9)
    in_time = [[(day, float(chance.normal(12, 2))) for day in (0.0, 14.0, 28.0)] for _ in range(20)]
    late = [[(0.0, 12.0), (16.0, 27.0), (28.0, 12.0)]]
    some = series(*in_time, *late)
    parameters = fit(some, UNNAMED).parameters
    assert parameters.knots == (0.0, 14.0, 28.0)
    assert np.interp(16, parameters.knots, parameters.curve) < 15


def test_hardly_any_scores_carry_a_flat_curve() -> None:
    from rejoin.domain.progress.fitting import _knots

    assert _knots(np.array([0.0, 3.0, 50.0])).tolist() == [3.0]
    crowded = np.concatenate([np.zeros(10), np.full(10, 1.0), np.full(10, 2.0), np.linspace(3, 100, 5)])
    assert (np.diff(_knots(crowded)) >= 5).all()
