"""What to say on the phone: neutral until she herself is on the line, and nothing of health on a machine.

A program's name can tell what somebody is treated for, and whoever answers may not be her (domain rules of HIPAA and
Part 2): the neutral name and the call-back number are all that anybody else hears.
"""

from dataclasses import dataclass
from typing import Final

from rejoin.people.vocabulary import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Sentences, in her language."""

    opening: str
    """To whoever answers."""
    lines: tuple[str, ...]
    """Once she herself is there, and can talk."""
    voicemail: str
    """ "" where nothing may be left."""


_ENGLISH: Final = (
    "Hello, I am calling from {office}. May I speak with {name}?",
    (
        "Is this a good moment, and are you somewhere you can talk?",
        "We missed you, and I wanted to hear how you are.",
        "Is there something that made it hard to come? We will find a way around it together.",
        "When would you like to come back? I can look for a time with you now.",
    ),
    "This is {office}, with a message for {name}. Please call us back at {number}.",
    "I am calling about {name}. Is this a good moment?",
)
_SPANISH: Final = (
    "Buenos días, le llamo de {office}. ¿Puedo hablar con {name}?",
    (
        "¿Es un buen momento? ¿Está en un lugar donde puede hablar?",
        "Le echamos de menos, y quería saber cómo está.",
        "¿Hubo algo que le hizo difícil venir? Buscaremos juntos una solución.",
        "¿Cuándo le gustaría volver? Puedo buscar un horario con usted ahora.",
    ),
    "Le llamamos de {office}, con un mensaje para {name}. Por favor, llámenos al {number}.",
    "Le llamo por {name}. ¿Es un buen momento?",
)


def script_for(
    name: str,
    *,
    neutral_name: str,
    call_back: str,
    language: str,
    voicemail: bool,
    contact: str | None = None,
) -> Script:
    """What to say when she is called, or `contact`, who may be told, about her."""
    opening, lines, left, about = _SPANISH if language == Language.SPANISH.value else _ENGLISH
    asked_for = name if contact is None else contact
    opened = opening.format(office=neutral_name, name=asked_for)
    if contact is not None:
        return Script(opening=opened, lines=(about.format(name=name),), voicemail="")
    message = left.format(office=neutral_name, name=name, number=call_back)
    return Script(opening=opened, lines=lines, voicemail=message if voicemail else "")
