"""The filter and smoother against statsmodels and against the same model as one dense Gaussian process."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.progress import UNNAMED, Parameters, Series, estimate, log_likelihood, yardstick
from rejoin.domain.progress.level import Floats
from rejoin.domain.progress.series import blocks
from tests.domain.progress.making import PARAMETERS, by_gaussian_process, drawn, series

NEAR = 1e-8
scores = st.one_of(st.none(), st.floats(0, 27).map(lambda score: round(score, 3)))
days = st.lists(st.integers(0, 400), min_size=1, max_size=12, unique=True).map(sorted)
patients = st.lists(
    days.flatmap(
        lambda chosen: st.lists(scores, min_size=len(chosen), max_size=len(chosen)).map(
            lambda each: list(zip(map(float, chosen), each, strict=True))
        )
    ),
    min_size=1,
    max_size=6,
)
parameters = st.builds(
    lambda intercept, level, noise, power: replace(
        PARAMETERS, intercept_var=intercept, level_var=level, noise_var=noise, clock_power=power
    ),
    st.floats(0.1, 80),
    st.floats(0, 10),
    st.floats(0.1, 30),
    st.sampled_from([0.5, 1.0]),
)


def estimated(one: Series, given_: Parameters) -> tuple[Floats, Floats, Floats]:
    found = estimate(one, given_, UNNAMED, yardstick(one, given_, UNNAMED))
    return found.mean, found.sd**2, found.change_var


@given(patients, parameters)
def test_the_smoother_is_the_dense_gaussian_process(
    some: list[list[tuple[float, float | None]]], given_: Parameters
) -> None:
    together = series(*some)
    mean, var, change_var = estimated(together, given_)
    for who in range(together.patients):
        rows = together.patient == who
        theirs, covariance = by_gaussian_process(given_, together.only(rows))
        assert np.abs(mean[rows] - theirs).max() < NEAR
        assert np.abs(var[rows] - np.diag(covariance)).max() < NEAR
        seen = np.flatnonzero(~np.isnan(together.score[rows]))
        if len(seen):
            first = seen[0]
            spread = np.diag(covariance) + covariance[first, first] - 2 * covariance[first]
            assert np.abs(change_var[rows] - spread)[first:].max() < NEAR


def test_the_smoother_is_that_of_statsmodels() -> None:
    from tools.validation.progress_speed import smoothed_by_statsmodels

    some = drawn(40, seed=1)
    mean, var, _ = estimated(some, PARAMETERS)
    for who in range(some.patients):
        rows = some.patient == who
        curve = PARAMETERS.mean(some.day[rows])
        theirs, spread = smoothed_by_statsmodels(PARAMETERS, some.day[rows], some.score[rows] - curve)
        assert np.abs(mean[rows] - curve - theirs).max() < NEAR
        assert np.abs(var[rows] - spread).max() < NEAR


def test_the_likelihood_is_that_of_all_scores_at_once() -> None:
    some = drawn(5, seed=2)
    total = 0.0
    for who in range(some.patients):
        one = some.only(some.patient == who)
        seen = ~np.isnan(one.score)
        clock = PARAMETERS.clock(one.day)[seen]
        spread = PARAMETERS.intercept_var + PARAMETERS.level_var * np.minimum.outer(clock, clock)
        spread = spread + PARAMETERS.noise_var * np.eye(len(clock))
        away = (one.score - PARAMETERS.mean(one.day))[seen]
        total -= 0.5 * (
            away @ np.linalg.solve(spread, away)
            + np.linalg.slogdet(spread)[1]
            + len(away) * np.log(2 * np.pi)
        )
    assert log_likelihood(some, PARAMETERS) == pytest.approx(total, abs=NEAR)


@given(patients)
def test_whoever_stands_beside_whom_changes_nothing(some: list[list[tuple[float, float | None]]]) -> None:
    together = series(*some)
    mean, var, _ = estimated(together, PARAMETERS)
    for who in range(together.patients):
        rows = together.patient == who
        alone, spread, _ = estimated(together.only(rows), PARAMETERS)
        np.testing.assert_allclose(mean[rows], alone, atol=1e-10)
        np.testing.assert_allclose(var[rows], spread, atol=1e-10)


def test_without_any_spread_everybody_is_on_the_curve() -> None:
    nothing = replace(PARAMETERS, intercept_var=0.0, level_var=0.0, noise_var=0.0)
    mean, var, _ = estimated(series([(0, 20.0), (28, None)]), nothing)
    assert mean[1] == pytest.approx(10.0 + 3.0, abs=1e-6)  # half of the way: noise and spread are alike
    assert var.max() < 1e-9


def test_a_share_attended_moves_the_mean_and_an_unknown_one_does_not() -> None:
    moved = replace(PARAMETERS, attended_effect=-4.0, attended_mean=0.5)
    day, share = np.array([0.0, 0.0]), np.array([1.0, np.nan])
    assert moved.mean(day, share).tolist() == [12.0, 14.0]


def test_long_series_go_in_blocks_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rejoin.domain.progress.series.TOGETHER", 4)
    some = series([(0, 1.0)], [(float(day), 2.0) for day in range(9)], [(0, 3.0), (1, 4.0)])
    laid = [each.real.sum(axis=0).tolist() for each in blocks(some)]
    assert laid == [[9], [2, 1]]


def test_no_rows_are_no_blocks() -> None:
    none = series([(0, 1.0)]).only(np.array([False]))
    assert list(blocks(none)) == []
    assert none.patients == 0
