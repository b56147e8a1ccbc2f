"""Reads a curriculum from its folder: `curriculum.yaml` says what builds on what, `en.yaml` and its like say it in words.

Strict: whatever is missing, unknown or of the wrong kind is a problem with its file, line and field, and every problem
is told at once.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from rejoin.curricula.texts import Choice, Course, Exercise, Question, Reflection, UnitText, Wording
from rejoin.domain.continuity import Curriculum, Gate, Kind, Part, Unit, Way, faults_of
from rejoin.domain.kernel import Problem
from rejoin.domain.policy import fields as want
from rejoin.domain.policy.fields import Fields, PolicyProblem, Wrong
from rejoin.policies.loading import PolicyFileError, line_of, load_documents

SHIPPED = Path(__file__).resolve().parent
OUTLINE = "curriculum.yaml"
LONGEST_TITLE = 120
"""Characters: a session carries the title as its module."""
LONGEST_TEXT = 2_000
MOST_MINUTES = 240
T = TypeVar("T")
Read = Callable[[Fields], T]


class CurriculumFileError(Exception):
    """A curriculum that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("; ".join(str(problem) for problem in self.problems))


@lru_cache
def shipped_courses() -> Mapping[str, Course]:
    """The curricula that ship, by id."""
    folders = sorted(each.parent for each in SHIPPED.glob(f"*/{OUTLINE}"))
    return {course.curriculum.id: course for course in map(load_course, folders)}


def load_course(folder: Path) -> Course:
    """The curriculum in `folder`, or CurriculumFileError with every problem found in it."""
    document = _document(folder / OUTLINE)
    licence, languages, outline = _read(document, OUTLINE, _read_outline)
    wordings = _all_of(
        languages, lambda language: _wording(folder, language, {each.id for each in outline.units})
    )
    curriculum = _named(outline, wordings)
    faults = faults_of(curriculum)
    if faults:
        raise CurriculumFileError(
            Problem(
                file=OUTLINE, line=line_of(document, each.path), field=_shown(each.path), message=each.message
            )
            for each in faults
        )
    return Course(
        curriculum=curriculum, licence=licence, wordings=dict(zip(languages, wordings, strict=True))
    )


def _wording(folder: Path, language: str, units: set[str]) -> Wording:
    name = f"{language}.yaml"
    return _read(_document(folder / name), name, lambda top: _read_wording(top, language, units))


def _named(outline: Curriculum, wordings: list[Wording]) -> Curriculum:
    """With what each unit is called: its title in the first language, and in the others beside it."""
    units = []
    for each in outline.units:
        first, *others = dict.fromkeys(wording.units[each.id].title for wording in wordings)
        units.append(
            Unit(
                id=each.id,
                module=first,
                kind=each.kind,
                minutes=each.minutes,
                needs=each.needs,
                homework_from=each.homework_from,
                also_called=(*others, *each.also_called),
                ways=each.ways,
            )
        )
    return Curriculum(
        id=outline.id,
        version=outline.version,
        track=outline.track,
        gate=outline.gate,
        units=tuple(units),
        parts=outline.parts,
    )


def _all_of(each: Iterable[str], make: Callable[[str], T]) -> list[T]:
    """One for each, or the problems of all of them together."""
    made: list[T] = []
    problems: list[Problem] = []
    for one in each:
        try:
            made.append(make(one))
        except CurriculumFileError as error:
            problems += error.problems
    if problems:
        raise CurriculumFileError(problems)
    return made


def _document(path: Path) -> Any:
    if not path.is_file():
        raise CurriculumFileError([Problem(file=path.name, line=1, field="document", message="is not there")])
    try:
        documents = load_documents(path, name=path.name)
    except PolicyFileError as error:
        raise CurriculumFileError(error.problems) from None
    if len(documents) > 1:
        message = "holds more than one document"
        raise CurriculumFileError([Problem(file=path.name, line=1, field="document", message=message)])
    return documents[0]


def _read(document: Any, name: str, read: Read[T]) -> T:
    """What `read` makes of it, or every problem with its line."""
    problems: list[PolicyProblem] = []
    made = read(Fields(document, (), problems))
    if problems:
        raise CurriculumFileError(
            Problem(file=name, line=line_of(document, each.path), field=each.field, message=each.message)
            for each in problems
        )
    return made


def _shown(path: tuple[str | int, ...]) -> str:
    return PolicyProblem(path=path, message="").field


def _read_outline(top: Fields) -> tuple[str, tuple[str, ...], Curriculum]:
    licence = top.read("licence", want.a_word, required=True) or ""
    languages = top.read("languages", want.some(_a_language), required=True) or ()
    outline = Curriculum(
        id=top.read("id", _a_slug, required=True) or "",
        version=top.read("version", want.a_count, required=True) or 0,
        track=top.read("track", want.a_word, required=True) or "",
        gate=top.read("gate", want.one_of(Gate), required=True) or Gate.PART_START,
        units=tuple(_read_unit(each) for each in top.sections("units")),
        parts=tuple(_read_part(each) for each in top.sections("parts")),
    )
    top.finish()
    return licence, tuple(dict.fromkeys(languages)), outline


def _read_unit(fields: Fields) -> Unit:
    unit = Unit(
        id=fields.read("id", _a_slug, required=True) or "",
        module="",
        kind=fields.read("kind", want.one_of(Kind), required=True) or Kind.OPEN,
        minutes=fields.read("minutes", _some_minutes, required=True) or 0,
        needs=fields.read("needs", want.a_list(_a_slug)) or (),
        homework_from=fields.read("homework_from", want.a_list(_a_slug)) or (),
        also_called=fields.read("also_called", want.a_list(_a_title)) or (),
        ways=fields.read("ways", want.some(want.one_of(Way))) or tuple(Way),
    )
    fields.finish()
    return unit


def _read_part(fields: Fields) -> Part:
    part = Part(
        id=fields.read("id", _a_slug, required=True) or "",
        units=fields.read("units", want.some(_a_slug), required=True) or (),
        opens=fields.read("opens", want.a_bool) or False,
    )
    fields.finish()
    return part


def _read_wording(top: Fields, language: str, units: set[str]) -> Wording:
    told = top.read("language", _a_language, required=True)
    if told not in (None, language):
        top.complain(f"is {told}, and the file is named after {language}", "language")
    name = top.read("name", _a_title, required=True) or ""
    about = top.read("about", _a_text, required=True) or ""
    found: dict[str, UnitText] = {}
    for each in top.sections("units"):
        text = _read_text(each, language)
        if text.unit in found:
            each.complain("is told twice", "id")
        elif text.unit and text.unit not in units:
            each.complain(f"there is no unit {text.unit!r} in {OUTLINE}", "id")
        found[text.unit] = text
    for missing in sorted(units - set(found)):
        top.complain(f"does not tell of {missing}", "units")
    top.finish()
    return Wording(language=language, name=name, about=about, units=found)


def _read_text(fields: Fields, language: str) -> UnitText:
    text = UnitText(
        unit=fields.read("id", _a_slug, required=True) or "",
        language=language,
        title=fields.read("title", _a_title, required=True) or "",
        why=fields.read("why", _a_text, required=True) or "",
        covered=fields.read("covered", want.some(_a_text), required=True) or (),
        exercise=_read_exercise(fields.section("exercise", required=True)),
        homework=fields.read("homework", _a_text, required=True) or "",
        check=tuple(_read_question(each) for each in fields.sections("check")),
        call=fields.read("call", _a_text, required=True) or "",
    )
    if not text.check:
        fields.complain("asks nothing", "check")
    fields.finish()
    return text


def _read_exercise(fields: Fields | None) -> Exercise:
    if fields is None:
        return Exercise(title="", minutes=0, steps=())
    exercise = Exercise(
        title=fields.read("title", _a_title, required=True) or "",
        minutes=fields.read("minutes", _some_minutes, required=True) or 0,
        steps=fields.read("steps", want.some(_a_text), required=True) or (),
    )
    fields.finish()
    return exercise


def _read_question(fields: Fields) -> Question:
    """One with options has a right answer; one without is to think about."""
    asks = fields.read("asks", _a_text, required=True) or ""
    if "options" not in fields:
        fields.finish()
        return Reflection(asks=asks)
    options = fields.read("options", want.some(_a_text), required=True) or ()
    right = fields.read("right", want.a_count, required=True) or 1
    if options and right > len(options):
        fields.complain(f"must be one of the {len(options)} options, counted from 1", "right")
    question = Choice(
        asks=asks,
        options=options,
        right=right - 1,
        well=fields.read("well", _a_text, required=True) or "",
        gently=fields.read("gently", _a_text, required=True) or "",
    )
    fields.finish()
    return question


def _a_slug(value: object) -> str:
    word = want.a_word(value)
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", word):
        raise Wrong(f"must be small letters, digits and hyphens, such as know-your-day, not {word!r}")
    return word


def _a_language(value: object) -> str:
    word = want.a_word(value)
    if not re.fullmatch(r"[a-z]{2,3}", word):
        raise Wrong(f"must be a language such as en or es, not {word!r}")
    return word


def _some_minutes(value: object) -> int:
    minutes = want.a_count(value)
    if minutes > MOST_MINUTES:
        raise Wrong(f"must be minutes, {MOST_MINUTES} at most")
    return minutes


def _a_text(value: object) -> str:
    return _words(value, LONGEST_TEXT)


def _a_title(value: object) -> str:
    return _words(value, LONGEST_TITLE)


def _words(value: object, longest: int) -> str:
    text = " ".join(want.a_word(value).split())
    if len(text) > longest:
        raise Wrong(f"must be {longest} characters at most, and has {len(text)}")
    return text
