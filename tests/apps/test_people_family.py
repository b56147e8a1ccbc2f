"""What may be told to somebody around a minor, at the next page and at the next send: as somebody knows, and else nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rejoin.attendance.actions import record_whereabouts
from rejoin.common.actors import COMMAND, ENGINE, patient_actor, staff_actor
from rejoin.domain.consent import About, Service
from rejoin.domain.kernel import Refusal
from rejoin.domain.policy.document import Recipient
from rejoin.domain.policy.ladder import may_use
from rejoin.people import actions as people
from rejoin.people.consents import consents_of
from rejoin.people.family import told_about
from rejoin.people.models import Contact, Patient
from rejoin.people.vocabulary import AgeBand, Purpose, Relation, WhyClosed
from rejoin.programs.actions import enrol
from rejoin.programs.minors import LOOK_AGAIN, confirm_state, rule_of, withdraw_state
from rejoin.programs.models import Program
from tests.apps.town import DAY, HOUR, NOW, WHO, a_patient, a_program

pytestmark = pytest.mark.django_db
EVERYTHING = frozenset(About)
SIXTEEN, EIGHT, THIRTY = date(2010, 3, 1), date(2018, 3, 1), date(1996, 3, 1)


class Home:
    """ada, who lives in New Mexico, her mother, and a program in which she has a place."""

    def __init__(self, *, born_on: date | None = SIXTEEN, state: str = "NM") -> None:
        self.program: Program = a_program()
        self.ada: Patient = a_patient()
        if state:
            people.change_patient(patient=self.ada, state=state, **WHO)
        enrol(patient=self.ada, program=self.program, from_on=date(2026, 9, 1), **WHO)
        if born_on is not None:
            people.record_birth_date(patient=self.ada, born_on=born_on, **WHO)
        self.mother = self.around(Relation.GUARDIAN)

    def around(self, relation: Relation) -> Contact:
        return people.add_contact(patient=self.ada, relation=relation, name="Grace", **WHO)

    def says(
        self, granted: bool = True, *, at: datetime = NOW, to: Contact | None = None, **more: Any
    ) -> None:
        for channel in ("portal", "phone"):
            people.record_consent(
                patient=self.ada,
                contact=to or self.mother,
                channel=channel,
                purpose=Purpose.ATTENDANCE,
                granted=granted,
                by=COMMAND,
                at=at,
                **more,
            )

    def signs(
        self, granted: bool = True, *, at: datetime = NOW, to: Contact | None = None, **more: Any
    ) -> None:
        people.record_guardian_word(
            guardian=self.mother,
            contact=to or self.mother,
            about=About.ATTENDANCE,
            granted=granted,
            by=COMMAND,
            at=at,
            **more,
        )

    def sees(self, at: datetime = NOW + HOUR, *, who: Contact | None = None) -> bool:
        """On a page of her own."""
        told = told_about(patient_id=self.ada.pk, contact_id=(who or self.mother).pk, now=at)
        return all(About.ATTENDANCE in each.about for each in told)

    def is_called(self, at: datetime = NOW + HOUR, *, to: Recipient = Recipient.GUARDIAN) -> bool:
        """As the ladder asks before a step."""
        return may_use("phone", to=to, consents=consents_of([self.ada.pk], at).get(self.ada.pk, ()))

    def both(self, at: datetime = NOW + HOUR) -> tuple[bool, bool]:
        return self.sees(at), self.is_called(at)


OPEN, CLOSED = (True, True), (False, False)


def confirm(program: Program, at: datetime = NOW) -> None:
    for service in Service:
        edition = rule_of("NM", service).checked_on
        confirm_state(program=program, state="NM", service=service, edition=edition, by=COMMAND, at=at)


def test_a_minors_word_alone_or_her_guardians_alone_opens_nothing_and_both_do() -> None:
    home = Home()
    assert home.both() == CLOSED
    home.says()
    assert home.both() == CLOSED
    home.signs(at=NOW + HOUR)
    assert home.both(NOW + 2 * HOUR) == OPEN
    assert home.both(NOW + timedelta(minutes=30)) == CLOSED


def test_a_guardian_who_alone_has_signed_is_not_called() -> None:
    home = Home(born_on=EIGHT)
    home.signs()
    assert home.both() == CLOSED


@pytest.mark.parametrize("known", [{"born_on": None}, {"state": ""}])
def test_where_her_age_or_her_state_is_not_known_both_have_to_sign(known: dict[str, Any]) -> None:
    home = Home(**known)
    confirm(home.program)
    home.says()
    assert home.both() == CLOSED
    home.signs()
    assert home.both() == OPEN


def test_an_entry_opens_only_once_the_program_has_confirmed_it_for_both_kinds_of_care() -> None:
    home = Home()
    home.says()
    service = Service.MENTAL_HEALTH
    edition = rule_of("NM", service).checked_on
    confirm_state(program=home.program, state="NM", service=service, edition=edition, **WHO)
    assert home.both() == CLOSED
    confirm(home.program, NOW + HOUR)
    assert home.both(NOW + 2 * HOUR) == OPEN


def test_an_entry_that_is_taken_back_or_to_be_looked_at_again_closes() -> None:
    home = Home()
    home.says()
    confirm(home.program)
    assert home.both() == OPEN
    assert home.both(NOW + LOOK_AGAIN) == CLOSED
    withdraw_state(
        program=home.program, state="NM", service=Service.SUBSTANCE_USE, by=COMMAND, at=NOW + 2 * HOUR
    )
    assert home.both(NOW + 3 * HOUR) == CLOSED


def test_every_program_of_hers_has_to_have_confirmed_it() -> None:
    home = Home()
    home.says()
    confirm(home.program)
    enrol(patient=home.ada, program=a_program("morning"), from_on=date(2026, 9, 1), **WHO)
    assert home.both() == CLOSED


def test_a_day_in_another_state_closes_for_that_day() -> None:
    home = Home()
    home.says()
    confirm(home.program)
    record_whereabouts(patient=home.ada, state="TX", place="Elm Street 1", by=COMMAND, at=NOW)
    assert home.both() == CLOSED
    assert home.both(NOW + DAY) == OPEN


@pytest.mark.parametrize("whose", ["hers", "her guardian's"])
def test_a_word_taken_back_closes_at_the_next_page_and_the_next_send(whose: str) -> None:
    home = Home()
    home.says()
    home.signs()
    assert home.both() == OPEN
    (home.says if whose == "hers" else home.signs)(granted=False, at=NOW + 2 * HOUR)
    assert home.both(NOW + 2 * HOUR) == CLOSED


@pytest.mark.parametrize("whose", ["hers", "her guardian's"])
def test_a_word_that_runs_out_closes_by_itself(whose: str) -> None:
    home = Home()
    (home.says if whose == "hers" else home.signs)(until_at=NOW + DAY)
    (home.signs if whose == "hers" else home.says)()
    assert home.both() == OPEN
    assert home.both(NOW + DAY) == CLOSED


def test_on_her_birthday_her_own_word_is_enough_and_her_guardians_no_still_closes() -> None:
    home = Home(born_on=date(2008, 10, 7))
    home.says()
    midnight = datetime(2026, 10, 7, 4, 0, tzinfo=UTC)
    assert home.both(midnight - timedelta(seconds=1)) == CLOSED
    assert home.both(midnight) == OPEN
    home.signs(granted=False, at=midnight)
    assert home.both(midnight) == CLOSED


def test_a_guardian_who_saw_by_her_own_signature_alone_sees_nothing_from_the_day_the_minor_decides() -> None:
    """Without Part 2: up to that age a guardian decides, and from it on the minor."""
    home = Home(born_on=date(2012, 10, 7))
    Program.objects.update(part2=False)
    confirm(home.program)
    home.signs()
    assert home.sees()
    assert not home.sees(datetime(2026, 10, 7, 4, 0, tzinfo=UTC))


def test_a_closing_closes_whatever_is_signed_until_it_is_lifted() -> None:
    home = Home()
    home.says()
    home.signs()
    people.close_to_family(contact=home.mother, why=WhyClosed.ENDANGERS, by=COMMAND, at=NOW + 2 * HOUR)
    assert home.both(NOW + 2 * HOUR) == CLOSED
    people.open_to_family(contact=home.mother, by=COMMAND, at=NOW + 3 * HOUR)
    assert home.both(NOW + 3 * HOUR) == OPEN


def test_whoever_is_no_longer_around_her_sees_nothing_even_by_the_guardians_word_alone() -> None:
    home = Home(born_on=EIGHT)
    Program.objects.update(part2=False)
    confirm(home.program)
    home.signs()
    assert home.sees()
    people.retire_contact(contact=home.mother, by=COMMAND, at=NOW + 2 * HOUR)
    assert not home.sees(NOW + 2 * HOUR)


def test_what_a_guardian_signed_who_is_gone_does_not_open_to_another() -> None:
    home = Home()
    aunt = home.around(Relation.SUPPORTER)
    home.says(to=aunt)
    home.signs(to=aunt)
    assert home.sees(who=aunt)
    people.retire_contact(contact=home.mother, by=COMMAND, at=NOW + 2 * HOUR)
    assert not home.sees(NOW + 3 * HOUR, who=aunt)


def test_an_adults_own_word_is_enough() -> None:
    home = Home(born_on=THIRTY)
    home.says()
    assert home.both() == OPEN


def test_an_emergency_contact_of_a_minor_is_called_only_where_her_guardian_signed_as_well() -> None:
    home = Home()
    aunt = home.around(Relation.EMERGENCY_CONTACT)
    home.says(to=aunt)
    assert not home.is_called(to=Recipient.EMERGENCY_CONTACT)
    home.signs(to=aunt)
    assert home.is_called(to=Recipient.EMERGENCY_CONTACT)


def test_of_somebody_whose_age_nobody_wrote_down_the_emergency_contact_is_called_as_she_allowed() -> None:
    home = Home(born_on=None)
    aunt = home.around(Relation.EMERGENCY_CONTACT)
    home.says(to=aunt)
    assert home.is_called(to=Recipient.EMERGENCY_CONTACT)
    people.change_patient(patient=home.ada, age_band=AgeBand.ADOLESCENT.value, **WHO)
    assert not home.is_called(to=Recipient.EMERGENCY_CONTACT)


def test_a_birth_date_is_of_a_day_that_has_been_and_can_be_taken_back() -> None:
    home = Home(born_on=THIRTY)
    home.says()
    with pytest.raises(Refusal, match="Nobody here was born on that day"):
        people.record_birth_date(patient=home.ada, born_on=date(2026, 10, 6), **WHO)
    people.record_birth_date(patient=home.ada, born_on=None, by=COMMAND, at=NOW + HOUR)
    assert home.both(NOW + 2 * HOUR) == CLOSED


def test_only_a_guardian_signs_as_one_and_only_for_the_same_patient() -> None:
    home = Home()
    aunt = home.around(Relation.SUPPORTER)
    word: Any = {"about": About.SAFETY, "granted": True, **WHO}
    with pytest.raises(Refusal, match="Only a guardian of hers"):
        people.record_guardian_word(guardian=aunt, contact=aunt, **word)
    other = people.add_contact(patient=a_patient("eve"), relation=Relation.GUARDIAN, name="Ines", **WHO)
    with pytest.raises(Refusal, match="another patient's"):
        people.record_guardian_word(guardian=other, contact=home.mother, **word)
    with pytest.raises(Refusal, match="a no has no last day"):
        people.record_guardian_word(
            guardian=home.mother, contact=home.mother, **{**word, "granted": False}, until_at=NOW + DAY
        )
    people.retire_contact(contact=home.mother, **WHO)
    home.mother.refresh_from_db()
    with pytest.raises(Refusal, match="retired"):
        people.record_guardian_word(guardian=home.mother, contact=home.mother, **word)


def test_no_machine_and_no_patient_says_how_old_she_is_or_what_was_signed() -> None:
    home = Home()
    for by in (ENGINE, patient_actor(home.ada.pk)):
        with pytest.raises(Refusal, match="Only a person"):
            people.record_birth_date(patient=home.ada, born_on=THIRTY, by=by, at=NOW)
        with pytest.raises(Refusal, match="Only a person"):
            people.record_guardian_word(
                guardian=home.mother, contact=home.mother, about=About.SAFETY, granted=True, by=by, at=NOW
            )
        with pytest.raises(Refusal, match="Only a person"):
            people.open_to_family(contact=home.mother, by=by, at=NOW)
        with pytest.raises(Refusal, match="Only a person"):
            confirm_state(
                program=home.program,
                state="NM",
                service=Service.MENTAL_HEALTH,
                edition=date(2026, 11, 30),
                by=by,
                at=NOW,
            )


def test_she_may_close_herself_and_what_is_closed_is_closed_once() -> None:
    home = Home()
    herself = patient_actor(home.ada.pk)
    made = people.close_to_family(contact=home.mother, why=WhyClosed.COURT, by=herself, at=NOW)
    assert made.why == WhyClosed.SHE_ASKS
    with pytest.raises(Refusal, match="told nothing already"):
        people.close_to_family(contact=home.mother, why=WhyClosed.COURT, by=COMMAND, at=NOW + HOUR)
    people.open_to_family(contact=home.mother, by=COMMAND, at=NOW + HOUR)
    with pytest.raises(Refusal, match="Nothing is closed"):
        people.open_to_family(contact=home.mother, by=COMMAND, at=NOW + 2 * HOUR)
    with pytest.raises(Refusal, match="Only a person"):
        people.close_to_family(
            contact=home.mother, why=WhyClosed.COURT, by=patient_actor(home.ada.pk + 1), at=NOW
        )


def test_an_entry_is_confirmed_in_the_edition_that_was_read_and_only_where_there_is_one() -> None:
    home = Home()
    given: Any = {"program": home.program, "by": staff_actor(1), "at": NOW}
    with pytest.raises(Refusal, match="has changed since"):
        confirm_state(state="NM", service=Service.MENTAL_HEALTH, edition=date(2020, 1, 1), **given)
    with pytest.raises(Refusal, match="no entry"):
        withdraw_state(state="TX", service=Service.MENTAL_HEALTH, **given)
