"""Birth dates, what guardians signed and closings, as a folder has them: appended, each once, whatever was said since."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import models

from rejoin.audit.trail import record_all
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import select
from rejoin.domain.kernel import local_day
from rejoin.operations.importing.family_rows import Family
from rejoin.operations.importing.people import contacts_of
from rejoin.operations.importing.tally import Tally
from rejoin.people import intake
from rejoin.people.family_facts import BirthDate, FamilyClosing, GuardianWord
from rejoin.people.intake import NewContact

BIRTHS: Final = "SELECT patient_id, born_on, at FROM people_birthdate WHERE patient_id = ANY(%s)"
SIGNED: Final = """
SELECT patient_id, guardian_id, contact_id, purpose, granted, at FROM people_guardianword WHERE patient_id = ANY(%s)
"""
CLOSINGS: Final = (
    "SELECT patient_id, contact_id, closes, at FROM people_familyclosing WHERE patient_id = ANY(%s)"
)


def bring_family(family: Family, keys: Mapping[str, int], tally: Tally) -> None:
    """What is not on record yet. Nothing is taken for signed that a row does not say was, then and there."""
    _check_days(family, tally)
    if tally.problems:
        return
    contacts = _bring_contacts(family, keys, tally)
    births = [(keys[each.patient_id], each.born_on, each.at) for each in family.births]
    _append(BirthDate, ("patient", "born_on", "at"), births, BIRTHS, "people.record_birth_date", tally)
    signed = [
        (
            (patient := keys[each.patient_id]),
            contacts[patient, *each.guardian],
            contacts[patient, *each.contact],
            *(each.purpose, each.granted, each.at, each.until_at, each.source),
        )
        for each in family.signed
    ]
    columns = ("patient", "guardian", "contact", "purpose", "granted", "at", "until_at", "source")
    _append(GuardianWord, columns, signed, SIGNED, "people.record_guardian_word", tally)
    _bring_closings(family, keys, contacts, tally)


def _bring_closings(
    family: Family, keys: Mapping[str, int], contacts: Mapping[tuple[int, str, str], int], tally: Tally
) -> None:
    rows = [
        ((patient := keys[each.patient_id]), contacts[patient, *each.contact], each.closes, each.at, each.why)
        for each in family.closings
    ]
    columns = ("patient", "contact", "closes", "at", "why")
    closing = [row for row in rows if row[2]]
    lifting = [row for row in rows if not row[2]]
    _append(FamilyClosing, columns, closing, CLOSINGS, "people.close_to_family", tally)
    _append(FamilyClosing, columns, lifting, CLOSINGS, "people.open_to_family", tally)


def _check_days(family: Family, tally: Tally) -> None:
    """Nobody was born tomorrow, and nobody has signed yet what will be signed."""
    today = local_day(tally.at, ZoneInfo(tally.program.timezone))
    for birth in family.births:
        if birth.born_on is not None and birth.born_on > today:
            tally.complain("births.csv", birth.line, "born_on", "is still to come")
    told = (
        ("births.csv", family.births),
        ("guardians.csv", family.signed),
        ("closings.csv", family.closings),
    )
    for name, rows in told:
        for each in rows:
            if each.at > tally.at:
                tally.complain(name, each.line, "at", "is still to come")


def _bring_contacts(family: Family, keys: Mapping[str, int], tally: Tally) -> dict[tuple[int, str, str], int]:
    """Those around patients whom the tables name, by relation and name."""
    named = [(each.patient_id, each.guardian) for each in family.signed]
    named += [(each.patient_id, each.contact) for each in family.signed]
    named += [(each.patient_id, each.contact) for each in family.closings]
    wanted = {(keys[patient], *who) for patient, who in named}
    patients = sorted({patient for patient, *_ in wanted})
    new = sorted(wanted - set(contacts_of(patients)))
    intake.insert_contacts([NewContact(*each) for each in new], **tally.signed)
    tally.count("people.add_contact", new)
    return contacts_of(patients)


def _append(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    kept: str,
    verb: str,
    tally: Tally,
) -> None:
    """Rows that are not there yet: those that say the same in the columns that `kept` asks for are one word."""
    said = list(dict.fromkeys(rows))
    known = {tuple(row) for row in select(kept, [sorted({row[0] for row in said})])}
    width = len(next(iter(known), ()))
    new = [row for row in said if not known or row[:width] not in known]
    made = insert_rows(
        model, (*columns, "by"), [(*row, str(tally.by)) for row in new], returning="id, patient_id"
    )
    subject = model._meta.model_name  # noqa: SLF001 - Django's own
    events = [(verb, f"{subject}:{pk}", patient, None, "import") for pk, patient in made]
    record_all(events, by=tally.by, at=tally.at)
    tally.count(verb, new)
