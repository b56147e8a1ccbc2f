"""What the team says to each other: the thread of a miss, tasks, and what a shift hands on."""

from datetime import datetime

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.domain.kernel import Refusal
from rejoin.followup.actions.asking import refuse_machine, refuse_outsider, said, staff_who_acts
from rejoin.followup.models import (
    Case,
    CaseNote,
    CaseNoteSeen,
    HandOff,
    HandOffRead,
    Review,
    Task,
    TaskEvent,
)
from rejoin.followup.vocabulary import TaskTurn
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Program
from rejoin.programs.vocabulary import Role

LONGEST = 4000
"""Characters of what somebody writes to the team."""
SAY_SOMETHING = "Write what the others should know."


@action("followup.say")
def say(*, case: Case, words: str, asks: Staff | None = None, by: Actor, at: datetime) -> CaseNote:
    """Say something in the thread of a miss, of a closed one too. Whoever is asked acknowledges it within a day."""
    author = staff_who_acts(by)
    if asks is not None:
        if asks.pk == author.pk:
            raise Refusal("note.asks_herself", "Ask somebody else to acknowledge it.")
        refuse_outsider(
            case.program_id, asks, at, code="note.asks", why="Whoever is asked works in the case's program."
        )
    note = CaseNote.objects.create(
        case=case,
        patient_id=case.patient_id,
        author=author,
        words=_kept(words),
        asks=asks,
        waits=asks is not None,
        at=at,
        by=str(by),
    )
    _tell_of_case("followup.say", case, by, at, reason="asks" if asks else "")
    return note


@action("followup.acknowledge")
def acknowledge(*, note: CaseNote, by: Actor, at: datetime) -> CaseNoteSeen:
    """Whoever acts has read the note. Of whoever is asked, that is her acknowledgement."""
    reader = staff_who_acts(by)
    if note.author_id == reader.pk:
        raise Refusal("note.own", "These are your own words.")
    if CaseNoteSeen.objects.filter(note=note, staff=reader).exists():
        raise Refusal("note.seen", "You have acknowledged this already.")
    with refusing():
        seen = CaseNoteSeen.objects.create(
            note=note, patient_id=note.patient_id, staff=reader, at=at, by=str(by)
        )
    _tell_of_case("followup.acknowledge", note.case, by, at)
    return seen


@action("followup.add_task")
def add_task(  # noqa: PLR0913 - a task is what it is
    *,
    program: Program,
    words: str,
    owner: Staff,
    due_at: datetime,
    patient: Patient | None = None,
    case: Case | None = None,
    review: Review | None = None,
    by: Actor,
    at: datetime,
) -> Task:
    """Ask somebody of the program to do something by `due_at`. Of a case or a review, it is of its patient."""
    refuse_machine(by)
    of = {each.patient_id for each in (case, review) if each} | ({patient.pk} if patient else set())
    if len(of) > 1 or any(each.program_id != program.pk for each in (case, review) if each):
        raise Refusal("task.of", "A task is of one patient, in one program.")
    if due_at <= at:
        raise Refusal("task.past", "A task is due after now.")
    return put_task(
        program=program,
        patient_id=next(iter(of), None),
        case=case,
        review=review,
        words=words,
        owner=owner,
        due_at=due_at,
        by=by,
        at=at,
    )


@action("followup.finish_task")
def finish_task(
    *, task: Task, turn: TaskTurn = TaskTurn.DONE, words: str = "", by: Actor, at: datetime
) -> TaskEvent:
    """It is done, or no longer needed, once. Who else could have done it is told who did."""
    refuse_machine(by)
    if turn is TaskTurn.GIVEN:
        raise Refusal("task.ending", "A task ends by being done, or by being withdrawn.")
    if turn is TaskTurn.WITHDRAWN:
        said(words, code="task.why", ask="Say why it is no longer needed.")
    _refuse_ended(task)
    with refusing():
        event = TaskEvent.objects.create(task=task, turn=turn.value, words=words.strip(), at=at, by=str(by))
    _tell_of_task("followup.finish_task", task, by, at, reason=turn.value)
    return event


@action("followup.give_task")
def give_task(*, task: Task, owner: Staff, words: str = "", by: Actor, at: datetime) -> TaskEvent:
    """Somebody else of the program does it."""
    refuse_machine(by)
    _refuse_ended(task)
    _refuse_odd_owner(task.program_id, owner, at)
    event = TaskEvent.objects.create(
        task=task, turn=TaskTurn.GIVEN.value, owner=owner, words=words.strip(), at=at, by=str(by)
    )
    _tell_of_task("followup.give_task", task, by, at)
    return event


@action("followup.hand_off")
def hand_off(
    *,
    program: Program,
    words: str,
    to_role: Role | None = None,
    to_staff: Staff | None = None,
    by: Actor,
    at: datetime,
) -> HandOff:
    """What this shift leaves to the next: to a role, to somebody, or to everybody in the program."""
    author = staff_who_acts(by)
    refuse_outsider(program.pk, author, at, code="hand_off.from", why="You do not work in this program.")
    if to_role is not None and to_staff is not None:
        raise Refusal("hand_off.to", "Address it to a role or to somebody, not to both.")
    if to_staff is not None:
        refuse_outsider(
            program.pk, to_staff, at, code="hand_off.to_staff", why="It goes to somebody of the program."
        )
    note = HandOff.objects.create(
        program=program,
        author=author,
        words=_kept(words),
        to_role=to_role.value if to_role else "",
        to_staff=to_staff,
        at=at,
        by=str(by),
    )
    record("followup.hand_off", f"handoff:{note.pk}", by=by, at=at, program=program.pk)
    return note


@action("followup.read_hand_off")
def read_hand_off(*, note: HandOff, by: Actor, at: datetime) -> HandOffRead:
    """Somebody of the next shift has read it."""
    reader = staff_who_acts(by)
    if note.author_id == reader.pk:
        raise Refusal("hand_off.own", "These are your own words.")
    if HandOffRead.objects.filter(hand_off=note, staff=reader).exists():
        raise Refusal("hand_off.read", "You have read this already.")
    with refusing():
        reading = HandOffRead.objects.create(hand_off=note, staff=reader, at=at, by=str(by))
    record("followup.read_hand_off", f"handoff:{note.pk}", by=by, at=at, program=note.program_id)
    return reading


def put_task(  # noqa: PLR0913 - a task is what it is
    *,
    program: Program,
    patient_id: int | None,
    words: str,
    owner: Staff,
    due_at: datetime,
    case: Case | None = None,
    review: Review | None = None,
    by: Actor,
    at: datetime,
) -> Task:
    """Write a task with its first giving, inside another action or in its own."""
    _refuse_odd_owner(program.pk, owner, at)
    task = Task.objects.create(
        program=program,
        patient_id=patient_id,
        case=case,
        review=review,
        words=_kept(words),
        owner=owner,
        due_at=due_at,
        at=at,
        by=str(by),
    )
    TaskEvent.objects.create(task=task, turn=TaskTurn.GIVEN.value, owner=owner, at=at, by=str(by))
    _tell_of_task("followup.add_task", task, by, at)
    return task


def _kept(words: str) -> str:
    """What is written to the team, whole: nobody's words are cut."""
    kept = said(words, code="words.none", ask=SAY_SOMETHING)
    if len(kept) > LONGEST:
        raise Refusal("words.long", f"This is longer than {LONGEST:,} characters. Say it in two notes.")
    return kept


def _refuse_odd_owner(program_id: int, owner: Staff, at: datetime) -> None:
    refuse_outsider(
        program_id, owner, at, code="task.owner", why="A task goes to somebody who works in its program."
    )


def _refuse_ended(task: Task) -> None:
    ended = TaskEvent.objects.filter(task=task).exclude(turn=TaskTurn.GIVEN.value).first()
    if ended is not None:
        done = "done" if ended.turn == TaskTurn.DONE.value else "withdrawn"
        raise Refusal("task.ended", f"This task is {done} already.")


def _tell_of_case(verb: str, case: Case, by: Actor, at: datetime, *, reason: str = "") -> None:
    record(
        verb, f"case:{case.pk}", by=by, at=at, patient=case.patient_id, program=case.program_id, reason=reason
    )


def _tell_of_task(verb: str, task: Task, by: Actor, at: datetime, *, reason: str = "") -> None:
    record(
        verb, f"task:{task.pk}", by=by, at=at, patient=task.patient_id, program=task.program_id, reason=reason
    )
