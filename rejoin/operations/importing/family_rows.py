"""What a folder says of a patient's age and of her family: births.csv, guardians.csv and closings.csv, row by row.

Each is somebody's dated word. A row without its date is refused, and so is a signature of which nobody says where it stands.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from rejoin.domain.consent import About
from rejoin.people.family_facts import EARLIEST
from rejoin.people.vocabulary import Relation, WhyClosed
from rejoin.sidecar import tables as want
from rejoin.sidecar.tables import Row, Wrong

FAMILY_COLUMNS: Final = {
    "births.csv": "patient_id born_on at",
    "guardians.csv": "patient_id guardian_name contact contact_name purpose granted at until source",
    "closings.csv": "patient_id contact contact_name closes why at",
}
NEEDED: Final = {
    "births.csv": ("patient_id", "born_on", "at"),
    "guardians.csv": (
        *("patient_id", "guardian_name", "contact", "contact_name", "purpose", "granted", "at", "source"),
    ),
    "closings.csv": ("patient_id", "contact", "contact_name", "closes", "why", "at"),
}
LONGEST_CELLS: Final = {
    "births.csv": {"patient_id": 64},
    "guardians.csv": {"patient_id": 64, "guardian_name": 200, "contact_name": 200, "source": 20},
    "closings.csv": {"patient_id": 64, "contact_name": 200},
}


class Around(NamedTuple):
    """Somebody around a patient, as a folder names them."""

    relation: str
    name: str


class BirthRow(NamedTuple):
    line: int
    patient_id: str
    born_on: date | None
    """None: what was written before is wrong, and nobody knows."""
    at: datetime


class SignedRow(NamedTuple):
    line: int
    patient_id: str
    guardian: Around
    """Who signed."""
    contact: Around
    """Who may be told."""
    purpose: str
    granted: bool
    at: datetime
    until_at: datetime | None
    source: str


class ClosingRow(NamedTuple):
    line: int
    patient_id: str
    contact: Around
    closes: bool
    why: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Family:
    """All that a folder says of families."""

    births: list[BirthRow] = field(default_factory=list)
    signed: list[SignedRow] = field(default_factory=list)
    closings: list[ClosingRow] = field(default_factory=list)


class FamilyReading:
    """Goes through the three tables. `known`: patients of the roster; none where it could not be read."""

    def __init__(self, family: Family, known: Collection[str], instant: Callable[[str], datetime]) -> None:
        self.family = family
        self.known = known
        self.instant = instant

    def birth(self, row: Row) -> None:
        patient, at = self._patient(row), row.read("at", self.instant, required=True)
        born_on = row.read("born_on", _a_birth_date)
        if at is not None and (born_on is not None or not row.text("born_on")):
            self.family.births.append(BirthRow(row.line, patient, born_on, at))

    def guardian(self, row: Row) -> None:
        patient, contact = self._patient(row), _contact(row)
        purpose = row.read("purpose", want.one_of([each.value for each in About], "purpose"), required=True)
        granted = row.read("granted", want.a_bool, required=True)
        at, until_at = row.read("at", self.instant, required=True), row.read("until", self.instant)
        if not row.text("source"):
            row.complain("source", "is empty: where is it signed, or who took it down?")
        if until_at is not None and granted is False:
            row.complain("until", "a no has no last day")
        elif until_at is not None and at is not None and until_at <= at:
            row.complain("until", "is not after at")
        if contact and purpose and granted is not None and at is not None:
            guardian = Around(Relation.GUARDIAN.value, row.text("guardian_name"))
            signed = SignedRow(
                row.line, patient, guardian, contact, purpose, granted, at, until_at, row.text("source")
            )
            self.family.signed.append(signed)

    def closing(self, row: Row) -> None:
        patient, contact = self._patient(row), _contact(row)
        closes = row.read("closes", want.a_bool, required=True)
        why = row.read(
            "why", want.one_of([each.value for each in WhyClosed], "reason"), required=bool(closes)
        )
        at = row.read("at", self.instant, required=True)
        if closes is False and row.text("why"):
            row.complain("why", "is for a closing, and this lifts one")
        if contact and closes is not None and at is not None:
            self.family.closings.append(ClosingRow(row.line, patient, contact, closes, why or "", at))

    def _patient(self, row: Row) -> str:
        patient = row.text("patient_id")
        if not patient:
            row.complain("patient_id", "is empty")
        elif self.known and patient not in self.known:
            row.complain("patient_id", f"{patient!r} is not on the roster")
        return patient


def _contact(row: Row) -> Around | None:
    relation = row.read("contact", want.one_of([each.value for each in Relation], "contact"), required=True)
    return Around(relation, row.text("contact_name")) if relation else None


def _a_birth_date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not EARLIEST <= day <= date(want.LATEST, 1, 1):
        raise Wrong("is not a day on which somebody was born, such as 2009-10-05")
    return day
