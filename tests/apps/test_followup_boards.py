"""What pages show of many cases: every row with all it needs, and as many queries for one row as for twenty."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rejoin.attendance.actions import record_whereabouts
from rejoin.common.actors import staff_actor
from rejoin.common.seeing import seen_by_staff
from rejoin.domain.safety import SafetyStep, StepResult
from rejoin.followup.actions import (
    acknowledge,
    add_task,
    finish_task,
    record_attempt,
    record_promise,
    record_safety_step,
    say,
)
from rejoin.followup.boards import (
    CaseWanted,
    HappeningKind,
    OverdueKind,
    OverdueWanted,
    Slice,
    WorkWanted,
    case_rows,
    case_timeline,
    overdue_counts,
    overdue_rows,
    worklist_rows,
)
from rejoin.followup.engine import PARTS, SENDING, beat
from rejoin.followup.huddle import huddle
from rejoin.followup.models import Case, Step
from rejoin.followup.safety import contacts_for_safety, location_of
from rejoin.followup.vocabulary import AttemptOutcome
from rejoin.outreach.models import Reply, VendorDelivery
from rejoin.people.models import Contact, Patient
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db
TECH = "ask whether something technical is in the way"


AN_HOUR_ON = START + minutes(61)


def missed(scene: Scene, *names: str, at: datetime = AN_HOUR_ON) -> list[Patient]:
    """So many patients missed the same session, and the ladder has run to `at`."""
    patients = [scene.admit(name, phone=f"+1555010{place:04}") for place, name in enumerate(names)]
    scene.watched(scene.session(*patients))
    scene.run(at)
    return patients


def queries(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        read()
    return len(asked)


def here(scene: Scene) -> list[int]:
    return [scene.program.pk]


def beat_all() -> None:
    for part in [name for name, _ in PARTS] + [SENDING]:
        beat(part, START)


# The worklist


def test_a_step_comes_with_all_that_is_needed_to_take_it() -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    ada.preferred_name, ada.may_leave_voicemail, ada.timezone = "Addie", True, "America/Los_Angeles"
    ada.save()
    record_attempt(
        case=scene.case(ada),
        step=Step.objects.get(rule="tech"),
        outcome=AttemptOutcome.NO_ANSWER,
        by=scene.as_ben(),
        at=START + minutes(61),
    )
    page = worklist_rows(here(scene), now=START + minutes(62), wanted=WorkWanted(kind="ladder"))
    (row,) = page.rows
    assert page.total == 1
    assert (row.rule, row.what, row.role, row.owner, row.to) == (
        "call1",
        "call 1",
        "counselor",
        scene.ben.name,
        "patient",
    )
    assert (row.patient, row.name, row.program) == ("Addie", "ada", "Evening")
    assert [each.number for each in row.phones] == ["+15550100000"]
    assert (row.attempts, row.last_outcome, row.last_attempt_at) == (1, "no answer", START + minutes(61))
    assert f"{row.local_time:%H:%M}" == "16:02"
    assert not row.is_quiet_there
    assert row.channels == ("phone", "secure message")
    assert row.script.opening == "Hello, I am calling from Harbor Office. May I speak with Addie?"
    assert "555-0100" in row.script.voicemail
    assert row.seen > 0


def test_quiet_hours_are_hers_and_no_number_is_shown_that_she_does_not_want_called() -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    Patient.objects.update(timezone="Europe/Madrid")
    scene.consent(ada, "phone", granted=False)
    row = worklist_rows(here(scene), now=START + minutes(62)).rows[0]
    assert row.is_quiet_there
    assert (row.phones, row.phone_note) == ((), "She does not want calls.")


def test_a_step_towards_her_guardian_shows_the_number_only_with_her_consent() -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    eli = Contact.objects.create(patient=ada, relation="guardian", name="Eli", phone="+15550199")
    Step.objects.filter(rule="call1").update(to="guardian")
    wanted = WorkWanted(step=Step.objects.get(rule="call1").pk)
    row = worklist_rows(here(scene), now=START + minutes(62), wanted=wanted).rows[0]
    assert (row.phones, row.phone_note) == ((), "She has not agreed that they are called.")
    scene.consent(ada, "phone", contact=eli, purpose="attendance")
    row = worklist_rows(here(scene), now=START + minutes(62), wanted=wanted).rows[0]
    assert [tuple(each) for each in row.phones] == [("+15550199", "Eli")]
    assert row.script.opening.endswith("May I speak with Eli?")


def test_mine_are_my_own_and_those_of_my_role_that_are_nobodys_alone() -> None:
    scene = Scene()
    missed(scene, "ada")
    scene.hire("second", "supervisor")
    Step.objects.filter(rule="escalation:tech").update(owner=None)
    mine = worklist_rows(here(scene), now=START + minutes(62), wanted=WorkWanted(mine=scene.supervisor.pk))
    assert [each.rule for each in mine.rows] == ["escalation:tech"]
    theirs = worklist_rows(here(scene), now=START + minutes(62), wanted=WorkWanted(mine=scene.ben.pk))
    assert {each.rule for each in theirs.rows} == {"tech", "call1"}


@pytest.mark.parametrize(
    ("wanted", "rules"),
    [
        (WorkWanted(), {"tech", "call1", "escalation:tech"}),
        (WorkWanted(role="supervisor"), {"escalation:tech"}),
        (WorkWanted(kind="escalation"), {"escalation:tech"}),
        (WorkWanted(overdue=True), {"tech"}),
        (WorkWanted(elevated=True), set()),
        (WorkWanted(elevated=False, text="AD"), {"tech", "call1", "escalation:tech"}),
        (WorkWanted(text="%"), set()),
        (WorkWanted(owner=0), set()),
        (WorkWanted(program=0), set()),
    ],
)
def test_the_worklist_is_filtered(wanted: WorkWanted, rules: set[str]) -> None:
    scene = Scene()
    missed(scene, "ada")
    page = worklist_rows(here(scene), now=START + minutes(62), wanted=wanted)
    assert {each.rule for each in page.rows} == rules
    assert page.total == len(rules)


def test_the_worklist_is_sorted_and_cut_by_the_database() -> None:
    scene = Scene()
    missed(scene, "ada", "eve", "kim")
    names = [
        [
            each.patient
            for each in worklist_rows(
                here(scene), now=START + minutes(62), wanted=WorkWanted(kind="escalation"), page=part
            ).rows
        ]
        for part in (
            Slice(sort="patient", limit=2),
            Slice(sort="patient", limit=2, offset=2),
            Slice(sort="patient", descending=True, limit=1),
            Slice(offset=9),
        )
    ]
    assert names == [["ada", "eve"], ["kim"], ["kim"], []]
    beyond = worklist_rows(here(scene), now=START + minutes(62), page=Slice(offset=90))
    assert (beyond.rows, beyond.total) == ((), 9)


def test_a_program_that_is_not_asked_for_is_on_no_list() -> None:
    scene = Scene()
    missed(scene, "ada")
    now = START + timedelta(days=2)
    assert worklist_rows([0], now=now).total == 0
    assert case_rows([0]).total == 0
    assert set(overdue_counts([0], now=now)) <= {"engine"}


# As many queries for many rows as for one


@pytest.mark.parametrize("board", ["worklist", "cases", "overdue", "timeline"])
def test_more_rows_ask_no_more_queries(board: str) -> None:
    scene = Scene()
    read: dict[str, Callable[[], object]] = {
        "worklist": lambda: worklist_rows(here(scene), now=START + timedelta(days=1)),
        "cases": lambda: case_rows(here(scene)),
        "overdue": lambda: overdue_rows(here(scene), now=START + timedelta(days=3)),
        "timeline": lambda: case_timeline(Case.objects.earliest("pk")),
    }
    missed(scene, "ada")
    read[board]()
    once = queries(read[board])
    more = [scene.admit(f"p{number}", phone=f"+1555020{number:04}") for number in range(8)]
    scene.watched(scene.session(*more, starts_at=START + timedelta(hours=5)))
    scene.run(START + timedelta(days=1))
    read[board]()
    assert queries(read[board]) == once
    assert once <= 6


# The table of cases


def test_cases_are_listed_with_where_they_stand() -> None:
    scene = Scene()
    ada, eve = missed(scene, "ada", "eve")
    record_promise(
        case=scene.case(ada), promised_at=START + timedelta(days=2), by=scene.as_ben(), at=START + minutes(62)
    )
    page = case_rows(here(scene), wanted=CaseWanted(text="ada"))
    (row,) = page.rows
    assert (row.patient, row.state, row.owner, row.next_step) == ("ada", "open", scene.ben.name, TECH)
    assert row.promised_at == START + timedelta(days=2)
    assert row.first_attempt_by == START + timedelta(hours=24)
    assert case_rows(here(scene)).total == 2
    assert case_rows(here(scene), wanted=CaseWanted(state="closed")).total == 0
    assert case_rows(here(scene), wanted=CaseWanted(nobodys=True)).total == 0
    assert (
        case_rows(here(scene), wanted=CaseWanted(patient=eve.pk, opened_from=START, elevated=False)).total
        == 1
    )


# One case


def test_the_timeline_tells_everything_in_order_with_its_why() -> None:
    scene = Scene()
    (ada,) = missed(scene, "ada")
    case, ben, cleo = scene.case(ada), scene.as_ben(), staff_actor(scene.coordinator.pk)
    record_attempt(
        case=case,
        step=Step.objects.get(rule="tech"),
        outcome=AttemptOutcome.VOICEMAIL,
        by=ben,
        at=START + minutes(62),
    )
    note = say(case=case, words="Her line is bad", asks=scene.coordinator, by=ben, at=START + minutes(63))
    acknowledge(note=note, by=cleo, at=START + minutes(64))
    task = add_task(
        program=scene.program,
        case=case,
        words="Find another number",
        owner=scene.coordinator,
        due_at=START + timedelta(days=1),
        by=ben,
        at=START + minutes(65),
    )
    finish_task(task=task, by=cleo, at=START + minutes(66))
    record_safety_step(
        case=case, step=SafetyStep.CONFIRM_PLACE, result=StepResult.NOT_KNOWN, by=ben, at=START + minutes(67)
    )
    told = case_timeline(case)
    assert [each.at for each in told] == sorted(each.at for each in told)
    by_people = [(each.kind, each.who, each.what) for each in told if each.at > START + minutes(61)]
    assert by_people == [
        (HappeningKind.ATTEMPT, scene.ben.name, "voicemail left, by phone"),
        (HappeningKind.NOTE, scene.ben.name, f"asked {scene.coordinator.name} to acknowledge, who has"),
        (HappeningKind.TASK, scene.ben.name, f"gave a task to {scene.coordinator.name}"),
        (HappeningKind.TASK, scene.coordinator.name, "did a task"),
        (HappeningKind.SAFETY, scene.ben.name, "confirm place: not known"),
    ]
    nudge = next(each for each in told if each.kind is HappeningKind.MESSAGE)
    assert nudge.what == "text message sent"
    step = next(each for each in told if each.told.get("rule") == "escalation:tech")
    assert step.because == ("not done by its deadline (house.deadline)",)
    assert "escalation" not in step.what


# What is overdue


def test_everything_past_its_time_is_in_one_list_each_with_its_owner() -> None:
    scene = Scene()
    ada, eve = missed(scene, "ada", "eve")
    scene.flag(eve, "high_risk")
    scene.run(START + minutes(70))
    beat_all()
    ben = scene.as_ben()
    case = scene.case(ada)
    say(
        case=case,
        words="Who has her sister's number?",
        asks=scene.coordinator,
        by=ben,
        at=START + minutes(71),
    )
    add_task(
        program=scene.program,
        words="Ask the school",
        owner=scene.ben,
        due_at=START + timedelta(hours=5),
        by=ben,
        at=START + minutes(71),
    )
    delivery = VendorDelivery.objects.create(
        vendor="twilio", event_id="w", kind="inbound", received_at=START, body=b"{}"
    )
    Reply.objects.create(
        patient=ada,
        delivery=delivery,
        channel="sms",
        meaning="reply",
        text="I am late",
        at=START + minutes(70),
        by="x",
        programs=[scene.program.pk],
    )
    now = START + timedelta(days=2)
    scene.run(now, send=False)
    Case.objects.filter(pk=case.pk).update(owner=None)
    board = overdue_rows(here(scene), now=now, page=Slice(limit=200))
    found = {each.kind for each in board.rows}
    assert found == {
        OverdueKind.STEP,
        OverdueKind.DISPOSITION,
        OverdueKind.FIRST_ATTEMPT,
        OverdueKind.NOBODYS,
        OverdueKind.WORDS,
        OverdueKind.TASK,
        OverdueKind.ASK,
    }
    assert board.total == len(board.rows) == sum(board.counts.values())
    assert [each.since for each in board.rows] == sorted(each.since for each in board.rows)
    (asked,) = overdue_rows(here(scene), now=now, wanted=OverdueWanted(kind="ask")).rows
    assert (asked.owner, asked.patient, asked.since) == (
        scene.coordinator.name,
        "ada",
        START + minutes(71) + timedelta(hours=24),
    )
    (finding,) = overdue_rows(here(scene), now=now, wanted=OverdueWanted(kind="disposition")).rows
    assert (finding.patient, finding.elevated, finding.owner) == ("eve", True, scene.ben.name)
    (task,) = overdue_rows(here(scene), now=now, wanted=OverdueWanted(kind="task", owner=scene.ben.pk)).rows
    assert (task.what, task.patient) == ("Ask the school", "")
    assert overdue_counts(here(scene), now=now)["task"] == 1


def test_a_late_step_and_its_escalation_are_one_row() -> None:
    scene = Scene()
    missed(scene, "ada")
    rows = overdue_rows(here(scene), now=START + minutes(62), wanted=OverdueWanted(kind="step")).rows
    assert [each.what for each in rows] == [TECH]
    assert rows[0].escalation_id == Step.objects.get(rule="escalation:tech").pk
    assert rows[0].step_id == Step.objects.get(rule="tech").pk


def test_an_engine_that_is_silent_stands_on_the_board_part_by_part() -> None:
    scene = Scene()
    missed(scene, "ada", at=START + minutes(6))
    parts = len(PARTS) + 1
    assert overdue_counts(here(scene), now=START + minutes(7))["engine"] == parts
    beat_all()
    assert "engine" not in overdue_counts(here(scene), now=START + minutes(7))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE common_heartbeat SET beat_at = beat_at - interval '1 hour' WHERE part = 'followup.cases'"
        )
    (row,) = overdue_rows(here(scene), now=START + minutes(7), wanted=OverdueWanted(kind="engine")).rows
    assert row.what.startswith("the engine is silent (followup.cases)")
    assert (row.patient, row.since) == ("", START)


# Through the door


def everything(scene: Scene, case: Case, now: datetime) -> dict[str, int]:
    """How much of each read is seen, by whoever asks."""
    programs = here(scene)
    return {
        "worklist": worklist_rows(programs, now=now).total,
        "cases": case_rows(programs).total,
        "overdue": sum(
            number for kind, number in overdue_counts(programs, now=now).items() if kind != "engine"
        ),
        "timeline": len(case_timeline(case)) - 1,  # that she was missed is told of the case itself
        "huddle": sum(len(part.rows) for part in huddle(programs, now=now).lists),
        "contacts": len(contacts_for_safety(case.patient, now)),
        "place": int(location_of(case.patient, now).today is not None),
    }


def test_staff_read_everything_of_their_program_through_the_door_and_others_nothing() -> None:
    scene, other = Scene(), Scene(slug="morning")
    (ada,) = missed(scene, "ada")
    case = Case.objects.select_related("program", "patient").get()
    Contact.objects.create(patient=ada, relation="guardian", name="Eli")
    now = START + timedelta(days=2)
    record_whereabouts(patient=ada, place="At her aunt's", by=scene.as_ben(), at=now)
    say(
        case=case,
        words="Who has her number?",
        asks=scene.coordinator,
        by=scene.as_ben(),
        at=START + minutes(62),
    )
    scene.run(now, send=False)
    told = everything(scene, case, now)
    assert all(told.values())
    with seen_by_staff(scene.ben.pk):
        assert everything(scene, case, now) == told
    with seen_by_staff(other.ben.pk):
        assert {name: number for name, number in everything(scene, case, now).items() if number > 0} == {}


# Very many


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Everything is more than is looked through: a name that two have, and lists of three."""
    monkeypatch.setattr("rejoin.people.seeking.FEW", 1)
    monkeypatch.setattr("rejoin.followup.boards.paging.SORTED_AMONG", 2)
    return Scene()


def test_of_very_many_the_first_in_the_lists_own_order_are_sorted_and_it_says_so(many: Scene) -> None:
    missed(many, "ada", "ben", "cleo")
    by_name = case_rows(here(many), page=Slice(sort="patient"))
    latest = case_rows(here(many), page=Slice(limit=2, sort="opened", descending=True))
    assert {row.case_id for row in by_name.rows} == {row.case_id for row in latest.rows}
    assert (by_name.among, latest.among) == (2, None)
    assert [row.patient for row in by_name.rows] == sorted(row.patient for row in by_name.rows)
    everything = case_rows(here(many), page=Slice(sort="patient", is_of_all=True))
    assert ([row.patient for row in everything.rows], everything.among) == (["ada", "ben", "cleo"], None)


def test_a_name_that_very_many_have_is_looked_for_among_the_first_and_a_rare_one_among_all(
    many: Scene,
) -> None:
    missed(many, "ada", "adah", "ben")
    often = case_rows(here(many), wanted=CaseWanted(text="ada"))
    assert (often.among, often.total) == (2, len(often.rows))
    assert {row.patient for row in often.rows} <= {"ada", "adah"}
    rare = case_rows(here(many), wanted=CaseWanted(text="ben"))
    assert ([row.patient for row in rare.rows], rare.total, rare.among) == (["ben"], 1, None)
    whole = case_rows(here(many), wanted=CaseWanted(text="ada"), page=Slice(is_of_all=True))
    assert ([row.patient for row in whole.rows], whole.total) == (["ada", "adah"], 2)
    work = worklist_rows(here(many), now=START + minutes(62), wanted=WorkWanted(text="ada", mine=many.ben.pk))
    assert ({row.patient for row in work.rows}, work.among) == ({"ada", "adah"}, None)


def test_a_page_beyond_the_last_still_says_how_many_there_are() -> None:
    scene = Scene()
    missed(scene, "ada", "ben")
    beyond = case_rows(here(scene), page=Slice(sort="patient", offset=50))
    assert (beyond.rows, beyond.total) == ((), 2)
