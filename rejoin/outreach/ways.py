"""The way in that a message may carry: a link to the session it is about. Asked of whoever it is about, as `wanted` is."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from rejoin.common.actors import Actor

CARRIED_BY: Final = frozenset({"email", "secure_message"})
"""A text has seldom room for it, and a notice is read over somebody's shoulder."""
WHOLE_POINT: Final = frozenset({"ways_back"})
"""Messages that are there for their way in: a text of them is short enough to hold it."""
WaysIn = Callable[[set[str], Actor, datetime], Mapping[str, str]]
"""Of these abouts, the addresses of those that lead somewhere now."""
_asked: dict[str, WaysIn] = {}


def carries(channel: str, template: str) -> bool:
    return channel in CARRIED_BY or (channel == "sms" and template in WHOLE_POINT)


def lead_about(word: str, ways: WaysIn) -> None:
    """Messages about "`word`:..." carry the address that `ways` gives."""
    _asked[word] = ways


def ways_in(abouts: Iterable[str], *, by: Actor, at: datetime) -> dict[str, str]:
    """By about; most lead nowhere."""
    given = set(abouts)
    found: dict[str, str] = {}
    for word, ask in _asked.items():
        mine = {each for each in given if each.startswith(f"{word}:")}
        if mine:
            found |= ask(mine, by, at)
    return found
