"""The words of programs."""

from rejoin.domain.kernel import Word


class Role(Word):
    """What somebody does in a program. The first seven are the actors a policy names."""

    COFACILITATOR = "cofacilitator"
    COUNSELOR = "counselor"
    THERAPIST = "therapist"
    COORDINATOR = "coordinator"
    OUTREACH_WORKER = "outreach_worker"
    SUPERVISOR = "supervisor"
    CLINICIAN = "clinician"
    FACILITATOR = "facilitator"
    DIRECTOR = "director"
    BILLING = "billing"
    TEAM = "team"
    PRIVACY_OFFICER = "privacy_officer"
    """Looks after who saw what (45 CFR 164.530(a)(1)(i): a privacy official is named)."""


class Kind(Word):
    """What a session is: one group, one patient, or one family."""

    GROUP = "group"
    INDIVIDUAL = "individual"
    FAMILY = "family"


class Ending(Word):
    """Why a place in a program ended. Always said by a person."""

    COMPLETED = "completed"
    DISCHARGED = "discharged"
    TRANSFERRED = "transferred"
    HOSPITALISED = "hospitalised"
    WITHDREW = "withdrew"
    DIED = "died"


class Release(Word):
    """Why a seat was given back before the session."""

    LEFT = "left"
    """Her place in the group does not cover that day."""
    CORRECTED = "corrected"
    """She should never have been expected."""
    RESCHEDULED = "rescheduled"
    REQUESTED = "requested"


RETURNABLE = (Release.LEFT, Release.CORRECTED)
"""Released because of what the records said then: when they say otherwise, she is seated again."""


class GlassReason(Word):
    """Why somebody opens a chart that is not hers to see."""

    DANGER = "danger"
    """The patient may be in danger now."""
    COVERING = "covering"
    """She stands in for a colleague whose patient it is."""
    ASKED = "asked"
    """The patient herself, or somebody she named, asked her to."""
    OTHER = "other"
