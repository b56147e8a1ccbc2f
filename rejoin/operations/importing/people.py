"""Patients, staff and what patients allow, as a folder has them. What people changed here since, stays."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import local_day
from rejoin.domain.policy import Consent
from rejoin.operations.importing.reading import Brought, ConsentNote
from rejoin.operations.importing.tally import Tally, written_by_import
from rejoin.people import intake
from rejoin.people.actions import end_licence
from rejoin.people.addresses import normal_address
from rejoin.people.intake import (
    NewAddress,
    NewConsent,
    NewContact,
    NewLicence,
    NewPatient,
    PatientColumns,
)
from rejoin.people.models import Licence
from rejoin.people.vocabulary import AddressKind, Purpose
from rejoin.sidecar.program import Patient

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When a yes was said that nobody dated: every dated word outweighs it."""
UNDATED = "undated"
PATIENTS = "SELECT id, external_id, name, timezone, state FROM people_patient WHERE external_id = ANY(%s)"
ADDRESSES = """
SELECT id, patient_id, kind, normal, rank, retired_at IS NOT NULL FROM people_address WHERE patient_id = ANY(%s)
"""
FLAGS = "SELECT id, patient_id, code FROM people_flag WHERE patient_id = ANY(%s) AND ended_at IS NULL"
CONTACTS = """
SELECT id, patient_id, relation, name FROM people_contact WHERE patient_id = ANY(%s) AND retired_at IS NULL
 ORDER BY id DESC
"""
CONSENTS = """
SELECT patient_id, contact_id, channel, granted, at, purpose, source FROM people_consent WHERE patient_id = ANY(%s)
"""


def bring_patients(brought: Brought, tally: Tally) -> dict[str, int]:
    """Patients of the roster, added or changed; their keys by their identifiers."""
    roster = brought.folder.patients
    rows = select(PATIENTS, [list(roster)])
    keys = {external_id: pk for pk, external_id, *_ in rows}
    changes = {
        pk: changed
        for pk, external_id, *kept in rows
        if (changed := _changed(roster[external_id], brought, *kept))
    }
    intake.change_patients(changes, **tally.signed)
    tally.count("people.change_patient", changes)
    new = [
        NewPatient(
            external_id=each.id,
            timezone=each.timezone.key,
            name=each.name,
            state=brought.states.get(each.id, ""),
        )
        for each in roster.values()
        if each.id not in keys
    ]
    added = intake.insert_patients(new, **tally.signed)
    tally.count("people.add_patient", added)
    return keys | added


def _changed(patient: Patient, brought: Brought, name: str, timezone: str, state: str) -> PatientColumns:
    """What the roster says otherwise. A blank cell says nothing."""
    changes: PatientColumns = {}
    if patient.name and patient.name != name:
        changes["name"] = patient.name
    if patient.id in brought.zones and patient.timezone.key != timezone:
        changes["timezone"] = patient.timezone.key
    if brought.states.get(patient.id, state) != state:
        changes["state"] = brought.states[patient.id]
    return changes


def bring_addresses(brought: Brought, keys: Mapping[str, int], tally: Tally) -> None:
    """Addresses of the roster, in its order. One that a person retired stays retired."""
    live: dict[tuple[int, str, str], int] = {}
    retired: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for pk, patient, kind, normal, _, is_retired in select(ADDRESSES, [list(keys.values())]):
        if is_retired:
            retired[patient, kind, normal].append(pk)
        else:
            live[patient, kind, normal] = pk
    wanted = {
        (keys[each.id], kind, normal_address(kind, value)): (value, rank)
        for each in brought.folder.patients.values()
        for kind, values in ((AddressKind.EMAIL.value, each.emails), (AddressKind.PHONE.value, each.phones))
        for rank, value in reversed(list(enumerate(values)))
    }
    missing = [key for key in wanted if key not in live]
    taken_back = _retired_by_people(pk for key in missing for pk in retired.get(key, ()))
    new = [
        NewAddress(key[0], key[1], *wanted[key])
        for key in missing
        if taken_back.isdisjoint(retired.get(key, ()))
    ]
    told = {(patient, kind) for patient, kind, _ in wanted}
    gone = [
        pk
        for (patient, kind, normal), pk in live.items()
        if (patient, kind) in told and (patient, kind, normal) not in wanted
    ]
    ours = written_by_import("people.add_address", [f"address:{pk}" for pk in gone])
    gone = [pk for pk in gone if f"address:{pk}" in ours]
    intake.retire_addresses(gone, **tally.signed)
    intake.insert_addresses(new, **tally.signed)
    tally.count("people.retire_address", gone)
    tally.count("people.add_address", new)


def _retired_by_people(address_ids: Iterable[int]) -> set[int]:
    ids = list(address_ids)
    ours = written_by_import("people.retire_address", [f"address:{pk}" for pk in ids])
    return {pk for pk in ids if f"address:{pk}" not in ours}


def bring_flags(brought: Brought, keys: Mapping[str, int], tally: Tally) -> None:
    """Flags of the roster are raised. One that it names no more ends if an import raised it."""
    live = {(patient, code): pk for pk, patient, code in select(FLAGS, [list(keys.values())])}
    wanted = {(keys[each.id], code) for each in brought.folder.patients.values() for code in each.flags}
    new = sorted(wanted - set(live))
    gone = [pk for key, pk in live.items() if key not in wanted]
    if "flags" not in brought.columns.get("roster.csv", ()):
        gone = []
    ours = written_by_import("people.raise_flag", [f"flag:{pk}" for pk in gone])
    gone = [pk for pk in gone if f"flag:{pk}" in ours]
    intake.end_flags(gone, **tally.signed)
    intake.insert_flags(new, **tally.signed)
    tally.count("people.end_flag", gone)
    tally.count("people.raise_flag", new)


def bring_staff(brought: Brought, tally: Tally) -> dict[str, int]:
    """Everybody that the folder names, by how names are compared; and their licences."""
    found = {name.casefold(): pk for pk, name in select("SELECT id, name FROM people_staff")}
    new = [(name, tally.program.timezone) for key, name in brought.staff.items() if key not in found]
    added = intake.insert_staff(new, **tally.signed)
    tally.count("people.add_staff", added)
    found |= {name.casefold(): pk for name, pk in added.items()}
    _bring_licences(brought, found, tally)
    return found


def _bring_licences(brought: Brought, staff: Mapping[str, int], tally: Tally) -> None:
    """Licences of staff.csv, from no known day on. One that it names no more ends if an import granted it."""
    named = {staff[key]: states for key, states in (brought.folder.licences or {}).items() if key in staff}
    today = local_day(tally.at, ZoneInfo(tally.program.timezone))
    held: dict[int, dict[str, list[Licence]]] = {each: defaultdict(list) for each in named}
    for licence in Licence.objects.filter(staff__in=named, kind="clinical").order_by("valid"):
        held[licence.staff_id][licence.state.upper()].append(licence)
    new = [
        NewLicence(each, state, *_free_days(held[each][state], today))
        for each, states in named.items()
        for state in sorted(states)
        if not any(_valid_on(licence, today) for licence in held[each][state])
    ]
    intake.insert_licences(new, **tally.signed)
    tally.count("people.grant_licence", new)
    gone = [
        licence
        for each, by_state in held.items()
        for state, licences in by_state.items()
        for licence in licences
        if state not in named[each] and _valid_on(licence, today)
    ]
    _end_licences(gone, today, tally)


def _end_licences(licences: list[Licence], today: date, tally: Tally) -> None:
    ours = written_by_import("people.grant_licence", [f"licence:{each.pk}" for each in licences])
    for each in licences:
        if f"licence:{each.pk}" in ours:
            last = max(today - timedelta(days=1), each.valid.lower or date.min)
            end_licence(licence=each, until_on=last, by=tally.by, at=tally.at)
            tally.count("people.end_licence", 1)


def _valid_on(licence: Licence, day: date) -> bool:
    lower, upper = licence.valid.lower, licence.valid.upper
    return (lower is None or lower <= day) and (upper is None or day < upper)


def _free_days(licences: list[Licence], today: date) -> tuple[date | None, date | None]:
    """The days around today that none of these covers."""
    past = [
        each.valid.upper for each in licences if each.valid.upper is not None and each.valid.upper <= today
    ]
    to_come = [
        each.valid.lower for each in licences if each.valid.lower is not None and each.valid.lower > today
    ]
    return (max(past) if past else None, min(to_come) - timedelta(days=1) if to_come else None)


def bring_consents(brought: Brought, keys: Mapping[str, int], tally: Tally) -> None:
    """Words of consents.csv that are not on record yet. They are appended, whatever was said since."""
    said = [
        (keys[patient], *each)
        for patient, consents in brought.folder.consents.items()
        for each in zip(consents, brought.consents[patient], strict=True)
    ]
    contacts = _bring_contacts(said, tally)
    known = {_key(*row) for row in select(CONSENTS, [list({patient for patient, *_ in said})])}
    new: dict[object, NewConsent] = {}
    for patient, consent, note in said:
        if note.source == LAPSED:
            continue
        word = _word(patient, contacts.get(_contact_key(patient, consent, note)), consent, note, tally.at)
        key = _key(*word[:5], word.purpose, word.source)
        if key not in known:
            new[key] = word
    intake.insert_consents(list(new.values()), **tally.signed)
    tally.count("people.record_consent", new)


LAPSED = "lapsed"
"""A row that only tells the sidecar, which knows no last days, that a permission ran out."""


def _word(
    patient: int, contact: int | None, consent: Consent, note: ConsentNote, now: datetime
) -> NewConsent:
    undated = consent.at is None
    purpose = note.purpose or (Purpose.ATTENDANCE if contact else Purpose.MESSAGES)
    return NewConsent(
        patient,
        contact,
        consent.channel,
        consent.granted,
        consent.at or (LONG_AGO if consent.granted else now),
        purpose=purpose.value,
        until_at=note.until_at,
        source=UNDATED if undated else note.source or "import",
    )


def _key(
    patient: int, contact: int | None, channel: str, granted: bool, at: datetime, purpose: str, source: str
) -> object:
    return patient, contact, channel, granted, None if source == UNDATED else at, purpose


def _contact_key(patient: int, consent: Consent, note: ConsentNote) -> tuple[int, str, str]:
    return patient, consent.contact, note.contact_name


def _bring_contacts(
    said: list[tuple[int, Consent, ConsentNote]], tally: Tally
) -> dict[tuple[int, str, str], int]:
    """The people whom consents name, by relation and name; a row without a name is one without a name."""
    wanted = {_contact_key(*each) for each in said if each[1].contact}
    patients = list({patient for patient, *_ in wanted})
    new = sorted(wanted - set(contacts_of(patients)))
    intake.insert_contacts([NewContact(*each) for each in new], **tally.signed)
    tally.count("people.add_contact", new)
    return contacts_of(patients)


def contacts_of(patients: list[int]) -> dict[tuple[int, str, str], int]:
    return {(patient, *who): pk for pk, patient, *who in select(CONTACTS, [patients])}
