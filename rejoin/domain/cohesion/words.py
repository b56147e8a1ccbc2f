"""Words for whoever leads the group, to say or to leave: they name no reason, no number, and nobody but whom they greet.

They are spoken in the room, or read behind the sign-in; nothing here is a message that leaves the building. A guest who
makes up a session and a new member are announced in the same words, so that neither is told from the other.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rejoin.domain.kernel import Word

LANGUAGES: Final = ("en", "es")


class Reentry(Word):
    """How somebody comes into the session, as far as words differ."""

    AFTER_ONE = "after_one"
    AFTER_SEVERAL = "after_several"
    NEW = "new"
    """She has not been in this group yet, whether or not she was expected before."""
    VISITOR = "visitor"
    """She sits in for a session of another group. Why is hers to tell."""


class GroupNotice(Word):
    """What a group may be told of itself."""

    SOMEBODY_JOINS = "somebody_joins"
    FEWER_TODAY = "fewer_today"
    CHANGED = "changed"
    """Places have come or gone since the last session."""
    NOT_HELD = "not_held"
    """A person decided that the session is not held as a group."""


_Texts = Mapping[str, str]
REENTRY_WORDS: Final[Mapping[Reentry, _Texts]] = MappingProxyType(
    {
        Reentry.AFTER_ONE: {
            "en": "Welcome back. It is good to have you here. Take your time, and ask whatever you like.",
            "es": "Le damos la bienvenida otra vez. Nos alegra que esté aquí. Tómese su tiempo y pregunte lo que guste.",
        },
        Reentry.AFTER_SEVERAL: {
            "en": "It is good to see you again. Your place here was kept. There is nothing you need to explain. "
            "We will help you find your way in.",
            "es": "Nos alegra verle de nuevo. Su lugar aquí le esperaba. No tiene que explicar nada. "
            "Le ayudamos a retomar el hilo.",
        },
        Reentry.NEW: {
            "en": "Welcome. We are glad you are here. You may listen first, and speak when you like.",
            "es": "Le damos la bienvenida. Nos alegra que esté aquí. Puede escuchar primero y hablar cuando guste.",
        },
        Reentry.VISITOR: {
            "en": "Welcome. We are glad that you are with us today. What is said here stays here.",
            "es": "Le damos la bienvenida. Nos alegra que hoy nos acompañe. Lo que se dice aquí se queda aquí.",
        },
    }
)
GROUP_WORDS: Final[Mapping[GroupNotice, _Texts]] = MappingProxyType(
    {
        GroupNotice.SOMEBODY_JOINS: {
            "en": "Somebody joins us today. Let us make room. What is said here stays here.",
            "es": "Hoy alguien se une a la reunión. Hagamos lugar. Lo que se dice aquí se queda aquí.",
        },
        GroupNotice.FEWER_TODAY: {
            "en": "We are a smaller circle today. Everybody's place here is kept.",
            "es": "Hoy somos un círculo más pequeño. El lugar de cada persona aquí se guarda.",
        },
        GroupNotice.CHANGED: {
            "en": "Our circle has changed a little since last time. Let us begin with a short round.",
            "es": "Nuestro círculo ha cambiado un poco desde la última vez. Empecemos con una ronda breve.",
        },
        GroupNotice.NOT_HELD: {
            "en": "We do not meet as a group today. Somebody from the team will tell each of you what comes next.",
            "es": "Hoy no nos reunimos en grupo. Alguien del equipo le dirá a cada persona qué sigue.",
        },
    }
)


def reentry_words(reentry: Reentry, language: str) -> str:
    """What may be said to her. `language` is one of LANGUAGES: hers, not the group's."""
    return REENTRY_WORDS[reentry][language]


def group_words(notice: GroupNotice, language: str) -> str:
    """What the group may be told. `language` is one of LANGUAGES: the group's."""
    return GROUP_WORDS[notice][language]


def choose_notices(
    *, joins: bool = False, fewer: bool = False, changed: bool = False, held: bool = True
) -> tuple[GroupNotice, ...]:
    """What the group may be told today, in the order to say it. Where it is not held, that alone.

    `joins`: somebody new or a guest comes; `fewer`: somebody is not there; `changed`: places came or went.
    """
    if not held:
        return (GroupNotice.NOT_HELD,)
    told = (
        (GroupNotice.CHANGED, changed),
        (GroupNotice.SOMEBODY_JOINS, joins),
        (GroupNotice.FEWER_TODAY, fewer),
    )
    return tuple(notice for notice, holds in told if holds)
