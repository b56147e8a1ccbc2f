"""Which measure to ask next, because it would settle the most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from rejoin.domain.kernel import Reason
from rejoin.domain.progress.level import Floats
from rejoin.domain.progress.verdicts import CODES, Verdict, chances, edges, verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one patient by one instrument, today. Points; the worse direction is up."""

    instrument: str
    worse_by: float
    """Change since the first score; NaN where there is no score at all."""
    change_var: float
    level_var: float
    answer_tells: float
    """Covariance of the change with today's level."""
    noise_var: float
    reliable_change: float
    unmeasured_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What one more score by `instrument` would be worth."""

    instrument: str
    verdict_now: Verdict
    settles: float
    """Chance that a verdict that is open today is not open any more, 0..1; 0 where it is not open."""
    bits: float
    """By how much it is expected to lessen what is not known of improved, unchanged and worsened."""
    because: tuple[Reason, ...]


def chance_of_settling(worse_by: Floats, change_var: Floats, learnt_var: Floats, reliable: float) -> Floats:
    """Chance that after one score some verdict is sure. `learnt_var`: the part of `change_var` that the score explains."""
    left = np.sqrt(np.maximum(change_var - learnt_var, 0.0))
    moves = np.sqrt(np.maximum(learnt_var, 1e-18))
    inner, outer = edges(left, reliable)
    none = ndtr((inner - worse_by) / moves) - ndtr((-inner - worse_by) / moves)
    some: Floats = ndtr((-outer - worse_by) / moves) + ndtr((worse_by - outer) / moves)
    certain: Floats = some + np.nan_to_num(none)
    return certain


def ask_next(standings: Sequence[Standing]) -> tuple[Asking, ...]:
    """All of them, the one that settles the most first. Whoever has no score comes first: there is nothing to compare with."""
    found = [_worth(each) for each in standings]
    return tuple(sorted(found, key=lambda each: (-each.settles, -each.bits, each.instrument)))


def _worth(standing: Standing) -> Asking:
    if np.isnan(standing.worse_by):
        text = "There is no score yet: without a first one no change can ever be told."
        return _asking(standing, Verdict.CANNOT_TELL, 1.0, float(np.log2(3)), text)
    worse_by, var = np.array([standing.worse_by]), np.array([standing.change_var])
    learnt = np.minimum(standing.answer_tells**2 / (standing.level_var + standing.noise_var), var)
    verdict = CODES[int(verdicts(worse_by, np.sqrt(var), standing.reliable_change)[0])]
    bits = _bits_saved(standing, float(var[0]), float(learnt[0]))
    if verdict is not Verdict.CANNOT_TELL:
        text = f"It is settled ({verdict.value}); another score would only confirm or wear it down."
        return _asking(standing, verdict, 0.0, bits, text)
    settles = float(chance_of_settling(worse_by, var, learnt, standing.reliable_change)[0])
    text = (
        f"Not measured for {standing.unmeasured_days:g} days, and nobody can tell whether she changed; "
        f"one score would settle that in about {round(100 * settles)} of 100 such cases."
    )
    return _asking(standing, verdict, settles, bits, text)


def _asking(standing: Standing, verdict: Verdict, settles: float, bits: float, text: str) -> Asking:
    return Asking(
        instrument=standing.instrument,
        verdict_now=verdict,
        settles=settles,
        bits=bits,
        because=(Reason(rule="progress.ask_next", text=text),),
    )


def _bits_saved(standing: Standing, var: float, learnt: float) -> float:
    """Expected fall of the entropy of the three outcomes; never below none."""
    at, weights = np.polynomial.hermite_e.hermegauss(21)
    after = standing.worse_by + at * np.sqrt(learnt)
    left = _bits(after, np.full_like(after, np.sqrt(max(var - learnt, 0.0))), standing.reliable_change)
    now = _bits(np.array([standing.worse_by]), np.array([np.sqrt(var)]), standing.reliable_change)
    return max(float(now[0] - (weights @ left) / weights.sum()), 0.0)


def _bits(worse_by: Floats, sd: Floats, reliable: float) -> Floats:
    chance = np.clip(chances(worse_by, sd, reliable), 1e-300, 1.0)
    entropy: Floats = -(chance * np.log2(chance)).sum(axis=0)
    return entropy
