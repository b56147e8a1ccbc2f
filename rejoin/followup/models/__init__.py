"""Cases and what people do on them: `cases`, `reviews`, the `team`, and `safety`."""

from rejoin.followup.models.cases import (
    PROMISED_WITHIN,
    Attempt,
    Case,
    CaseEvent,
    Disposition,
    PromisedReturn,
    PromiseOutcome,
    Step,
)
from rejoin.followup.models.nudges import HandNudge
from rejoin.followup.models.reviews import PatientWatch, Review, ReviewEvent
from rejoin.followup.models.safety import EmergencyDisclosure, SafetyRecord
from rejoin.followup.models.team import CaseNote, CaseNoteSeen, HandOff, HandOffRead, Task, TaskEvent

__all__ = [
    "PROMISED_WITHIN",
    "Attempt",
    "Case",
    "CaseEvent",
    "CaseNote",
    "CaseNoteSeen",
    "Disposition",
    "EmergencyDisclosure",
    "HandNudge",
    "HandOff",
    "HandOffRead",
    "PatientWatch",
    "PromiseOutcome",
    "PromisedReturn",
    "Review",
    "ReviewEvent",
    "SafetyRecord",
    "Step",
    "Task",
    "TaskEvent",
]
