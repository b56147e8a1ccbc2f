"""What patients have done of what they missed: the list that waits, and one of them with all she wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.console.door import Asking
from rejoin.continuity.access import asked_for_call, finished_of, last_word_on
from rejoin.continuity.actions import answers_of, material_repays
from rejoin.continuity.boards import SHOWN_FOR, ToSignOff, to_sign_off
from rejoin.continuity.courses import as_called, course_called
from rejoin.continuity.happening import Schedule
from rejoin.continuity.models import CatchUp, Finished, SignOff
from rejoin.curricula.texts import Choice, UnitText
from rejoin.domain.continuity import Broken, what_breaks
from rejoin.people.naming import names_of
from rejoin.programs.rights import Right
from rejoin.programs.sessions import sessions_of

WANTS: Final = {"talk": "You asked for a talk", "look_again": "You asked her to look again"}
CALL_WITHIN: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    it: ToSignOff
    zone: ZoneInfo
    wants: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    asks: str
    said: str
    right: bool | None
    """None: a thought, which is not scored."""
    meant: str
    """What would have been right, where she chose another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneShown:
    it: CatchUp
    name: str
    zone: ZoneInfo
    text: UnitText | None
    answers: tuple[Answered, ...]
    finished: Finished | None
    """She is done, and nobody has looked at it yet."""
    last: SignOff | None
    last_by: str
    broken: Broken | None
    repays: bool
    asks_for_call: bool
    may_answer: bool


def present_list(asking: Asking, programs: Sequence[int]) -> tuple[list[Listed], list[Listed]]:
    """What waits for the team, and what waits for her."""
    lines = [
        Listed(it=each, zone=ZoneInfo(each.it.timezone), wants=WANTS.get(each.it.wants, ""))
        for each in to_sign_off(programs, now=asking.at)
    ]
    return [each for each in lines if not each.it.given_back], [each for each in lines if each.it.given_back]


def present_one(asking: Asking, catch_up: CatchUp) -> OneShown:
    """All she chose and wrote, beside what it was asked of."""
    course = course_called(catch_up.curriculum)
    text = (
        course.text(catch_up.unit, catch_up.language)
        if course and catch_up.unit in course.wording().units
        else None
    )
    last = last_word_on(catch_up)
    patient = catch_up.patient
    return OneShown(
        it=catch_up,
        name=patient.preferred_name or patient.name or patient.external_id,
        zone=ZoneInfo(catch_up.program.timezone),
        text=text,
        answers=_answers(catch_up, text) if text else (),
        finished=finished_of(catch_up),
        last=last,
        last_by=names_of([last.by])[last.by] if last else "",
        broken=_broken(catch_up, asking.at),
        repays=material_repays(catch_up),
        asks_for_call=asked_for_call(catch_up, since=asking.at - CALL_WITHIN),
        may_answer=asking.may(Right.SIGN_OFF, catch_up.program_id),
    )


def _answers(catch_up: CatchUp, text: UnitText) -> tuple[Answered, ...]:
    stands, found = answers_of(catch_up), []
    for place, each in enumerate(text.check):
        answer = stands.get(place)
        if isinstance(each, Choice):
            chosen = answer if isinstance(answer, int) and answer < len(each.options) else None
            said = each.options[chosen] if chosen is not None else ""
            right = chosen == each.right if chosen is not None else None
            found.append(
                Answered(
                    asks=each.asks, said=said, right=right, meant="" if right else each.options[each.right]
                )
            )
        else:
            found.append(Answered(asks=each.asks, said=str(answer or ""), right=None, meant=""))
    return tuple(found)


def _broken(catch_up: CatchUp, now: datetime) -> Broken | None:
    course = course_called(catch_up.curriculum)
    unit = (
        next((each for each in course.curriculum.units if each.id == catch_up.unit), None) if course else None
    )
    if course is None or unit is None:
        return None
    schedule = Schedule([catch_up.patient_id], program=catch_up.program_id, since=now - SHOWN_FOR, now=now)
    missed = sessions_of([catch_up.seat.session_id])[catch_up.seat.session_id][1]
    return what_breaks(
        course.curriculum, as_called(missed, unit), schedule.of(course, catch_up.patient_id), now=now
    )
