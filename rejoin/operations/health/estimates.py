"""What programs' estimates of losing contact are worth today: when they were made, of what level, and whether they come true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rejoin.common.rows import select
from rejoin.insights.nights import AFTER_MIDNIGHT, TONIGHT
from rejoin.insights.risk_reading import ENOUGH
from rejoin.operations.health.report import Answer, Moment, counted, listed, not_well, note, well

MOST_TOLD: Final = 5
LATE_AFTER: Final = timedelta(days=2)
"""Sessions that began longer ago have had their night."""
DRIFTED: Final = "drifted"
# Each program with a policy: its latest night, what it was looked at for last, and whether there is anything to estimate.
PROGRAMS: Final = f"""
SELECT program.slug, {TONIGHT}, run.until_on, run.calibrated, run.followed, looked.fits, looked.until_on,
       EXISTS (SELECT FROM programs_session WHERE program_id = program.id AND starts_at < %(begun)s)
  FROM programs_program AS program
  LEFT JOIN LATERAL (SELECT until_on, calibrated, followed FROM insights_riskrun
                      WHERE program_id = program.id ORDER BY id DESC LIMIT 1) AS run ON true
  LEFT JOIN LATERAL (SELECT fits, until_on FROM insights_riskrun
                      WHERE program_id = program.id AND fits <> '' ORDER BY id DESC LIMIT 1) AS looked ON true
 WHERE EXISTS (SELECT FROM programs_policyversion WHERE program_id = program.id) ORDER BY program.slug
"""  # noqa: S608 - our own expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """One program's estimates."""

    slug: str
    tonight: date
    until_on: date | None
    """Up to which day the last ones were made; None: there are none."""
    calibrated: bool
    followed: int
    fits: str
    looked_on: date | None
    has_record: bool

    @property
    def is_late(self) -> bool:
        """A night and more was left out."""
        if self.until_on is None:
            return self.has_record
        return self.has_record and self.until_on < self.tonight - timedelta(days=1)

    @property
    def has_drifted(self) -> bool:
        return self.calibrated and self.fits == DRIFTED


def check_made(moment: Moment) -> Answer:
    """Last night's estimates are there, wherever there is a record to go by."""
    late = [each for each in _programs(moment) if each.is_late]
    if not late:
        return well("Every program with a record was estimated last night.")
    return not_well(
        f"No estimate of losing contact was made last night: {listed(_few([_since(each) for each in late]))}. "
        "The worklist's order goes by the facts, and by an older estimate where there is one.",
        do="See that a worker runs (rejoin work). Where one does, its log says what keeps it (engine.part_failed) or which program's "
        "night failed (sweep.row_failed); engine.poisoned names that program, too. A failed night is tried again by itself.",
        count=len(late),
        ids=(each.slug for each in late),
    )


def check_fit(moment: Moment) -> Answer:
    """For people: ranks or percentages, program by program, and where earlier percentages have not come true."""
    made = [each for each in _programs(moment) if each.until_on is not None]
    if not made:
        return note("Nothing is estimated yet.")
    drifted = [each for each in made if each.has_drifted]
    told = _few([_said(each) for each in sorted(made, key=lambda each: not each.has_drifted)])
    if not drifted:
        return note(f"{'; '.join(told)}.", count=0)
    return note(
        f"Earlier percentages have not come true in {counted(len(drifted), 'program')}. {'; '.join(told)}.",
        count=len(drifted),
        ids=(each.slug for each in drifted),
        do="Percentages are withheld there by themselves, ranks stay. Whoever answers for the program reads under Learning what "
        "was expected and what came of it, and whether it has changed how it records attendance; see docs/model-card.md. "
        "They come back when a later look finds them steady.",
    )


def _programs(moment: Moment) -> list[Estimated]:
    asked = {"night": moment.now - AFTER_MIDNIGHT, "begun": moment.now - LATE_AFTER}
    return [
        Estimated(
            slug=slug,
            tonight=tonight,
            until_on=until,
            calibrated=bool(calibrated),
            followed=followed or 0,
            fits=fits or "",
            looked_on=looked,
            has_record=record,
        )
        for slug, tonight, until, calibrated, followed, fits, looked, record in select(PROGRAMS, asked)
    ]


def _since(each: Estimated) -> str:
    return f"{each.slug} ({f'last up to {_day(each.until_on)}' if each.until_on else 'none yet'})"


def _said(each: Estimated) -> str:
    """As of when, what is shown, and what a look at it came to."""
    last = f"{each.slug}: up to {_day(each.until_on)}" if each.until_on else each.slug
    if not each.calibrated:
        return f"{last}, ranks only ({each.followed} patients followed, about {ENOUGH} are needed for percentages)"
    looked = (
        f"{each.fits} when looked at on {_day(each.looked_on)}" if each.looked_on else "not looked at yet"
    )
    shown = "ranks only" if each.has_drifted else "percentages"
    return f"{last}, {shown} ({each.followed} patients followed), {looked}"


def _day(day: date | None) -> str:
    return f"{day:%-d %b %Y}" if day else ""


def _few(told: Sequence[str]) -> list[str]:
    left = len(told) - MOST_TOLD
    return [*told[:MOST_TOLD], *([f"{left} more"] if left > 0 else [])]
