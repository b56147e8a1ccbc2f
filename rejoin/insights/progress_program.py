"""How a program's patients changed in their first four weeks, with those who were not measured to the end counted in."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.domain.measures import Instrument, Scale, instrument_called, scores
from rejoin.domain.progress import ProgramChange, lay_out, program_change
from rejoin.insights.progress import known_as

VISITS: Final = (0, 14, 28)
"""Days since her first measure in the program; a score counts for the nearest within a week. Ours."""
NEAR: Final = 7
SETS: Final = 60
"""Draws of what was not seen: enough for an interval to one decimal, and quick enough for a page."""
LATEST: Final = 400
"""Patients who began last: a program changes, and its page is not to be slow."""
ROWS: Final = """
WITH began AS (SELECT patient_id, min(due_on) AS first FROM insights_due WHERE program_id = %(program)s GROUP BY 1),
     whom AS (SELECT patient_id, first FROM began WHERE first <= %(until)s ORDER BY first DESC, patient_id LIMIT %(latest)s)
SELECT due.instrument, due.version, due.patient_id, sheet.id, due.due_on - whom.first,
       (SELECT avg((status.status IN ('attended', 'partial'))::int) FROM attendance_seatstatus AS status
          JOIN programs_session AS session ON session.id = status.session_id
          JOIN programs_program AS program ON program.id = session.program_id
         WHERE status.patient_id = due.patient_id AND session.program_id = %(program)s
           AND status.status IN ('attended', 'partial', 'missed')
           AND (session.starts_at AT TIME ZONE program.timezone)::date <= whom.first + 28)
  FROM insights_due AS due JOIN whom ON whom.patient_id = due.patient_id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
 WHERE due.program_id = %(program)s AND due.due_on - whom.first <= 35 ORDER BY due.patient_id, due.due_on, due.id
"""
ANSWERS: Final = "SELECT sheet_id, item, value FROM insights_itemanswer WHERE sheet_id = ANY(%s) ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One scale. `change` None: too little to tell, and `why` says so."""

    instrument: Instrument
    scale: Scale
    patients: int
    unseen: int
    """Of these, without a score at four weeks."""
    change: ProgramChange | None
    why: str


def change_of_program(program: int, today: date) -> tuple[Changed, ...]:
    """Two queries. For whoever answers for all its patients: of fewer it would be another figure."""
    until = today - timedelta(days=VISITS[-1] + NEAR)
    rows = select(ROWS, {"program": program, "until": until, "latest": LATEST})
    answers: dict[int, dict[str, int]] = defaultdict(dict)
    for sheet, item, value in select(ANSWERS, [[row[3] for row in rows if row[3]]]):
        answers[sheet][item] = value
    by: dict[tuple[str, str], list[tuple[int, int | None, int, float | None]]] = defaultdict(list)
    for key, version, patient, sheet, day, share in rows:
        by[key, version].append((patient, sheet, day, None if share is None else float(share)))
    return tuple(
        _changed(instrument_called(*name), scale, lines, answers)
        for name, lines in sorted(by.items())
        for scale in instrument_called(*name).scales
    )


def _changed(
    instrument: Instrument,
    scale: Scale,
    lines: list[tuple[int, int | None, int, float | None]],
    answers: dict[int, dict[str, int]],
) -> Changed:
    place = {patient: at for at, patient in enumerate(dict.fromkeys(line[0] for line in lines))}
    found = np.full((len(place), len(VISITS)), np.nan)
    shares = np.full(len(place), np.nan)
    for patient, sheet, day, share in lines:
        shares[place[patient]] = np.nan if share is None else share
        visit = min(range(len(VISITS)), key=lambda each: abs(VISITS[each] - day))
        if sheet and abs(VISITS[visit] - day) <= NEAR:
            score = next(each for each in scores(instrument, answers[sheet]) if each.scale.key == scale.key)
            if score.points is not None:  # too little was answered: an earlier score of the visit stands
                found[place[patient], visit] = score.points
    change, why = None, ""
    known = ~np.isnan(shares)
    attended = np.where(known, shares, shares[known].mean()) if known.any() else None
    try:
        visits = lay_out(found, attended=attended, worse=known_as(scale).worse)
        change = program_change(visits, chance=np.random.default_rng(len(place)), sets=SETS)
    except Refusal as refusal:
        why = refusal.message
    return Changed(
        instrument=instrument,
        scale=scale,
        patients=len(place),
        unseen=int(np.isnan(found[:, -1]).sum()),
        change=change,
        why=why,
    )
