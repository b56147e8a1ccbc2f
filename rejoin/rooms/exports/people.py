"""What a display name or a role gives away about a participant, and what it does not."""

import re

from rejoin.rooms.exports.clocks import plain_text

_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_NUMBER = re.compile(r"\+?[\d\s().\-/*•x]{7,24}", re.IGNORECASE)
_CALLER = re.compile(r"call-?in user|phone user", re.IGNORECASE)
_PREFIX = re.compile(r"\A(?:tel|phone|call|caller)\.?:?\s+(?=[+\d(])", re.IGNORECASE)
_MASKED = re.compile(r"[*•]|[xX]{2,}")

# The host in the languages whose exports were seen. A presenter is not staff: by default anybody is.
_HOSTS = frozenset(
    {
        *("organizer", "organiser", "co-organizer", "co-organiser", "host", "co-host", "moderator"),
        *("organisator", "mitorganisator", "organisateur", "co-organisateur", "organizador"),
        *("organizadora", "organizzatore", "organizator", "arrangör", "arrangør", "järjestäjä"),
        *("организатор", "開催者", "主催者", "组织者", "召集人", "召集者", "이끌이"),
    }
)


def read_caller(display: str) -> tuple[str | None, bool]:
    """The phone number a display name consists of, and whether it is that of a caller.

    A number with masked digits tells that somebody called and not from where.
    """
    name = _PREFIX.sub("", _IN_BRACKETS.sub("", plain_text(display)))
    if _CALLER.match(name):
        return None, True
    # Seven digits are the shortest number anybody dials; two must be left to see that it is one.
    digits = sum(letter.isdigit() for letter in name)
    masked = sum(len(run) for run in _MASKED.findall(name))
    if digits + masked < 7 or digits < 2 or not _NUMBER.fullmatch(name):
        return None, False
    return (None if masked else name), True


def is_host(role: str | None) -> bool:
    """Whether the source calls this participant the host."""
    return bool(role) and plain_text(role or "").casefold() in _HOSTS


def clean(text: str | None) -> str | None:
    """`text` without the spaces around it; None when nothing is left."""
    return (text.strip() or None) if text else None
