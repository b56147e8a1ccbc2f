"""Measures as they come due, are answered, or become a gap; and what an answer about self-harm brings."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from rejoin.attendance.actions import record_mark
from rejoin.attendance.models import SeatStatus
from rejoin.common.actors import ENGINE, Actor, patient_actor
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Refusal
from rejoin.domain.measures import Instrument, instrument_called
from rejoin.followup.actions import close_case, record_attempt, record_disposition
from rejoin.followup.boards.overdue import overdue_rows
from rejoin.followup.measures import Unheard, raise_concerns, sweep_concerns, take_measure
from rejoin.followup.models import Case, Step
from rejoin.followup.raising import raise_steps
from rejoin.followup.vocabulary import AttemptOutcome, FinalOutcome, Origin, SafetyResult
from rejoin.insights.actions import (
    answer_measure,
    ask_now,
    decline_measure,
    say_watch,
    schedule_measure,
    withdraw_measure,
)
from rejoin.insights.models import Due, Ending, ItemAnswer, Sheet
from rejoin.insights.reading import Gap, lines_of, series_of
from rejoin.insights.sweep import sweep_measures
from rejoin.insights.vocabulary import Ending as Ended
from rejoin.insights.vocabulary import How
from rejoin.insights.watching import watching_of
from rejoin.outreach.models import Reply
from rejoin.outreach.vocabulary import READ_WITHIN
from rejoin.people.models import Patient
from rejoin.programs.actions import cancel_session
from rejoin.programs.models import Seat, StaffRole
from rejoin.programs.vocabulary import Role
from tests.apps.scene import LETTERS, START, Scene, minutes, publish

pytestmark = pytest.mark.django_db
PHQ9 = instrument_called("phq9", "9")
GAD7 = instrument_called("gad7", "7")
CSSRS = instrument_called("cssrs", "screener-recent")
BEFORE = START - timedelta(days=1)
IN_SESSION = START + minutes(30)
ENDS = START + minutes(195)
CALM = {str(each): 1 for each in range(1, 8)}
SAD = {**{str(each): 1 for each in range(1, 9)}, "9": 0}
AFRAID = {**SAD, "9": 1}


@pytest.fixture
def scene() -> Scene:
    return Scene()


def asks(scene: Scene, *instruments: Instrument, every_days: int = 7) -> None:
    for each in instruments:
        schedule_measure(
            program=scene.program, instrument=each, every_days=every_days, by=scene.as_ben(), at=BEFORE
        )


def watched(scene: Scene, *, role: Role = Role.CLINICIAN, opens: int = 8, closes: int = 22) -> None:
    say_watch(
        program=scene.program,
        role=role,
        days=range(1, 8),
        opens=time(opens),
        closes=time(closes),
        within_minutes=30,
        by=scene.as_ben(),
        at=BEFORE,
    )


def due_in(scene: Scene, patient: Patient, instrument: Instrument, *, at: datetime = IN_SESSION) -> Due:
    asks(scene, instrument)
    scene.session(patient)
    sweep_measures(now=at)
    return Due.objects.get(patient=patient)


def ended(due: Due) -> str:
    return Ending.objects.get(due=due).how


def answer(due: Due, answers: dict[str, int], *, by: Actor | None = None, at: datetime = IN_SESSION) -> Sheet:
    who = by or patient_actor(due.patient_id)
    how = How.PHONE if by else How.PORTAL
    return take_measure(due=due, answers=answers, language="en", how=how, by=who, at=at)


def test_a_measure_comes_due_with_the_first_session_of_each_stretch(scene: Scene) -> None:
    ada = scene.admit("ada")
    asks(scene, PHQ9, every_days=14)
    for day in (0, 2, 7, 14, 15):
        scene.session(ada, starts_at=START + timedelta(days=day))
        while sweep_measures(now=START + timedelta(days=day)):
            pass
    assert [each.due_on for each in Due.objects.order_by("due_on")] == [
        date(2026, 10, 7),
        date(2026, 10, 21),
    ]


def test_nothing_comes_due_where_nothing_is_asked_any_more(scene: Scene) -> None:
    ada = scene.admit("ada")
    asks(scene, PHQ9)
    asks(scene, PHQ9, every_days=0)
    scene.session(ada)
    assert sweep_measures(now=IN_SESSION) == 0


def test_asked_again_nothing_is_left_to_do(scene: Scene) -> None:
    due_in(scene, scene.admit("ada"), GAD7)
    assert sweep_measures(now=IN_SESSION) == 0


def test_answers_are_kept_once_item_by_item(scene: Scene) -> None:
    due = due_in(scene, scene.admit("ada"), GAD7)
    sheet = answer(due, CALM)
    assert dict(ItemAnswer.objects.filter(sheet=sheet).values_list("item", "value")) == CALM
    assert (sheet.instrument, sheet.version, sheet.language) == ("gad7", "7", "en")
    assert ended(due) == Ended.ANSWERED
    assert not Case.objects.exists()
    with pytest.raises(Refusal, match="already"):
        answer(due, CALM)


def test_a_question_that_is_left_is_told_and_nothing_is_kept(scene: Scene) -> None:
    due = due_in(scene, scene.admit("ada"), GAD7)
    with pytest.raises(Refusal, match="question left"):
        answer(due, {"1": 0})
    assert not Sheet.objects.exists()


def test_a_missed_session_opens_it_again_for_72_hours(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, GAD7)
    scene.watched(due.seat.session)
    scene.run(ENDS)
    sweep_measures(now=ENDS + minutes(60))
    until = ENDS + minutes(60) + timedelta(hours=72)
    (line,) = lines_of(ada)
    assert (line.open_again, line.until_at, line.is_open(until - minutes(1))) == (True, until, True)
    sweep_measures(now=until - minutes(1))
    answer(due, CALM, at=until - minutes(1))
    assert sweep_measures(now=until) == 0
    (measured,) = series_of(ada, "gad7", "7").measured
    assert [each.points for each in measured.scores] == [7]


def test_what_is_not_answered_in_time_is_a_gap_because_the_session_was_missed(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, GAD7)
    scene.watched(due.seat.session)
    scene.run(ENDS)
    sweep_measures(now=ENDS)
    late = ENDS + timedelta(hours=72)
    assert sweep_measures(now=late) == 1
    assert ended(due) == Ended.MISSED_SESSION
    assert sweep_measures(now=late) == 0
    with pytest.raises(Refusal, match="already"):
        answer(due, CALM, at=late)
    found = series_of(ada, "gad7", "7")
    assert found.measured == ()
    assert found.gaps == (
        Gap(from_on=date(2026, 10, 1), until_on=date(2026, 10, 7), why=Ended.MISSED_SESSION),
    )
    assert found.missed_on == (date(2026, 10, 7),)


def test_between_two_passes_nothing_is_taken_after_its_time(scene: Scene) -> None:
    due = due_in(scene, scene.admit("ada"), GAD7)
    with pytest.raises(Refusal, match="over"):
        answer(due, CALM, at=ENDS + timedelta(hours=72, minutes=1))


def test_who_came_and_did_not_answer_leaves_a_gap_of_another_reason(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, GAD7)
    scene.watched(due.seat.session, (ada, START, ENDS))
    scene.run(ENDS + minutes(30))
    sweep_measures(now=ENDS + timedelta(hours=72))
    assert ended(due) == Ended.NOT_ANSWERED


def test_where_nobody_knows_whether_she_came_the_gap_says_so(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, GAD7)
    scene.run(ENDS + minutes(30))  # nothing was watching the room, and nobody marked her
    assert SeatStatus.objects.get(seat=due.seat_id).status == "unrecorded"
    sweep_measures(now=ENDS + timedelta(hours=72))
    assert ended(due) == Ended.NOT_KNOWN


def test_who_was_excused_has_not_come_and_not_answered(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, GAD7)
    record_mark(seat=due.seat, status=Status.EXCUSED, reason="illness", by=scene.as_ben(), at=ENDS)
    scene.watched(due.seat.session)
    scene.run(ENDS + minutes(30))
    assert SeatStatus.objects.get(seat=due.seat_id).status == "excused"
    sweep_measures(now=ENDS + timedelta(hours=72))
    assert ended(due) == Ended.NOT_HELD


def test_what_was_given_in_time_on_paper_is_written_down_within_the_week_and_the_gap_stays_told(
    scene: Scene,
) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, GAD7)
    sweep_measures(now=ENDS + timedelta(hours=72))
    late = ENDS + timedelta(hours=96)
    typed: dict[str, Any] = {"due": due, "answers": CALM, "language": "en", "at": late}
    with pytest.raises(Refusal, match="already"):
        take_measure(**typed, how=How.PORTAL, answered_at=IN_SESSION, by=patient_actor(ada.pk))
    with pytest.raises(Refusal, match="already"):
        take_measure(**typed, how=How.PHONE, by=scene.as_ben())
    take_measure(**typed, how=How.SESSION, answered_at=IN_SESSION, by=scene.as_ben())
    (line,) = lines_of(ada)
    assert (line.ending, line.was_gap) == (Ended.ANSWERED, Ended.NOT_KNOWN)
    found = series_of(ada, "gad7", "7")
    assert ([each.on for each in found.measured], found.gaps) == ([date(2026, 10, 7)], ())
    with pytest.raises(Refusal, match="already"):
        take_measure(**typed, how=How.SESSION, answered_at=IN_SESSION, by=scene.as_ben())
    assert sweep_measures(now=late) == 0


def test_what_she_declined_or_the_staff_took_back_is_not_written_down_after_all(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, GAD7)
    decline_measure(due=due, by=patient_actor(ada.pk), at=IN_SESSION)
    with pytest.raises(Refusal, match="already"):
        answer(due, CALM, by=scene.as_ben())


def test_a_session_that_is_called_off_leaves_no_missed_measure(scene: Scene) -> None:
    due = due_in(scene, scene.admit("ada"), GAD7)
    Seat.objects.filter(pk=due.seat_id).update(
        released_at=IN_SESSION, released_by="staff:1", release_reason="requested", occupies=False
    )
    sweep_measures(now=IN_SESSION)
    assert ended(due) == Ended.NOT_HELD


def test_a_session_that_is_called_off_takes_no_measure_of_the_next_one_with_it(scene: Scene) -> None:
    ada = scene.admit("ada")
    asks(scene, GAD7, every_days=14)
    first = scene.session(ada)
    scene.session(ada, starts_at=START + timedelta(days=2))
    scene.session(ada, starts_at=START + timedelta(days=5))
    sweep_measures(now=START + minutes(1))
    cancel_session(session=first, by=scene.as_ben(), at=START + minutes(3))
    for at in (
        START + minutes(5),
        START + timedelta(days=2, minutes=5),
        START + timedelta(days=5, minutes=5),
    ):
        while sweep_measures(now=at):
            pass
    assert [(each.due_on, hasattr(each, "ending")) for each in Due.objects.order_by("due_on")] == [
        (date(2026, 10, 7), True),
        (date(2026, 10, 9), False),
    ]


def test_a_measure_that_nobody_could_ask_is_not_put_on_her(scene: Scene) -> None:
    due = due_in(scene, scene.admit("ada"), PHQ9)
    scene.watched(due.seat.session)
    scene.run(ENDS)
    sweep_measures(now=ENDS)
    sweep_measures(now=ENDS + timedelta(hours=72))
    assert ended(due) == Ended.NOT_OFFERED


def test_she_may_rather_not_and_the_staff_may_take_it_back_with_a_reason(scene: Scene) -> None:
    ada, eve = scene.admit("ada"), scene.admit("eve", phone="+15550101")
    asks(scene, GAD7)
    scene.session(ada, eve)
    sweep_measures(now=IN_SESSION)
    hers, other = Due.objects.get(patient=ada), Due.objects.get(patient=eve)
    decline_measure(due=hers, by=patient_actor(ada.pk), at=IN_SESSION)
    assert ended(hers) == Ended.DECLINED
    with pytest.raises(Refusal, match="sentence"):
        withdraw_measure(due=other, words=" ", by=scene.as_ben(), at=IN_SESSION)
    withdraw_measure(due=other, words="Asked elsewhere this week", by=scene.as_ben(), at=IN_SESSION)
    assert ended(other) == Ended.WITHDRAWN
    with pytest.raises(Refusal, match="no such"):
        decline_measure(due=other, by=patient_actor(ada.pk), at=IN_SESSION)
    with pytest.raises(Refusal, match="person"):
        decline_measure(due=other, by=ENGINE, at=IN_SESSION)


def test_staff_ask_beside_the_schedule_and_say_how(scene: Scene) -> None:
    ada = scene.admit("ada")
    seat = scene.session(ada).seats.get()
    due = ask_now(seat=seat, instrument=CSSRS, by=scene.as_ben(), at=IN_SESSION)
    with pytest.raises(Refusal, match="Somebody of the staff"):
        answer(due, {"1": 0, "2": 0, "6": 0})
    with pytest.raises(Refusal, match="with her"):
        take_measure(due=due, answers={}, language="en", how=How.PORTAL, by=scene.as_ben(), at=IN_SESSION)
    with pytest.raises(Refusal, match="within a week"):
        take_measure(
            due=due,
            answers={"1": 0, "2": 0, "6": 0},
            language="en",
            how=How.PHONE,
            answered_at=IN_SESSION + minutes(1),
            by=scene.as_ben(),
            at=IN_SESSION,
        )
    assert answer(due, {"1": 0, "2": 0, "6": 0}, by=scene.as_ben()).how == How.PHONE
    with pytest.raises(Refusal, match="has begun"):
        ask_now(seat=seat, instrument=GAD7, by=scene.as_ben(), at=BEFORE)


def test_another_version_is_another_series(scene: Scene) -> None:
    ada = scene.admit("ada")
    seat = scene.session(ada).seats.get()
    iop = instrument_called("bam", "iop-7")
    due = ask_now(seat=seat, instrument=iop, by=scene.as_ben(), at=IN_SESSION)
    answer(due, {str(each): 1 for each in range(1, 18)}, by=scene.as_ben())
    assert len(series_of(ada, "bam", "iop-7").measured) == 1
    assert series_of(ada, "bam", "categorical-30").measured == ()
    with pytest.raises(Refusal, match="no such measure"):
        series_of(ada, "bam", "continuous")


def test_an_answer_about_self_harm_elevates_the_case_with_an_owner_and_a_clock(scene: Scene) -> None:
    ada = scene.admit("ada")
    watched(scene)
    due = due_in(scene, ada, PHQ9)
    scene.watched(due.seat.session)
    scene.run(ENDS)
    assert not scene.case(ada).elevated
    answer(due, AFRAID, at=ENDS)
    case = scene.case(ada)
    step = Step.objects.get(case=case, origin=Origin.CONCERN)
    assert (case.elevated, case.owner_id) == (True, scene.ben.pk)
    assert (step.actor, step.owner_id, step.deadline) == ("clinician", scene.ben.pk, ENDS + minutes(30))
    scene.run(ENDS + minutes(31))
    assert Step.objects.filter(case=case, rule=f"escalation:{step.rule}", actor="supervisor").exists()


def test_it_does_so_where_she_came_too_and_no_fact_ends_it_before_a_finding(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, PHQ9)
    answer(due, AFRAID, by=scene.as_ben())
    case = scene.case(ada)
    assert (case.elevated, case.seat_id) == (True, due.seat_id)
    scene.watched(due.seat.session, (ada, START, ENDS))
    scene.run(ENDS + minutes(30))
    case.refresh_from_db()
    assert case.state == "stopped"
    step = Step.objects.get(case=case, origin=Origin.CONCERN)
    who: dict[str, Any] = {"by": scene.as_ben(), "at": ENDS + minutes(40)}
    with pytest.raises(Refusal, match="finding"):
        record_attempt(case=case, step=step, outcome=AttemptOutcome.CONTACT, channel="phone", **who)
    with pytest.raises(Refusal, match="clinician has to say"):
        close_case(case=case, outcome=FinalOutcome.OTHER, **who)
    step.refresh_from_db()
    assert step.state == "due"
    record_disposition(case=case, clinician=scene.ben, result=SafetyResult.SAFE, **who)
    step.refresh_from_db()
    assert step.state == "done"
    scene.run(ENDS + minutes(41))
    case.refresh_from_db()
    assert case.state == "closed"


def late_rules(scene: Scene) -> list[str]:
    raised = Step.objects.filter(actor="supervisor", rule__startswith="escalation:concern:", ended_at=None)
    return list(raised.values_list("rule", flat=True))


def test_where_no_outcome_is_known_yet_its_clock_runs_all_the_same(scene: Scene) -> None:
    ada = scene.admit("ada")
    watched(scene)
    due = due_in(scene, ada, PHQ9)
    answer(due, AFRAID, by=scene.as_ben())
    case = scene.case(ada)
    rule = Step.objects.get(case=case, origin=Origin.CONCERN).rule
    late = IN_SESSION + minutes(31)
    assert not SeatStatus.objects.exists()
    assert overdue_rows([scene.program.pk], now=late).counts["disposition"] == 1
    assert sweep_concerns(now=IN_SESSION + minutes(29)) == 0
    assert sweep_concerns(now=late) == 1
    assert sweep_concerns(now=late) == 0
    assert late_rules(scene) == [f"escalation:{rule}"]
    record_disposition(case=case, clinician=scene.ben, result=SafetyResult.SAFE, by=scene.as_ben(), at=late)
    assert late_rules(scene) == []
    assert sweep_concerns(now=late) == 0


def test_what_she_says_after_a_finding_is_overdue_as_well(scene: Scene) -> None:
    ada = scene.admit("ada")
    watched(scene)
    due = due_in(scene, ada, PHQ9)
    answer(due, AFRAID)
    case = scene.case(ada)
    record_disposition(
        case=case, clinician=scene.ben, result=SafetyResult.SAFE, by=scene.as_ben(), at=IN_SESSION
    )
    answer(due, AFRAID, at=IN_SESSION + minutes(10))  # the same words, and they are new
    (step,) = Step.objects.filter(origin=Origin.CONCERN, ended_at=None)
    late = overdue_rows([scene.program.pk], now=IN_SESSION + minutes(41))
    assert [each.step_id for each in late.rows if each.kind == "step"] == [step.pk]
    assert sweep_concerns(now=IN_SESSION + minutes(41)) == 1
    assert late_rules(scene) == [f"escalation:{step.rule}"]


def test_a_case_that_a_person_ended_is_opened_again(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, PHQ9)
    scene.watched(due.seat.session)
    scene.run(ENDS)
    close_case(case=scene.case(ada), outcome=FinalOutcome.MADE_UP, by=scene.as_ben(), at=ENDS)
    answer(due, AFRAID, at=ENDS + minutes(5))
    scene.run(ENDS + minutes(6))
    case = scene.case(ada)
    assert (case.state, case.elevated) == ("open", True)


def test_such_an_answer_is_taken_whatever_else_is_left(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, PHQ9)
    answer(due, {"9": 3})
    (measured,) = series_of(ada, "phq9", "9").measured
    assert measured.scores[0].points is None
    (line,) = lines_of(ada)
    assert [each.id for each in line.concerns] == ["9"]
    assert scene.case(ada).elevated


def test_where_the_case_cannot_be_raised_no_answer_is_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = due_in(scene, scene.admit("ada"), PHQ9)
    monkeypatch.setattr("rejoin.followup.measures.raise_steps", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        answer(due, AFRAID)
    assert not Sheet.objects.exists()
    assert not Case.objects.exists()


def test_what_is_on_nobodys_list_is_found_and_raised_once(scene: Scene) -> None:
    ada = scene.admit("ada")
    due = due_in(scene, ada, PHQ9)
    sheet = answer_measure(
        due=due, answers=AFRAID, language="en", how=How.PORTAL, by=patient_actor(ada.pk), at=IN_SESSION
    )
    assert not Case.objects.exists()
    assert sweep_concerns(now=IN_SESSION) == 1
    assert sweep_concerns(now=IN_SESSION) == 0
    raise_concerns([sheet.pk], by=ENGINE, at=IN_SESSION)
    assert Step.objects.filter(origin=Origin.CONCERN).count() == 1
    assert scene.case(ada).elevated


@pytest.fixture
def lawless(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A program that has no policy yet."""
    monkeypatch.setattr("tests.apps.scene.publish", lambda *_, **__: None)
    return Scene()


def test_where_there_is_no_policy_what_may_ask_for_somebody_is_not_asked(lawless: Scene) -> None:
    seat = lawless.session(lawless.admit("ada")).seats.get()
    for each in (PHQ9, CSSRS):
        with pytest.raises(Refusal, match="policy first"):
            asks(lawless, each)
        with pytest.raises(Refusal, match="policy first"):
            ask_now(seat=seat, instrument=each, by=lawless.as_ben(), at=IN_SESSION)
    asks(lawless, PHQ9, every_days=0)
    asks(lawless, GAD7)
    assert ask_now(seat=seat, instrument=GAD7, by=lawless.as_ben(), at=IN_SESSION).instrument == "gad7"


def due_without_policy(scene: Scene, patient: Patient) -> Due:
    seat = scene.session(patient).seats.get()
    return Due.objects.create(
        patient=patient,
        program=scene.program,
        seat=seat,
        instrument="phq9",
        version="9",
        due_on=START.date(),
        recall_days=14,
        until_at=ENDS,
        at=START,
        by=str(ENGINE),
    )


def test_an_answer_without_any_case_is_kept_and_read_by_a_person_and_no_other_waits_for_it(
    transactional_db: None, lawless: Scene
) -> None:
    ada = lawless.admit("ada")
    due = due_without_policy(lawless, ada)
    with seen_by_staff(lawless.ben.pk):
        sheet = answer(due, AFRAID, by=lawless.as_ben())
    assert sheet.is_concern
    assert not Case.objects.exists()
    for _ in range(2):
        with pytest.raises(Unheard):
            sweep_concerns(now=IN_SESSION)
    reply = Reply.objects.get()
    assert "asks for a clinician now" in reply.text
    assert reply.programs == [lawless.program.pk]
    late = overdue_rows([lawless.program.pk], now=IN_SESSION + READ_WITHIN + minutes(1))
    assert late.counts["words"] == 1  # the supervisor has it when it is late
    publish(lawless.program, LETTERS["a"].read_text())
    assert sweep_concerns(now=IN_SESSION) == 1
    assert lawless.case(ada).elevated


def test_without_any_case_what_staff_write_down_again_is_refused_in_words_and_what_she_says_is_read(
    lawless: Scene,
) -> None:
    ada = lawless.admit("ada")
    due = due_without_policy(lawless, ada)
    answer(due, SAD)
    with pytest.raises(Refusal, match="call her, and tell the supervisor"):
        answer(due, AFRAID, by=lawless.as_ben())
    answer(due, AFRAID)
    assert any("Several days" in text for text in Reply.objects.values_list("text", flat=True))


def test_one_answer_that_cannot_be_raised_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    ada, eve = scene.admit("ada"), scene.admit("eve", phone="+15550101")
    asks(scene, PHQ9)
    scene.session(ada, eve)
    sweep_measures(now=IN_SESSION)
    for each in Due.objects.order_by("pk"):
        given: dict[str, Any] = {
            "due": each,
            "answers": AFRAID,
            "language": "en",
            "how": How.PORTAL,
            "at": IN_SESSION,
        }
        answer_measure(by=patient_actor(each.patient_id), **given)

    def broken(asked: Any, *, at: datetime) -> None:
        if any(each.of.patient_id == ada.pk for each in asked):
            raise ZeroDivisionError
        raise_steps(asked, at=at)

    monkeypatch.setattr("rejoin.followup.measures.raise_steps", broken)
    with pytest.raises(Unheard):
        sweep_concerns(now=IN_SESSION)
    assert list(Step.objects.filter(origin=Origin.CONCERN).values_list("patient", flat=True)) == [eve.pk]


def test_somebody_is_on_duty_only_in_her_hours_and_while_she_holds_the_role(scene: Scene) -> None:
    assert not watching_of(scene.program, START).is_set
    watched(scene, opens=8, closes=18)
    assert watching_of(scene.program, START - minutes(1)).on_duty
    assert not watching_of(scene.program, START).on_duty
    watched(scene, role=Role.OUTREACH_WORKER)
    assert not watching_of(scene.program, START).on_duty
    watched(scene)
    assert watching_of(scene.program, START).on_duty
    StaffRole.objects.filter(role=Role.CLINICIAN).update(ended_at=START, ended_by="staff:1")
    assert not watching_of(scene.program, START).on_duty
    say_watch(program=scene.program, role=None, by=scene.as_ben(), at=START)
    assert not watching_of(scene.program, START + minutes(1)).is_set


def test_a_watch_without_hours_and_a_measure_every_two_years_are_refused(scene: Scene) -> None:
    with pytest.raises(Refusal, match="which days"):
        say_watch(program=scene.program, role=Role.CLINICIAN, by=scene.as_ben(), at=START)
    with pytest.raises(Refusal, match="a year at most"):
        asks(scene, PHQ9, every_days=700)


def test_ben_takes_such_an_answer_behind_his_own_door_and_ada_sees_hers_alone(
    transactional_db: None,
) -> None:
    scene = Scene()
    ada, eve = scene.admit("ada"), scene.admit("eve", phone="+15550101")
    asks(scene, PHQ9)
    scene.session(ada, eve)
    sweep_measures(now=IN_SESSION)
    with seen_by_staff(scene.ben.pk):
        answer(Due.objects.get(patient=ada), AFRAID, by=scene.as_ben())
    assert scene.case(ada).elevated
    with seen_by_patient(eve.pk):
        assert set(Due.objects.values_list("patient", flat=True)) == {eve.pk}
        assert not Sheet.objects.exists()
