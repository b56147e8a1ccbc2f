"""The curricula that ship: whole, in both languages, easy to read, and safe to be read at night."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from rejoin.curricula.lint import readings_in, remarks_on
from rejoin.curricula.loading import SHIPPED, shipped_courses
from rejoin.curricula.readability import GOAL_EASE, GOAL_GRADE
from rejoin.curricula.texts import Course, UnitText
from rejoin.domain.continuity import Kind, Tie, link_between, unit_called, units_in_turn

COURSES = shipped_courses()
TEXTS = [
    text
    for course in COURSES.values()
    for wording in course.wordings.values()
    for text in wording.units.values()
]
IN_TEXTS = pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.language}-{text.unit}")
IN_COURSES = pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
TRADEMARKS = re.compile(
    r"\b(matrix model|seeking safety|dbt|linehan|smart recovery|12.steps?|halt)\b", re.IGNORECASE
)


def words_of(text: UnitText) -> str:
    options = [option for each in text.choices for option in each.options]
    return " ".join((text.title, text.exercise.title, *text.sentences, *options))


def test_there_is_one_for_substance_use_and_one_for_mental_health() -> None:
    assert {course.curriculum.track for course in COURSES.values()} == {"substance_use", "mental_health"}


@IN_COURSES
def test_it_has_twelve_units_of_every_kind_in_english_and_spanish(course: Course) -> None:
    assert course.languages == ("en", "es")
    assert len(course.curriculum.units) == 12
    assert {each.kind for each in course.curriculum.units} == set(Kind)
    assert course.licence == "CC-BY-4.0"


@IN_COURSES
def test_there_is_nothing_to_look_at_again(course: Course) -> None:
    assert [str(each) for each in remarks_on(course)] == []


@IN_COURSES
def test_it_is_easier_to_read_than_it_has_to_be(course: Course) -> None:
    assert max(each.figure for each in readings_in(course, "en").values()) <= GOAL_GRADE
    assert min(each.figure for each in readings_in(course, "es").values()) >= GOAL_EASE


@IN_COURSES
def test_a_session_named_in_either_language_is_of_the_same_unit(course: Course) -> None:
    for language in course.languages:
        for unit in course.curriculum.units:
            assert unit_called(course.curriculum, course.text(unit.id, language).title) == unit


@IN_COURSES
def test_what_begins_with_practice_begins_with_that_of_the_session_before(course: Course) -> None:
    """A text that says "next session" is right about which one that is."""
    turn = [unit for _, unit in units_in_turn(course.curriculum, first=0, count=len(course.curriculum.order))]
    before = {over.id: under.id for under, over in pairwise(turn)}
    practised = [each for each in course.curriculum.units if each.homework_from]
    assert all(before[each.id] in each.homework_from for each in practised)


def test_to_miss_a_foundation_matters_for_every_sequenced_unit() -> None:
    course = COURSES["staying-on-course"].curriculum
    slip = link_between(course, course.unit("triggers"), course.unit("if-you-slip"))
    assert slip is not None
    assert slip.tie is Tie.FOUNDATION


@IN_TEXTS
def test_it_names_nobody_elses_program(text: UnitText) -> None:
    assert TRADEMARKS.findall(words_of(text)) == []


@IN_TEXTS
def test_it_says_nothing_of_members_and_nothing_of_a_diagnosis(text: UnitText) -> None:
    told = words_of(text).lower()
    for word in (
        "diagnos",
        "disorder",
        "trastorno",
        "members said",
        "one member",
        "un miembro",
        "cure",
        "guaranteed",
    ):
        assert word not in told


@IN_TEXTS
def test_no_answer_is_met_with_blame_and_right_answers_are_not_always_the_first(text: UnitText) -> None:
    for choice in text.choices:
        assert len(choice.options) == 3
        assert not re.match(
            r"(no|wrong|false|incorrect|mal|falso|incorrecto)\b[,.!]", choice.gently, re.IGNORECASE
        )
    assert len({choice.right for choice in text.choices}) == 2


@IN_TEXTS
def test_spanish_speaks_to_her_as_usted(text: UnitText) -> None:
    """What she might say to somebody else stands in quotation marks, and is as she would say it."""
    if text.language == "es":
        spoken = re.sub(r'"[^"]*"', "", " ".join(text.sentences))
        spoken = re.sub(r"¿Cuál es tu trabajo\?|¿Vas con lo que está pasando\?|tú me haces", "", spoken)
        assert re.findall(r"\b(tú|tu|tus|te|ti|contigo|puedes|tienes|eres|quieres|vosotros)\b", spoken) == []


def test_there_is_a_licence_beside_them_that_names_every_folder() -> None:
    licence = Path(SHIPPED, "LICENSE.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in licence
    assert all(f"`{each}/`" in licence for each in COURSES)
