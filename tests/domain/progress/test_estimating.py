"""What is said of a patient on a day: bands, gaps, what was not seen, verdicts and what would change them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.progress import (
    CODES,
    INSTRUMENTS,
    UNNAMED,
    Estimates,
    Instrument,
    Series,
    Verdict,
    asking_about,
    estimate,
    find_instrument,
    why_unknown,
    yardstick,
)
from rejoin.domain.progress.estimating import USUAL_SPACING
from rejoin.domain.progress.unseen import DELTA_MEAN, DELTA_SD
from rejoin.domain.progress.verdicts import SURE, chances, edges, next_edge, verdicts
from tests.domain.progress.making import PARAMETERS, series

PHQ9 = INSTRUMENTS["phq9"]
PROTECTIVE = INSTRUMENTS["bam_protective"]
EXACT = replace(PARAMETERS, level_var=4.0, noise_var=0.3, curve=(14.0, 14.0))


def found_in(some: Series, instrument: Instrument = PHQ9) -> Estimates:
    return estimate(some, EXACT, instrument, yardstick(some, EXACT, instrument))


def said(found: Estimates) -> list[Verdict]:
    return [CODES[code] for code in found.verdict]


def test_the_band_widens_while_nobody_knows() -> None:
    found = found_in(series([(0, 15.0), (7, 14.0), (14, None), (21, None), (28, None), (90, None)]))
    assert (np.diff(found.sd[1:]) > 0).all()
    assert (np.diff(found.delta_sd[1:]) > 0).all()
    assert found.unmeasured_days.tolist() == [0, 0, 7, 14, 21, 83]


def test_what_was_not_collected_is_taken_to_be_worse_in_the_direction_that_is_worse() -> None:
    some = series([(0, 15.0), (7, None)])
    unit = yardstick(some, EXACT, PHQ9).score_sd
    depressed, protected = found_in(some), found_in(some, PROTECTIVE)
    assert depressed.delta_mean[1] - depressed.mean[1] == pytest.approx(DELTA_MEAN * unit)
    assert protected.delta_mean[1] - protected.mean[1] == pytest.approx(-DELTA_MEAN * unit)
    assert depressed.delta_sd[1] ** 2 - depressed.sd[1] ** 2 == pytest.approx((DELTA_SD * unit) ** 2)
    assert depressed.delta_mean[0] == depressed.mean[0]


def test_a_day_that_is_only_asked_about_counts_as_unseen_little_by_little() -> None:
    measured = series([(0, 15.0), (7, 14.0)])
    weights = [found_in(asking_about(measured, day)[0]).delta_weight[2] for day in (8.0, 10.5, 14.0, 70.0)]
    assert weights == pytest.approx([1 / 7, 0.5, 1.0, 1.0])
    missed = asking_about(series([(0, 15.0), (7, None)]), 8.0)[0]
    assert found_in(missed).delta_weight.tolist() == [0, 1, 1]


def test_asking_about_a_day_that_is_there_adds_nothing_and_a_new_one_keeps_the_share_attended() -> None:
    some = series([(0, 15.0), (7, 14.0)], [(0, 12.0)], attended=0.5)
    made, came = asking_about(some, 7.0)
    assert came.tolist() == [0, 1, 2, -1]
    assert made.attended is not None
    assert made.attended.tolist() == [0.5, 0.5, 0.5, 0.5]
    assert made.due.tolist() == [True, True, True, False]
    before, _ = asking_about(some, -3.0)
    assert before.attended is not None
    assert np.isnan(before.attended[0])


def test_a_great_change_is_told_and_a_gap_makes_it_untold() -> None:
    found = found_in(
        series(
            [(0, 20.0), (7, 8.0)],
            [(0, 8.0), (7, 20.0)],
            [(0, 14.0), (7, 14.0)],
            [(0, 14.0), (7, None), (400, None)],
            [(0, None), (7, None)],
        )
    )
    assert said(found)[1] is Verdict.IMPROVED
    assert said(found)[3] is Verdict.WORSENED
    assert said(found)[5] is Verdict.UNCHANGED
    assert said(found)[8] is Verdict.CANNOT_TELL
    assert said(found)[9:] == [Verdict.CANNOT_TELL, Verdict.CANNOT_TELL]
    assert np.isnan(found.worse_by[9:]).all()


def test_more_points_are_better_where_the_instrument_says_so() -> None:
    found = found_in(series([(0, 8.0), (7, 20.0)]), PROTECTIVE)
    assert said(found)[1] is Verdict.IMPROVED


def test_before_a_second_score_nobody_can_tell() -> None:
    found = found_in(series([(0, None), (7, 14.0), (14, None), (21, 14.0)]))
    assert said(found) == [*[Verdict.CANNOT_TELL] * 3, Verdict.UNCHANGED]


def test_at_its_tipping_point_the_verdict_changes_and_just_short_of_it_does_not() -> None:
    some = series([(0, 24.0), (7, 2.0), (14, None)], [(0, 14.0), (7, 14.0), (14, None)])
    held = yardstick(some, EXACT, PHQ9)
    found = found_in(some)
    assert np.isnan(found.tipping_delta[[0, 1, 3, 4]]).all()
    for row in (2, 5):
        spread = np.sqrt(found.change_var[row] + (DELTA_SD * held.score_sd) ** 2)
        at = [found.worse_by[row] + found.tipping_delta[row] + nudge for nudge in (-1e-6, 1e-3)]
        short, past = verdicts(np.array(at), np.full(2, spread), held.reliable_change)
        assert short == found.verdict[row]
        assert past != found.verdict[row]
        assert found.tipping_delta[row] > DELTA_MEAN * held.score_sd


def test_no_worse_score_turns_what_is_worse_already() -> None:
    found = found_in(series([(0, 2.0), (7, 24.0), (14, None)]))
    assert said(found)[2] is Verdict.WORSENED
    assert np.isnan(found.tipping_delta[2])


@given(st.floats(-40, 40), st.floats(0.01, 30), st.floats(0.5, 20))
def test_a_verdict_is_given_exactly_where_one_outcome_is_sure(
    worse_by: float, sd: float, reliable: float
) -> None:
    change, spread = np.array([worse_by]), np.array([sd])
    chance = chances(change, spread, reliable)[:, 0]
    assert chance.sum() == pytest.approx(1)
    code = int(verdicts(change, spread, reliable)[0])
    if chance.max() > SURE + 1e-3:
        assert code == chance.argmax()
    if chance.max() < SURE - 1e-3:
        assert CODES[code] is Verdict.CANNOT_TELL


def test_edges_stand_in_order_and_far_out_there_is_none_above() -> None:
    inner, outer = edges(np.array([0.5, 9.0]), 6.0)
    assert 0 < inner[0] < 6 < outer[0]
    assert np.isnan(inner[1])
    assert np.isnan(next_edge(np.array([50.0]), np.array([1.0]), 6.0))[0]


def test_a_reliable_change_is_the_published_one_or_comes_from_the_noise() -> None:
    some = series([(0, 15.0), (14, 14.0)], [(0, 15.0)])
    assert yardstick(some, EXACT, PHQ9).reliable_change == 6
    assert yardstick(some, EXACT, UNNAMED).reliable_change == pytest.approx(1.96 * np.sqrt(2 * 0.3))
    assert yardstick(some, EXACT, PHQ9).spacing == 14
    assert yardstick(series([(0, 15.0)]), EXACT, PHQ9).spacing == USUAL_SPACING
    assert yardstick(some.only(np.zeros(3, bool)), EXACT, PHQ9).spacing == USUAL_SPACING


def test_instruments_are_known_by_any_spelling_and_a_total_of_bam_by_none() -> None:
    assert find_instrument("PHQ-9") is PHQ9
    assert find_instrument("bam protective") is PROTECTIVE
    assert find_instrument("bam") is None
    assert "no valid total" in why_unknown("BAM")
    assert "'mood' is not an instrument" in why_unknown("mood")


def test_every_instrument_says_where_its_reliable_change_comes_from() -> None:
    for each in INSTRUMENTS.values():
        assert each.source
        assert each.lowest < each.highest
        assert each.worse in (1, -1)
