"""Files of long work as they are taken away: an archive as it is, and what is kept for a page as a table."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from rejoin.common.rows import select
from rejoin.console.present.replays import seat_words, week_words
from rejoin.console.tables.cells import guarded
from rejoin.longwork.lines import PatientLine
from rejoin.longwork.lines import from_file as lines_from
from rejoin.longwork.models import Enclosure
from rejoin.longwork.problems import from_file as problems_from
from rejoin.longwork.vocabulary import Part

PATIENTS = "SELECT id, external_id FROM people_patient WHERE id = ANY(%s)"
SESSIONS = "SELECT id, external_id, starts_at FROM programs_session WHERE id = ANY(%s)"


def as_download(enclosure: Enclosure, body: bytes) -> HttpResponse:
    """The answer that a browser saves."""
    name, media_type = enclosure.name, enclosure.media_type
    if enclosure.part == Part.PROBLEMS:
        name, media_type, body = "problems.csv", "text/csv; charset=utf-8", _problems(body)
    elif enclosure.part == Part.LINES:
        name, media_type, body = "by-patient.csv", "text/csv; charset=utf-8", _lines(lines_from(body))
    answer = HttpResponse(body, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return answer


def _problems(body: bytes) -> bytes:
    rows = [(each.file, each.line, each.field, each.message) for each in problems_from(body)]
    return _table(("file", "line", "field", "message"), rows)


def _lines(lines: Sequence[PatientLine]) -> bytes:
    """One row for each thing that is otherwise; patients by the program's own identifiers."""
    patients = dict(select(PATIENTS, [[each.patient for each in lines]]))
    wanted = [seat.session for each in lines for seat in each.seats]
    sessions = {row[0]: row[1:] for row in select(SESSIONS, [wanted])}
    rows = [
        (patients[line.patient], *row)
        for line in lines
        if line.patient in patients
        for row in _changes(line, sessions)
    ]
    return _table(("patient_id", "what", "session_id", "at", "otherwise", "because"), rows)


def _changes(line: PatientLine, sessions: Mapping[int, Sequence[object]]) -> Iterator[tuple[object, ...]]:
    for seat in line.seats:
        session, at = sessions.get(seat.session, ("", ""))
        yield "seat", session, at, seat_words(seat), seat.because
    for word, reviews in (
        ("would have been raised", line.raised),
        ("would not have been raised", line.dropped),
    ):
        for review in reviews:
            yield "review", "", review.fired_at, f"{review.then} {word}", review.rule
    for week in line.weeks:
        yield "week", "", week.week_of, week_words(week), ""


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[guarded(str(cell)) for cell in row] for row in rows])
    return text.getvalue().encode()
