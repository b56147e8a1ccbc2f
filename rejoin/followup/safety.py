"""What somebody must know at once when a patient may be in danger: where she is today, and who may be told.

`location_of` never passes off another day's address as today's. `contacts_for_safety` decides whom she allows to be told
before a number is shown. `procedure_of_case` is the procedure with what was recorded of each step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import Word, local_day
from rejoin.domain.policy.ladder import NEEDS_NUMBER
from rejoin.domain.safety import NATIONAL_LINE, PROCEDURES, CrisisLine, Procedure, StepRule
from rejoin.followup.models import Case
from rejoin.followup.words import spaced
from rejoin.people.models import Patient
from rejoin.people.vocabulary import Purpose, Relation
from rejoin.programs.models import Program

EMERGENCY_LASTS: Final = timedelta(hours=24)
"""A recorded disclosure opens what it opens for a day. Ours."""
CONSENT_RULE: Final = "42 CFR 2.31"
EMERGENCY_RULE: Final = "42 CFR 2.51"
THREAT_RULE: Final = "45 CFR 164.512(j)"
# Whoever of hers may be told in a matter of safety, by what the consent is for. A guardian or an emergency contact who
# may hear of attendance may hear that she is missed, and no more.
SAYS: Final = {
    Purpose.SAFETY.value: "that you are worried for her safety",
    Purpose.ATTENDANCE.value: "that she missed a session",
}
CLOSED_TO: Final = "It is on record that this person is told nothing."
CLOSE: Final = (Relation.EMERGENCY_CONTACT.value, Relation.GUARDIAN.value)

PLACES = """
SELECT at, state, place, call_back, alone, driving, contact_right, coalesce(staff.name, '')
  FROM attendance_checkin AS said LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = said."by"
 WHERE patient_id = %s AND at <= %s ORDER BY at DESC, said.id DESC LIMIT 40
"""
CONTACTS = """
SELECT id, relation, name, phone, email, language FROM people_contact
 WHERE patient_id = %s AND (retired_at IS NULL OR retired_at > %s)
 ORDER BY array_position(ARRAY['emergency_contact', 'guardian', 'supporter'], relation::text) NULLS LAST, id
"""
CONSENTS = """
SELECT DISTINCT ON (contact_id, purpose, channel) contact_id, purpose, channel, granted, at, until_at, id
  FROM people_consent WHERE patient_id = %s AND contact_id IS NOT NULL AND at <= %s
 ORDER BY contact_id, purpose, channel, at DESC, granted, id DESC
"""
# The latest word holds; of one instant a closing.
CLOSED = """
SELECT contact_id FROM (
    SELECT DISTINCT ON (contact_id) contact_id, closes FROM people_familyclosing
     WHERE patient_id = %s AND at <= %s ORDER BY contact_id, at DESC, closes DESC) AS said
 WHERE closes
"""
DISCLOSED = """
SELECT contact_id, basis, told_at FROM followup_emergencydisclosure
 WHERE patient_id = %s AND told_at > %s AND told_at <= %s ORDER BY told_at DESC
"""
RECORDED = """
SELECT record.step, record.result, record.words, record.at, coalesce(staff.name, '')
  FROM followup_safetyrecord AS record LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = record."by"
 WHERE record.case_id = %s ORDER BY record.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where she said she was, once. "" and None: she was not asked."""

    said_at: datetime
    on: date
    """On her own calendar."""
    age: timedelta
    state: str
    place: str
    call_back: str
    alone: bool | None
    driving: bool | None
    contact_right: bool | None
    written_by: str
    """Whoever of the staff wrote it down; "": she did herself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where she is today, as far as she said. `today` None: nobody knows, whatever is on file."""

    today: Place | None
    earlier: Place | None
    """The latest address of before: of its own day, never of this one. Show it with its date, or not at all."""

    @property
    def is_known(self) -> bool:
        return self.today is not None and bool(self.today.place)


def location_of(patient: Patient, now: datetime) -> Location:
    """The latest she said of where she is on her own calendar day; what is older is told as older."""
    zone = ZoneInfo(patient.timezone)
    said = [_place(row, zone, now) for row in select(PLACES, [patient.pk, now])]
    today = next((each for each in said if each.on == local_day(now, zone)), None)
    earlier = next((each for each in said if each.place and each is not today), None)
    return Location(today=today, earlier=earlier)


def _place(row: Sequence[Any], zone: ZoneInfo, now: datetime) -> Place:
    at, state, place, call_back, alone, driving, contact_right, written_by = row
    return Place(
        said_at=at,
        on=local_day(at, zone),
        age=now - at,
        state=state,
        place=place,
        call_back=call_back,
        alone=alone,
        driving=driving,
        contact_right=contact_right,
        written_by=written_by,
    )


class NumberFor(Word):
    """What a number that is shown may be used for."""

    CALLING = "calling"
    MEDICAL_PERSONNEL = "medical_personnel"
    """To be passed on to them in the emergency on record. We do not call it: she has not agreed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyContact:
    """Somebody around her, and whether they may be told: decided before a number is shown."""

    contact_id: int
    relation: str
    name: str
    language: str
    may_be_told: bool
    for_what: tuple[str, ...]
    """What they may be told, in words."""
    because: str
    consent_id: int | None
    until: datetime | None
    """When the consent ends by itself."""
    cite: str
    number: str
    """ "" where it may not be shown."""
    email: str
    number_for: NumberFor | None

    @property
    def who(self) -> str:
        """Who that is to her, in words."""
        return spaced(self.relation)


@dataclass(frozen=True, slots=True)
class _Consent:
    purpose: str
    channel: str
    granted: bool
    at: datetime
    until: datetime | None
    id: int

    def holds(self, at: datetime) -> bool:
        return self.granted and (self.until is None or self.until > at)


def crisis_lines(program: Program) -> tuple[CrisisLine, ...]:
    """The national line, always and first, and the program's own beside it."""
    if not program.crisis_number:
        return (NATIONAL_LINE,)
    return (
        NATIONAL_LINE,
        CrisisLine(
            number=program.crisis_number,
            name=program.crisis_name,
            how=program.crisis_hours,
            cite=f"Of {program.name}",
        ),
    )


def contacts_for_safety(patient: Patient, at: datetime) -> tuple[SafetyContact, ...]:
    """Everybody around her, emergency contacts first, with what she allows at `at`.

    A number is there only where she allows that they are told by phone, or where somebody has recorded a disclosure in
    an emergency within the last day: then it is there for medical personnel (42 CFR 2.51), or for the contact who was
    told because of a serious threat (45 CFR 164.512(j), where Part 2 does not bind).

    Whoever she or her program closed it to is told nothing, whatever is signed: an agreement opens no number then. What
    is on record of an emergency still does, because it rests on the law and not on her word, and says so.
    """
    zone = ZoneInfo(patient.timezone)
    said: dict[int, list[_Consent]] = {}
    for contact, *consent in select(CONSENTS, [patient.pk, at]):
        said.setdefault(contact, []).append(_Consent(*consent))
    told = select(DISCLOSED, [patient.pk, at - EMERGENCY_LASTS, at])
    closed = {contact for (contact,) in select(CLOSED, [patient.pk, at])}
    return tuple(
        _contact(row, said.get(row[0], ()), told, zone, at, closed=row[0] in closed)
        for row in select(CONTACTS, [patient.pk, at])
    )


def _contact(
    row: Sequence[Any],
    said: Iterable[_Consent],
    told: Sequence[Sequence[Any]],
    zone: ZoneInfo,
    at: datetime,
    *,
    closed: bool,
) -> SafetyContact:
    number, relation, name, phone, email, language = row
    words = [each for each in said if each.purpose in _suffices(relation)]
    live = [] if closed else sorted((each for each in words if each.holds(at)), key=_by_weight)
    channels = {each.channel for each in live}
    by_threat = any(contact == number for contact, _, _ in told)
    emergency = any(basis == "medical_emergency" for _, basis, _ in told)
    calls = by_threat or not channels.isdisjoint(NEEDS_NUMBER)
    number_for = NumberFor.CALLING if calls else NumberFor.MEDICAL_PERSONNEL if emergency else None
    best = live[0] if live else None
    return SafetyContact(
        contact_id=number,
        relation=relation,
        name=name,
        language=language,
        may_be_told=best is not None or by_threat,
        for_what=tuple(SAYS[each] for each in SAYS if any(one.purpose == each for one in live)),
        because=_because(best, words, number_for, zone, by_threat=by_threat, closed=closed),
        consent_id=best.id if best else None,
        until=best.until if best else None,
        cite=CONSENT_RULE
        if best
        else THREAT_RULE
        if by_threat
        else EMERGENCY_RULE
        if emergency
        else CONSENT_RULE,
        number=phone if number_for else "",
        email=email if "email" in channels else "",
        number_for=number_for,
    )


def _suffices(relation: str) -> tuple[str, ...]:
    return (Purpose.SAFETY.value, Purpose.ATTENDANCE.value) if relation in CLOSE else (Purpose.SAFETY.value,)


def _by_weight(consent: _Consent) -> tuple[bool, bool, int]:
    """Safety before attendance, a call before anything else, the newest first."""
    return (consent.purpose != Purpose.SAFETY, consent.channel != "phone", -consent.id)


def _because(
    best: _Consent | None,
    words: Sequence[_Consent],
    number_for: NumberFor | None,
    zone: ZoneInfo,
    *,
    by_threat: bool,
    closed: bool,
) -> str:
    if best is not None:
        ends = f", until {_day(best.until, zone)}" if best.until else ", until she takes it back"
        return f"She agreed on {_day(best.at, zone)}{ends}."
    if by_threat:
        no = CLOSED_TO if closed else "She has not agreed."
        return f"{no} They were told because of a serious and imminent threat, as is on record."
    why = CLOSED_TO if closed else _why_not(words, zone)
    if number_for is NumberFor.MEDICAL_PERSONNEL:
        return f"{why} The number is here for the medical personnel of the emergency on record, and for nobody else."
    return why


def _why_not(words: Sequence[_Consent], zone: ZoneInfo) -> str:
    latest = max(words, key=lambda each: (each.at, each.id), default=None)
    if latest is None:
        return "She has not agreed that this person is told."
    if not latest.granted:
        return f"She took her agreement back on {_day(latest.at, zone)}."
    return f"Her agreement ended on {_day(latest.until or latest.at, zone)}."


def _day(at: datetime, zone: ZoneInfo) -> str:
    day = local_day(at, zone)
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A step of the procedure as somebody recorded it."""

    result: str
    words: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureStep:
    """A step of the procedure, with every time it was recorded on this case, oldest first."""

    rule: StepRule
    recorded: tuple[Recorded, ...]


def procedure_of_case(case: Case, procedure: Procedure) -> tuple[ProcedureStep, ...]:
    """The steps of `procedure` in order, with what was recorded of each on this case. One query."""
    found: dict[str, list[Recorded]] = {}
    for step, result, words, at, name in select(RECORDED, [case.pk]):
        found.setdefault(step, []).append(Recorded(result=result, words=words, at=at, by=name))
    return tuple(
        ProcedureStep(rule=rule, recorded=tuple(found.get(rule.step, ()))) for rule in PROCEDURES[procedure]
    )
