"""A small curriculum in a folder, to spoil one line at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

OUTLINE = """\
id: small
version: 1
licence: CC-BY-4.0
track: substance_use
languages: [en, es]
gate: part_start
units:
  - id: ground
    kind: foundation
    minutes: 60
  - id: waves
    kind: sequenced
    minutes: 60
    needs: [ground]
    also_called: [Urges]
    ways: [packet]
parts:
  - id: all
    opens: true
    units: [ground, waves]
"""
WORDS = """\
language: {language}
name: {name}
about: About it.
units:
{units}"""
UNIT = """\
  - id: {id}
    title: {title}
    why: It matters.
    covered: [One thing., Another thing.]
    exercise:
      title: Try it
      minutes: 5
      steps: [Begin., End.]
    homework: Do it.
    check:
      - asks: Which?
        options: [This, That]
        right: 2
        well: Yes.
        gently: The other one.
      - asks: And now?
    call: Call or text 988, y oprima el 2.
"""
TITLES = {"en": ("Ground", "Waves"), "es": ("Suelo", "Olas")}
Spoil = Callable[[str, str, str], Path]


def words(language: str) -> str:
    titles = zip(("ground", "waves"), TITLES[language], strict=True)
    units = "".join(UNIT.format(id=unit, title=title) for unit, title in titles)
    return WORDS.format(language=language, name=f"Small {language}", units=units)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A curriculum that can be used."""
    (tmp_path / "curriculum.yaml").write_text(OUTLINE)
    for language in TITLES:
        (tmp_path / f"{language}.yaml").write_text(words(language))
    return tmp_path


@pytest.fixture
def spoil(folder: Path) -> Spoil:
    """The folder with the first such text of a file replaced."""

    def replace(file: str, old: str, new: str) -> Path:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))
        return folder

    return replace
