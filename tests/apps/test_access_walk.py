"""Every address as everybody: what is not hers looks exactly like what is not there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from rejoin.common.actors import staff_actor
from rejoin.followup.actions import add_task, hand_off, say
from rejoin.followup.models import Step
from rejoin.longwork.actions import ask_for_work
from rejoin.longwork.vocabulary import Kind
from rejoin.people.models import Contact, Patient, Staff
from rejoin.programs.glass import BrokenGlass
from rejoin.rooms.models import Stranger
from rejoin.visits.answers import FOR_ALL, FOR_HOSTS
from tests.apps.continuity_rows import ContinuityRows
from tests.apps.insights_rows import InsightsRows
from tests.apps.makeups_rows import MakeupRows
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of, patient_client_of
from tests.apps.test_console_team import a_reply, a_review

pytestmark = pytest.mark.django_db
STAFF = ("ben", "coordinator", "supervisor", "director", "leader", "billing", "privacy", "cleo")
"""ben is ada's clinician; leader facilitates a group of the program in which ada is not; cleo supervises another one."""
PEOPLE = ("nobody", "ada", *STAFF)
TEAM = {"ben", "coordinator", "supervisor"}
CASES = TEAM | {"director"}
TREATING = TEAM - {"coordinator"}
LISTS = CASES | {"leader"}
PLANNERS = {"coordinator", "supervisor", "director"}
ALL_STAFF = set(STAFF)
OWN_LISTS = LISTS | {"cleo"}
"""Lists are there for whoever has the right anywhere; what is in them is another question (`test_rows.py`)."""

GET: dict[str, set[str]] = {
    "home": ALL_STAFF,
    "design": ALL_STAFF,
    "today": OWN_LISTS,
    "session": LISTS,
    "room": TEAM,
    "room_in": TEAM,
    "room_people": TEAM,
    "room_board": TEAM,
    "worklist": OWN_LISTS,
    "words": OWN_LISTS,
    "cases": OWN_LISTS,
    "case": CASES,
    "case_makeup": CASES,
    "case_safety": CASES,
    "session_brief": LISTS,
    "catchups": TEAM | {"leader", "cleo"},
    "catchup": TEAM,
    "groups": OWN_LISTS,
    "group": LISTS,
    "group_progress": CASES,
    "group_progress_file": CASES,
    "makeups": OWN_LISTS,
    "makeups_seats": PLANNERS | {"cleo"},
    "makeups_plan": PLANNERS | {"cleo"},
    "makeups_what_if": PLANNERS | {"cleo"},
    "makeups_work": PLANNERS,
    "overdue": {"supervisor", "director", "cleo"},
    "huddle": OWN_LISTS,
    "review": CASES,
    "tasks": OWN_LISTS,
    "handoff": OWN_LISTS,
    "unmatched": TEAM | {"cleo"},
    "break_glass": ALL_STAFF,
    "access": {"privacy"},
    "patients": OWN_LISTS,
    "patient": CASES,
    "patient_measures": CASES,
    "patient_progress": CASES,
    "patient_progress_file": CASES,
    "progress": {"supervisor", "director", "cleo"},
    "patient_measure": CASES,
    "measures": {"supervisor", "director", "cleo"},
    "learning": {"supervisor", "director", "cleo"},
    "estimated": ALL_STAFF,
    "experiments": {"supervisor", "director", "cleo"},
    "policies": ALL_STAFF,
    "policy_program": ALL_STAFF - {"cleo"},
    "policy_version": ALL_STAFF - {"cleo"},
    "policy_write": {"director"},
    "policy_replay": {"director"},
    "minors": {"director", "privacy"},
    "minors_program": {"director", "privacy"},
    "longwork": {"director"},
    "longwork_one": {"director"},
    "longwork_result": set(),
    "longwork_import": {"director"},
    "longwork_export": {"director"},
}
POST: dict[str, set[str]] = {
    "session_attest": TEAM | {"leader"},
    "session_close_day": TEAM | {"leader"},
    **{f"room_{what}": TEAM for what in (*FOR_ALL, *FOR_HOSTS, "nudge", "phone")},
    "step_attempt": TEAM,
    "step_seen_to": CASES,
    "step_found_out": CASES,
    "words_read": CASES,
    "case_attempt": CASES,
    "case_promise": CASES,
    "case_finding": CASES,
    "case_give": CASES,
    "case_end": CASES,
    "case_say": CASES,
    "case_acknowledge": CASES,
    "case_record_safety": TEAM,
    "case_disclose": TEAM,
    "case_task": CASES,
    **{
        f"case_makeup_{what}": TEAM
        for what in (
            "find",
            "accept",
            "decline",
            "none",
            "cancel",
            "waive",
            "allow",
            "wait",
            "stop",
            "book",
        )
    },
    "session_unit": TEAM | {"leader"},
    "case_makeup_caught_up": TREATING,
    "catchup_answer": TREATING,
    "patient_unit": TREATING,
    **{f"patient_measure{what}": TEAM for what in ("s_ask", "_answer", "_close")},
    "measures_schedule": {"supervisor", "director"},
    "measures_watch": {"supervisor", "director"},
    **{f"experiment_{what}": {"director"} for what in ("write", "start", "stop", "read")},
    "group_follow": PLANNERS,
    "makeups_offer": TEAM,
    "makeups_open": PLANNERS | {"cleo"},
    "makeups_close": PLANNERS,
    "makeups_mark": PLANNERS,
    "makeups_plan_again": PLANNERS | {"cleo"},
    "makeups_publish": PLANNERS | {"cleo"},
    "makeups_what_if": PLANNERS | {"cleo"},
    "makeups_set_aside": PLANNERS,
    "makeups_stop": PLANNERS,
    "makeups_schedule": PLANNERS,
    "review_decide": {"supervisor", "director"},
    "task_done": CASES,
    "handoff": OWN_LISTS,
    "handoff_read": LISTS,
    "unmatched_settle": TEAM,
    "break_glass": ALL_STAFF,
    "access_seen": {"privacy"},
    "patient_notice": TEAM,
    "patient_flag": TEAM,
    "patient_end_flag": TEAM,
    "patient_address": TEAM,
    "patient_retire_address": TEAM,
    "patient_contact": TEAM,
    "patient_retire_contact": TEAM,
    "patient_invite": TEAM,
    "patient_consent": TEAM,
    "patient_location": TEAM,
    "patient_hours": TEAM,
    "patient_whom": TEAM,
    **{f"patient_{what}": TEAM for what in ("birth", "signed", "closing")},
    "minors_said": {"director", "privacy"},
    "policy_write": {"director"},
    "policy_replay": {"director"},
    "longwork_stop": {"director"},
    "longwork_import": {"director"},
    "longwork_export": {"director"},
}
STREAM = {"live", "room_events"}
"""Answered by a stream, and walked in test_console_live.py and test_visits_live.py."""
SAID_ELSEWHERE = ("X-Request-Id", "Content-Security-Policy")
"""What differs from one answer to the next whoever asks."""


@dataclass
class World:
    """One of everything, of ada's."""

    clients: dict[str, Client]
    named: dict[str, Any]


@pytest.fixture
def world() -> World:
    scene, other = Scene(), Scene(slug="morning")
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(75))
    case = scene.case(ada)
    staff = {name: getattr(scene, name) for name in ("ben", "coordinator", "supervisor")}
    for name, role in (("director", "director"), ("leader", "facilitator"), ("billing", "billing")):
        staff[name] = scene.hire(name, role)
    staff["privacy"] = scene.hire("privacy", "privacy_officer")
    staff["cleo"] = other.supervisor
    who: Any = {"by": scene.as_ben(), "at": START + minutes(75)}
    due = START + timedelta(days=2)
    rows = MakeupRows(scene, case.seat)
    task = add_task(program=scene.program, case=case, words="Ask", owner=scene.ben, due_at=due, **who)
    return World(
        clients={
            "nobody": Client(),
            "ada": patient_client_of(ada),
            **{name: client_of(each) for name, each in staff.items()},
        },
        named={
            "ref": case.ref,
            "session": session.ref,
            "patient": ada.ref,
            "step_id": Step.objects.to_do().filter(case=case).exclude(actor="system").earliest("pk").pk,
            "note_id": say(case=case, words="Her bus", asks=scene.supervisor, **who).pk,
            "handoff": hand_off(program=scene.program, words="ada calls at nine", **who).pk,
            "reply_id": a_reply(ada, scene.program.pk).pk,
            "review_id": a_review(scene, ada).pk,
            "task_id": task.pk,
            "stranger_id": Stranger.objects.create(
                session=session, key="k", provider="zoom", display="Heron", joined_at=START, seen_at=START
            ).pk,
            "flag_id": scene.flag(ada, "high_risk").pk,
            "address_id": ada.addresses.get().pk,
            "contact_id": Contact.objects.create(patient=ada, relation="supporter", name="eve").pk,
            "longwork": ask_for_work(
                kind=Kind.EXPORT,
                program=scene.program,
                given={"table": ""},
                by=staff_actor(staff["director"].pk),
                at=START + minutes(75),
            ).ref,
            "planning": ask_for_work(
                kind=Kind.WHAT_IF,
                program=scene.program,
                given={"ways": []},
                by=staff_actor(scene.coordinator.pk),
                at=START + minutes(75),
            ).ref,
            "debt": rows.debt().ref,
            "catchup": ContinuityRows(scene, case.seat).begun().ref,
            "due": InsightsRows(scene, case.seat).due(until_at=START + timedelta(days=3)).ref,
            "experiment": InsightsRows(scene, case.seat).experiment(at=START - timedelta(hours=1)).ref,
            "group_id": scene.group.pk,
            "opening": rows.opening().ref,
            "extra_id": rows.extra_proposal(session=None).pk,
            "glass_id": _a_glass(staff["leader"], ada),
            "program": scene.program.slug,
            "version": scene.policy.version,
            "rule": "NM-mental_health",
        },
    )


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Every address of the console, by name."""
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace == "console":
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern)
                yield str(pattern.name), pattern


def test_every_address_of_the_console_is_walked() -> None:
    assert {name for name, _ in addresses()} == {*GET, *POST, *STREAM}


def address(name: str, pattern: URLPattern, world: World, *, missing: bool = False) -> str:
    """The address of ada's, or of something that is not there."""
    kwargs = {}
    for key, converter in pattern.pattern.converters.items():
        if missing:
            kwargs[key] = uuid4() if type(converter).__name__ == "UUIDConverter" else _nothing(converter)
        else:
            kwargs[key] = world.named[_called(name, key)]
    return reverse(f"console:{name}", kwargs=kwargs)


def _called(name: str, key: str) -> str:
    if key == "ref" and name.startswith("room"):
        return "session"
    if key == "ref" and name in OF_MAKE_UPS:
        return OF_MAKE_UPS[name]
    if key == "ref" and name.startswith(("session", "patient", "longwork", "catchup", "experiment")):
        return name.partition("_")[0]
    return "handoff" if name == "handoff_read" else key


OF_MAKE_UPS = {
    "makeups_offer": "debt",
    "makeups_close": "opening",
    "makeups_mark": "session",
    **dict.fromkeys(("makeups_work", "makeups_stop", "makeups_schedule"), "planning"),
}


def _nothing(converter: Any) -> Any:
    return 987_654_321 if type(converter).__name__ == "IntConverter" else "nowhere"


def _told(answer: Any) -> tuple[Any, ...]:
    """All that an answer tells: what it is, its headers and its body."""
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in SAID_ELSEWHERE)
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("who", PEOPLE)
def test_every_address_answers_those_whom_it_is_for_and_is_not_there_for_anybody_else(
    world: World, who: str
) -> None:
    assert wrong_answers(world, who) == []


@pytest.mark.parametrize("who", ["ben", "leader", "billing", "cleo"])
def test_every_address_keeps_to_it_where_the_database_keeps_back_nothing(
    world: World, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doors of the pages are a wall of their own: here the tables' owner asks, from whom no row is kept."""

    @contextmanager
    def seen_by_anybody(_: int) -> Iterator[None]:
        with transaction.atomic():
            yield

    monkeypatch.setattr("rejoin.console.door.seen_by_staff", seen_by_anybody)
    assert wrong_answers(world, who) == []


def wrong_answers(world: World, who: str) -> list[str]:
    """All of them, so that one failure tells of each."""
    client, wrong = world.clients[who], []
    for name, pattern in addresses():
        if name in STREAM:
            continue
        for method, table in (("get", GET), ("post", POST)):
            ask = getattr(client, method)
            before = transaction.savepoint()
            answer = ask(address(name, pattern, world))
            missing = ask(address(name, pattern, world, missing=True))
            transaction.savepoint_rollback(before)  # nothing that is done here is there for the next address
            client.cookies.pop("messages", None)  # nor what was said of it
            if who == "nobody" and (name, method) != ("home", "post"):
                right = answer.status_code == 302 and answer["Location"].startswith("/account/login/")
            elif (who, name, method) == ("ada", "home", "get"):
                right = answer["Location"] == "/me/"
            elif who in table.get(name, ()):
                right = answer.status_code not in (403, 404, 405, 500)
            else:
                right = answer.status_code == 404 and _told(answer) == _told(missing)
            if not right:
                wrong.append(f"{method} {name}: {answer.status_code}")
    return wrong


def test_a_patient_finds_her_own_page_and_nothing_of_the_console(world: World) -> None:
    assert world.clients["ada"].get("/me/").status_code == 200
    assert world.clients["ben"].get("/me/").status_code == 404


@pytest.mark.parametrize("who", ["leader", "billing", "cleo"])
def test_breaking_the_glass_opens_one_chart_and_the_privacy_officer_sees_it(world: World, who: str) -> None:
    client = world.clients[who]
    chart = reverse("console:case", kwargs={"ref": world.named["ref"]})
    assert client.get(chart).status_code == 404
    sent = {"external_id": "evening-ada", "reason": "covering", "words": "Her counselor is ill."}
    answer = client.post(reverse("console:break_glass"), sent)
    if who == "cleo":
        assert answer.status_code == 422
        return
    assert answer.status_code == 302
    told = world.clients["privacy"].get(reverse("console:access")).content.decode()
    assert "Her counselor is ill." in told
    assert f"{who} of evening opened the chart of ada" in told


def test_a_glass_over_nobody_and_over_another_programs_patient_are_refused_alike(world: World) -> None:
    answers = []
    for external_id in ("nobody-of-that-name", "evening-ada"):
        sent = {"external_id": external_id, "reason": "danger", "words": "She may be in danger."}
        answer = world.clients["cleo"].post(reverse("console:break_glass"), sent)
        told = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        answers.append((answer.status_code, told.replace(external_id, "")))
    assert answers[0] == answers[1]


def _a_glass(staff: Staff, patient: Patient) -> int:
    """Broken some hours ago, and closed again by now."""
    at = START - timedelta(hours=9)
    glass = BrokenGlass.objects.create(
        staff=staff,
        patient=patient,
        reason="covering",
        words="Standing in.",
        until_at=at + timedelta(hours=4),
        at=at,
        by=str(staff_actor(staff.pk)),
    )
    return int(glass.pk)
