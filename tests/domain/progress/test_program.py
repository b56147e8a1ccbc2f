"""A program as a whole: the mixed model, imputation, delta, the tipping point, and comparisons that are no estimates."""

import tracemalloc

import numpy as np
import pytest

from rejoin.domain.kernel import Refusal
from rejoin.domain.progress import lay_out, program_change
from rejoin.domain.progress.imputing import impute
from rejoin.domain.progress.level import Floats
from rejoin.domain.progress.visits import fit_visits, patterns

CHANCE = 11


def trial(patients: int = 120, *, seed: int = 1, effect: float = -4.0) -> tuple[Floats, np.ndarray, Floats]:
    """Three visits; patients leave after bad scores that were seen."""
    chance = np.random.default_rng(seed)
    arm = np.arange(patients) % 2 == 1
    base = chance.normal(20, 4, patients)
    level = base + chance.normal(0, 3, patients)
    scores = level[:, None] - np.array([2.0, 4.0, 6.0]) + chance.normal(0, 2, (patients, 3))
    scores += effect * arm[:, None] * np.array([0.3, 0.6, 1.0])
    for visit in (1, 2):
        gone = np.isnan(scores[:, visit - 1]) | (
            chance.random(patients) < 1 / (1 + np.exp(2.0 - 0.25 * (scores[:, visit - 1] - 16)))
        )
        scores[gone, visit] = np.nan
    return scores, arm, base


def by_direct_likelihood(scores: Floats, covariates: Floats, covariance: Floats) -> float:
    """The restricted log-likelihood patient by patient, without patterns or EM."""
    visits, width = scores.shape[1], covariates.shape[1]
    told, pulled, total = np.zeros((visits * width,) * 2), np.zeros(visits * width), 0.0
    kept = []
    for y, x in zip(scores, covariates, strict=True):
        seen = np.flatnonzero(~np.isnan(y))
        design = np.kron(np.eye(visits), x)[seen]
        inverse = np.linalg.inv(covariance[np.ix_(seen, seen)])
        told += design.T @ inverse @ design
        pulled += design.T @ inverse @ y[seen]
        total += np.linalg.slogdet(covariance[np.ix_(seen, seen)])[1]
        kept.append((y[seen], design, inverse))
    means = np.linalg.solve(told, pulled)
    for y, design, inverse in kept:
        total += (y - design @ means) @ inverse @ (y - design @ means)
    return float(-0.5 * (total + np.linalg.slogdet(told)[1]))


def test_the_mixed_model_is_at_the_top_of_the_restricted_likelihood() -> None:
    scores, arm, base = trial()
    covariates = lay_out(scores, arm=arm, baseline=base).covariates
    model = fit_visits(scores, covariates)
    top = by_direct_likelihood(scores, covariates, model.covariance)
    chance = np.random.default_rng(2)
    for _ in range(20):
        nudge = chance.normal(0, 0.02, (3, 3))
        other = model.covariance * (1 + nudge + nudge.T)
        assert by_direct_likelihood(scores, covariates, other) < top


def test_with_complete_scores_it_is_plain_least_squares() -> None:
    scores, arm, base = trial()
    there = ~np.isnan(scores).any(axis=1)
    visits = lay_out(scores[there], arm=arm[there], baseline=base[there])
    found = program_change(visits, chance=np.random.default_rng(CHANCE), sets=20)
    assert found.unseen == 0
    assert found.completers_only is not None
    for other in (found.at_random, found.mixed_model, found.with_delta):
        assert other.estimate == pytest.approx(found.completers_only.estimate)
        assert other.se == pytest.approx(found.completers_only.se, rel=1e-6)


def test_the_first_step_does_not_pass_for_the_last() -> None:
    """From a diagonal covariance the means of the first step are those of who was seen to the end."""
    scores, arm, base = trial()
    visits = lay_out(scores, arm=arm, baseline=base)
    found = program_change(visits, chance=np.random.default_rng(CHANCE), sets=20)
    model = fit_visits(scores, visits.covariates)
    assert model.steps > 5
    assert model.effect(1, 2) == (found.mixed_model.estimate, found.mixed_model.se)
    assert found.completers_only is not None
    assert abs(found.mixed_model.estimate - found.completers_only.estimate) > 0.01


def test_imputation_agrees_with_the_mixed_model_and_attendance_may_help() -> None:
    scores, arm, base = trial(400)
    plain = program_change(lay_out(scores, arm=arm, baseline=base), chance=np.random.default_rng(CHANCE))
    assert plain.at_random.estimate == pytest.approx(plain.mixed_model.estimate, abs=0.15)
    assert plain.at_random.se == pytest.approx(plain.mixed_model.se, rel=0.1)
    share = np.random.default_rng(3).random(400)
    with_share = lay_out(scores, arm=arm, baseline=base, attended=share)
    helped = program_change(with_share, chance=np.random.default_rng(CHANCE), sets=50)
    assert helped.mixed_model == plain.mixed_model
    assert helped.at_random.estimate != plain.at_random.estimate
    useless = lay_out(scores, arm=arm, baseline=base, attended=np.ones(400))
    again = program_change(useless, chance=np.random.default_rng(CHANCE))
    assert again.at_random == plain.at_random


def test_attendance_that_drives_who_leaves_corrects_the_mean() -> None:
    chance = np.random.default_rng(4)
    share = chance.random(600)
    scores = 20 - 10 * share[:, None] * np.array([0.2, 1.0]) + chance.normal(0, 2, (600, 2))
    truth = float((scores[:, 1] - scores[:, 0]).mean())
    scores[chance.random(600) > share, 1] = np.nan
    blind = program_change(lay_out(scores), chance=np.random.default_rng(CHANCE), sets=50)
    seeing = program_change(lay_out(scores, attended=share), chance=np.random.default_rng(CHANCE), sets=50)
    assert abs(seeing.at_random.estimate - truth) < 0.4
    assert abs(blind.at_random.estimate - truth) > 0.8


def test_with_delta_the_mean_is_worse_and_the_interval_wider() -> None:
    scores, _, base = trial()
    found = program_change(lay_out(scores, baseline=base), chance=np.random.default_rng(CHANCE))
    gone = found.unseen / len(scores)
    moved = found.with_delta.estimate - found.at_random.estimate
    assert moved == pytest.approx(0.15 * found.delta_unit * gone, rel=0.25)
    assert found.with_delta.se > found.at_random.se
    better = lay_out(-scores, baseline=-base, worse=-1)
    mirrored = program_change(better, chance=np.random.default_rng(CHANCE))
    assert mirrored.with_delta.estimate < mirrored.at_random.estimate


def test_at_the_tipping_point_the_interval_touches_none() -> None:
    scores, arm, base = trial()
    found = program_change(lay_out(scores, arm=arm, baseline=base), chance=np.random.default_rng(CHANCE))
    assert found.at_random.high95 < 0
    assert found.tipping_delta is not None
    share = np.isnan(scores[arm, -1]).mean()
    assert found.tipping_delta * share == pytest.approx(-found.at_random.high95, rel=0.5)


@pytest.mark.parametrize(("effect", "why"), [(0.0, "there is nothing to turn"), (9.0, "it is worse already")])
def test_there_is_no_tipping_point_where(effect: float, why: str) -> None:
    scores, arm, base = trial(effect=effect)
    found = program_change(
        lay_out(scores, arm=arm, baseline=base), chance=np.random.default_rng(CHANCE), sets=30
    )
    assert found.tipping_delta is None, why


def test_no_delta_turns_what_hardly_anybody_left() -> None:
    scores, arm, base = trial(effect=-12.0)
    scores = np.where(np.isnan(scores), np.nanmean(scores, axis=0), scores)
    scores[1, 2] = np.nan
    found = program_change(
        lay_out(scores, arm=arm, baseline=base), chance=np.random.default_rng(CHANCE), sets=30
    )
    assert found.tipping_delta is None


def test_a_mean_change_needs_no_arm_and_no_baseline() -> None:
    scores, _, base = trial()
    since_first = program_change(lay_out(scores), chance=np.random.default_rng(CHANCE), sets=50)
    since_base = program_change(lay_out(scores, baseline=base), chance=np.random.default_rng(CHANCE), sets=50)
    for found in (since_first, since_base):
        assert found.at_random.estimate == pytest.approx(found.mixed_model.estimate, abs=0.3)
        assert found.at_random.se == pytest.approx(found.mixed_model.se, rel=0.25)
    assert since_base.at_random.estimate < since_first.at_random.estimate < 0
    assert since_first.carried_forward is not None


def test_whoever_was_never_measured_counts_and_is_wholly_imputed() -> None:
    scores, arm, base = trial()
    scores[7] = np.nan
    visits = lay_out(scores, arm=arm, baseline=base)
    found = program_change(visits, chance=np.random.default_rng(CHANCE), sets=20)
    assert found.at_random.patients == 120
    assert found.mixed_model.patients == 119
    model = fit_visits(scores, visits.covariates)
    sets = impute(scores, visits.covariates, model, sets=5, chance=np.random.default_rng(1))
    drawn = np.array([each.copy() for each in sets])
    assert np.isfinite(drawn).all()
    assert (drawn[:, ~np.isnan(scores)] == scores[~np.isnan(scores)]).all()
    assert sum(len(each.rows) for each in patterns(scores, visits.covariates)) == 119


def test_imputing_many_times_keeps_no_set_beside_the_next() -> None:
    scores, arm, base = trial()
    visits = lay_out(scores, arm=arm, baseline=base)
    one_set = scores.nbytes
    tracemalloc.start()
    try:
        program_change(visits, chance=np.random.default_rng(CHANCE), sets=400)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 100 * one_set


def test_one_visit_alone_is_an_analysis_of_covariance() -> None:
    scores, arm, base = trial()
    found = program_change(
        lay_out(scores[:, :1], arm=arm, baseline=base), chance=np.random.default_rng(CHANCE), sets=5
    )
    assert found.completers_only is not None
    assert found.mixed_model.estimate == pytest.approx(found.completers_only.estimate)


def test_where_too_few_were_seen_to_the_end_there_is_no_comparison() -> None:
    from rejoin.domain.progress.program import _plain

    scores, arm, base = trial()
    nobody = np.full(len(scores), np.nan)
    assert _plain(lay_out(scores, arm=arm, baseline=base), nobody) is None


def test_too_little_to_tell_is_refused_in_words() -> None:
    scores, arm, base = trial()
    visits = lay_out(scores, arm=arm, baseline=base)
    with pytest.raises(Refusal, match="too few patients for as many visits"):
        fit_visits(scores[:5], visits.covariates[:5])
    lost = scores.copy()
    lost[:, 2] = np.nan
    with pytest.raises(Refusal, match="At visit 3 too few"):
        fit_visits(lost, visits.covariates)
    apart = np.full((20, 2), np.nan)
    apart[:10, 0], apart[10:, 1] = np.arange(10), np.arange(10)
    with pytest.raises(Refusal, match="hardly anybody attended both"):
        fit_visits(apart, np.ones((20, 1)))
    with pytest.raises(Refusal, match="too alike"):
        fit_visits(np.full((20, 2), 5.0), np.ones((20, 1)))
    twice = np.column_stack([scores[:, 0], scores[:, 0]])
    with pytest.raises(Refusal, match="too alike"):
        fit_visits(twice, visits.covariates)
    with pytest.raises(Refusal, match="too alike"):
        fit_visits(np.column_stack([base, base + 1e-9]), visits.covariates)
    with pytest.raises(Refusal, match="no change can be told"):
        program_change(lay_out(scores[:, :1]), chance=np.random.default_rng(CHANCE))


def test_a_covariance_that_hardly_anybody_holds_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def flat(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError

    monkeypatch.setattr("rejoin.domain.progress.program.impute", flat)
    with pytest.raises(Refusal, match="too few patients to impute"):
        program_change(lay_out(trial()[0]), chance=np.random.default_rng(CHANCE))
