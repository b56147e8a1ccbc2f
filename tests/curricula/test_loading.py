"""A curriculum's folder is read whole, or refused with file, line and field of everything that is wrong."""

from pathlib import Path

import pytest

from rejoin.curricula.loading import CurriculumFileError, load_course
from rejoin.curricula.texts import Reflection
from rejoin.domain.continuity import Kind, Way
from tests.curricula.conftest import Spoil


def refused(folder: Path) -> list[str]:
    with pytest.raises(CurriculumFileError) as caught:
        load_course(folder)
    assert all(str(each) in str(caught.value) for each in caught.value.problems)
    return [str(each) for each in caught.value.problems]


def test_a_folder_becomes_a_curriculum_and_its_words(folder: Path) -> None:
    course = load_course(folder)
    waves = course.curriculum.unit("waves")
    assert (waves.module, waves.also_called) == ("Waves", ("Olas", "Urges"))
    assert (waves.kind, waves.needs, waves.ways) == (Kind.SEQUENCED, ("ground",), (Way.MATERIAL,))
    assert course.curriculum.unit("ground").ways == tuple(Way)
    assert course.text("waves", "es").title == "Olas"
    assert course.text("waves", "es").covered == ("One thing.", "Another thing.")
    assert course.wordings["es"].name == "Small es"


def test_words_are_found_in_the_first_language_that_is_wanted_and_there(folder: Path) -> None:
    course = load_course(folder)
    assert course.text("waves", "fr", "es-MX").language == "es"
    assert course.text("waves", "fr").language == "en"
    assert course.wording().language == "en"


def test_an_answer_is_met_in_kind_and_a_reflection_is_never_scored(folder: Path) -> None:
    text = load_course(folder).text("waves", "en")
    (choice,) = text.choices
    assert (choice.feedback_to(1).right, choice.feedback_to(1).text) == (True, "Yes.")
    assert (choice.feedback_to(0).right, choice.feedback_to(0).text) == (False, "The other one.")
    assert text.check[-1] == Reflection(asks="And now?")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("curriculum.yaml", "id: small", "id: Small One", "1: id: must be small letters, digits and hyphens"),
        ("curriculum.yaml", "licence: CC-BY-4.0\n", "", "1: licence: is required"),
        ("curriculum.yaml", "[en, es]", "[english]", "5: languages: must be a language such as en or es"),
        (
            "curriculum.yaml",
            "gate: part_start",
            "gate: never",
            "6: gate: must be one of any_session, part_start",
        ),
        ("curriculum.yaml", "kind: foundation", "kind: base", "9: units[0].kind: must be one of foundation"),
        (
            "curriculum.yaml",
            "minutes: 60",
            "minutes: 600",
            "10: units[0].minutes: must be minutes, 240 at most",
        ),
        ("curriculum.yaml", "needs:", "need:", "14: units[1].need: unknown key 'need'; known here"),
        ("curriculum.yaml", "[ground]", "[gone]", "14: units[1].needs: there is no unit 'gone'"),
        (
            "curriculum.yaml",
            "[Urges]",
            "[ground]",
            "15: units[1].also_called: 'ground' is what ground is called",
        ),
        ("curriculum.yaml", "[ground, waves]", "[]", "20: parts[0].units: must name at least one"),
        ("curriculum.yaml", "opens: true", "opens: false", "19: parts[0].opens: new members may begin"),
        ("curriculum.yaml", "id: all", "ID: all", "18: parts[0].ID: unknown key 'ID'"),
        (
            "curriculum.yaml",
            "track: substance_use",
            "track: a\n---\nb: c",
            "1: document: holds more than one",
        ),
        ("curriculum.yaml", "id: small", "id: [", "3: yaml: "),
        ("en.yaml", "language: en", "language: es", "1: language: is es, and the file is named after en"),
        (
            "en.yaml",
            "name: Small en",
            f"name: {'x' * 121}",
            "2: name: must be 120 characters at most, and has 121",
        ),
        (
            "en.yaml",
            "- id: ground",
            "- id: other",
            "5: units[0].id: there is no unit 'other' in curriculum.yaml",
        ),
        ("en.yaml", "- id: ground", "- id: other", "4: units: does not tell of ground"),
        ("en.yaml", "- id: waves", "- id: ground", "22: units[1].id: is told twice"),
        ("en.yaml", "- id: ground", "- name: x", "5: units[0].id: is required"),
        ("en.yaml", "why: It matters.", "why: 5", "7: units[0].why: must be a word, not 5"),
        (
            "en.yaml",
            "covered: [One thing., Another thing.]",
            "covered: []",
            "8: units[0].covered: must name at",
        ),
        ("en.yaml", "steps: [Begin., End.]", "steps: no", "12: units[0].exercise.steps: must be a list"),
        ("en.yaml", "exercise:", "exercises:", "5: units[0].exercise: is required"),
        ("en.yaml", "right: 2", "right: 3", "17: units[0].check[0].right: must be one of the 2 options"),
        ("en.yaml", "gently: The other one.", "hint: no", "15: units[0].check[0].gently: is required"),
        ("en.yaml", "    check:\n", "    checks:\n", "5: units[0].check: asks nothing"),
        (
            "es.yaml",
            "title: Olas",
            "title: Suelo",
            "15: units[1].also_called: 'Suelo' is what ground is called too",
        ),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_field(
    spoil: Spoil, file: str, old: str, new: str, problem: str
) -> None:
    said = refused(spoil(file, old, new))
    named = "curriculum.yaml" if "also_called" in problem else file
    assert any(each.startswith(f"{named}:{problem}") for each in said), said


def test_every_problem_of_every_language_is_told_at_once(spoil: Spoil) -> None:
    spoil("en.yaml", "homework: Do it.\n", "")
    folder = spoil("es.yaml", "call: Call", "calls: Call")
    said = refused(folder)
    assert [each.partition(":")[0] for each in said] == ["en.yaml", "es.yaml", "es.yaml"]


def test_a_language_that_is_promised_and_not_there_is_named(folder: Path) -> None:
    (folder / "es.yaml").unlink()
    assert refused(folder) == ["es.yaml:1: document: is not there"]
