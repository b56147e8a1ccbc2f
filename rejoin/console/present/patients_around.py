"""Who and what is around a patient: her team, how she is reached, whom she allows to be told of what, and her flags."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.common.templatetags.pages import told_when
from rejoin.followup.safety import SafetyContact
from rejoin.followup.words import CHANNELS, ROLES, word
from rejoin.people.naming import names_of
from rejoin.people.vocabulary import AddressKind, Purpose, Relation
from rejoin.visits.checking_in import CONSENT_VERSION
from rejoin.visits.words import words_in
from rejoin.visits.words.english import English

RELATIONS: Final = MappingProxyType(
    {
        Relation.GUARDIAN.value: "Guardian",
        Relation.EMERGENCY_CONTACT.value: "Emergency contact",
        Relation.SUPPORTER.value: "Supporter",
        Relation.COURT.value: "Court",
        Relation.PAYER.value: "Payer",
    }
)
PURPOSES: Final = MappingProxyType(
    {
        Purpose.MESSAGES.value: "messages to herself",
        Purpose.ATTENDANCE.value: "that she missed a session",
        Purpose.SAFETY.value: "that somebody worries for her safety",
        Purpose.SCHEDULING.value: "when her sessions are",
        Purpose.BILLING.value: "what is billed",
    }
)
"""What a consent lets somebody be told."""
SOURCES: Final = MappingProxyType(
    {
        "form": "on a form",
        "reply": "in a reply",
        "portal": "on her own page",
        "import": "in the folder that was brought in",
        "vendor": "told by the message service",
        "spoken": "said to somebody of the team",
    }
)
FLAG_WORDS: Final = MappingProxyType(
    {
        "cssrs_high": "high on the C-SSRS",
        "uds_positive_7d": "positive urine screen within 7 days",
        "detox_discharge_14d": "left detox within 14 days",
        "left_distressed": "left a session distressed",
    }
)
"""Codes of the policies that ship, where their letters do not read by themselves."""
LANGUAGES: Final = MappingProxyType({"en": "English", "es": "Spanish"})
TEAM: Final = """
SELECT staff.name, member.role, program.name, member.from_at
  FROM programs_careteammember AS member JOIN people_staff AS staff ON staff.id = member.staff_id
  JOIN programs_program AS program ON program.id = member.program_id
 WHERE member.patient_id = %s AND member.ended_at IS NULL ORDER BY program.name, member.from_at, member.id
"""
ADDRESSES: Final = """
SELECT id, kind, value, retired_at, retired_by FROM people_address
 WHERE patient_id = %s ORDER BY kind DESC, retired_at DESC NULLS FIRST, rank, id
"""
FLAGS: Final = """
SELECT id, code, raised_at, raised_by, ended_at, ended_by FROM people_flag
 WHERE patient_id = %s ORDER BY ended_at IS NULL DESC, raised_at DESC, id DESC LIMIT 30
"""
CONSENTS: Final = """
SELECT contact_id, purpose, channel, granted, at, until_at, source, "by" FROM people_consent
 WHERE patient_id = %s AND at <= %s ORDER BY at DESC, granted, id DESC
"""
# Asked at the door of a room, once for each version of the words.
BY_VIDEO: Final = """
SELECT program.name, agreed.version, agreed.at, agreed."by" FROM visits_telehealthconsent AS agreed
  JOIN programs_program AS program ON program.id = agreed.program_id
 WHERE agreed.patient_id = %s AND agreed.at <= %s ORDER BY agreed.at DESC, agreed.id DESC
"""


class Member(NamedTuple):
    """Somebody of her care team."""

    name: str
    role: str
    program: str
    since: datetime


class Flag(NamedTuple):
    """What staff must know when she is missing; raised and ended by people."""

    id: int
    code: str
    raised_at: datetime
    raised_by: str
    ended_at: datetime | None
    ended_by: str

    @property
    def words(self) -> str:
        return word(FLAG_WORDS, self.code)


class Address(NamedTuple):
    """A number or an e-mail address of hers."""

    id: int
    kind: str
    value: str
    retired_at: datetime | None
    retired_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word on consent: what stood from then on."""

    allows: bool
    words: str
    """ "messages to herself, by text message"."""
    at: datetime
    until: str
    """The last day it holds, in words; "": until she takes it back."""
    how: str
    by: str
    """Who wrote it down."""
    stands: bool
    """It is the latest on its matter, and has not run out."""
    ran_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What she allows one person, herself included: what stands now, and all that was ever said."""

    standing: tuple[Word, ...]
    refused: tuple[Word, ...]
    """The latest word is no, or the last yes has run out."""
    history: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody around her, with what she allows them to be told."""

    contact: SafetyContact
    relation: str
    language: str
    permission: Permission


class ByVideo(NamedTuple):
    """She agreed to be treated by video in a program, to the words of a version."""

    program: str
    version: int
    at: datetime
    by: str

    @property
    def say(self) -> English:
        """Where the words stand that patients agree to: here as in English."""
        return words_in("en")

    @property
    def asked_now(self) -> bool:
        """Whether these are the words that are asked now; of those before only the number is kept."""
        return self.version == CONSENT_VERSION


class _Said(NamedTuple):
    """A word on consent as it is read."""

    contact: int | None
    purpose: str
    channel: str
    granted: bool
    at: datetime
    until_at: datetime | None
    source: str
    by: str


NOTHING_SAID: Final = Permission(standing=(), refused=(), history=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Everything around her that is not a session."""

    team: tuple[Member, ...]
    phones: tuple[Address, ...]
    """In the order in which they are tried."""
    emails: tuple[Address, ...]
    retired: tuple[Address, ...]
    """No longer hers, or no longer right."""
    flags: tuple[Flag, ...]
    ended_flags: tuple[Flag, ...]
    herself: Permission
    by_video: tuple[ByVideo, ...]
    """The latest first."""
    people: tuple[Person, ...]


def around(patient_id: int, contacts: Iterable[SafetyContact], *, zone: ZoneInfo, now: datetime) -> Around:
    """Six queries. `contacts` are hers, with whether they may be told (`contacts_for_safety`)."""
    said = [_Said(*row) for row in select(CONSENTS, [patient_id, now])]
    by_video = [ByVideo(*row) for row in select(BY_VIDEO, [patient_id, now])]
    raised = select(FLAGS, [patient_id])
    addresses = [Address(*row) for row in select(ADDRESSES, [patient_id])]
    names = names_of(
        [
            *(each.by for each in said),
            *(each.by for each in by_video),
            *(who for row in raised for who in (row[3], row[5])),
            *(each.retired_by for each in addresses),
        ]
    )
    by_contact: dict[int | None, list[_Said]] = defaultdict(list)
    for each in said:
        by_contact[each.contact].append(each)
    permissions = {contact: _permission(words, names, zone, now) for contact, words in by_contact.items()}
    flags = [
        Flag(number, code, at, names.get(by, ""), ended_at, names.get(ended_by, ""))
        for number, code, at, by, ended_at, ended_by in raised
    ]
    live = [each for each in addresses if each.retired_at is None]
    return Around(
        team=tuple(
            Member(name, word(ROLES, role), program, since)
            for name, role, program, since in select(TEAM, [patient_id])
        ),
        phones=tuple(each for each in live if each.kind == AddressKind.PHONE),
        emails=tuple(each for each in live if each.kind == AddressKind.EMAIL),
        retired=tuple(
            each._replace(retired_by=names.get(each.retired_by, ""))
            for each in addresses
            if each.retired_at is not None
        ),
        flags=tuple(each for each in flags if each.ended_at is None),
        ended_flags=tuple(each for each in flags if each.ended_at is not None),
        herself=permissions.get(None, NOTHING_SAID),
        by_video=tuple(each._replace(by=names.get(each.by, "")) for each in by_video),
        people=tuple(_person(each, permissions.get(each.contact_id, NOTHING_SAID)) for each in contacts),
    )


def _person(contact: SafetyContact, permission: Permission) -> Person:
    return Person(
        contact=contact,
        relation=RELATIONS.get(contact.relation, contact.relation),
        language=LANGUAGES.get(contact.language, contact.language),
        permission=permission,
    )


def _permission(said: Sequence[_Said], names: dict[str, str], zone: ZoneInfo, now: datetime) -> Permission:
    """`said` newest first: the first on a purpose and a channel is what holds."""
    told, history, matters = [], [], set()
    for each in said:
        matter = (each.purpose, each.channel)
        one = _word(each, names, zone, now, holds=matter not in matters)
        history.append(one)
        if matter not in matters:
            told.append(one)
        matters.add(matter)
    return Permission(
        standing=tuple(each for each in told if each.stands),
        refused=tuple(each for each in told if not each.stands),
        history=tuple(history),
    )


def _word(said: _Said, names: dict[str, str], zone: ZoneInfo, now: datetime, *, holds: bool) -> Word:
    ran_out = said.granted and said.until_at is not None and said.until_at <= now
    purpose = PURPOSES.get(said.purpose, said.purpose)
    return Word(
        allows=said.granted,
        words=f"{purpose}, by {word(CHANNELS, said.channel)}",
        at=said.at,
        until=_until(said.until_at, zone, now) if said.until_at else "",
        how=word(SOURCES, said.source),
        by=names.get(said.by, ""),
        stands=holds and said.granted and not ran_out,
        ran_out=ran_out,
    )


def _until(until_at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """What ends with a day is told as that day; what ends within one, with its time."""
    local = until_at.astimezone(zone)
    if (local.hour, local.minute) != (0, 0):
        return told_when(until_at, now, zone)
    last = local - timedelta(minutes=1)
    return f"{last:%a} {last.day} {last:%b} {last.year}"
