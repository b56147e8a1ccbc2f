"""Whatever stops makes a check fail: each test stops one thing, and sees that one check say so."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from rejoin.attendance.models import SeatStatus, Watch
from rejoin.common import clock
from rejoin.common.actors import ENGINE
from rejoin.common.models import Heartbeat, Refused
from rejoin.common.rows import execute
from rejoin.followup.engine import PARTS, SENDING, beat
from rejoin.followup.models import Case, PatientWatch
from rejoin.operations import opening
from rejoin.operations.health import ground
from rejoin.operations.health.asking import GROUPS, examine
from rejoin.operations.health.report import Check, Health
from rejoin.operations.health.telling import as_document, in_short
from rejoin.operations.hosting import ENGINE_ANSWERS, POLL
from rejoin.outreach.models import Message, VendorDelivery
from rejoin.people.models import Patient
from rejoin.programs.models import PolicyVersion, Program
from rejoin.rooms.ear import EAR, ENGINE_HEARD
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import HostedRoom, RawEvent, Revisit
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db
A_MINUTE_AND_MORE = timedelta(seconds=61)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A program an hour before its session, a worker that has just looked, and a clock that runs."""
    scene = Scene()
    show(START - timedelta(hours=1))
    look_everywhere()
    yield scene
    ground_untouched()


def show(at: datetime) -> None:
    clock.simulate(shown_at=at, rate=1.0)


def look_everywhere() -> None:
    for part in (*(name for name, _ in PARTS), SENDING):
        beat(part, clock.now())


def ground_untouched() -> None:
    """Whatever failed, asking broke nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def failing(health: Health | None = None) -> list[str]:
    return [check.name for check in (health or examine()).failing]


def found(name: str) -> Check:
    return next(check for check in examine().checks if check.name == name)


def missed(scene: Scene) -> tuple[Patient, Case]:
    """ada did not come; she was nudged, and her case waits for what is next."""
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(6))
    show(START + minutes(6))
    return ada, scene.case(ada)


def letter(scene: Scene, patient: Patient, **columns: Any) -> Message:
    at = clock.now()
    given = {
        "key": f"case:0:nudge:{Message.objects.count()}",
        "about": "case:0",
        "patient": patient,
        "program": scene.program,
        "channel": "sms",
        "template": "neutral_nudge",
        "language": "en",
        "made_at": at - timedelta(hours=1),
        "not_before": at,
        "expires_at": at + timedelta(hours=1),
        "sender": "system:engine",
        "state_at": at,
    }
    return Message.objects.create(**{**given, **columns})


def test_all_is_well_where_nothing_is_wrong(scene: Scene) -> None:
    missed(scene)
    health = examine()
    assert failing(health) == []
    assert [check.name for check in health.checks][:2] == ["database.reachable", "database.migrated"]
    asked = [name for group in GROUPS.values() for name in group]
    assert [check.name for check in health.checks][2:] == asked


def test_a_worker_that_falls_silent_shows_within_half_a_minute(scene: Scene) -> None:
    Heartbeat.objects.update(beat_at=datetime.now(UTC) - timedelta(seconds=31))
    assert failing() == ["engine.parts"]
    assert found("engine.parts").said == "Nobody has looked for 31 seconds or longer: every part."
    assert found("engine.workers").said == "0 workers at work; 1 fell silent without a goodbye."


def test_a_beat_of_before_the_clock_jumped_back_is_no_sign_of_life(scene: Scene) -> None:
    Heartbeat.objects.update(beat_at=datetime.now(UTC) + timedelta(hours=1))
    assert failing() == ["engine.parts"]


def test_one_part_that_fails_shows_by_its_name(scene: Scene) -> None:
    Heartbeat.objects.filter(part="followup.cases").update(beat_at=datetime.now(UTC) - timedelta(minutes=3))
    assert failing() == ["engine.parts"]
    assert found("engine.parts").ids == ("followup.cases",)


def test_one_worker_of_two_is_enough_and_the_other_is_told_of(scene: Scene) -> None:
    Heartbeat.objects.create(
        part="outreach.send",
        worker="elsewhere:7",
        at=clock.now(),
        beat_at=datetime.now(UTC) - timedelta(hours=1),
    )
    assert failing() == []
    assert found("engine.workers").ids == ("elsewhere:7",)


def test_a_session_nobody_looked_at_is_overdue_after_a_minute(scene: Scene) -> None:
    session = scene.session(scene.admit("ada"))
    show(START + timedelta(seconds=50))
    assert failing() == []
    show(START + A_MINUTE_AND_MORE)
    assert failing() == ["engine.sessions"]
    assert found("engine.sessions").ids == (f"session:{session.pk}",)


def test_a_case_nobody_looked_at_is_overdue_after_a_minute(scene: Scene) -> None:
    _, case = missed(scene)
    assert case.next_look_at is not None
    Watch.objects.update(next_look_at=None)
    PatientWatch.objects.update(next_look_at=None)
    show(case.next_look_at + A_MINUTE_AND_MORE)
    assert failing() == ["engine.cases"]
    assert found("engine.cases").ids == (f"case:{case.pk}",)


def test_a_patient_nobody_looked_at_is_overdue_after_a_minute(scene: Scene) -> None:
    ada = scene.admit("ada")
    PatientWatch.objects.create(patient=ada, next_look_at=clock.now() - A_MINUTE_AND_MORE)
    assert failing() == ["engine.patients"]


def test_a_session_to_be_worked_out_anew_is_overdue_after_a_minute(scene: Scene) -> None:
    session = scene.session(scene.admit("ada"))
    Revisit.objects.create(session=session, at=clock.now() - A_MINUTE_AND_MORE)
    assert failing() == ["engine.revisits"]
    assert found("engine.revisits").ids == (f"session:{session.pk}",)


def test_a_fast_clock_gives_a_worker_as_many_real_seconds(scene: Scene) -> None:
    scene.session(scene.admit("ada"))
    clock.simulate(shown_at=START + timedelta(minutes=20), rate=60.0)
    assert failing() == []
    clock.simulate(shown_at=START + timedelta(minutes=70), rate=60.0)
    assert failing() == ["engine.sessions"]


def test_a_row_that_fails_by_itself_is_named_with_its_fault(scene: Scene) -> None:
    session = scene.session(scene.admit("ada"))
    soon = clock.now() + timedelta(minutes=2)
    Watch.objects.filter(session=session).update(failures=3, error="KeyError", next_look_at=soon)
    assert failing() == ["engine.poisoned"]
    assert found("engine.poisoned").said == "1 row cannot be worked on: KeyError (1)."
    assert found("engine.poisoned").ids == (f"session:{session.pk}",)


def test_an_outcome_and_a_message_that_nobody_can_act_on_are_named_at_once(scene: Scene) -> None:
    missed(scene)
    SeatStatus.objects.update(acted_on=False, failures=1, act_after=clock.now() + minutes(1))
    Message.objects.update(acted_on=False, failures=2, act_after=clock.now() + minutes(1))
    assert failing() == ["engine.poisoned"]
    (seat,), (message,) = SeatStatus.objects.values_list("pk"), Message.objects.values_list("pk")
    assert found("engine.poisoned").ids == (f"seat:{seat[0]}", f"message:{message[0]}")


def test_an_outcome_that_nobody_follows_up_shows(scene: Scene) -> None:
    missed(scene)
    SeatStatus.objects.update(acted_on=False)
    assert failing() == []
    show(START + minutes(8))
    assert "engine.outcomes" in failing()


def test_news_of_a_message_that_no_case_hears_shows(scene: Scene) -> None:
    ada = scene.admit("ada")
    letter(scene, ada, state="sent", acted_on=False, state_at=clock.now() - A_MINUTE_AND_MORE)
    assert failing() == ["engine.news"]


def test_a_reply_of_ours_that_no_case_asked_for_is_nobodys_news(scene: Scene) -> None:
    ada = scene.admit("ada")
    letter(
        scene, ada, about="reply:1", state="sent", acted_on=False, state_at=clock.now() - A_MINUTE_AND_MORE
    )
    assert failing() == []


@pytest.mark.parametrize(
    ("status", "worker", "age", "stuck"),
    [
        ("todo", None, 59, False),
        ("todo", None, 61, True),
        ("doing", "dead", 149, False),
        ("doing", "dead", 151, True),
        ("doing", "alive", 151, False),
        ("doing", "alive", 601, True),
    ],
)
def test_a_job_that_waits_or_whose_worker_died_shows(
    scene: Scene, status: str, worker: str | None, age: int, stuck: bool
) -> None:
    execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (clock_timestamp() - %s * interval '1 minute')",
        [0 if worker == "alive" else 5],
    )
    execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) "
        "SELECT 'engine', 'engine.look', 'todo', CASE WHEN %s THEN id END FROM procrastinate_workers",
        [worker is not None],
    )
    execute("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status", [status])
    execute("UPDATE procrastinate_events SET at = clock_timestamp() - %s * interval '1 second'", [age])
    assert failing() == (["queue.jobs"] if stuck else [])


def test_a_clock_that_stands_still_fails(scene: Scene) -> None:
    clock.simulate(shown_at=START, rate=0)
    assert failing() == ["clock.real"]
    assert "stands still" in found("clock.real").said


def test_a_simulated_clock_is_told_of_and_fails_where_patients_are(scene: Scene, settings: Settings) -> None:
    assert found("clock.real").note
    assert "SIMULATED" in found("clock.real").said
    settings.BASE_URL = "https://rejoin.example.org"
    assert failing() == ["clock.real"]


def test_a_clock_that_jumped_back_fails(scene: Scene) -> None:
    missed(scene)
    show(START - timedelta(hours=2))
    assert failing() == ["clock.forward"]
    assert "2 hours behind the newest fact" in found("clock.forward").said


def test_two_clocks_apart_fail(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(seconds=9)

    monkeypatch.setattr(ground, "datetime", Late)
    assert failing() == ["clock.agrees"]
    assert "9 seconds apart" in found("clock.agrees").said


def test_real_time_is_well(scene: Scene) -> None:
    clock.run_on_real_time()
    assert found("clock.real").said == "The program runs on real time."


def room_event(**columns: Any) -> RawEvent:
    at = columns.pop("received_at", clock.now())
    given = {
        "provider": "zoom",
        "received_at": at,
        "received_by": "vendor:zoom",
        "body": b"{}",
        "next_try_at": at,
    }
    return RawEvent.objects.create(**{**given, "event_id": f"e{RawEvent.objects.count()}", **columns})


def test_a_rooms_word_that_nobody_reads_fails(scene: Scene) -> None:
    event = room_event(received_at=clock.now() - timedelta(seconds=59))
    assert failing() == []
    show(clock.now() + timedelta(seconds=5))
    assert failing() == ["rooms.unread"]
    assert found("rooms.unread").ids == (f"event:{event.pk}",)


def test_a_rooms_word_that_we_fail_at_or_nobody_can_read_fails(scene: Scene) -> None:
    room_event(state="failed", tries=2, next_try_at=clock.now() + minutes(5))
    assert failing() == ["rooms.failed"]


def test_what_nobody_can_read_is_told_for_a_day(scene: Scene) -> None:
    room_event(state="unreadable", next_try_at=None)
    assert failing() == ["rooms.unreadable"]
    show(clock.now() + timedelta(days=1, minutes=1))
    look_everywhere()
    assert "rooms.unreadable" not in failing()
    assert found("rooms.unreadable").said == "0 unreadable since yesterday, 1 in all."


def test_sessions_without_a_word_from_any_room_fail_where_rooms_report(
    scene: Scene, settings: Settings
) -> None:
    session = scene.session(scene.admit("ada"))
    scene.run(START + minutes(11), send=False)
    show(START + minutes(11))
    assert failing() == []
    assert found("rooms.heard").note
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, room_secrets={"zoom": "a secret of sixteen"})
    assert failing() == ["rooms.heard"]
    scene.watched(session)
    scene.run(START + minutes(11), send=False)
    show(START + minutes(11))
    assert failing() == []


def delivery(**columns: Any) -> VendorDelivery:
    given = {
        "vendor": "twilio",
        "event_id": "x",
        "kind": "inbound",
        "received_at": clock.now(),
        "body": b"{}",
    }
    return VendorDelivery.objects.create(**{**given, **columns})


def test_a_vendors_word_that_nobody_reads_fails(scene: Scene) -> None:
    delivery(received_at=clock.now() - A_MINUTE_AND_MORE)
    assert failing() == ["vendors.unread"]


def test_a_vendors_word_that_was_put_aside_fails_for_a_day(scene: Scene) -> None:
    delivery(tries=1, error="unreadable")
    assert failing() == ["vendors.put_aside"]
    show(clock.now() + timedelta(days=1, minutes=1))
    assert "vendors.put_aside" not in failing()


def test_what_was_turned_away_is_told_and_fails_nothing(scene: Scene) -> None:
    Refused.objects.create(door="outreach.sms", reason="signature", on=clock.now().date(), count=7)
    assert failing() == []
    assert found("doors.refused").said == "Turned away today: outreach.sms for signature 7."


def test_a_message_that_nobody_sends_is_late_after_two_minutes(scene: Scene) -> None:
    message = letter(scene, scene.admit("ada"), not_before=clock.now() - timedelta(seconds=119))
    assert failing() == []
    show(clock.now() + timedelta(seconds=5))
    assert failing() == ["messages.late"]
    assert found("messages.late").ids == (f"message:{message.pk}",)


def test_a_vendor_that_is_away_shows_though_its_messages_are_put_off(scene: Scene) -> None:
    letter(scene, scene.admit("ada"), tries=2, error="never_left", not_before=clock.now() + minutes(1))
    assert failing() == ["messages.turned_away"]
    assert "(sms)" in found("messages.turned_away").said


def test_a_message_that_waits_for_morning_is_not_turned_away(scene: Scene) -> None:
    letter(scene, scene.admit("ada"), not_before=clock.now() + timedelta(minutes=50))
    assert failing() == []


def test_a_message_whose_sender_died_shows(scene: Scene) -> None:
    letter(scene, scene.admit("ada"), state="sending", claimed_at=datetime.now(UTC) - timedelta(minutes=5))
    assert failing() == ["messages.in_flight"]


def test_a_vendor_that_does_not_answer_shows_for_an_hour(scene: Scene) -> None:
    letter(scene, scene.admit("ada"), state="unknown")
    assert failing() == ["messages.unknown"]
    show(clock.now() + timedelta(minutes=61))
    assert "messages.unknown" not in failing()
    assert found("messages.unknown").said.startswith("Of 1 message nobody knows")


@pytest.mark.parametrize(
    ("errors", "fails"),
    [
        (["busy:20429"] * 3, True),
        (["busy:20429"] * 2, False),
        (["gone:30003"] * 5, False),
        (["stopped", "no_address", "ours:20003"], False),
    ],
)
def test_a_vendor_that_refuses_a_quarter_fails(scene: Scene, errors: list[str], fails: bool) -> None:
    ada = scene.admit("ada")
    for error in errors:
        letter(scene, ada, state="failed", error=error)
    for _ in range(5):
        letter(scene, ada, state="delivered")
    assert failing() == (["messages.failed"] if fails else [])


def test_which_channels_reach_people_is_told(scene: Scene, settings: Settings) -> None:
    assert found("messages.channels").said.startswith("DRY RUN")
    settings.CHANNEL_SETTINGS = {
        "REJOIN_DRY_RUN": "off",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "a token for the fake",
        "TWILIO_FROM": "+15005550006",
    }
    assert found("messages.channels").said == "Live: sms. Dry: email and push."
    letter(scene, scene.admit("ada"), channel="push", state="sent", vendor_id="dry-1")
    assert failing() == ["messages.channels"]
    settings.CHANNEL_SETTINGS = {"REJOIN_DRY_RUN": "off", "TWILIO_FROM": "+15005550006"}
    assert failing() == ["messages.channels"]
    assert "TWILIO_ACCOUNT_SID" in found("messages.channels").said


def test_a_program_without_a_policy_in_force_fails(scene: Scene) -> None:
    PolicyVersion.objects.create(
        program=Program.objects.create(
            slug="day",
            name="Day",
            neutral_name="Day Office",
            call_back="555-0101",
            timezone="America/New_York",
        ),
        version=1,
        effective=(START.date() + timedelta(days=9), None),
        text="",
        opens_on=[],
        at=clock.now(),
        by="system:command",
    )
    assert failing() == ["programs.policy"]
    assert found("programs.policy").ids == ("day",)


@pytest.mark.parametrize(
    ("name", "phone"),
    [("Recovery Center", "555-0100"), ("Harbor Office", "call us"), ("Harbor 痛", "555-0100")],
)
def test_a_name_that_messages_may_not_say_fails(scene: Scene, name: str, phone: str) -> None:
    Program.objects.update(neutral_name=name, call_back=phone)
    assert failing() == ["programs.wording"]


def test_what_waits_for_people_is_told_and_fails_nothing(scene: Scene) -> None:
    missed(scene)
    scene.run(START + timedelta(hours=30))
    show(START + timedelta(hours=30))
    look_everywhere()
    assert found("lists.steps").count > 0
    assert found("lists.steps").note
    assert "lists.steps" not in failing()
    assert found("lists.reviews").note


def test_a_locked_queue_keeps_no_other_check_from_its_answer(
    scene: Scene, raw_connection: psycopg.Connection
) -> None:
    raw_connection.autocommit = False
    raw_connection.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
    try:
        (check,) = examine().failing
        assert (check.name, check.said) == ("queue.jobs", "It could not be asked: OperationalError.")
    finally:
        raw_connection.rollback()


def test_a_database_that_does_not_answer_is_the_answer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "is_reachable", lambda: False)
    assert failing() == ["database.reachable"]
    assert len(examine().checks) == 1


def test_a_database_that_goes_away_meanwhile_is_the_answer(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OperationalError("gone with a patient's name")

    monkeypatch.setattr(ground, "read_moment", gone)
    assert failing() == ["database.reachable"]
    assert "OperationalError" in examine().checks[0].said
    assert "patient" not in examine().checks[0].said


def test_a_database_behind_the_software_is_the_answer(scene: Scene) -> None:
    execute("DELETE FROM django_migrations WHERE app = 'followup'")
    health = examine()
    assert failing(health) == ["database.migrated"]
    assert health.checks[-1].count == len(opening.changes_to_come()) > 0


def test_a_full_disk_fails_where_the_server_is_ours(
    scene: Scene, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, database_url=None, home=tmp_path)
    assert "GB are free" in found("disk.free").said
    monkeypatch.setattr(ground, "LEAST_FREE_BYTES", 10**18)
    assert failing() == ["disk.free"]


def test_the_network_is_told_names_and_counts_alone(scene: Scene) -> None:
    _, case = missed(scene)
    Case.objects.update(failures=1, error="ValueError", next_look_at=clock.now())
    health = examine()
    assert f"case:{case.pk}" in str(as_document(health))
    assert {frozenset(check) for check in in_short(health)["checks"]} == {frozenset(("name", "ok", "count"))}


def test_every_check_that_fails_says_what_to_do(scene: Scene) -> None:
    Heartbeat.objects.all().delete()
    Program.objects.update(neutral_name="Recovery")
    assert [check.do != "" for check in examine().failing] == [True, True]


def test_the_runbook_says_of_every_check_what_it_means() -> None:
    runbook = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text()
    asked = [
        "database.reachable",
        "database.migrated",
        *(name for group in GROUPS.values() for name in group),
    ]
    assert [name for name in asked if f"`{name}`" not in runbook] == []


def test_an_engine_of_our_own_that_is_silent_is_told_within_a_minute(
    scene: Scene, settings: Settings
) -> None:
    assert found("rooms.engine").note
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, engine="janus", engine_settings=OWN)
    assert failing() == ["engine.parts", "rooms.engine"]
    for part in (POLL, ENGINE_ANSWERS, EAR, ENGINE_HEARD):
        beat(part, clock.now())
    assert failing() == []
    Heartbeat.objects.filter(part=ENGINE_HEARD).update(beat_at=datetime.now(UTC) - A_MINUTE_AND_MORE)
    assert failing() == ["rooms.engine"]
    assert found("rooms.engine").ids == (ENGINE_HEARD,)


def test_a_session_under_way_whose_room_was_not_heard_of_for_a_minute_is_named(
    scene: Scene, settings: Settings
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, engine="janus", engine_settings=OWN)
    for part in (POLL, ENGINE_ANSWERS, EAR, ENGINE_HEARD):
        beat(part, clock.now())
    session = scene.session(scene.admit("ada"))
    room = host_session(session=session, provider="janus", by=ENGINE, at=START - minutes(15))
    show(START + minutes(2))
    scene.watched(session)
    scene.run(START + minutes(2), send=False)
    show(START + minutes(2))
    assert failing() == ["rooms.engine"]
    assert found("rooms.engine").ids == (f"session:{session.pk}",)
    HostedRoom.objects.filter(pk=room.pk).update(engine_seen_at=clock.now())
    assert failing() == []


OWN = {"token_key": "k", "admin_secret": "s", "admin_key": "a", "ws_url": "ws://127.0.0.1:1"}
