"""What is told of a plan, and of the options for one missed session, in the words of the contract."""

import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from rejoin.domain.kernel import Problem
from rejoin.domain.makeup.block import countable, week_key
from rejoin.domain.makeup.book import Book, facts_of
from rejoin.domain.makeup.eligible import eligible, index_of, stopped_at
from rejoin.domain.makeup.offering import WORDS, near_misses, options
from rejoin.domain.makeup.problem import Instance, Kind
from rejoin.domain.makeup.solving import book_of_taken
from rejoin.domain.makeup.standing import weeks_of
from rejoin.planning.crew import Plan, Tell, plan
from rejoin.planning.reading import read_instance
from rejoin.sheets.refused import BadInput

HIGH_RISK: Final = 2
"""Tiers from here on are counted as high risk."""
NOTHING_FITS: Final = {
    "content": "no session that could stand for it begins between when the miss was known and the deadline",
    "licence": "none of those is licensed where the patient is",
    "late": "all of those end after the deadline",
    "language": "none of those is in a language of the patient's",
    "gender": "all of those are for another gender",
    "own group": "all of those are the patient's own group",
    "busy": "the patient is not free for any of those",
    "kept apart": "in all of those somebody is kept apart from the patient",
    "declined": "all of those were declined",
}
ALL_TAKEN: Final = {
    "seats": "no seat is left in what fits",
    "block": "the clinician is taken at the times that fit",
    "overlap": "what fits overlaps another make-up of the patient's",
    "day": "the patient has as many make-ups on those days as may be",
    "week": "the patient has as many make-ups in those weeks as may be",
    "conflict": "somebody who is kept apart from the patient sits in what fits",
    "": "another plan was worth more to the group as a whole",
}


def solve(
    folder: Path, *, seconds: float, workers: int, tell: Tell = lambda *_: None
) -> tuple[Instance, Plan, dict[str, Any]]:
    """The instance of the folder, its plan, and what `solve --json` says of it."""
    began = time.monotonic()
    instance = read_instance(folder)
    made = plan(instance, seconds=max(0.5, seconds - (time.monotonic() - began)), workers=workers, tell=tell)
    return instance, made, document(instance, made, wall_s=time.monotonic() - began)


def document(instance: Instance, made: Plan, *, wall_s: float) -> dict[str, Any]:
    """The answer of the contract. Numbers are points, seconds, MB and counts."""
    missed = np.array(sorted(made.slot_of), np.int32)
    slot = np.array([made.slot_of[each] for each in missed.tolist()], np.int32)
    kinds = np.bincount(instance.slots.kind[slot], minlength=len(Kind))
    risk = instance.patients.risk[instance.missed.patient[missed]]
    return {
        "objective": made.objective,
        "bound": round(made.bound, 3),
        "gap": made.gap,
        "eligible_pairs": made.eligible_pairs,
        "priced_pairs": made.priced_pairs,
        "recovered": len(missed),
        "recovered_high_risk": int((risk >= HIGH_RISK).sum()),
        "full_weeks": _full_weeks(instance, made),
        "by_kind": {kind.name.lower(): int(kinds[kind]) for kind in Kind},
        "wall_s": round(wall_s, 3),
        "cpu_s": round(made.cpu_s, 3),
        "peak_rss_mb": round(made.peak_rss_mb, 1),
        "method": made.method,
        "unplaced": unplaced(instance, made),
    }


def _full_weeks(instance: Instance, made: Plan) -> int:
    """Payer weeks with something missed beyond the slack, made whole by countable make-ups held in them."""
    weeks = weeks_of(instance)
    missed = np.array(list(made.slot_of), np.int32)
    slot = np.array(list(made.slot_of.values()), np.int32)
    patient = instance.missed.patient[missed]
    week = week_key(instance, patient, instance.slots.start[slot])[countable(instance, patient, slot)]
    listed, count = np.unique(week, return_counts=True)
    held = np.zeros(len(weeks.key), int)
    at = np.searchsorted(weeks.key, listed)
    known = at < len(weeks.key)
    known[known] = weeks.key[at[known]] == listed[known]
    held[at[known]] = count[known]
    return int(((weeks.need > 0) & (held >= weeks.need)).sum())


def unplaced(instance: Instance, made: Plan) -> list[dict[str, str]]:
    """Missed sessions without a slot in the plan, and why."""
    rows = np.array([row for row in range(len(instance.missed.ids)) if row not in made.slot_of], np.int32)
    if not len(rows):
        return []
    index = index_of(instance)
    pairs = eligible(instance, index, rows)
    nothing = np.flatnonzero(np.diff(pairs.first) == 0)
    because = dict(zip(nothing.tolist(), stopped_at(instance, index, rows[nothing]), strict=True))
    book = Book(instance=instance, facts=facts_of(instance))
    for missed, slot in made.slot_of.items():
        book.put(missed, slot)
    out = []
    for k, row in enumerate(rows.tolist()):
        if k in because:
            words = NOTHING_FITS[because[k]]
        else:
            own = pairs.slot[pairs.first[k] : pairs.first[k + 1]].tolist()
            words = ALL_TAKEN[_commonest([book.why_not(row, slot) for slot in own])]
        out.append({"missed_id": instance.missed.ids[row], "because": words})
    return out


def _commonest(reasons: list[str]) -> str:
    return "" if "" in reasons else max(sorted(set(reasons)), key=reasons.count)


def offers(folder: Path, missed_id: str, *, most: int) -> dict[str, Any]:
    """Ranked options for one missed session with why, in different parts of the day; and near misses with why not."""
    instance = read_instance(folder)
    try:
        missed = instance.missed.ids.index(missed_id)
    except ValueError:
        problem = Problem(
            file="--missed", line=1, field="missed_id", message=f"names no missed session: {missed_id!r}"
        )
        raise BadInput([problem]) from None
    index, book = index_of(instance), book_of_taken(instance, facts_of(instance))
    slots = instance.slots
    return {
        "missed_id": missed_id,
        "offers": [
            {
                "rank": rank,
                "slot_id": slots.ids[each.slot],
                "start": int(slots.start[each.slot]),
                "end": int(slots.end[each.slot]),
                "kind": Kind(int(slots.kind[each.slot])).name.lower(),
                "part_of_day": each.part_of_day,
                "value": each.value,
                "because": [{"reason": name, "points": points} for name, points in each.parts.items()],
            }
            for rank, each in enumerate(options(instance, index, book, missed, most=most), 1)
        ],
        "near_misses": [
            {
                "slot_id": slots.ids[each.slot],
                "start": int(slots.start[each.slot]),
                "because": [WORDS[name] for name in each.because],
            }
            for each in near_misses(instance, index, book, missed)
        ],
    }
