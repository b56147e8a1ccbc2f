"""What outcomes and places are called on a screen."""

from types import MappingProxyType
from typing import Final

from rejoin.domain.attendance import Status
from rejoin.domain.attendance.now import Where

STATUSES: Final = MappingProxyType(
    {
        Status.ATTENDED: "Attended",
        Status.PARTIAL: "Partial",
        Status.MISSED: "Missed",
        Status.EXCUSED: "Excused",
        Status.NOT_ADMITTED: "Not admitted",
        Status.NOT_ADMISSIBLE: "Out of licence",
        Status.CANCELLED: "Called off",
        Status.UNRECORDED: "Unrecorded",
    }
)
WHERE: Final = MappingProxyType(
    {
        Where.HERE: "Here",
        Where.LEFT: "Left",
        Where.WAITING: "In the waiting room",
        Where.EXPECTED: "Not here yet",
        Where.MISSING: "Missing",
        Where.NOT_ADMITTED: "Came after the door was shut",
        Where.NOT_ADMISSIBLE: "Out of licence: not admitted, still owed a call",
        Where.EXCUSED: "Excused",
        Where.NOT_KNOWN: "Not known: nothing watches this room",
    }
)
TONES: Final = MappingProxyType(
    {
        Where.HERE: "outcome-attended",
        Where.LEFT: "outcome-partial",
        Where.WAITING: "is-amber is-ring",
        Where.EXPECTED: "is-ring",
        Where.MISSING: "outcome-missed",
        Where.NOT_ADMITTED: "outcome-not_admitted",
        Where.NOT_ADMISSIBLE: "outcome-not_admissible",
        Where.EXCUSED: "outcome-excused",
        Where.NOT_KNOWN: "outcome-unrecorded",
    }
)
"""The tag's look; the word says the same."""
KINDS: Final = MappingProxyType(
    {"individual": "Individual session", "family": "Family session", "group": "Group"}
)
MODES: Final = MappingProxyType({"video": "by video", "in_person": "in person", "phone": "by phone"})
NOTICE_REASONS: Final = MappingProxyType(
    {
        "illness": "Illness",
        "work": "Work",
        "caregiving": "Somebody to care for",
        "court": "Court",
        "bereavement": "A death in the family",
        "tech": "Technical trouble",
        "no_data_plan": "No data left",
        "interpreter_failed": "The interpreter did not come",
        "hospitalised": "In hospital",
        "transport": "No way to get there",
        "other": "Something else",
    }
)
"""Reasons of a notice, in the words of the policy document (docs/contracts/policy.schema.json)."""


def session_name(group: str, kind: str) -> str:
    """What a session is called: its group, or what kind it is."""
    return group or KINDS.get(kind, kind)


def in_words(code: str) -> str:
    """A code of the records as words: "no_data_plan" is "no data plan"."""
    return code.replace("_", " ")


def counted(number: int, one: str, many: str) -> str:
    """ "1 seat", "12 seats"."""
    return f"{number} {one if number == 1 else many}"
