"""What an author is told to look at again."""

from pathlib import Path

import pytest

from rejoin.curricula.lint import readings_in, remarks_on, worst_of
from rejoin.curricula.loading import load_course
from tests.curricula.conftest import Spoil

LONG = " ".join(["We rest, we walk, and we talk with a friend."] * 18)
HARD = " ".join(["Individualized rehabilitation necessitates interdisciplinary coordination."] * 24)
DIFICIL = " ".join(["La rehabilitación individualizada requiere coordinación interdisciplinaria."] * 24)
EXAMPLE = "covered: [One thing., Another thing.]"
QUESTION = """\
      - asks: Which?
        options: [This, That]
        right: 2
        well: Yes.
        gently: The other one.
"""


@pytest.fixture
def whole(folder: Path) -> Path:
    """The small curriculum, long enough and with all its questions."""
    for file in ("en.yaml", "es.yaml"):
        text = (folder / file).read_text()
        (folder / file).write_text(
            text.replace(EXAMPLE, f"covered: ['{LONG}']").replace(QUESTION, QUESTION * 2)
        )
    return folder


def remarks(folder: Path) -> list[str]:
    return [str(each) for each in remarks_on(load_course(folder))]


def test_nothing_is_said_of_a_curriculum_that_may_be_read(whole: Path) -> None:
    assert remarks(whole) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "remark"),
    [
        (
            "en.yaml",
            LONG,
            "Short.",
            "en ground: covered: has 1 words, and 150 to 250 can be read on a bad night",
        ),
        ("en.yaml", LONG, LONG + LONG, "en ground: covered: has 360 words"),
        ("en.yaml", LONG, HARD, "en ground: reading: has grade "),
        ("es.yaml", LONG, DIFICIL, "es ground: reading: has ease "),
        ("en.yaml", "988", "us", "en ground: call: does not say '988'"),
        ("es.yaml", "oprima el 2", "espere", "es ground: call: does not say 'oprima el 2'"),
        (
            "en.yaml",
            "It matters.",
            "You relapsed.",
            "en ground: words: 'relapsed' blames, or can be heard so",
        ),
        ("en.yaml", "Try it", "Stay clean", "en ground: words: 'Stay clean' blames, or can be heard so"),
        ("en.yaml", "It matters.", "The group laughed.", "en ground: words: 'The group' tells of the group"),
        ("en.yaml", QUESTION, "", "en ground: check: asks otherwise than two questions"),
        ("es.yaml", "right: 2", "right: 1", "es ground: check and exercise: is built otherwise than in en"),
    ],
)
def test_what_should_be_looked_at_again_is_named(
    whole: Path, spoil: Spoil, file: str, old: str, new: str, remark: str
) -> None:
    assert any(each.startswith(remark) for each in remarks(spoil(file, old, new)))


def test_a_language_that_nobody_measures_says_so_and_still_names_the_line(whole: Path, spoil: Spoil) -> None:
    (whole / "es.yaml").rename(whole / "fr.yaml")
    spoil("curriculum.yaml", "[en, es]", "[en, fr]")
    folder = spoil("fr.yaml", "language: es", "language: fr")
    assert remarks(folder) == [
        "fr ground: reading: cannot be measured in this language",
        "fr waves: reading: cannot be measured in this language",
    ]
    assert readings_in(load_course(folder), "fr") == {}


@pytest.mark.parametrize(("file", "language", "hard"), [("en.yaml", "en", HARD), ("es.yaml", "es", DIFICIL)])
def test_the_hardest_unit_is_known(whole: Path, spoil: Spoil, file: str, language: str, hard: str) -> None:
    course = load_course(spoil(file, LONG, hard))
    unit, reading = worst_of(course, language)
    assert unit == "ground"
    assert not reading.easy_enough
