"""What somebody around a patient may be told at an instant: read from what was written down by then, and kept nowhere.

`told_about` is asked anew for every page and every send, so that a consent taken back, one that ran out, a closing, a
birthday and a confirmation that fell away each show on the next of them (ADR 22).

Which kind of care a program gives is not written down: whichever of both kinds the law is stricter about, holds. In more
programs than one, each has to allow it.
"""

from calendar import isleap
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.consent import (
    ADULT_FROM,
    MAJORITIES,
    MINORS,
    About,
    Access,
    Closing,
    Confirmation,
    Law,
    Service,
    Signed,
    Signer,
    Youth,
    guardian_access,
)
from rejoin.domain.kernel import local_day, local_midnight
from rejoin.people.vocabulary import AgeBand, Relation

AGES: Final = frozenset({ADULT_FROM, *(each.age for each in MAJORITIES), *(each.from_age for each in MINORS)})
"""Birthdays on which something may turn."""
PAGE: Final = "portal"
"""The channel of which a consent covers a page of one's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A program in which she has a place, as far as whoever asks sees it."""

    part2: bool
    confirmations: tuple[Confirmation, ...]


@dataclass(slots=True, kw_only=True)
class Known:
    """What was written down of one patient by an instant, that decides whom her family may be."""

    zone: ZoneInfo
    state: str
    age_band: str
    births: list[tuple[datetime, date | None]] = field(default_factory=list)
    seen_in: list[tuple[datetime, str]] = field(default_factory=list)
    """Other states she said she was in, and when."""
    signed: dict[int, list[Signed]] = field(default_factory=lambda: defaultdict(list))
    """Words of guardians, by whom they are towards."""
    closings: dict[int, list[Closing]] = field(default_factory=lambda: defaultdict(list))
    places: list[Place] = field(default_factory=list)

    def born_on(self, at: datetime) -> date | None:
        return next((born for said, born in reversed(self.births) if said <= at), None)

    def asks(self, relation: str, at: datetime) -> bool:
        """Whether the law of minors is asked: of guardians always; of others where her age is known, or that she is young."""
        if relation == Relation.GUARDIAN.value:
            return True
        return self.born_on(at) is not None or self.age_band == AgeBand.ADOLESCENT.value

    def youth(self, at: datetime, *, part2: bool) -> Youth:
        today = local_day(at, self.zone)
        here = next((state for said, state in reversed(self.seen_in) if said <= at), "")
        on = next((local_day(said, self.zone) for said, _ in reversed(self.seen_in) if said <= at), None)
        states = {self.state, here if on == today else ""} - {""}
        return Youth(
            born_on=self.born_on(at),
            states=frozenset(states),
            services=frozenset(Service),
            zone=self.zone,
            part2=part2,
        )

    def moments(self, contact: int, now: datetime) -> list[datetime]:
        """When something that decides may have changed, up to `now`: words, their ends, birthdays, and her days in a state."""
        said = [each for each, _ in self.births] + [each for each, _ in self.seen_in]
        for word in self.signed.get(contact, ()):
            said += [word.at, *([word.until_at] if word.until_at else [])]
        for closing in self.closings.get(contact, ()):
            said += [closing.at, *([closing.until_at] if closing.until_at else [])]
        for place in self.places:
            for each in place.confirmations:
                said += [each.at, *([each.until_at] if each.until_at else [])]
        return said + self._midnights(now)

    def _midnights(self, now: datetime) -> list[datetime]:
        """Where a birthday begins, and where a day ends on which she said where she is."""
        days = [local_day(each, self.zone) + timedelta(days=1) for each, _ in self.seen_in]
        born = self.born_on(now)
        if born is not None:
            days += [_birthday(born, age) for age in sorted(AGES)]
        return [local_midnight(day, self.zone) for day in days]

    def access(self, contact: int, words: Iterable[Signed], at: datetime) -> tuple[Access, ...]:
        """By each of her programs; without a place anywhere as the strictest of them would."""
        places = self.places or [Place(part2=True, confirmations=())]
        consents = (*words, *self.signed.get(contact, ()))
        return tuple(
            guardian_access(
                self.youth(at, part2=place.part2),
                law=Law(rules=MINORS, majorities=MAJORITIES, confirmations=place.confirmations),
                consents=consents,
                closings=self.closings.get(contact, ()),
                now=at,
            )
            for place in places
        )

    def about(self, contact: int, words: Iterable[Signed], at: datetime) -> frozenset[About]:
        """What the contact may be told of, in every program of hers."""
        return frozenset(About).intersection(*(each.about for each in self.access(contact, words, at)))

    def about_by_phone(
        self, contact: int, relation: str, words: Sequence[Signed], at: datetime
    ) -> frozenset[About]:
        """What the contact may be told of in a call of the team, where `words` are hers on calls: as the ladder asks."""
        if self.asks(relation, at):
            return self.about(contact, words, at)
        if self.is_closed(contact, at):
            return frozenset()
        last = {each.about: each for each in sorted(words, key=lambda word: (word.at, not word.granted))}
        return frozenset(
            about
            for about, word in last.items()
            if word.granted and (word.until_at is None or at < word.until_at)
        )

    def is_closed(self, contact: int, at: datetime) -> bool:
        return any(
            each.at <= at and (each.until_at is None or at < each.until_at)
            for each in self.closings.get(contact, ())
        )


def known_of(patient_ids: Sequence[int], now: datetime) -> dict[int, Known]:
    """What is written down of each by `now`: seven queries for all of them, and none where nobody is asked for."""
    asked = list(patient_ids)
    if not asked:
        return {}
    found = {
        row[0]: Known(zone=ZoneInfo(row[1]), state=row[2], age_band=row[3]) for row in select(WHO, [asked])
    }
    for patient, at, born_on in select(BORN, [asked, now]):
        found[patient].births.append((at, born_on))
    for patient, at, state in select(SEEN_IN, [asked, now]):
        found[patient].seen_in.append((at, state))
    for patient, contact, purpose, granted, at, until_at in select(SIGNED, [asked, now]):
        word = Signed(by=Signer.GUARDIAN, about=About(purpose), granted=granted, at=at, until_at=until_at)
        found[patient].signed[contact].append(word)
    for patient, contact, closes, at in select(CLOSINGS, {"patients": asked, "now": now}):
        _close(found[patient].closings[contact], closes=closes, at=at)
    confirmed: dict[int, list[Confirmation]] = defaultdict(list)
    programs = select(PLACES, {"patients": asked, "now": now})
    for program, *said in select(CONFIRMED, [sorted({row[1] for row in programs}), now]):
        confirmed[program].append(_confirmation(*said))
    for patient, program, part2 in programs:
        place = Place(part2=part2, confirmations=tuple(confirmed[program]))
        found[patient].places.append(place)
    return found


def told_about(*, patient_id: int, contact_id: int, now: datetime) -> tuple[Access, ...]:
    """What a page of her own may show somebody around the patient at `now`, by each program of the patient's."""
    known = known_of([patient_id], now)[patient_id]
    rows = select(OWN_WORDS, [patient_id, contact_id, now])
    words = [patients_word(*row[1:]) for row in rows if row[0] == PAGE]
    return known.access(contact_id, words, now)


def shown_to(ties: Sequence[tuple[int, int]], now: datetime) -> dict[int, frozenset[About]]:
    """What a page may show at `now` to each of `ties` (patient, contact), by contact: in every program of the patient's.

    Eight queries, however many they are. Whoever is told nothing has an empty set.
    """
    known = known_of([patient for patient, _ in ties], now)
    words: dict[int, list[Signed]] = defaultdict(list)
    for contact, *said in select(PAGE_WORDS, [[contact for _, contact in ties], PAGE, now]):
        words[contact].append(patients_word(*said))
    return {contact: known[patient].about(contact, words[contact], now) for patient, contact in ties}


def patients_word(purpose: str, granted: bool, at: datetime, until_at: datetime | None) -> Signed:
    return Signed(by=Signer.PATIENT, about=About(purpose), granted=granted, at=at, until_at=until_at)


def _birthday(born_on: date, age: int) -> date:
    """As `age_on` counts: of 29 February on 1 March of other years."""
    year = born_on.year + age
    leap = (born_on.month, born_on.day) == (2, 29) and not isleap(year)
    return date(year, 3, 1) if leap else born_on.replace(year=year)


def _close(closings: list[Closing], *, closes: bool, at: datetime) -> None:
    """The latest word holds: a lifting ends the closing before it, and a second closing changes nothing."""
    stands = bool(closings) and closings[-1].until_at is None
    if closes and not stands:
        closings.append(Closing(at=at))
    elif not closes and stands:
        closings[-1] = Closing(at=closings[-1].at, until_at=at)


def _confirmation(*said: Any) -> Confirmation:
    state, service, checked_on, confirmed, by, at, until_at = said
    return Confirmation(
        state=state,
        service=Service(service),
        checked_on=checked_on,
        by=by,
        at=at,
        confirmed=confirmed,
        until_at=until_at,
    )


WHO: Final = "SELECT id, timezone, state, age_band FROM people_patient WHERE id = ANY(%s)"
BORN: Final = """
SELECT patient_id, at, born_on FROM people_birthdate WHERE patient_id = ANY(%s) AND at <= %s ORDER BY at, id
"""
SEEN_IN: Final = """
SELECT said.patient_id, said.at, said.state
  FROM attendance_checkin AS said JOIN people_patient AS patient ON patient.id = said.patient_id
 WHERE said.patient_id = ANY(%s) AND said.at <= %s AND said.state <> '' AND said.state <> patient.state
 ORDER BY said.at, said.id
"""
"""Of the day she says she is in another state the law of both is asked, also where she says later that she is back."""
SIGNED: Final = """
SELECT said.patient_id, said.contact_id, said.purpose, said.granted, said.at,
       least(said.until_at, signer.retired_at)
  FROM people_guardianword AS said JOIN people_contact AS signer ON signer.id = said.guardian_id
 WHERE said.patient_id = ANY(%s) AND said.at <= %s ORDER BY said.at, said.id
"""
CLOSINGS: Final = """
SELECT patient_id, contact_id, closes, at FROM people_familyclosing
 WHERE patient_id = ANY(%(patients)s) AND at <= %(now)s
 UNION ALL
SELECT patient_id, id, true, retired_at FROM people_contact
 WHERE patient_id = ANY(%(patients)s) AND retired_at <= %(now)s
 ORDER BY 4, 3
"""
"""Of one instant a lifting comes before a closing: in doubt, no. Whoever is no longer around her is told nothing."""
PLACES: Final = """
SELECT DISTINCT place.patient_id, program.id, program.part2
  FROM programs_enrolment AS place JOIN programs_program AS program ON program.id = place.program_id
 WHERE place.patient_id = ANY(%(patients)s)
   AND (place.until_on IS NULL OR place.until_on >= (%(now)s AT TIME ZONE program.timezone)::date)
   AND (place.from_on IS NULL OR place.from_on <= (%(now)s AT TIME ZONE program.timezone)::date)
   AND (place.ended_at IS NULL OR place.ended_at > %(now)s)
"""
CONFIRMED: Final = """
SELECT program_id, state, service, checked_on, confirmed, "by", at, until_at FROM programs_stateconfirmation
 WHERE program_id = ANY(%s) AND at <= %s ORDER BY at, id
"""
OWN_WORDS: Final = """
SELECT channel, purpose, granted, at, until_at FROM people_consent
 WHERE patient_id = %s AND contact_id = %s AND at <= %s AND purpose <> 'messages' ORDER BY at, id
"""
PAGE_WORDS: Final = """
SELECT contact_id, purpose, granted, at, until_at FROM people_consent
 WHERE contact_id = ANY(%s) AND channel = %s AND at <= %s AND purpose <> 'messages' ORDER BY at, id
"""
