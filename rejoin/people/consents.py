"""What patients allow, as the ladder asks it: on a channel, towards somebody, at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rejoin.common.rows import select
from rejoin.domain.consent import About
from rejoin.domain.policy import Consent
from rejoin.people.family import Known, known_of, patients_word
from rejoin.people.vocabulary import Purpose, Relation

SUFFICES = {
    "": frozenset({Purpose.MESSAGES.value}),
    Relation.GUARDIAN.value: frozenset({Purpose.ATTENDANCE.value, Purpose.SCHEDULING.value}),
    Relation.EMERGENCY_CONTACT.value: frozenset({Purpose.SAFETY.value, Purpose.ATTENDANCE.value}),
}
"""What a consent must be for so that telling somebody of a missed session is covered ("": herself)."""


class Said(NamedTuple):
    """One word on consent, in the order of time. `contact` is a row, `relation` who that is."""

    at: datetime
    granted: bool
    until_at: datetime | None
    contact: int | None
    purpose: str
    retired_at: datetime | None = None


class Turn(NamedTuple):
    """From `at` on, the permission under `key` stands or does not."""

    at: datetime
    refuses: bool
    """Sorts after a permission of the same instant: in doubt, no."""
    key: tuple[int | None, str]


def consents_of(patient_ids: Iterable[int], now: datetime) -> dict[int, tuple[Consent, ...]]:
    """What each patient allows, as far as anybody has said by `now`: one query for all of them.

    Each permission is told as its turns, so that a step taken earlier is judged by what stood then. Towards others the
    law of minors is asked beside her own word: a guardian who has to sign, a closing, a birthday (`people/family.py`).
    """
    asked = list(patient_ids)
    found: dict[int, dict[tuple[str, str], list[Said]]] = {each: defaultdict(list) for each in asked}
    for patient_id, channel, relation, *said in select(ROWS, [asked, now]):
        if said[4] in SUFFICES.get(relation, ()):
            found[patient_id][channel, relation].append(Said(*said))
    known = known_of([each for each, said in found.items() if any(relation for _, relation in said)], now)
    return {
        patient_id: tuple(
            turn
            for key, said in by_channel.items()
            for turn in _told(*key, said, now, known=known.get(patient_id) if key[1] else None)
        )
        for patient_id, by_channel in found.items()
    }


def permission_turns(said: Sequence[Said], now: datetime) -> list[tuple[datetime, bool]]:
    """When the permission that `said` adds up to came and went, up to `now`.

    It stands while any person of the relation may be told for any purpose that suffices: a grant that
    ran out, that a later word took back, or whose person was retired, is as not granted.
    """
    standing: set[tuple[int | None, str]] = set()
    turns: list[tuple[datetime, bool]] = []
    for turn in sorted(_turns(said, now), key=lambda each: (each.at, each.refuses)):
        (standing.discard if turn.refuses else standing.add)(turn.key)
        if turns and turns[-1][0] == turn.at:
            turns.pop()
        turns.append((turn.at, bool(standing)))
    return turns


def guarded_turns(
    relation: str, said: Sequence[Said], now: datetime, *, known: Known
) -> list[tuple[datetime, bool]]:
    """As `permission_turns`, with what the law of minors adds: of each person, at each instant at which it may turn."""
    by_contact: dict[int, list[Said]] = defaultdict(list)
    for each in said:
        if each.contact is not None:
            by_contact[each.contact].append(each)
    first = min(each.at for each in said)
    moments = {at for words in by_contact.values() for at, _ in permission_turns(words, now)}
    moments |= {at for contact in by_contact for at in known.moments(contact, now) if first <= at <= now}
    turns: list[tuple[datetime, bool]] = []
    for at in sorted(moments):
        stands = any(_stands(contact, relation, words, at, known) for contact, words in by_contact.items())
        if not turns or turns[-1][1] is not stands:
            turns.append((at, stands))
    return turns


def _stands(contact: int, relation: str, said: Sequence[Said], at: datetime, known: Known) -> bool:
    words = [each for each in said if each.at <= at]
    turns = permission_turns(words, at)
    if not turns or not turns[-1][1] or known.is_closed(contact, at):
        return False
    if not known.asks(relation, at):
        return True
    hers = [patients_word(each.purpose, each.granted, each.at, each.until_at) for each in words]
    return not known.about(contact, hers, at).isdisjoint(About(each.purpose) for each in words)


def _turns(said: Sequence[Said], now: datetime) -> list[Turn]:
    """Every word, and between them the ends that grants come to by themselves."""
    by_key: dict[tuple[int | None, str], list[Said]] = defaultdict(list)
    for each in sorted(said, key=lambda word: (word.at, not word.granted)):
        by_key[each.contact, each.purpose].append(each)
    turns = []
    for key, words in by_key.items():
        turns += [Turn(each.at, not each.granted, key) for each in words]
        turns += [
            Turn(ends, True, key)
            for each, after in zip(words, [*words[1:], None], strict=True)
            if (ends := _ends(each)) and (ends <= now if after is None else ends < after.at)
        ]
    return turns


def _ends(said: Said) -> datetime | None:
    """When a grant ends though nobody says anything more."""
    ends = [each for each in (said.until_at, said.retired_at) if each is not None and said.granted]
    return max(min(ends), said.at) if ends else None


def _told(
    channel: str, relation: str, said: Sequence[Said], now: datetime, *, known: Known | None
) -> list[Consent]:
    if known is not None:
        turns = guarded_turns(relation, said, now, known=known)
        return [Consent(channel=channel, granted=yes, at=at, contact=relation) for at, yes in turns]
    if len(said) == 1 and said[0].until_at is None and said[0].retired_at is None:
        return [Consent(channel=channel, granted=said[0].granted, at=said[0].at, contact=relation)]
    return [
        Consent(channel=channel, granted=granted, at=at, contact=relation)
        for at, granted in permission_turns(said, now)
    ]


ROWS = """
SELECT said.patient_id, said.channel, coalesce(person.relation, ''),
       said.at, said.granted, said.until_at, said.contact_id, said.purpose, person.retired_at
  FROM people_consent AS said LEFT JOIN people_contact AS person ON person.id = said.contact_id
 WHERE said.patient_id = ANY(%s) AND said.at <= %s
 ORDER BY said.at, said.id
"""
