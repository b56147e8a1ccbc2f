"""How Harbor's patients are, as far as anybody asks: what is asked, what they answer in six weeks, and what stays unknown.

Every number is invented. One gets better (Anna), one stays as he was (Joel), one gets worse (Faye), one has holes where he
missed the session that a measure came with (Emil), and of one nobody can tell: Dina, who missed a whole week as well. No
answer asks for a clinician.
"""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Final, NamedTuple

from rejoin.domain.measures import Instrument, instrument_called
from rejoin.followup.vocabulary import AttemptOutcome, Decision
from rejoin.insights.vocabulary import How

ASKS: Final = "harbor"
"""The program that asks."""
UNTOLD: Final = "Dina"
"""Of whom nobody can tell."""
FIRST, LAST = date(2026, 8, 24), date(2026, 10, 7)
NOISE: Final = {"phq9": 1.3, "gad7": 0.85, "craving": 0.8}
"""Standard deviation of a single answer about where she is, in points. Invented."""


def _august(day: int) -> date:
    return date(2026, 8, day)


def _september(day: int) -> date:
    return date(2026, 9, day)


def _october(day: int) -> date:
    return date(2026, 10, day)


class Asked(NamedTuple):
    """A measure that the program asks, and since which day."""

    key: str
    version: str
    every_days: int
    since: date

    @property
    def measure(self) -> Instrument:
        return instrument_called(self.key, self.version)

    def is_due(self, day: date) -> bool:
        return day >= self.since and (day - self.since).days % self.every_days == 0


PHQ9: Final = Asked("phq9", "9", 14, _august(24))
GAD7: Final = Asked("gad7", "7", 14, _august(26))
CRAVING: Final = Asked("craving", "plain-1", 7, _august(24))
ASKED: Final = (PHQ9, GAD7, CRAVING)


class Course(NamedTuple):
    """Where somebody was at first, and where she is six weeks later, by each measure."""

    phq9: tuple[int, int]
    gad7: tuple[int, int]
    craving: tuple[int, int]


COURSES: Final[Mapping[str, Course]] = {
    "Lucia": Course((14, 7), (13, 6), (7, 2)),
    "Omar": Course((13, 12), (10, 13), (5, 8)),
    "Tess": Course((16, 20), (13, 17), (6, 9)),
    "Ravi": Course((19, 11), (17, 10), (9, 3)),
    "Anna": Course((20, 4), (16, 4), (8, 1)),
    "Bela": Course((15, 6), (12, 4), (6, 1)),
    "Carl": Course((10, 8), (8, 8), (4, 4)),
    "Dina": Course((18, 12), (13, 10), (5, 7)),
    "Emil": Course((17, 10), (14, 9), (6, 3)),
    "Faye": Course((6, 20), (7, 17), (2, 8)),
    "Jun": Course((12, 16), (9, 13), (4, 7)),
    "Marisol": Course((17, 7), (15, 7), (7, 2)),
    "Kofi": Course((11, 5), (12, 5), (5, 1)),
    "Dev": Course((13, 5), (10, 4), (5, 2)),
    "Gita": Course((14, 17), (12, 15), (5, 7)),
    "Hugo": Course((12, 9), (11, 7), (7, 3)),
    "Iris": Course((9, 3), (9, 3), (3, 0)),
    "Joel": Course((12, 12), (10, 10), (5, 5)),
    "Kira": Course((7, 15), (8, 14), (3, 7)),
    "Liam": Course((12, 4), (9, 3), (5, 1)),
}


class Call(NamedTuple):
    """A call after a missed session: which rung, how many minutes after the start, and what came of it."""

    step: str
    after: int
    outcome: AttemptOutcome


_NOBODY: Final = Call("tech", 24, AttemptOutcome.NO_ANSWER)
_AT_ONCE: Final = (Call("tech", 24, AttemptOutcome.CONTACT),)
_THE_SAME_EVENING: Final = (_NOBODY, Call("call1", 66, AttemptOutcome.CONTACT))
_NEXT_DAY: Final = (
    _NOBODY,
    Call("call1", 66, AttemptOutcome.VOICEMAIL),
    Call("call2", 970, AttemptOutcome.CONTACT),
)
_NOT_REACHED: Final = (
    _NOBODY,
    Call("call1", 66, AttemptOutcome.VOICEMAIL),
    Call("call2", 970, AttemptOutcome.NO_ANSWER),
)
_NOBODY_ANSWERS: Final = (_NOBODY, Call("call1", 66, AttemptOutcome.VOICEMAIL))
CALLED: Final[Mapping[tuple[str, date], tuple[Call, ...]]] = {
    ("Faye", _august(26)): _THE_SAME_EVENING,
    ("Tess", _august(27)): _AT_ONCE,
    ("Omar", _august(31)): _NOT_REACHED,
    ("Jun", _september(2)): _THE_SAME_EVENING,
    ("Carl", _september(3)): _NOT_REACHED,
    ("Emil", _september(7)): _NEXT_DAY,
    ("Kofi", _september(9)): _AT_ONCE,
    ("Joel", _september(10)): _THE_SAME_EVENING,
    ("Liam", _september(14)): _AT_ONCE,
    ("Marisol", _september(14)): _THE_SAME_EVENING,
    ("Iris", _september(17)): _NOT_REACHED,
    (UNTOLD, _september(21)): _NOBODY_ANSWERS,
    (UNTOLD, _september(23)): _NOBODY_ANSWERS,
    (UNTOLD, _september(24)): _NEXT_DAY,
    ("Emil", _september(23)): _THE_SAME_EVENING,
}
"""Who missed which evening of the weeks before, and how it was followed up. A whole week is one person's alone: of the others
estimates know nothing that tells them apart."""
MISSED_IN_THE_WEEKS_BEFORE: Final = frozenset(CALLED)


class Decided(NamedTuple):
    """What people decided on a pattern of absence, and why."""

    decision: Decision
    words: str


DECIDED_ON: Final = date(2026, 9, 25)
DECIDED: Final[Mapping[str, Decided]] = {
    "two-no-call": Decided(Decision.BARRIER_VISIT, "Her shifts were changed; Pete asks her what would help."),
    "three-in-thirty": Decided(
        Decision.CONTINUE, "She was reached, and says that she comes again on Monday."
    ),
}
"""By trigger, of the week that one patient missed."""


class Later(NamedTuple):
    """Answered outside of a session: so many hours after its start."""

    hours: float
    how: How = How.PORTAL


LATER: Final[Mapping[tuple[str, str, date], Later]] = {
    ("Faye", "gad7", _august(26)): Later(3.4),
    ("Liam", "craving", _september(14)): Later(2.9),
    ("Marisol", "craving", _september(14)): Later(3.2),
    ("Emil", "gad7", _september(23)): Later(1.15, How.PHONE),
}
"""Missed with the session, opened again, and answered in time."""
DECLINED: Final = frozenset({("Iris", "gad7", _september(9))})
NOT_ANSWERED: Final = frozenset(
    {
        ("Liam", "phq9", _september(7)),
        ("Omar", "craving", _august(31)),
        ("Emil", "phq9", _september(7)),
        ("Emil", "craving", _september(7)),
        ("Kofi", "gad7", _september(9)),
        (UNTOLD, "phq9", _september(21)),
        (UNTOLD, "craving", _september(21)),
        (UNTOLD, "gad7", _september(23)),
        *((name, key, _october(5)) for name in (UNTOLD, "Emil", "Hugo") for key in ("phq9", "craving")),
    }
)
"""In the weeks before. What came due on the last Monday is still open when the story begins."""


SAID: Final = {(UNTOLD, "phq9", _august(24)): 19, (UNTOLD, "phq9", _september(7)): 13}
"""What she answered before nobody asked her any more: a change that may be one or not."""


def score_of(patient: str, asked: Asked, day: date) -> int:
    """Where she is that day, and what a single answer is off by: the same each time, and within what is not about safety."""
    if (patient, asked.key, day) in SAID:
        return SAID[patient, asked.key, day]
    first, last = COURSES[patient][ASKED.index(asked)]
    share = min((day - FIRST).days / (LAST - FIRST).days, 1.0)
    off = Random(f"{patient}:{asked.key}:{day}").gauss(0, NOISE[asked.key])  # noqa: S311 - a little variety
    highest = sum(_most(asked.measure).values())
    return round(min(max(first + share * (last - first) + off, 0), highest))


def answers_of(patient: str, asked: Asked, day: date) -> dict[str, int]:
    """Her score that day, item by item. Of what asks for a clinician: not at all."""
    most = _most(asked.measure)
    chance = Random(f"{patient}:{asked.key}:{day}:items")  # noqa: S311 - as above
    found = {each.id: 0 for each in asked.measure.items}
    for _ in range(score_of(patient, asked, day)):
        found[chance.choice([item for item, highest in most.items() if found[item] < highest])] += 1
    return found


def is_played(patient: str, key: str) -> bool:
    """Whether it is known here how she is by that measure: whoever watches may ask others, and others of others."""
    return patient in COURSES and any(each.key == key for each in ASKED)


def asked_of(key: str) -> Asked:
    return next(each for each in ASKED if each.key == key)


def _most(measure: Instrument) -> dict[str, int]:
    """By item that is not about safety, its highest answer."""
    return {
        each.id: max(option.value for option in each.options)
        for each in measure.items
        if each.concern_from is None
    }
