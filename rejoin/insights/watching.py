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
    opens_at: datetime | None
    """When somebody looks next, where nobody does now; None where somebody does, or nobody ever."""
    closes_at: datetime | None
    """Until when somebody looks, where somebody does now."""


def watching_of(program: Program, at: datetime) -> Watching:
    """Asked of the latest word; behind any door."""
    watch = Watch.objects.filter(program=program, at__lte=at).order_by("-pk").first()
    if watch is None or not watch.role:
        return Watching(
            role=Role.CLINICIAN.value,
            within=UNWATCHED,
            on_duty=False,
            is_set=False,
            opens_at=None,
            closes_at=None,
        )
    ((held,),) = select(HELD, [program.pk, watch.role, at])
    hours = _hours(watch, at.astimezone(ZoneInfo(program.timezone))) if held else []
    opens_at, closes_at = next(iter(hours), (None, None))
    on_duty = opens_at is not None and opens_at <= at
    return Watching(
        role=watch.role,
        within=timedelta(minutes=watch.within_minutes),
        on_duty=on_duty,
        is_set=bool(held),
        opens_at=None if on_duty else opens_at,
        closes_at=closes_at if on_duty else None,
    )


def _hours(watch: Watch, there: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when somebody looks in the week to come, on the program's wall; what is over is left out."""
    if watch.opens is None or watch.closes is None:
        return []
    days = [there.date() + timedelta(days=ahead) for ahead in range(8)]
    hours = [
        (
            datetime.combine(day, watch.opens, tzinfo=there.tzinfo),
            datetime.combine(day, watch.closes, tzinfo=there.tzinfo),
        )
        for day in days
        if day.isoweekday() in watch.days
    ]
    return [each for each in hours if each[1] > there]
