"""Whether a message is still wanted when its moment comes: asked of whoever it is about.

Outreach stands below the apps that use it, and so they tell it how to ask: by the first word of `about`.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

StillWanted = Callable[[set[str], datetime], set[str]]
"""Of these abouts, those about which something should still be said."""
_asked: dict[str, StillWanted] = {}


def ask_about(word: str, still_wanted: StillWanted) -> None:
    """Messages about "`word`:..." are sent only while `still_wanted` says so."""
    _asked[word] = still_wanted


def still_wanted(abouts: Iterable[str], now: datetime) -> set[str]:
    """Those of `abouts` that still hold. What nobody answers for is not sent: it fails closed."""
    given = set(abouts)
    found: set[str] = set()
    for word, ask in _asked.items():
        mine = {each for each in given if each.startswith(f"{word}:")}
        if mine:
            found |= ask(mine, now)
    return found
