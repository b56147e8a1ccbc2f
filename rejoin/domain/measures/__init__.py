"""Measures: what is asked, word for word where that is allowed, how it is scored, and which answer asks for somebody at once."""

from rejoin.domain.measures.danger import Level, Triage, triage
from rejoin.domain.measures.instrument import (
    ENGLISH,
    SPANISH,
    AskedBy,
    Band,
    Change,
    Instrument,
    Item,
    Option,
    Rule,
    Scale,
)
from rejoin.domain.measures.register import INSTRUMENTS, instrument_called
from rejoin.domain.measures.scoring import (
    Answers,
    Score,
    check,
    chosen,
    concerns,
    difference,
    is_reliable,
    left,
    refuse_mixed,
    scores,
)

__all__ = [
    "ENGLISH",
    "INSTRUMENTS",
    "SPANISH",
    "Answers",
    "AskedBy",
    "Band",
    "Change",
    "Instrument",
    "Item",
    "Level",
    "Option",
    "Rule",
    "Scale",
    "Score",
    "Triage",
    "check",
    "chosen",
    "concerns",
    "difference",
    "instrument_called",
    "is_reliable",
    "left",
    "refuse_mixed",
    "scores",
    "triage",
]
