"""Estimates, their intervals, their words, and what may be shown of them."""

from dataclasses import replace

import numpy as np
import pytest

from rejoin.domain.risk.because import because
from rejoin.domain.risk.drift import Fits, look_for_drift
from rejoin.domain.risk.estimating import Models, estimate, fit_models, without
from rejoin.domain.risk.judging import auc, expected_over_observed
from rejoin.domain.risk.targets import losing_contact
from rejoin.domain.risk.telling import tell
from rejoin.domain.risk.weeks import Weeks
from tests.domain.risk.weeks_of import a_site, weeks_of


@pytest.fixture(scope="module")
def models() -> Models:
    made = fit_models(a_site(patients=400), 0.7)
    assert isinstance(made, Models)
    return made


def test_every_landmark_has_an_estimate_inside_its_interval(models: Models) -> None:
    weeks = a_site(patients=60, seed=1)
    made = estimate(weeks, models)
    assert (made.is_landmark == (weeks.week >= 2)).all()
    assert ((made.low < made.p) & (made.p < made.high)).all()
    ranks = made.rank_percentile[made.is_landmark]
    assert ranks.min() > 0
    assert ranks.max() < 100
    assert np.isnan(made.rank_percentile[~made.is_landmark]).all()


def test_estimates_tell_patients_of_another_site_apart(models: Models) -> None:
    weeks = a_site(patients=300, seed=9)
    target = losing_contact(weeks)
    made = estimate(weeks, models)
    assert auc(made.p[target.usable], target.happened[target.usable]) > 0.7


def test_fifty_patients_set_the_level_and_the_interval_narrows(models: Models) -> None:
    elsewhere = a_site(patients=300, seed=4, lost=0.15)
    target = losing_contact(elsewhere)
    rest = target.usable & (elsewhere.patient >= 50)

    def ratio(p: np.ndarray) -> float:
        return expected_over_observed(p[rest], target.happened[rest], elsewhere.patient[rest]).ratio

    before, after = estimate(elsewhere, models), estimate(elsewhere, models, local=50)
    assert ratio(before.p) < 0.7
    assert 0.75 < ratio(after.p) < 1.3
    assert after.is_calibrated
    assert not before.is_calibrated
    assert not estimate(elsewhere, models, local=20).is_calibrated
    assert (after.rank_percentile[rest].argsort() == before.rank_percentile[rest].argsort()).mean() > 0.9
    width = [np.log(each.high[rest] / each.low[rest]).mean() for each in (before, after)]
    assert width[1] < width[0]


def test_without_a_known_outcome_there_is_nothing_to_recalibrate_on(models: Models) -> None:
    assert estimate(weeks_of("cc", "c."), models, local=2).shift is None


def test_only_those_who_were_followed_set_a_level(models: Models) -> None:
    made = estimate(weeks_of(*["c+c-cccc"] * 30, *["cc"] * 30), models, local=60)
    assert made.shift is not None
    assert made.shift.patients == 30


def test_a_lapse_is_estimated_where_a_recent_test_was_negative_and_nowhere_else(models: Models) -> None:
    weeks = weeks_of("c-ccccc", "c+", "cccc", ".-")
    made = estimate(weeks, models)
    asked = [(int(p), int(w)) for p, w in zip(weeks.patient, weeks.week, strict=True)]
    known = [who for who, p in zip(asked, made.lapse, strict=True) if not np.isnan(p)]
    assert known == [(0, 2), (0, 3), (0, 4), (0, 5), (3, 2)]
    there = ~np.isnan(made.lapse)
    assert ((made.lapse_low < made.lapse) & (made.lapse < made.lapse_high))[there].all()
    assert np.isnan(made.lapse_low[~there]).all()
    assert np.isnan(made.lapse_high[~there]).all()
    assert np.isnan(estimate(without(weeks), models).lapse).all()


def test_a_level_that_was_set_by_patients_without_tests_is_none_of_lapses(models: Models) -> None:
    site = a_site(patients=120, seed=8)
    late = site.patient >= 60
    made = estimate(replace(site, tested=site.tested & late, positive=site.positive & late), models, local=60)
    assert made.is_calibrated
    assert not made.lapse_is_calibrated
    assert estimate(site, models, local=120).lapse_is_calibrated


def test_tests_of_others_do_not_change_what_is_estimated_of_who_was_never_tested(models: Models) -> None:
    alone, beside = weeks_of("cc.c", "cccc"), weeks_of("cc.c", "-++-")
    one, other = estimate(alone, models), estimate(beside, models)
    assert one.p[:4].tolist() == other.p[:4].tolist()
    assert one.p[5:].tolist() != other.p[5:].tolist()


def test_one_old_test_does_not_change_what_is_estimated(models: Models) -> None:
    weeks = without(a_site(patients=60, seed=5))
    first = weeks.week == 1
    once = replace(weeks, tested=first & weeks.attended, positive=np.zeros(weeks.count, bool))
    later = weeks.week >= 3
    assert estimate(once, models).p[later] == pytest.approx(estimate(weeks, models).p[later])
    assert [each for each, is_later in zip(because(once, models), later, strict=True) if is_later] == [
        each for each, is_later in zip(because(weeks, models), later, strict=True) if is_later
    ]


def test_attendance_alone_is_enough_to_fit(models: Models) -> None:
    made = fit_models(without(a_site(patients=400)), 0.7)
    assert isinstance(made, Models)
    assert made.tested is None
    assert made.lapse is None
    weeks = a_site(patients=20, seed=2)
    assert len(because(weeks, made)) == weeks.count
    assert np.isfinite(estimate(weeks, made).p).all()


def test_too_few_events_are_refused_in_words() -> None:
    told = fit_models(weeks_of("cccccccc", "cc......"), 0.7)
    assert isinstance(told, str)
    assert told.endswith("there are 2 and 3")


def test_where_nobody_ever_stayed_away_for_two_weeks_there_is_no_model_of_it(models: Models) -> None:
    weeks = weeks_of("c.....", "cccccc")
    lacking = Models(
        untested=models.untested, tested=None, away=None, lapse=None, between_sites=models.between_sites
    )
    assert np.isfinite(estimate(weeks, lacking).p).all()
    assert np.isnan(estimate(weeks, lacking).lapse).all()


def test_reasons_are_words_about_what_she_did(models: Models) -> None:
    weeks = weeks_of("c+ccc...", "cccccccc", "c+-+-+-+", ".c")
    told = because(weeks, models)
    assert "missed the last recorded week" in told[5]
    assert told[6] == "already out of contact for the last two recorded weeks"
    assert told[7] == "already out of contact for the last three recorded weeks"
    assert "missed none of the last four recorded weeks" in told[15]
    assert not [each for each in told if "week" in each.replace("recorded week", "")]
    assert all("relapse" not in each and "_" not in each for each in told)


def test_a_typical_patient_needs_no_reasons() -> None:
    weeks = weeks_of("cc", "cc")
    made = fit_models(a_site(patients=400), 0.7)
    assert isinstance(made, Models)
    made.untested.beta[1:] = 0
    made.tested.beta[1:] = 0  # type: ignore[union-attr]
    assert because(weeks, made)[1] == "much like a typical patient"


def test_no_percentage_is_told_before_the_level_of_the_site_is_known(models: Models) -> None:
    weeks = a_site(patients=80, seed=6)
    row = int(np.flatnonzero(losing_contact(weeks).at_risk)[0])
    early, late = estimate(weeks, models), estimate(weeks, models, local=60)
    assert "No percentage before about 50 patients" in tell(early, row)
    assert " in 100, and by what is known between " in tell(late, row)
    assert "not known before" in tell(late, 0)
    away = int(np.flatnonzero(late.is_landmark & ~late.at_risk)[0])
    assert "already out of contact" in tell(late, away)


@pytest.mark.parametrize(
    ("p", "told"), [(0.001, "less than 1"), (0.999, "more than 99"), (0.12, "about 12 in")]
)
def test_no_estimate_is_told_as_certain(models: Models, p: float, told: str) -> None:
    weeks = a_site(patients=80, seed=6)
    made = estimate(weeks, models, local=60)
    row = int(np.flatnonzero(made.at_risk)[0])
    made.p[row] = p
    assert told in tell(made, row)


class TestDrift:
    @staticmethod
    def seen(*truths: float, rows: int = 2_000, expected: float = 0.1) -> tuple[Fits, str]:
        dice = np.random.default_rng(0)
        period = np.repeat(np.arange(len(truths)), rows)
        happened = dice.random(len(period)) < np.repeat(truths, rows)
        found = look_for_drift(np.full(len(period), expected), happened, np.arange(len(period)) // 4, period)
        assert len(found.periods) == len(truths)
        return found.verdict, found.because

    def test_right_estimates_are_steady(self) -> None:
        assert self.seen(0.1, 0.1, 0.1)[0] is Fits.STEADY
        assert self.seen(0.1)[0] is Fits.STEADY

    def test_half_or_twice_as_many_are_a_drift_with_its_figures(self) -> None:
        for truth in (0.05, 0.2):
            verdict, told = self.seen(0.1, truth)
            assert verdict is Fits.DRIFTED
            assert "were expected and" in told

    def test_two_periods_that_lean_the_same_way_are_one_too(self) -> None:
        verdict, told = self.seen(0.115, 0.115, rows=20_000)
        assert verdict is Fits.DRIFTED
        assert told.startswith("two periods in a row")
        assert self.seen(0.1, 0.115, rows=20_000)[0] is Fits.STEADY

    def test_a_handful_of_events_says_nothing(self) -> None:
        assert self.seen(0.0, 0.1, rows=40)[0] is Fits.CANNOT_TELL
        nothing = np.empty(0)
        empty = look_for_drift(nothing, nothing.astype(bool), nothing.astype(int), nothing.astype(int))
        assert empty.verdict is Fits.CANNOT_TELL


def test_a_weeks_object_without_rows_has_no_patients() -> None:
    weeks: Weeks = weeks_of("c").of(np.array([False]))
    assert weeks.patients == 0
    assert not weeks.has_tests
