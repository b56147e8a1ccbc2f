"""Rows of measures: one in each of their tables, and those that their rules refuse."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from rejoin.insights.models import Due, Ending, ItemAnswer, Reopening, Schedule, Sheet, Watch
from rejoin.programs.models import Seat
from tests.apps.scene import START, Scene

SAID: Any = {"at": START, "by": "staff:1"}
GAD7: Any = {"instrument": "gad7", "version": "7"}


class InsightsRows:
    """Makes them in a scene, for one seat. What a row is not told, it takes from here."""

    def __init__(self, scene: Scene, seat: Seat) -> None:
        self.scene, self.seat = scene, seat

    def schedule(self, **columns: Any) -> Schedule:
        given = {"every_days": 7, **GAD7, **SAID, **columns}
        return Schedule.objects.create(program=self.scene.program, **given)

    def watch(self, **columns: Any) -> Watch:
        given = {"role": "clinician", "days": [1], "opens": time(8), "closes": time(17), **SAID, **columns}
        return Watch.objects.create(program=self.scene.program, **given)

    def due(self, **columns: Any) -> Due:
        given = {"due_on": START.date(), "recall_days": 14, "until_at": START, **GAD7, **SAID, **columns}
        return Due.objects.create(
            patient=self.seat.patient, program=self.scene.program, seat=self.seat, **given
        )

    def the_due(self) -> Due:
        return Due.objects.filter(seat=self.seat).first() or self.due()

    def reopening(self) -> Reopening:
        return Reopening.objects.create(due=self.the_due(), patient=self.seat.patient, until_at=START, **SAID)

    def sheet(self, **columns: Any) -> Sheet:
        given = {"language": "en", "how": "portal", "answered_at": START, **GAD7, **SAID, **columns}
        due = given.pop("due", None) or self.the_due()
        return Sheet.objects.create(due=due, patient=self.seat.patient, program=self.scene.program, **given)

    def the_sheet(self) -> Sheet:
        return Sheet.objects.filter(due__seat=self.seat).first() or self.sheet()

    def answer(self, **columns: Any) -> ItemAnswer:
        given = {"item": "1", "value": 1, **SAID, **columns}
        return ItemAnswer.objects.create(sheet=self.the_sheet(), patient=self.seat.patient, **given)

    def ending(self, **columns: Any) -> Ending:
        given = {"how": "answered", **SAID, **columns}
        return Ending.objects.create(due=self.the_due(), patient=self.seat.patient, **given)

    def all(self) -> None:
        """One in each table."""
        for make in ROWS.values():
            make(self)


ROWS: dict[str, Callable[[InsightsRows], object]] = {
    "insights_due": InsightsRows.the_due,
    "insights_ending": InsightsRows.ending,
    "insights_itemanswer": InsightsRows.answer,
    "insights_reopening": InsightsRows.reopening,
    "insights_schedule": InsightsRows.schedule,
    "insights_sheet": InsightsRows.the_sheet,
    "insights_watch": InsightsRows.watch,
}


def _twice(make: Callable[..., object], **columns: Any) -> object:
    make(**columns)
    return make(**columns)


WRONG: dict[str, Callable[[InsightsRows], object]] = {
    "a_measure_is_due_once_a_session": lambda r: _twice(r.due),
    "a_watch_has_a_clock": lambda r: r.watch(within_minutes=1),
    "a_watch_has_hours": lambda r: r.watch(closes=time(8)),
    "an_item_is_answered_once": lambda r: _twice(r.answer),
    "answers_are_written_down_after_they_are_given": lambda r: r.sheet(
        answered_at=START + timedelta(minutes=1)
    ),
    "how_answers_came_is_known": lambda r: r.sheet(how="dreamt"),
    "insights_due_recall_days_check": lambda r: r.due(recall_days=-1),
    "insights_due_ref_key": lambda r: r.due(ref=r.due().ref, instrument="phq9"),
    "insights_ending_due_id_key": lambda r: _twice(r.ending),
    "insights_itemanswer_value_check": lambda r: r.answer(value=-1),
    "insights_reopening_due_id_key": lambda r: _twice(r.reopening),
    "insights_schedule_every_days_check": lambda r: r.schedule(every_days=-1),
    "insights_sheet_due_id_key": lambda r: _twice(r.sheet),
    "insights_sheet_ref_key": lambda r: r.sheet(ref=r.sheet().ref, due=r.due(instrument="phq9")),
    "insights_watch_within_minutes_check": lambda r: r.watch(within_minutes=-1),
    "measure_ending_is_known": lambda r: r.ending(how="forgotten"),
    "watching_role_is_known": lambda r: r.watch(role="janitor"),
    "what_is_withdrawn_says_why": lambda r: r.ending(how="withdrawn"),
}
STRICTER = {"insights_watch_within_minutes_check": "a_watch_has_a_clock"}
"""Stands behind a rule that refuses all that it would, and is asked first."""
