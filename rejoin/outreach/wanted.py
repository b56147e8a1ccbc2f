"""Whether a message is still wanted when its moment comes: asked of whoever it is about.

Outreach stands below the apps that use it, and so they tell it how to ask: by the first word of `about`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from rejoin.domain.kernel import Word


class Wanted(Word):
    YES = "yes"
    NOT_YET = "not_yet"
    """There is news that nobody has acted on: the message waits until somebody has."""
    LATER = "later"
    """A person has to do something first: it is asked again after a while."""


StillWanted = Callable[[set[str], datetime], Mapping[str, Wanted]]
"""Of these abouts, those about which something should still be said, now or once the news is acted on."""
_asked: dict[str, StillWanted] = {}


def ask_about(word: str, still_wanted: StillWanted) -> None:
    """Messages about "`word`:..." are sent only while `still_wanted` says so."""
    _asked[word] = still_wanted


def still_wanted(abouts: Iterable[str], now: datetime) -> dict[str, Wanted]:
    """Those of `abouts` that still hold. What nobody answers for is not sent: it fails closed."""
    given = set(abouts)
    found: dict[str, Wanted] = {}
    for word, ask in _asked.items():
        mine = {each for each in given if each.startswith(f"{word}:")}
        if mine:
            found |= ask(mine, now)
    return found
