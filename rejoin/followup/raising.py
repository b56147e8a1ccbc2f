"""Steps that no ladder asks for: each on the list of whoever holds its role, as a rung would be."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rejoin.common.bulk import insert_rows
from rejoin.followup.models import Step
from rejoin.followup.owners import Owners
from rejoin.followup.vocabulary import Origin, StepState
from rejoin.programs.vocabulary import Role

COLUMNS = (
    *("case", "patient", "rule", "origin", "actor", "owner", "channels", "to", "raised_at", "due_at"),
    *("deadline", "state", "ended_by", "because"),
)


class OfCase(NamedTuple):
    """A case, and where in it somebody's role is looked up."""

    case_id: int
    patient_id: int
    session_id: int
    program_id: int


class Asked(NamedTuple):
    """Something a person has to see to on a case."""

    of: OfCase
    rule: str
    origin: Origin
    role: Role
    deadline: datetime


def raise_steps(asked: Sequence[Asked], *, at: datetime) -> None:
    """Put them on lists. What stands there already, or stood there, is not put there again."""
    owners = Owners(
        {each.of.patient_id for each in asked},
        {each.of.session_id for each in asked},
        {each.of.program_id for each in asked},
    )
    insert_rows(
        Step,
        COLUMNS,
        [
            (
                *(each.of.case_id, each.of.patient_id, each.rule, each.origin.value, each.role.value),
                owners.of(
                    each.role.value,
                    patient=each.of.patient_id,
                    session=each.of.session_id,
                    program=each.of.program_id,
                ),
                *("{phone,secure_message}", "patient", at, at, each.deadline, StepState.DUE.value, "", "[]"),
            )
            for each in asked
        ],
        then="ON CONFLICT (case_id, rule) DO NOTHING",
    )
