"""Rows of people, written many at a time. Each leaves the event that its action would leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypedDict
from uuid import uuid4

from django.db.backends.postgresql.psycopg_any import DateRange

from rejoin.audit.trail import record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import as_json, given, insert_rows
from rejoin.common.rows import execute
from rejoin.people.addresses import normal_address
from rejoin.people.models import Address, Consent, Contact, Flag, Licence, Patient, Staff
from rejoin.people.vocabulary import Language, Purpose

PATIENT_COLUMNS = (
    "external_id",
    "name",
    "preferred_name",
    "timezone",
    "state",
    "language",
    "may_leave_voicemail",
    "preferred_channel",
    "age_band",
    "gender",
)
CONSENT_COLUMNS = ("patient", "contact", "purpose", "channel", "granted", "at", "until_at", "source", "by")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """What a patient is added with."""

    external_id: str
    timezone: str
    name: str = ""
    preferred_name: str = ""
    state: str = ""
    language: str = Language.ENGLISH.value
    may_leave_voicemail: bool = False
    preferred_channel: str = ""
    age_band: str = ""
    gender: str = ""


class PatientDetails(TypedDict, total=False):
    """What may be known of a patient and may not."""

    name: str
    preferred_name: str
    state: str
    language: str
    may_leave_voicemail: bool
    preferred_channel: str
    age_band: str
    gender: str


class PatientColumns(PatientDetails, total=False):
    """What may be changed of a patient."""

    timezone: str


class NewAddress(NamedTuple):
    patient_id: int
    kind: str
    value: str
    rank: int


class NewConsent(NamedTuple):
    """One word on consent. `contact_id` None: messages to the patient herself."""

    patient_id: int
    contact_id: int | None
    channel: str
    granted: bool
    at: datetime
    purpose: str = Purpose.MESSAGES.value
    until_at: datetime | None = None
    source: str = ""


class NewContact(NamedTuple):
    """Somebody around a patient."""

    patient_id: int
    relation: str
    name: str = ""
    phone: str = ""
    email: str = ""
    language: str = Language.ENGLISH.value


class NewLicence(NamedTuple):
    staff_id: int
    state: str
    from_on: date | None = None
    until_on: date | None = None
    """The last day; None: open."""
    kind: str = "clinical"


def insert_patients(
    new: Sequence[NewPatient], *, by: Actor, at: datetime, reason: str = ""
) -> dict[str, int]:
    """Add patients; their keys by their identifiers."""
    rows = [(uuid4(), *(getattr(each, column) for column in PATIENT_COLUMNS)) for each in new]
    found = dict(insert_rows(Patient, ("ref", *PATIENT_COLUMNS), rows, returning="external_id, id"))
    _tell("people.add_patient", ((f"patient:{pk}", pk) for pk in found.values()), by, at, reason)
    return found


def change_patients(
    changes: Mapping[int, PatientColumns], *, by: Actor, at: datetime, reason: str = ""
) -> None:
    """Change columns of patients, each its own."""
    alike: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
    for pk, columns in changes.items():
        names = tuple(sorted(columns))
        alike.setdefault(names, []).append((pk, *(value for _, value in sorted(columns.items()))))
    for names, rows in alike.items():
        _set_columns(names, rows)
    _tell("people.change_patient", ((f"patient:{pk}", pk) for pk in changes), by, at, reason)


def _set_columns(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Texts come as they are: one that is too long is refused, and not cut."""
    types = {"id": "bigint"} | {name: "bool" if name == "may_leave_voicemail" else "text" for name in names}
    sets = ", ".join(f"{name} = said.{name}" for name in names)
    if names:
        execute(
            f"UPDATE people_patient AS patient SET {sets} FROM {given(types, name='said')} "  # noqa: S608 - our own columns
            "WHERE patient.id = said.id",
            [as_json(types, rows)],
        )


def insert_addresses(new: Sequence[NewAddress], *, by: Actor, at: datetime, reason: str = "") -> list[int]:
    columns = ("patient", "kind", "value", "rank", "normal", "retired_by")
    rows = [(*each, normal_address(each.kind, each.value), "") for each in new]
    made = insert_rows(Address, columns, rows, returning="id, patient_id")
    _tell("people.add_address", ((f"address:{pk}", patient) for pk, patient in made), by, at, reason)
    return [pk for pk, _ in made]


def retire_addresses(address_ids: Iterable[int], *, by: Actor, at: datetime, reason: str = "") -> None:
    """Retire addresses that are not retired yet."""
    live = Address.objects.filter(pk__in=list(address_ids), retired_at__isnull=True)
    owners = list(live.values_list("pk", "patient_id"))
    live.update(retired_at=at, retired_by=str(by))
    _tell("people.retire_address", ((f"address:{pk}", patient) for pk, patient in owners), by, at, reason)


def insert_flags(new: Sequence[tuple[int, str]], *, by: Actor, at: datetime, reason: str = "") -> list[int]:
    """Raise flags: patient and code."""
    columns = ("patient", "code", "raised_at", "raised_by", "ended_by")
    rows = [(patient, code, at, str(by), "") for patient, code in new]
    made = insert_rows(Flag, columns, rows, returning="id, patient_id")
    _tell("people.raise_flag", ((f"flag:{pk}", patient) for pk, patient in made), by, at, reason)
    return [pk for pk, _ in made]


def end_flags(flag_ids: Iterable[int], *, by: Actor, at: datetime, reason: str = "") -> None:
    """End flags that are still raised."""
    live = Flag.objects.filter(pk__in=list(flag_ids), ended_at__isnull=True)
    owners = list(live.values_list("pk", "patient_id"))
    live.update(ended_at=at, ended_by=str(by))
    _tell("people.end_flag", ((f"flag:{pk}", patient) for pk, patient in owners), by, at, reason)


def insert_contacts(new: Sequence[NewContact], *, by: Actor, at: datetime, reason: str = "") -> list[int]:
    """Add contacts; their keys in the order given."""
    columns = ("patient", "relation", "name", "phone", "email", "language", "retired_by")
    made = insert_rows(Contact, columns, [(*each, "") for each in new], returning="id, patient_id")
    _tell("people.add_contact", ((f"contact:{pk}", patient) for pk, patient in made), by, at, reason)
    return [pk for pk, _ in made]


def insert_consents(
    new: Sequence[NewConsent],
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    verb: str = "people.record_consent",
) -> list[int]:
    """Append words on consent. Each was said at its own `at`; `at` is when that is written down."""
    rows = [
        (
            each.patient_id,
            each.contact_id,
            each.purpose,
            each.channel,
            each.granted,
            each.at,
            each.until_at,
            each.source,
            str(by),
        )
        for each in new
    ]
    made = insert_rows(Consent, CONSENT_COLUMNS, rows, returning="id, patient_id")
    _tell(verb, ((f"consent:{pk}", patient) for pk, patient in made), by, at, reason)
    return [pk for pk, _ in made]


def insert_staff(
    new: Sequence[tuple[str, str]], *, by: Actor, at: datetime, reason: str = ""
) -> dict[str, int]:
    """Add staff: name and zone. Their keys by their names."""
    rows = [(uuid4(), name, timezone) for name, timezone in new]
    found = dict(insert_rows(Staff, ("ref", "name", "timezone"), rows, returning="name, id"))
    _tell("people.add_staff", ((f"staff:{pk}", None) for pk in found.values()), by, at, reason)
    return found


def insert_licences(new: Sequence[NewLicence], *, by: Actor, at: datetime, reason: str = "") -> list[int]:
    """Grant licences."""
    rows = [
        (each.staff_id, each.state.upper(), each.kind, _as_text(each.from_on, each.until_on)) for each in new
    ]
    made = insert_rows(Licence, ("staff", "state", "kind", "valid"), rows, returning="id")
    _tell("people.grant_licence", ((f"licence:{pk}", None) for (pk,) in made), by, at, reason)
    return [pk for (pk,) in made]


def _as_text(from_on: date | None, until_on: date | None) -> str:
    """Days as the database writes a range of them, both ends included."""
    return f"[{from_on or ''},{until_on or ''}]"


def span(from_on: date | None, until_on: date | None) -> DateRange:
    """The days from one to the other, both included; None: open."""
    return DateRange(from_on, until_on, "[]")


def _tell(
    verb: str, subjects: Iterable[tuple[str, int | None]], by: Actor, at: datetime, reason: str
) -> None:
    record_all([(verb, subject, patient, None, reason) for subject, patient in subjects], by=by, at=at)
