"""Whether programs are set up to work, and what waits for their people."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.kernel.refusals import Refusal
from rejoin.followup.models import Review, Step
from rejoin.operations.health.report import Answer, Moment, counted, listed, named, not_well, note, well
from rejoin.operations.letterheads import letterhead_fault
from rejoin.programs.ahead import meetings_of
from rejoin.programs.models import Program, Series, Session

MOST_TOLD: Final = 5
LEAST_AHEAD: Final = timedelta(days=21)
"""Of the four weeks that workers make: who fails at it for a week is seen three weeks early."""
WITHOUT_POLICY: Final = """
SELECT program.slug FROM programs_program AS program
 WHERE NOT EXISTS (SELECT FROM programs_policyversion AS policy
                    WHERE policy.program_id = program.id
                      AND policy.effective @> (%s AT TIME ZONE program.timezone)::date)
 ORDER BY program.slug
"""


def check_policies(moment: Moment) -> Answer:
    """Without a policy in force today, today's misses are noticed by nobody's rules."""
    slugs = [row[0] for row in select(WITHOUT_POLICY, [moment.now])]
    if not slugs:
        return well("Every program has a policy in force.")
    return not_well(
        f"No policy is in force today in {listed(_few(slugs))}.",
        do="Publish one: rejoin policy publish FILE --program SLUG.",
        count=len(slugs),
        ids=slugs,
    )


def check_wording(moment: Moment) -> Answer:  # noqa: ARG001 - the clock changes nothing
    """Names and numbers under which a message would be refused at the moment it should go out."""
    programs = Program.objects.order_by("slug").values_list("slug", "neutral_name", "call_back")
    faulty = {slug: fault for slug, name, phone in programs if (fault := _first_fault(name, phone))}
    if not faulty:
        return well("Every program's messages keep the rules of wording.")
    return not_well(
        f"Messages would be refused: {'; '.join(_few([f'{slug}: {fault}' for slug, fault in faulty.items()]))}.",
        do="Give the program a neutral name and a number to call back that may stand in every message.",
        count=len(faulty),
        ids=faulty,
    )


def check_schedule(moment: Moment) -> Answer:
    """Sessions that a series has in the weeks ahead and nobody has made: nobody would be missed in them."""
    until = moment.now + LEAST_AHEAD
    made: dict[int, set[datetime]] = defaultdict(set)
    coming = Session.objects.filter(series_at__gte=moment.now, series_at__lt=until)
    for series_id, at in coming.values_list("series_id", "series_at"):
        if at is not None:
            made[series_id].add(at)
    live = Series.objects.filter(ended_at__isnull=True).order_by("pk")
    short = [each.pk for each in live if _lacks(each, made[each.pk], moment.now, until)]
    if not short:
        return well(f"Every series has its sessions of the next {LEAST_AHEAD.days} days.")
    return not_well(
        f"{counted(len(short), 'series', 'series')} without sessions that are to come within {LEAST_AHEAD.days} days.",
        do="Start a worker (rejoin work): it makes them within seconds. Where one runs, its log says what keeps "
        "it: seating.series_refused, sweep.row_failed, work.extending_failed.",
        count=len(short),
        ids=named("series", short),
    )


def check_steps(moment: Moment) -> Answer:
    """For people, not for machines: the platform works when this grows."""
    overdue = Step.objects.overdue(moment.now).count()
    nobodys = Step.objects.to_do().filter(owner=None).exclude(actor="system").count()
    said = f"{counted(overdue, 'step')} overdue; {nobodys} to do whose role nobody holds."
    return note(said, count=overdue)


def check_reviews(moment: Moment) -> Answer:
    overdue = Review.objects.open().filter(due_at__lt=moment.now).count()
    return note(f"{counted(overdue, 'review')} overdue.", count=overdue)


def _lacks(series: Series, made: set[datetime], since: datetime, until: datetime) -> bool:
    """A series whose rule cannot be read any more has none of its sessions."""
    try:
        return any(at not in made for _, at in meetings_of(series, since=since, until=until))
    except (Refusal, ValueError, LookupError):
        return True


# Asked of sixty messages; the answer changes with the name alone.
_first_fault = lru_cache(maxsize=1000)(letterhead_fault)


def _few(told: list[str]) -> list[str]:
    left = len(told) - MOST_TOLD
    return [*told[:MOST_TOLD], f"{left} more"] if left > 0 else told
