"""Presence in, an outcome out: what became of each seat, in minutes, and how we know."""

from rejoin.domain.attendance.facts import (
    AtTheDoor,
    CheckIn,
    Flag,
    Held,
    Mark,
    Mode,
    Notice,
    Outcome,
    Presence,
    SeatFacts,
    Session,
    Status,
)
from rejoin.domain.attendance.outcome import decide_outcome
from rejoin.domain.attendance.presence import countable_length
from rejoin.domain.attendance.rules import Credit, EarlyLeave, ExcuseRules, OnCutoff, PresenceRules

__all__ = [
    "AtTheDoor",
    "CheckIn",
    "Credit",
    "EarlyLeave",
    "ExcuseRules",
    "Flag",
    "Held",
    "Mark",
    "Mode",
    "Notice",
    "OnCutoff",
    "Outcome",
    "Presence",
    "PresenceRules",
    "SeatFacts",
    "Session",
    "Status",
    "countable_length",
    "decide_outcome",
]
