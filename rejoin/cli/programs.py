"""Commands about programs: bring a folder in or out, add a program, put a policy in force."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rejoin.cli.refusing import platform, say
from rejoin.domain.kernel import Problem, Refusal
from rejoin.people.vocabulary import AgeBand, Gender, Language
from rejoin.sheets.refused import BadInput

if TYPE_CHECKING:
    from rejoin.programs.models import Group, Program

of_program = click.option(
    "--program", "slug", required=True, metavar="SLUG", help="The program's short name."
)
accepting = click.option(
    "--accept", multiple=True, metavar="CODE", help="A finding of the policy linter that you answer for."
)
NAMES = ("--name", "--neutral-name", "--call-back")


@click.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@of_program
@accepting
@click.option("--create", is_flag=True, help="Add the program, in the zone of the folder's policy.")
@click.option("--name", help="With --create: what its staff call it.")
@click.option("--neutral-name", help="With --create: how messages call it. It says nothing about health.")
@click.option("--call-back", help="With --create: the number that messages name and people answer.")
def import_(
    folder: Path,
    slug: str,
    accept: tuple[str, ...],
    create: bool,
    name: str | None,
    neutral_name: str | None,
    call_back: str | None,
) -> None:
    """Bring FOLDER in, all of it or nothing. The same folder again changes nothing."""
    given = [name, neutral_name, call_back]
    if create != all(given) or any(given) != all(given):
        raise click.UsageError(f"{', '.join(NAMES)} belong to --create, and --create needs all of them")
    with platform():
        from django.db import transaction

        from rejoin.common import clock
        from rejoin.common.actors import IMPORT
        from rejoin.operations.importing import import_folder

        at = clock.now()
        with transaction.atomic():
            if create:
                _add(slug, name or "", neutral_name or "", call_back or "", timezone=_zone_of(folder))
            done = import_folder(path=folder, program=program_called(slug), accept=accept, by=IMPORT, at=at)
    say(done.notes)
    for verb, count in done.did.items():
        click.echo(f"{count:>8}  {verb}", err=True)
    click.echo("Brought in." if done.did else "The folder says nothing new.", err=True)


@click.command()
@click.argument("folder")
@of_program
def export(folder: str, slug: str) -> None:
    """Write the program into FOLDER, in the tables that `rejoin import` and `rejoin triage` read.

    Measures, scores and estimates go out beside them, and do not come in again.
    """
    if not folder.strip():
        raise click.UsageError("FOLDER is empty: name the folder to write into")
    with platform():
        from rejoin.common import clock
        from rejoin.common.actors import COMMAND
        from rejoin.common.snapshots import one_snapshot
        from rejoin.operations.exporting import export_folder

        wanted, at = program_called(slug), clock.now()
        try:
            with one_snapshot():
                export_folder(path=Path(folder), program=wanted, by=COMMAND, at=at)
        except OSError as error:
            reason = (error.strerror or "it does not work").lower()
            message = f"cannot be written to: {reason}"
            raise BadInput([Problem(file=folder, line=1, field="folder", message=message)]) from None
    click.echo(f"Written: {folder}. It holds patient information.", err=True)


@click.group()
def program() -> None:
    """Programs."""


@program.command()
@click.argument("slug")
@click.option("--name", required=True, help="What its staff call it.")
@click.option("--neutral-name", required=True, help="How messages call it. It says nothing about health.")
@click.option("--call-back", required=True, help="The number that messages name and people answer.")
@click.option("--timezone", required=True, metavar="ZONE", help="As in America/New_York.")
def add(slug: str, name: str, neutral_name: str, call_back: str, timezone: str) -> None:
    """Add a program that goes by SLUG. Publish its policy next."""
    with platform():
        _add(slug, name, neutral_name, call_back, timezone=timezone)
    click.echo(f"Added: {slug}", err=True)


@program.command(name="crisis-line")
@click.argument("slug")
@click.option("--name", default="", help="What it is called.")
@click.option("--number", default="", help="As people read it.")
@click.option("--hours", default="", help="When somebody answers, in words: 'weekdays from 8 to 20'.")
@click.option("--remove", is_flag=True, help="There is none any more.")
def crisis_line(slug: str, name: str, number: str, hours: str, remove: bool) -> None:
    """Show a crisis line of SLUG's own beside 988, to its patients and in its safety procedure."""
    given = [name.strip(), number.strip(), hours.strip()]
    if remove == any(given) or any(given) != all(given):
        raise click.UsageError("give --name, --number and --hours, or --remove alone")
    with platform():
        from rejoin.common import clock
        from rejoin.common.actors import COMMAND
        from rejoin.programs.actions import set_crisis_line

        wanted = program_called(slug)
        set_crisis_line(program=wanted, name=name, number=number, hours=hours, by=COMMAND, at=clock.now())
    click.echo(f"{slug} has {'no' if remove else 'a'} crisis line of its own beside 988.", err=True)


@program.command()
@click.argument("slug")
@click.argument("name")
@click.option("--age-band", type=click.Choice([each.value for each in AgeBand]), help="For whom by age.")
@click.option(
    "--language", type=click.Choice([each.value for each in Language]), help="The one in which it is held."
)
@click.option("--only", type=click.Choice([each.value for each in Gender]), help="For these alone.")
def group(slug: str, name: str, age_band: str | None, language: str | None, only: str | None) -> None:
    """Say whom the group NAME of SLUG is for, when somebody of another group comes to make up. What is left out: everybody."""
    with platform():
        from rejoin.common import clock
        from rejoin.common.actors import COMMAND
        from rejoin.programs.actions import say_whom_it_is_for

        say_whom_it_is_for(
            group=group_called(slug, name),
            age_band=AgeBand(age_band) if age_band else None,
            language=Language(language) if language else None,
            gender_only=Gender(only) if only else None,
            by=COMMAND,
            at=clock.now(),
        )
    asked = ", ".join(each for each in (age_band, language, only) if each)
    click.echo(f"{name} is for {asked or 'everybody'}.", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@of_program
@accepting
def publish(file: Path, slug: str, accept: tuple[str, ...]) -> None:
    """Put the policy in FILE in force, from the day it names. What the linter finds refuses it."""
    with platform():
        from rejoin.common import clock
        from rejoin.common.actors import COMMAND
        from rejoin.programs.actions import publish_policy
        from rejoin.programs.actions.policies import Findings

        text = file.read_text(encoding="utf-8-sig")
        overlays, at = _overlays(file), clock.now()
        try:
            version = publish_policy(
                program=program_called(slug), text=text, overlays=overlays, accept=accept, by=COMMAND, at=at
            )
        except Findings as found:
            words = " ".join(sorted({f"--accept {each.code}" for each in found.findings}))
            raise Refusal(found.code, f"{found.message}\nTo answer for it: {words}") from None
    click.echo(f"Published: version {version.version} of {slug}", err=True)


def _add(slug: str, name: str, neutral_name: str, call_back: str, *, timezone: str) -> None:
    """Refused when its name or number would keep messages from going out: better now than in the evening."""
    from rejoin.common import clock
    from rejoin.common.actors import COMMAND
    from rejoin.operations.letterheads import letterhead_problems
    from rejoin.programs.actions import add_program

    problems = letterhead_problems(neutral_name=neutral_name, call_back=call_back, file="program")
    if problems:
        raise BadInput(problems)
    add_program(
        slug=slug,
        name=name,
        neutral_name=neutral_name,
        call_back=call_back,
        timezone=timezone,
        by=COMMAND,
        at=clock.now(),
    )


def program_called(slug: str) -> "Program":
    from rejoin.programs.models import Program

    found = Program.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Program.objects.order_by("slug").values_list("slug", flat=True))
        raise Refusal("program.unknown", f"There is no program {slug}. There are: {known or 'none yet'}.")
    return found


def group_called(slug: str, name: str) -> "Group":
    from rejoin.programs.models import Group

    groups = Group.objects.filter(program=program_called(slug))
    found = groups.filter(name=name).first()
    if found is None:
        known = ", ".join(groups.order_by("name").values_list("name", flat=True))
        raise Refusal("group.unknown", f"There is no group {name}. There are: {known or 'none yet'}.")
    return found


def _zone_of(folder: Path) -> str:
    """The zone of the program that a folder brings with it: its policy's."""
    from rejoin.policies.loading import PolicyFileError, load_book

    path = folder / "policy.yaml"
    if not path.is_file():
        raise BadInput([Problem(file=path.name, line=1, field="file", message="is missing")])
    try:
        return load_book(path, name=path.name).versions[0][0].timezone.key
    except PolicyFileError as error:
        raise BadInput(error.problems) from None


def _overlays(file: Path) -> dict[str, str]:
    """The texts of overlays that lie beside the policy; those that ship are found where they are."""
    from rejoin.policies.loading import PolicyFileError, find_overlay, load_documents

    try:
        documents = load_documents(file, name=file.name)
    except PolicyFileError as error:
        raise BadInput(error.problems) from None
    names = {
        name
        for document in documents
        if isinstance(document, dict)
        for name in document.get("overlays") or ()
    }
    found = {name: find_overlay(name, beside=file.parent) for name in names if isinstance(name, str)}
    return {name: path.read_text(encoding="utf-8-sig") for name, path in found.items() if path is not None}
