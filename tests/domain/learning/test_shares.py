"""Misses of one patient are more alike than those of several: an interval that knows whose they are holds what it says."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from rejoin.domain.learning.shares import (
    ENOUGH_PATIENTS,
    share,
    share_by_patient,
    share_of_patients,
)

REPEATS = 1_000


def programs(patients: int, chance: float, *, alike: float, seed: int) -> Iterator[list[tuple[int, int]]]:
    """Of each patient, how many of her misses were followed by a return: beta-binomial, `alike` the correlation of two of hers."""
    drawn = np.random.default_rng(seed)
    weight = (1 - alike) / alike
    for _ in range(REPEATS):
        missed = drawn.geometric(0.25, patients)
        hers = drawn.beta(chance * weight, (1 - chance) * weight, patients)
        yield list(zip(drawn.binomial(missed, hers).tolist(), missed.tolist(), strict=True))


def covered(patients: int, chance: float, *, alike: float) -> tuple[float, float]:
    """Among those that have an interval: how often it holds the truth, and how often the one for separate misses would."""
    ours, formers = [], []
    for each in programs(patients, chance, alike=alike, seed=patients * 100 + round(chance * 100)):
        shared = share_of_patients(each)
        if shared.bounds is None:
            continue
        former = share(shared.count, shared.of)
        ours.append(shared.bounds[0] <= chance <= shared.bounds[1])
        formers.append(former.low <= chance <= former.high)
    return float(np.mean(ours)), float(np.mean(formers))


@pytest.mark.parametrize("patients", [16, 30, 80])
@pytest.mark.parametrize("chance", [0.15, 0.5, 0.8])
def test_where_patients_differ_the_interval_holds_the_truth_and_the_former_did_not(
    patients: int, chance: float
) -> None:
    ours, former = covered(patients, chance, alike=0.4)
    assert 0.925 <= ours <= 0.985
    assert former < 0.85


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_has_wilsons_interval(counted: tuple[int, int]) -> None:
    made = share(*counted)
    assert (made.low, made.high) == pytest.approx(proportion_confint(*counted, method="wilson"), abs=1e-6)
    assert made.low <= counted[0] / counted[1] <= made.high
    assert f"{counted[0]} of {counted[1]}" in str(made)


def test_of_nobody_there_is_no_share() -> None:
    assert share(0, 0).value is None
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)
    assert str(share(0, 0)) == "nobody yet"


def test_where_each_patient_has_one_miss_the_interval_is_wilsons_by_student() -> None:
    """Then nothing hangs together, and it is that of `share` but for the few there are."""
    shared = share_by_patient((number, number < 12) for number in range(40))
    wilson = proportion_confint(12, 40, alpha=2 * student.sf(2.022691, 39), method="wilson")
    assert (shared.count, shared.of, shared.patients) == (12, 40, 40)
    assert shared.bounds == pytest.approx(wilson, abs=0.01)
    assert shared.bounds is not None
    assert shared.bounds[1] - shared.bounds[0] >= share(12, 40).high - share(12, 40).low


def test_what_is_all_or_nothing_for_each_patient_is_as_unsure_as_of_one_miss_each() -> None:
    once = share_of_patients([(1, 1)] * 8 + [(0, 1)] * 12)
    often = share_of_patients([(9, 9)] * 8 + [(0, 9)] * 12)
    assert often.bounds == pytest.approx(once.bounds, abs=1e-9)
    assert (often.count, often.of, often.patients) == (72, 180, 20)


def test_an_interval_is_never_narrower_than_of_as_many_separate_misses() -> None:
    """Patients who are by chance more alike than chance: their misses count as what they are, and not as more."""
    shared = share_of_patients([(2, 4)] * 30)
    assert shared.bounds is not None
    assert shared.bounds[0] <= share(60, 120).low
    assert shared.bounds[1] >= share(60, 120).high


@pytest.mark.parametrize("came", [0, 3])
def test_where_all_came_or_none_each_patient_counts_once(came: int) -> None:
    shared = share_of_patients([(came, 3)] * 20)
    assert shared.bounds is not None
    assert shared.bounds[1] - shared.bounds[0] > share(20, 20).high - share(20, 20).low


def test_behind_too_few_patients_there_is_no_interval() -> None:
    few = share_of_patients([(1, 3)] * (ENOUGH_PATIENTS - 1))
    assert (few.bounds, few.patients, few.value) == (None, ENOUGH_PATIENTS - 1, 1 / 3)
    assert share_of_patients([(1, 3)] * ENOUGH_PATIENTS).bounds is not None
    # One of whom nearly all are is one patient, whoever stands beside her.
    assert share_of_patients([(40, 60), *[(1, 1)] * 10]).bounds is None
    assert share_of_patients([(0, 0)]).value is None


@given(
    st.lists(st.integers(0, 6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), max_size=40)
)
def test_a_share_lies_in_its_own_interval(of_each: list[tuple[int, int]]) -> None:
    shared = share_of_patients(of_each)
    assert shared.patients == sum(of > 0 for _, of in of_each)
    if shared.bounds is not None and shared.value is not None:
        assert 0 <= shared.bounds[0] <= shared.value <= shared.bounds[1] <= 1
