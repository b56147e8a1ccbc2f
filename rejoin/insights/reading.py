"""What is known of a patient's measures, and what is not: read as it stands, nothing filled in between."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from rejoin.common.rows import select
from rejoin.domain.measures import (
    Instrument,
    Item,
    Score,
    concerns,
    instrument_called,
    refuse_mixed,
    scores,
)
from rejoin.insights.vocabulary import Ending, How
from rejoin.people.models import Patient

# Open again: the session was missed, and is so still. Who came late after all was in it, and is told of no miss.
DUES: Final = """
SELECT due.id, due.ref, due.program_id, due.instrument, due.version, due.due_on, due.recall_days,
       greatest(due.until_at, again.until_at),
       again.id IS NOT NULL AND coalesce(status.status, '') NOT IN ('attended', 'partial'), coalesce(ending.how, ''), coalesce(ending.words, ''),
       sheet.id, sheet.answered_at, coalesce(sheet.how, ''), coalesce(sheet.language, ''), session.starts_at,
       (session.starts_at AT TIME ZONE program.timezone)::date,
       (sheet.answered_at AT TIME ZONE program.timezone)::date
  FROM insights_due AS due
  JOIN programs_program AS program ON program.id = due.program_id
  JOIN programs_seat AS seat ON seat.id = due.seat_id JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = due.seat_id
  LEFT JOIN insights_reopening AS again ON again.due_id = due.id
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
 WHERE due.patient_id = %s AND (%s = '' OR due.instrument = %s AND due.version = %s)
 ORDER BY due.due_on DESC, due.id DESC LIMIT %s
"""
ANSWERS: Final = "SELECT sheet_id, item, value FROM insights_itemanswer WHERE sheet_id = ANY(%s) ORDER BY id"
MISSES: Final = """
SELECT (session.starts_at AT TIME ZONE program.timezone)::date
  FROM attendance_seatstatus AS status JOIN programs_policyversion AS policy ON policy.id = status.policy_id
  JOIN programs_session AS session ON session.id = status.session_id
  JOIN programs_program AS program ON program.id = session.program_id
  JOIN programs_seat AS seat ON seat.id = status.seat_id AND seat.released_at IS NULL
 WHERE status.patient_id = %s AND status.status = ANY(policy.opens_on) ORDER BY session.starts_at
"""
MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A measure that was due, with what became of it."""

    ref: UUID
    program_id: int
    instrument: Instrument
    due_on: date
    session_at: datetime
    until_at: datetime
    """Until then it may be answered, where it is open."""
    open_again: bool
    """Its session was missed, and she did not come late to it."""
    ending: Ending | None
    """None: it is open. What was answered is answered, though a gap was written down before."""
    was_gap: Ending | None
    """The gap that stood there before it was answered; None where there was none."""
    words: str
    how: How | None
    answered_at: datetime | None
    answered_on: date | None
    language: str
    scores: tuple[Score, ...] = ()
    concerns: tuple[Item, ...] = ()
    """Items whose answers asked for somebody at once."""
    answers: tuple[tuple[str, int], ...] = ()

    @property
    def is_gap(self) -> bool:
        return self.ending not in (None, Ending.ANSWERED)

    @property
    def unmeasured(self) -> tuple[date, date]:
        """First and last day that it would have told of: as far back as it asks, but not behind the one before it."""
        days = min(self.instrument.recall_days, self.instrument.every_days)
        return self.due_on - timedelta(days=max(days - 1, 0)), self.due_on

    def is_open(self, at: datetime) -> bool:
        return self.ending is None and self.until_at > at


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One day with what was answered then."""

    on: date
    scores: tuple[Score, ...]
    window_from: date
    """The first day that it tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days of which nobody knows, and why."""

    from_on: date
    until_on: date
    why: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One measure in one version, over time: for estimates and for pictures. Oldest first; nothing in between."""

    instrument: Instrument
    measured: tuple[Measured, ...]
    gaps: tuple[Gap, ...]
    open_on: tuple[date, ...]
    """Due then, and neither answered nor closed yet."""
    missed_on: tuple[date, ...]
    """Days of sessions she was missed in, on the same axis."""


def lines_of(patient: Patient, *, most: int = MOST) -> tuple[Line, ...]:
    """All that was ever due of hers, the latest first. Two queries."""
    return _lines(patient, None, most)


def series_of(patient: Patient, instrument: str, version: str) -> Series:
    """One measure in one version; another version is another series, and they are never put together. Three queries."""
    asked = instrument_called(instrument, version)
    lines = _lines(patient, asked, MOST)[::-1]
    refuse_mixed(each.instrument.name_and_version for each in lines)
    return Series(
        instrument=asked,
        measured=tuple(
            Measured(
                on=each.answered_on,
                scores=each.scores,
                window_from=each.answered_on - timedelta(days=max(asked.recall_days - 1, 0)),
            )
            for each in lines
            if each.answered_on is not None
        ),
        gaps=tuple(
            Gap(from_on=each.unmeasured[0], until_on=each.unmeasured[1], why=each.ending)
            for each in lines
            if each.ending is not None and each.is_gap
        ),
        open_on=tuple(each.due_on for each in lines if each.ending is None),
        missed_on=tuple(row[0] for row in select(MISSES, [patient.pk])),
    )


def _lines(patient: Patient, asked: Instrument | None, most: int) -> tuple[Line, ...]:
    key, version = asked.name_and_version if asked else ("", "")
    rows = select(DUES, [patient.pk, key, key, version, most])
    answers: dict[int, dict[str, int]] = defaultdict(dict)
    for sheet, item, value in select(ANSWERS, [[row[11] for row in rows if row[11]]]):
        answers[sheet][item] = value
    return tuple(_line(row, answers.get(row[11], {})) for row in rows)


def _line(row: Sequence[object], answers: dict[str, int]) -> Line:
    (
        _,
        ref,
        program,
        key,
        version,
        _,
        _,
        until,
        again,
        ending,
        words,
        sheet,
        answered,
        how,
        language,
        at,
        on,
        day,
    ) = row
    instrument = instrument_called(str(key), str(version))
    ended = Ending(str(ending)) if ending else None
    return Line(
        ref=ref,  # type: ignore[arg-type] # as the query has it, here and below
        program_id=program,  # type: ignore[arg-type]
        instrument=instrument,
        due_on=on,  # type: ignore[arg-type]
        session_at=at,  # type: ignore[arg-type]
        until_at=until,  # type: ignore[arg-type]
        open_again=bool(again),
        ending=Ending.ANSWERED if sheet else ended,
        was_gap=ended if sheet and ended is not Ending.ANSWERED else None,
        words=str(words),
        how=How(str(how)) if how else None,
        answered_at=answered,  # type: ignore[arg-type]
        answered_on=day,  # type: ignore[arg-type]
        language=str(language),
        scores=scores(instrument, answers) if sheet else (),
        concerns=concerns(instrument, answers) if sheet else (),
        answers=tuple(answers.items()),
    )
