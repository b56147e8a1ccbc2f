"""The command line. Answers go to standard output, everything else to standard error."""

import gc
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, Self
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from rejoin import __version__
from rejoin.cli import programs, running
from rejoin.cli.curriculum import curriculum
from rejoin.cli.demo import demo
from rejoin.cli.makeup import makeup
from rejoin.cli.patients import patient
from rejoin.cli.progress import progress
from rejoin.cli.refusing import refuse, say
from rejoin.cli.risk import risk
from rejoin.cli.rooms import rooms
from rejoin.cli.staff import staff
from rejoin.cli.waiting import waiting
from rejoin.domain.attendance import Session
from rejoin.domain.kernel import Problem
from rejoin.domain.policy.lint import lint_policy
from rejoin.policies.loading import (
    PolicyFileError,
    is_overlay,
    line_of,
    load_book,
    load_documents,
    load_overlay,
)
from rejoin.sheets.refused import BadInput
from rejoin.sidecar.folder import read_schedule
from rejoin.sidecar.tables import Wrong, an_instant

_KEPT: list[object] = []
"""What was read, kept to the end of the process."""
LONG_INPUT = 5_000_000


def run() -> NoReturn:
    """The installed command. Ends at once: taking millions of small objects apart takes seconds."""
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@click.group()
@click.version_option(__version__, prog_name="rejoin")
def main() -> None:
    """Rejoin: what happens when a patient misses a session."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--at", metavar="INSTANT", help="As known at this instant (ISO 8601); default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON (docs/contracts).")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the page to this file.")
@click.option("--skip-unreadable", is_flag=True, help="Triage the rest when a room file cannot be read.")
def triage(folder: Path, at: str | None, as_json: bool, html: Path | None, skip_unreadable: bool) -> None:
    """What happened in each session of FOLDER, and what is owed to whom by when."""
    from rejoin.sidecar.triage import make_directory, open_world, write_report
    from rejoin.sidecar.triage import triage as triage_world

    if html is not None and not html.resolve().parent.is_dir():
        refuse([Problem(file=str(html), line=1, field="--html", message="its folder does not exist")])
    # Millions of small objects live to the end: looking for cycles among them only costs time.
    gc.disable()
    with _Watch() as watch:
        try:
            now = _instant(at, folder)
            world, unreadable = open_world(
                folder, now=now, skip_unreadable=skip_unreadable, on_progress=watch.advance
            )
        except BadInput as bad:
            refuse(bad.problems)
        _KEPT.append(world)
        say(unreadable)
        if as_json:
            write_report(world, unreadable, sys.stdout.buffer, on_progress=watch.advance)
            sys.stdout.buffer.flush()
    if html is None and as_json:
        return
    report, directory = triage_world(world, unreadable), make_directory(world)
    if html is not None:
        from rejoin.sidecar.page import render_page

        _write_whole(html, render_page(report, directory))
        click.echo(f"page: {html}", err=True)
    if not as_json:
        from rejoin.sidecar.terminal import print_report

        print_report(report, directory, Console())


@main.group()
def policy() -> None:
    """Policy documents."""


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--schedule",
    type=click.Path(path_type=Path),
    help="A folder whose sessions.csv to check as well; default: the policy's own folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def lint(file: Path, schedule: Path | None, as_json: bool) -> None:
    """Whether the rules in FILE can do what their author meant."""
    if not file.is_file():
        refuse([Problem(file=str(file), line=1, field="file", message="is missing")])
    try:
        if all(is_overlay(document) for document in load_documents(file, name=file.name)):
            load_overlay(file.name, beside=file.parent)
            click.echo('{"findings":[]}' if as_json else "an overlay: it can be laid over a policy")
            return
        book = load_book(file, name=file.name)
        sessions = _sessions_beside(file, schedule, book.versions[0][0].timezone)
    except PolicyFileError as error:
        refuse(error.problems)
    except BadInput as bad:
        refuse(bad.problems)
    documents = load_documents(file, name=file.name)
    findings = []
    for (version, _), document in zip(book.versions, documents, strict=True):
        laid = book.in_force(version.effective.from_on)
        for each in lint_policy(laid, sessions=sessions):
            line = line_of(document, tuple(each.field.split(".")))
            findings.append({"code": each.code, "field": each.field, "line": line, "text": each.text})
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode({"file": file.name, "findings": findings}) + b"\n")
        return
    for found in findings:
        click.echo(f"{file.name}:{found['line']}: {found['field']}: {found['text']} [{found['code']}]")
    click.echo(f"{len(findings)} findings" if findings else "nothing to say: every rule can do its work")


policy.add_command(programs.publish)
for _command in (running.work, running.serve, running.migrate, running.doctor):
    main.add_command(_command)
for _command in (programs.import_, programs.export, programs.program):
    main.add_command(_command)
for _command in (staff, patient, waiting, demo, rooms, makeup, curriculum, progress, risk):
    main.add_command(_command)


def _sessions_beside(file: Path, schedule: Path | None, zone: ZoneInfo) -> list[Session]:
    """The sessions of the folder asked for, or of the policy's own where it lies in one."""
    if schedule is None and not (file.parent / "sessions.csv").is_file():
        return []
    folder = schedule or file.parent
    if not (folder / "sessions.csv").is_file():
        raise BadInput([Problem(file="sessions.csv", line=1, field="file", message="is missing")])
    return read_schedule(folder, zone)


class _Watch:
    """A progress bar on standard error, where somebody looks at it and the input is long."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self.bar = Progress(console=console, auto_refresh=False, transient=True)
        self.shown = console.is_terminal
        self.tasks: dict[str, object] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.tasks:
            self.bar.stop()

    def advance(self, stage: str, done: int, total: int) -> None:
        long = total >= LONG_INPUT if stage == "rooms" else total > 64
        if not self.shown or not (long or self.tasks):
            return
        if stage not in self.tasks:
            if not self.tasks:
                self.bar.start()
            self.tasks[stage] = self.bar.add_task(stage, total=total)
        self.bar.update(self.tasks[stage], completed=done, total=total)  # type: ignore[arg-type]
        self.bar.refresh()


def _instant(at: str | None, folder: Path) -> datetime:
    """The instant asked for; local times are the policy's."""
    if at is None:
        return datetime.now(UTC)
    try:
        zone = load_book(folder / "policy.yaml", name="policy.yaml").versions[0][0].timezone
    except (PolicyFileError, OSError):
        zone = ZoneInfo("UTC")  # the folder's own problems are told when it is read
    try:
        return an_instant(zone)(at)
    except Wrong as wrong:
        raise BadInput([Problem(file="--at", line=1, field="instant", message=str(wrong))]) from None


def _write_whole(path: Path, text: str) -> None:
    """All of it or nothing: written beside and moved into place."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.resolve().parent, prefix=f".{path.name}.", delete=False
    ) as file:
        file.write(text)
    Path(file.name).replace(path)
