"""The words of what she sets herself and of her messages, by her language."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rejoin.portal.words.me_english import English
from rejoin.portal.words.me_spanish import Spanish

SPOKEN: Final[Mapping[str, English]] = MappingProxyType({"en": English(), "es": Spanish()})


def words_in(language: str) -> English:
    """English where there are none in it."""
    return SPOKEN.get(language, SPOKEN["en"])
