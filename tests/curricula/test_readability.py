"""How hard a text is to read, against counts made by hand."""

import pytest

from rejoin.curricula.readability import (
    Reading,
    english_grade,
    english_syllables,
    sentences_in,
    spanish_ease,
    spanish_syllables,
    words_in,
)

ENGLISH = {
    1: "the cat friend loved makes don't we're please school breathe through asked house's times",
    2: "table little people evening quiet doing hopeful lonely didn't sometimes wanted prism safely",
    3: "idea anyone remember radio family everyone dangerous everything",
    4: "information society American",
}
SPANISH = {
    1: "y el quien bien dos rey muy sol",
    2: "día guerra hoja ganas queso bueno casa aire deuda ciudad",
    3: "ahora teatro poeta caída sentimos llamada cuidado",
    4: "alegría necesita televisor",
}


def counted(table: dict[int, str]) -> list[tuple[str, int]]:
    return [(word, count) for count, words in table.items() for word in words.split()]


@pytest.mark.parametrize(("word", "count"), counted(ENGLISH))
def test_english_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert english_syllables(word) == count


@pytest.mark.parametrize(("word", "count"), counted(SPANISH))
def test_spanish_syllables_are_counted_by_the_rules_of_the_language(word: str, count: int) -> None:
    assert spanish_syllables(word) == count


def test_capitals_and_curly_apostrophes_change_nothing_and_no_word_is_silent() -> None:
    assert english_syllables("Didn’t") == 2
    assert english_syllables("hmm") == 1
    assert spanish_syllables("brr") == 1


def test_sentences_end_at_their_marks_and_at_the_end_of_a_line() -> None:
    assert sentences_in('It is late. "Just one." Is it? 3.5 hours\nDone...') == 5
    assert words_in("It's 3 o'clock, ¿qué más?") == 5


def test_the_grade_is_that_of_the_published_formula() -> None:
    """Six words of one syllable, one sentence: 0.39 x 6 + 11.8 x 1 - 15.59."""
    assert english_grade("The cat sat on the mat.") == pytest.approx(-1.45)


def test_the_ease_is_that_of_the_published_formula() -> None:
    """Five words with nine syllables, one sentence: 206.835 - 62.3 x 9/5 - 5."""
    assert spanish_ease("Hoy la casa está bonita.") == pytest.approx(206.835 - 62.3 * 9 / 5 - 5)


def test_hard_texts_are_told_from_easy_ones() -> None:
    assert english_grade("Individualized rehabilitation necessitates interdisciplinary coordination.") > 20
    assert spanish_ease("La rehabilitación individualizada requiere coordinación interdisciplinaria.") < 20


@pytest.mark.parametrize(
    ("reading", "easy"),
    [
        (Reading(scale="grade", figure=7.0), True),
        (Reading(scale="grade", figure=7.1), False),
        (Reading(scale="ease", figure=55.0), True),
        (Reading(scale="ease", figure=54.9), False),
    ],
)
def test_a_text_is_easy_enough_up_to_its_limit(reading: Reading, easy: bool) -> None:
    assert reading.easy_enough is easy


def test_of_two_texts_the_harder_one_is_known_on_either_scale() -> None:
    assert Reading(scale="grade", figure=6).hardness > Reading(scale="grade", figure=5).hardness
    assert Reading(scale="ease", figure=60).hardness > Reading(scale="ease", figure=70).hardness
