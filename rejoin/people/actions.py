"""What is written of people. Nothing is deleted: addresses and contacts are retired, consent is appended."""

from datetime import date, datetime
from typing import Unpack

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor, patient_actor
from rejoin.common.refusals import refuse_machines, refusing, zone_called
from rejoin.domain.consent import About
from rejoin.domain.kernel import Refusal, local_day
from rejoin.domain.policy.document import CHANNELS
from rejoin.people import intake
from rejoin.people.addresses import address_fault
from rejoin.people.family_facts import EARLIEST, BirthDate, FamilyClosing, GuardianWord
from rejoin.people.intake import (
    NewAddress,
    NewConsent,
    NewContact,
    NewLicence,
    NewPatient,
    PatientColumns,
    PatientDetails,
)
from rejoin.people.models import Address, Consent, Contact, Flag, Licence, Patient, Staff
from rejoin.people.relatives import Relative, Tie
from rejoin.people.staleness import hold_reach
from rejoin.people.vocabulary import AddressKind, AgeBand, Gender, Language, Purpose, Relation, WhyClosed


@action("people.add_patient")
def add_patient(
    *, external_id: str, timezone: str, by: Actor, at: datetime, **details: Unpack[PatientDetails]
) -> Patient:
    """Take a patient in, by the program's own identifier for her."""
    if not external_id.strip():
        raise Refusal("patient.nameless", "A patient needs the program's identifier for her.")
    _check_columns({**details, "timezone": timezone})
    new = NewPatient(external_id=external_id.strip(), timezone=timezone, **details)
    with refusing():
        made = intake.insert_patients([new], by=by, at=at)
    return Patient.objects.get(pk=made[new.external_id])


@action("people.change_patient")
def change_patient(
    *, patient: Patient, by: Actor, at: datetime, **columns: Unpack[PatientColumns]
) -> Patient:
    """Change her name, zone, state, language, age band, gender or preferences."""
    _check_columns(columns)
    with refusing():
        intake.change_patients({patient.pk: columns}, by=by, at=at)
    patient.refresh_from_db()
    return patient


@action("people.add_address")
def add_address(
    *,
    patient: Patient,
    kind: AddressKind,
    value: str,
    rank: int | None = None,
    seen: str | None = None,
    by: Actor,
    at: datetime,
) -> Address:
    """Add a number or an e-mail address; it is tried after those she has, unless `rank` says otherwise."""
    fault = address_fault(kind.value, value)
    if fault:
        raise Refusal(f"address.no_{kind.value}", f"This {fault}.")
    hold_reach(patient, seen)
    if rank is None:
        rank = patient.addresses.filter(kind=kind, retired_at__isnull=True).count()
    with refusing():
        (made,) = intake.insert_addresses(
            [NewAddress(patient.pk, kind.value, value.strip(), rank)], by=by, at=at
        )
    return Address.objects.get(pk=made)


@action("people.retire_address")
def retire_address(*, address: Address, by: Actor, at: datetime) -> None:
    """No longer hers, or no longer right."""
    if Address.objects.filter(pk=address.pk, retired_at__isnull=False).exists():
        raise Refusal("address.retired", "This address is retired already.")
    intake.retire_addresses([address.pk], by=by, at=at)


@action("people.add_contact")
def add_contact(  # noqa: PLR0913 - the columns of a contact
    *,
    patient: Patient,
    relation: Relation,
    name: str = "",
    phone: str = "",
    email: str = "",
    language: str = Language.ENGLISH.value,
    seen: str | None = None,
    by: Actor,
    at: datetime,
) -> Contact:
    """Somebody around her. Nobody is told anything before a consent names them."""
    _check_language(language)
    hold_reach(patient, seen)
    new = NewContact(patient.pk, relation.value, name, phone, email, language)
    with refusing():
        (made,) = intake.insert_contacts([new], by=by, at=at)
    return Contact.objects.get(pk=made)


@action("people.retire_contact")
def retire_contact(*, contact: Contact, by: Actor, at: datetime) -> None:
    """Somebody who is told nothing any more, whatever was consented to."""
    retired = Contact.objects.filter(pk=contact.pk, retired_at__isnull=True).update(
        retired_at=at, retired_by=str(by)
    )
    if not retired:
        raise Refusal("contact.retired", "This contact is retired already.")
    record("people.retire_contact", f"contact:{contact.pk}", by=by, at=at, patient=contact.patient_id)


@action("people.record_consent")
def record_consent(  # noqa: PLR0913 - the columns of a consent
    *,
    patient: Patient,
    channel: str,
    granted: bool,
    contact: Contact | None = None,
    purpose: Purpose = Purpose.MESSAGES,
    until_at: datetime | None = None,
    source: str = "form",
    seen: str | None = None,
    by: Actor,
    at: datetime,
) -> Consent:
    """What she allows, or no longer does. The latest word on channel, contact and purpose holds."""
    if channel not in CHANNELS:
        raise Refusal("consent.channel", f"{channel} is not a channel we use.")
    if contact is not None and contact.patient_id != patient.pk:
        raise Refusal("consent.contact", "This contact is another patient's.")
    hold_reach(patient, seen)
    if contact is not None and granted and contact.retired_at is not None:
        raise Refusal("consent.contact_retired", "This contact is retired.")
    said = NewConsent(
        patient.pk,
        contact.pk if contact else None,
        channel,
        granted,
        at,
        purpose=purpose.value,
        until_at=until_at,
        source=source,
    )
    with refusing():
        (made,) = intake.insert_consents([said], by=by, at=at)
    return Consent.objects.get(pk=made)


@action("people.record_stop")
def record_stop(
    *, patient: Patient, channel: str = "sms", source: str = "reply", by: Actor, at: datetime
) -> Consent:
    """She wrote STOP: nothing more goes to her by this channel. It takes her out of no care."""
    said = NewConsent(patient.pk, None, channel, granted=False, at=at, source=source)
    with refusing():
        (made,) = intake.insert_consents([said], by=by, at=at, verb="people.record_stop")
    return Consent.objects.get(pk=made)


@action("people.raise_flag")
def raise_flag(*, patient: Patient, code: str, by: Actor, at: datetime) -> Flag:
    """Say what staff must know when she is missing."""
    refuse_machines(by, what="raises a flag")
    if not code.strip():
        raise Refusal("flag.empty", "A flag needs a code.")
    with refusing():
        (made,) = intake.insert_flags([(patient.pk, code.strip())], by=by, at=at)
    return Flag.objects.get(pk=made)


@action("people.end_flag")
def end_flag(*, flag: Flag, by: Actor, at: datetime) -> None:
    """The flag no longer holds."""
    refuse_machines(by, what="ends a flag")
    if Flag.objects.filter(pk=flag.pk, ended_at__isnull=False).exists():
        raise Refusal("flag.ended", "This flag has ended already.")
    with refusing():
        intake.end_flags([flag.pk], by=by, at=at)


@action("people.add_staff")
def add_staff(*, name: str, timezone: str = "America/New_York", by: Actor, at: datetime) -> Staff:
    """Somebody who works here. What they may do is a role in a program."""
    if not name.strip():
        raise Refusal("staff.nameless", "Somebody on the staff needs a name.")
    zone_called(timezone)
    with refusing():
        made = intake.insert_staff([(name.strip(), timezone)], by=by, at=at)
    return Staff.objects.get(pk=made[name.strip()])


@action("people.grant_licence")
def grant_licence(
    *,
    staff: Staff,
    state: str,
    from_on: date | None = None,
    until_on: date | None = None,
    kind: str = "clinical",
    by: Actor,
    at: datetime,
) -> Licence:
    """Where somebody may practise, from one day to another, both included."""
    _check_state(state, needed=True)
    if from_on and until_on and until_on < from_on:
        raise Refusal("licence.ends_before_it_begins", "A licence cannot end before it begins.")
    with refusing():
        new = NewLicence(staff.pk, state, from_on, until_on, kind)
        (made,) = intake.insert_licences([new], by=by, at=at)
    return Licence.objects.get(pk=made)


@action("people.end_licence")
def end_licence(*, licence: Licence, until_on: date, by: Actor, at: datetime) -> None:
    """The licence's last day is another one than was thought."""
    if licence.valid.lower is not None and until_on < licence.valid.lower:
        raise Refusal("licence.ends_before_it_begins", "A licence cannot end before it begins.")
    with refusing():
        Licence.objects.filter(pk=licence.pk).update(valid=intake.span(licence.valid.lower, until_on))
    record("people.end_licence", f"licence:{licence.pk}", by=by, at=at)


@action("people.record_birth_date")
def record_birth_date(*, patient: Patient, born_on: date | None, by: Actor, at: datetime) -> BirthDate:
    """When she was born; None: what was written before is wrong, and nobody knows. The date itself is in no event."""
    refuse_machines(by, what="writes a birth date down")
    if born_on is not None and not EARLIEST <= born_on <= local_day(at, zone_called(patient.timezone)):
        raise Refusal("birth_date", "Nobody here was born on that day.")
    with refusing():
        made = BirthDate.objects.create(patient=patient, born_on=born_on, by=str(by), at=at)
    record("people.record_birth_date", f"birth:{made.pk}", by=by, at=at, patient=patient.pk)
    return made


@action("people.record_guardian_word")
def record_guardian_word(  # noqa: PLR0913 - the columns of a word
    *,
    guardian: Contact,
    contact: Contact,
    about: About,
    granted: bool,
    until_at: datetime | None = None,
    source: str = "form",
    by: Actor,
    at: datetime,
) -> GuardianWord:
    """A guardian of hers signed that `contact` may be told, or took it back. The patient's own word stands beside it."""
    refuse_machines(by, what="writes down what a guardian signed")
    if guardian.relation != Relation.GUARDIAN.value:
        raise Refusal("guardian.other", "Only a guardian of hers signs as one.")
    if guardian.patient_id != contact.patient_id:
        raise Refusal("consent.contact", "This contact is another patient's.")
    if granted and (guardian.retired_at is not None or contact.retired_at is not None):
        raise Refusal("consent.contact_retired", "This contact is retired.")
    if until_at is not None and (not granted or until_at <= at):
        raise Refusal("guardian.until", "A yes may end on a day to come; a no has no last day.")
    with refusing():
        made = GuardianWord.objects.create(
            patient_id=contact.patient_id,
            guardian=guardian,
            contact=contact,
            purpose=about.value,
            granted=granted,
            until_at=until_at,
            source=source,
            by=str(by),
            at=at,
        )
    subject = f"signed:{made.pk}"
    record("people.record_guardian_word", subject, by=by, at=at, patient=contact.patient_id)
    return made


@action("people.close_to_family")
def close_to_family(*, contact: Contact, why: WhyClosed, by: Actor, at: datetime) -> FamilyClosing:
    """From now on `contact` is told nothing, whatever is signed: a person's decision, or the patient's own no."""
    herself = by == patient_actor(contact.patient_id)
    if not herself:
        refuse_machines(by, what="closes somebody's view")
    if _is_closed(contact):
        raise Refusal("family.closed", "This person is told nothing already.")
    told = WhyClosed.SHE_ASKS if herself else why
    with refusing():
        made = FamilyClosing.objects.create(
            patient_id=contact.patient_id, contact=contact, closes=True, why=told.value, by=str(by), at=at
        )
    subject = f"contact:{contact.pk}"
    record("people.close_to_family", subject, by=by, at=at, patient=contact.patient_id, reason=told.value)
    return made


@action("people.open_to_family")
def open_to_family(*, contact: Contact, by: Actor, at: datetime) -> FamilyClosing:
    """The closing no longer holds: what is signed counts again, and nothing more."""
    refuse_machines(by, what="lifts what was closed")
    if not _is_closed(contact):
        raise Refusal("family.open", "Nothing is closed to this person.")
    with refusing():
        made = FamilyClosing.objects.create(
            patient_id=contact.patient_id, contact=contact, closes=False, by=str(by), at=at
        )
    record("people.open_to_family", f"contact:{contact.pk}", by=by, at=at, patient=contact.patient_id)
    return made


@action("people.tie_relative")
def tie_relative(*, contact: Contact, relative: Relative, by: Actor, at: datetime) -> Tie:
    """The account is that of `contact`. What it shows is another question, asked for every page."""
    refuse_machines(by, what="gives somebody of a family a sign-in")
    with refusing():
        made = Tie.objects.create(
            relative=relative, patient_id=contact.patient_id, contact=contact, by=str(by), at=at
        )
    record("people.tie_relative", f"contact:{contact.pk}", by=by, at=at, patient=contact.patient_id)
    return made


@action("people.change_relative")
def change_relative(
    *, relative: Relative, language: str = "", timezone: str = "", by: Actor, at: datetime
) -> None:
    """In which language she is spoken to, and in which zone hours are told. "": as before."""
    _check_language(language or relative.language)
    relative.language = language or relative.language
    relative.timezone = zone_called(timezone or relative.timezone).key
    with refusing():
        relative.save(update_fields=["language", "timezone"])
    record("people.change_relative", f"relative:{relative.pk}", by=by, at=at)


def _is_closed(contact: Contact) -> bool:
    """Whoever comes second waits, and is told."""
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    last = FamilyClosing.objects.filter(contact=contact).order_by("-at", "-closes", "-pk").first()
    return last is not None and last.closes


def _check_columns(columns: PatientColumns) -> None:
    if "timezone" in columns:
        zone_called(columns["timezone"])
    _check_language(columns.get("language", Language.ENGLISH.value))
    _check_state(columns.get("state", ""))
    channel = columns.get("preferred_channel", "")
    if channel and channel not in CHANNELS:
        raise Refusal("patient.channel", f"{channel} is not a channel we use.")
    if columns.get("age_band", "") not in {"", *AgeBand}:
        raise Refusal("patient.age_band", "This age band is not one of ours.")
    if columns.get("gender", "") not in {"", *Gender}:
        raise Refusal("patient.gender", "This is not one of the words we keep.")


def _check_language(language: str) -> None:
    if language not in set(Language):
        raise Refusal("language", "This language is not one of ours.")


def _check_state(state: str, *, needed: bool = False) -> None:
    """Two letters, as the post writes them."""
    if (state or needed) and not (len(state) == 2 and state.isascii() and state.isalpha()):
        raise Refusal("state", "A state is written with two letters, such as NY.")
