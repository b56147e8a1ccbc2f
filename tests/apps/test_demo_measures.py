"""The demonstration's measures: six weeks that the engine itself has followed, and who answers when the clock runs."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from rejoin.attendance.sweep import sweep_sessions
from rejoin.common import clock
from rejoin.demo import reacting
from rejoin.demo.answering import Answers, Estimated, OpenAgain, Raised, latest_due
from rejoin.demo.building import build_town
from rejoin.demo.checks import check_measures
from rejoin.demo.days import WEDNESDAY, wed
from rejoin.demo.homes import Home
from rejoin.demo.newcomer import NEWCOMERS_TOWN
from rejoin.demo.reacting import AnswersDue, Reactions
from rejoin.demo.scores import (
    ASKED,
    ASKS,
    CALLED,
    COURSES,
    LATER,
    NOT_ANSWERED,
    UNTOLD,
    answers_of,
    asked_of,
    score_of,
)
from rejoin.demo.stage import Stage
from rejoin.demo.staging import ADMITTED_AT
from rejoin.demo.story import NOBODY_CAN_TELL, OF_THE_WEEKS_BEFORE, whole_story
from rejoin.demo.town import TOWN, Town
from rejoin.demo.weeks_before import live_weeks_before
from rejoin.domain.measures import concerns, left, scores
from rejoin.domain.progress import Verdict
from rejoin.followup.models import Attempt, Case, Review
from rejoin.followup.patterns import sweep_patients
from rejoin.followup.sweep import sweep_cases, sweep_statuses
from rejoin.insights.actions import say_watch, schedule_measure
from rejoin.insights.models import Due, Ending, Reopening, Sheet
from rejoin.insights.parameters import sweep_parameters
from rejoin.insights.parameters_models import ProgressFit
from rejoin.insights.progress import progress_of
from rejoin.insights.risk import sweep_risk
from rejoin.insights.risk_models import RiskEstimate, RiskRun
from rejoin.insights.sweep import sweep_measures
from rejoin.insights.vocabulary import How
from rejoin.outreach.models import Message
from rejoin.people.models import Patient
from rejoin.programs.vocabulary import Role
from tests.apps.scene import START, Scene, minutes

MONDAY = date(2026, 10, 5)


def harbor_of(town: Town) -> Town:
    """The town with nobody but those who are asked."""
    groups = tuple(each for each in town.groups if each.program == ASKS)
    return replace(
        town,
        programs=(town.program(ASKS),),
        groups=groups,
        one_to_ones=tuple(each for each in town.one_to_ones if each.program == ASKS),
        around=(),
        spanish=town.spanish & {name for group in groups for name in group.patients},
        weekly=(),
    )


def stage() -> Stage:
    return Stage(began_at=wed("15:20"), sms_vendor="http://127.0.0.1:1")


def test_everybody_who_is_asked_has_a_course_and_nobodys_answer_asks_for_a_clinician() -> None:
    assert set(COURSES) == {name for group in TOWN.groups if group.program == ASKS for name in group.patients}
    for name in COURSES:
        for asked in ASKED:
            for week in range(9):
                day = asked.since + timedelta(weeks=week)
                answers = answers_of(name, asked, day)
                assert left(asked.measure, answers) == ()
                assert concerns(asked.measure, answers) == ()
                assert scores(asked.measure, answers)[0].points == score_of(name, asked, day)


def test_whatever_went_by_with_an_evening_is_answered_later_or_stays_a_gap() -> None:
    went_by = {(name, asked.key, day) for name, day in CALLED for asked in ASKED if asked.is_due(day)}
    assert went_by <= LATER.keys() | NOT_ANSWERED
    assert LATER.keys() <= went_by
    for name, day in CALLED:
        if name == UNTOLD:
            continue
        near = [other for who, other in CALLED if who == name and abs((other - day).days) <= 14]
        assert near == [day], "two within 14 days would be a pattern, and no review is looked for"


@pytest.mark.django_db
def test_the_weeks_before_are_the_engines_own_work(tmp_path: Path) -> None:
    town = harbor_of(NEWCOMERS_TOWN)
    clock.simulate(shown_at=ADMITTED_AT, rate=0)
    build_town(town, tmp_path, push_service="", at=ADMITTED_AT)
    live_weeks_before(town, at=ADMITTED_AT)
    assert clock.now() == ADMITTED_AT

    # What is not known has its reason, and what was missed was opened again first.
    assert dict(Counter(Ending.objects.exclude(how="answered").values_list("how", flat=True))) == {
        "missed_session": 7,
        "not_answered": 1,
        "declined": 1,
    }
    assert Reopening.objects.count() == 11
    assert Reopening.objects.filter(due__sheet__isnull=False).count() == len(LATER)
    assert not Sheet.objects.filter(is_concern=True).exists()
    still_open = Due.objects.filter(open=True)
    assert {each.due_on for each in still_open} == {MONDAY}
    assert {each.patient.name for each in still_open} == {UNTOLD, "Emil", "Hugo"}

    # Everybody who missed an evening was called for, and came back.
    assert set(Case.objects.values_list("state", "final_outcome")) == {("closed", "back")}
    assert Case.objects.count() == len(CALLED)
    assert Attempt.objects.count() == sum(map(len, CALLED.values()))
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}, "nothing is left to be sent"

    # The night after them.
    now = wed("15:20")
    clock.simulate(shown_at=now, rate=0)
    for sweep in (sweep_sessions, sweep_statuses, sweep_cases, sweep_measures, sweep_patients):
        while sweep(now=now):
            pass
    assert sweep_parameters(now=now) == sweep_risk(now=now) == 1
    assert ProgressFit.objects.exclude(parameters=None).count() == len(ASKED)
    run = RiskRun.objects.get()
    assert run.ranked == len(COURSES)
    first = RiskEstimate.objects.filter(place=1).values_list("patient__name", flat=True)
    assert list(first) == [UNTOLD], "a whole week without her is what estimates go by"
    assert not run.calibrated, "fewer than fifty patients: ranks alone"
    assert Estimated(ASKS).is_ready(stage())
    open_reviews = Review.objects.open().exclude(patient__name="Emil")
    assert list(open_reviews.values_list("patient__name", "trigger")) == [NOBODY_CAN_TELL]
    assert Review.objects.filter(patient__name=UNTOLD).count() == len(OF_THE_WEEKS_BEFORE)
    assert Raised(*NOBODY_CAN_TELL).is_ready(stage())
    told = {
        name: next(
            each.verdict
            for each in progress_of(Patient.objects.get(name=name), WEDNESDAY)
            if each.instrument.key == "phq9"
        )
        for name in ("Anna", "Joel", "Faye", UNTOLD)
    }
    assert told == {
        "Anna": Verdict.IMPROVED,
        "Joel": Verdict.UNCHANGED,
        "Faye": Verdict.WORSENED,
        UNTOLD: Verdict.CANNOT_TELL,
    }
    held = [
        each
        for each in check_measures(whole_story(a_home(tmp_path)))
        if "weeks before" in each.said or "curves" in each.said
    ]
    assert [each.holds for each in held] == [True, True]


def a_home(folder: Path) -> Home:
    return Home(folder=folder, port=1, room_secret="a secret for the demo's rooms")


def asking_scene() -> tuple[Scene, list[Patient]]:
    """Those of Blue, with a GAD-7 that comes due at six; the last two are not there."""
    scene = Scene()
    names = TOWN.groups[0].patients
    patients = [scene.admit(name, phone=f"+15550{number:03d}") for number, name in enumerate(names)]
    by, at = scene.as_ben(), START - timedelta(days=1)
    days = range(1, 8)
    say_watch(
        program=scene.program, role=Role.CLINICIAN, days=days, opens=time(8), closes=time(22), by=by, at=at
    )
    schedule_measure(program=scene.program, instrument=asked_of("gad7").measure, every_days=14, by=by, at=at)
    session = scene.session(*patients)
    scene.watched(session, *((each, START, None) for each in patients[:-2]))
    run(scene, START + minutes(6))
    return scene, patients


def run(scene: Scene, at: datetime) -> None:
    scene.run(at)
    while sweep_measures(now=at):
        pass


@pytest.mark.django_db
def test_most_answer_in_their_session_and_some_after_one_they_missed_each_measure_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reacting, "ANSWERS_LATER", 1.0)
    scene, patients = asking_scene()
    reactions = Reactions(since=START)
    beats = [beat for beat in reactions.new() if isinstance(beat.deed, AnswersDue)]
    assert 5 <= len(beats) <= len(patients)
    assert {beat.deed.again for beat in beats if isinstance(beat.deed, AnswersDue)} == {False, True}
    assert reactions.new() == []
    missed = {each.due_id for each in Reopening.objects.all()}
    assert len(missed) == 2
    for beat in sorted(beats, key=lambda beat: beat.at):
        assert isinstance(beat.deed, AnswersDue)
        assert beat.deed.again == (beat.deed.due in missed)
        run(scene, beat.at)
        assert beat.deed.is_ready(stage())
        beat.deed.do(stage(), beat.at)
        assert not beat.deed.is_ready(stage())
    assert Sheet.objects.filter(how="portal").count() == len(beats)
    assert UNTOLD not in Sheet.objects.values_list("patient__name", flat=True)


@pytest.mark.django_db
def test_whom_nobody_here_knows_anything_of_is_left_to_whoever_watches() -> None:
    scene, patients = asking_scene()
    Patient.objects.filter(pk__in=[each.pk for each in patients]).update(name="somebody else")
    assert not [beat for beat in Reactions(since=START).new() if isinstance(beat.deed, AnswersDue)]
    assert scene.program.slug == "evening"


@pytest.mark.django_db
def test_a_deed_answers_what_is_open_of_each_on_her_page_or_with_somebody() -> None:
    scene, patients = asking_scene()
    away = tuple(each.name for each in patients[-2:])
    assert OpenAgain(away, "gad7").is_ready(stage())
    assert not OpenAgain(("Anna",), "gad7").is_ready(stage())
    deed = Answers(("Anna", "Bela"), "gad7")
    assert deed.is_ready(stage())
    deed.do(stage(), START + minutes(6))
    assert not deed.is_ready(stage())
    assert not Answers(("Anna",), "phq9").is_ready(stage())
    with_ben = Answers(away, "gad7", by=scene.ben.name, how=How.PHONE)
    assert with_ben.is_ready(stage())
    with_ben.do(stage(), START + minutes(30))
    assert Sheet.objects.filter(how="phone", by=str(scene.as_ben())).count() == 2
    assert latest_due("Carl", "gad7") is not None
    with pytest.raises(LookupError):
        deed.do(stage(), START + minutes(31))
