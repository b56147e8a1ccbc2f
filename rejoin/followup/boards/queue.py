"""Whom to turn to first, and why: dated facts, and an estimate only between cases that these leave level.

The order is that of `domain.risk.queue`, asked of the database so that a list of any length is cut there; a test holds the
two to the same. Attendance says nothing of use: what is estimated is the chance of losing contact, and nothing else.

Two estimates stand in a row, and the row says which is which (ADR 28). The rank is by her last four recorded weeks, and follows
the order. The percentage is of her whole record, as the model card judges it, and may be lower further up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from rejoin.common.rows import select

SOURCE: Final = "the program's own attendance, by a model from other programs"
NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# Her estimate of the latest night; and until when the first of the times she was offered is kept for her.
JOIN: Final = """
JOIN followup_case AS "case" ON "case".id = step.case_id
LEFT JOIN LATERAL (SELECT max(id) AS id FROM insights_riskrun WHERE program_id = step.program_id) AS run ON true
LEFT JOIN insights_riskestimate AS estimate ON estimate.run_id = run.id AND estimate.patient_id = step.patient_id
LEFT JOIN LATERAL (SELECT min(offer.expires_at) AS ends_at FROM makeups_offer AS offer
                    WHERE offer.seat_id = "case".seat_id AND offer.expires_at > %(now)s AND NOT EXISTS (
                          SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = offer.id AND turned.turn <> 'offered')
                  ) AS way ON true
"""
SAFETY: Final = """
("case".elevated AND NOT EXISTS (SELECT FROM followup_disposition AS found WHERE found.case_id = "case".id))
"""
# Each part as in `queue_key`: the longest streak is 4, a way back that closes in more than 14 days hurries nobody.
KEY: Final = f"""
ROW(NOT {SAFETY}, NOT coalesce(step.deadline <= %(now)s, false), -least(coalesce(estimate.streak, 0), 4),
    least(coalesce(floor(extract(epoch FROM way.ends_at - %(now)s) / 86400), 14), 14),
    -coalesce(estimate.orders_by, 1.0), coalesce(step.deadline, 'infinity'))
"""
TURNS: Final = f"""
SELECT step.id, {SAFETY}, coalesce(step.deadline <= %(now)s, false), coalesce(estimate.streak, 0), estimate.week_ends_on,
       way.ends_at, estimate.at_risk, estimate.place, estimate.level, told.ranked, told.calibrated AND coalesce(looked.fits, '') <> 'drifted',
       estimate.chance, estimate.low, estimate.high
  FROM followup_step AS step {JOIN} LEFT JOIN insights_riskrun AS told ON told.id = run.id
  LEFT JOIN LATERAL (SELECT fits FROM insights_riskrun
                      WHERE program_id = step.program_id AND fits <> '' ORDER BY id DESC LIMIT 1) AS looked ON true
 WHERE step.id = ANY(%(steps)s)
"""  # noqa: S608 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What put a step where it stands, in the order in which it counts."""

    facts: tuple[str, ...]
    rank: str
    """By which she stands here, after the facts; "" where nothing is estimated."""
    chance: str
    """The percentage with its interval, which orders nothing; "" where there are ranks alone."""

    @property
    def said(self) -> str:
        return " ".join(each for each in (*self.facts, self.rank, self.chance) if each)


def turns_of(steps: Sequence[int], now: datetime) -> dict[int, Turn]:
    """By step. One query."""
    if not steps:
        return {}
    return {row[0]: _turn(now, *row[1:]) for row in select(TURNS, {"steps": list(steps), "now": now})}


def _turn(  # noqa: PLR0913, PLR0917 - one row
    now: datetime,
    safety: bool,
    overdue: bool,
    streak: int,
    until_on: date | None,
    way_ends_at: datetime | None,
    at_risk: bool | None,
    place: int | None,
    level: int | None,
    ranked: int | None,
    has_percentages: bool | None,
    chance: float | None,
    low: float | None,
    high: float | None,
) -> Turn:
    facts = []
    if safety:
        facts.append("A safety check is open.")
    if overdue:
        facts.append("Past its time.")
    if streak and until_on is not None:
        # Sessions that nobody recorded may lie in them, and whole weeks of them between: what is true of those, too.
        weeks = "week that was" if streak == 1 else f"{_number(streak)} weeks that were"
        facts.append(f"No attendance in the last {weeks} recorded, up to {until_on:%-d %b}.")
    if way_ends_at is not None and (left := (way_ends_at - now).days) < 14:
        facts.append(
            f"A time kept for her is given up {'today' if left < 1 else f'in {left} days' if left > 1 else 'tomorrow'}."
        )
    if not at_risk or place is None:
        return Turn(facts=tuple(facts), rank="", chance="")
    with_others = f", level with {_number(level)} other{'s' if level > 1 else ''}," if level else ""
    rank = f"Ranked {place} of {ranked}{with_others} by risk of losing contact, from her last four recorded weeks."
    return Turn(facts=tuple(facts), rank=rank, chance=_chance(chance, low, high) if has_percentages else "")


def _chance(chance: float | None, low: float | None, high: float | None) -> str:
    if chance is None or low is None or high is None:
        return ""
    return (
        f"By her whole record, which orders nothing here: about {_in_100(chance)} in 100 that contact is lost in the next four "
        f"weeks (90% interval {_in_100(low)} to {_in_100(high)})."
    )


def _in_100(chance: float) -> str:
    return "less than 1" if chance < 0.01 else "more than 99" if chance > 0.99 else f"{100 * chance:.0f}"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
