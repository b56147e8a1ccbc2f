"""What was measured and what was estimated, as tables for others to read. No import takes them in: they are facts of here.

Scores go out, and answers to single items do not: nothing else that goes out holds a patient's own words or answers, and
a total is what can be put to use elsewhere. That an answer asked for somebody at once is not in them either, nor what the
C-SSRS screener came to. It is a case here, with an owner and a clock; a table that is copied about has neither. So answers
that were taken for no other reason (a part of a measure, or one that was closed or whose time was over) are in no table: each
of them tells of that measure what it would if nobody had answered it (`_shown`).
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from rejoin.common.bulk import given
from rejoin.common.rows import stream
from rejoin.domain.kernel import local_day
from rejoin.domain.measures import Instrument, Score, instrument_called, left, scores
from rejoin.domain.progress import INSTRUMENTS
from rejoin.insights.progress import TOLD_BY_HER
from rejoin.insights.sweep import KNOWING_WHY, KNOWN, WHY, known_measures
from rejoin.insights.vocabulary import CLOSED_BY_TIME, Ending, How
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
# Every measure that was ever due, by patient; with `why` nobody answered it, where nobody did. A day is counted as
# `insights/parameters` counts it: on the program's wall.
DUES: Final = f"""
WITH known AS (SELECT * FROM {given(KNOWN)})
SELECT due.ref, patient.external_id, due.instrument, due.version, session.external_id, due.due_on, due.recall_days,
       greatest(due.until_at, again.until_at), coalesce(ending.how, ''), {WHY}, sheet.answered_at,
       (sheet.answered_at AT TIME ZONE %s)::date, coalesce(sheet.how, ''), told.answers::text
  FROM insights_due AS due JOIN people_patient AS patient ON patient.id = due.patient_id {KNOWING_WHY}
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
  LEFT JOIN LATERAL (SELECT jsonb_object_agg(item, value) AS answers FROM insights_itemanswer
                      WHERE sheet_id = sheet.id) AS told ON true
 WHERE due.program_id = %s
"""  # noqa: S608 - our own expressions
BY_PATIENT: Final = f"{DUES} ORDER BY patient.external_id, due.due_on, due.id"
BY_MEASURE: Final = f"{DUES} ORDER BY due.instrument, due.version, patient.external_id, due.due_on, due.id"
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


class Shown(NamedTuple):
    """A measure that was due, as everybody may know it at an instant."""

    ref: UUID
    patient: str
    instrument: Instrument
    session: str
    due_on: date
    recall_days: int
    until_at: datetime
    reason: str
    """Why there is a gap, or was one before it was answered; "" where there is and was none."""
    answered_at: datetime | None
    answered_on: date | None
    how: str
    answers: dict[str, int]

    @property
    def state(self) -> str:
        return "answered" if self.answered_at is not None else "gap" if self.reason else "open"


def shown(program: Program, at: datetime, dues: str) -> Generator[Shown]:
    """All of them, from a cursor that has to be closed."""
    with closing(stream(dues, [known_measures(), program.timezone, program.pk])) as rows:
        for row in rows:
            yield _shown(row, at)


def _shown(row: tuple[Any, ...], at: datetime) -> Shown:
    (
        ref,
        patient,
        key,
        version,
        session,
        due_on,
        recall,
        until,
        ending,
        why,
        answered_at,
        day,
        how,
        answers,
    ) = row
    instrument, given_answers = instrument_called(key, version), _answers.decode(answers or "{}")
    what = (ref, patient, instrument, session, due_on, recall, until)
    is_whole = not instrument.scales or not left(instrument, given_answers)
    if answered_at is not None and is_whole and answered_at <= until and _is_for_anybody(ending, how):
        reason = ending if ending in CLOSED_BY_TIME else ""
        return Shown(*what, reason, answered_at, day, how, given_answers)
    if ending == Ending.ANSWERED.value or (not ending and answered_at is not None):
        ending = why if at >= until else ""
    return Shown(*what, ending, None, None, "", {})


def _is_for_anybody(ending: str, how: str) -> bool:
    """Whether answers that ask for nobody would have been taken, too: while it was open, or from paper of that time."""
    return ending == Ending.ANSWERED.value or (how != How.PORTAL.value and ending in CLOSED_BY_TIME)


def write_measures(path: Path, program: Program, at: datetime) -> None:
    """Everything that was ever due, with what became of it."""
    zone = ZoneInfo(program.timezone)
    with closing(shown(program, at, BY_PATIENT)) as dues:
        write_table(path / "measures.csv", MEASURES, (_due(each, zone) for each in dues))


def write_scores(path: Path, program: Program, at: datetime) -> None:
    """A row a scale of each measure that was answered."""
    with closing(shown(program, at, BY_PATIENT)) as dues:
        write_table(path / "scores.csv", SCORES, (line for each in dues for line in _scored(each)))


def write_progress(path: Path, program: Program, at: datetime) -> None:
    """A file a scale and version, for `rejoin progress estimate`; of scales that it knows.

    Two versions are never in one file, however alike. What was withdrawn unanswered was never asked.
    """
    today = local_day(at, ZoneInfo(program.timezone))
    with closing(shown(program, at, BY_MEASURE)) as dues:
        asked = (each for each in dues if each.due_on <= today and each.reason != Ending.WITHDRAWN.value)
        for instrument, lines in groupby(asked, key=lambda each: each.instrument):
            _write_series(path / FOLDER, instrument, lines)


def write_estimates(path: Path, program: Program, _at: datetime) -> None:
    """Of each patient and week the latest that was estimated, with how sure, of what level, and by which model."""
    with closing(stream(TOLD, [program.pk])) as told:
        write_table(path / "estimates.csv", ESTIMATES, map(_estimate, told))


def _due(each: Shown, zone: ZoneInfo) -> tuple[object, ...]:
    return (
        *(
            each.ref,
            each.patient,
            *each.instrument.name_and_version,
            each.session,
            each.due_on,
            each.recall_days,
        ),
        *(on_the_wall(each.until_at, zone), each.state, each.reason),
        *("" if each.answered_at is None else on_the_wall(each.answered_at, zone), each.how),
    )


def _scored(due: Shown) -> Iterator[tuple[object, ...]]:
    for each in _points(due):
        reach = (f"{each.scale.lowest:g}", f"{each.scale.highest:g}")
        worse = "higher" if each.scale.higher_is_worse else "lower"
        points = f"{each.points:.10g}"
        what = (due.ref, due.patient, *due.instrument.name_and_version, each.scale.key, due.answered_on)
        yield (*what, points, *reach, worse, each.band)


def _points(due: Shown) -> list[Score]:
    """Those that came to a number; of what was not answered none."""
    if due.answered_at is None:
        return []
    return [each for each in scores(due.instrument, due.answers) if each.points is not None]


def _write_series(folder: Path, instrument: Instrument, lines: Iterator[Shown]) -> None:
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
        for patient, hers in groupby(lines, key=lambda each: each.patient):
            _write_hers(files, instrument, patient, list(hers))


def _write_hers(files: dict[str, TextIO], instrument: Instrument, patient: str, lines: list[Shown]) -> None:
    """One patient's days, since her first one: of two scores on a day the later, and no gap on a day with a score."""
    began = min(min(each.due_on, each.answered_on or each.due_on) for each in lines)
    points: dict[str, dict[date, float | None]] = {key: {} for key in files}
    for due in lines:
        if due.answered_on is None:
            if due.reason in TOLD_BY_HER:
                for told in points.values():
                    told.setdefault(due.due_on, None)
            continue
        for each in _points(due):
            if each.scale.key in points:
                points[each.scale.key][due.answered_on] = each.points
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
