"""Presence in, an outcome out: what became of each seat, in minutes, and how we know."""

from rejoin.domain.attendance.facts import (
    STANDS_FOR,
    AtTheDoor,
    CheckIn,
    DoorEnd,
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
    "STANDS_FOR",
    "AtTheDoor",
    "CheckIn",
    "Credit",
    "DoorEnd",
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
