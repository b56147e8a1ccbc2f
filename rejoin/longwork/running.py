"""Doing long work: one piece at a time, found by asking, so that a lost worker's is found again by the next.

Whoever does a piece ends it in the same transaction as what it writes (`Job.end`): it is whole or not at all, and
never done twice. What was lost on the way stands nowhere and is begun anew, some times; then a person hears of it.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils.module_loading import import_string

from rejoin.audit.trail import request_id
from rejoin.common import clock
from rejoin.common.actors import ENGINE
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import Problem, Refusal
from rejoin.longwork.actions import TakenOver, end_work
from rejoin.longwork.enclosures import NewFile, body_of
from rejoin.longwork.models import Enclosure, Work
from rejoin.longwork.problems import as_file
from rejoin.longwork.progress import GivenBack, Progress, Stopped, told_beside
from rejoin.longwork.vocabulary import OF_MAKE_UPS, Part, State
from rejoin.outreach.sending import worker_name
from rejoin.programs.models import StaffRole
from rejoin.programs.rights import Right, rights_of
from rejoin.sheets.refused import BadInput

log = logging.getLogger("rejoin.longwork")
MOST_TRIES: Final = 3
leaving = threading.Event()
"""This worker was told to stop: what is under way is given back."""

CLAIM: Final = """
UPDATE longwork_work SET state = 'running', worker = %s, tries = tries + 1, beat_at = clock_timestamp(),
       started_at = coalesce(started_at, rejoin_now()), done = 0, total = 0, saying = ''
 WHERE id = (SELECT id FROM longwork_work
              WHERE state = 'queued'
                 OR (state = 'running' AND beat_at < clock_timestamp() - interval '40 seconds')
              ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
GIVE_BACK: Final = """
UPDATE longwork_work SET state = 'queued', done = 0, total = 0, saying = '', tries = tries - %s
 WHERE id = %s AND tries = %s AND state = 'running'
"""
SORRY: Final = "Something went wrong on our side, and nothing of it was kept. Whoever looks after Rejoin finds it in the log as {code} of work {number}."
LOST: Final = "Three times whoever worked on this was lost in the middle of it. Nothing of it was kept."
NOT_HERS: Final = "Whoever asked for this may not do it any more. Nothing was done."


@dataclass(slots=True, kw_only=True)
class Job:
    """A piece of work as whoever does it gets it."""

    work: Work
    progress: Progress
    ended: bool = field(default=False)

    @property
    def given(self) -> Mapping[str, Any]:
        given: Mapping[str, Any] = self.work.given
        return given

    def brought(self) -> list[tuple[str, bytes]]:
        """Name and content of every file that came with the asking."""
        files = Enclosure.objects.filter(work=self.work, part=Part.BROUGHT.value, emptied_at__isnull=True)
        return [(each.name, body_of(each)) for each in files.order_by("pk")]

    def end(self, told: Mapping[str, Any], files: Sequence[NewFile] = ()) -> None:
        """It is done. In the transaction of what it wrote, once."""
        self.progress.check()
        end_work(work=self.work, state=State.DONE, told=told, files=files, by=ENGINE, at=clock.now())
        self.ended = True


Do = Callable[[Job], None]


def run_next() -> bool:
    """Do the piece of work that has waited longest. Whether there was one."""
    with transaction.atomic():
        found = select(CLAIM, [worker_name()])
    if not found:
        return False
    work = Work.objects.select_related("program", "asked_by").get(pk=found[0][0])
    named = request_id.set(
        work.ref.hex
    )  # what it writes and what somebody asked for find each other in the trail
    try:
        _run(work)
    finally:
        request_id.reset(named)
    return True


def _run(work: Work) -> None:
    if work.stop_asked_at is not None:
        _end(work, State.STOPPED)
    elif work.tries > MOST_TRIES:
        _end(work, State.FAILED, error=LOST)
    elif not _may(work):
        _end(work, State.FAILED, error=NOT_HERS)
    else:
        _do(work, import_string(settings.LONG_WORK[work.kind]))


def _may(work: Work) -> bool:
    """Whether whoever asked may do so still: it may have waited for long."""
    held = StaffRole.objects.filter(
        program=work.program, staff=work.asked_by, ended_at__isnull=True, from_at__lte=clock.now()
    )
    needs = Right.PLAN if work.kind in OF_MAKE_UPS else Right.GOVERN
    return any(needs in rights_of(role) for role in held.values_list("role", flat=True))


def _do(work: Work, do: Do) -> None:
    """Everything that can happen to it, each with its end."""
    job = Job(work=work, progress=Progress(leaving))
    try:
        with told_beside(work, job.progress):
            do(job)
        if not job.ended:
            raise RuntimeError("the work came back and was not ended")
    except Stopped:
        _end(work, State.STOPPED)
    except BadInput as bad:
        told = {"problems": len(bad.problems)}
        _end(work, State.FAILED, told=told, error=_counted(bad.problems), files=[as_file(bad.problems)])
    except Refusal as refusal:
        _end(work, State.FAILED, error=refusal.message)
    except GivenBack:
        _give_back(work, counts=False)
    except TakenOver:
        _tell_taken_over(work)
    except (OperationalError, InterfaceError) as error:
        log.warning("longwork.interrupted", extra={"row_id": work.pk, "code": type(error).__name__})
        _give_back(work, counts=True)
    except Exception as error:  # told by its type: a message may hold what no log may
        code = type(error).__name__
        log.exception("longwork.failed", extra={"row_id": work.pk, "code": code})
        _end(work, State.FAILED, error=SORRY.format(code=code, number=work.pk))


def _end(
    work: Work,
    state: State,
    *,
    told: Mapping[str, Any] | None = None,
    error: str = "",
    files: Sequence[NewFile] = (),
) -> None:
    try:
        end_work(work=work, state=state, told=told, error=error, files=files, by=ENGINE, at=clock.now())
    except TakenOver:
        _tell_taken_over(work)


def _tell_taken_over(work: Work) -> None:
    log.warning("longwork.taken_over", extra={"row_id": work.pk})


def _give_back(work: Work, *, counts: bool) -> None:
    """For whoever takes it next. A worker that leaves in good order was no try."""
    with transaction.atomic():
        execute(GIVE_BACK, [0 if counts else 1, work.pk, work.tries])


def _counted(problems: Sequence[Problem]) -> str:
    what = "is one problem" if len(problems) == 1 else f"are {len(problems)} problems"
    return f"There {what} in what was brought. Nothing of it was taken in."
