"""Which measure to ask next."""

from dataclasses import replace

import numpy as np
import pytest

from rejoin.domain.progress import Standing, Verdict, ask_next, chance_of_settling
from rejoin.domain.progress.verdicts import CODES, verdicts

OPEN = Standing(
    instrument="phq9",
    worse_by=-6.0,
    change_var=16.0,
    level_var=14.0,
    answer_tells=13.0,
    noise_var=3.0,
    reliable_change=6.0,
    unmeasured_days=21,
)


def test_an_open_question_comes_before_one_that_is_settled_and_no_score_before_both() -> None:
    settled = replace(OPEN, instrument="gad7", worse_by=-30.0)
    nothing = replace(OPEN, instrument="pcl5", worse_by=float("nan"))
    first, second, third = ask_next([settled, OPEN, nothing])
    assert [first.instrument, second.instrument, third.instrument] == ["pcl5", "phq9", "gad7"]
    assert third.verdict_now is Verdict.IMPROVED
    assert third.settles == 0
    assert 0 < second.settles < 1
    assert second.bits > third.bits >= 0
    assert "21 days" in second.because[0].text
    assert "no score yet" in first.because[0].text
    assert "settled (improved)" in third.because[0].text


def test_the_chance_of_settling_is_that_of_simulated_answers() -> None:
    chance = np.random.default_rng(9)
    learnt = OPEN.answer_tells**2 / (OPEN.level_var + OPEN.noise_var)
    after = OPEN.worse_by + np.sqrt(learnt) * chance.standard_normal(200_000)
    codes = verdicts(after, np.full(after.shape, np.sqrt(OPEN.change_var - learnt)), OPEN.reliable_change)
    simulated = (codes != CODES.index(Verdict.CANNOT_TELL)).mean()
    assert ask_next([OPEN])[0].settles == pytest.approx(simulated, abs=0.005)


def test_an_answer_that_tells_little_settles_little() -> None:
    vague = replace(OPEN, noise_var=500.0)
    assert ask_next([vague])[0].settles < ask_next([OPEN])[0].settles
    nothing = chance_of_settling(np.array([-6.0]), np.array([16.0]), np.array([0.0]), 6.0)
    assert nothing[0] == pytest.approx(0, abs=1e-9)
