"""Asking for long work, stopping it, ending it, and taking what it came to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import Actor, ActorKind
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import Refusal
from rejoin.longwork.enclosures import LARGEST, NewFile, body_of, keep_files
from rejoin.longwork.models import Enclosure, Work
from rejoin.longwork.vocabulary import OVER, Kind, State
from rejoin.programs.models import Program

WAITING_AT_MOST: Final = 5
"""Pieces of work that one person may have waiting or under way."""
TOO_LARGE: Final = (
    "It is too large to be kept here: whoever looks after Rejoin takes it out by the command line."
)
END: Final = """
UPDATE longwork_work SET state = %s, ended_at = %s, error = %s, told = %s::jsonb, saying = '',
       done = CASE WHEN %s = 'done' THEN total ELSE done END
 WHERE id = %s AND tries = %s AND state IN ('queued', 'running')
"""
TO_EMPTY: Final = """
SELECT enclosure.id, work.id, work.program_id FROM longwork_enclosure AS enclosure
  JOIN longwork_work AS work ON work.id = enclosure.work_id
 WHERE enclosure.emptied_at IS NULL
   AND (enclosure.kept_until_at <= %s OR (enclosure.part = 'brought' AND work.state IN ('done', 'failed', 'stopped')))
 ORDER BY enclosure.id FOR UPDATE OF enclosure SKIP LOCKED LIMIT 100
"""
# The roles of the database delete nothing: what was in it is written over.
EMPTY: Final = """
UPDATE longwork_piece SET body = '' WHERE enclosure_id = ANY(%s)
"""
EMPTIED: Final = "UPDATE longwork_enclosure SET emptied_at = %s WHERE id = ANY(%s)"


_encode = msgspec.json.Encoder().encode


class TakenOver(RuntimeError):
    """Another worker does this by now, since nothing was heard of ours: nothing of it may stand."""


@action("longwork.ask")
def ask_for_work(
    *,
    kind: Kind,
    program: Program,
    given: Mapping[str, Any],
    files: Sequence[NewFile] = (),
    by: Actor,
    at: datetime,
) -> Work:
    """Ask for a piece of work. A worker hears of it when this has committed (`longwork/schema.py`).

    `given` says nothing of a patient; what does goes into `files`.
    """
    if by.kind is not ActorKind.STAFF or by.staff_id is None:
        raise Refusal("work.person", "Long work is asked for by a person.")
    _refuse_too_much(by.staff_id, files)
    work = Work.objects.create(
        kind=kind.value, program=program, asked_by_id=by.staff_id, asked_at=at, given=dict(given)
    )
    keep_files(work, files, at=at)
    _tell("longwork.ask", work, by, at, reason=kind.value)
    return work


@action("longwork.stop")
def stop_work(*, work: Work, by: Actor, at: datetime) -> None:
    """Ask for a piece of work to be stopped. Its worker sees it within a second, and takes back what it did."""
    asked = Work.objects.filter(pk=work.pk, stop_asked_at__isnull=True).exclude(state__in=OVER)
    if not asked.update(stop_asked_at=at, stop_asked_by=str(by)):
        raise Refusal("work.over", "This has ended already, or somebody has stopped it.")
    _tell("longwork.stop", work, by, at)


@action("longwork.end")
def end_work(
    *,
    work: Work,
    state: State,
    told: Mapping[str, Any] | None = None,
    files: Sequence[NewFile] = (),
    error: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """Write down how it ended, in the transaction of what it did. `TakenOver` when it is another worker's by now."""
    if sum(len(each.body) for each in files) > LARGEST:
        state, told, files, error = State.FAILED, None, (), TOO_LARGE
    text = _encode(told or {}).decode()
    if not execute(END, [state.value, at, error[:300], text, state.value, work.pk, work.tries]):
        raise TakenOver
    keep_files(work, files, at=at)
    _tell("longwork.end", work, by, at, reason=state.value)


@action("longwork.take")
def take_file(*, enclosure: Enclosure, by: Actor, at: datetime) -> bytes:
    """The content of a file, for whoever takes it away. Each time is on record."""
    _tell("longwork.take", enclosure.work, by, at, reason=enclosure.part)
    return body_of(enclosure)


@action("longwork.empty")
def empty_old_files(*, by: Actor, at: datetime) -> int:
    """Files whose day is over, and what was brought to work that has ended. Returns how many were emptied."""
    rows = select(TO_EMPTY, [at])
    found = [row[0] for row in rows]
    if found:
        execute(EMPTY, [found])
        execute(EMPTIED, [at, found])
    record_all(
        [("longwork.empty", f"work:{work}", None, program, "") for _, work, program in rows], by=by, at=at
    )
    nothing_to_tell("longwork.empty")
    return len(found)


def _refuse_too_much(staff_id: int, files: Sequence[NewFile]) -> None:
    if sum(len(each.body) for each in files) > LARGEST:
        raise Refusal("work.large", "This is more than can be brought at once: bring it in parts.")
    waiting = Work.objects.filter(asked_by=staff_id).exclude(state__in=OVER).count()
    if waiting >= WAITING_AT_MOST:
        raise Refusal(
            "work.many", f"{waiting} pieces of work of yours are not done yet: wait for one of them."
        )


def _tell(verb: str, work: Work, by: Actor, at: datetime, *, reason: str = "") -> None:
    record(verb, f"work:{work.pk}", by=by, at=at, program=work.program_id, reason=reason)
