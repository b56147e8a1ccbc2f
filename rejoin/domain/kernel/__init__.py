"""Small things every part of the domain shares."""

from rejoin.domain.kernel.intervals import Interval, clip, duration, merge, subtract
from rejoin.domain.kernel.reasons import Reason
from rejoin.domain.kernel.refusals import Problem, Refusal

__all__ = ["Interval", "Problem", "Reason", "Refusal", "clip", "duration", "merge", "subtract"]
