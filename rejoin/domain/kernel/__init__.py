"""Small things every part of the domain shares."""

from rejoin.domain.kernel.clocks import days_later, local_day, local_midnight, wall_clock
from rejoin.domain.kernel.intervals import Interval, clip, duration, merge, subtract
from rejoin.domain.kernel.reasons import Reason
from rejoin.domain.kernel.refusals import Problem, Refusal
from rejoin.domain.kernel.words import Word

__all__ = [
    "Interval",
    "Problem",
    "Reason",
    "Refusal",
    "Word",
    "clip",
    "days_later",
    "duration",
    "local_day",
    "local_midnight",
    "merge",
    "subtract",
    "wall_clock",
]
