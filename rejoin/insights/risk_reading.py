"""What there is to say of a program's estimates: whether there are percentages yet, and whether they still come true."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from rejoin.common.rows import select

ENOUGH: Final = 50
"""`domain.risk.recalibrating.ENOUGH_PATIENTS`, which asks for much to be loaded; a test holds them to the same."""
RANKS: Final = (
    "Ranks on the worklist are by the last four recorded weeks alone, so that nobody is called later because she has always "
    "missed a lot."
)
FITTING: Final = """
SELECT run.until_on, run.followed, run.calibrated, run.model, looked.fits, looked.fits_because, looked.until_on
  FROM insights_riskrun AS run
  LEFT JOIN LATERAL (SELECT fits, fits_because, until_on FROM insights_riskrun
                      WHERE program_id = run.program_id AND fits <> '' ORDER BY id DESC LIMIT 1) AS looked ON true
 WHERE run.program_id = %s ORDER BY run.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """In sentences; `drifted` where somebody has to see to it."""

    said: tuple[str, ...]
    drifted: bool = False


def fitting_of(program: int) -> Fitting:
    found = select(FITTING, [program])
    if not found:
        return Fitting(said=("Nothing is estimated here yet: the first night is still to come.",))
    until, followed, calibrated, model, fits, because, looked = found[0]
    drifted = calibrated and fits == "drifted"
    said = (
        f"Last estimated up to {_day(until)}, by the model {model}.",
        RANKS,
        _level(followed, calibrated, drifted),
    )
    if not fits:
        return Fitting(
            said=(*said, "Whether estimates come true here is looked at weekly once there are percentages.")
        )
    return Fitting(said=(*said, f"Looked at on {_day(looked)}: {fits}; {because}."), drifted=drifted)


def _level(followed: int, calibrated: bool, drifted: bool) -> str:
    enough = f"{followed} patients of this program were followed for long enough"
    if not calibrated:
        return f"{enough}, and about {ENOUGH} are needed: until then there are ranks alone."
    if drifted:
        return (
            f"{enough}, and earlier estimates have not come true as often as they said: there are ranks alone until a later "
            "look finds them steady. Has the program changed how it records attendance, or whom it takes in?"
        )
    return (
        f"{enough}; they set its level. Beside a rank stands an estimate in 100 with its interval, by a patient's whole record. "
        "It orders nothing: who has it higher may stand further down."
    )


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
