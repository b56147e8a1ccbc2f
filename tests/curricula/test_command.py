"""An author asks at the command line whether a curriculum can be used."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rejoin import cli
from rejoin.curricula.loading import SHIPPED, shipped_courses


def lint(folder: Path) -> Result:
    return CliRunner().invoke(cli.main, ["curriculum", "lint", str(folder)], catch_exceptions=False)


@pytest.mark.parametrize("course", shipped_courses())
def test_there_is_nothing_to_say_of_a_shipped_curriculum(course: str) -> None:
    result = lint(SHIPPED / course)
    assert result.exit_code == 0
    assert "nothing to say" in result.stdout
    assert "es: " in result.stdout


def test_what_to_look_at_again_is_listed(folder: Path) -> None:
    result = lint(folder)
    assert result.exit_code == 0
    assert "en ground: covered: has 4 words" in result.stdout
    assert "things to look at again" in result.stdout


def test_a_language_that_is_not_measured_has_no_hardest_unit(folder: Path) -> None:
    (folder / "es.yaml").unlink()
    (folder / "en.yaml").rename(folder / "fr.yaml")
    for file, old, new in (
        ("curriculum.yaml", "[en, es]", "[fr]"),
        ("fr.yaml", "language: en", "language: fr"),
    ):
        (folder / file).write_text((folder / file).read_text().replace(old, new))
    assert "hardest" not in lint(folder).stdout


def test_a_folder_that_cannot_be_used_is_refused_with_its_lines(tmp_path: Path) -> None:
    result = lint(tmp_path)
    assert result.exit_code == 2
    assert result.stderr == "curriculum.yaml:1: document: is not there\n"
