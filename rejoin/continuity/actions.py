"""What people do about curricula and catching up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.continuity.access import finished_of
from rejoin.continuity.courses import course_called
from rejoin.continuity.material import Material
from rejoin.continuity.models import (
    Answer,
    CallAsked,
    CatchUp,
    Finished,
    Following,
    SessionUnit,
    SignOff,
    UnitWord,
)
from rejoin.continuity.vocabulary import Answered, Let, Wants
from rejoin.curricula.texts import Choice, Course
from rejoin.domain.kernel import Refusal, local_day
from rejoin.domain.makeup.ledger import Account, Mode, caught_up
from rejoin.makeups.actions import catch_up as repay_content
from rejoin.makeups.ledgers import open_amounts
from rejoin.people.models import Patient
from rejoin.programs.books import books_of
from rejoin.programs.models import Group, Program, Session, Track
from rejoin.programs.seating import hold_patients

LONGEST: Final = 4000
"""Characters of one answer, and of what is said to it."""
Given = Mapping[int, int | str]
"""By the place of a question: the option she chose, from nought, or what she wrote."""


@action("continuity.follow")
def follow_curriculum(
    *,
    program: Program,
    curriculum: str,
    group: Group | None = None,
    track: Track | None = None,
    by: Actor,
    at: datetime,
) -> Following:
    """From now on this group, or all of the track or program, follows a curriculum that ships; "": none."""
    course = course_called(curriculum)
    if curriculum and course is None:
        raise Refusal("curriculum", "There is no such curriculum.")
    with refusing():
        said = Following.objects.create(
            program=program,
            group=group,
            track=track,
            curriculum=curriculum,
            version=course.curriculum.version if course else None,
            at=at,
            by=str(by),
        )
    record("continuity.follow", f"program:{program.pk}", by=by, at=at, program=program.pk)
    return said


@action("continuity.say_unit")
def say_unit(*, session: Session, course: Course, unit: str, by: Actor, at: datetime) -> SessionUnit:
    """A session is of this unit, whatever it is called; "": its name holds again."""
    if unit and unit not in {each.id for each in course.curriculum.units}:
        raise Refusal("unit", "Choose a unit of this curriculum.")
    said = SessionUnit.objects.create(
        session=session, curriculum=course.curriculum.id, unit=unit, at=at, by=str(by)
    )
    record("continuity.say_unit", f"session:{session.pk}", by=by, at=at, program=session.program_id)
    return said


@action("continuity.answer")
def save_answers(
    *,
    patient: Patient,
    material: Material,
    given: Given,
    asks_for_call: bool = False,
    by: Actor,
    at: datetime,
) -> CatchUp:
    """Keep what she chose and wrote, as far as it is new; and that she would like to be called."""
    hold_patients([patient.pk])
    begun = _begin(patient, material, by, at)
    if _is_with_the_team(begun):
        raise Refusal(
            "catch_up.done", "You have told us that you are done. Somebody of your team looks at it."
        )
    stands = answers_of(begun)
    for place, answer in given.items():
        if answer != stands.get(place, ""):
            chosen = answer if isinstance(answer, int) else None
            words = "" if isinstance(answer, int) else answer
            Answer.objects.create(
                catch_up=begun, patient=patient, place=place, chosen=chosen, words=words, at=at, by=str(by)
            )
    if asks_for_call:
        CallAsked.objects.create(catch_up=begun, patient=patient, at=at, by=str(by))
    record(
        "continuity.answer", f"catchup:{begun.pk}", by=by, at=at, patient=patient.pk, program=begun.program_id
    )
    return begun


@action("continuity.finish")
def finish(*, catch_up: CatchUp, choices: Mapping[int, Choice], by: Actor, at: datetime) -> Finished:
    """She has done it: somebody of her team is to look at it. `choices`: the questions that ask for one, by place."""
    hold_patients([catch_up.patient_id])
    if _is_with_the_team(catch_up):
        raise Refusal(
            "catch_up.done", "You have told us that you are done. Somebody of your team looks at it."
        )
    left = set(choices) - set(answers_of(catch_up))
    if left:
        raise Refusal("catch_up.left", "There is a question left.")
    done = Finished.objects.create(catch_up=catch_up, patient_id=catch_up.patient_id, at=at, by=str(by))
    record(
        "continuity.finish",
        f"catchup:{catch_up.pk}",
        by=by,
        at=at,
        patient=catch_up.patient_id,
        program=catch_up.program_id,
    )
    return done


@action("continuity.sign_off")
def sign_off(*, catch_up: CatchUp, words: str = "", by: Actor, at: datetime) -> bool:
    """A clinician: it is enough. Repays the content that is open where the policy lets material do that; whether it did."""
    _answer(catch_up, Answered.SIGNED_OFF, "", words, by, at)
    record(
        "continuity.sign_off",
        f"catchup:{catch_up.pk}",
        by=by,
        at=at,
        patient=catch_up.patient_id,
        program=catch_up.program_id,
    )
    repays = material_repays(catch_up) and bool(caught_up(open_amounts(catch_up.seat_id)))
    if repays:
        repay_content(seat=catch_up.seat, by=by, at=at)
    return repays


@action("continuity.give_back")
def give_back(*, catch_up: CatchUp, wants: Wants, words: str = "", by: Actor, at: datetime) -> None:
    """A clinician: a talk first, or another look of hers."""
    _answer(catch_up, Answered.GIVEN_BACK, wants.value, words, by, at)
    record(
        "continuity.give_back",
        f"catchup:{catch_up.pk}",
        by=by,
        at=at,
        patient=catch_up.patient_id,
        program=catch_up.program_id,
        reason=wants.value,
    )


@action("continuity.say_of_unit")
def say_of_unit(  # noqa: PLR0913 - one word of the team, told as one
    *,
    patient: Patient,
    program: Program,
    course: Course,
    unit: str,
    what: Let,
    words: str,
    by: Actor,
    at: datetime,
) -> UnitWord:
    """The team lets a unit go for her, or agrees with her that she takes it again."""
    refuse_machines(by, what="lets a unit go")
    if unit not in {each.id for each in course.curriculum.units}:
        raise Refusal("unit", "Choose a unit of this curriculum.")
    if not words.strip():
        raise Refusal("unit.words", "Say in a sentence why.")
    said = UnitWord.objects.create(
        patient=patient,
        program=program,
        curriculum=course.curriculum.id,
        unit=unit,
        what=what.value,
        words=words.strip()[:LONGEST],
        at=at,
        by=str(by),
    )
    record(
        "continuity.say_of_unit",
        f"patient:{patient.pk}",
        by=by,
        at=at,
        patient=patient.pk,
        program=program.pk,
        reason=what.value,
    )
    return said


def answers_of(catch_up: CatchUp) -> dict[int, int | str]:
    """What stands, by the place of the question."""
    rows = Answer.objects.filter(catch_up=catch_up).order_by("pk").values_list("place", "chosen", "words")
    stands: dict[int, int | str] = {
        place: words if chosen is None else chosen for place, chosen, words in rows
    }
    return {place: answer for place, answer in stands.items() if answer != ""}


def material_repays(catch_up: CatchUp) -> bool:
    """Whether the policy of the missed day lets material repay content."""
    session = catch_up.seat.session
    book = books_of([session.program_id]).get(session.program_id)
    if book is None:
        return False
    rules = book.in_force(local_day(session.starts_at, ZoneInfo(session.program.timezone))).makeup
    return bool(rules and Account.CONTENT in rules.modes.get(Mode.PACKET, ()))


def _begin(patient: Patient, material: Material, by: Actor, at: datetime) -> CatchUp:
    curriculum = material.course.curriculum
    begun, _ = CatchUp.objects.get_or_create(
        seat_id=material.missed.seat_id,
        curriculum=curriculum.id,
        unit=material.unit.id,
        defaults={
            "patient": patient,
            "program_id": material.missed.program_id,
            "version": curriculum.version,
            "language": material.text.language,
            "at": at,
            "by": str(by),
        },
    )
    return begun


def _is_with_the_team(catch_up: CatchUp) -> bool:
    return finished_of(catch_up) is not None


def _answer(catch_up: CatchUp, answer: Answered, wants: str, words: str, by: Actor, at: datetime) -> None:
    refuse_machines(by, what="looks at what she has done")
    hold_patients([catch_up.patient_id])
    finished = finished_of(catch_up)
    if finished is None:
        raise Refusal("catch_up.answered", "Somebody has looked at this already, or she has not done it yet.")
    SignOff.objects.create(
        finished=finished,
        patient_id=catch_up.patient_id,
        answer=answer.value,
        wants=wants,
        words=words.strip()[:LONGEST],
        at=at,
        by=str(by),
    )
