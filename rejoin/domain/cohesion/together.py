"""Who has sat with whom, how often, and who has met nobody yet: counts, each with what it was counted from.

Nothing here says why, or how anybody is. Cohesion goes with outcome over many groups (r = .26, 55 studies, Burlingame
2011), the direction is not known, and patients of one rolling group are not independent of each other (PMC3158618):
one group's numbers allow no claim of cause, and none about one person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations
from typing import Final, NamedTuple

from rejoin.domain.cohesion.facts import FEWEST_SESSIONS, GroupSession, Seat
from rejoin.domain.kernel import Reason, clip, duration, merge

TOGETHER_AT_LEAST: Final = timedelta(minutes=10)
"""So long both were inside before they have sat together: one who left as the other came has not met her. Ours."""
FEWEST_OTHERS: Final = 3
"""A share of one or two others is no share. Ours."""
COUNTS_ONLY: Final = "counts only: they say neither why nor how anybody is"

Pair = tuple[str, str]
"""Two patients, the smaller key first."""


class Shared(NamedTuple):
    """How many sessions two have sat in together, and when the last of them began."""

    sessions: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """Everything counted from one run of sessions; what others ask is looked up in it."""

    observed: int
    """Sessions in which somebody is known to have come."""
    came: Mapping[str, int]
    """To how many of them each patient came."""
    pairs: Mapping[Pair, Shared]
    """Pairs who have sat together; one that is not named has not, in these sessions."""

    def shared(self, one: str, other: str) -> Shared | None:
        return self.pairs.get(pair_of(one, other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """Somebody she has sat with."""

    patient: str
    sessions: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliarFaces:
    """Which of some others a patient has sat with, most often met first, and whom she has not."""

    patient: str
    met: tuple[Face, ...]
    unmet: tuple[str, ...]
    came: int
    """Sessions of hers that this was counted from."""
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many of the others in her group a patient has sat with. `share` None: too few observations to say."""

    patient: str
    met: int
    of: int
    came: int
    observed: int
    share: Fraction | None
    because: tuple[Reason, ...]


def pair_of(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def sat_together(one: Seat, other: Seat) -> bool:
    """Whether both came and were inside at the same time. Where nobody knows when one was, that both came is enough."""
    if not (one.came and other.came):
        return False
    if not (one.spans and other.spans):
        return True
    if len(one.spans) == len(other.spans) == 1:  # as nearly always: a year of a group has thousands of pairs
        (hers,), (its,) = one.spans, other.spans
        return min(hers.end, its.end) - max(hers.start, its.start) >= TOGETHER_AT_LEAST
    theirs = merge(other.spans)
    overlap = sum((duration(clip(theirs, span)) for span in merge(one.spans)), timedelta())
    return overlap >= TOGETHER_AT_LEAST


def count_together(sessions: Iterable[GroupSession]) -> Acquaintance:
    """Counts every pair of `sessions`, which are those that `recent` chose."""
    pairs: dict[Pair, Shared] = {}
    came: dict[str, int] = {}
    observed = 0
    for session in sessions:
        there = [seat for seat in session.seats if seat.came]
        observed += bool(there)
        for seat in there:
            came[seat.patient] = came.get(seat.patient, 0) + 1
        for one, other in combinations(there, 2):
            if sat_together(one, other):
                key = pair_of(one.patient, other.patient)
                before = pairs.get(key, Shared(0, session.starts_at))
                pairs[key] = Shared(before.sessions + 1, max(before.last_at, session.starts_at))
    return Acquaintance(observed=observed, came=came, pairs=pairs)


def find_familiar_faces(patient: str, *, among: Iterable[str], known: Acquaintance) -> FamiliarFaces:
    """Whom of `among`, as those who are expected today, she has sat with. She herself is left out."""
    others = sorted(set(among) - {patient})
    faces = [
        Face(patient=other, sessions=shared.sessions, last_at=shared.last_at)
        for other in others
        if (shared := known.shared(patient, other)) is not None
    ]
    met = tuple(sorted(faces, key=lambda face: (-face.sessions, face.patient)))
    came = known.came.get(patient, 0)
    text = (
        f"has sat with {len(met)} of {len(others)}, counted from {_sessions(came)} of hers "
        f"among {known.observed} of the group; {COUNTS_ONLY}"
    )
    return FamiliarFaces(
        patient=patient,
        met=met,
        unmet=tuple(other for other in others if known.shared(patient, other) is None),
        came=came,
        because=(Reason(rule="group.familiar_faces", text=text),),
    )


def find_strangers(patients: Iterable[str], known: Acquaintance) -> tuple[Pair, ...]:
    """Which of `patients` have not met, as pairs in order."""
    return tuple(pair for pair in combinations(sorted(set(patients)), 2) if known.shared(*pair) is None)


def tell_standing(patient: str, *, members: Iterable[str], known: Acquaintance) -> Standing:
    """The share of the group's other members that she has sat with, where there is enough to say it from.

    Others who have not come once in these sessions are not counted: nobody could have met them.
    """
    others = sorted(each for each in set(members) - {patient} if known.came.get(each))
    met = sum(1 for other in others if known.shared(patient, other) is not None)
    came = known.came.get(patient, 0)
    enough = came >= FEWEST_SESSIONS and len(others) >= FEWEST_OTHERS
    seen = f"{_sessions(came)} of hers among {known.observed} of the group, {_others(len(others))} who came"
    said = f"has sat with {met} of {len(others)}" if enough else "too few to say"
    return Standing(
        patient=patient,
        met=met,
        of=len(others),
        came=came,
        observed=known.observed,
        share=Fraction(met, len(others)) if enough else None,
        because=(Reason(rule="group.standing", text=f"{said}: {seen}; {COUNTS_ONLY}"),),
    )


def tell_standings(members: Sequence[str], known: Acquaintance) -> tuple[Standing, ...]:
    """Each member's standing, the least met first; of whom too little is known, last."""
    told = [tell_standing(patient, members=members, known=known) for patient in sorted(set(members))]
    return tuple(sorted(told, key=lambda each: (each.share is None, each.share or Fraction(0), each.patient)))


def _sessions(number: int) -> str:
    return "1 session" if number == 1 else f"{number} sessions"


def _others(number: int) -> str:
    return "1 other" if number == 1 else f"{number} others"
