"""Long work: asked for once, done whole or not at all, followed, stopped, and found again when its worker is lost."""

import signal
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction
from pytest_django import Settings

from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import ENGINE, staff_actor
from rejoin.common.rows import execute, select
from rejoin.common.seeing import seen_by_staff
from rejoin.domain.kernel import Problem, Refusal
from rejoin.longwork import jobs, progress, running
from rejoin.longwork.access import enclosure_for, work_for
from rejoin.longwork.actions import ask_for_work, empty_old_files, end_work, stop_work, take_file
from rejoin.longwork.enclosures import PIECE, NewFile, body_of
from rejoin.longwork.models import Enclosure, Piece, Work
from rejoin.longwork.problems import from_file
from rejoin.longwork.progress import GivenBack, Progress, Stopped, tell
from rejoin.longwork.running import Job, run_next
from rejoin.longwork.vocabulary import Kind, Part, State
from rejoin.operations.health.asking import examine
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Session
from rejoin.sheets.refused import BadInput
from tests.apps.processes import environment, process, wait_until
from tests.apps.scene import START, Scene, minutes
from tests.builders.folder import FolderBuilder

pytestmark = pytest.mark.django_db(transaction=True)
DOING: list[Callable[[Job], None]] = []
"""What the work of a test does."""


def do(job: Job) -> None:
    """Whoever does it, in the settings of a test."""
    DOING[-1](job)


@pytest.fixture(autouse=True)
def _ours(settings: Settings) -> None:
    settings.LONG_WORK = dict.fromkeys(("import", "export", "replay"), f"{__name__}.do")
    DOING.clear()
    running.leaving.clear()


class Office:
    """Dora directs the evening; eli does so too."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.dora, self.eli = self.scene.hire("dora", "director"), self.scene.hire("eli", "director")

    def who(self, staff: Staff | None = None) -> dict[str, Any]:
        return {"by": staff_actor((staff or self.dora).pk), "at": clock.now()}

    def ask(self, *files: NewFile, kind: Kind = Kind.EXPORT, staff: Staff | None = None) -> Work:
        return ask_for_work(kind=kind, program=self.scene.program, given={}, files=files, **self.who(staff))

    def done(self, doing: Callable[[Job], None], *files: NewFile) -> Work:
        """What becomes of a piece of work that does this."""
        DOING.append(doing)
        work = self.ask(*files)
        assert run_next()
        work.refresh_from_db()
        return work


@pytest.fixture
def office() -> Office:
    return Office()


def file(body: bytes = b"x", part: Part = Part.BROUGHT, name: str = "a.zip") -> NewFile:
    return NewFile(part=part, name=name, media_type="application/zip", body=body)


def queued() -> list[tuple[str, str]]:
    return select("SELECT queue_name, task_name FROM procrastinate_jobs ORDER BY id")


def ends(job: Job) -> None:
    job.end({"well": 1})


def hires(job: Job) -> None:
    """Writes something, and ends."""
    with transaction.atomic():
        Staff.objects.create(name="noor")
        job.end({})


def hired() -> bool:
    return Staff.objects.filter(name="noor").exists()


# Asking


def test_who_asks_wakes_a_worker_once_on_a_queue_of_its_own(office: Office) -> None:
    with suppress(RuntimeError), transaction.atomic():
        office.ask()
        raise RuntimeError
    assert (Work.objects.count(), queued()) == (0, [])
    office.ask()
    office.ask()
    assert queued() == [("longwork", "longwork.work")]
    event = Event.objects.filter(verb="longwork.ask").latest("pk")
    assert (event.by, event.reason, event.program_ref) == (
        f"staff:{office.dora.pk}",
        "export",
        office.scene.program.pk,
    )


def test_who_asks_through_the_door_wakes_a_worker_too(office: Office) -> None:
    with seen_by_staff(office.dora.pk):
        office.ask(file(b"records"))
    assert queued() == [("longwork", "longwork.work")]
    assert body_of(Enclosure.objects.get()) == b"records"


def test_a_queue_that_is_locked_keeps_nobody_waiting(office: Office, raw_connection: Any) -> None:
    with raw_connection.transaction():
        raw_connection.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
        office.ask()
    assert Work.objects.count() == 1
    assert queued() == []


def test_only_a_person_asks_and_not_for_everything_at_once(office: Office) -> None:
    with pytest.raises(Refusal, match="asked for by a person"):
        ask_for_work(kind=Kind.EXPORT, program=office.scene.program, given={}, by=ENGINE, at=START)
    for _ in range(5):
        office.ask()
    with pytest.raises(Refusal, match="5 pieces of work of yours"):
        office.ask()
    office.ask(staff=office.eli)


def test_more_than_is_kept_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rejoin.longwork.actions.LARGEST", 10)
    with pytest.raises(Refusal, match="more than can be brought"):
        office.ask(file(b"x" * 11))
    work = office.done(lambda job: job.end({}, [file(b"x" * 11, Part.RESULT)]))
    assert (work.state, Enclosure.objects.count()) == ("failed", 0)
    assert "too large to be kept" in work.error


def test_a_file_is_kept_in_pieces(office: Office) -> None:
    body = bytes(range(256)) * (PIECE // 256) + b"end"
    office.ask(file(body), file(b"", name="empty"))
    large, empty = Enclosure.objects.order_by("pk")
    assert [len(each.body) for each in large.pieces.order_by("place")] == [PIECE, 3]
    assert (body_of(large), body_of(empty)) == (body, b"")


# Who sees it


def test_nobody_asks_in_somebody_elses_name_or_in_another_program(office: Office) -> None:
    morning = Scene(slug="morning")
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(office.eli.pk):
        office.ask()
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(office.dora.pk):
        ask_for_work(kind=Kind.EXPORT, program=morning.program, given={}, **office.who())


def test_its_files_are_for_whoever_asked_and_for_a_day(office: Office) -> None:
    work = office.done(lambda job: job.end({}, [file(b"records", Part.RESULT)]))
    with seen_by_staff(office.eli.pk):
        assert Work.objects.get().pk == work.pk
        assert not Enclosure.objects.exists()
        assert not Piece.objects.exists()
    with seen_by_staff(office.dora.pk):
        enclosure = enclosure_for(office.dora, work, Part.RESULT)
        assert take_file(enclosure=enclosure, **office.who()) == b"records"
    assert Event.objects.get(verb="longwork.take").by == f"staff:{office.dora.pk}"
    clock.simulate(shown_at=clock.now() + timedelta(hours=24), rate=0)
    with pytest.raises(Refusal, match="nothing here"), seen_by_staff(office.dora.pk):
        enclosure_for(office.dora, work, Part.RESULT)


def test_somebody_of_another_program_sees_nothing_of_it(office: Office) -> None:
    work = office.ask()
    stranger = Scene(slug="morning").hire("cleo", "director")
    with seen_by_staff(stranger.pk):
        assert not Work.objects.exists()
    with pytest.raises(Refusal, match="nothing here"):
        work_for(work.ref, programs=[office.scene.program.pk + 1])


def test_the_web_changes_nothing_of_it_but_that_it_is_to_stop(office: Office) -> None:
    work = office.ask()
    for column in ("state = 'done', ended_at = now()", "told = '{}'", "asked_by_id = 1", "given = '{}'"):
        with pytest.raises(ProgrammingError, match="permission denied"), seen_by_staff(office.dora.pk):
            execute(f"UPDATE longwork_work SET {column}")
    with seen_by_staff(office.eli.pk):
        stop_work(work=work, **office.who(office.eli))


def test_what_was_asked_is_never_something_else(office: Office) -> None:
    work = office.ask()
    with pytest.raises(Exception, match="append_only"), transaction.atomic():
        Work.objects.filter(pk=work.pk).update(given={"table": "roster"})
    with pytest.raises(Exception, match="append_only"), transaction.atomic():
        execute("DELETE FROM longwork_work")


def test_files_are_emptied_after_their_day_and_what_was_brought_as_soon_as_it_was_used(
    office: Office,
) -> None:
    work = office.done(lambda job: job.end({}, [file(b"out", Part.RESULT)]), file(b"in"))
    waiting = office.ask(file(b"later"))
    assert empty_old_files(by=ENGINE, at=clock.now()) == 1
    kept = {each.part: body_of(each) for each in Enclosure.objects.filter(work=work)}
    assert kept == {"brought": b"", "result": b"out"}
    assert body_of(waiting.enclosures.get()) == b"later"
    tomorrow = clock.now() + timedelta(hours=24)
    assert empty_old_files(by=ENGINE, at=tomorrow) == 2
    assert empty_old_files(by=ENGINE, at=tomorrow) == 0
    assert {bytes(each) for each in Piece.objects.values_list("body", flat=True)} == {b""}
    assert Event.objects.filter(verb="longwork.empty").count() == 3


# Doing


def test_there_may_be_nothing_to_do(office: Office) -> None:
    assert not run_next()


def test_it_ends_in_the_transaction_of_what_it_writes(office: Office) -> None:
    work = office.done(hires)
    assert (work.state, work.told, hired()) == ("done", {}, True)
    assert work.ended_at is not None
    assert not run_next()
    event = Event.objects.get(verb="longwork.end")
    assert (event.reason, event.by) == ("done", "system:engine")


def test_what_it_writes_and_who_asked_for_it_find_each_other_in_the_trail(office: Office) -> None:
    work = office.done(ends)
    assert Event.objects.get(verb="longwork.end").request == work.ref.hex


def test_what_was_brought_along_is_there(office: Office) -> None:
    found: list[Any] = []

    def look(job: Job) -> None:
        found.extend(job.brought())
        job.end({})

    office.done(look, file(b"1", name="one"), file(b"2", name="two"))
    assert found == [("one", b"1"), ("two", b"2")]


def test_how_far_it_is_can_be_seen_while_it_is_one_transaction(office: Office, raw_connection: Any) -> None:
    seen: list[Any] = []

    def slow(job: Job) -> None:
        with transaction.atomic():
            Staff.objects.create(name="noor")
            job.progress.say("Patients", done=3, total=7)
            wait_until(lambda: _told(raw_connection)[:2] == (3, 7), seconds=10)
            seen.append(_told(raw_connection))
            job.end({})

    work = office.done(slow)
    assert seen == [(3, 7, "Patients", "running")]
    assert (work.state, work.done, work.total, work.saying) == ("done", 7, 7, "")


def _told(raw: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = raw.execute("SELECT done, total, saying, state FROM longwork_work").fetchone()
    return found


def test_who_stops_it_takes_back_all_of_it(office: Office) -> None:
    def slow(job: Job) -> None:
        with transaction.atomic():
            Staff.objects.create(name="noor")
            _elsewhere(lambda: stop_work(work=job.work, **office.who()))
            wait_until(job.progress.stop.is_set, seconds=10)
            job.end({})

    work = office.done(slow)
    assert (work.state, hired()) == ("stopped", False)
    with pytest.raises(Refusal, match="ended already"):
        stop_work(work=work, **office.who())


def _elsewhere(act: Callable[[], object]) -> None:
    """As another process does it."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    other.join()


def test_what_is_stopped_before_it_begins_never_does(office: Office) -> None:
    DOING.append(hires)
    work = office.ask()
    stop_work(work=work, **office.who())
    with pytest.raises(Refusal, match="somebody has stopped it"):
        stop_work(work=work, **office.who())
    assert run_next()
    work.refresh_from_db()
    assert (work.state, hired()) == ("stopped", False)


def test_who_may_not_do_it_any_more_is_told_so(office: Office) -> None:
    DOING.append(hires)
    work = office.ask()
    office.dora.roles.update(ended_at=clock.now(), ended_by="staff:1")
    assert run_next()
    work.refresh_from_db()
    assert (work.state, hired()) == ("failed", False)
    assert "may not do it any more" in work.error


def _refuses(job: Job) -> None:
    with transaction.atomic():
        Staff.objects.create(name="noor")
        raise Refusal("no", "That cannot be.")


def _breaks(job: Job) -> None:
    with transaction.atomic():
        Staff.objects.create(name="noor")
        raise LookupError("ada")


def _forgets(job: Job) -> None:
    """Comes back and has not ended."""


@pytest.mark.parametrize(
    ("doing", "said"),
    [
        (_refuses, "That cannot be."),
        (_breaks, "Something went wrong on our side"),
        (_forgets, "Something went wrong on our side"),
    ],
)
def test_what_fails_says_why_and_leaves_nothing(
    office: Office, doing: Callable[[Job], None], said: str
) -> None:
    work = office.done(doing)
    assert (work.state, hired()) == ("failed", False)
    assert work.error.startswith(said)
    assert "ada" not in work.error


def test_what_is_wrong_with_what_was_brought_is_kept_for_whoever_brought_it(office: Office) -> None:
    problems = [Problem(file="roster.csv", line=3, field="phone", message="'ada' is no number")]

    def bad(job: Job) -> None:
        raise BadInput(problems)

    work = office.done(bad)
    assert (work.state, work.told) == ("failed", {"problems": 1})
    assert work.error == "There is one problem in what was brought. Nothing of it was taken in."
    assert from_file(body_of(work.enclosures.get(part="problems"))) == problems


# Workers that are lost


def _lose_worker(seconds: int = 41) -> None:
    execute("UPDATE longwork_work SET beat_at = clock_timestamp() - make_interval(secs => %s)", [seconds])


def test_a_worker_that_gives_signs_of_life_keeps_its_work(office: Office) -> None:
    DOING.append(lambda job: job.progress.check())
    office.ask()
    execute("UPDATE longwork_work SET state = 'running', tries = 1, beat_at = clock_timestamp()")
    assert not run_next()
    _lose_worker(39)
    assert not run_next()
    _lose_worker()
    assert run_next()


def test_what_a_lost_worker_was_at_is_begun_anew_and_done_once(office: Office) -> None:
    DOING.append(hires)
    work = office.ask()
    execute("UPDATE longwork_work SET state = 'running', tries = 1, done = 0, total = 9")
    _lose_worker()
    assert run_next()
    work.refresh_from_db()
    assert (work.state, work.tries, hired()) == ("done", 2, True)


def test_whoever_was_lost_three_times_is_not_begun_again(office: Office) -> None:
    DOING.append(hires)
    work = office.ask()
    execute("UPDATE longwork_work SET state = 'running', tries = 3")
    _lose_worker()
    assert run_next()
    work.refresh_from_db()
    assert (work.state, hired()) == ("failed", False)
    assert "was lost" in work.error


def test_a_worker_thought_lost_that_comes_to_its_end_leaves_nothing(office: Office) -> None:
    """It was silent for long, and somebody else has begun it: what stands is theirs."""

    def slow(job: Job) -> None:
        with transaction.atomic():
            Staff.objects.create(name="noor")
            _elsewhere(lambda: execute("UPDATE longwork_work SET tries = tries + 1"))
            job.end({})

    work = office.done(slow)
    assert (work.state, work.tries, hired()) == ("running", 2, False)


def test_a_worker_that_hears_it_was_replaced_gives_up(office: Office) -> None:
    gave_up: list[bool] = []

    def slow(job: Job) -> None:
        execute("UPDATE longwork_work SET tries = tries + 1")
        wait_until(job.progress.lost.is_set, seconds=10)
        with pytest.raises(GivenBack) as given_back:
            job.progress.say("On and on")
        gave_up.append(True)
        raise given_back.value

    work = office.done(slow)
    assert (work.state, work.tries, gave_up) == ("running", 2, [True])


def test_failing_after_somebody_else_has_begun_it_says_nothing_of_theirs(office: Office) -> None:
    def slow(job: Job) -> None:
        execute("UPDATE longwork_work SET tries = tries + 1")
        raise Refusal("no", "That cannot be.")

    work = office.done(slow)
    assert (work.state, work.error) == ("running", "")


def test_a_worker_that_leaves_gives_its_work_back_and_that_is_no_try(office: Office) -> None:
    def leaves(job: Job) -> None:
        running.leaving.set()
        with transaction.atomic():
            Staff.objects.create(name="noor")
            job.progress.say("Patients")

    work = office.done(leaves)
    assert (work.state, work.tries, hired()) == ("queued", 0, False)
    running.leaving.clear()
    DOING.append(hires)
    assert run_next()
    assert hired()


def test_a_database_that_has_no_time_is_asked_again_and_that_is_a_try(office: Office) -> None:
    def locked(job: Job) -> None:
        raise OperationalError

    work = office.done(locked)
    assert (work.state, work.tries) == ("queued", 1)
    assert [run_next() for _ in range(3)] == [True, True, True]
    work.refresh_from_db()
    assert (work.state, work.tries) == ("failed", 4)
    assert not run_next()


def test_how_far_it_is_is_told_by_nobody_while_the_row_is_held(office: Office) -> None:
    """The work's own transaction is about to end it."""
    work = office.ask()
    execute("UPDATE longwork_work SET state = 'running', tries = 1")
    work.refresh_from_db()
    hears = Progress(running.leaving)
    with transaction.atomic():
        execute("SELECT FROM longwork_work FOR UPDATE")
        _elsewhere(lambda: tell(work, hears))
    assert not hears.stop.is_set()
    assert not hears.lost.is_set()
    hears.check()


def test_a_database_that_is_away_for_a_moment_is_no_reason_to_stop_telling(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def once_away(work: Work, says: Progress) -> None:
        told.append(says.saying)
        if len(told) == 1:
            raise OperationalError
        tell(work, says)

    monkeypatch.setattr(progress, "tell", once_away)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.01)

    def slow(job: Job) -> None:
        job.progress.say("Patients", done=9, total=5)
        wait_until(lambda: len(told) > 2, seconds=10)
        job.end({})

    assert office.done(slow).state == "done"


def test_progress_says_no_more_than_there_is() -> None:
    says = Progress(threading.Event())
    says.say("x" * 200, done=9, total=5)
    assert (len(says.saying), says.done, says.total) == (80, 5, 5)
    says.stop.set()
    with pytest.raises(Stopped):
        says.check()
    leaving = threading.Event()
    leaving.set()
    with pytest.raises(GivenBack):
        Progress(leaving).check()


def test_a_process_does_one_piece_at_a_time_and_all_there_are(office: Office) -> None:
    def nested(job: Job) -> None:
        before = Work.objects.filter(state="queued").count()
        jobs.work()  # the queue wakes this worker while it is at work
        assert Work.objects.filter(state="queued").count() == before
        job.end({})

    DOING.append(nested)
    office.ask()
    office.ask()
    jobs.work()
    assert set(Work.objects.values_list("state", flat=True)) == {"done"}


def test_work_that_nobody_takes_is_a_failing_check(office: Office) -> None:
    def failing() -> bool:
        return not next(each for each in examine().checks if each.name == "work.long").ok

    office.ask()
    assert not failing()
    clock.simulate(shown_at=clock.now() + minutes(2), rate=0)
    assert failing()
    execute("UPDATE longwork_work SET state = 'running', tries = 1, beat_at = clock_timestamp()")
    office.ask()
    clock.simulate(shown_at=clock.now() + minutes(2), rate=0)
    assert not failing(), "a worker is at the one, and the other waits for it"
    _lose_worker(100)
    assert failing()


# A backend that has written something and stands at somebody else's lock.
STANDING = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND backend_xid IS NOT NULL
"""
GONE = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"


def test_a_killed_workers_import_is_whole_or_not_at_all_and_done_by_the_next(
    office: Office, settings: Settings, tmp_path: Path, database_address: str, raw_connection: Any
) -> None:
    """It dies with its patients written and its sessions not: these stand still as long as the table is held."""
    from tests.apps.test_longwork_kinds import zipped

    settings.LONG_WORK = {"import": "rejoin.operations.bringing.bring_in"}
    before = count_brought()
    work = office.ask(file(zipped(a_month(tmp_path / "week"))), kind=Kind.IMPORT)
    env = environment(tmp_path, database=database_address)
    with process("work", "--long", env=env, log=tmp_path / "log") as worker:
        with raw_connection.transaction():
            raw_connection.execute("LOCK TABLE programs_session IN SHARE MODE")
            wait_until(lambda: select(STANDING), seconds=60)
            ((backend,),) = select(STANDING)
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)
        wait_until(lambda: select(GONE, [backend]) == [(True,)])
    work.refresh_from_db()
    assert (work.state, work.tries, count_brought()) == ("running", 1, before)
    assert not run_next()
    _lose_worker()
    left = set(Path(tempfile.gettempdir()).glob(f"rejoin-records-{worker.pid}-*"))
    assert left, "what it was unpacking lies there"
    assert run_next()
    assert not any(each.exists() for each in left)
    work.refresh_from_db()
    assert (work.state, work.tries, work.error) == ("done", 2, "")
    patients, sessions, told = before
    assert count_brought() == (patients + 30, sessions + 28, told + 30 + 28)


def a_month(path: Path) -> Path:
    folder = FolderBuilder(path, policy="a")
    for number in range(30):
        folder.patient(f"P{number}", name=f"Mara {number}", **{"from": "2026-09-01"})
    for day in range(1, 29):
        folder.session(f"S{day}", f"2026-11-{day:02}T18:00", f"2026-11-{day:02}T21:00", facilitator="Noor")
    return folder.write()


def count_brought() -> tuple[int, int, int]:
    """Patients, sessions, and what the trail tells of their coming."""
    told = Event.objects.filter(verb__in=("people.add_patient", "programs.schedule_session"), reason="import")
    return Patient.objects.count(), Session.objects.count(), told.count()


def test_ending_needs_whoever_has_it(office: Office) -> None:
    work = office.ask()
    end_work(work=work, state=State.DONE, by=ENGINE, at=clock.now())
    with pytest.raises(RuntimeError):
        end_work(work=work, state=State.DONE, by=ENGINE, at=clock.now())
