"""How she is doing: what was measured, what was not, and that the page says in words what nobody knows."""

import csv
import re
from datetime import timedelta
from html.parser import HTMLParser
from http import HTTPStatus
from math import hypot

import pytest
from django.urls import reverse

from rejoin.common import clock
from rejoin.domain.measures import Instrument, instrument_called
from rejoin.insights.figures import bare_columns
from rejoin.insights.models import Due, Ending, ItemAnswer, Sheet
from rejoin.people.models import Patient
from rejoin.programs.models import StaffRole
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db(transaction=True)
PHQ9 = instrument_called("phq9", "9")
BAM, BAM_IOP = instrument_called("bam", "categorical-30"), instrument_called("bam", "iop-7")
VOID = {"br", "hr", "img", "input", "link", "meta", "path", "circle", "rect"}


class Bare(HTMLParser):
    """Digits in the page's own part that lie in no figure with its interval and source, no date and no given number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        held = "data-figure" in said or "data-given" in said
        if held and not said.get("data-source"):
            self.found.append(f"<{tag}> without a source")
        excused = held or tag == "time" or "data-picture" in said or said.get("aria-label") == KEY
        if tag not in VOID:
            self._open.append((tag, excused))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing lies in it."""

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = {tag for tag, _ in self._open}
        inside = "main" in tags and not tags & {"caption", "summary", "h1", "script"}
        if inside and any(each.isdigit() for each in data) and not any(held for _, held in self._open):
            self.found.append(data.strip())


KEY = "How to read the pictures"


def bare(html: str) -> list[str]:
    reading = Bare()
    reading.feed(html)
    return reading.found


class Story:
    """Sessions a week apart, each with its measure: answered with so many points, or missed (None)."""

    begins = START

    def __init__(self) -> None:
        self.scene = Scene()
        self.ada: Patient = self.scene.admit("ada")

    def tell(self, instrument: Instrument, *points: int | None, from_week: int = 0) -> "Story":
        for week, each in enumerate(points, start=from_week):
            self._week(instrument, week, each)
        return self

    def _week(self, instrument: Instrument, week: int, points: int | None) -> None:
        at = self.begins + timedelta(days=7 * week)
        seat = self.scene.session(self.ada, starts_at=at).seats.get()
        key, version = instrument.name_and_version
        said = {"at": at, "by": "staff:1"}
        of = {"patient": self.ada, "program": self.scene.program, "instrument": key, "version": version}
        due = Due.objects.create(
            seat=seat, due_on=at.date(), recall_days=instrument.recall_days, until_at=at, **of, **said
        )
        if points is None:
            self.scene.watched(seat.session)
        how = "missed_session" if points is None else "answered"
        if points is not None:
            sheet = Sheet.objects.create(due=due, language="en", how="portal", answered_at=at, **of, **said)
            for number, item in enumerate(instrument.items):
                value = points // len(instrument.items) + (number < points % len(instrument.items))
                ItemAnswer.objects.create(sheet=sheet, patient=self.ada, item=item.id, value=value, **said)
        Ending.objects.create(due=due, patient=self.ada, how=how, **said)

    def put_off(self, instrument: Instrument, week: int, how: str) -> None:
        """Asked in a session and not answered, because of `how`; open where that is empty."""
        at = self.begins + timedelta(days=7 * week)
        key, version = instrument.name_and_version
        due = Due.objects.create(
            seat=self.scene.session(self.ada, starts_at=at).seats.get(),
            patient=self.ada,
            program=self.scene.program,
            instrument=key,
            version=version,
            due_on=at.date(),
            recall_days=instrument.recall_days,
            until_at=at + timedelta(days=3),
            at=at,
            by="staff:1",
        )
        if how:
            Ending.objects.create(due=due, patient=self.ada, how=how, at=at, by="staff:1")

    def page(self, *, weeks: float) -> str:
        clock.simulate(shown_at=START + timedelta(days=7 * weeks), rate=0)
        answer = client_of(self.scene.ben).get(reverse("console:patient_progress", args=[self.ada.ref]))
        assert answer.status_code == HTTPStatus.OK
        return answer.content.decode()


def words(html: str) -> str:
    class Text(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += data

    reading = Text()
    reading.feed(html)
    return " ".join(reading.said.split())


def test_after_weeks_without_an_answer_the_page_says_that_nobody_can_say() -> None:
    said = words(Story().tell(PHQ9, 19, 17, 18, 12, 13, None, 10, None, None, None, None).page(weeks=10.3))
    assert "Not measured since 18 November. Between then and now she may be between" in said
    assert "whether she is better or worse than at the first score, nobody can say." in said
    assert "Cannot tell" in said
    assert "The measure that would settle the most: PHQ-9" in said
    assert "The session was missed" in said
    assert "nobody asked" not in said
    assert "nobody has asked" not in said


def test_an_estimate_says_that_no_score_came_since_and_not_that_nobody_asked() -> None:
    story = Story().tell(PHQ9, 22, 21, 16, 12, 8, 5, 4, 3, 3)
    story.put_off(PHQ9, 9, "declined")
    said = words(story.page(weeks=9.1))
    assert "that is an estimate, with no score of hers since." in said
    assert "no score of today" in said
    story.put_off(PHQ9, 10, "")
    assert "a measure is open, and not answered yet" in words(story.page(weeks=10.1))


def test_forty_gaps_are_forty_in_the_picture_in_the_list_and_in_the_table() -> None:
    story = Story().tell(PHQ9, 14)
    for week in range(1, 41):
        story.put_off(PHQ9, week, "declined" if week % 2 else "not_answered")
    page = story.page(weeks=40.3)
    lettered = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *(f"A{each}" for each in "ABCDEFGHIJKLMN")]
    for kind in ("wide", "narrow"):
        start = page.index(f'is-{kind}"')
        picture = page[start : page.index("</svg>", start)]
        assert picture.count('class="gap"') == 40
        assert re.findall(r'class="gap-words">(\w+)<', picture) == lettered
    assert re.findall(r'class="gap-name">(\w+)<', page) == lettered
    assert page.count('data-label="What it is">Not measured<') == 40
    assert "40 gaps as hatched stretches" in page


@pytest.mark.parametrize("gaps", [1, 12, 40])
def test_no_two_letters_of_gaps_lie_on_each_other(gaps: int) -> None:
    story = Story().tell(PHQ9, 14)
    for week in range(1, gaps + 1):
        story.put_off(PHQ9, week, "declined" if week % 2 else "not_answered")
    page = story.page(weeks=gaps + 0.3)
    for kind in ("wide", "narrow"):
        start = page.index(f'is-{kind}"')
        picture = page[start : page.index("</svg>", start)]
        at = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="9"', picture)
        middles = [(float(x), float(y)) for x, y in at]
        assert len(middles) == gaps
        for number, (x, y) in enumerate(middles):
            assert y >= 9
            assert all(hypot(x - one, y - other) >= 18 for one, other in middles[:number])


def test_what_the_crosses_are_is_told_in_words() -> None:
    story = Story().tell(PHQ9, 16, None, 13)
    story.scene.run(START + timedelta(days=15))
    page = story.page(weeks=2.2)
    start = page.index('is-wide"')
    assert page[start : page.index("</svg>", start)].count('class="miss"') == 1
    assert "The crosses below each picture, the latest first: 14 October 2026." in words(page)
    assert "1 missed session as crosses below" in page
    assert bare(page) == []


def test_one_measure_in_two_programs_is_two_parts_that_are_told_apart() -> None:
    story, other = Story().tell(PHQ9, 19, 17), Scene(slug="morning")
    other.program.name = "Morning"
    other.program.save()
    StaffRole.objects.create(
        program=other.program, staff=story.scene.ben, role="clinician", from_at=START, from_by="x"
    )
    here, story.scene, story.begins = story.scene, other, START + timedelta(days=2)
    story.tell(PHQ9, 12, 9)
    story.scene = here
    page = story.page(weeks=3)
    ids = re.findall(r' id="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)
    assert page.count("asked in Morning</span></h2>") == page.count("asked in Evening</span></h2>") == 1
    summaries = re.findall(r"<summary>.*?</summary>", page)
    assert len(summaries) == len(set(summaries))
    assert bare(page) == []


def test_many_scores_that_fell_are_an_improvement_with_its_interval() -> None:
    said = words(Story().tell(PHQ9, 22, 21, 16, 12, 8, 5, 4, 3, 3).page(weeks=8.1))
    assert "Improved" in said
    assert "better by more than chance, which begins at 6 points (NHS Talking Therapies" in said


def test_whoever_never_answered_is_never_measured_and_no_line_is_drawn() -> None:
    page = Story().tell(PHQ9, None, None).page(weeks=2)
    assert "Never measured" in words(page)
    assert "Without a first score no change can ever be told." in words(page)
    assert 'class="level' not in page[page.index("progress-picture") :]
    assert "Never measured." in words(Story2().page(weeks=1))


class Story2(Story):
    """Somebody in another program, who was asked nothing."""

    def __init__(self) -> None:
        self.scene = Scene(slug="morning")
        self.ada = self.scene.admit("eve", phone="+15550101")


def test_one_score_is_no_change() -> None:
    said = words(Story().tell(PHQ9, 14).page(weeks=1))
    assert "A change needs a second score." in said
    assert "Cannot tell" in said


def test_from_one_version_to_the_other_nobody_can_say_what_changed() -> None:
    story = Story().tell(BAM_IOP, 20, 18).tell(BAM_IOP, 20, from_week=2).tell(BAM, 10, from_week=3)
    page = story.page(weeks=4)
    assert "no line leads across, and from one to the other nobody can say what changed." in words(page)
    assert page.count("version iop-7</span></h2>") == 3
    assert page.count("version categorical-30</span></h2>") == 3


def test_no_figure_of_the_page_is_without_how_sure_it_is_and_its_source() -> None:
    page = Story().tell(PHQ9, 16, 15, None, 13, None, None).page(weeks=6)
    assert bare(page) == []
    for wrong in ("<p>PHQ-9 is 12 now.</p>", "<p><span data-figure>12</span></p>", "<li>about 8</li>"):
        assert bare(page.replace("</main>", f"{wrong}</main>")) != []


def test_what_is_measured_what_is_not_and_what_is_estimated_are_different_shapes() -> None:
    page = Story().tell(PHQ9, 16, 15, None, 13, None, None).page(weeks=6)
    picture = page[page.index('is-wide"') : page.index("</svg>", page.index('is-wide"'))]
    assert picture.count('class="dot"') == 3
    assert picture.count('class="gap"') == 2
    assert 'class="level is-dashed"' in picture
    assert 'class="band-unseen"' in picture
    assert 'role="img"' in page
    assert " style=" not in page


def bare_rows(text: str) -> list[dict[str, str]]:
    """Rows of a file that hold a score or a level, and lack a bound or what it rests on."""
    sure = ("low90", "high90", "low90_if_unseen_is_worse", "high90_if_unseen_is_worse", "scores", "source")
    return [
        row
        for row in csv.DictReader(text.splitlines())
        if (row["score"] or row["level_estimate"]) and not all(row[each] for each in sure)
    ]


def test_no_number_of_the_file_is_without_its_band_and_its_source() -> None:
    story = Story().tell(PHQ9, 16, 15, None, 13, None, None)
    clock.simulate(shown_at=START + timedelta(days=42), rate=0)
    address = reverse("console:patient_progress_file", args=[story.ada.ref])
    told = client_of(story.scene.ben).get(address).content.decode()
    rows = list(csv.DictReader(told.splitlines()))
    assert [row["score"] for row in rows if row["what"] == "measured"] == ["16", "15", "13"]
    assert [row["day"] for row in rows if row["what"] == "not measured"] == [
        "2026-10-21",
        "2026-11-04",
        "2026-11-11",
    ]
    assert bare_columns(rows[0]) == []
    assert bare_rows(told) == []
    header, first, *_ = told.splitlines()
    cells = first.split(",")
    cells[header.split(",").index("high90")] = ""
    assert bare_rows("\n".join([header, ",".join(cells)])) != []
