"""Policies on the console: versions, one of them in words, a new one written, and a replay asked for."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.domain.kernel import Refusal
from rejoin.longwork.enclosures import body_of
from rejoin.longwork.models import Work
from rejoin.policies.editing import put
from rejoin.programs import drafts
from rejoin.programs.actions import publish_policy
from rejoin.programs.models import PolicyVersion, Program
from tests.apps.scene import LETTERS, START, Scene, minutes, publish
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
A = LETTERS["a"].read_text()
FOUR = A.replace("version: 3", "version: 4")
QUERIES = {
    "policies": 22,
    "policy_program": 22,
    "policy_version": 32,
    "policy_write": 22,
    "policy_replay": 22,
}
"""At most; the frame of a page has its own."""


class Office:
    """A program with a director who governs it, and ben, who does not."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.program = self.scene.program
        self.dora = self.scene.hire("dora", "director")
        self.page = client_of(self.dora)

    def get(self, name: str, *args: Any, **query: str) -> Any:
        return self.page.get(reverse(f"console:{name}", args=args), query)

    def write(self, text: str, *, page: Client | None = None, **more: Any) -> Any:
        sent = {"text": text, "from_on": "2026-11-01", "seen": str(self.scene.policy.pk), **more}
        return (page or self.page).post(reverse("console:policy_write", args=["evening"]), sent)

    def publish(self, text: str, **more: Any) -> Any:
        return self.write(text, do="publish", **more)

    def replay(self, text: str, **more: str) -> Any:
        sent = {"text": text, "start": "2026-07-01", "end": "2026-10-06", **more}
        return self.page.post(reverse("console:policy_replay", args=["evening"]), sent)


@pytest.fixture
def office() -> Office:
    return Office()


def told(answer: Any) -> str:
    """The words of a page's middle."""
    middle = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", middle))


def versions() -> list[int]:
    return list(PolicyVersion.objects.order_by("version").values_list("version", flat=True))


# What there is


def test_versions_are_listed_with_who_published_them_and_how_they_stand(office: Office) -> None:
    office.publish(FOUR)
    page = told(office.get("policies"))
    assert re.search(r"Evening, version 3\s+In force\s+Thu 1 Jan", page)
    assert re.search(r"Evening, version 4\s+To come\s+Sun 1 Nov\s+–\s+dora of evening", page)
    clock.simulate(shown_at=START + timedelta(days=60), rate=0)
    page = told(office.get("policy_program", "evening"))
    assert re.search(r"Evening, version 3\s+Past", page)
    assert re.search(r"Evening, version 4\s+In force", page)


def test_versions_are_narrowed_and_taken_out_as_a_file(office: Office) -> None:
    office.publish(FOUR)
    assert "version 3" not in told(office.get("policies", standing="to_come"))
    assert "version 4" in told(office.get("policies", program="evening"))
    file = office.get("policies", format="csv")
    assert file["Content-Type"].startswith("text/csv")
    assert b"Evening, version 4" in file.content


def test_whoever_works_there_reads_policies_and_only_whoever_governs_writes_them(office: Office) -> None:
    ben = client_of(office.scene.ben)
    for name, args, may in (
        ("policies", (), True),
        ("policy_program", ("evening",), True),
        ("policy_version", ("evening", 3), True),
        ("policy_write", ("evening",), False),
        ("policy_replay", ("evening",), False),
    ):
        assert ben.get(reverse(f"console:{name}", args=args)).status_code == (200 if may else 404)
    assert "Write a new version" not in told(ben.get(reverse("console:policy_version", args=["evening", 3])))
    assert office.write(FOUR, page=ben, do="publish").status_code == 404
    assert versions() == [3]


def test_another_programs_policy_is_as_missing_as_one_that_is_not_there(office: Office) -> None:
    Scene(slug="morning")
    answers = {
        office.get(name, *args).status_code
        for name, args in (
            ("policy_program", ("morning",)),
            ("policy_program", ("nowhere",)),
            ("policy_version", ("morning", 3)),
            ("policy_version", ("evening", 99)),
            ("policy_write", ("morning",)),
            ("policy_replay", ("morning",)),
        )
    }
    assert answers == {404}


@pytest.mark.parametrize(("name", "most"), QUERIES.items())
def test_a_page_asks_as_often_however_much_there_is(office: Office, name: str, most: int) -> None:
    args = {"policies": (), "policy_version": ("evening", 3)}.get(name, ("evening",))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(name, *args).status_code == 200
        return len(queries)

    asked()
    few = asked()
    assert few <= most
    for number in range(4, 9):
        publish(office.program, A.replace("version: 3", f"version: {number}"))
    for number in range(3):
        patient = office.scene.admit(f"ada{number}", phone=f"+1555010{number}")
        start = START + timedelta(days=number)
        office.scene.watched(office.scene.session(patient, starts_at=start))
        office.scene.run(start + minutes(300))
    asked()
    assert asked() <= few + 1, "names of patients' sessions, cases and versions come in one question each"


# One of them


def test_a_version_is_told_in_words_with_lines_and_sources(office: Office) -> None:
    page = told(office.get("policy_version", "evening", 3))
    assert "Whoever first joins more than 5 minutes after the start is late." in page
    assert re.search(r"Program rule; H0015 names at least 3 hours a day\s+line 16", page)
    assert "1 hour after the start: the counselor tries by phone or secure message" in page
    assert "3 missed sessions within 30 days: team review, decided by the team." in page
    assert "from 1 Jan 2026" in page
    assert "Nothing: each rule can do what it says" in page
    body = office.get("policy_version", "evening", 3).content.decode()
    assert '<span id="L16">  grace: PT5M</span>' in body


def test_a_rule_that_is_not_written_is_told_without_a_line(office: Office) -> None:
    publish(office.program, FOUR.replace("  breaks_count: false\n", ""))
    assert re.search(
        r"Breaks do not count\.\s+[^.]+not written", told(office.get("policy_version", "evening", 4))
    )


def test_overlays_are_laid_over_and_shown_as_they_are(office: Office) -> None:
    publish_policy(
        program=office.program,
        text=FOUR + "overlays: [court.yaml]\n",
        by=office.scene.as_ben(),
        at=START,
    )
    page = told(office.get("policy_version", "evening", 4))
    assert "6 absences of any kind in all: court dismissal review, decided by the director." in page
    assert "Overlay court.yaml" in page
    assert "9 CCR 9886: 21 days without service" in page


def test_what_fired_is_counted_by_rule_and_leads_to_the_latest(office: Office) -> None:
    scene = office.scene
    ada = scene.admit("ada")
    for day in range(2):
        scene.watched(scene.session(ada, starts_at=START + timedelta(days=day)))
        scene.run(START + timedelta(days=day) + minutes(300))
    body = office.get("policy_version", "evening", 3).content.decode()
    page = told(office.get("policy_version", "evening", 3))
    assert re.search(r"A case opens when[^.]+\.\s+[^.]+line 31\s+2\s+2", page)
    assert re.search(r"after the start: a message goes out by text or notice\.\s+–\s+line 37\s+2\s+2", page)
    assert re.search(r"2 sessions missed without notice[^.]+\.\s+[^.]+line 50\s+1\s+1", page)
    assert re.search(r"3 missed sessions within 30 days[^.]+\.\s+–\s+line 57\s+0\s+0", page)
    assert reverse("console:case", args=[scene.case(ada).ref]) in body
    clock.simulate(shown_at=START + timedelta(days=45), rate=0)
    page = told(office.get("policy_version", "evening", 3))
    assert re.search(r"A case opens when[^.]+\.\s+[^.]+line 31\s+0\s+2", page)


def test_rungs_of_the_two_ladders_are_counted_apart(office: Office) -> None:
    scene = office.scene
    ada = scene.admit("ada")
    scene.flag(ada, "high_risk")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(100))
    page = told(office.get("policy_version", "evening", 3))
    assert re.search(r"a message goes out by text or notice\.\s+–\s+line 37\s+0\s+0", page)
    assert re.search(r"a message goes out by text or notice\.\s+–\s+line 44\s+1\s+1", page)


def test_counts_end_at_the_latest_thousand_and_say_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = office.scene
    ada = scene.admit("ada")
    for day in range(3):
        scene.watched(scene.session(ada, starts_at=START + timedelta(days=day)))
        scene.run(START + timedelta(days=day) + minutes(300))
    assert "only the latest thousand" not in told(office.get("policy_version", "evening", 3))
    monkeypatch.setattr("rejoin.followup.firing.MOST", 2)
    page = told(office.get("policy_version", "evening", 3))
    assert "only the latest thousand are counted" in page
    assert re.search(r"A case opens when[^.]+\.\s+[^.]+line 31\s+2\s+2", page)


def test_what_the_linter_says_of_the_week_is_told_once_with_how_often(office: Office) -> None:
    ada = office.scene.admit("ada")
    for day in range(3):
        office.scene.session(ada, starts_at=START + timedelta(days=day), minutes=180)
    office.scene.session(ada, starts_at=START + timedelta(days=30), minutes=180)
    page = told(office.get("policy_version", "evening", 3))
    assert re.search(r"Line 77 , billing\.per_day_minutes : .*, and 2 more of the kind \[zero_slack\]", page)


def test_what_was_answered_for_says_so(office: Office) -> None:
    office.publish(FOUR.replace("deadline: PT45M", "deadline: PT10M"), accept="unreachable_step")
    assert "Answered for when it was published" in told(office.get("policy_version", "evening", 4))


# Writing


def test_writing_begins_from_the_latest_under_the_next_number(office: Office) -> None:
    body = office.get("policy_write", "evening").content.decode()
    assert "version: 4" in body
    assert 'value="2026-10-08"' in body, "tomorrow, on the program's wall"


def test_a_program_without_a_policy_begins_with_nothing_and_from_any_day(office: Office) -> None:
    PolicyVersion.objects.all()
    fresh = Program.objects.create(slug="fresh", name="Fresh", timezone="America/New_York")
    fresh.roles.create(
        staff=office.dora, role="director", from_at=START - timedelta(days=1), from_by="staff:1"
    )
    assert office.get("policy_write", "fresh").status_code == 200
    sent = {"text": A, "from_on": "2026-01-01", "seen": "0", "do": "publish"}
    answer = office.page.post(reverse("console:policy_write", args=["fresh"]), sent)
    assert answer.status_code == 302
    assert fresh.policies.get().effective.lower == date(2026, 1, 1)


def test_a_version_that_is_in_order_is_published_from_the_day_that_was_chosen(office: Office) -> None:
    answer = office.publish(FOUR.replace("\n", "\r\n"))
    assert answer["Location"] == reverse("console:policy_version", args=["evening", 4])
    made = PolicyVersion.objects.get(version=4)
    assert made.text == FOUR.replace("from: 2026-01-01", "from: 2026-11-01")
    assert made.effective.lower == date(2026, 11, 1)
    event = Event.objects.get(verb="programs.publish_policy")
    assert event.by == f"staff:{office.dora.pk}"


def test_looking_it_over_publishes_nothing(office: Office) -> None:
    answer = office.write(FOUR, do="look")
    assert answer.status_code == 200
    assert "In order." in told(answer)
    assert versions() == [3]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (FOUR.replace("grace: PT5M", "grace: soon"), 16, "presence.grace: must be an ISO 8601 duration"),
        (A, 5, "version: Version 3 is already published"),
        (FOUR.replace("America/New_York", "America/Chicago"), 7, "timezone: is America/Chicago"),
        (FOUR + "---\n" + FOUR, 1, "document: holds more than one version"),
        (FOUR + "overlays: [nowhere.yaml]\n", 1, "overlays: 'nowhere.yaml' is neither"),
        ("id: [", 1, "yaml: "),
    ],
)
def test_what_is_wrong_stands_beside_its_line_and_no_word_is_lost(
    office: Office, text: str, line: int, said: str
) -> None:
    answer = office.publish(text)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert f'<a href="#D{line}">Line {line}, {said.split(":", maxsplit=1)[0]}' in body
    noted = body.split(f'<span id="D{line}" class="is-marked">', 1)[1].split("</code>")[0]
    assert said.replace("'", "&#x27;") in noted
    kept = body.split("<textarea", 1)[1].split(">", 1)[1].split("</textarea>")[0]
    assert kept.lstrip("\n") == text.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;")
    assert versions() == [3]


def test_a_finding_refuses_until_somebody_answers_for_it_by_name(office: Office) -> None:
    text = FOUR.replace("deadline: PT45M", "deadline: PT10M")
    answer = office.publish(text)
    assert answer.status_code == 422
    assert "I answer for this: line 38" in told(answer).replace("  ", " ").replace(" ,", ",")
    assert versions() == [3]
    assert office.publish(text, accept="zero_slack").status_code == 422
    assert office.publish(text, accept="unreachable_step").status_code == 302
    event = Event.objects.get(verb="programs.accept_finding")
    assert (event.by, event.reason) == (f"staff:{office.dora.pk}", "unreachable_step")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-10-06", "Choose today (2026-10-07) or a later day."),
        ("2099-01-01", "within the next ten years"),
        ("tomorrow", "Write a day like"),
        ("", "Choose a day."),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_place(office: Office, day: str, said: str) -> None:
    answer = office.publish(FOUR, from_on=day)
    assert answer.status_code == 422
    assert said in told(answer)
    assert 'href="#id_from_on"' in answer.content.decode()
    assert versions() == [3]


def test_nothing_written_is_nothing_published(office: Office) -> None:
    answer = office.publish("")
    assert answer.status_code == 422
    assert "Write the policy." in told(answer)


def test_whoever_was_slower_sees_who_was_quicker_and_loses_no_word(office: Office) -> None:
    eli = client_of(office.scene.hire("eli", "director"))
    assert office.publish(FOUR).status_code == 302
    mine = A.replace("version: 3", "version: 5").replace("grace: PT5M", "grace: PT7M")
    answer = office.write(mine, page=eli, do="publish")
    assert answer.status_code == 409
    page = told(answer)
    assert "Somebody was quicker." in page
    assert re.search(r"dora of evening published version 4", page)
    assert "grace: PT7M" in answer.content.decode().split("<textarea", 1)[1]
    assert versions() == [3, 4]
    seen = re.search(r'name="seen" value="(\d+)"', answer.content.decode())
    assert seen is not None
    assert office.write(mine, page=eli, do="publish", seen=seen[1]).status_code == 302
    assert versions() == [3, 4, 5]


def test_two_at_the_very_same_moment_are_told_apart_by_the_database(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quicker(**_: Any) -> None:
        raise Refusal("one_policy_of_a_version", "This version of the policy is already published.")

    monkeypatch.setattr("rejoin.console.views.policies.publish_policy", quicker)
    answer = office.publish(FOUR)
    assert answer.status_code == 409
    assert "already published. Every word of yours is below." in told(answer)


def test_an_overlay_that_came_with_an_import_serves_the_next_version_too(office: Office) -> None:
    own = "id: own\nversion: 1\nhours: {min_per_week: 12}\n"
    publish_policy(
        program=office.program,
        text=FOUR + "overlays: [own.yaml]\n",
        overlays={"own.yaml": own},
        by=office.scene.as_ben(),
        at=START,
    )
    latest = PolicyVersion.objects.get(version=4)
    five = A.replace("version: 3", "version: 5") + "overlays: [own.yaml]\n"
    assert office.publish(five, seen=str(latest.pk)).status_code == 302
    assert PolicyVersion.objects.get(version=5).overlays == {"own.yaml": own}


# Trying one on history


def test_a_replay_is_asked_for_with_the_text_and_the_days(office: Office) -> None:
    answer = office.replay(FOUR)
    work = Work.objects.get()
    assert answer["Location"] == reverse("console:longwork_one", args=[work.ref])
    assert (work.kind, work.given) == ("replay", {"from": "2026-07-01", "until": "2026-10-06"})
    assert body_of(work.enclosures.get()).decode() == FOUR


def test_a_text_comes_along_from_where_it_is_written(office: Office) -> None:
    sent = {"text": FOUR.replace("grace: PT5M", "grace: PT9M"), "from_on": "2026-11-01", "seen": "1"}
    answer = office.page.post(reverse("console:policy_replay", args=["evening"]), sent)
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "grace: PT9M" in body
    assert 'value="2026-10-06"' in body, "up to yesterday"
    assert not Work.objects.exists()


def test_a_published_version_is_chosen_by_its_number(office: Office) -> None:
    publish(office.program, FOUR)
    assert "version: 3" in office.get("policy_replay", "evening", version="3").content.decode()
    for wanted in ("", "99", "x", "9" * 20):
        assert "version: 4" in office.get("policy_replay", "evening", version=wanted).content.decode()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"start": "2026-10-07", "end": "2026-10-06"}, "The first day is after the last."),
        ({"end": "2026-10-08"}, "Choose today or an earlier day"),
        ({"start": "2024-01-01"}, "Choose two years at most."),
        ({"start": "x"}, "Write a day like"),
        ({"text": ""}, "Write the policy."),
        ({"text": FOUR.replace("grace: PT5M", "grace: soon")}, "Line 16, presence.grace"),
        ({"text": FOUR.replace("America/New_York", "America/Chicago")}, "Line 7, timezone"),
    ],
)
def test_what_cannot_be_tried_is_said_in_place(office: Office, more: dict[str, str], said: str) -> None:
    answer = office.replay(**{"text": FOUR, **more})
    assert answer.status_code == 422
    assert said in told(answer)
    assert not Work.objects.exists()


# Texts


def test_one_word_is_changed_and_nothing_else() -> None:
    text = "# A remark\nversion: 3  # ours\neffective:\n  from: '2026-01-01' # first\n  until: null\n"
    changed = put(put(text, ("version",), "4"), ("effective", "from"), "2027-01-01")
    assert changed == text.replace("version: 3", "version: 4").replace("'2026-01-01'", "2027-01-01")
    flow = "effective: {from: 2026-01-01, until: null}\n"
    assert put(flow, ("effective", "from"), "2027-01-01") == "effective: {from: 2027-01-01, until: null}\n"
    assert put(flow, ("effective", "until"), "2027-01-01") == flow, "nothing stands there"
    assert put("effective: soon\n", ("effective", "from"), "x") == "effective: soon\n"
    assert put("id: [", ("version",), "4") == "id: ["
    assert put("- a\n", ("version",), "4") == "- a\n"
    assert put("a: 1\n---\nb: 2\n", ("a",), "4") == "a: 1\n---\nb: 2\n"


def test_a_text_of_no_version_is_nothing(office: Office) -> None:
    fresh = Program.objects.create(slug="fresh", name="Fresh", timezone="America/New_York")
    assert drafts.version_text(fresh, "1") == ""
    assert drafts.latest_version(fresh) is None
