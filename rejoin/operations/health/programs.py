"""Whether programs are set up to work, and what waits for their people."""

from functools import lru_cache
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.kernel.refusals import Refusal
from rejoin.followup.models import Review, Step
from rejoin.operations.health.report import Answer, Moment, counted, listed, not_well, note, well
from rejoin.outreach.wording import Letterhead, letterhead_faults
from rejoin.programs.models import Program

MOST_TOLD: Final = 5
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


def check_steps(moment: Moment) -> Answer:
    """For people, not for machines: the platform works when this grows."""
    overdue = Step.objects.overdue(moment.now).count()
    nobodys = Step.objects.to_do().filter(owner=None).exclude(actor="system").count()
    said = f"{counted(overdue, 'step')} overdue; {nobodys} to do whose role nobody holds."
    return note(said, count=overdue)


def check_reviews(moment: Moment) -> Answer:
    overdue = Review.objects.open().filter(due_at__lt=moment.now).count()
    return note(f"{counted(overdue, 'review')} overdue.", count=overdue)


@lru_cache(maxsize=1000)
def _first_fault(neutral_name: str, call_back: str) -> str:
    """Asked of sixty messages; the answer changes with the name alone."""
    try:
        faults = letterhead_faults(Letterhead(organisation=neutral_name, phone=call_back))
    except Refusal as refusal:
        return refusal.message
    return faults[0] if faults else ""


def _few(told: list[str]) -> list[str]:
    left = len(told) - MOST_TOLD
    return [*told[:MOST_TOLD], f"{left} more"] if left > 0 else told
