"""Whose word it takes before anybody around a patient is told anything, and what stands for each of them now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from rejoin.common.rows import select
from rejoin.console.present.patients_around import PURPOSES, RELATIONS
from rejoin.domain.consent import About, Access, Signer, age_on
from rejoin.domain.kernel import local_day
from rejoin.people.family import Known, known_of, patients_word
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
WORDS: Final = """
SELECT contact_id, channel, purpose, granted, at, until_at FROM people_consent
 WHERE patient_id = %s AND contact_id IS NOT NULL AND purpose <> 'messages' AND at <= %s AND channel = ANY(%s)
 ORDER BY at, id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Somebody around her, by what is signed."""

    name: str
    relation: str
    by_phone: Sequence[str]
    on_page: Sequence[str]
    """What may be told, in words."""
    closed: bool
    next_to_ask: str


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


def family_of(patient_id: int, people: Sequence[tuple[int, str, str]], now: datetime) -> Family:
    """`people`: those around her by number, name and relation. Eight queries, however many they are."""
    known = known_of([patient_id], now)[patient_id]
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
        people=[_relative(known, said, *each, now=now) for each in people],
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
    number: int,
    name: str,
    relation: str,
    *,
    now: datetime,
) -> Relative:
    hers = {
        channel: [patients_word(*row[2:]) for row in said if (row[0], row[1]) == (number, channel)]
        for channel in CHANNELS
    }
    by_phone = known.about_by_phone(number, relation, hers["phone"], now)
    on_page = known.about(number, hers["portal"], now)
    lacks = [access.next_to_ask(About.ATTENDANCE) for access in known.access(number, hers["phone"], now)]
    closed = known.is_closed(number, now)
    asked = next((signer for signer in Signer if signer in lacks), None)
    if About.ATTENDANCE in by_phone:
        asked = None
    return Relative(
        name=name,
        relation=RELATIONS.get(relation, relation),
        by_phone=[PURPOSES[each.value] for each in About if each in by_phone],
        on_page=[PURPOSES[each.value] for each in About if each in on_page],
        closed=closed,
        next_to_ask="" if closed or asked is None else NEXT[asked],
    )
