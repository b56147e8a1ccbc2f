"""Rows of what the team keeps: one in each of its tables, and those that its rules refuse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rejoin.attendance.models import CheckIn
from rejoin.followup.models import (
    Case,
    CaseNote,
    CaseNoteSeen,
    EmergencyDisclosure,
    HandOff,
    HandOffRead,
    SafetyRecord,
    Task,
    TaskEvent,
)
from tests.apps.scene import START, Scene

SAID: Any = {"at": START, "by": "staff:1"}
HOUR = timedelta(hours=1)


class TeamRows:
    """Makes them in a scene, on a case. What a row is not told, it takes from here."""

    def __init__(self, scene: Scene, case: Case) -> None:
        self.scene, self.case = scene, case

    def note(self, **columns: Any) -> CaseNote:
        given = {"author": self.scene.ben, "words": "Her line is bad", **SAID, **columns}
        return CaseNote.objects.create(case=self.case, patient=self.case.patient, **given)

    def seen(self, note: CaseNote | None = None) -> CaseNoteSeen:
        return CaseNoteSeen.objects.create(
            note=note or self.note(), patient=self.case.patient, staff=self.scene.supervisor, **SAID
        )

    def task(self, **columns: Any) -> Task:
        given = {"words": "Call", "due_at": START + HOUR, "owner": self.scene.ben, **SAID, **columns}
        return Task.objects.create(
            **{"program": self.scene.program, "patient": self.case.patient, "case": self.case, **given}
        )

    def task_event(self, task: Task | None = None, **columns: Any) -> TaskEvent:
        return TaskEvent.objects.create(task=task or self.task(), **{"turn": "done", **SAID, **columns})

    def hand_off(self, **columns: Any) -> HandOff:
        given = {"author": self.scene.ben, "words": "Quiet", **SAID, **columns}
        return HandOff.objects.create(program=self.scene.program, **given)

    def hand_off_read(self, note: HandOff | None = None) -> HandOffRead:
        return HandOffRead.objects.create(
            hand_off=note or self.hand_off(), staff=self.scene.supervisor, **SAID
        )

    def safety(self, **columns: Any) -> SafetyRecord:
        given = {"step": "call_patient", "result": "not_reached", **SAID, **columns}
        return SafetyRecord.objects.create(case=self.case, patient=self.case.patient, **given)

    def disclosure(self, **columns: Any) -> EmergencyDisclosure:
        given = {
            "basis": "medical_emergency",
            "recipient": "A medic",
            "affiliation": "County EMS",
            "nature": "She fainted in the session",
            "told_at": START,
            "case": self.case,
            **SAID,
            **columns,
        }
        return EmergencyDisclosure.objects.create(
            patient=self.case.patient, program=self.scene.program, **given
        )

    def all(self) -> None:
        """One in each table."""
        self.seen()
        self.task_event()
        self.hand_off_read()
        self.safety()
        self.disclosure()


def _of(given: Any) -> TeamRows:
    return TeamRows(given.scene, given.the_case())


def _twice(make: Callable[..., object], row: object) -> object:
    make(row)
    return make(row)


NEVER_CHANGED: dict[str, Callable[[Any], object]] = {
    "followup_casenote": lambda given: _of(given).note(),
    "followup_casenoteseen": lambda given: _of(given).seen(),
    "followup_emergencydisclosure": lambda given: _of(given).disclosure(),
    "followup_handoff": lambda given: _of(given).hand_off(),
    "followup_handoffread": lambda given: _of(given).hand_off_read(),
    "followup_safetyrecord": lambda given: _of(given).safety(),
    "followup_task": lambda given: _of(given).task(),
    "followup_taskevent": lambda given: _of(given).task_event(),
}
WRONG: dict[str, Callable[[Any], object]] = {
    "a_check_in_says_where": lambda given: CheckIn.objects.create(patient=given.ada, alone=True, **SAID),
    "a_disclosure_is_a_persons": lambda given: _of(given).disclosure(by="system:engine"),
    "a_disclosure_is_written_down_after_it_is_made": lambda given: _of(given).disclosure(
        told_at=START + HOUR
    ),
    "a_disclosure_names_whom_and_why": lambda given: _of(given).disclosure(affiliation=""),
    "a_hand_off_has_one_addressee": lambda given: _of(given).hand_off(
        to_role="team", to_staff=given.scene.ben
    ),
    "a_hand_off_is_read_once": lambda given: _twice(_of(given).hand_off_read, _of(given).hand_off()),
    "a_hand_off_says_something": lambda given: _of(given).hand_off(words=""),
    "a_note_is_acknowledged_once": lambda given: _twice(_of(given).seen, _of(given).note()),
    "a_note_says_something": lambda given: _of(given).note(words=""),
    "a_note_waits_for_somebody": lambda given: _of(given).note(waits=True),
    "a_safety_step_is_a_persons": lambda given: _of(given).safety(by="system:engine"),
    "a_task_ends_once": lambda given: _twice(_of(given).task_event, _of(given).task()),
    "a_task_is_given_to_somebody": lambda given: _of(given).task_event(turn="given"),
    "a_task_of_a_case_is_of_its_patient": lambda given: _of(given).task(patient=None),
    "a_task_says_something": lambda given: _of(given).task(words=""),
    "an_emergency_is_told_to_medical_personnel": lambda given: _of(given).disclosure(
        contact=given.ada.contacts.create(relation="guardian", name="Eli")
    ),
    "disclosure_basis_is_known": lambda given: _of(given).disclosure(basis="worry"),
    "hand_off_role_is_known": lambda given: _of(given).hand_off(to_role="boss"),
    "safety_step_is_known": lambda given: _of(given).safety(step="send_police"),
    "safety_step_result_is_known": lambda given: _of(given).safety(result="fine"),
    "task_turn_is_known": lambda given: _of(given).task_event(turn="lost"),
}
