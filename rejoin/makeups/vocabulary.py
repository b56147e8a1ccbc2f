"""The words of make-ups."""

from typing import Final

from rejoin.domain.kernel import Word
from rejoin.domain.makeup.ledger import Mode


class Turn(Word):
    """What became of an offer. The first is written with it."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


ANSWERS: Final = (Turn.ACCEPTED, Turn.DECLINED, Turn.EXPIRED)
"""An offer comes to one of these, once; it may be withdrawn before, and after it was accepted."""


class SlotKind(Word):
    """What stands for the missed session."""

    COHORT = "cohort"
    EXTRA = "extra"
    INDIVIDUAL = "individual"


MODES: Final = {
    SlotKind.COHORT: Mode.COHORT,
    SlotKind.EXTRA: Mode.EXTRA,
    SlotKind.INDIVIDUAL: Mode.INDIVIDUAL,
}
"""The policy's word for each."""


class Declined(Word):
    """Why she would rather not: she need not say, and nothing of it counts against her."""

    TIME = "time"
    GROUP = "group"
    RATHER_ONE_TO_ONE = "rather_one_to_one"
    NONE_OF_THESE = "none_of_these"
    OTHER = "other"
    UNSAID = "unsaid"


class Withdrawn(Word):
    """Why an offer, or what was booked by it, no longer stands."""

    SESSION_OFF = "session_off"
    SEAT_NEEDED = "seat_needed"
    SEAT_GONE = "seat_gone"
    ANOTHER_ACCEPTED = "another_accepted"
    NOT_OWED = "not_owed"
    RENEWED = "renewed"
    """She asked again, and has others to choose from."""
    CANNOT_COME = "cannot_come"
    """She cannot come then after all: her debt stays open, and she may have another."""


class WaitTurn(Word):
    """What becomes of waiting for a seat."""

    WAITING = "waiting"
    OFFERED = "offered"
    GONE = "gone"
    """No seat came free before it began."""
    LEFT = "left"
    """She waits no more: she said so, or has another."""


class ExtraTurn(Word):
    """What becomes of a proposal to hold an extra session. A person decides."""

    PROPOSED = "proposed"
    TAKEN_UP = "taken_up"
    SET_ASIDE = "set_aside"


class MoreReason(Word):
    """Why a clinician lets one make-up be more than the caps allow."""

    CLINICAL = "clinical"
    """It passes the program's own caps of make-ups a day and a week, and never the ceiling of hours."""
    LEVEL_OF_CARE = "level_of_care"
    """Another level of care is ordered for her: it passes the ceiling too, which is that of this level."""


class PartOfDay(Word):
    """As her wall clock has it; the words are `domain.makeup.offering.PARTS`."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class WaiverReason(Word):
    """Why somebody lets a debt go."""

    CLINICAL = "clinical"
    PROGRAM_FAULT = "program_fault"
    HOSPITALISED = "hospitalised"
    LEFT_PROGRAM = "left_program"
    OTHER = "other"
