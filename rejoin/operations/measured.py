"""What was measured and what was estimated, as tables for others to read. No import takes them in: they are facts of here.

Scores go out, and answers to single items do not: nothing else that goes out holds a patient's own words or answers, and
a total is what can be put to use elsewhere. That an answer asked for somebody at once is not in them either, nor what the
C-SSRS screener came to. It is a case here, with an owner and a clock; a table that is copied about has neither. So what
would tell of it alone is told as what it is for a score: a measure of which a part was answered (only such an answer is
kept without the rest) as one that was not answered, and no refusal beside answers that were given all the same.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO
from zoneinfo import ZoneInfo

import msgspec

from rejoin.common.rows import stream
from rejoin.domain.kernel import local_day
from rejoin.domain.measures import Instrument, instrument_called, left, scores
from rejoin.domain.progress import INSTRUMENTS
from rejoin.insights.progress import TOLD_BY_HER
from rejoin.insights.vocabulary import CLOSED_BY_TIME, Ending
from rejoin.operations.tables_out import on_the_wall, put_in_place, write_rows, write_table
from rejoin.programs.models import Program

MEASURES: Final = (
    "measure_id patient_id instrument instrument_version session_id due_on asks_back_days open_until state reason "
    "answered_at how"
)
SCORES: Final = (
    "measure_id patient_id instrument instrument_version scale answered_on score lowest highest worse_is band"
)
SERIES: Final = "patient_id day score instrument instrument_version"
"""As `rejoin progress estimate` reads it (docs/contracts/progress.md)."""
ESTIMATES: Final = (
    "patient_id week_ends_on week weeks_away estimated_on at_risk p_lose_contact_4w low90 high90 calibrated fits "
    "rank rank_of because model source"
)
SOURCE: Final = "this program's attendance as decided and attested, by a model of other programs' patients"
FOLDER: Final = "progress"
DUES: Final = """
SELECT due.ref, patient.external_id, due.instrument, due.version, session.external_id, due.due_on, due.recall_days,
       greatest(due.until_at, again.until_at), sheet.id IS NOT NULL, coalesce(ending.how, ''), sheet.answered_at, sheet.how,
       told.answers::text
  FROM insights_due AS due JOIN people_patient AS patient ON patient.id = due.patient_id
  JOIN programs_seat AS seat ON seat.id = due.seat_id JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN insights_reopening AS again ON again.due_id = due.id
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
  LEFT JOIN LATERAL (SELECT jsonb_object_agg(item, value) AS answers FROM insights_itemanswer
                      WHERE sheet_id = sheet.id) AS told ON true
 WHERE due.program_id = %s ORDER BY patient.external_id, due.due_on, due.id
"""
ANSWERED: Final = """
SELECT due.ref, patient.external_id, sheet.instrument, sheet.version, (sheet.answered_at AT TIME ZONE %s)::date, told.answers::text
  FROM insights_sheet AS sheet JOIN insights_due AS due ON due.id = sheet.due_id
  JOIN people_patient AS patient ON patient.id = sheet.patient_id
  LEFT JOIN LATERAL (SELECT jsonb_object_agg(item, value) AS answers FROM insights_itemanswer
                      WHERE sheet_id = sheet.id) AS told ON true
 WHERE sheet.program_id = %s ORDER BY patient.external_id, sheet.answered_at, sheet.id
"""
# As `insights/parameters` reads them, so that a day here is the same day: counted from her first one of the measure, and what
# was withdrawn unanswered was never asked.
LINES: Final = """
SELECT due.instrument, due.version, patient.external_id, due.due_on, (sheet.answered_at AT TIME ZONE %(zone)s)::date,
       coalesce(ending.how, ''), told.answers::text
  FROM insights_due AS due JOIN people_patient AS patient ON patient.id = due.patient_id
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
  LEFT JOIN LATERAL (SELECT jsonb_object_agg(item, value) AS answers FROM insights_itemanswer
                      WHERE sheet_id = sheet.id) AS told ON true
 WHERE due.program_id = %(program)s AND due.due_on <= %(today)s
   AND (sheet.id IS NOT NULL OR ending.how IS DISTINCT FROM 'withdrawn')
 ORDER BY due.instrument, due.version, patient.external_id, due.due_on, due.id
"""
# Of each patient-week the last night's, with what the latest look at the program's estimates had come to by then.
TOLD: Final = """
WITH run AS MATERIALIZED (
    SELECT made.*, (SELECT fits FROM insights_riskrun AS looked WHERE looked.program_id = made.program_id AND looked.fits <> ''
                       AND looked.id <= made.id ORDER BY looked.id DESC LIMIT 1) AS fitting
      FROM insights_riskrun AS made WHERE made.program_id = %s)
SELECT DISTINCT ON (patient.external_id, told.week_ends_on)
       patient.external_id, told.week_ends_on, told.week, told.streak, run.until_on, told.at_risk, told.chance, told.low, told.high,
       run.calibrated, coalesce(run.fitting, ''), told.place, run.ranked, told.because, run.model
  FROM run JOIN insights_riskestimate AS told ON told.run_id = run.id
  JOIN people_patient AS patient ON patient.id = told.patient_id
 ORDER BY patient.external_id, told.week_ends_on, told.id DESC
"""
_answers = msgspec.json.Decoder(dict[str, int])


def write_measures(path: Path, program: Program, _at: datetime) -> None:
    """Everything that was ever due, with what became of it."""
    zone = ZoneInfo(program.timezone)
    with closing(stream(DUES, [program.pk])) as dues:
        write_table(path / "measures.csv", MEASURES, (_due(row, zone) for row in dues))


def write_scores(path: Path, program: Program, _at: datetime) -> None:
    """A row a scale of each measure that was answered."""
    with closing(stream(ANSWERED, [program.timezone, program.pk])) as answered:
        write_table(path / "scores.csv", SCORES, (line for row in answered for line in _scored(row)))


def write_progress(path: Path, program: Program, at: datetime) -> None:
    """A file a scale and version, for `rejoin progress estimate`; of scales that it knows.

    Two versions are never in one file, however alike.
    """
    zone = ZoneInfo(program.timezone)
    asked = {"program": program.pk, "zone": program.timezone, "today": local_day(at, zone)}
    with closing(stream(LINES, asked)) as rows:
        for (key, version), lines in groupby(rows, key=lambda row: (row[0], row[1])):
            _write_series(path / FOLDER, instrument_called(key, version), lines)


def write_estimates(path: Path, program: Program, _at: datetime) -> None:
    """Of each patient and week the latest that was estimated, with how sure, of what level, and by which model."""
    with closing(stream(TOLD, [program.pk])) as told:
        write_table(path / "estimates.csv", ESTIMATES, map(_estimate, told))


def _due(row: tuple[Any, ...], zone: ZoneInfo) -> tuple[object, ...]:
    *what, until, has_sheet, ending, answered_at, how, answers = row
    instrument = instrument_called(what[2], what[3])
    is_whole = not instrument.scales or not left(instrument, _answers.decode(answers or "{}"))
    if has_sheet and is_whole:
        reason = ending if ending in CLOSED_BY_TIME else ""
        return (*what, on_the_wall(until, zone), "answered", reason, on_the_wall(answered_at, zone), how)
    reason = Ending.NOT_ANSWERED.value if has_sheet and ending == Ending.ANSWERED.value else ending
    return (*what, on_the_wall(until, zone), "gap" if reason else "open", reason, "", "")


def _scored(row: tuple[Any, ...]) -> Iterator[tuple[object, ...]]:
    ref, patient, key, version, answered_on, answers = row
    for each in scores(instrument_called(key, version), _answers.decode(answers or "{}")):
        if each.points is None:
            continue
        reach = (f"{each.scale.lowest:g}", f"{each.scale.highest:g}")
        worse = "higher" if each.scale.higher_is_worse else "lower"
        points = f"{each.points:.10g}"
        yield (ref, patient, key, version, each.scale.key, answered_on, points, *reach, worse, each.band)


def _write_series(folder: Path, instrument: Instrument, lines: Iterator[tuple[Any, ...]]) -> None:
    """All scales of one measure in one version, read once."""
    known = [each.key for each in instrument.scales if each.key in INSTRUMENTS]
    if not known:
        return
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as held:
        files = {
            key: held.enter_context(put_in_place(folder / f"{key}-{instrument.version}.csv")) for key in known
        }
        for file in files.values():
            write_rows(file, [SERIES.split()])
        for patient, hers in groupby(lines, key=lambda row: row[2]):
            _write_hers(files, instrument, patient, list(hers))


def _write_hers(
    files: dict[str, TextIO], instrument: Instrument, patient: str, lines: list[tuple[Any, ...]]
) -> None:
    """One patient's days, since her first one: of two scores on a day the later, and no gap on a day with a score."""
    began = min(min(due_on, answered_on or due_on) for _, _, _, due_on, answered_on, *_ in lines)
    points: dict[str, dict[date, float | None]] = {key: {} for key in files}
    for *_, due_on, answered_on, ending, answers in lines:
        if answered_on is None:
            if ending in TOLD_BY_HER:
                for told in points.values():
                    told.setdefault(due_on, None)
            continue
        for each in scores(instrument, _answers.decode(answers or "{}")):
            if each.scale.key in points and each.points is not None:
                points[each.scale.key][answered_on] = each.points
    for key, file in files.items():
        days = [
            (patient, (day - began).days, None if score is None else f"{score:.10g}", key, instrument.version)
            for day, score in sorted(points[key].items())
        ]
        write_rows(file, days)


def _estimate(row: tuple[Any, ...]) -> tuple[object, ...]:
    patient, ends_on, week, away, made_on, at_risk, *chances, calibrated, fits, place, of, because, model = (
        row
    )
    return (
        *(patient, ends_on, week, away, made_on, int(at_risk), *(f"{each:.6f}" for each in chances)),
        *(int(calibrated), fits, place, of if place else None, because, model, SOURCE),
    )
