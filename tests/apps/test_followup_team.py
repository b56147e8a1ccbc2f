"""What the team says to each other, decides and hands on; and what whoever acts on an older page is told."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rejoin.common.actors import ENGINE, Actor, patient_actor, staff_actor
from rejoin.common.rows import execute
from rejoin.domain.kernel import Refusal
from rejoin.followup.access import (
    case_for,
    hand_off_for,
    note_for,
    reply_for,
    review_for,
    step_for,
    task_for,
)
from rejoin.followup.actions import (
    acknowledge,
    add_task,
    close_case,
    decide_review,
    finish_task,
    give_case,
    give_task,
    hand_off,
    read_hand_off,
    record_attempt,
    record_promise,
    say,
    see_to_step,
)
from rejoin.followup.huddle import (
    HuddleKind,
    huddle,
    not_reached,
    overdue_contacts,
    promised_today,
    reviews_due,
    windows_ending,
)
from rejoin.followup.models import (
    Attempt,
    Case,
    CaseEvent,
    CaseNote,
    HandOff,
    Review,
    ReviewEvent,
    Step,
    Task,
)
from rejoin.followup.staleness import Stale, changes_since, version_of
from rejoin.followup.vocabulary import AttemptOutcome, Decision, FinalOutcome, Origin, TaskTurn
from rejoin.outreach.models import Reply, VendorDelivery
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import CareTeamMember
from rejoin.programs.vocabulary import Role
from tests.apps.scene import START, Scene, minutes
from tests.apps.test_console_team import a_reply

pytestmark = pytest.mark.django_db
AN_HOUR_ON = START + minutes(62)
DAY = timedelta(days=1)


def miss(scene: Scene, name: str = "ada") -> Case:
    ada = scene.admit(name)
    scene.watched(scene.session(ada))
    scene.run(START + minutes(61))
    return scene.case(ada)


def by(staff: Staff) -> Actor:
    return staff_actor(staff.pk)


def review_of(scene: Scene, patient: Patient, **columns: Any) -> Review:
    given = {
        "patient": patient,
        "program": scene.program,
        "policy": scene.policy,
        "trigger": "three-in-thirty",
        "fired_at": START,
        "sessions": [1],
        "then": "team_review",
        "decided_by_role": "team",
        "due_at": START + DAY,
        "at": START,
        "by": str(ENGINE),
        **columns,
    }
    return Review.objects.create(**given)


# The thread of a miss


def test_whoever_is_asked_acknowledges_and_nobody_elses_reading_is_hers() -> None:
    scene = Scene()
    case, cleo, sue = miss(scene), scene.coordinator, scene.supervisor
    note = say(case=case, words="  Her line is bad ", asks=cleo, by=scene.as_ben(), at=AN_HOUR_ON)
    assert note.words == "Her line is bad"
    assert list(CaseNote.objects.waiting_for(cleo)) == [note]
    acknowledge(note=note, by=by(sue), at=AN_HOUR_ON + minutes(1))
    assert list(CaseNote.objects.waiting_for(cleo)) == [note]
    assert list(CaseNote.objects.overdue(AN_HOUR_ON + DAY)) == []
    assert list(CaseNote.objects.overdue(AN_HOUR_ON + DAY + minutes(1))) == [note]
    acknowledge(note=note, by=by(cleo), at=AN_HOUR_ON + minutes(2))
    assert not CaseNote.objects.waiting_for(cleo).exists()
    assert not CaseNote.objects.overdue(AN_HOUR_ON + 9 * DAY).exists()
    assert set(note.seen.values_list("staff_id", flat=True)) == {cleo.pk, sue.pk}


@pytest.mark.parametrize("who", ["herself", "outsider"])
def test_nobody_is_asked_who_cannot_answer(who: str) -> None:
    scene, other = Scene(), Scene(slug="morning")
    asks = scene.ben if who == "herself" else other.ben
    with pytest.raises(Refusal) as refused:
        say(case=miss(scene), words="Please call", asks=asks, by=scene.as_ben(), at=AN_HOUR_ON)
    assert refused.value.code in ("note.asks_herself", "note.asks")


@pytest.mark.parametrize(("words", "code"), [(" \n", "words.none"), ("x" * 4001, "words.long")])
def test_words_are_kept_whole_or_not_at_all(words: str, code: str) -> None:
    scene = Scene()
    with pytest.raises(Refusal) as refused:
        say(case=miss(scene), words=words, by=scene.as_ben(), at=AN_HOUR_ON)
    assert refused.value.code == code
    assert not CaseNote.objects.exists()


def test_a_note_is_acknowledged_once_and_not_by_whoever_wrote_it() -> None:
    scene = Scene()
    note = say(case=miss(scene), words="Please call", by=scene.as_ben(), at=AN_HOUR_ON)
    with pytest.raises(Refusal, match="your own words"):
        acknowledge(note=note, by=scene.as_ben(), at=AN_HOUR_ON)
    acknowledge(note=note, by=by(scene.supervisor), at=AN_HOUR_ON)
    with pytest.raises(Refusal, match="already"):
        acknowledge(note=note, by=by(scene.supervisor), at=AN_HOUR_ON)


def test_machines_and_patients_say_nothing_in_the_thread() -> None:
    scene = Scene()
    case = miss(scene)
    for who in (ENGINE, patient_actor(case.patient_id)):
        with pytest.raises(Refusal, match="Only a person"):
            say(case=case, words="x", by=who, at=AN_HOUR_ON)


# Tasks


def a_task(scene: Scene, owner: Staff, **asked: Any) -> Task:
    given = {"words": "Ask the school", "due_at": AN_HOUR_ON + DAY, "at": AN_HOUR_ON, **asked}
    return add_task(program=scene.program, owner=owner, by=scene.as_ben(), **given)


def test_a_task_is_open_until_it_is_done_and_goes_from_hand_to_hand() -> None:
    scene = Scene()
    case = miss(scene)
    task = a_task(scene, scene.ben, case=case)
    assert (task.patient_id, list(Task.objects.open().of(scene.ben))) == (case.patient_id, [task])
    give_task(task=task, owner=scene.coordinator, by=scene.as_ben(), at=AN_HOUR_ON + minutes(1))
    assert not Task.objects.open().of(scene.ben).exists()
    assert list(Task.objects.overdue(AN_HOUR_ON + 2 * DAY).of(scene.coordinator)) == [task]
    assert not Task.objects.overdue(AN_HOUR_ON + DAY).exists()
    finish_task(task=task, words="They call back", by=by(scene.coordinator), at=AN_HOUR_ON + minutes(2))
    assert not Task.objects.open().exists()
    turns = list(task.events.order_by("id").values_list("turn", "owner"))
    assert turns == [("given", scene.ben.pk), ("given", scene.coordinator.pk), ("done", None)]


@pytest.mark.parametrize("turn", [TaskTurn.DONE, TaskTurn.WITHDRAWN])
def test_what_has_ended_does_not_end_again_and_goes_to_nobody(turn: TaskTurn) -> None:
    scene = Scene()
    task = a_task(scene, scene.ben)
    finish_task(task=task, turn=turn, words="No longer needed", by=scene.as_ben(), at=AN_HOUR_ON)
    who: dict[str, Any] = {"task": task, "by": scene.as_ben(), "at": AN_HOUR_ON}
    with pytest.raises(Refusal, match="already"):
        finish_task(**who)
    with pytest.raises(Refusal, match="already"):
        give_task(owner=scene.coordinator, **who)


def test_a_task_is_withdrawn_with_a_reason_and_never_ends_by_being_given() -> None:
    scene = Scene()
    task = a_task(scene, scene.ben)
    with pytest.raises(Refusal, match="why"):
        finish_task(task=task, turn=TaskTurn.WITHDRAWN, by=scene.as_ben(), at=AN_HOUR_ON)
    with pytest.raises(Refusal, match="ends by"):
        finish_task(task=task, turn=TaskTurn.GIVEN, by=scene.as_ben(), at=AN_HOUR_ON)


def test_a_task_is_of_one_patient_in_its_own_program_ahead_of_now_and_of_somebody_there() -> None:
    scene, other = Scene(), Scene(slug="morning")
    case, eve = miss(scene), scene.admit("eve")
    elsewhere = miss(other, "bob")
    wrong: dict[str, dict[str, Any]] = {
        "task.of": {"case": case, "patient": eve},
        "task.past": {"due_at": AN_HOUR_ON},
    }
    for code, asked in wrong.items():
        with pytest.raises(Refusal) as refused:
            a_task(scene, scene.ben, **asked)
        assert refused.value.code == code
    with pytest.raises(Refusal, match="one program"):
        a_task(scene, scene.ben, case=elsewhere)
    with pytest.raises(Refusal, match="works in its program"):
        a_task(scene, other.ben)


# What one shift leaves to the next


def test_a_hand_off_is_unread_by_whom_it_is_for_until_she_has_read_it() -> None:
    scene = Scene()
    told = {
        None: hand_off(program=scene.program, words="Quiet night", by=scene.as_ben(), at=AN_HOUR_ON),
        "role": hand_off(
            program=scene.program,
            words="Call ada",
            to_role=Role.COORDINATOR,
            by=scene.as_ben(),
            at=AN_HOUR_ON,
        ),
        "staff": hand_off(
            program=scene.program,
            words="Thank you",
            to_staff=scene.supervisor,
            by=scene.as_ben(),
            at=AN_HOUR_ON,
        ),
    }

    def unread(staff: Staff, *roles: str) -> set[HandOff]:
        return set(HandOff.objects.unread_by(staff, roles))

    assert unread(scene.ben, "counselor") == set()
    assert unread(scene.coordinator, "coordinator") == {told[None], told["role"]}
    assert unread(scene.supervisor, "supervisor") == {told[None], told["staff"]}
    read_hand_off(note=told[None], by=by(scene.coordinator), at=AN_HOUR_ON)
    assert unread(scene.coordinator, "coordinator") == {told["role"]}
    assert len(HandOff.objects.since(AN_HOUR_ON)) == 3
    with pytest.raises(Refusal, match="already"):
        read_hand_off(note=told[None], by=by(scene.coordinator), at=AN_HOUR_ON)
    with pytest.raises(Refusal, match="own words"):
        read_hand_off(note=told[None], by=scene.as_ben(), at=AN_HOUR_ON)


def test_a_hand_off_has_one_addressee_of_its_own_program() -> None:
    scene, other = Scene(), Scene(slug="morning")
    said: dict[str, Any] = {"program": scene.program, "words": "x", "at": AN_HOUR_ON}
    wrong: dict[str, dict[str, Any]] = {
        "hand_off.to": {"to_role": Role.COORDINATOR, "to_staff": scene.supervisor, "by": scene.as_ben()},
        "hand_off.to_staff": {"to_staff": other.ben, "by": scene.as_ben()},
        "hand_off.from": {"by": other.as_ben()},
    }
    for code, asked in wrong.items():
        with pytest.raises(Refusal) as refused:
            hand_off(**said, **asked)
        assert refused.value.code == code


# Reviews


def test_a_decision_keeps_its_reason_and_its_follow_up_is_somebodys_task() -> None:
    scene = Scene()
    review = review_of(scene, scene.admit("ada"))
    decide_review(
        review=review,
        decision=Decision.CONTRACT,
        words="She wants to stay, and her shifts have changed",
        follow_up_on=date(2026, 10, 14),
        owner=scene.supervisor,
        by=scene.as_ben(),
        at=START,
    )
    event, task = ReviewEvent.objects.get(), Task.objects.get()
    assert (event.decision, event.words[:8], event.follow_up_on) == (
        "contract",
        "She want",
        date(2026, 10, 14),
    )
    assert (task.owner, task.review, task.patient) == (scene.supervisor, review, review.patient)
    assert task.due_at.isoformat() == "2026-10-15T03:59:00+00:00"
    assert task.words == "Follow up what was decided: An attendance contract with her."
    assert not Review.objects.open().exists()


def test_a_discharge_that_people_decide_on_ends_nothing_by_itself() -> None:
    scene = Scene()
    case = miss(scene)
    review = review_of(scene, case.patient, then="discharge_review")
    decide_review(
        review=review,
        decision=Decision.DISCHARGE,
        words="The team, with her",
        by=scene.as_ben(),
        at=AN_HOUR_ON,
    )
    scene.run(START + DAY)
    assert scene.case(case.patient).state == "open"
    assert case.patient.enrolments.get().ended_at is None


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"decision": " ", "words": "x"}, "review.decision"),
        ({"decision": "contract"}, "review.words"),
        ({"decision": "contract", "words": "x", "follow_up_on": date(2026, 10, 6)}, "review.past"),
    ],
)
def test_a_decision_says_what_and_why_and_looks_ahead(asked: dict[str, Any], code: str) -> None:
    scene = Scene()
    review = review_of(scene, scene.admit("ada"))
    with pytest.raises(Refusal) as refused:
        decide_review(review=review, by=scene.as_ben(), at=START, **asked)
    assert refused.value.code == code
    assert Review.objects.open().exists()


def test_whether_a_review_is_open_is_told_by_its_events_alone() -> None:
    scene = Scene()
    review = review_of(scene, scene.admit("ada"))
    for turn, is_open in (("withdrawn", False), ("renewed", True)):
        ReviewEvent.objects.create(review=review, patient=review.patient, turn=turn, at=START, by=str(ENGINE))
        assert Review.objects.open().exists() is is_open
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        execute("UPDATE followup_review SET open = false")
    assert list(Review.objects.overdue(START + 2 * DAY)) == [review]


# Two people at one case


def test_the_second_of_two_is_told_what_changed_and_the_same_words_go_through_afterwards() -> None:
    scene = Scene()
    case = miss(scene)
    step = Step.objects.get(rule="call1")
    seen = version_of(case)
    record_attempt(
        case=case, step=step, outcome=AttemptOutcome.NO_ANSWER, seen=seen, by=scene.as_ben(), at=AN_HOUR_ON
    )
    tried: dict[str, Any] = {"case": case, "outcome": AttemptOutcome.VOICEMAIL, "by": by(scene.coordinator)}
    with pytest.raises(Stale) as stale:
        record_attempt(seen=seen, at=AN_HOUR_ON + minutes(1), **tried)
    assert (stale.value.code, isinstance(stale.value, Refusal)) == ("stale", True)
    assert [str(each) for each in stale.value.changes] == [
        f"19:02 {scene.ben.name} tried to reach her: no answer."
    ]
    assert Attempt.objects.filter(step=step).count() == 1
    record_attempt(seen=stale.value.version, at=AN_HOUR_ON + minutes(2), **tried)
    assert Attempt.objects.filter(outcome="voicemail").exists()


def test_a_clock_that_went_on_turns_nobodys_words_back() -> None:
    scene = Scene()
    case = miss(scene)
    seen = version_of(case)
    scene.run(START + timedelta(hours=5))
    assert Step.objects.filter(rule="escalation:call1").exists()
    assert changes_since(case, seen) == ()
    record_attempt(
        case=case,
        outcome=AttemptOutcome.NO_ANSWER,
        seen=seen,
        by=scene.as_ben(),
        at=START + timedelta(hours=5),
    )


def test_a_note_always_goes_through_and_turns_nobody_back() -> None:
    scene = Scene()
    case = miss(scene)
    seen = version_of(case)
    say(case=case, words="I have her sister on the line", by=scene.as_ben(), at=AN_HOUR_ON)
    assert version_of(case) == seen
    record_promise(case=case, promised_at=START + DAY, seen=seen, by=by(scene.coordinator), at=AN_HOUR_ON)


def test_what_she_wrote_is_a_change() -> None:
    scene = Scene()
    case = miss(scene)
    seen = version_of(case)
    delivery = VendorDelivery.objects.create(
        vendor="twilio", event_id="w", kind="inbound", received_at=START, body=b"{}"
    )
    Reply.objects.create(
        patient=case.patient,
        delivery=delivery,
        channel="sms",
        meaning="reply",
        text="I am fine",
        at=AN_HOUR_ON,
        by="x",
    )
    scene.run(AN_HOUR_ON)
    assert [str(each) for each in changes_since(case, seen)] == ["19:02 The patient wrote: read it first."]
    with pytest.raises(Stale, match="read it first"):
        give_case(case=case, owner=scene.coordinator, seen=seen, by=scene.as_ben(), at=AN_HOUR_ON)


def test_a_case_that_ended_meanwhile_says_so_to_every_action() -> None:
    scene = Scene()
    case = miss(scene)
    step = Step.objects.get(origin=Origin.ESCALATION.value)
    seen = version_of(case)
    close_case(case=case, outcome=FinalOutcome.REFUSED, seen=seen, by=scene.as_ben(), at=AN_HOUR_ON)
    who: dict[str, Any] = {"seen": seen, "by": by(scene.supervisor), "at": AN_HOUR_ON}
    for act in (
        lambda: close_case(case=case, outcome=FinalOutcome.LOST, **who),
        lambda: give_case(case=case, owner=scene.ben, **who),
        lambda: see_to_step(step=step, **who),
        lambda: record_promise(case=case, promised_at=START + DAY, **who),
    ):
        with pytest.raises(Stale, match="does not want to come back"):
            act()
    assert list(CaseEvent.objects.values_list("turn", flat=True)) == ["closed"]


# The huddle


def test_the_huddle_has_every_list_with_owner_and_why() -> None:
    scene = Scene()
    case = miss(scene)
    record_promise(case=case, promised_at=START + DAY + minutes(30), by=scene.as_ben(), at=AN_HOUR_ON)
    scene.run(START + DAY + minutes(2))
    review_of(scene, case.patient, due_at=START + 3 * DAY)
    now = START + DAY + minutes(10)
    programs = [scene.program.pk]
    lists = {each.kind: each.rows for each in huddle(programs, now=now).lists}
    assert set(lists) == set(HuddleKind)
    late = {(row.why, row.owner) for row in lists[HuddleKind.OVERDUE_CONTACT]}
    assert late == {
        ("ask whether something technical is in the way was due", scene.ben.name),
        ("call 1 was due", scene.ben.name),
        ("no person has tried to reach her in time", scene.ben.name),
    }
    (silent,) = not_reached(programs, now=now + minutes(60))
    assert (silent.patient, silent.owner, silent.why) == (
        "ada",
        scene.ben.name,
        "not reached, tried by nobody",
    )
    assert silent.case_ref == str(case.ref)
    assert not_reached(programs, now=START + timedelta(hours=20)) == ()
    (review,) = lists[HuddleKind.REVIEW_DUE]
    assert (review.owner, review.why) == ("the team", "The policy asks the team to look at this together.")
    assert reviews_due(programs, now=START - 5 * DAY) == ()
    (promise,) = lists[HuddleKind.PROMISED_TODAY]
    assert promise.due_at == START + DAY + minutes(30)
    assert promised_today(programs, now=now + DAY) == ()
    assert all(each == () for each in (overdue_contacts([0], now=now), not_reached([0], now=now + DAY)))


def test_a_contract_whose_last_session_is_near_ends_soon_unless_it_is_kept_already() -> None:
    scene = Scene("e")
    ada = scene.admit("ada")
    review = review_of(scene, ada, trigger=contract_of(scene), fired_at=START - DAY)
    sessions = [
        scene.session(ada, starts_at=START + day * DAY, kind="group", service="skills") for day in range(8)
    ]
    programs = [scene.program.pk]
    last = sessions[5]
    assert [row.due_at for row in windows_ending(programs, now=last.starts_at - DAY)] == [last.ends_at]
    (row,) = windows_ending(programs, now=last.starts_at - DAY)
    assert (row.why, row.review_id) == ("contract ends: 0 of 5 attended so far", review.pk)
    assert windows_ending(programs, now=last.starts_at - 5 * DAY) == ()
    attend(scene, ada, *sessions[:5])
    assert windows_ending(programs, now=last.starts_at - minutes(5)) == ()


def contract_of(scene: Scene) -> str:
    from rejoin.programs.books import book_of

    policy = book_of(scene.program.pk).in_force(date(2026, 10, 7))
    return next(rule.id for rule in policy.triggers if rule.clears is not None)


def attend(scene: Scene, patient: Patient, *sessions: Any) -> None:
    for session in sessions:
        scene.watched(session, (patient, session.starts_at, session.ends_at))
        scene.run(session.ends_at + minutes(30))


def test_a_silence_that_comes_to_the_policys_limit_is_told_before_it_does() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    first = scene.session(ada, starts_at=START - 2 * DAY)
    attend(scene, ada, first)
    scene.watched(scene.session(ada))
    scene.run(START + DAY)
    limit = first.ends_at + 14 * DAY
    (row,) = windows_ending([scene.program.pk], now=limit - DAY)
    assert (row.patient, row.due_at, row.owner) == ("ada", limit, scene.ben.name)
    assert row.why == "no session for long: then the policy asks for a discharge review"
    assert windows_ending([scene.program.pk], now=limit - 5 * DAY) == ()
    assert windows_ending([scene.program.pk], now=limit + minutes(1)) == ()


# Doors


def test_what_is_of_another_program_is_as_what_is_not_there() -> None:
    scene, other = Scene(), Scene(slug="morning")
    case = miss(scene)
    note = say(case=case, words="x", by=scene.as_ben(), at=AN_HOUR_ON)
    task = a_task(scene, scene.ben)
    left = hand_off(program=scene.program, words="x", by=scene.as_ben(), at=AN_HOUR_ON)
    review = review_of(scene, case.patient)
    assert case_for(scene.ben, case.ref, now=AN_HOUR_ON) == case
    assert note_for(case, note.pk) == note
    assert task_for(scene.ben, task.pk, now=AN_HOUR_ON) == task
    assert hand_off_for(scene.ben, left.pk, now=AN_HOUR_ON) == left
    for ask in (
        lambda: case_for(other.ben, case.ref, now=AN_HOUR_ON),
        lambda: step_for(other.ben, Step.objects.earliest("pk").pk, now=AN_HOUR_ON),
        lambda: review_for(other.ben, review.pk, now=AN_HOUR_ON),
        lambda: task_for(other.ben, task.pk, now=AN_HOUR_ON),
        lambda: hand_off_for(other.ben, left.pk, now=AN_HOUR_ON),
        lambda: note_for(case, 0),
    ):
        with pytest.raises(Refusal) as refused:
            ask()
        assert refused.value.code == "not_found"


def test_the_doors_ask_for_the_relationship_where_the_database_asks_for_nothing() -> None:
    """Here the tables' owner asks: rows are kept back by nobody, and a narrow role finds what she would find anyway."""
    scene = Scene()
    case = miss(scene)
    step, review, task = (
        Step.objects.earliest("pk"),
        review_of(scene, case.patient),
        a_task(scene, scene.ben, case=case),
    )
    said = a_reply(case.patient, scene.program.pk)
    of_nobody = a_task(scene, scene.ben)
    near, far = scene.hire("near", "facilitator"), scene.hire("far", "facilitator")
    CareTeamMember.objects.create(
        patient=case.patient,
        program=scene.program,
        staff=near,
        role="facilitator",
        from_at=START,
        from_by=str(ENGINE),
    )
    doors = (
        lambda who: case_for(who, case.ref, now=AN_HOUR_ON),
        lambda who: step_for(who, step.pk, now=AN_HOUR_ON),
        lambda who: review_for(who, review.pk, now=AN_HOUR_ON),
        lambda who: task_for(who, task.pk, now=AN_HOUR_ON),
        lambda who: reply_for(who, said.pk, programs=[scene.program.pk], now=AN_HOUR_ON),
    )
    for staff in (near, scene.supervisor):
        assert [door(staff) for door in doors] == [case, step, review, task, said]
    for door in doors:
        with pytest.raises(Refusal) as refused:
            door(far)
        assert refused.value.code == "not_found"
    assert task_for(far, of_nobody.pk, now=AN_HOUR_ON) == of_nobody
