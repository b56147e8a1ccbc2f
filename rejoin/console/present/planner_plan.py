"""The latest plan of a program's make-ups: what it reached, and what of it nobody has been offered yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.present.planner import BOOKED, CALLED, OFFERED, STILL_OPEN
from rejoin.console.present.planner_seats import HELD, MOST
from rejoin.console.present.words import session_name
from rejoin.longwork.models import Work
from rejoin.longwork.vocabulary import OVER, Kind
from rejoin.makeups.actions.publishing import latest_runs
from rejoin.makeups.models import PlanRun
from rejoin.makeups.world import NOTICE
from rejoin.people.naming import names_of
from rejoin.programs.models import Program

SHOWN: Final = 100
"""As many as are published at once."""
NIGHT: Final = "system:"
TINY: Final = 0.0005
# What the plan would offer, and nobody was offered since: as many as are published at once, and how many there are.
UNOFFERED: Final = f"""
SELECT planned.id, {CALLED}, patient.ref, missed.starts_at, coalesce(of_missed.name, ''), missed.kind, missed.module,
       planned.starts_at, coalesce(own.name, ''), coalesce(session.kind, 'individual'), session.id IS NULL,
       coalesce(session.module, ''), staff.name,
       session.id IS NOT NULL AND (session.held <> 'scheduled' OR coalesce({MOST} <= session.seats_taken + {HELD}, false)),
       count(*) OVER ()
  FROM makeups_proposal AS planned
  JOIN makeups_debt AS debt ON debt.seat_id = planned.seat_id
  JOIN people_patient AS patient ON patient.id = planned.patient_id
  JOIN programs_seat AS seat ON seat.id = planned.seat_id
  JOIN programs_session AS missed ON missed.id = seat.session_id
  LEFT JOIN programs_group AS of_missed ON of_missed.id = missed.group_id
  LEFT JOIN programs_session AS session ON session.id = planned.session_id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
  LEFT JOIN makeups_opening AS opening ON opening.id = planned.opening_id
  LEFT JOIN people_staff AS staff ON staff.id = opening.staff_id
 WHERE planned.run_id = ANY(%(runs)s) AND planned.starts_at > %(soon)s AND {STILL_OPEN} AND NOT {BOOKED} AND NOT {OFFERED}
   AND NOT EXISTS (SELECT FROM makeups_choice AS choice WHERE choice.seat_id = planned.seat_id AND choice.at > %(planned)s)
 ORDER BY planned.worth DESC, planned.id LIMIT {SHOWN}
"""  # noqa: S608 - our own words


class ProposalLine(NamedTuple):
    """What the plan has for one missed session."""

    id: int
    patient: str
    patient_ref: UUID
    missed_at: datetime
    missed_group: str
    missed_kind: str
    missed_module: str
    starts_at: datetime
    group: str
    kind: str
    one_to_one: bool
    module: str
    with_whom: str | None
    gone: bool
    """No seat is left there any more."""

    @property
    def missed(self) -> str:
        name = session_name(self.missed_group, self.missed_kind)
        return f"{name}: {self.missed_module}" if self.missed_module else name

    @property
    def where(self) -> str:
        if self.one_to_one:
            return f"One-to-one with {self.with_whom}" if self.with_whom else "One-to-one"
        name = self.group or "Extra session"
        return f"{name}: {self.module}" if self.module else name


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShown:
    """The latest plan; of several versions of the policy, all that were planned at once."""

    seen: int
    """By which whoever publishes says what she looked at."""
    at: datetime
    by: str
    """Who asked for it; "": it was made at night."""
    missed: int
    placed: int
    gap: str
    seconds: float
    proposals: Sequence[ProposalLine]
    more: int
    """Proposals beyond those that are shown."""

    @property
    def nowhere(self) -> int:
        return self.missed - self.placed


def gap_words(gap: float) -> str:
    """How much better any plan could be, at most: a bound that holds, and no guess."""
    if gap < TINY:
        return "No plan could do better."
    return f"No plan could do more than {gap:.1%} better."


def present_plan(program: Program, asking: Asking) -> PlanShown | None:
    """None: it was never planned. A fixed number of queries."""
    runs = latest_runs(program.pk)
    if not runs:
        return None
    last = runs[-1]
    asked: dict[str, Any] = {
        "runs": [run.pk for run in runs],
        "planned": last.at,
        "now": asking.at,
        "soon": asking.at + NOTICE,
    }
    rows = select(UNOFFERED, asked)
    by = "" if last.by.startswith(NIGHT) else names_of([last.by]).get(last.by, "")
    return PlanShown(
        seen=last.pk,
        at=last.at,
        by=by,
        missed=sum(run.missed for run in runs),
        placed=sum(run.placed for run in runs),
        gap=gap_words(_gap(runs)),
        seconds=sum(run.seconds for run in runs),
        proposals=[ProposalLine(*row[:-1]) for row in rows],
        more=rows[0][-1] - len(rows) if rows else 0,
    )


def _gap(runs: Sequence[PlanRun]) -> float:
    bound, worth = sum(run.bound for run in runs), sum(run.objective for run in runs)
    return max(0.0, bound - worth) / max(1.0, abs(worth))


def plan_under_way(program: Program) -> Work | None:
    """A plan of this program that somebody asked for and that is not done."""
    asked = Work.objects.filter(program=program, kind=Kind.PLAN.value, stop_asked_at__isnull=True)
    return asked.exclude(state__in=OVER).order_by("-asked_at").first()
