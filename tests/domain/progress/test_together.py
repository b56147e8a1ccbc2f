"""The mean level of a group: how sure it is, and that it tells of nobody by herself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.progress import FEWEST, INSTRUMENTS, LEFT_OPEN, Z90, Together, grain, mean_level
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
        assert high - low <= max(2 * reach + 1.5 * widened.mean(), 2 * reach) + 3 + 1e-9


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
    """Five people, and a sixth; nothing that is shown differs, and her level does by ten points."""
    sd = np.full(5, 2.0)
    looks = []
    for others, newcomer in ((10.45, 4.9), (9.55, 14.9)):
        before = level(np.full(5, others), sd, 0.6, 0.6)
        after = level(np.append(np.full(5, others), newcomer), np.append(sd, 2.0), 0.6, 0.6)
        assert before is not None
        looks.append((before, after))
    assert looks[0] == looks[1]


@given(st.floats(3, 24), st.floats(-0.49, 0.49), st.floats(0.1, 6), st.floats(0, 2))
def test_bounds_say_nothing_of_the_true_mean_that_the_rounded_one_does_not(
    points: float, off: float, sd: float, widened: float
) -> None:
    looks = [
        level(np.full(FEWEST, each), np.full(FEWEST, sd), widened, widened)
        for each in (round(points), round(points) + off)
    ]
    assert looks[0] == looks[1]


def test_over_weeks_in_which_nobody_moves_a_newcomer_is_known_as_well_as_is_claimed_and_no_better() -> None:
    """Whoever knows all but the levels tries every mean that would have looked like this, in each week before and after."""
    chance = np.random.default_rng(1)
    for _ in range(12):
        others, hers = chance.uniform(6, 16, FEWEST), chance.uniform(1, 26)
        sd = chance.uniform(1.5, 2.5, FEWEST + 1)
        before = could_be(others, [np.sqrt(sd[:-1] ** 2 + week / 4) for week in range(4)])
        after = could_be(np.append(others, hers), [np.sqrt(sd**2 + week / 4) for week in range(4, 8)])
        lowest = (FEWEST + 1) * after[0] - FEWEST * before[1]
        highest = (FEWEST + 1) * after[1] - FEWEST * before[0]
        assert lowest <= hers <= highest
        assert highest - lowest >= LEFT_OPEN * grain(PHQ9) - 0.01


def could_be(points: Floats, weeks: list[Floats]) -> tuple[float, float]:
    """The lowest and the highest mean with which every week looks as it does."""
    middle = float(points.mean())
    shown = [level(points, sd, 0.05 * sd.mean(), 0.1 * sd) for sd in weeks]

    def looks_so(off: float) -> bool:
        return all(
            level(points + off, sd, 0.05 * sd.mean(), 0.1 * sd) == each
            for sd, each in zip(weeks, shown, strict=True)
        )

    def edge(out: float) -> float:
        inside = 0.0
        while abs(out - inside) > 0.0002:
            between = (inside + out) / 2
            inside, out = (between, out) if looks_so(between) else (inside, between)
        return middle + out

    return edge(-1.5), edge(1.5)
