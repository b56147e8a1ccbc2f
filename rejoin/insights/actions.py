"""What people do about measures. Answers that ask for somebody go through `followup.measures`, which raises the case."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor, ActorKind
from rejoin.common.bulk import insert_rows
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal, local_day
from rejoin.domain.measures import Instrument, check, concerns, instrument_called, left
from rejoin.insights.models import Due, Ending, ItemAnswer, Schedule, Sheet, Watch
from rejoin.insights.vocabulary import CLOSED_BY_TIME, How
from rejoin.insights.vocabulary import Ending as Ended
from rejoin.programs.models import PolicyVersion, Program, Seat
from rejoin.programs.seating import hold_patients
from rejoin.programs.vocabulary import Role

OPEN_FOR: Final = timedelta(hours=72)
"""After the session; anew from when it is known that she was missed there (domain: 72 hours)."""
LONGEST: Final = 1000
"""Characters of a reason."""
WRITTEN_DOWN_WITHIN: Final = timedelta(days=7)
STANDS: Final = """
SELECT greatest(due.until_at, again.until_at), coalesce(ending.how, ''), sheet.id IS NOT NULL
  FROM insights_due AS due LEFT JOIN insights_reopening AS again ON again.due_id = due.id
  LEFT JOIN insights_ending AS ending ON ending.due_id = due.id
  LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id WHERE due.id = %s
"""


@action("insights.schedule")
def schedule_measure(
    *, program: Program, instrument: Instrument, every_days: int, by: Actor, at: datetime
) -> Schedule:
    """From now on the program asks it so often; 0: no longer. What is due already stays due."""
    if not 0 <= every_days <= 366:
        raise Refusal("measure.often", "Say every how many days, a year at most.")
    if every_days:
        _refuse_where_nobody_hears(instrument, program)
    said = Schedule.objects.create(
        program=program,
        instrument=instrument.key,
        version=instrument.version,
        every_days=every_days,
        at=at,
        by=str(by),
    )
    record("insights.schedule", f"program:{program.pk}", by=by, at=at, program=program.pk)
    return said


@action("insights.watch")
def say_watch(  # noqa: PLR0913 - one word, told as one
    *,
    program: Program,
    role: Role | None,
    days: Sequence[int] = (),
    opens: time | None = None,
    closes: time | None = None,
    within_minutes: int = 60,
    by: Actor,
    at: datetime,
) -> Watch:
    """Who looks for answers that ask for somebody at once, when, and how soon she is called. None: nobody does."""
    if role is not None and (not days or opens is None or closes is None):
        raise Refusal("watch.hours", "Say on which days, from when and until when somebody looks.")
    with refusing():
        said = Watch.objects.create(
            program=program,
            role=role.value if role else "",
            days=sorted(set(days)),
            opens=opens,
            closes=closes,
            within_minutes=within_minutes,
            at=at,
            by=str(by),
        )
    record("insights.watch", f"program:{program.pk}", by=by, at=at, program=program.pk)
    return said


@action("insights.ask")
def ask_now(*, seat: Seat, instrument: Instrument, by: Actor, at: datetime) -> Due:
    """Somebody of the staff asks it with this session of hers, whatever the schedule says."""
    refuse_machines(by, what="asks for a measure beside the schedule")
    session = seat.session
    if session.starts_at > at:
        raise Refusal("measure.early", "Choose a session that has begun.")
    _refuse_where_nobody_hears(instrument, session.program)
    with refusing():
        due = Due.objects.create(
            patient_id=seat.patient_id,
            program_id=session.program_id,
            seat=seat,
            instrument=instrument.key,
            version=instrument.version,
            due_on=local_day(session.starts_at, ZoneInfo(session.program.timezone)),
            recall_days=instrument.recall_days,
            until_at=max(session.ends_at, at) + OPEN_FOR,
            at=at,
            by=str(by),
        )
    _tell("insights.ask", due, by, at)
    return due


@action("insights.answer")
def answer_measure(
    *,
    due: Due,
    answers: Mapping[str, int],
    language: str,
    how: How,
    answered_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Sheet:
    """Keep them, once. All that is asked is answered; but an answer that asks for somebody is never held back for that."""
    instrument = instrument_called(due.instrument, due.version)
    check(instrument, answers)
    _refuse_others(instrument, due, how, by)
    given_at = answered_at or at
    if not at - WRITTEN_DOWN_WITHIN <= given_at <= at:
        raise Refusal("measure.when", "Answers are written down within a week of when they are given.")
    found = concerns(instrument, answers)
    if left(instrument, answers) and not found:
        raise Refusal("measure.left", "There is a question left.")
    ended = _hold_for_answers(due, given_at, is_concern=bool(found), from_paper=how is not How.PORTAL)
    sheet = Sheet.objects.create(
        due=due,
        patient_id=due.patient_id,
        program_id=due.program_id,
        instrument=due.instrument,
        version=due.version,
        language=instrument.language_for(language),
        how=how.value,
        answered_at=given_at,
        is_concern=bool(found),
        at=at,
        by=str(by),
    )
    insert_rows(
        ItemAnswer,
        ("at", "by", "sheet", "patient", "item", "value"),
        [(at, str(by), sheet.pk, due.patient_id, item, value) for item, value in answers.items()],
    )
    if not ended:
        _end(due, Ended.ANSWERED, "", by, at)
    _tell("insights.answer", due, by, at)
    return sheet


@action("insights.decline")
def decline_measure(*, due: Due, words: str = "", by: Actor, at: datetime) -> None:
    """She would rather not. That is hers to say, and she needs no reason."""
    _refuse_others_words(due, by)
    _hold_open(due, at)
    _end(due, Ended.DECLINED, words, by, at)
    _tell("insights.decline", due, by, at)


@action("insights.withdraw")
def withdraw_measure(*, due: Due, words: str, by: Actor, at: datetime) -> None:
    """The staff take it back, and say why."""
    refuse_machines(by, what="takes a measure back")
    if not words.strip():
        raise Refusal("measure.words", "Say in a sentence why.")
    _hold_open(due, None)
    _end(due, Ended.WITHDRAWN, words, by, at)
    _tell("insights.withdraw", due, by, at)


def _refuse_where_nobody_hears(instrument: Instrument, program: Program) -> None:
    """What may ask for somebody at once needs a case to ask on, and a case needs a policy."""
    if instrument.is_about_safety and not PolicyVersion.objects.filter(program=program).exists():
        raise Refusal(
            "measure.policy",
            "Publish the program's policy first: without one there is no case for an answer that asks for a clinician.",
        )


def _refuse_others(instrument: Instrument, due: Due, how: How, by: Actor) -> None:
    if (how is How.PORTAL) != (by.kind is ActorKind.PATIENT):
        raise Refusal("measure.how", "Say whether you were with her, or on the phone.")
    _refuse_others_words(due, by)
    if how is How.PORTAL and not instrument.may_be_sent:
        raise Refusal("measure.staff", "Somebody of the staff asks these questions.")


def _refuse_others_words(due: Due, by: Actor) -> None:
    if by.kind is ActorKind.PATIENT and by.id != str(due.patient_id):
        raise Refusal("not_found", "There is no such measure.")
    if by.kind not in (ActorKind.PATIENT, ActorKind.STAFF):
        raise Refusal("measure.person", "Answers are a person's.")


def _hold_for_answers(due: Due, given_at: datetime, *, is_concern: bool, from_paper: bool) -> str:
    """As `_hold_open`, but what asks for somebody is taken whenever it comes, and from paper what was given in time.

    Returns the gap that stays beside it, or "".
    """
    hold_patients([due.patient_id])
    ((until_at, ended, is_answered),) = select(STANDS, [due.pk])
    if is_concern and is_answered:
        raise Refusal("measure.answered", "This was answered already.")
    in_time = from_paper and ended in CLOSED_BY_TIME and given_at <= until_at and not is_answered
    if not is_concern and not in_time:
        _hold_open(due, given_at)
    return str(ended)


def _hold_open(due: Due, given_at: datetime | None) -> None:
    """Nobody else ends it meanwhile; refuse where it has ended, or was answered too late."""
    hold_patients([due.patient_id])
    ((until_at, ended, is_answered),) = select(STANDS, [due.pk])
    if ended or is_answered:
        raise Refusal("measure.ended", "This was answered or closed already.")
    if given_at is not None and given_at > until_at:
        raise Refusal("measure.late", "The time to answer this is over.")


def _end(due: Due, how: Ended, words: str, by: Actor, at: datetime) -> None:
    Ending.objects.create(
        due=due,
        patient_id=due.patient_id,
        how=how.value,
        words=words.replace("\x00", "").strip()[:LONGEST],
        at=at,
        by=str(by),
    )


def _tell(verb: str, due: Due, by: Actor, at: datetime) -> None:
    record(verb, f"measure:{due.pk}", by=by, at=at, patient=due.patient_id, program=due.program_id)
