"""The words of a patient's pages: both languages whole, easy to read, and none of them in a template."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from rejoin.curricula.readability import HIGHEST_GRADE, LOWEST_EASE, english_grade, spanish_ease
from rejoin.portal.vocabulary import STAFF_READ, Why
from rejoin.portal.words import (
    SPOKEN,
    catchup,
    me,
    me_english,
    me_spanish,
    measures,
    ways,
    ways_english,
    ways_spanish,
    words_in,
)
from rejoin.portal.words.dates import EnglishDates, SpanishDates
from rejoin.portal.words.english import English
from rejoin.portal.words.spanish import Spanish

TEMPLATES = Path(settings.STATICFILES_DIRS[0]).parent / "templates"
PAGES = [TEMPLATES / "layouts/portal.html", *sorted((TEMPLATES / "portal").rglob("*.html"))]
NEW_YORK = ZoneInfo("America/New_York")
AT = datetime(2026, 10, 9, 22, 0, tzinfo=UTC)
NOW = AT - timedelta(days=1)
GIVEN: Mapping[str, Any] = {
    "at": AT,
    "now": NOW,
    "zone": NEW_YORK,
    "starts_at": AT,
    "ends_at": AT + timedelta(hours=3),
    "by": AT,
    "name": "ben",
    "number": "555-0100",
    "reason": "so",
    "reasons": "so",
    "title": "Sleep",
    "days": 7,
    "hours": "3 hours",
    "least": "9 hours",
    "content": True,
    "count": True,
    "minutes": 180,
    "missed": AT,
    "times": 2,
    "until": AT,
}
LISTS = {"listed"}
FEW = 6
"""Words of which one long one makes a sentence hard by the measure, and not to a reader."""


SETS = (
    (English, Spanish, SPOKEN),
    (ways_english.English, ways_spanish.Spanish, ways.SPOKEN),
    (catchup.English, catchup.Spanish, catchup.SPOKEN),
    (me_english.English, me_spanish.Spanish, me.SPOKEN),
    (measures.English, measures.Spanish, measures.SPOKEN),
)
"""Both languages of her pages, of her ways back, of what stands around the material she catches up with, of what she
sets herself, and of what stands around a measure."""


def names_of(kind: type) -> set[str]:
    return {each for each in vars(kind) if not each.startswith("_")}


def said_by(words: EnglishDates, kind: type) -> Iterator[tuple[str, str]]:
    """Everything that it can say, by name."""
    for name in sorted(names_of(kind)):
        yield from said_of(name, getattr(words, name))


def said_of(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from said_of(f"{name}.{key}", each)
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from said_of(f"{name}.{number}", each)
    elif name not in LISTS:
        yield name, call(value)


def call(method: Callable[..., str]) -> str:
    asked = method.__annotations__.keys() - {"return"}
    return method(**{each: GIVEN[each] for each in asked})


@pytest.mark.parametrize(("first", "second", "spoken"), SETS)
def test_every_word_is_said_in_both_languages(first: type, second: type, spoken: Mapping[str, Any]) -> None:
    assert names_of(first) == names_of(second)
    assert names_of(EnglishDates) - {"on"} == names_of(SpanishDates) - {"at_time"}
    english, spanish = dict(said_by(spoken["en"], first)), dict(said_by(spoken["es"], first))
    assert english.keys() == spanish.keys()
    assert [name for name in english if english[name] == spanish[name]] == []


def test_every_reason_has_words_for_her_and_for_whoever_reads_them() -> None:
    for words in SPOKEN.values():
        assert set(words.reasons) == set(Why)
    assert set(STAFF_READ) == set(Why)


@pytest.mark.parametrize("language", SPOKEN)
def test_its_sentences_are_easy_to_read(language: str) -> None:
    """Each longer thing it says by itself is near the limit at most; all of it together is under it."""
    spoken = [said for kind, _, words in SETS for _, said in said_by(words[language], kind)]
    sentences = [each for each in spoken if each.endswith((".", "?"))]
    assert len(sentences) > 40
    told = "\n".join(sentences)
    if language == "en":
        assert english_grade(told) <= HIGHEST_GRADE
        assert [each for each in sentences if english_grade(each) > HIGHEST_GRADE + 3] == []
    else:
        assert spanish_ease(told) >= LOWEST_EASE
        hard = [
            each for each in sentences if len(each.split()) > FEW and spanish_ease(each) < LOWEST_EASE - 10
        ]
        assert hard == []


@pytest.mark.parametrize("path", PAGES, ids=lambda each: each.name)
def test_no_page_says_a_word_of_its_own(path: Path) -> None:
    text = path.read_text()
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*[A-Za-z][^"]*)"', text)
    bare = re.sub(r"<[^>]*>", " ", text)
    assert re.findall(r"[^\W\d_]+", " ".join([bare, *spoken])) == []


def test_days_and_hours_are_said_as_one_says_them() -> None:
    spanish, english = words_in("es"), words_in("en")
    noon = datetime(2026, 10, 9, 16, 0, tzinfo=UTC)
    assert english.hours(AT, AT + timedelta(hours=3), NEW_YORK) == "6 to 9\u00a0p.m."
    assert spanish.hours(AT, AT + timedelta(hours=3), NEW_YORK) == "de 6 a 9\u00a0p.\u00a0m."
    assert spanish.moment(noon, NOW, NEW_YORK) == "mañana a mediodía"
    assert spanish.moment(noon + timedelta(hours=1), NOW, NEW_YORK) == "mañana a la 1\u00a0p.\u00a0m."
    assert spanish.headline(AT, NOW, NEW_YORK) == "Mañana por la tarde"
    assert spanish.on(AT, NEW_YORK) == "viernes 9\u00a0de\u00a0octubre"
    assert english.moment(AT, NOW, NEW_YORK) == "6\u00a0p.m. tomorrow"
    assert spanish.headline(AT, AT - timedelta(days=9), NEW_YORK) == "El viernes por la tarde, en 9 días"


def test_a_language_that_nobody_speaks_here_is_english() -> None:
    assert words_in("xx").language == "en"
