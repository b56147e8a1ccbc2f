"""Whose word it takes for care, and for somebody of the family to see anything; what she may see at an instant, and why.

The strictest rule holds: of every state whose law may bind, of every service, and of 42 CFR Part 2 beside them. What
nobody knows closes. A consent is looked at when the page is, so that one taken back or run out shows nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.domain.consent.law import Law, Service, adult_from, read_rule
from rejoin.domain.consent.showing import SHOWN_BY, About, Item
from rejoin.domain.kernel import Reason, Word, local_day

ALONE: Final = (
    "42 CFR 2.14(a): who may consent to treatment alone, alone consents to telling, her guardian included"
)
BOTH_SIGN: Final = "42 CFR 2.14(b): where a guardian's consent is needed, the minor and the guardian sign"
REPRESENTS: Final = "45 CFR 164.502(g)(3)(i): a guardian acts for a minor who may not consent alone"
NOT_REPRESENTED: Final = (
    "45 CFR 164.502(g)(5): nobody is to be treated as representative who may endanger her"
)


class Signer(Word):
    """Whose word it is."""

    PATIENT = "patient"
    GUARDIAN = "guardian"
    """Of hers by law, whoever it is that asks to see."""


BOTH: Final = frozenset(Signer)
PATIENT_ALONE: Final = frozenset({Signer.PATIENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Youth:
    """What is known of a patient that decides whose word it takes. It may be anybody: an adult is told from a minor here."""

    born_on: date | None
    states: frozenset[str]
    """Every state whose law may bind, as postal codes: where she lives, and where she says she is if that is another."""
    services: frozenset[Service]
    zone: ZoneInfo
    """Where her birthdays begin."""
    part2: bool
    """Whether 42 CFR Part 2 binds the program."""
    found: frozenset[str] = frozenset()
    """Codes of conditions that a professional has found to hold for her, and written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One word on a consent towards the one person who asks to see; the latest of a signer on a matter holds."""

    by: Signer
    about: About
    granted: bool
    """False: refused, or taken back."""
    at: datetime
    until_at: datetime | None = None
    """When a grant ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A person of the program decided that somebody sees nothing, whatever is signed."""

    at: datetime
    until_at: datetime | None = None
    """When it was lifted; None: it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Whose consent it takes, all of them, and why."""

    signers: frozenset[Signer]
    because: tuple[Reason, ...]
    adult: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody of the family may see at an instant."""

    about: frozenset[About]
    items: frozenset[Item]
    """What pages may hold. Empty: she is told nothing, not even that there is a patient."""
    needed: frozenset[Signer]
    lacking: Mapping[About, frozenset[Signer]]
    """Whose word is still missing, of what is not open for want of one."""
    because: tuple[Reason, ...]

    def next_to_ask(self, about: About) -> Signer | None:
        """Whom to ask now; None: nobody. The patient first: to ask a guardian is to tell her of the care."""
        lacks = self.lacking.get(about, frozenset())
        return next((each for each in Signer if each in lacks), None)


def age_on(born_on: date, day: date) -> int:
    """Whole years. Somebody born on 29 February is a year older on 1 March of other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def whose_care_consent(youth: Youth, *, law: Law, now: datetime) -> Needed:
    """Whose consent her care takes."""
    today = local_day(now, youth.zone)
    if youth.born_on is None or youth.born_on > today:
        return _both("her date of birth is not known")
    states = sorted(each for each in youth.states if each)
    age = age_on(youth.born_on, today)
    majority, cite = adult_from(states, law)
    if age >= majority:
        text = f"she is {age}, and an adult from {majority}"
        why = Reason(rule="consent.adult", text=text, cite=cite)
        return Needed(signers=PATIENT_ALONE, because=(why,), adult=True)
    if not states or not youth.services:
        return _both("nobody knows which law holds: her state or the kind of care is not known")
    told = [
        _by_rule(youth, age, state, service, law=law, now=now)
        for state in states
        for service in sorted(youth.services)
    ]
    return Needed(
        signers=frozenset().union(*(each.signers for each in told)),
        because=tuple(reason for each in told for reason in each.because),
    )


def whose_word_to_show(youth: Youth, *, law: Law, now: datetime) -> Needed:
    """Whose consent it takes before anybody of her family is shown anything."""
    care = whose_care_consent(youth, law=law, now=now)
    if not youth.part2 or care.adult:
        return care
    cite = ALONE if care.signers == PATIENT_ALONE else BOTH_SIGN
    text = "the program is bound by 42 CFR Part 2: nothing is told without her own consent"
    return Needed(
        signers=care.signers | PATIENT_ALONE,
        because=(*care.because, Reason(rule="consent.part2", text=text, cite=cite)),
    )


def guardian_access(
    youth: Youth,
    *,
    law: Law,
    consents: Sequence[Signed],
    closings: Iterable[Closing] = (),
    now: datetime,
) -> Access:
    """What the one person whom `consents` and `closings` are towards may see at `now`: a guardian, or another of hers.

    A no of the patient or of her guardian closes what it is about, also where the other's word alone would open it.
    """
    needed = whose_word_to_show(youth, law=law, now=now)
    if any(each.at <= now and (each.until_at is None or now < each.until_at) for each in closings):
        text = "a person of the program decided that nothing is shown"
        closed = Reason(rule="consent.closed", text=text, cite=NOT_REPRESENTED)
        return _access(frozenset(), needed, {}, (closed,))
    opened: set[About] = set()
    lacking: dict[About, frozenset[Signer]] = {}
    because = []
    for about in About:
        words = {signer: _latest(consents, signer, about, now) for signer in Signer}
        refused = [signer for signer, word in words.items() if word is not None and not word.granted]
        lacks = frozenset(signer for signer in needed.signers if not _stands(words[signer], now))
        if refused:
            text = f"{about}: {' and '.join(refused)} said no"
        elif lacks:
            lacking[about] = lacks
            text = f"{about}: no live consent of {' and '.join(sorted(lacks, reverse=True))}"
        else:
            opened.add(about)
            text = f"{about}: signed by {' and '.join(sorted(needed.signers, reverse=True))}"
        because.append(Reason(rule="consent.live", text=text, cite="42 CFR 2.31, 45 CFR 164.508"))
    return _access(frozenset(opened), needed, lacking, tuple(because))


def _access(
    about: frozenset[About],
    needed: Needed,
    lacking: Mapping[About, frozenset[Signer]],
    because: tuple[Reason, ...],
) -> Access:
    return Access(
        about=about,
        items=frozenset().union(*(SHOWN_BY[each] for each in about)),
        needed=needed.signers,
        lacking=lacking,
        because=(*needed.because, *because),
    )


def _by_rule(youth: Youth, age: int, state: str, service: Service, *, law: Law, now: datetime) -> Needed:
    reading = read_rule(law, state=state, service=service, now=now)
    rule = reading.rule
    if rule is None:
        return Needed(signers=BOTH, because=(reading.because,))
    if age < rule.from_age:
        text = f"she is {age}; alone she may consent in {state} from {rule.from_age}"
        why = Reason(rule="consent.guardian", text=text, cite=f"{rule.cite}; {REPRESENTS}")
        return Needed(signers=frozenset({Signer.GUARDIAN}), because=(reading.because, why))
    unfound = [each.says for each in rule.conditions if each.code not in youth.found]
    if unfound:
        text = f"nobody has written down that {'; '.join(unfound)}"
        why = Reason(rule="consent.condition", text=text, cite=rule.cite)
        return Needed(signers=BOTH, because=(reading.because, why))
    text = f"she is {age}, and may consent alone in {state} from {rule.from_age}"
    why = Reason(rule="consent.alone", text=text, cite=rule.cite)
    return Needed(signers=PATIENT_ALONE, because=(reading.because, why))


def _both(text: str) -> Needed:
    return Needed(signers=BOTH, because=(Reason(rule="consent.default_closed", text=text),))


def _latest(consents: Iterable[Signed], signer: Signer, about: About, now: datetime) -> Signed | None:
    """The last word by `now`. Of two at one instant a no outweighs a yes."""
    said = (each for each in consents if (each.by, each.about) == (signer, about) and each.at <= now)
    return max(said, key=lambda each: (each.at, not each.granted), default=None)


def _stands(word: Signed | None, now: datetime) -> bool:
    return word is not None and word.granted and (word.until_at is None or now < word.until_at)
