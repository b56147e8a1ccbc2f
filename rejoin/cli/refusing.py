"""Saying no at the command line: a line for each thing that is wrong, and an exit code that tells it apart."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import click

from rejoin.domain.kernel import Problem, Refusal
from rejoin.sheets.refused import BadInput

NOT_WELL: Final = 1
BAD_INPUT: Final = 2


def refuse(problems: Iterable[Problem]) -> NoReturn:
    say(problems)
    sys.exit(BAD_INPUT)


def say(problems: Iterable[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)


@contextmanager
def refusing() -> Iterator[None]:
    """What the platform refuses is told in words; a fault goes to the log without what it held.

    No traceback is shown: a database puts into its messages the row that it would not take.
    """
    try:
        yield
    except Refusal as refusal:
        click.echo(refusal.message, err=True)
        sys.exit(BAD_INPUT)
    except BadInput as bad:
        refuse(bad.problems)
    except Exception as error:  # noqa: BLE001 - the edge of the program
        _tell_of_fault(error)
        sys.exit(NOT_WELL)


@contextmanager
def platform(*, up_to_date: bool = True) -> Iterator[None]:
    """The platform, opened; and its refusals told. A database behind the software is one of them."""
    from rejoin.operations.opening import open_platform, require_up_to_date

    with refusing():
        open_platform()
        if up_to_date:
            require_up_to_date()
        yield


def _tell_of_fault(error: Exception) -> None:
    import logging

    from django.db import InterfaceError, OperationalError

    if isinstance(error, OperationalError | InterfaceError):
        click.echo("The database does not answer. What is wrong, and what to do: rejoin doctor", err=True)
    else:
        click.echo("Something broke. It was our fault; nothing was half-written.", err=True)
    logging.getLogger("rejoin.command").error("command.failed", exc_info=error)
