"""Whose word it takes before anybody around a patient is told anything, and what stands for each of them now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from rejoin.common.rows import select
from rejoin.console.present.patients_around import PURPOSES, RELATIONS
from rejoin.domain.consent import About, Access, Signer, age_on
from rejoin.domain.kernel import local_day
from rejoin.people.family import Known, known_of, patients_word
from rejoin.people.models import Contact
from rejoin.people.vocabulary import WhyClosed

WHY_CLOSED: Final[Mapping[WhyClosed, str]] = MappingProxyType(
    {
        WhyClosed.ENDANGERS: "to tell them could endanger her",
        WhyClosed.SHE_ASKS: "she asks for it",
        WhyClosed.COURT: "a court has ordered it",
        WhyClosed.JUDGEMENT: "her clinician judges that it is in her interest",
    }
)
NEXT: Final = MappingProxyType(
    {
        Signer.PATIENT: "Ask her first.",
        Signer.GUARDIAN: "She has agreed: now her guardian may be asked to sign.",
    }
)
CHANNELS: Final = ("phone", "portal")
"""Of which her own word is looked at here: a call of the team, and a page of one's own."""
SIGN_INS: Final = "SELECT * FROM rejoin_family_sign_ins(%s)"
EMAILS: Final = "SELECT id, email FROM people_contact WHERE patient_id = %s"
STILL_CLOSED: Final = (
    "It is recorded, and does not count yet: this person is closed. "
    "Lift that first, under “Close to somebody, or lift it”."
)
PLACES_NOW: Final = (
    "SELECT program_id FROM programs_enrolment WHERE patient_id = %s AND ended_at IS NULL ORDER BY id"
)
WORDS: Final = """
SELECT contact_id, channel, purpose, granted, at, until_at FROM people_consent
 WHERE patient_id = %s AND contact_id IS NOT NULL AND purpose <> 'messages' AND at <= %s AND channel = ANY(%s)
 ORDER BY at, id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Somebody around her, by what is signed."""

    number: int
    name: str
    relation: str
    by_phone: Sequence[str]
    on_page: Sequence[str]
    """What may be told, in words."""
    closed: bool
    next_to_ask: str
    email: str
    """Where an invitation goes; "": nowhere."""
    invited_at: datetime | None
    taken_up: bool
    """The link she was given then was used."""
    wants_birth_date: bool
    """Her own word would open a page, if it were known that she is an adult."""
    refused: str = ""
    """Why no invitation went out just now."""

    @property
    def may_be_invited(self) -> bool:
        return not self.closed and bool(self.on_page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is known that decides whom her family may be."""

    born_on: date | None
    age: int | None
    needs: Sequence[str]
    """Whose word it takes, of each of her programs' strictest: "hers", "her guardian's"."""
    because: Sequence[tuple[str, str]]
    """Why, each with what it is from."""
    people: Sequence[Relative]
    age_is_open: bool
    """Neither a birth date nor an age band says that she is a minor, or that she is none."""

    def refusing(self, number: int, why: str) -> "Family":
        """The same, with why no invitation went out to one of them."""
        people = [replace(each, refused=why) if each.number == number else each for each in self.people]
        return replace(self, people=people)


def still_closed(contact: Contact, now: datetime) -> str:
    """What is said where something was recorded that a closing outweighs; "": nothing does."""
    known = known_of([contact.patient_id], now)[contact.patient_id]
    return STILL_CLOSED if known.is_closed(contact.pk, now) else ""


def places_now(patient_id: int) -> list[int]:
    """The programs she has a place in, of those whoever asks may see."""
    return [row[0] for row in select(PLACES_NOW, [patient_id])]


def family_of(patient_id: int, people: Sequence[tuple[int, str, str]], now: datetime) -> Family:
    """`people`: those around her by number, name and relation. Ten queries, however many they are."""
    known = known_of([patient_id], now)[patient_id]
    sign_ins = {number: (at, taken_up) for number, at, taken_up in select(SIGN_INS, [patient_id])}
    emails: dict[int, str] = dict(select(EMAILS, [patient_id]))
    said = select(WORDS, [patient_id, now, list(CHANNELS)])
    born_on = known.born_on(now)
    needed = known.access(0, (), now)
    signers = frozenset[Signer]().union(*(each.needed for each in needed))
    return Family(
        born_on=born_on,
        age=age_on(born_on, local_day(now, known.zone)) if born_on else None,
        needs=[words for signer, words in WHOSE.items() if signer in signers],
        because=_because(needed),
        age_is_open=not known.asks("", now),
        people=[
            _relative(
                known,
                said,
                each,
                email=emails.get(each[0], "").strip(),
                sign_in=sign_ins.get(each[0], (None, False)),
                now=now,
            )
            for each in people
        ],
    )


WHOSE: Final = MappingProxyType({Signer.PATIENT: "hers", Signer.GUARDIAN: "her guardian's"})


def _because(told: Sequence[Access]) -> list[tuple[str, str]]:
    """Each reason once; what was signed is told with each person."""
    found = [
        (each.text, each.cite or "")
        for access in told
        for each in access.because
        if each.rule != "consent.live"
    ]
    return list(dict.fromkeys(found))


def _relative(
    known: Known,
    said: Sequence[tuple[int, str, str, bool, datetime, datetime | None]],
    who: tuple[int, str, str],
    *,
    email: str,
    sign_in: tuple[datetime | None, bool],
    now: datetime,
) -> Relative:
    number, name, relation = who
    hers = {
        channel: [patients_word(*row[2:]) for row in said if (row[0], row[1]) == (number, channel)]
        for channel in CHANNELS
    }
    by_phone = known.about_by_phone(number, relation, hers["phone"], now)
    on_page = known.about(number, hers["portal"], now)
    lacks = [access.next_to_ask(About.ATTENDANCE) for access in known.access(number, hers["phone"], now)]
    pages = known.access(number, hers["portal"], now)
    closed = known.is_closed(number, now)
    asked = next((signer for signer in Signer if signer in lacks), None)
    if About.ATTENDANCE in by_phone:
        asked = None
    alone = any(Signer.GUARDIAN in each for access in pages for each in access.lacking.values())
    said_yes = any(word.granted for word in hers["portal"])
    return Relative(
        number=number,
        name=name,
        relation=RELATIONS.get(relation, relation),
        by_phone=[PURPOSES[each.value] for each in About if each in by_phone],
        on_page=[PURPOSES[each.value] for each in About if each in on_page],
        closed=closed,
        next_to_ask="" if closed or asked is None else NEXT[asked],
        email=email,
        invited_at=sign_in[0],
        taken_up=sign_in[1],
        wants_birth_date=known.born_on(now) is None and not on_page and not closed and said_yes and alone,
    )
