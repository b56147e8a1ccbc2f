"""Writing the trail. An action that leaves no event behind does not commit."""

import functools
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar, cast

from django.db import transaction

from rejoin.audit.models import Event
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows

P = ParamSpec("P")
R = TypeVar("R")
ACTIONS: dict[str, Callable[..., Any]] = {}
"""Every action of the product by its verb; a test walks them all."""
_recorded: ContextVar[set[str]] = ContextVar("recorded")
request_id: ContextVar[str] = ContextVar("request_id", default="")
COLUMNS = ("at", "by", "verb", "subject", "patient_ref", "program_ref", "reason", "request")
READ_CHART: Final = "people.read_chart"
READ_TRAIL: Final = "audit.read_trail"
READ_SHEET: Final = "attendance.read_sheet"
READS: Final = frozenset({READ_CHART, READ_SHEET, READ_TRAIL})
"""What is told though nothing is written: somebody looked. No action; pages that only show something tell it."""
UNTOLD = "the action wrote no event: it is not committed"


class Untold(AssertionError):
    """A programming error: an action that changed something and told nobody."""


def action(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A write, by its verb: atomic, by somebody, at an instant, with at least one event of its own."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def act(*args: P.args, **kwargs: P.kwargs) -> R:
            if not isinstance(kwargs.get("by"), Actor) or not isinstance(kwargs.get("at"), datetime):
                raise TypeError(f"{verb} needs by= (an Actor) and at= (an instant)")
            told: set[str] = set()
            token = _recorded.set(told)
            try:
                with transaction.atomic():
                    answer = function(*args, **kwargs)
                    if verb not in told:
                        raise Untold(verb)
            finally:
                _recorded.reset(token)
            outer = _recorded.get(None)
            if outer is not None:
                outer.update(told)
            return answer

        if verb in ACTIONS:
            raise ValueError(f"two actions are called {verb}")
        ACTIONS[verb] = act
        return cast(Callable[P, R], act)

    return wrap


def record(
    verb: str,
    subject: str,
    *,
    by: Actor,
    at: datetime,
    patient: int | None = None,
    program: int | None = None,
    reason: str = "",
) -> None:
    """Append one event to the trail, inside the caller's transaction."""
    record_all([(verb, subject, patient, program, reason)], by=by, at=at)


def record_all(
    events: Iterable[tuple[str, str, int | None, int | None, str]], *, by: Actor, at: datetime
) -> None:
    """Append many events at once: verb, subject, patient, program, reason. Nothing to do counts as told."""
    request, who = request_id.get(), str(by)
    rows = [(at, who, *event, request) for event in events]
    insert_rows(Event, COLUMNS, rows)
    told = _recorded.get(None)
    if told is not None:
        told.update(row[2] for row in rows)


def record_read(
    subject: str,
    *,
    patient: int | None,
    program: int | None = None,
    by: Actor,
    at: datetime,
    verb: str = READ_CHART,
) -> None:
    """Append that somebody looked at a chart, or a part of one ("case:55"): one event a page, one insert.

    It stands where the page's own reading stands: inside the door, and gone with it when the page fails.
    """
    if verb not in READS:
        raise ValueError(f"not a reading: {verb}")
    record_all([(verb, subject, patient, program, "")], by=by, at=at)


def told_already(verb: str) -> None:
    """The database itself has told of it, in the same transaction."""
    told = _recorded.get(None)
    if told is not None:
        told.add(verb)


def nothing_to_tell(verb: str) -> None:
    """The action looked and changed nothing."""
    told_already(verb)
