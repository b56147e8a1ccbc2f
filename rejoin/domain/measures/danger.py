"""The Columbia screener, asked by somebody of the staff: its words are not altered, and it gives no number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rejoin.domain.kernel import Word
from rejoin.domain.measures.instrument import ENGLISH, AskedBy, Instrument, Item, options

NOTICE: Final = "© 2008 The Research Foundation for Mental Hygiene, Inc."
SOURCE: Final = "Columbia protocol, screener triage: questions 1 and 2 low, 3 or behavior in a lifetime moderate, 4, 5 or behavior in the past three months high"
_NO_YES: Final = options("No", "Yes")
_ASKED: Final[tuple[tuple[str, str, tuple[str, int] | None], ...]] = (
    ("1", "Have you wished you were dead or wished you could go to sleep and not wake up?", None),
    ("2", "Have you actually had any thoughts of killing yourself?", None),
    ("3", "Have you been thinking about how you might do this?", ("2", 1)),
    ("4", "Have you had these thoughts and had some intention of acting on them?", ("2", 1)),
    (
        "5",
        "Have you started to work out or worked out the details of how to kill yourself? Do you intend to carry out this plan?",
        ("2", 1),
    ),
    (
        "6",
        (
            "Have you ever done anything, started to do anything, or prepared to do anything to end your life? Examples: "
            "Collected pills, obtained a gun, gave away valuables, wrote a will or suicide note, took out pills but didn't "
            "swallow any, held a gun but changed your mind or it was grabbed from your hand, went to the roof but didn't jump; "
            "or actually took pills, tried to shoot yourself, cut yourself, tried to hang yourself, etc."
        ),
        None,
    ),
    ("6a", "Was this within the past three months?", ("6", 1)),
)


class Level(Word):
    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What the screener's own table says of the answers. A clinician judges; nothing follows by itself but her clock."""

    level: Level
    source: str = SOURCE


CSSRS: Final = Instrument(
    key="cssrs",
    version="screener-recent",
    name="C-SSRS screener",
    lead={
        ENGLISH: "Questions 1 to 5: in the past month. Question 6: in a lifetime, and in the past three months."
    },
    items=tuple(
        Item(id=number, asks={ENGLISH: asked}, options=_NO_YES, concern_from=1, only_if=only_if)
        for number, asked, only_if in _ASKED
    ),
    scales=(),
    recall_days=30,
    every_days=28,
    licence="Free for clinical use; the copyright notice stays, and the words are not altered.",
    source="Posner, Brent, Lucas, Gould, Stanley, Brown, Fisher, Zelazny, Burke, Oquendo and Mann",
    notice=NOTICE,
    asked_by=AskedBy.STAFF,
)


def triage(answers: Mapping[str, int]) -> Triage | None:
    """The screener's level; None while a question that is asked has no answer."""
    if any(item.is_asked(answers) and item.id not in answers for item in CSSRS.items):
        return None
    yes = {each for each, value in answers.items() if value and CSSRS.item(each).is_asked(answers)}
    if yes & {"4", "5", "6a"}:
        return Triage(level=Level.HIGH)
    if yes & {"3", "6"}:
        return Triage(level=Level.MODERATE)
    if yes:
        return Triage(level=Level.LOW)
    return Triage(level=Level.NONE)
