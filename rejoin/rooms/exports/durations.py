"""How long somebody was there, in the words of each export."""

import re
from datetime import timedelta

from rejoin.rooms.exports.clocks import plain_text
from rejoin.rooms.exports.faults import Fault, shorten

_PART = re.compile(r"(\d{1,6}(?:[.,]\d{1,3})?)\s?([^\d\s.,]+)\.?,?")
_COLONS = re.compile(r"(\d{1,4}):(\d{2})(?::(\d{2}))?")

# Units begin alike in most of the languages the exports are translated into.
_UNITS = (
    (("h", "std", "st", "t", "u", "ч", "時", "时", "小", "시", "ó", "g"), 3600),
    (("m", "м", "分", "분", "p", "λ"), 60),
    (("s", "с", "秒", "초", "δ"), 1),
)


def read_duration(text: str) -> timedelta | None:
    """A duration such as "1h 27m 51s", "58 min" or "1:27:51"; None for an empty cell."""
    plain = plain_text(text).lower()
    if not plain:
        return None
    found = _COLONS.fullmatch(plain)
    if found:
        return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3] or 0))
    parts = _PART.findall(plain)
    # Nothing may be left over: half a duration is a wrong one.
    if not parts or _PART.sub("", plain).strip() or len(plain) > 60:
        raise Fault(f"{shorten(text)} is not a duration")
    return timedelta(seconds=sum(float(count.replace(",", ".")) * _unit(word, text) for count, word in parts))


def _unit(word: str, text: str) -> int:
    for beginnings, seconds in reversed(_UNITS):
        # "std" and "st" are hours although they begin like seconds.
        if word.startswith(beginnings) and not word.startswith(("st", "std")):
            return seconds
    if word.startswith(("st", "std")):
        return 3600
    raise Fault(f"{shorten(text)} is not a duration")


def read_count(text: str, unit: timedelta) -> timedelta | None:
    """A bare number of minutes or seconds; None where there is none."""
    plain = plain_text(text)
    if not (plain.isascii() and plain.isdigit() and len(plain) < 8):
        return None
    return int(plain) * unit
