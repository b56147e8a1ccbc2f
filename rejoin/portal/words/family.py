"""The words of a family's pages, by the language of whoever asks."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rejoin.portal.words.family_english import English
from rejoin.portal.words.family_spanish import Spanish

SPOKEN: Final[Mapping[str, English]] = MappingProxyType({"en": English(), "es": Spanish()})


def words_in(language: str) -> English:
    """English where there are none in it."""
    return SPOKEN.get(language, SPOKEN["en"])
