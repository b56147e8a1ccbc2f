"""How a program's patients changed in their first four weeks, with those who were not measured to the end counted in."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
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
FIRST_DAYS: Final = VISITS[-1] + NEAR
ROWS: Final = f"SELECT * FROM rejoin_first_weeks(%(program)s, %(until)s, %(latest)s, {FIRST_DAYS})"  # noqa: S608 - our own number
KEPT: Final = 256
"""Answers of `_told` that a process remembers, by a digest of all they are made of: the same rows come to the same."""
_kept: dict[bytes, "Told"] = {}
Row = tuple[int, int | None, int, str | None, float | None]
"""Patient, sheet, days since her first measure, answers as JSON, share attended."""


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


class Told(NamedTuple):
    """What rows of one scale come to."""

    patients: int
    unseen: int
    change: ProgramChange | None
    why: str


def change_of_program(program: int, today: date) -> tuple[Changed, ...]:
    """One query. For whoever answers for all its patients: of fewer it would be another figure."""
    until = today - timedelta(days=FIRST_DAYS)
    by: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for key, version, *row in select(ROWS, {"program": program, "until": until, "latest": LATEST}):
        by[key, version].append(tuple(row))
    return tuple(
        _changed(instrument_called(*name), scale, lines)
        for name, lines in sorted(by.items())
        for scale in instrument_called(*name).scales
    )


def _changed(instrument: Instrument, scale: Scale, lines: list[Row]) -> Changed:
    """Scores are drawn by a generator that starts anew, so that the same rows always come to the same."""
    of = sha256(msgspec.json.encode((*instrument.name_and_version, scale.key, SETS, lines))).digest()
    told = _kept.get(of)
    if told is None:
        told = _kept[of] = _told(instrument, scale, lines)
        while len(_kept) > KEPT:
            _kept.pop(next(iter(_kept)), None)
    return Changed(instrument=instrument, scale=scale, **told._asdict())


def _told(instrument: Instrument, scale: Scale, lines: list[Row]) -> Told:
    place = {patient: at for at, patient in enumerate(dict.fromkeys(line[0] for line in lines))}
    found = np.full((len(place), len(VISITS)), np.nan)
    shares = np.full(len(place), np.nan)
    # The nearest to a visit last, so that its score is the one that stands; of two as near, the later.
    for patient, sheet, day, answers, share in sorted(lines, key=lambda line: -_away(line[2])):
        shares[place[patient]] = np.nan if share is None else share
        visit = min(range(len(VISITS)), key=lambda each: abs(VISITS[each] - day))
        if sheet and _away(day) <= NEAR:
            told = scores(instrument, msgspec.json.decode(answers or "{}"))
            score = next(each for each in told if each.scale.key == scale.key)
            if score.points is not None:  # too little was answered: another score of the visit stands
                found[place[patient], visit] = score.points
    change, why = None, ""
    known = ~np.isnan(shares)
    attended = np.where(known, shares, shares[known].mean()) if known.any() else None
    try:
        visits = lay_out(found, attended=attended, worse=known_as(scale).worse)
        change = program_change(visits, chance=np.random.default_rng(len(place)), sets=SETS)
    except Refusal as refusal:
        why = refusal.message
    return Told(
        patients=len(place),
        unseen=int(np.isnan(found[:, -1]).sum()),
        change=change,
        why=why,
    )


def _away(day: int) -> int:
    """Days from the nearest visit."""
    return min(abs(visit - day) for visit in VISITS)
