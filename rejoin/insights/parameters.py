"""A program's own parameters of progress, fitted once a night over all its patients, by its own wall clock (ADR 29).

Whoever sees only her own patients may not pool those of others. So the engine fits, and keeps numbers of no patient.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

import msgspec
import numpy as np

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import select
from rejoin.domain.measures import Instrument, Scale, instrument_called, scores
from rejoin.domain.progress import Series, fit
from rejoin.domain.progress.fitting import FITTED_ON
from rejoin.insights.nights import CLAIMABLE, TONIGHT, night_of, sweep_night
from rejoin.insights.parameters_models import ProgressFit
from rejoin.insights.parameters_reading import MODEL
from rejoin.insights.progress import known_as
from rejoin.insights.vocabulary import Nightly

# One program whose night has come, where a measure came due and nothing was fitted since. Another worker has it, or nobody.
DUE: Final = f"""
SELECT program.id FROM programs_program AS program
 WHERE EXISTS (SELECT FROM insights_due AS due LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
                 WHERE due.program_id = program.id AND ending.how IS DISTINCT FROM 'withdrawn' AND due.due_on < {TONIGHT})
   AND NOT EXISTS (SELECT FROM insights_progressfit AS made
                    WHERE made.program_id = program.id AND made.model = %(model)s AND made.until_on >= {TONIGHT})
   AND {CLAIMABLE}
 ORDER BY program.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608 - our own conditions
# What was ever asked there. What was withdrawn unanswered was never asked.
ASKED: Final = """
SELECT DISTINCT due.instrument, due.version FROM insights_due AS due
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
 WHERE due.program_id = %(program)s AND due.due_on < %(until)s
   AND (sheet.answered_at < (%(until)s::date::timestamp AT TIME ZONE %(zone)s) OR ending.how IS DISTINCT FROM 'withdrawn')
 ORDER BY 1, 2
"""
# One measure of whoever answered it, by patient and oldest first, with the day she answered and her answers. Her first day of
# it is counted as her page counts it. Of more patients than are fitted on, evenly spaced ones: a program's whole history is
# not taken into memory each night. Beside each row of how many they were chosen, and how many of those answered twice.
SCORES: Final = """
WITH answered AS (
    SELECT patient_id, count(*) AS sheets FROM insights_sheet
     WHERE program_id = %(program)s AND instrument = %(instrument)s AND version = %(version)s
       AND answered_at < (%(until)s::date::timestamp AT TIME ZONE %(zone)s) GROUP BY 1),
numbered AS (
    SELECT patient_id, row_number() OVER (ORDER BY patient_id) - 1 AS place, count(*) OVER () AS of,
           count(*) FILTER (WHERE sheets > 1) OVER () AS twice FROM answered),
whom AS MATERIALIZED (
    SELECT patient_id, of, twice FROM numbered WHERE of <= %(most)s OR place * %(most)s / of <> (place + 1) * %(most)s / of)
SELECT due.patient_id, due.due_on, (sheet.answered_at AT TIME ZONE %(zone)s)::date AS answered_on, told.answers::text, whom.of, whom.twice
  FROM whom JOIN insights_due AS due ON due.patient_id = whom.patient_id AND due.instrument = %(instrument)s
   AND due.version = %(version)s AND due.program_id = %(program)s AND due.due_on < %(until)s
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
   AND sheet.answered_at < (%(until)s::date::timestamp AT TIME ZONE %(zone)s)
  LEFT JOIN LATERAL (SELECT jsonb_object_agg(item, value) AS answers FROM insights_itemanswer
                      WHERE sheet_id = sheet.id) AS told ON true
 WHERE sheet.id IS NOT NULL OR ending.how IS DISTINCT FROM 'withdrawn'
 ORDER BY due.patient_id, due.due_on, due.id
"""
MOST: Final = FITTED_ON
COLUMNS: Final = (
    *("at", "by", "program", "until_on", "model", "instrument", "version", "scale"),
    *("patients", "twice", "scores", "parameters", "how"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """All scores of one scale in a program, in the order of their patients; of very many patients, of evenly spaced ones."""

    instrument: Instrument
    scale: Scale
    series: Series
    twice: int
    """Of all its patients, who has two scores; of very many, who answered twice."""


def sweep_parameters(*, now: datetime) -> int:
    """Of one program whose night has come. Returns how many programs there were: one or none."""
    return sweep_night(Nightly.PROGRESS, DUE, fit_program, model=MODEL, now=now)


@action("insights.fit_progress")
def fit_program(*, program: int, by: Actor, at: datetime) -> None:
    """One program's night: its scores read once, and a row for each scale, also where there are too few to fit."""
    zone, until = night_of(program, at)
    rows = [
        (
            at,
            str(by),
            program,
            until,
            MODEL,
            *each.instrument.name_and_version,
            each.scale.key,
            *_fitted(each),
        )
        for each in pools_of(program, zone=zone, until=until)
    ]
    insert_rows(ProgressFit, COLUMNS, rows)
    record("insights.fit_progress", f"program:{program}", by=by, at=at, program=program)


def pools_of(program: int, *, zone: str, until: date) -> Iterator[Pool]:
    """By measure, version and scale; versions are never put together. One query, and one more for each measure."""
    asked = {"program": program, "zone": zone, "until": until, "most": MOST}
    for key, version in select(ASKED, asked):
        instrument = instrument_called(key, version)
        rows = select(SCORES, asked | {"instrument": key, "version": version})
        told = [_told(instrument, list(hers)) for _, hers in groupby(rows, key=lambda row: row[0])]
        for scale in instrument.scales:
            series = _series(each[scale.key] for each in told)
            known = int(np.count_nonzero(np.bincount(series.patient) >= 2))
            *_, of, twice = rows[0] if rows else (0, 0)
            yield Pool(
                instrument=instrument, scale=scale, series=series, twice=known if of <= MOST else int(twice)
            )


def _told(instrument: Instrument, lines: list[tuple[Any, ...]]) -> dict[str, dict[int, float]]:
    """Of one patient: by scale, the points of each day since her first; of two on a day the later, as on her page."""
    began = min(min(due_on, answered_on or due_on) for _, due_on, answered_on, *_ in lines)
    found: dict[str, dict[int, float]] = {scale.key: {} for scale in instrument.scales}
    for _, _, answered_on, answers, *_ in lines:
        if answered_on is None:
            continue
        for each in scores(instrument, msgspec.json.decode(answers or "{}")):
            if each.points is not None:
                found[each.scale.key][(answered_on - began).days] = each.points
    return found


def _series(told: Iterable[dict[int, float]]) -> Series:
    """Of those who have a score."""
    hers = [sorted(each.items()) for each in told if each]
    flat = np.array([pair for each in hers for pair in each], np.float64).reshape(-1, 2)
    return Series(
        patient=np.repeat(np.arange(len(hers)), [len(each) for each in hers]).astype(np.int64),
        day=flat[:, 0],
        score=flat[:, 1],
        due=np.ones(len(flat), bool),
    )


def _fitted(pool: Pool) -> tuple[int, int, int, str | None, str]:
    """The rest of `COLUMNS`."""
    made = fit(pool.series, known_as(pool.scale))
    parameters = (
        None if made.log_likelihood is None else msgspec.json.encode(asdict(made.parameters)).decode()
    )
    return made.patients, pool.twice, made.scores, parameters, made.how
