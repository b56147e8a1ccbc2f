"""Deeds about measures: what patients answer on their own pages where these would offer it now, or to somebody who asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rejoin.common import clock
from rejoin.common.actors import patient_actor, staff_actor
from rejoin.common.rows import select
from rejoin.demo.days import ZONE
from rejoin.demo.deeds import Waits
from rejoin.demo.scores import answers_of, asked_of
from rejoin.demo.stage import Stage
from rejoin.domain.measures import instrument_called
from rejoin.followup.measures import take_measure
from rejoin.followup.models import Review
from rejoin.insights.models import Due
from rejoin.insights.vocabulary import How
from rejoin.portal.present.measures import is_offered

# Numbers of the programs' last night: curves that were fitted, and patients who were ranked.
NIGHT: Final = """
SELECT EXISTS (SELECT FROM insights_progressfit AS made WHERE made.program_id = program.id AND made.parameters IS NOT NULL),
       EXISTS (SELECT FROM insights_riskrun AS run WHERE run.program_id = program.id AND run.ranked > 0)
  FROM programs_program AS program WHERE program.slug = %s
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """Each answers what is open of hers. `by`: somebody of the staff is with her, in a session or on the phone."""

    patients: tuple[str, ...]
    measure: str
    by: str = ""
    how: How = How.PORTAL

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - a deed's shape
        return all(can_answer(latest_due(name, self.measure), self.how) for name in self.patients)

    def do(self, stage: Stage, at: datetime) -> None:
        for name in self.patients:
            due = latest_due(name, self.measure)
            if due is None:
                raise LookupError(f"nothing is due of {name}")
            answer(due, how=self.how, staff=stage.staff(self.by).pk if self.by else None, at=at)


@dataclass(frozen=True, slots=True)
class OpenAgain(Waits):
    """What came with the session they miss is open again, to be answered outside of one."""

    patients: tuple[str, ...]
    measure: str

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - a deed's shape
        dues = [latest_due(name, self.measure) for name in self.patients]
        return all(due is not None and hasattr(due, "reopening") for due in dues)


@dataclass(frozen=True, slots=True)
class Raised(Waits):
    """The engine has asked people to look at somebody's plan."""

    patient: str
    trigger: str

    def is_ready(self, stage: Stage) -> bool:
        reviews = Review.objects.open().filter(patient=stage.patient(self.patient), trigger=self.trigger)
        return reviews.exists()


@dataclass(frozen=True, slots=True)
class Estimated(Waits):
    """The program's night is done: its curves are fitted, and its patients ranked."""

    program: str

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - as above
        return list(select(NIGHT, [self.program])) == [(True, True)]


def latest_due(patient: str, measure: str) -> Due | None:
    """The latest that is open of hers."""
    dues = Due.objects.filter(patient__name=patient, instrument=measure, open=True)
    return dues.select_related("patient", "program", "seat", "reopening").order_by("-due_on", "-pk").first()


def can_answer(due: Due | None, how: How) -> bool:
    """Whether it is open, and her page would offer it now; staff may ask it at any hour."""
    if due is None:
        return False
    at = clock.now()
    until = due.reopening.until_at if hasattr(due, "reopening") else due.until_at
    offered = how is not How.PORTAL or is_offered(
        instrument_called(due.instrument, due.version), due.program, at
    )
    return offered and max(until, due.until_at) > at


def answer(due: Due, *, how: How = How.PORTAL, staff: int | None = None, at: datetime) -> None:
    """As she is that day (`scores`), through the action that her page and the console use."""
    patient = due.patient
    take_measure(
        due=due,
        answers=answers_of(patient.name, asked_of(due.instrument), at.astimezone(ZONE).date()),
        language=patient.language,
        how=how,
        by=patient_actor(patient.pk) if staff is None else staff_actor(staff),
        at=at,
    )
