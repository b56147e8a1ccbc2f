"""How many will sit there: a range from what each seat did lately and from notices that are known. It is no forecast."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rejoin.domain.cohesion.facts import GroupSession
from rejoin.domain.kernel import Reason, Word

OWN_LAST: Final = 5
"""Sessions of her own that a seat is judged by. Ours."""
FEWEST_OWN: Final = 3
"""With fewer of them nothing is said of a seat. Ours."""
A_GROUP: Final = 2
"""One person is no group (9 CCR 10345 asks for two; billing codes of groups do as well)."""


class Enough(Word):
    """Whether the group has enough people."""

    COVERED = "covered"
    """Those who came to every one of their last sessions are enough."""
    OPEN = "open"
    """It takes somebody who comes at times, is new, or sits in."""
    SHORT = "short"
    """Too few even if everybody comes who has not said otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One seat of a session to come."""

    patient: str
    visitor: bool = False
    """She sits in for a session of another group: what she did in her own says nothing here."""
    away: bool = False
    """It is known that she will not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`steady` of them came to every one of their last sessions, `usual` to at least half, and `at_most` so many come."""

    steady: int
    usual: int
    at_most: int
    away: int
    unknown: int
    """Of so many there are too few sessions to say; they are in `at_most` alone."""
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    enough: Enough
    minimum: int
    because: tuple[Reason, ...]

    @property
    def at_risk(self) -> bool:
        return self.enough is not Enough.COVERED


def own_record(patient: str, sessions: Sequence[GroupSession], *, last: int = OWN_LAST) -> tuple[int, int]:
    """To how many she came of her own last sessions here in which it is known: (came, of). `sessions` oldest first."""
    known = [
        seat.came
        for session in sessions
        if (seat := session.seat_of(patient)) is not None and seat.known and not seat.visitor
    ]
    lately = known[max(len(known) - last, 0) :]
    return sum(lately), len(lately)


def expect_size(seats: Iterable[Expected], sessions: Sequence[GroupSession]) -> Size:
    """The range for a session to come, from `sessions` that are over, oldest first."""
    all_of = list(seats)
    coming = [seat for seat in all_of if not seat.away]
    records = [(0, 0) if seat.visitor else own_record(seat.patient, sessions) for seat in coming]
    told = [(came, of) for came, of in records if of >= FEWEST_OWN]
    steady = sum(came == of for came, of in told)
    usual = sum(2 * came >= of for came, of in told)
    away, unknown = len(all_of) - len(coming), len(coming) - len(told)
    text = (
        f"{steady} to {len(coming)}: {steady} came to every one of their own last sessions ({FEWEST_OWN} to "
        f"{OWN_LAST}), {usual} to at least half, of {unknown} there are too few to say; {away} will not come. "
        "Counts, no forecast"
    )
    return Size(
        steady=steady,
        usual=usual,
        at_most=len(coming),
        away=away,
        unknown=unknown,
        because=(Reason(rule="group.expected_size", text=text),),
    )


def judge_quorum(
    size: Size, *, group_minimum: int, policy_minimum: int | None = None, cite: str | None = None
) -> Quorum:
    """Whether the group has enough people by the higher of its own and the policy's minimum, which `cite` is of."""
    minimum = max(A_GROUP, group_minimum, policy_minimum or 0)
    if size.at_most < minimum:
        enough, said = Enough.SHORT, f"{size.at_most} at most"
    elif size.steady < minimum:
        enough, said = Enough.OPEN, f"{size.steady} who came every time lately, {size.at_most} at most"
    else:
        enough, said = Enough.COVERED, f"{size.steady} who came every time lately"
    text = f"{said}; the group needs {minimum}"
    return Quorum(
        enough=enough,
        minimum=minimum,
        because=(*size.because, Reason(rule="group.quorum", text=text, cite=cite)),
    )
