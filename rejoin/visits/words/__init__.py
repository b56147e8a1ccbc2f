"""Every word that is said to her at the door and in the room, in each language she may have (docs/adr/0024)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rejoin.visits.words.english import English
from rejoin.visits.words.spanish import Spanish

SPOKEN: Final[Mapping[str, English]] = MappingProxyType({"en": English(), "es": Spanish()})


def words_in(language: str) -> English:
    """The words of that language; English where there are none in it."""
    return SPOKEN.get(language, SPOKEN["en"])
