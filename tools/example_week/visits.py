"""Who was in a room from when to when, before any vendor puts it in its own words."""

from typing import NamedTuple

NO = "-"
"""A join or leave that the source does not tell."""


class Visit(NamedTuple):
    who: str
    joined: str
    left: str


def stayed(names: str, joined: str, left: str) -> list[Visit]:
    return [Visit(name, joined, left) for name in names.split()]
