"""The words of make-ups as the staff read them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.domain.makeup.ledger import Account, What
from rejoin.makeups.vocabulary import Declined, MoreReason, SlotKind, Turn, WaitTurn, WaiverReason, Withdrawn

ACCOUNTS: Final[Mapping[Account, str]] = MappingProxyType(
    {
        Account.CONTENT: "Content",
        Account.COUNT: "Sessions",
        Account.HOURS: "Hours",
        Account.BILLING: "Claim",
    }
)
REPAIRS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "content": "content",
        "count": "one session",
        "hours": "hours",
        "billing": "the day's claim",
    }
)
KINDS: Final[Mapping[SlotKind, str]] = MappingProxyType(
    {
        SlotKind.COHORT: "with another group",
        SlotKind.EXTRA: "an extra session",
        SlotKind.INDIVIDUAL: "one-to-one",
    }
)
CLOSED: Final[Mapping[What, str]] = MappingProxyType(
    {
        What.MADE_UP: "made up",
        What.CAUGHT_UP: "caught up on",
        What.WAIVED: "let go",
        What.EXPIRED: "ran out",
    }
)
TURNS: Final[Mapping[Turn, str]] = MappingProxyType(
    {
        Turn.OFFERED: "Open",
        Turn.ACCEPTED: "She said yes",
        Turn.DECLINED: "She would rather not",
        Turn.EXPIRED: "Ran out",
        Turn.WITHDRAWN: "Taken back",
    }
)
TONES: Final[Mapping[Turn, str]] = MappingProxyType(
    {
        Turn.OFFERED: "is-amber is-diamond",
        Turn.ACCEPTED: "is-sage is-check",
        Turn.DECLINED: "is-bar",
        Turn.EXPIRED: "is-dotted",
        Turn.WITHDRAWN: "is-slash",
    }
)
DECLINED: Final[Mapping[Declined, str]] = MappingProxyType(
    {
        Declined.UNSAID: "She did not say",
        Declined.TIME: "The time does not suit her",
        Declined.GROUP: "The group does not suit her",
        Declined.RATHER_ONE_TO_ONE: "Rather one-to-one",
        Declined.NONE_OF_THESE: "None of these suits her",
        Declined.OTHER: "Another reason",
    }
)
WITHDRAWN: Final[Mapping[Withdrawn, str]] = MappingProxyType(
    {
        Withdrawn.SESSION_OFF: "The session was called off or moved",
        Withdrawn.SEAT_NEEDED: "The program needed the seat",
        Withdrawn.SEAT_GONE: "The seat went to somebody else, or she has another session then",
        Withdrawn.ANOTHER_ACCEPTED: "She took another one",
        Withdrawn.NOT_OWED: "Nothing was owed any more",
        Withdrawn.RENEWED: "Others were found instead",
        Withdrawn.CANNOT_COME: "She could not come then after all",
    }
)
UNSAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        Withdrawn.ANOTHER_ACCEPTED.value: "Not needed",
        Withdrawn.RENEWED.value: "Replaced",
        Withdrawn.NOT_OWED.value: "Not needed",
    }
)
"""What was taken back by itself, since something else happened."""
WAITS: Final[Mapping[WaitTurn, str]] = MappingProxyType(
    {
        WaitTurn.WAITING: "Waits for a seat",
        WaitTurn.OFFERED: "A seat came free and was offered",
        WaitTurn.GONE: "No seat came free in time",
        WaitTurn.LEFT: "Waits no more",
    }
)
WAIVED: Final[Mapping[WaiverReason, str]] = MappingProxyType(
    {
        WaiverReason.CLINICAL: "It does her more good not to",
        WaiverReason.PROGRAM_FAULT: "The program's fault",
        WaiverReason.HOSPITALISED: "She is in hospital",
        WaiverReason.LEFT_PROGRAM: "She has left the program",
        WaiverReason.OTHER: "Another reason",
    }
)
MORE: Final[Mapping[MoreReason, str]] = MappingProxyType(
    {
        MoreReason.CLINICAL: "For a clinical reason: past the caps of a day and a week, never past the hours of her level",
        MoreReason.LEVEL_OF_CARE: "Another level of care is ordered for her: past the hours too",
    }
)
FOR_IT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "before_dependent": "before her next session that may build on it",
        "same_clinician": "with her own clinician",
        "same_module_group": "another group, on the same content",
        "preferred": "at an hour she likes",
        "sooner": "soon",
    }
)
AGAINST_IT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "off_module_extra": "it covers something else",
        "individual": "it takes a clinician's hour for one",
        "closed_group": "a visitor disturbs a closed group",
    }
)
"""What an offer's worth is made of (`Offer.because`). Her own risk weighs alike in all of hers and tells none from another."""
REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {each.value: word for each, word in [*DECLINED.items(), *WITHDRAWN.items(), *WAIVED.items()]}
    | {"other": "Another reason"}
)


def why_this(because: Mapping[str, int]) -> tuple[str, ...]:
    """What speaks for it, in words, what weighs most first."""
    return _worded(because, FOR_IT)


def against_this(because: Mapping[str, int]) -> tuple[str, ...]:
    return _worded(because, AGAINST_IT)


def _worded(because: Mapping[str, int], words: Mapping[str, str]) -> tuple[str, ...]:
    weighed = sorted(because.items(), key=lambda each: -abs(each[1]))
    return tuple(words[name] for name, _ in weighed if name in words)


def amount(account: Account, number: int) -> str:
    """Sessions, minutes or days as they are said: "3 h 15 min"."""
    if account is Account.HOURS:
        return in_hours(number)
    if account is Account.BILLING:
        return f"{number} day{'' if number == 1 else 's'}"
    return f"{number} session{'' if number == 1 else 's'}"


def in_hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def listed(words: Iterable[str]) -> str:
    """ "a, b and c"."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def day_and_time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%A %-d %B, %H:%M}"
