"""Whether somebody looks now for answers that ask for somebody at once, and how soon she is called."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.insights.models import Watch
from rejoin.programs.models import Program
from rejoin.programs.vocabulary import Role

UNWATCHED: Final = timedelta(hours=1)
"""Where nobody watches, and such an answer is given all the same (in a session, by phone): so soon. Ours."""
HELD: Final = "SELECT rejoin_role_held(%s, %s, %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """How a program watches, at an instant."""

    role: str
    within: timedelta
    on_duty: bool
    """Within its hours, and somebody holds the role now. Without a policy there are no cases, and nobody on duty."""
    is_set: bool
    """Somebody watches at some time of the week."""


def watching_of(program: Program, at: datetime) -> Watching:
    """Asked of the latest word; behind any door."""
    watch = Watch.objects.filter(program=program, at__lte=at).order_by("-pk").first()
    if watch is None or not watch.role:
        return Watching(role=Role.CLINICIAN.value, within=UNWATCHED, on_duty=False, is_set=False)
    ((held,),) = select(HELD, [program.pk, watch.role, at])
    return Watching(
        role=watch.role,
        within=timedelta(minutes=watch.within_minutes),
        on_duty=bool(held) and _is_open(watch, at.astimezone(ZoneInfo(program.timezone))),
        is_set=bool(held),
    )


def _is_open(watch: Watch, there: datetime) -> bool:
    if watch.opens is None or watch.closes is None:
        return False
    return there.isoweekday() in watch.days and watch.opens <= there.time() < watch.closes
