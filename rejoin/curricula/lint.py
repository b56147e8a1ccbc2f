"""What an author should look at again before a patient reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rejoin.curricula.readability import (
    HIGHEST_GRADE,
    LOWEST_EASE,
    Reading,
    reading_of,
    words_in,
)
from rejoin.curricula.texts import Choice, Course, Reflection, UnitText
from rejoin.domain.safety import NATIONAL_LINE

FEWEST_WORDS: Final = 150
MOST_WORDS: Final = 250
"""What was covered, in words: a page on a phone, not three."""
_LINES: Final = MappingProxyType(
    {"en": (NATIONAL_LINE.dialled,), "es": (NATIONAL_LINE.dialled, "oprima el 2")}
)
"""What `call` has to say, by language: in Spanish, which key leads to somebody who speaks it."""
_BLAMING: Final = MappingProxyType(
    {
        "en": r"addicts?|abusers?|relapsed?|(?:get|got|stay|stayed|be|been|am|are|is) clean|dirty|should have|your fault",
        "es": r"adict[oa]s?|drogadict[oa]s?|vicios[oa]s?|recaídas?|(?:estar|está|seguir) limpi[oa]|debería haber|su culpa",
    }
)
"""Words that blame, or that make a person out of what she does."""
_OF_THE_GROUP: Final = MappingProxyType(
    {
        "en": r"The group|members?|participants?|some of us",
        "es": r"El grupo|miembros?|participantes?|algun[oa]s de nosotr[oa]s",
    }
)
"""Words that tell of who was there. What is written for catching up is on the topic alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing to look at again."""

    language: str
    unit: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.language} {self.unit}: {self.field}: {self.message}"


def remarks_on(course: Course) -> tuple[Remark, ...]:
    """Everything to look at again; none: it may be read."""
    found: list[Remark] = []
    for wording in course.wordings.values():
        for text in wording.units.values():
            found += [
                Remark(language=text.language, unit=text.unit, field=f, message=m) for f, m in _look_at(text)
            ]
    return (*found, *_unlike(course))


def _look_at(text: UnitText) -> Iterator[tuple[str, str]]:
    yield from _length(text)
    yield from _level(text)
    for said in _LINES.get(text.language, (NATIONAL_LINE.dialled,)):
        if said not in text.call:
            yield "call", f"does not say {said!r}"
    told = " ".join((text.title, text.exercise.title, *text.sentences))
    for word in _found(_BLAMING.get(text.language), told, re.IGNORECASE):
        yield "words", f"{word!r} blames, or can be heard so"
    for word in _found(_OF_THE_GROUP.get(text.language), told):
        yield "words", f"{word!r} tells of the group, and not of the topic"
    kinds = [type(each) for each in text.check]
    if kinds != [Choice, Choice, Reflection]:
        yield "check", "asks otherwise than two questions with an answer and one to think about"


def _found(words: str | None, told: str, flags: re.RegexFlag = re.NOFLAG) -> list[str]:
    return re.findall(rf"\b(?:{words})\b", told, flags) if words else []


def _length(text: UnitText) -> Iterator[tuple[str, str]]:
    words = words_in(" ".join(text.covered))
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        yield "covered", f"has {words} words, and {FEWEST_WORDS} to {MOST_WORDS} can be read on a bad night"


def _level(text: UnitText) -> Iterator[tuple[str, str]]:
    reading = reading_of(text)
    if reading is None:
        yield "reading", "cannot be measured in this language"
    elif not reading.easy_enough:
        limit = HIGHEST_GRADE if reading.scale == "grade" else LOWEST_EASE
        yield "reading", f"has {reading.scale} {reading.figure:.1f}, and {limit:.0f} is the limit"


def _unlike(course: Course) -> Iterator[Remark]:
    """Languages that ask something else, or have another answer right."""
    first, *others = course.wordings.values()
    for wording in others:
        for unit, text in wording.units.items():
            if _shape(text) != _shape(first.units[unit]):
                message = f"is built otherwise than in {first.language}"
                yield Remark(
                    language=wording.language, unit=unit, field="check and exercise", message=message
                )


def _shape(text: UnitText) -> tuple[object, ...]:
    asked = tuple((len(each.options), each.right) for each in text.choices)
    return (len(text.covered), text.exercise.minutes, len(text.exercise.steps), len(text.check), asked)


def worst_of(course: Course, language: str) -> tuple[str, Reading]:
    """The unit that is hardest to read in that language, and how hard."""
    readings = readings_in(course, language)
    unit = max(readings, key=lambda each: readings[each].hardness)
    return unit, readings[unit]


def readings_in(course: Course, language: str) -> dict[str, Reading]:
    """How hard each unit is to read in that language; nothing where that cannot be measured."""
    texts = course.wordings[language].units.values()
    return {each.unit: reading for each in texts if (reading := reading_of(each)) is not None}
