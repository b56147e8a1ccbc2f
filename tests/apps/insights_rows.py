"""Rows of measures: one in each of their tables, and those that their rules refuse."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from rejoin.insights.experiment_models import (
    Experiment,
    ExperimentAllotment,
    ExperimentReading,
    ExperimentStart,
    ExperimentStop,
)
from rejoin.insights.models import Due, Ending, ItemAnswer, Reopening, Schedule, Sheet, Watch
from rejoin.insights.nights_models import Postponed
from rejoin.insights.parameters_models import ProgressFit
from rejoin.insights.risk_models import RiskEstimate, RiskRun
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

    def run(self, **columns: Any) -> RiskRun:
        given: dict[str, Any] = {
            "model": "contact-1",
            "until_on": START.date(),
            "patients": 1,
            "ranked": 1,
            "followed": 0,
        }
        given |= {"events": 0, "calibrated": False, **SAID, **columns}
        return RiskRun.objects.create(program=self.scene.program, **given)

    def the_run(self) -> RiskRun:
        return RiskRun.objects.filter(program=self.scene.program).first() or self.run()

    def fit(self, **columns: Any) -> ProgressFit:
        given: dict[str, Any] = {"scale": "gad7", "until_on": START.date(), "model": "level-1", **GAD7}
        given |= {"patients": 1, "twice": 0, "scores": 1, "how": "assumed", **SAID, **columns}
        return ProgressFit.objects.create(program=self.scene.program, **given)

    def the_fit(self) -> ProgressFit:
        return ProgressFit.objects.filter(program=self.scene.program).first() or self.fit()

    def postponed(self, **columns: Any) -> Postponed:
        given: dict[str, Any] = {"work": "risk", "failures": 1, "error": "ValueError", "next_try_at": START}
        return Postponed.objects.create(program=self.scene.program, **{**given, **columns})

    def estimate(self, **columns: Any) -> RiskEstimate:
        given: dict[str, Any] = {
            "week": 2,
            "week_ends_on": START.date(),
            "streak": 0,
            "at_risk": True,
            "chance": 0.2,
            "low": 0.1,
        }
        given |= {"high": 0.3, "place": 1, "orders_by": 0.2, "because": "as usual", **SAID, **columns}
        return RiskEstimate.objects.create(run=self.the_run(), patient=self.seat.patient, **given)

    def experiment(self, **columns: Any) -> Experiment:
        given: dict[str, Any] = {
            "name": "Two wordings",
            "estimand": "Who comes",
            "template": "a",
            "variant": "b",
            "within_days": 7,
        }
        given |= {"usual_share": 0.4, "smallest_difference": 0.1, "power": 0.8, "per_arm": 400}
        given |= {"starts_at": START, "ends_at": START + timedelta(days=90), **SAID, **columns}
        return Experiment.objects.create(program=self.scene.program, **given)

    def allotment(self, **columns: Any) -> ExperimentAllotment:
        given: dict[str, Any] = {"arm": "new", **SAID, **columns}
        experiment = given.pop("experiment", None) or self.experiment()
        return ExperimentAllotment.objects.create(experiment=experiment, patient=self.seat.patient, **given)

    def start(self, **columns: Any) -> ExperimentStart:
        return ExperimentStart.objects.create(
            experiment=columns.get("experiment") or self.experiment(), **SAID
        )

    def stop(self, **columns: Any) -> ExperimentStop:
        given: dict[str, Any] = {"words": "Enough", **SAID, **columns}
        return ExperimentStop.objects.create(
            experiment=given.pop("experiment", None) or self.experiment(), **given
        )

    def reading(self, **columns: Any) -> ExperimentReading:
        given: dict[str, Any] = {
            "usual_came": 1,
            "usual_known": 2,
            "new_came": 1,
            "new_known": 2,
            "unknown": 0,
        }
        given |= {"difference": 0.0, "low": -0.5, "high": 0.5, "because": "none shown", **SAID, **columns}
        experiment = given.pop("experiment", None) or self.experiment()
        return ExperimentReading.objects.create(experiment=experiment, **given)

    def all(self) -> None:
        """One in each table."""
        for make in ROWS.values():
            make(self)


ROWS: dict[str, Callable[[InsightsRows], object]] = {
    "insights_due": InsightsRows.the_due,
    "insights_ending": InsightsRows.ending,
    "insights_experiment": InsightsRows.experiment,
    "insights_experimentallotment": InsightsRows.allotment,
    "insights_experimentreading": InsightsRows.reading,
    "insights_experimentstart": InsightsRows.start,
    "insights_experimentstop": InsightsRows.stop,
    "insights_itemanswer": InsightsRows.answer,
    "insights_progressfit": InsightsRows.the_fit,
    "insights_reopening": InsightsRows.reopening,
    "insights_riskestimate": InsightsRows.estimate,
    "insights_riskrun": InsightsRows.the_run,
    "insights_schedule": InsightsRows.schedule,
    "insights_sheet": InsightsRows.the_sheet,
    "insights_watch": InsightsRows.watch,
}


def _twice(make: Callable[..., object], **columns: Any) -> object:
    make(**columns)
    return make(**columns)


WRONG: dict[str, Callable[[InsightsRows], object]] = {
    "a_comparison_has_two_wordings": lambda r: r.experiment(variant="a"),
    "a_comparison_is_of_somebody": lambda r: r.experiment(per_arm=0),
    "a_comparison_is_stopped_with_a_reason": lambda r: r.stop(words=""),
    "a_comparison_is_written_down_before_it_starts": lambda r: r.experiment(
        starts_at=START - timedelta(days=1)
    ),
    "a_comparison_says_what_it_asks": lambda r: r.experiment(estimand=""),
    "a_patient_is_allotted_once": lambda r: _twice(r.allotment, experiment=r.experiment()),
    "arm_is_known": lambda r: r.allotment(arm="both"),
    "a_difference_lies_in_its_interval": lambda r: r.reading(low=0.1),
    "an_estimate_lies_in_its_interval": lambda r: r.estimate(low=0.9),
    "an_outcome_is_known_within_four_weeks": lambda r: r.experiment(within_days=40),
    "estimated_once_a_night": lambda r: _twice(r.run),
    "insights_experiment_per_arm_check": lambda r: r.experiment(per_arm=-1),
    "insights_experiment_ref_key": lambda r: r.experiment(ref=r.experiment().ref),
    "insights_experiment_within_days_check": lambda r: r.experiment(within_days=-1),
    "insights_experimentreading_experiment_id_key": lambda r: _twice(r.reading, experiment=r.experiment()),
    "insights_experimentreading_new_came_check": lambda r: r.reading(new_came=-1),
    "insights_experimentreading_new_known_check": lambda r: r.reading(new_known=-1),
    "insights_experimentreading_unknown_check": lambda r: r.reading(unknown=-1),
    "insights_experimentreading_usual_came_check": lambda r: r.reading(usual_came=-1),
    "insights_experimentreading_usual_known_check": lambda r: r.reading(usual_known=-1),
    "insights_experimentstart_experiment_id_key": lambda r: _twice(r.start, experiment=r.experiment()),
    "insights_experimentstop_experiment_id_key": lambda r: _twice(r.stop, experiment=r.experiment()),
    "a_fit_says_how": lambda r: r.fit(how=""),
    "a_night_is_postponed_once": lambda r: _twice(r.postponed),
    "insights_postponed_failures_check": lambda r: r.postponed(failures=-1),
    "nightly_work_is_known": lambda r: r.postponed(work="dreams"),
    "insights_progressfit_patients_check": lambda r: r.fit(patients=-1),
    "insights_progressfit_scores_check": lambda r: r.fit(scores=-1),
    "insights_progressfit_twice_check": lambda r: r.fit(twice=-1),
    "progress_is_fitted_once_a_night": lambda r: _twice(r.fit),
    "who_is_fitted_on_has_a_score": lambda r: r.fit(patients=2),
    "insights_riskestimate_level_check": lambda r: r.estimate(level=-1),
    "insights_riskestimate_place_check": lambda r: r.estimate(place=-1),
    "insights_riskestimate_streak_check": lambda r: r.estimate(streak=-1),
    "insights_riskestimate_week_check": lambda r: r.estimate(week=-1),
    "insights_riskrun_events_check": lambda r: r.run(events=-1),
    "insights_riskrun_followed_check": lambda r: r.run(followed=-1),
    "insights_riskrun_patients_check": lambda r: r.run(patients=-1, ranked=-2),
    "insights_riskrun_ranked_check": lambda r: r.run(ranked=-1),
    "no_more_came_than_are_known": lambda r: r.reading(usual_came=3),
    "one_estimate_a_patient_a_night": lambda r: _twice(r.estimate),
    "what_became_of_estimates_is_known": lambda r: r.run(fits="perhaps"),
    "who_is_at_risk_is_ranked": lambda r: r.estimate(place=None),
    "who_is_ranked_is_there": lambda r: r.run(ranked=2),
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
STRICTER = {
    "insights_experiment_per_arm_check": "a_comparison_is_of_somebody",
    "insights_experiment_within_days_check": "an_outcome_is_known_within_four_weeks",
    "insights_watch_within_minutes_check": "a_watch_has_a_clock",
}
"""Stands behind a rule that refuses all that it would, and is asked first."""
