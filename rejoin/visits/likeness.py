"""Whether two names look alike to somebody who reads them under a picture: then one person passes for another.

Compared are letters and digits alone, without case, accents, spaces or width, and with letters of other scripts read as
the Latin ones they are drawn like. Two names that only look alike on a bad screen ("rn", "m") stay two.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

# Drawn alike, after Unicode's table of confusable characters (UTS 39): the letters of names, no signs. Capitals stand
# for themselves where they are drawn like another letter than the small one is.
DRAWN_LIKE: Final = str.maketrans(
    {
        **dict(zip("АВЕЗКМНОРСТУХІЈЅԀҺԚԜ", "abe3kmhopctyxijsdhqw", strict=True)),
        **dict(zip("авезкмнорстухіјѕԁһԛԝ", "abe3kmhopctyxijsdhqw", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx", strict=True)),
        **dict(zip("αβεικνορτυχϲ", "abeikvoptuxc", strict=True)),
        **dict(zip("ıøłđŁØĐ", "ioldlod", strict=True)),
        **dict(zip("ɑɡɩɪʟɴʀʏʙʜᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢɛ", "agiilnrybhacdejkmoptuvwze", strict=True)),
        **dict(zip("ӏӀ|ǀ∣ո", "llllln", strict=True)),
        **dict(zip("օսցհѵԍ", "oughvg", strict=True)),
        "ß": "ss",
    }
)
ACCENTED: Final = ("LATIN", "GREEK", "CYRILLIC", "DIGIT")
"""Scripts whose marks are accents: whoever reads a name under a picture passes over them."""
READ_AS: Final = str.maketrans({"1": "l", "i": "l", "0": "o"})
"""A capital I is drawn like a small l, and both like a one."""
LEADS: Final = frozenset(each.translate(READ_AS) for each in ("host", "cohost", "facilitator", "moderator"))
"""Words by which somebody says that she leads."""


def looks_like(name: str) -> str:
    """What a name looks like: equal for two that can be taken for one another. "" for one without letters and digits."""
    drawn = unicodedata.normalize("NFKD", name).translate(DRAWN_LIKE)
    plain = unicodedata.normalize("NFKD", drawn.casefold())
    return "".join(_read(plain)).translate(READ_AS)


def passes_for(name: str, leader: str) -> bool:
    """Whether a name is taken for the leader's: it is hers, with or without something behind it.

    An initial makes it another's: two people may have one first name.
    """
    words, hers = _words(name), looks_like(leader)
    begins = (number for number in range(1, len(words) + 1) if looks_like("".join(words[:number])) == hers)
    return any(not _is_initial(words[number:]) for number in begins)


def says_she_leads(name: str) -> bool:
    """Whether there is a word in it by which somebody says that she leads."""
    return any(looks_like(word) in LEADS for word in _words(name))


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFC", name)
    return "".join(
        " " if each.isspace() or (unicodedata.category(each)[0] in "PS" and each != "|") else each
        for each in plain
    ).split()


def _is_initial(words: list[str]) -> bool:
    return len(words) == 1 and len(words[0]) == 1 and words[0].isalpha()


def _read(plain: str) -> Iterator[str]:
    """Letters and digits; and marks of scripts in which another mark is another sound, and so another name."""
    accents = True
    for each in plain:
        if each.isalnum():
            accents = unicodedata.name(each, "").startswith(ACCENTED)
            yield each
        elif not accents and unicodedata.category(each) in ("Mn", "Mc"):
            yield each
