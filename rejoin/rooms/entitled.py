"""Who may be in a room now: asked of whoever lets people in.

Rooms stand below the app that knows whom somebody let in, and so it tells them how to ask.
"""

from collections.abc import Callable, Iterable

MayBeIn = Callable[[int, set[str]], set[str]]
"""Of these references, those that may be in the room of that session (its id), and those of nobody it knows."""
_asked: list[MayBeIn] = []


def ask_who_may_be_in(may_be_in: MayBeIn) -> None:
    """Whoever is in a room of our own and not among those that `may_be_in` gives back is put out."""
    if may_be_in not in _asked:
        _asked.append(may_be_in)


def may_be_in(session_id: int, refs: Iterable[str]) -> set[str]:
    """Those of `refs` that nobody says anything against."""
    allowed = set(refs)
    for ask in _asked:
        allowed = ask(session_id, allowed) if allowed else allowed
    return allowed
