"""What people do on a case, with the team, for her safety, and about a pattern."""

from rejoin.followup.actions.cases import (
    BY_A_PERSON,
    close_case,
    give_case,
    record_attempt,
    record_disposition,
    record_promise,
    see_to_step,
    settle_unknown,
)
from rejoin.followup.actions.reviews import decide_review
from rejoin.followup.actions.safety import record_disclosure, record_safety_step
from rejoin.followup.actions.team import (
    acknowledge,
    add_task,
    finish_task,
    give_task,
    hand_off,
    read_hand_off,
    say,
)

__all__ = [
    "BY_A_PERSON",
    "acknowledge",
    "add_task",
    "close_case",
    "decide_review",
    "finish_task",
    "give_case",
    "give_task",
    "hand_off",
    "read_hand_off",
    "record_attempt",
    "record_disclosure",
    "record_disposition",
    "record_promise",
    "record_safety_step",
    "say",
    "see_to_step",
    "settle_unknown",
]
