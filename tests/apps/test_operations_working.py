"""What a worker does in its own threads: looking, tidying, waiting."""

import os
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, transaction
from procrastinate.contrib.django import app
from pytest_django import Settings

from rejoin.common import clock, wakes
from rejoin.common.models import Heartbeat
from rejoin.common.rows import execute, select
from rejoin.common.wakes import LOOK, SEND, wake
from rejoin.domain.kernel import Refusal
from rejoin.followup.engine import beat
from rejoin.operations import opening, working
from rejoin.outreach.sending import worker_name


@pytest.mark.django_db
def test_a_worker_looks_by_itself_only_where_it_has_not_looked_within_a_second() -> None:
    looks: list[str] = []
    kind = working.Work(queue="engine", look=lambda: looks.append("look"), parts=["a", "b"], threads=1)
    assert working.look_unless_looked(kind)
    beat("b", clock.now())
    assert not working.look_unless_looked(kind)
    Heartbeat.objects.update(beat_at=datetime.now(UTC) - timedelta(seconds=1.1))
    assert working.look_unless_looked(kind)
    Heartbeat.objects.update(beat_at=datetime.now(UTC), worker="elsewhere:1")
    assert working.look_unless_looked(kind)
    Heartbeat.objects.update(beat_at=datetime.now(UTC) + timedelta(hours=1), worker=worker_name())
    assert working.look_unless_looked(kind)
    assert looks == ["look"] * 4


@pytest.mark.django_db
def test_workers_of_this_machine_that_are_no_more_are_forgotten_and_others_after_a_day() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    now, here = datetime.now(UTC), socket.gethostname()[:40]
    for worker, beat_at in (
        (worker_name(), now),
        (f"{here}:{ended.pid}", now),
        (f"{here}:{os.getppid()}", now - timedelta(days=2)),
        ("elsewhere:1", now - timedelta(hours=20)),
        ("elsewhere:2", now - timedelta(hours=25)),
    ):
        Heartbeat.objects.create(part="rooms.read", worker=worker, at=now, beat_at=beat_at)
    working.forget_lost_workers()
    assert set(Heartbeat.objects.values_list("worker", flat=True)) == {worker_name(), "elsewhere:1"}


@pytest.mark.django_db
def test_jobs_of_workers_that_died_are_dropped_and_no_other() -> None:
    execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES "
        "(clock_timestamp()), (clock_timestamp() - interval '5 minutes')"
    )
    execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) "
        "SELECT 'engine', 'engine.look', 'doing'::procrastinate_job_status, id FROM procrastinate_workers "
        "UNION ALL SELECT 'sending', 'sending.send', 'doing', NULL "
        "UNION ALL SELECT 'engine', 'engine.look', 'todo', NULL "
        "UNION ALL SELECT 'others', 'others.own', 'doing', NULL"
    )
    assert working.drop_lost_jobs() == 2
    left = select("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY 1, 2")
    assert left == [("engine.look", "doing"), ("engine.look", "todo"), ("others.own", "doing")]


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["ACCESS EXCLUSIVE", "SHARE"])
@pytest.mark.parametrize("table", ["procrastinate_jobs", "procrastinate_events"])
def test_who_asks_for_a_look_does_not_wait_for_a_queue_that_is_locked(
    table: str, mode: str, raw_connection: psycopg.Connection
) -> None:
    began = time.monotonic()
    with raw_connection.transaction():
        raw_connection.execute(f"LOCK TABLE {table} IN {mode} MODE".encode())
        with transaction.atomic():
            Heartbeat.objects.create(part="a", worker="w", at=clock.now(), beat_at=clock.now())
            wake(LOOK)
    assert time.monotonic() - began < 2
    assert Heartbeat.objects.exists()
    assert select("SELECT FROM procrastinate_jobs") == []
    wake(LOOK)
    wake(LOOK)
    wake(SEND)
    found = select("SELECT task_name, queue_name FROM procrastinate_jobs ORDER BY 1")
    assert found == [(LOOK, "engine"), (SEND, "sending")]


@pytest.mark.django_db
def test_any_other_fault_of_the_queue_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakes, "TAKE", "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")
    with pytest.raises(OperationalError), transaction.atomic():
        wake(LOOK)


def test_the_queue_has_no_job_of_its_own_time() -> None:
    assert app.periodic_registry.periodic_tasks == {}
    assert {LOOK, SEND} <= set(app.tasks)


@pytest.mark.django_db
def test_a_worker_does_not_start_on_half_a_setting(settings: Settings) -> None:
    settings.CHANNEL_SETTINGS = {"REJOIN_DRY_RUN": "off", "TWILIO_FROM": "+15005550006"}
    with pytest.raises(Refusal, match="TWILIO_ACCOUNT_SID"):
        working.work(working.SEND)


@pytest.mark.django_db
def test_waiting_for_the_database_ends_when_nobody_waits_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, revived = iter([False, False, True]), []
    monkeypatch.setattr(opening, "is_reachable", lambda: next(answers))
    monkeypatch.setattr(opening, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(opening, "revive_server", lambda: revived.append(1))
    assert opening.wait_for_database(given_up=lambda: False)
    assert len(revived) == 2
    monkeypatch.setattr(opening, "is_reachable", lambda: False)
    assert not opening.wait_for_database(given_up=lambda: True)
