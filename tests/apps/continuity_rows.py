"""Rows of catching up: one in each of their tables, and those that their rules refuse."""

from collections.abc import Callable
from typing import Any

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
from rejoin.programs.models import Seat, Track
from tests.apps.scene import START, Scene

SAID: Any = {"at": START, "by": "staff:1"}
UNIT: Any = {"curriculum": "staying-on-course", "unit": "triggers"}


class ContinuityRows:
    """Makes them in a scene, for one seat. What a row is not told, it takes from here."""

    def __init__(self, scene: Scene, seat: Seat) -> None:
        self.scene, self.seat = scene, seat

    def following(self, **columns: Any) -> Following:
        given = {"group": self.scene.group, "curriculum": UNIT["curriculum"], "version": 1, **SAID, **columns}
        return Following.objects.create(program=self.scene.program, **given)

    def session_unit(self) -> SessionUnit:
        return SessionUnit.objects.create(session=self.seat.session, **UNIT, **SAID)

    def catch_up(self, **columns: Any) -> CatchUp:
        given = {"version": 1, "language": "en", "seat": self.seat, **UNIT, **SAID, **columns}
        return CatchUp.objects.create(patient=self.seat.patient, program=self.scene.program, **given)

    def begun(self) -> CatchUp:
        return CatchUp.objects.filter(seat=self.seat).first() or self.catch_up()

    def answer(self, **columns: Any) -> Answer:
        given = {"place": 0, "chosen": 1, **SAID, **columns}
        return Answer.objects.create(catch_up=self.begun(), patient=self.seat.patient, **given)

    def finished(self) -> Finished:
        return Finished.objects.create(catch_up=self.begun(), patient=self.seat.patient, **SAID)

    def call(self) -> CallAsked:
        return CallAsked.objects.create(catch_up=self.begun(), patient=self.seat.patient, **SAID)

    def sign_off(self, **columns: Any) -> SignOff:
        given = {"answer": "signed_off", **SAID, **columns}
        finished = given.pop("finished", None) or self.finished()
        return SignOff.objects.create(finished=finished, patient=self.seat.patient, **given)

    def word(self, **columns: Any) -> UnitWord:
        given = {"what": "waived", "words": "She has had it elsewhere", **UNIT, **SAID, **columns}
        return UnitWord.objects.create(patient=self.seat.patient, program=self.scene.program, **given)

    def all(self) -> None:
        """One in each table."""
        for make in ROWS.values():
            make(self)


ROWS: dict[str, Callable[[ContinuityRows], object]] = {
    "continuity_answer": ContinuityRows.answer,
    "continuity_callasked": ContinuityRows.call,
    "continuity_catchup": ContinuityRows.begun,
    "continuity_finished": ContinuityRows.finished,
    "continuity_following": ContinuityRows.following,
    "continuity_sessionunit": ContinuityRows.session_unit,
    "continuity_signoff": ContinuityRows.sign_off,
    "continuity_unitword": ContinuityRows.word,
}


def _twice(make: Callable[..., object], **columns: Any) -> object:
    make(**columns)
    return make(**columns)


def _track(rows: ContinuityRows) -> Track:
    return Track.objects.create(program=rows.scene.program, name="Evenings")


WRONG: dict[str, Callable[[ContinuityRows], object]] = {
    "a_curriculum_is_named_with_its_version": lambda r: r.following(version=None),
    "a_group_or_a_track_follows": lambda r: r.following(track=_track(r)),
    "a_unit_is_let_go_with_words": lambda r: r.word(words=""),
    "an_answer_is_chosen_or_written": lambda r: r.answer(words="Both"),
    "continuity_answer_chosen_check": lambda r: r.answer(chosen=-1),
    "continuity_answer_place_check": lambda r: r.answer(place=-1),
    "continuity_catchup_ref_key": lambda r: r.catch_up(ref=r.catch_up().ref, unit="sleep"),
    "continuity_catchup_version_check": lambda r: r.catch_up(version=-1),
    "continuity_following_version_check": lambda r: r.following(version=-1),
    "continuity_signoff_finished_id_key": lambda r: _twice(r.sign_off, finished=r.finished()),
    "one_catch_up_of_a_miss": lambda r: _twice(r.catch_up),
    "sign_off_answer_is_known": lambda r: r.sign_off(answer="shrugged", wants="talk"),
    "unit_word_is_known": lambda r: r.word(what="forgotten"),
    "what_is_given_back_wants_something": lambda r: r.sign_off(answer="given_back"),
    "what_is_wanted_is_known": lambda r: r.sign_off(answer="given_back", wants="praise"),
}
