"""Whether somebody looks: heartbeats, what nobody has looked at though it was due, and what fails by itself."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Min

from rejoin.attendance.models import SeatStatus, Watch
from rejoin.common.rows import select
from rejoin.common.sweeping import LONGEST_BACKOFF
from rejoin.followup.engine import PARTS, SENDING
from rejoin.followup.models import Case, PatientWatch
from rejoin.insights.nights_models import Postponed
from rejoin.operations import hosting
from rejoin.operations.health.report import (
    MOST_IDS,
    Answer,
    Moment,
    counted,
    lasting,
    listed,
    named,
    not_well,
    note,
    well,
)
from rejoin.outreach.models import Message
from rejoin.rooms.models import Revisit

SILENT_AFTER_SECONDS: Final = 30
LATE_AFTER_SECONDS: Final = 60
WAITING_AFTER: Final = timedelta(seconds=60)
STALLED_AFTER: Final = timedelta(seconds=150)
"""A dead worker's jobs are taken away within a minute and a half."""
HUNG_AFTER: Final = timedelta(minutes=10)
LEFT_ALONE: Final = timedelta(days=1)
"""A night that nobody has tried for so long since it failed is due no longer; `estimates.made` tells of one that is."""
START_A_WORKER: Final = "Start a worker (rejoin work). Where one runs, its log says what keeps it: work.look_failed, engine.part_failed."
READ_THE_LOG: Final = (
    "The worker's log names the fault (sweep.row_failed). It is tried again by itself; the rest goes on."
)

# A beat in the future is as old as it is ahead: whoever gave it has not looked since the clock jumped back.
BEATS: Final = """
SELECT part, min(abs(extract(epoch FROM clock_timestamp() - beat_at)))::float FROM common_heartbeat GROUP BY part
"""
WORKERS: Final = """
SELECT worker, min(abs(extract(epoch FROM clock_timestamp() - beat_at)))::float FROM common_heartbeat
 GROUP BY worker ORDER BY worker
"""
UNTOLD_OUTCOMES: Final = """
SELECT status.seat_id FROM attendance_seatstatus AS status
  JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
 WHERE NOT status.acted_on AND outcome.at < %s ORDER BY status.seat_id
"""
JOBS: Final = """
SELECT job.id, job.status::text, max(event.at),
       job.worker_id IS NULL OR worker.last_heartbeat < clock_timestamp() - interval '30 seconds'
  FROM procrastinate_jobs AS job
  JOIN procrastinate_events AS event ON event.job_id = job.id
  LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
 WHERE job.status IN ('todo', 'doing') AND (job.scheduled_at IS NULL OR job.scheduled_at <= clock_timestamp())
   AND job.queue_name <> 'longwork'
 GROUP BY 1, 2, 4
"""
"""Long work takes its time, and has a check of its own (`health.longwork`)."""


def check_parts(moment: Moment) -> Answer:  # noqa: ARG001 - heartbeats are real time
    """Each part was looked through within half a minute, by one worker at least."""
    beats: dict[str, float] = dict(select(BEATS))
    expected = [part for part, _ in PARTS] + [SENDING, *hosting.parts()]
    silent = [part for part in expected if beats.get(part, float("inf")) > SILENT_AFTER_SECONDS]
    if not silent:
        return well("Every part was looked through within the last half minute.")
    since = min((beats[part] for part in silent if part in beats), default=None)
    when = f"for {lasting(since)} or longer" if since is not None else "yet"
    parts = "every part" if len(silent) == len(expected) else listed(silent)
    return not_well(f"Nobody has looked {when}: {parts}.", do=START_A_WORKER, count=len(silent), ids=silent)


def check_workers(moment: Moment) -> Answer:  # noqa: ARG001 - as above
    """Which workers live. One that fell silent may have been lost with its machine."""
    beats: list[tuple[str, float]] = select(WORKERS)
    silent = [worker for worker, seconds in beats if seconds > SILENT_AFTER_SECONDS]
    alive = len(beats) - len(silent)
    if not silent:
        return note(f"{counted(alive, 'worker')} at work.", count=alive)
    said = f"{counted(alive, 'worker')} at work; {len(silent)} fell silent without a goodbye."
    return note(said, count=alive, ids=silent, do="See to the machines named.")


def check_sessions(moment: Moment) -> Answer:
    late = Watch.objects.overdue(moment.now, by=_patience(moment))
    return _late("session", "that began or changed", late, moment)


def check_cases(moment: Moment) -> Answer:
    late = Case.objects.unattended(moment.now, by=_patience(moment))
    return _late("case", "with something due", late, moment)


def check_patients(moment: Moment) -> Answer:
    late = PatientWatch.objects.filter(next_look_at__lt=moment.now - _patience(moment))
    return _late("patient", "with patterns to look for", late, moment)


def check_revisits(moment: Moment) -> Answer:
    late = Revisit.objects.overdue(moment.now - _patience(moment))
    return _late("session", "to be worked out anew", late, moment, column="at", key="session_id")


def check_poisoned(moment: Moment) -> Answer:
    """Rows that fail by themselves. They are pushed forward, so that they stop nobody else."""
    rows = list(_failing(moment))
    if not rows:
        return well("No row fails by itself.")
    faults = [f"{error} ({times})" for error, times in Counter(error for _, error in rows).most_common(3)]
    said = f"{counted(len(rows), 'row')} cannot be worked on: {listed(faults)}."
    return not_well(said, do=READ_THE_LOG, count=len(rows), ids=(row for row, _ in rows))


def check_outcomes(moment: Moment) -> Answer:
    """Outcomes that nobody has followed up: a miss may be among them, without a case."""
    seats = [row[0] for row in select(UNTOLD_OUTCOMES, [moment.now - _patience(moment)])]
    if not seats:
        return well("Every outcome has been followed up.")
    said = f"{counted(len(seats), 'outcome')} not followed up for over a minute."
    return not_well(said, do=f"{START_A_WORKER} {READ_THE_LOG}", count=len(seats), ids=named("seat", seats))


def check_news(moment: Moment) -> Answer:
    """What became of messages, and their cases have not heard of it."""
    since = moment.now - _patience(moment)
    unheard = Message.objects.filter(acted_on=False, about__startswith="case:", state_at__lt=since)
    numbers = list(unheard.order_by("pk").values_list("pk", flat=True))
    if not numbers:
        return well("Every case knows what became of its messages.")
    said = f"Of {counted(len(numbers), 'message')} the case has not heard for over a minute."
    return not_well(
        said, do=f"{START_A_WORKER} {READ_THE_LOG}", count=len(numbers), ids=named("message", numbers)
    )


def check_queue(moment: Moment) -> Answer:
    """Jobs that nobody takes, or whose worker died. Workers look all the same, a second later."""
    found = [
        number
        for number, status, since, dead in select(JOBS)
        if moment.real_now - since > _job_has(status, dead=dead)
    ]
    if not found:
        return well("No job waits or is stuck.")
    return not_well(
        f"{counted(len(found), 'job')} of the queue waiting or stuck.",
        do="Workers look every second without it, so nothing is missed. Start the workers anew; if it stays, see "
        "what locks procrastinate_jobs (pg_locks).",
        count=len(found),
        ids=named("job", found),
    )


def _failing(moment: Moment) -> Iterator[tuple[str, str]]:
    """Each failing row with its fault. They are never pushed further than the longest backoff."""
    soon = moment.now + LONGEST_BACKOFF + timedelta(minutes=1)
    for kind, failing in (
        ("session", Watch.objects.filter(failures__gt=0, next_look_at__lte=soon)),
        ("case", Case.objects.filter(failures__gt=0, next_look_at__lte=soon)),
        ("patient", PatientWatch.objects.filter(failures__gt=0, next_look_at__lte=soon)),
    ):
        for number, error in failing.order_by("pk").values_list("pk", "error"):
            yield f"{kind}:{number}", error
    for number, error in Revisit.objects.failing().values_list("session_id", "error"):
        yield f"session:{number}", error
    tried = Postponed.objects.filter(failures__gt=0, next_try_at__gt=moment.now - LEFT_ALONE)
    for number, error in tried.order_by("program_id", "work").values_list("program_id", "error"):
        yield f"program:{number}", error
    for kind, unheard in (
        ("seat", SeatStatus.objects.filter(acted_on=False, failures__gt=0)),
        ("message", Message.objects.filter(acted_on=False, failures__gt=0)),
    ):
        for number in unheard.order_by("pk").values_list("pk", flat=True):
            yield f"{kind}:{number}", "told in the log"


def _job_has(status: str, *, dead: bool) -> timedelta:
    if status == "todo":
        return WAITING_AFTER
    return STALLED_AFTER if dead else HUNG_AFTER


def _patience(moment: Moment) -> timedelta:
    """How late a look may be, by the program's clock."""
    return moment.now - moment.ago(LATE_AFTER_SECONDS)


def _late(
    one: str, which: str, late: Any, moment: Moment, *, column: str = "next_look_at", key: str = "pk"
) -> Answer:
    count = late.count()
    if not count:
        return well(f"No {one} {which} waits for a look.")
    oldest: datetime = late.aggregate(oldest=Min(column))["oldest"]
    return not_well(
        f"{counted(count, one)} {which}, and nobody has looked for {lasting(moment.seconds_since(oldest))}.",
        do=START_A_WORKER,
        count=count,
        ids=named(one, late.order_by(column).values_list(key, flat=True)[:MOST_IDS]),
    )
