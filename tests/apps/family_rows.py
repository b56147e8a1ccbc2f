"""Rows of age, guardians' words and closings: one in each table, and those that their rules refuse."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from rejoin.accounts.models import User
from rejoin.people.family_facts import BirthDate, FamilyClosing, GuardianWord
from rejoin.people.models import Contact, Patient
from rejoin.people.relatives import Relative, Tie
from rejoin.programs.minors import StateConfirmation
from rejoin.programs.models import Program
from tests.apps.scene import START

SAID: Any = {"at": START, "by": "staff:1"}
BEFORE = START - timedelta(days=1)


def an_account() -> User:
    return User.objects.create(email="grace@example.org")


class FamilyRows:
    """Makes them for one patient of one program. What a row is not told, it takes from here."""

    def __init__(self, patient: Patient, program: Program) -> None:
        self.patient, self.program = patient, program

    def contact(self) -> Contact:
        return self.patient.contacts.filter(relation="guardian").first() or self.patient.contacts.create(
            relation="guardian", name="Eli"
        )

    def birth_date(self, **columns: Any) -> BirthDate:
        return BirthDate.objects.create(
            patient=self.patient, **{"born_on": date(2011, 3, 1), **SAID, **columns}
        )

    def word(self, **columns: Any) -> GuardianWord:
        guardian = self.contact()
        given = {"purpose": "attendance", "granted": True, "source": "form", **SAID, **columns}
        return GuardianWord.objects.create(patient=self.patient, guardian=guardian, contact=guardian, **given)

    def closing(self, **columns: Any) -> FamilyClosing:
        given = {"closes": True, "why": "she_asks", **SAID, **columns}
        return FamilyClosing.objects.create(patient=self.patient, contact=self.contact(), **given)

    def relative(self, **columns: Any) -> Relative:
        return Relative.objects.create(**{"timezone": "UTC", **columns})

    def tie(self, **columns: Any) -> Tie:
        given = {"contact": self.contact(), "relative": self.relative(), **SAID, **columns}
        return Tie.objects.create(patient=self.patient, **given)

    def second_tie(self) -> Tie:
        tie = self.tie()
        other = self.patient.contacts.create(relation="supporter", name="Noor")
        return self.tie(contact=other, relative=tie.relative)

    def tie_of_the_same_ref(self) -> Tie:
        other = self.patient.contacts.create(relation="supporter", name="Noor")
        return self.tie(contact=other, ref=self.tie().ref)

    def confirmation(self, **columns: Any) -> StateConfirmation:
        given = {
            "state": "NM",
            "service": "mental_health",
            "checked_on": date(2026, 11, 30),
            "confirmed": True,
            **SAID,
            **columns,
        }
        return StateConfirmation.objects.create(program=self.program, **given)

    def all(self) -> None:
        """One in each table."""
        for make in ROWS.values():
            make(self)


ROWS: dict[str, Callable[[FamilyRows], object]] = {
    "people_birthdate": FamilyRows.birth_date,
    "people_familyclosing": FamilyRows.closing,
    "people_guardianword": FamilyRows.word,
    "people_tie": FamilyRows.tie,
    "programs_stateconfirmation": FamilyRows.confirmation,
}
WRONG: dict[str, Callable[[FamilyRows], object]] = {
    "birth_is_of_this_age": lambda g: g.birth_date(born_on=date(1899, 12, 31)),
    "guardian_word_purpose_is_known": lambda g: g.word(purpose="messages"),
    "guardian_word_expires_after_it_is_given": lambda g: g.word(until_at=BEFORE),
    "family_closing_reason_is_known": lambda g: g.closing(why="x"),
    "family_is_closed_for_a_reason": lambda g: g.closing(why=""),
    "relative_language_is_known": lambda g: g.relative(language="xx"),
    "one_tie_to_a_patient": lambda g: g.second_tie(),
    "people_tie_contact_id_key": lambda g: (g.tie(), g.tie()),
    "people_tie_ref_key": lambda g: g.tie_of_the_same_ref(),
    "people_relative_user_id_key": lambda g: g.relative(user=g.relative(user=an_account()).user),
    "confirmation_service_is_known": lambda g: g.confirmation(service="x"),
    "confirmation_ends_after_it_is_given": lambda g: g.confirmation(until_at=BEFORE),
}
