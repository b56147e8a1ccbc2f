"""Made-up patient-weeks: one text a patient, one letter a week."""

import numpy as np

from rejoin.domain.risk.weeks import Weeks, followed


def weeks_of(*patients: str) -> Weeks:
    """`.` missed, `c` came, `+` and `-` came and was tested."""
    letters = np.array([letter for each in patients for letter in each])
    patient = np.repeat(np.arange(len(patients)), [len(each) for each in patients])
    week = np.concatenate([np.arange(1, len(each) + 1) for each in patients])
    made = Weeks(
        patient=patient,
        week=week,
        attended=letters != ".",
        contact_days=(letters != ".").astype(np.int64),
        tested=np.isin(letters, ["+", "-"]),
        positive=letters == "+",
        weeks_left=np.zeros(len(week), np.int64),
    )
    return Weeks(**{**{name: getattr(made, name) for name in made.__slots__}, "weeks_left": followed(made)})


def a_site(*, patients: int = 150, weeks: int = 16, seed: int = 0, lost: float = 0.06) -> Weeks:
    """Patients who come and go, each in her own measure, and at times stay away for good."""
    dice = np.random.default_rng(seed)
    return weeks_of(*(_one(dice, weeks, lost) for _ in range(patients)))


def _one(dice: np.random.Generator, weeks: int, lost: float) -> str:
    misses, uses, letters = dice.beta(1, 6), dice.beta(1, 2), ""
    gone = False
    for _ in range(weeks):
        gone = gone or dice.random() < lost * (3 if letters.endswith(".") else 0.7)
        letters += "." if gone or dice.random() < misses else str(dice.choice(["+", "-"], p=[uses, 1 - uses]))
    return letters
