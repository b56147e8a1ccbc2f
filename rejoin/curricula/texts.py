"""A curriculum in words: what a patient reads to catch up on a unit, in one language."""

from collections.abc import Mapping
from dataclasses import dataclass

from rejoin.domain.continuity import Curriculum


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What is said to an answer. Nothing of it is scored."""

    right: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A question with one right answer. `right` counts from nought."""

    asks: str
    options: tuple[str, ...]
    right: int
    well: str
    gently: str

    def feedback_to(self, chosen: int) -> Feedback:
        """What to say to the option at `chosen`, counted from nought."""
        if chosen == self.right:
            return Feedback(right=True, text=self.well)
        return Feedback(right=False, text=self.gently)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """A question to think about. Whatever she writes is hers, and is not scored."""

    asks: str


Question = Choice | Reflection


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    title: str
    minutes: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitText:
    """One unit in one language. `covered` in paragraphs; `call` says when to call a person."""

    unit: str
    language: str
    title: str
    why: str
    covered: tuple[str, ...]
    exercise: Exercise
    homework: str
    check: tuple[Question, ...]
    call: str

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(each for each in self.check if isinstance(each, Choice))

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is written in whole sentences, piece by piece: what its reading level is measured on."""
        asked = [each.asks for each in self.check]
        said = [text for each in self.choices for text in (each.well, each.gently)]
        return (self.why, *self.covered, *self.exercise.steps, self.homework, *asked, *said, self.call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A whole curriculum in one language."""

    language: str
    name: str
    about: str
    units: Mapping[str, UnitText]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A curriculum and its words in each of its languages, the first of which it falls back on."""

    curriculum: Curriculum
    licence: str
    wordings: Mapping[str, Wording]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.wordings)

    def wording(self, *wanted: str) -> Wording:
        """In the first language of `wanted` that there is; "es-MX" is Spanish too."""
        for each in wanted:
            found = self.wordings.get(each.lower().partition("-")[0])
            if found is not None:
                return found
        return next(iter(self.wordings.values()))

    def text(self, unit: str, *wanted: str) -> UnitText:
        """What she reads of a unit, in the first language of `wanted` that there is."""
        return self.wording(*wanted).units[unit]
