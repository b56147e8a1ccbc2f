"""What a measure is: its items word for word, its answers, how far back it asks, how it is scored, and on whose word.

Instruments are data. Two versions of one are two instruments as far as numbers go: nothing here puts them on one line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rejoin.domain.kernel import Word
from rejoin.domain.progress.instruments import INSTRUMENTS

ENGLISH: Final = "en"
SPANISH: Final = "es"
Said = Mapping[str, str]
"""The same words, by language. English is always there."""


class AskedBy(Word):
    """Who may put the questions."""

    ANYBODY = "anybody"
    """She reads and answers them by herself, or somebody of the staff reads them to her."""
    STAFF = "staff"
    """Somebody who was shown how asks them, face to face or by phone."""


class Rule(Word):
    """How the points of a scale are made of those of its items."""

    SUM = "sum"
    """Only where each of its items is answered."""
    MEAN = "mean"
    """Of those answered, as long as no more than `may_miss` of the whole instrument are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: int
    words: Said

    def said_in(self, language: str) -> str:
        return said_in(self.words, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question."""

    id: str
    asks: Said
    options: tuple[Option, ...]
    concern_from: int | None = None
    """From this answer on somebody has to look after her at once; None: no item about self-harm."""
    only_if: tuple[str, int] | None = None
    """Asked where that item was answered with so much or more."""

    def said_in(self, language: str) -> str:
        return said_in(self.asks, language)

    def is_asked(self, answers: Mapping[str, int]) -> bool:
        if self.only_if is None:
            return True
        item, least = self.only_if
        return answers.get(item, -1) >= least


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of a scale, from so many points on, in the words of its source."""

    least: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From how many points on a change is more than chance, and whose figure that is."""

    points: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One number that an instrument gives."""

    key: str
    """As estimates name it ("phq9", "bam_use")."""
    name: str
    items: tuple[str, ...]
    lowest: float
    highest: float
    rule: Rule = Rule.SUM
    may_miss: int = 0
    missing: str = "no total while an item is not answered: nothing is filled in (ours)"
    bands: tuple[Band, ...] = ()
    bands_source: str = ""
    higher_is_worse: bool = True

    @property
    def change(self) -> Change | None:
        """As estimates have it; None where none is published that we know of."""
        known = INSTRUMENTS.get(self.key)
        if known is None or known.reliable_change is None:
            return None
        return Change(points=known.reliable_change, source=known.source)

    def band_of(self, points: float) -> str:
        """The words for so many points; "" where no source gives any."""
        return next((each.words for each in reversed(self.bands) if points >= each.least), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    key: str
    version: str
    """Wording, answers or window changed: another version."""
    name: str
    lead: Said
    """What stands before the items."""
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    recall_days: int
    """How many days back it asks, the day itself among them; 0: this moment alone."""
    every_days: int
    """How often it is asked where a program says nothing else. Ours."""
    licence: str
    source: str
    notice: str = ""
    """To be shown with it, unaltered."""
    asked_by: AskedBy = AskedBy.ANYBODY
    ships: bool = True
    """False: its words are not ours to show. Numbers from paper are taken by the number of the item."""
    validated: bool = True
    """False: a plain question of our own. It is shown as such wherever its number is."""

    @property
    def name_and_version(self) -> tuple[str, str]:
        return self.key, self.version

    @property
    def is_about_safety(self) -> bool:
        """Some answer of it asks for somebody at once."""
        return any(each.concern_from is not None for each in self.items)

    @property
    def may_be_sent(self) -> bool:
        """Whether she may have it on her own page at all: where a safety item is watched, is another question."""
        return self.ships and self.asked_by is AskedBy.ANYBODY

    @property
    def languages(self) -> tuple[str, ...]:
        """In which it can be read whole: an official translation, or English."""
        texts = [self.lead, *(each.asks for each in self.items)]
        texts += [option.words for each in self.items for option in each.options]
        return tuple(
            language
            for language in (ENGLISH, SPANISH)
            if language == ENGLISH or all(language in text for text in texts)
        )

    def language_for(self, wanted: str) -> str:
        """That one, or English: no translation is made up."""
        return wanted if wanted in self.languages else ENGLISH

    def item(self, id_: str) -> Item:
        return next(each for each in self.items if each.id == id_)

    def scale(self, key: str) -> Scale:
        return next(each for each in self.scales if each.key == key)


def said_in(words: Said, language: str) -> str:
    return words.get(language, words[ENGLISH])


def numbered(count: int, options: tuple[Option, ...]) -> tuple[Item, ...]:
    """Items whose words are not ours to show, by their numbers."""
    return tuple(
        Item(id=str(number), asks={ENGLISH: f"Item {number}", SPANISH: f"Pregunta {number}"}, options=options)
        for number in range(1, count + 1)
    )


def plain(lowest: int, highest: int) -> tuple[Option, ...]:
    """Answers that are numbers."""
    return tuple(
        Option(value=each, words={ENGLISH: str(each), SPANISH: str(each)})
        for each in range(lowest, highest + 1)
    )


def options(*words: str, spanish: tuple[str, ...] = (), values: tuple[int, ...] = ()) -> tuple[Option, ...]:
    """Answers in order, from nought on where `values` does not say otherwise."""
    told = [{ENGLISH: each} for each in words]
    for each, also in zip(told, spanish, strict=False):
        each[SPANISH] = also
    return tuple(
        Option(value=value, words=each) for value, each in zip(values or range(len(words)), told, strict=True)
    )
