"""The words of follow-up."""

from typing import Final

from rejoin.domain.kernel import Word


class CaseState(Word):
    OPEN = "open"
    """The ladder runs."""
    STOPPED = "stopped"
    """She was reached or joined: no more outreach, and the case waits for its end."""
    CLOSED = "closed"


class FinalOutcome(Word):
    """How a case ended. Only the first three and `left_program` come about by themselves, from facts."""

    BACK = "back"
    """She joined a later session."""
    REVERSED = "reversed"
    """It was no miss."""
    LEFT_PROGRAM = "left_program"
    MADE_UP = "made_up"
    TRANSFERRED = "transferred"
    HOSPITALISED = "hospitalised"
    REFUSED = "refused"
    LOST = "lost"
    DIED = "died"
    OTHER = "other"


class Origin(Word):
    """Why a step is on somebody's list."""

    LADDER = "ladder"
    ESCALATION = "escalation"
    """A step was not done by its deadline: the supervisor's clock."""
    UNKNOWN_SEND = "unknown_send"
    """A vendor's answer is lost: somebody has to find out."""
    SEND_FAILED = "send_failed"
    REPLY = "reply"
    DISPOSITION = "disposition"
    PROMISE = "promise"
    """A promised return that was not kept."""
    APOLOGY = "apology"
    MAKE_UP = "make_up"
    """None of the times she was offered works for her."""
    CONCERN = "concern"
    """An answer of hers to a measure asks for somebody at once. A clinician's finding ends it, and nothing else."""


class StepState(Word):
    DUE = "due"
    DONE = "done"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    FAILED = "failed"


class AttemptOutcome(Word):
    CONTACT = "contact"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    MESSAGE_SENT = "message_sent"
    CAREGIVER_REACHED = "caregiver_reached"
    REFUSED = "refused"


class SafetyResult(Word):
    """A clinician's word after an elevated miss. Nothing here is computed."""

    SAFE = "safe"
    SAFETY_PLAN_ACTIVE = "safety_plan_active"
    CRISIS_LINE = "crisis_line"
    MOBILE_CRISIS = "mobile_crisis"
    EMERGENCY_SERVICES = "emergency_services"
    HOSPITALISED = "hospitalised"
    NOT_REACHED = "not_reached"


class CaseTurn(Word):
    """What happened on a case: `CaseEvent.turn`. The first four the engine says too."""

    ELEVATED = "elevated"
    REOPENED = "reopened"
    STOPPED = "stopped"
    CLOSED = "closed"
    GIVEN = "given"
    ATTEMPTED = "attempted"
    PROMISED = "promised"
    DISPOSED = "disposed"
    SAFETY = "safety"
    DISCLOSED = "disclosed"
    SEEN_TO = "seen_to"
    FOUND_OUT = "found_out"
    WROTE = "wrote"
    """The patient did."""
    CONCERN = "concern"
    """An answer of hers to a measure asks for somebody at once."""


class TaskTurn(Word):
    GIVEN = "given"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Decision(Word):
    """What people decide on a review: their word. Nothing follows from it by itself, a discharge least of all."""

    CONTINUE = "continue"
    """As it is; watch on."""
    ASK_BY_PHONE = "ask_by_phone"
    ASK_NEXT_SESSION = "ask_next_session"
    TALK = "talk"
    SEE_SOON = "see_soon"
    CHECK_SAFETY = "check_safety"
    PRESCRIBER = "prescriber"
    BARRIER_VISIT = "barrier_visit"
    CONTRACT = "contract"
    CHANGE_PLAN = "change_plan"
    CHANGE_SCHEDULE = "change_schedule"
    FAMILY_SESSION = "family_session"
    STEP_UP = "step_up"
    STEP_DOWN = "step_down"
    TRANSFER = "transfer"
    DISCHARGE = "discharge"
    """People begin a discharge, with its notice and its right to appeal. The software ends nothing."""
    OTHER = "other"


TO_DO: Final = frozenset(
    {
        *(Decision.ASK_BY_PHONE, Decision.ASK_NEXT_SESSION, Decision.TALK),
        *(Decision.SEE_SOON, Decision.CHECK_SAFETY, Decision.PRESCRIBER),
    }
)
"""Decisions that are nothing until somebody does them by a day."""
LEAVE_THE_PLAN: Final = TO_DO | {Decision.CONTINUE}
"""Decisions by which her plan is what it was."""


class DisclosureBasis(Word):
    """Why somebody could be told without her consent."""

    MEDICAL_EMERGENCY = "medical_emergency"
    """42 CFR 2.51: medical personnel, in a medical emergency."""
    SERIOUS_THREAT = "serious_threat"
    """45 CFR 164.512(j): whoever can prevent a serious and imminent threat. Not where Part 2 binds."""


class NudgeState(Word):
    """What came of a nudge that was asked for by hand."""

    ASKED = "asked"
    QUEUED = "queued"
    NO_CHANNEL = "no_channel"
    """She allows no way in which the ladder's nudge would go, or none is on file: somebody has to call."""
    NOT_NEEDED = "not_needed"
    """She came, the session ended, or another nudge was quicker."""
