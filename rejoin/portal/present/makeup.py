"""What her page of ways back shows. Times are where she is; nothing in it blames."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.makeups.boards import Standing
from rejoin.makeups.models import Offer

SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "taken": "It is yours. We look forward to seeing you.",
        "gone": "That seat has just gone to somebody else. These are still free.",
        "over": "That time is no longer open. These are.",
        "clash": "You have another session at that time. These are still free.",
        "booked": "You have a time already. It is below.",
        "declined": "Thank you for telling us.",
        "none": "Thank you for telling us. Somebody will call you, and look for a time with you.",
    }
)
"""What came of what she did, by the word in the address."""
REPAIRS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "content": "covers what the session was about",
        "count": "counts as a session",
        "hours": "adds to your hours",
        "billing": "stands for the day",
    }
)
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"cohort": "with another group", "extra": "an extra session", "individual": "one-to-one"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way back, in words."""

    offer: Offer
    kind: str
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The page: `state` is choose, booked, asked, settled or none."""

    state: str
    said: str
    standing: Standing
    ways: tuple[Way, ...]
    zone: ZoneInfo
    call_back: str
    program: str


def present_ways(standing: Standing, *, said: str, zone: ZoneInfo, call_back: str, program: str) -> Ways:
    return Ways(
        state=_state(standing),
        said=SAID.get(said, ""),
        standing=standing,
        ways=tuple(
            Way(
                offer=each,
                kind=KINDS[each.kind],
                repairs=tuple(REPAIRS[account] for account in each.repairs if account in REPAIRS),
            )
            for each in standing.offers
        ),
        zone=zone,
        call_back=call_back,
        program=program,
    )


def _state(standing: Standing) -> str:
    if standing.booking is not None:
        return "booked"
    if standing.is_settled:
        return "settled"
    if standing.offers:
        return "choose"
    return "asked" if standing.asked_for_a_person else "none"
