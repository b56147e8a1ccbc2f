"""Whoever was not measured for long, and of whom nobody can tell whether she is better: people look at her plan.

It is raised as a pattern of absence is, kept up and withdrawn by the same pass (`patterns`), and decides nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.kernel import Reason, local_day
from rejoin.domain.policy.document import AtLeastWithin, Count, Scope, TriggerRule
from rejoin.domain.policy.triggers import Firing, TriggerState
from rejoin.domain.progress import Verdict
from rejoin.insights.progress import progress_of
from rejoin.people.models import Patient
from rejoin.programs.books import Book
from rejoin.programs.vocabulary import Role

UNTOLD_FOR: Final = timedelta(days=28)
"""So long nobody can tell before people are asked to look. Four weeks are the horizon of everything else here, and the
longest stretch at which a shipped measure is asked. Ours."""
PLAN_REVIEW: Final = "plan_review"
UNMEASURED: Final = """
SELECT due.patient_id, due.program_id, due.instrument, due.version,
       coalesce(max(sheet.answered_at), min(session.starts_at)) AS since
  FROM insights_due AS due
  JOIN programs_seat AS seat ON seat.id = due.seat_id JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
 WHERE due.patient_id = ANY(%s) AND due.at <= %s
 GROUP BY 1, 2, 3, 4
HAVING coalesce(max(sheet.answered_at), min(session.starts_at)) <= %s AND max(session.starts_at) > %s
 ORDER BY 1, 2, 3, 4
"""
"""Measures that are still asked, and were last answered (or first asked) so long ago."""


def untold_for_long(
    here: Collection[tuple[int, int]], books: Mapping[int, Book], at: datetime
) -> Iterator[tuple[tuple[int, int], Firing]]:
    """By patient and program. One query for all; then four for each who was not measured for so long, who are few."""
    long_ago = at - UNTOLD_FOR
    rows = select(UNMEASURED, [sorted({patient for patient, _ in here}), at, long_ago, long_ago])
    wanted = [row for row in rows if (row[0], row[1]) in here and row[1] in books]
    patients = Patient.objects.in_bulk({row[0] for row in wanted})
    for patient, program, key, version, since in wanted:
        found = progress_of(patients[patient], local_day(at, books[program].timezone))
        scales = [
            each
            for each in found
            if (each.program_id, *each.instrument.name_and_version) == (program, key, version)
        ]
        if any(each.verdict is Verdict.CANNOT_TELL for each in scales):
            yield (patient, program), _firing(scales[0].instrument.name, key, version, since)


def _firing(name: str, key: str, version: str, since: datetime) -> Firing:
    rule = f"progress.{key}.{version}"
    text = f"{name} was not answered for {UNTOLD_FOR.days} days and more, and whether she is better or worse, nobody can tell"
    return Firing(
        rule=TriggerRule(
            id=rule,
            count=Count.ANY_ABSENCE,
            scope=Scope(),
            when=AtLeastWithin(at_least=1, within=UNTOLD_FOR),
            then=PLAN_REVIEW,
            decided_by=Role.SUPERVISOR.value,
        ),
        fired_at=since + UNTOLD_FOR,
        sessions=(),
        state=TriggerState.OPEN,
        because=(Reason(rule=rule, text=text),),
    )
