"""The words of catching up."""

from rejoin.domain.kernel import Word


class Answered(Word):
    """What a clinician says to the material she has done."""

    SIGNED_OFF = "signed_off"
    GIVEN_BACK = "given_back"
    """It waits for more: a talk, or another look of hers."""


class Wants(Word):
    """What is still wanted where it is given back."""

    TALK = "talk"
    LOOK_AGAIN = "look_again"


class Let(Word):
    """What the team says of a patient and a unit, beside what happened."""

    WAIVED = "waived"
    REPEAT_AGREED = "repeat_agreed"
    """She takes it again, and that is no lag."""
