"""What a missed session leaves owed, in four accounts, and what a way back repays: each account by itself.

Amounts: content and count in sessions, hours in whole minutes, billing in days. What is owed is positive, what repays it
negative, so that an account is settled at nought. A make-up brings its own minutes and bills on its own date: the day
that was missed stays unbilled unless the policy says otherwise (ASAM level 2.1; published rules name none).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Reason, Word

MOST_MINUTES: Final = 19 * 60
"""A week of level 2.1 holds under twenty hours: above it is level 2.5, which somebody decides."""
CEILING: Final = "ASAM level 2.1: 9 to 19 hours a week (Utah and Virginia write the ceiling down)"


class Account(Word):
    CONTENT = "content"
    COUNT = "count"
    HOURS = "hours"
    BILLING = "billing"


class What(Word):
    """What an entry tells of."""

    OWED = "owed"
    MADE_UP = "made_up"
    CAUGHT_UP = "caught_up"
    """By material alone: it closes content and nothing else, whatever the policy's modes say."""
    WAIVED = "waived"
    EXPIRED = "expired"


class Mode(Word):
    """A way of making up, by the policy's words."""

    COHORT = "alternate_cohort"
    EXTRA = "extra_group"
    INDIVIDUAL = "individual"
    PACKET = "packet"


class MadeUp(Word):
    """How far make-ups have come with one missed session. Content and count are repaid by one she was at for all of it,
    hours by the minutes that she was (domain.md 2.6: four flags, each by itself); a lost day's claim is nobody's to repay."""

    NOTHING = "nothing"
    IN_PART = "in_part"
    """Some minutes were repaid, and content or the session is open."""
    HOURS_LEFT = "hours_left"
    """It is made up as a session, and the way back was shorter: minutes are left."""
    WHOLE = "whole"


Amounts = Mapping[Account, int]
ABSENT: Final = frozenset({Status.MISSED, Status.NOT_ADMITTED, Status.NOT_ADMISSIBLE, Status.EXCUSED})
"""All of it is owed. An accepted notice takes the blame away, and not what she did not hear."""
WAS_THERE: Final = frozenset({Status.ATTENDED, Status.PARTIAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What became of a seat. `minutes` counted and `length` scheduled, both whole minutes without breaks.

    `minutes` None: nobody can know. `day_lost`: her day does not reach what its payer asks of one, and it is this seat
    that owes it (`owes_day`). `day_won`: with this seat her day reaches it, and without it does not (`wins_day`).
    """

    status: Status
    minutes: int | None
    length: int
    day_lost: bool = False
    day_won: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySeat:
    """One of her seats of a local day. `minutes` are countable; None: nobody knows, or not yet."""

    seat_id: int
    starts_at: datetime
    minutes: int | None
    lacking: bool
    """She was not there, or not for all of it."""


def owes_day(seat_id: int, day: Sequence[DaySeat], *, asked: int) -> bool:
    """Whether it is this seat that owes a day that was not billed: the first in which she lacked, where all her countable
    minutes of the day are under what its payer asks. While any of them are unknown nothing is."""
    got = _minutes(day)
    if got is None or got >= asked:
        return False
    lacking = [each for each in day if each.lacking]
    return bool(lacking) and min(lacking, key=lambda each: (each.starts_at, each.seat_id)).seat_id == seat_id


def wins_day(seat_id: int, day: Sequence[DaySeat], *, asked: int) -> bool:
    """Whether it is this seat that makes her day one that is billed."""
    got = _minutes(day)
    without = _minutes([each for each in day if each.seat_id != seat_id])
    return got is not None and without is not None and without < asked <= got


def _minutes(day: Sequence[DaySeat]) -> int | None:
    known = [each.minutes for each in day if each.minutes is not None]
    return sum(known) if len(known) == len(day) else None


def owed_by(came: Came) -> dict[Account, int]:
    """What the seat leaves owed. Nothing where nobody knows, or where she was there for all of it.

    A session that the program called off is nobody's absence: its content and its hours are owed all the same. Of one
    she was in for a part, the minutes that lack.
    """
    day = {Account.BILLING: 1} if came.day_lost else {}
    if came.status in ABSENT:
        return {Account.CONTENT: 1, Account.COUNT: 1, Account.HOURS: came.length} | day
    if came.status is Status.CANCELLED:
        return {Account.CONTENT: 1, Account.HOURS: came.length}
    if came.status is Status.PARTIAL and came.minutes is not None and came.minutes < came.length:
        return {Account.HOURS: came.length - came.minutes} | day
    return {}


def repaid_by(mode: Mode, *, closes: Collection[str], came: Came, open_: Amounts) -> dict[Account, int]:
    """What a make-up repays of what is open, as negative amounts. `closes`: accounts, as the policy's mode lists them.

    Nothing where she did not come. Hours are the make-up's actual minutes and no more than lack: 53 minutes with her
    clinician are not three hours. Attended in part, it repays those minutes and neither content nor count. A day is
    repaid by one that is billed because of it: all her minutes of that day are looked at, and not the make-up's alone.
    """
    if came.status not in WAS_THERE:
        return {}
    whole = came.status is Status.ATTENDED
    found: dict[Account, int] = {}
    for account in Account:
        lacks = open_.get(account, 0)
        if account not in closes or lacks <= 0 or mode is Mode.PACKET:
            continue
        if account is Account.HOURS:
            found[account] = -min(lacks, came.minutes or 0)
        elif account is Account.BILLING:
            found[account] = -int(came.day_won)
        elif whole:
            found[account] = -1
    return {account: amount for account, amount in found.items() if amount}


def caught_up(open_: Amounts) -> dict[Account, int]:
    """What material on the session repays once somebody has signed it off: content, never hours."""
    return {Account.CONTENT: -open_[Account.CONTENT]} if open_.get(Account.CONTENT, 0) > 0 else {}


def let_go(open_: Amounts) -> dict[Account, int]:
    """All that is open, taken back: it was waived, or nobody may make it up any more."""
    return {account: -amount for account, amount in open_.items() if amount > 0}


def made_up(open_: Amounts, repaid: Amounts) -> MadeUp:
    """What may be said of it, from what is open and what make-ups repaid, both as positive amounts."""
    if not any(repaid.get(account, 0) > 0 for account in Account):
        return MadeUp.NOTHING
    if open_.get(Account.CONTENT, 0) > 0 or open_.get(Account.COUNT, 0) > 0:
        return MadeUp.IN_PART
    return MadeUp.HOURS_LEFT if open_.get(Account.HOURS, 0) > 0 else MadeUp.WHOLE


def balance(entries: Iterable[tuple[Account, int]]) -> dict[Account, int]:
    """What is open by account; each account is named."""
    total = dict.fromkeys(Account, 0)
    for account, amount in entries:
        total[account] += amount
    return total


def over_ceiling(
    *, minutes: int, more: int, most: int = MOST_MINUTES, overridden: bool = False
) -> Reason | None:
    """Why a make-up of `more` minutes may not be laid into a week of `minutes`; None where it may.

    `overridden`: somebody has ordered another level of care for her.
    """
    if overridden or minutes + more <= most:
        return None
    week, limit = _hours(minutes + more), _hours(most)
    return Reason(
        rule="hours.max_per_week", text=f"the week would have {week} hours of {limit}", cite=CEILING
    )


def over_caps(
    *,
    that_day: int,
    that_week: int,
    max_per_day: int | None,
    max_per_week: int | None,
    cite: str | None = None,
) -> Reason | None:
    """Why one more make-up is too many by the policy's caps; `that_day` and `that_week` are those she has."""
    if max_per_day is not None and that_day >= max_per_day:
        return Reason(rule="makeup.max_per_day", text=f"{that_day} make-ups that day already", cite=cite)
    if max_per_week is not None and that_week >= max_per_week:
        return Reason(rule="makeup.max_per_week", text=f"{that_week} make-ups that week already", cite=cite)
    return None


def _hours(minutes: int) -> str:
    whole, rest = divmod(minutes, 60)
    return f"{whole}:{rest:02}" if rest else str(whole)
