"""The mean level of a group: how sure it is, and that it tells of nobody by herself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.progress import FEWEST, INSTRUMENTS, Z90, Together, grain, mean_level
from rejoin.domain.progress.level import Floats

PHQ9 = INSTRUMENTS["phq9"]
LEVELS = st.lists(
    st.tuples(st.floats(0, 27), st.floats(0.1, 6), st.floats(0, 2)), min_size=FEWEST, max_size=30
)


def level(
    points: Floats, sd: Floats, moved: Floats | float = 0.0, widened: Floats | float = 0.0
) -> Together | None:
    return mean_level(
        mean=points,
        sd=sd,
        delta_mean=points + moved,
        delta_sd=np.sqrt(sd**2 + np.asarray(widened) ** 2),
        instrument=PHQ9,
    )


def test_of_four_nothing_is_told_and_of_five_it_is() -> None:
    assert level(np.full(FEWEST - 1, 12.0), np.ones(FEWEST - 1)) is None
    told = level(np.full(FEWEST, 12.0), np.ones(FEWEST))
    assert told is not None
    assert (told.people, told.mean) == (FEWEST, 12.0)


@given(LEVELS)
def test_bounds_are_those_of_the_mean_of_errors_of_which_the_unseen_part_is_shared(
    hers: list[tuple[float, float, float]],
) -> None:
    points, sd, widened = (np.array(column) for column in zip(*hers, strict=True))
    told = level(points, sd, 1.5 * widened, widened)
    assert told is not None
    weights = np.full(len(points), 1 / len(points))
    apart = np.diag(sd**2)
    for covariance, middle, low, high in (
        (apart, points.mean(), told.low, told.high),
        (
            apart + np.outer(widened, widened),
            (points + 1.5 * widened).mean(),
            told.low_unseen,
            told.high_unseen,
        ),
    ):
        reach = Z90 * np.sqrt(weights @ covariance @ weights)
        assert low <= max(middle - reach, 0.0) + 1e-9
        assert high >= min(middle + reach, 27.0) - 1e-9
        assert high - low <= max(2 * reach + 1.5 * widened.mean(), 2 * reach) + 2 + 1e-9


@given(LEVELS)
def test_all_that_is_told_is_in_whole_grains_in_order_and_within_the_measure(
    hers: list[tuple[float, float, float]],
) -> None:
    points, sd, widened = (np.array(column) for column in zip(*hers, strict=True))
    told = level(points, sd, widened, widened)
    assert told is not None
    said = (told.low_unseen, told.low, told.mean, told.high, told.high_unseen)
    assert sorted(said) == list(said)
    assert all(0 <= each <= 27 and each == round(each) for each in said)


@pytest.mark.parametrize(
    ("highest", "points"), [(6.0, 0.5), (20.0, 0.5), (27.0, 1.0), (80.0, 2.0), (210.0, 10.0), (4000.0, 10.0)]
)
def test_a_grain_is_a_fortieth_of_the_range_or_more(highest: float, points: float) -> None:
    assert grain(replace(PHQ9, lowest=0.0, highest=highest)) == points


def test_two_weeks_with_one_more_member_look_alike_whether_she_is_well_or_ill() -> None:
    """Five people, and a sixth; nothing that is shown differs, and her level does by more than nine points."""
    sd = np.full(5, 2.0)
    looks = []
    for others, newcomer in ((10.45, 4.9), (9.55, 14.9)):
        before = level(np.full(5, others), sd)
        after = level(np.append(np.full(5, others), newcomer), np.append(sd, 2.0))
        assert before is not None
        assert after is not None
        looks.append((before.mean, after.mean))
    assert looks[0] == looks[1]
