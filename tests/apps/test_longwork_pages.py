"""Long work on the console: asked for in a form, followed, stopped, and taken away by whoever asked."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import ENGINE, staff_actor
from rejoin.common.rows import execute
from rejoin.domain.kernel import Problem
from rejoin.domain.policy.replay import Changed, Replay, Side, Unsure
from rejoin.longwork.actions import ask_for_work, end_work
from rejoin.longwork.enclosures import NewFile, body_of
from rejoin.longwork.lines import PatientLine, ReviewLine, SeatLine, WeekLine, as_file
from rejoin.longwork.models import Work
from rejoin.longwork.problems import as_file as as_problems
from rejoin.longwork.replaying import Replayed
from rejoin.longwork.vocabulary import Kind, Part, State
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Session
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
QUERIES = {"longwork": 22, "longwork_import": 20, "longwork_export": 20, "longwork_one": 26}
"""At most; the frame of a page has its own."""


class Office:
    """Dora and eli direct the evening; cleo directs another program; ben directs nothing."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.dora, self.eli = self.scene.hire("dora", "director"), self.scene.hire("eli", "director")
        self.cleo = Scene(slug="morning").hire("cleo", "director")
        self.pages = {each.pk: client_of(each) for each in (self.dora, self.eli, self.cleo, self.scene.ben)}

    def page(self, staff: Staff | None = None) -> Client:
        return self.pages[(staff or self.dora).pk]

    def get(self, name: str, *args: Any, staff: Staff | None = None, **query: str) -> Any:
        return self.page(staff).get(reverse(f"console:{name}", args=args), query)

    def ask(self, kind: Kind = Kind.EXPORT, **given: str) -> Work:
        who: Any = {"by": staff_actor(self.dora.pk), "at": clock.now()}
        return ask_for_work(kind=kind, program=self.scene.program, given=given, **who)

    def ended(self, kind: Kind, state: State = State.DONE, /, **how: Any) -> Work:
        given = {"from": "2026-10-01", "until": "2026-10-07"} if kind is Kind.REPLAY else {}
        work = self.ask(kind, **given)
        end_work(work=work, state=state, by=ENGINE, at=clock.now(), **how)
        return work

    def send(self, *files: SimpleUploadedFile, staff: Staff | None = None, **more: Any) -> Any:
        sent = {"program": "evening", "folder": list(files), "accept": "", **more}
        return self.page(staff).post(reverse("console:longwork_import"), sent)


@pytest.fixture
def office() -> Office:
    return Office()


def told(answer: Any) -> str:
    """The words of a page's middle."""
    middle = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", middle))


def csv_file(name: str = "roster.csv", body: bytes = b"patient_id\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, "text/csv")


def archive(body: bytes = b"PK") -> NewFile:
    return NewFile(part=Part.RESULT, name="evening.zip", media_type="application/zip", body=body)


# Who sees it


def test_only_whoever_governs_a_program_sees_its_long_work(office: Office) -> None:
    work = office.ask()
    for name, args in (
        ("longwork", ()),
        ("longwork_import", ()),
        ("longwork_export", ()),
        ("longwork_one", (work.ref,)),
    ):
        assert office.get(name, *args).status_code == 200
        assert office.get(name, *args, staff=office.eli).status_code == 200
        assert office.get(name, *args, staff=office.scene.ben).status_code == 404
    assert office.get("longwork_one", work.ref, staff=office.cleo).status_code == 404
    assert "Taking records out" not in told(office.get("longwork", staff=office.cleo)).split("State")[-1]
    assert office.get("longwork_stop", work.ref).status_code == 404


@pytest.mark.parametrize(("name", "most"), QUERIES.items())
def test_a_page_asks_as_often_however_much_there_is(office: Office, name: str, most: int) -> None:
    problems = [Problem(file="roster.csv", line=n, field="phone", message="is none") for n in range(300)]
    small = office.ended(Kind.IMPORT, State.FAILED, files=[as_problems(problems[:1])])
    args = (small.ref,) if name == "longwork_one" else ()

    def asked(*args: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(name, *args).status_code == 200
        return len(queries)

    asked(*args)
    few = asked(*args)
    assert few <= most
    large = office.ended(Kind.IMPORT, State.FAILED, files=[as_problems(problems)])
    for _ in range(20):
        office.ended(Kind.EXPORT)
    args = (large.ref,) if name == "longwork_one" else ()
    assert asked(*args) == few


# The list


def test_work_is_listed_and_narrowed(office: Office) -> None:
    office.ask()
    office.ended(Kind.REPLAY, State.FAILED, error="No.")
    page = told(office.get("longwork"))
    assert re.search(r"Replay of a policy\s+Evening\s+Failed\s+dora of evening", page)
    assert re.search(r"Taking records out\s+Evening\s+Waiting\s+dora of evening", page)
    assert "Taking records out" not in told(office.get("longwork", kind="replay")).split("Ended")[-1]
    assert office.get("longwork", format="csv").status_code == 200
    assert 'data-topics="longwork"' in office.get("longwork").content.decode()


# One piece


def test_how_far_it_is_is_shown_and_followed_with_and_without_scripts(office: Office) -> None:
    work = office.ask()
    body = office.get("longwork_one", work.ref).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in body
    assert 'data-topics="longwork"' in body
    assert 'data-live-region="work"' in body
    assert "Waiting for a worker" in body
    execute(
        "UPDATE longwork_work SET state = 'running', done = 3, total = 7, saying = 'Sessions', "
        "beat_at = clock_timestamp()"
    )
    page = office.get("longwork_one", work.ref)
    assert '<progress aria-labelledby="progress-label" value="3" max="7">' in page.content.decode()
    assert "Sessions 3 of 7" in told(page)


def test_what_nobody_takes_says_so(office: Office) -> None:
    work = office.ask()
    assert "Nobody works on it" not in told(office.get("longwork_one", work.ref))
    clock.simulate(shown_at=clock.now() + timedelta(minutes=2), rate=0)
    assert "Nobody works on it" in told(office.get("longwork_one", work.ref))
    clock.simulate(shown_at=clock.now(), rate=60)
    assert "Nobody works on it" not in told(office.get("longwork_one", work.ref)), (
        "two seconds of a real clock"
    )


def test_what_is_over_is_not_fetched_again(office: Office) -> None:
    work = office.ended(Kind.EXPORT, files=[archive()])
    body = office.get("longwork_one", work.ref).content.decode()
    assert "http-equiv" not in body
    assert 'data-topics=""' in body


def test_whoever_governs_stops_it_once(office: Office) -> None:
    work = office.ask()
    address = reverse("console:longwork_stop", args=[work.ref])
    assert office.page(office.cleo).post(address).status_code == 404
    assert office.page(office.scene.ben).post(address).status_code == 404
    answer = office.page(office.eli).post(address, follow=True)
    page = told(answer)
    assert "Stopped" in page
    assert "eli of evening asked for it to be stopped" in page
    assert "Stop it" not in page
    again = office.page().post(address, {"back": reverse("console:longwork")}, follow=True)
    assert "somebody has stopped it" in told(again)
    assert "Stopped" in told(office.get("longwork"))
    assert Event.objects.get(verb="longwork.stop").by == f"staff:{office.eli.pk}"


def test_what_runs_while_it_is_being_stopped_says_so(office: Office) -> None:
    work = office.ask()
    execute("UPDATE longwork_work SET state = 'running', beat_at = clock_timestamp()")
    office.page().post(reverse("console:longwork_stop", args=[work.ref]))
    assert "Stopping" in told(office.get("longwork_one", work.ref))


def test_a_failure_says_why(office: Office) -> None:
    work = office.ended(Kind.EXPORT, State.FAILED, error="There is no such table.")
    assert "It failed. There is no such table." in told(office.get("longwork_one", work.ref))


# Files


def test_a_file_is_taken_by_whoever_asked_and_each_time_is_on_record(office: Office) -> None:
    work = office.ended(Kind.EXPORT, files=[archive(b"records")])
    assert "The archive" in told(office.get("longwork_one", work.ref))
    for _ in range(2):
        answer = office.get("longwork_result", work.ref)
        assert (answer.status_code, answer.content) == (200, b"records")
        assert answer["Content-Disposition"] == 'attachment; filename="evening.zip"'
        assert answer["Content-Type"] == "application/zip"
        assert "no-store" in answer["Cache-Control"]
    taken = Event.objects.filter(verb="longwork.take")
    assert {(each.by, each.reason) for each in taken} == {(f"staff:{office.dora.pk}", "result")}
    assert taken.count() == 2


def test_nobody_else_takes_it_and_nobody_after_a_day(office: Office) -> None:
    work = office.ended(Kind.EXPORT, files=[archive()])
    for staff in (office.eli, office.cleo, office.scene.ben):
        assert office.get("longwork_result", work.ref, staff=staff).status_code == 404
    page = told(office.get("longwork_one", work.ref, staff=office.eli))
    assert "Its files are for dora of evening alone." in page
    assert "The archive" not in page
    clock.simulate(shown_at=clock.now() + timedelta(hours=24), rate=0)
    assert office.get("longwork_result", work.ref).status_code == 404
    assert "kept for a day and are gone" in told(office.get("longwork_one", work.ref))
    assert not Event.objects.filter(verb="longwork.take").exists()


def test_what_was_brought_is_never_given_back(office: Office) -> None:
    answer = office.send(csv_file())
    assert answer.status_code == 302
    work = Work.objects.get()
    for part in ("", "brought", "result", "lines", "x"):
        assert office.get("longwork_result", work.ref, part=part).status_code == 404


# Problems


def test_what_is_wrong_is_listed_by_file_line_and_field(office: Office) -> None:
    problems = [
        Problem(file="roster.csv", line=3, field="phone", message="'=1+1' is no number"),
        Problem(file="sessions.csv", line=9, field="starts_at", message="<b>is no time"),
    ]
    work = office.ended(Kind.IMPORT, State.FAILED, files=[as_problems(problems)], error="There are 2.")
    page = told(office.get("longwork_one", work.ref))
    assert "2 of 2 lines" in page
    assert "roster.csv 3 phone &#x27;=1+1&#x27; is no number" in page
    assert "sessions.csv 9 starts_at &lt;b&gt;is no time" in page
    assert Event.objects.get(verb="longwork.read").by == f"staff:{office.dora.pk}"
    assert "phone" not in told(office.get("longwork_one", work.ref, staff=office.eli))
    file = office.get("longwork_result", work.ref, part="problems").content.decode()
    assert file.splitlines()[:2] == ["file,line,field,message", "roster.csv,3,phone,'=1+1' is no number"]


def test_of_very_many_problems_the_first_are_shown(office: Office) -> None:
    problems = [Problem(file="roster.csv", line=n, field="phone", message="is none") for n in range(2, 400)]
    work = office.ended(Kind.IMPORT, State.FAILED, files=[as_problems(problems)])
    assert "200 of 398 lines" in told(office.get("longwork_one", work.ref))


def test_what_was_brought_in_is_counted_in_words(office: Office) -> None:
    did = {"people.add_patient": 1204, "programs.seat": 3, "programs.brand_new": 1}
    notes = [Problem(file="marks.csv", line=2, field="at", message="left out")]
    work = office.ended(Kind.IMPORT, told={"did": did, "notes": 1}, files=[as_problems(notes)])
    page = told(office.get("longwork_one", work.ref))
    assert re.search(r"Patients added\s+1,204", page)
    assert re.search(r"Seats given\s+3", page)
    assert re.search(r"Brand new\s+1", page)
    assert "What was read and had no effect" in page
    nothing = office.ended(Kind.IMPORT, told={"did": {}, "notes": 0})
    assert "says nothing that was not known" in told(office.get("longwork_one", nothing.ref))


# Bringing in


def test_a_folder_is_asked_to_be_brought_in(office: Office) -> None:
    answer = office.send(
        csv_file(), csv_file("sessions.csv", b"session_id\n"), accept="zero_slack, quiet_hours"
    )
    work = Work.objects.get()
    assert answer["Location"] == reverse("console:longwork_one", args=[work.ref])
    assert (work.kind, work.given) == ("import", {"accept": ["quiet_hours", "zero_slack"]})
    kept = {each.name: body_of(each) for each in work.enclosures.all()}
    assert kept == {"roster.csv": b"patient_id\n", "sessions.csv": b"session_id\n"}


@pytest.mark.parametrize(
    ("files", "more", "said"),
    [
        ([], {}, "Choose the folder"),
        ([csv_file(body=b"")], {}, "One of the files is empty."),
        ([csv_file(), csv_file()], {}, "the same name"),
        ([csv_file(f"{n}.csv") for n in range(41)], {}, "at most 40 files"),
        ([csv_file("x" * 160 + ".csv")], {}, "Ensure this filename has at most 150 characters"),
        ([csv_file()], {"program": ""}, "Choose a program."),
        ([csv_file()], {"program": "morning"}, "Select a valid choice"),
        ([csv_file()], {"accept": "--accept zero_slack"}, "&#x27;--accept&#x27; is no code of a finding"),
    ],
)
def test_what_cannot_be_brought_is_said_in_place(
    office: Office, files: list[SimpleUploadedFile], more: dict[str, Any], said: str
) -> None:
    for each in files:
        each.seek(0)
    answer = office.send(*files, **more)
    assert answer.status_code == 422
    page = told(answer)
    assert "There is something to put right" in page
    assert said in page
    assert not Work.objects.exists()


def test_nobody_brings_anything_into_a_program_she_does_not_govern(office: Office) -> None:
    assert office.send(csv_file(), staff=office.scene.ben).status_code == 404
    assert office.send(csv_file(), staff=office.cleo).status_code == 422
    assert not Work.objects.exists()


def test_another_sites_form_brings_nothing(office: Office) -> None:
    """The address is exempt from the common check, and makes its own."""
    strict = client_of(office.dora)
    strict.handler.enforce_csrf_checks = True
    sent = {"program": "evening", "folder": [csv_file()], "accept": ""}
    assert strict.post(reverse("console:longwork_import"), sent).status_code == 403
    assert not Work.objects.exists()
    page = strict.get(reverse("console:longwork_import"))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert token is not None
    sent = {"program": "evening", "folder": [csv_file()], "accept": "", "csrfmiddlewaretoken": token[1]}
    assert strict.post(reverse("console:longwork_import"), sent).status_code == 302


def test_what_was_too_large_to_be_read_is_answered_in_words(office: Office, settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
    address = reverse("console:longwork_import")

    def large(page: Client) -> Any:
        return page.generic("POST", address, b"", "multipart/form-data", CONTENT_LENGTH=str(3 * 1024 * 1024))

    answer = large(office.page())
    assert answer.status_code == 413
    assert "That is more than 2 MB. Bring it as a .zip" in told(answer)
    assert large(office.page(office.scene.ben)).status_code == 404
    assert large(Client()).status_code == 302, "to sign in"
    assert not Work.objects.exists()


# Taking out


def test_a_table_or_everything_is_asked_to_be_taken_out(office: Office) -> None:
    address = reverse("console:longwork_export")
    for table, given in (("", {}), ("roster", {"table": "roster"})):
        answer = office.page().post(address, {"program": "evening", "table": table})
        assert answer.status_code == 302
        assert Work.objects.latest("pk").given == given
    for sent in ({"program": "morning", "table": ""}, {"program": "evening", "table": "diaries"}, {}):
        assert office.page().post(address, sent).status_code == 422
    assert office.page(office.scene.ben).post(address, {"program": "evening"}).status_code == 404
    assert Work.objects.count() == 2
    page = told(office.get("longwork_one", Work.objects.latest("pk").ref))
    assert "Taking records out: roster" in page
    assert 'value="evening" selected' in office.get("longwork_export", program="evening").content.decode()


def test_more_than_some_at_once_is_refused_in_a_banner(office: Office) -> None:
    for _ in range(5):
        office.ask()
    answer = office.page().post(
        reverse("console:longwork_export"),
        {"program": "evening", "table": "", "back": reverse("console:longwork")},
        follow=True,
    )
    assert "5 pieces of work of yours are not done yet" in told(answer)


# A replay


def told_replay(**changed: Any) -> Replayed:
    stood = Side(
        outcomes={"attended": 1500, "missed": 3},
        cases=3,
        rungs={"system an_hour": 3, "counselor a_day": 2, "counselor an_hour": 3},
        first_person={"an_hour": 2, "never": 1},
        reviews={"team_review": 1},
        weeks=4,
        weeks_below=1,
    )
    would = Side(
        outcomes={"attended": 1502, "missed": 1},
        cases=1,
        rungs={"counselor an_hour": 1},
        first_person={"an_hour": 1},
        reviews={"barrier_visit": 2},
        weeks=4,
        weeks_below=3,
    )
    replay = Replay(
        stood=stood,
        would=would,
        changed=Changed(patients=2, outcomes=2, **changed),
        unsure=Unsure(unrecorded=7, ended_by_her=1),
        patients=31,
        seats=1503,
    )
    return Replayed(candidate="evening 4", stood=("evening 2", "evening 3"), replay=replay, left_out=5)


def a_line(patient: Patient, session: Session) -> PatientLine:
    return PatientLine(
        patient=patient.pk,
        seats=(
            SeatLine(session.pk, "partial", "attended", None, None, "170 of 160 minutes"),
            SeatLine(session.pk, "missed", "excused", 4, None, "notice came in time"),
            SeatLine(session.pk, "partial", "partial", None, 2, ""),
            SeatLine(session.pk, "missed", "missed", 4, 2, ""),
            SeatLine(session.pk + 999, "missed", "missed", 4, 2, ""),
        ),
        raised=(ReviewLine(START, "barrier_visit", "two"),),
        dropped=(ReviewLine(START, "team_review", "three"),),
        weeks=(
            WeekLine(START.date(), 540, False, 480, True),
            WeekLine(START.date(), 480, True, 480, False),
        ),
    )


def test_a_replay_tells_both_sides_and_what_it_cannot_tell(office: Office) -> None:
    ada = office.scene.admit("ada")
    bob = Scene(slug="noon").admit("bob")
    session = office.scene.session(ada)
    lines = [a_line(ada, session), a_line(bob, session)]
    work = office.ended(Kind.REPLAY, told=msgspec.to_builtins(told_replay()), files=[as_file(lines)])
    page = told(office.get("longwork_one", work.ref))
    assert "evening 4 beside evening 2 and evening 3, from 1 Oct 2026 to 7 Oct 2026" in page
    assert "1,503 seats of 31 patients" in page
    assert re.search(r"Attended\s+1,500\s+1,502\s+\+2", page)
    assert re.search(r"Missed\s+3\s+1\s+−2", page)
    assert re.search(r"Counselor, within an hour\s+3\s+1\s+−2\s+Counselor, within a day\s+2\s+0\s+−2", page)
    assert re.search(r"A person to act not before the case was closed\s+1\s+0", page)
    assert re.search(r"Barrier visit\s+0\s+2\s+\+2\s+Team review\s+1\s+0\s+−1", page)
    assert re.search(r"Below the minimum of hours\s+1\s+3\s+\+2", page)
    assert re.search(r"Whole weeks looked at\s+4\s+4\s+same", page)
    assert "7 seats are of sessions that nobody watched" in page
    assert "1 of the cases followed otherwise ended by a contact" in page
    assert "Flags and consents are taken as they stood" in page
    assert "Partial, would be attended (170 of 160 minutes)" in re.sub(r"\s+\)", ")", page).replace("( ", "(")
    assert "Missed, would be excused; no case would have been opened" in page
    assert "Partial; a case would have been opened" in page
    assert "Missed; followed otherwise: 4 rungs, would be 2" in page
    assert "barrier visit would have been raised" in page
    assert "team review would not have been raised" in page
    assert "week of 2026-10-07: 9 h, would be 8 h and below the minimum" in page
    assert "8 h, would be 8 h and no longer below the minimum" in page
    assert "bob" not in page, "she may not see him"
    assert "And 5 more" in page
    assert Event.objects.filter(verb="longwork.read").count() == 1
    file = office.get("longwork_result", work.ref, part="lines").content.decode()
    rows = file.splitlines()
    assert rows[0] == "patient_id,what,session_id,at,otherwise,because"
    assert "evening-ada,review,,2026-10-07 22:00:00+00:00,barrier_visit would have been raised,two" in rows
    assert not any("bob" in row for row in rows)


def test_whoever_did_not_ask_sees_the_numbers_of_a_replay_and_no_patient(office: Office) -> None:
    ada = office.scene.admit("ada")
    lines = [a_line(ada, office.scene.session(ada))]
    work = office.ended(Kind.REPLAY, told=msgspec.to_builtins(told_replay()), files=[as_file(lines)])
    page = told(office.get("longwork_one", work.ref, staff=office.eli))
    assert "1,503 seats of 31 patients" in page
    assert "ada" not in page
    assert "were kept for a day, for whoever asked" in page
    assert not Event.objects.filter(verb="longwork.read").exists()


def test_a_replay_in_which_nothing_is_otherwise_says_so(office: Office) -> None:
    work = office.ended(
        Kind.REPLAY,
        told=msgspec.to_builtins(Replayed(candidate="evening 4", stood=("evening 3",), replay=Replay())),
        files=[as_file([])],
    )
    page = told(office.get("longwork_one", work.ref))
    assert "Nothing of any patient is otherwise." in page
    assert "0 seats of 0 patients" in page


def test_of_very_many_patients_the_first_are_shown(office: Office) -> None:
    ada = office.scene.admit("ada")
    line = a_line(ada, office.scene.session(ada))
    work = office.ended(Kind.REPLAY, told=msgspec.to_builtins(told_replay()), files=[as_file([line] * 60)])
    page = told(office.get("longwork_one", work.ref))
    assert page.count("things are otherwise") == 50
    assert "And 15 more" in page


def test_a_large_file_is_told_in_megabytes(office: Office) -> None:
    work = office.ended(Kind.EXPORT, files=[archive(b"x" * 3 * 1024 * 1024)])
    assert "3.0 MB, kept until" in told(office.get("longwork_one", work.ref))
    assert len(office.get("longwork_result", work.ref).content) == 3 * 1024 * 1024
