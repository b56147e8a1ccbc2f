"""What messages may say of a program, asked at the door where its name and number come in."""

from typing import Final

from rejoin.domain.kernel import Problem, Refusal
from rejoin.outreach.wording import Letterhead, letterhead_faults

# Each is asked beside one of these, so that the fault is told of the one that has it.
SAFE_NAME: Final = "Our Office"
SAFE_NUMBER: Final = "555-0100"


def letterhead_problems(*, neutral_name: str, call_back: str, file: str, line: int = 1) -> list[Problem]:
    """A line for each of the two that would keep messages from going out; empty where none does."""
    faults = {
        "neutral_name": letterhead_fault(neutral_name, SAFE_NUMBER),
        "call_back": letterhead_fault(SAFE_NAME, call_back),
    }
    if not any(faults.values()):
        faults = {"neutral_name": letterhead_fault(neutral_name, call_back)}
    return [
        Problem(file=file, line=line, field=field, message=f"messages would be refused: {fault}")
        for field, fault in faults.items()
        if fault
    ]


def letterhead_fault(neutral_name: str, call_back: str) -> str:
    """The first thing that would be refused under this letterhead; "" for nothing."""
    try:
        faults = letterhead_faults(Letterhead(organisation=neutral_name, phone=call_back))
    except Refusal as refusal:
        return refusal.message
    return faults[0] if faults else ""
