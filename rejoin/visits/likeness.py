"""Whether two names look alike to somebody who reads them under a picture: then one person passes for another.

Compared are letters and digits alone, without case, accents, spaces or width, and with letters of other scripts read as
the Latin ones they are drawn like. Two names that only look alike on a bad screen ("rn", "m") stay two.
"""

import unicodedata
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
        "ß": "ss",
    }
)
READ_AS: Final = str.maketrans({"1": "l", "i": "l", "0": "o"})
"""A capital I is drawn like a small l, and both like a one."""


def looks_like(name: str) -> str:
    """What a name looks like: equal for two that can be taken for one another. "" for one without letters and digits."""
    drawn = unicodedata.normalize("NFKD", name).translate(DRAWN_LIKE)
    plain = unicodedata.normalize("NFKD", drawn.casefold())
    return "".join(each for each in plain if each.isalnum()).translate(READ_AS)
