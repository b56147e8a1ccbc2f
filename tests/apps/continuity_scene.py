"""A group that follows a curriculum: ada missed its evening on triggers, and the one on cravings is to come."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from rejoin.common.actors import patient_actor, staff_actor
from rejoin.continuity.access import material_of
from rejoin.continuity.actions import finish, follow_curriculum, save_answers
from rejoin.continuity.material import Material
from rejoin.continuity.models import CatchUp
from rejoin.curricula.loading import shipped_courses
from rejoin.curricula.texts import Choice, Course
from rejoin.makeups.models import Debt
from rejoin.people.models import Patient
from rejoin.programs.models import Seat, Session
from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing
from tests.apps.scene import START, Scene

STAYING = "staying-on-course"


def staying() -> Course:
    return shipped_courses()[STAYING]


@dataclass
class Following:
    """Habit loop last week with everybody there; triggers missed by whoever is named; cravings next week."""

    names: tuple[str, ...] = ("ada",)
    there: tuple[str, ...] = ("bob",)
    scene: Scene = field(default_factory=Scene)

    def __post_init__(self) -> None:
        self.owing = Owing(scene=self.scene, names=self.names)
        self.missing = [self.scene.admit(name, sms=False) for name in self.names]
        self.present = [
            self.scene.admit(name, sms=False, phone=f"+1555020{place}")
            for place, name in enumerate(self.there)
        ]
        follow_curriculum(
            program=self.scene.program,
            group=self.scene.group,
            curriculum=STAYING,
            **self.desk(START - 30 * DAY),
        )
        self.first = self.held("habit-loop", START - 7 * DAY, *self.everybody)
        self.missed = self.held("triggers", START, *self.present)
        self.coming = self.session("cravings", START + 7 * DAY)
        self.run(NEXT_DAY)

    @property
    def everybody(self) -> list[Patient]:
        return [*self.missing, *self.present]

    @cached_property
    def ada(self) -> Patient:
        return self.missing[0]

    def title(self, unit: str) -> str:
        return staying().curriculum.unit(unit).module

    def session(self, unit: str, starts_at: datetime) -> Session:
        module = self.title(unit) if unit else ""
        return self.scene.session(*self.everybody, starts_at=starts_at, module=module, seats_max=None)

    def held(self, unit: str, starts_at: datetime, *came: Patient) -> Session:
        session = self.session(unit, starts_at)
        self.scene.watched(session, *((each, session.starts_at, session.ends_at) for each in came))
        return session

    def run(self, at: datetime) -> None:
        self.owing.run(at)

    def desk(self, at: datetime = NEXT_DAY) -> dict[str, Any]:
        return {"by": staff_actor(self.scene.ben.pk), "at": at}

    def herself(self, patient: Patient | None = None, at: datetime = NEXT_DAY) -> dict[str, Any]:
        return {"by": patient_actor((patient or self.ada).pk), "at": at}

    def seat(self, patient: Patient | None = None) -> Seat:
        return Seat.objects.get(session=self.missed, patient=patient or self.ada)

    def ref(self, patient: Patient | None = None) -> Any:
        return Debt.objects.get(seat=self.seat(patient)).ref

    def material(self, patient: Patient | None = None, at: datetime = NEXT_DAY) -> Material:
        return material_of(patient or self.ada, self.ref(patient), now=at)

    def answered(self, patient: Patient | None = None, **more: Any) -> CatchUp:
        """Every choice right, and some words."""
        her = patient or self.ada
        material = self.material(her)
        given = {
            place: each.right if isinstance(each, Choice) else "The bus past the old street."
            for place, each in enumerate(material.text.check)
        }
        return save_answers(patient=her, material=material, given=given, **{**self.herself(her), **more})

    def done(self, patient: Patient | None = None) -> CatchUp:
        begun = self.answered(patient)
        finish(catch_up=begun, choices=choices_of(self.material(patient)), **self.herself(patient))
        return begun


def choices_of(material: Material) -> dict[int, Choice]:
    return {place: each for place, each in enumerate(material.text.check) if isinstance(each, Choice)}
