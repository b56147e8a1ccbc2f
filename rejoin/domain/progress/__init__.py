"""How patients are doing between measurements, how sure that is, and what nobody can tell."""

from rejoin.domain.progress.asking import Asking, Standing, ask_next, chance_of_settling
from rejoin.domain.progress.estimating import Z90, Z95, Estimates, Yardstick, estimate, yardstick
from rejoin.domain.progress.fitting import Fit, assume, fit, log_likelihood
from rejoin.domain.progress.instruments import INSTRUMENTS, UNNAMED, Instrument, find_instrument, why_unknown
from rejoin.domain.progress.level import Parameters, Smoothed, smooth
from rejoin.domain.progress.program import Pooled, ProgramChange, Visits, lay_out, program_change
from rejoin.domain.progress.series import Series, asking_about
from rejoin.domain.progress.together import FEWEST, LEFT_OPEN, Together, grain, mean_level
from rejoin.domain.progress.verdicts import CODES, SURE, Verdict

__all__ = [
    "CODES",
    "FEWEST",
    "INSTRUMENTS",
    "LEFT_OPEN",
    "SURE",
    "UNNAMED",
    "Z90",
    "Z95",
    "Asking",
    "Estimates",
    "Fit",
    "Instrument",
    "Parameters",
    "Pooled",
    "ProgramChange",
    "Series",
    "Smoothed",
    "Standing",
    "Together",
    "Verdict",
    "Visits",
    "Yardstick",
    "ask_next",
    "asking_about",
    "assume",
    "chance_of_settling",
    "estimate",
    "find_instrument",
    "fit",
    "grain",
    "lay_out",
    "log_likelihood",
    "mean_level",
    "program_change",
    "smooth",
    "why_unknown",
    "yardstick",
]
