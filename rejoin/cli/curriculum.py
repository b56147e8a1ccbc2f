"""Curricula at the command line."""

from pathlib import Path

import click

from rejoin.cli.refusing import refuse
from rejoin.curricula.lint import readings_in, remarks_on, worst_of
from rejoin.curricula.loading import CurriculumFileError, load_course


@click.group()
def curriculum() -> None:
    """What is taught, and what builds on what."""


@curriculum.command()
@click.argument("folder", type=click.Path(path_type=Path))
def lint(folder: Path) -> None:
    """Whether the curriculum in FOLDER can be used, and what to look at again before a patient reads it."""
    try:
        course = load_course(folder)
    except CurriculumFileError as error:
        refuse(error.problems)
    remarks = remarks_on(course)
    for each in remarks:
        click.echo(str(each))
    for language in course.languages:
        if readings_in(course, language):
            unit, reading = worst_of(course, language)
            click.echo(f"{language}: {unit} is hardest to read, with {reading.scale} {reading.figure:.1f}")
    click.echo(f"{len(remarks)} things to look at again" if remarks else "nothing to say: it may be read")
