"""How long somebody was there, in the words of each export."""

import re
from datetime import timedelta

from rejoin.rooms.exports.clocks import plain_text
from rejoin.rooms.exports.faults import Fault, shorten

_PART = re.compile(r"(\d{1,6}(?:[.,]\d{1,3})?)\s?([^\d\s.,]+)\.?,?")
_LONGEST = 60
_COLONS = re.compile(r"(\d{1,4}):(\d{2})(?::(\d{2}))?")

# Units as the exports' languages write them: whole, or by how the word begins.
_WHOLE = {"h": 3600, "t": 3600, "u": 3600, "ó": 3600, "g": 3600, "p": 60, "m": 60, "s": 1}
_BEGINNINGS = (
    (("hour", "hr", "heure", "hora", "ora", "ore", "std", "stund", "tim", "tun", "uur", "óra", "godz"), 3600),
    (("ч", "時", "时", "小", "시", "ώ"), 3600),
    (("min", "м", "分", "분", "perc", "λ", "dak"), 60),
    (("sec", "sek", "seg", "sn", "с", "秒", "초", "δ", "másod"), 1),
)


def read_duration(text: str) -> timedelta | None:
    """A duration such as "1h 27m 51s", "58 min" or "1:27:51"; None for an empty cell."""
    plain = plain_text(text).lower()
    if not plain:
        return None
    if len(plain) > _LONGEST:
        raise Fault(f"{shorten(text)} is not a duration")
    found = _COLONS.fullmatch(plain)
    if found:
        return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3] or 0))
    parts = _PART.findall(plain)
    # Nothing may be left over: half a duration is a wrong one.
    if not parts or _PART.sub("", plain).strip():
        raise Fault(f"{shorten(text)} is not a duration")
    return timedelta(seconds=sum(float(count.replace(",", ".")) * _unit(word, text) for count, word in parts))


def _unit(word: str, text: str) -> int:
    if word in _WHOLE:
        return _WHOLE[word]
    for beginnings, seconds in _BEGINNINGS:
        if word.startswith(beginnings):
            return seconds
    raise Fault(f"{shorten(text)} is not a duration")


def read_count(text: str, unit: timedelta) -> timedelta | None:
    """A bare number of minutes or seconds; None where there is none."""
    plain = plain_text(text)
    if not (plain.isascii() and plain.isdigit() and len(plain) < 8):
        return None
    return int(plain) * unit
