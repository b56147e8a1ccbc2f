"""Lists of the console, asked for in every way an address can: narrowed, sorted, cut into pages, taken out as a file."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.http import HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.html import format_html
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejoin.audit.models import Event
from rejoin.common.rows import execute
from rejoin.common.seeing import seen_by_staff
from rejoin.console.door import Asking, asking_of
from rejoin.console.tables import (
    Chip,
    Choice,
    Column,
    Day,
    Due,
    Kind,
    Link,
    Listed,
    Paged,
    Select,
    Shown,
    Table,
    Text,
    export,
    prefix,
    sources,
)
from rejoin.console.tables.asked import Asked, read_asked
from rejoin.console.tables.cells import Place, cell_html, cell_text, zone_of
from tests.apps.scene import START, Scene

pytestmark = pytest.mark.django_db(transaction=True)
NEW_YORK = zone_of("America/New_York")
HERE = Place(zone=NEW_YORK, here=NEW_YORK, now=START)


class Row(NamedTuple):
    number: int
    name: str
    starts_at: datetime | None
    state: str
    timezone: str


def starts_of(rows: Any, asking: Asking) -> Any:
    found = {1: START}
    return [row._replace(starts_at=found.get(row.number)) for row in rows]


COLUMNS: tuple[Column[Row], ...] = (
    Column(
        "name",
        "Name",
        lambda row: Link(row.name, f"/patients/{row.number}/"),
        sort="patient.name",
        kind=Kind.LINK,
    ),
    Column("number", "Number", lambda row: row.number, kind=Kind.NUMBER, sort="patient.id"),
    Column("starts", "Starts", lambda row: row.starts_at, kind=Kind.TIME),
    Column("state", "State", lambda row: Chip(row.state, "is-sage"), kind=Kind.STATUS, sort="patient.state"),
    Column("do", "What to do", lambda row: format_html("<button>{}</button>", row.name), in_file=False),
)
SOURCE = Select(
    row=Row,
    columns="patient.id, patient.name, NULL::timestamptz, patient.state, patient.timezone",
    tables="people_patient AS patient",
    key="patient.id",
)
PEOPLE = Table(
    name="people",
    title="People",
    counted=("person", "people"),
    source=SOURCE,
    columns=COLUMNS,
    filters=(
        Choice(
            "state",
            "State",
            choices=(("NY", "New York"), ("CA", "California")),
            where="patient.state = %(state)s",
        ),
        Choice(
            "named",
            "Named",
            choices=(("yes", "Named"), ("no", "Nameless")),
            initial="yes",
            where={"yes": "patient.name <> ''", "no": "patient.name = ''"},
        ),
        Text(
            "q", "Name begins with", where="patient.name ILIKE %(q)s", means=prefix, hint="The first letters"
        ),
        Day("from", "Since", where="%(now)s >= %(from)s"),
        Day("until", "Until", where="%(now)s < %(until)s", is_over=True),
    ),
    order="name",
    zone=lambda row: row.timezone,
    mark=lambda row: "row-far" if row.timezone != "America/New_York" else "",
    anchor=lambda row: f"person-{row.number}",
)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def admit(scene: Scene, count: int) -> None:
    for number in range(count):
        patient = scene.admit(f"p{number:03d}")
        patient.state = "NY" if number % 2 else "CA"
        patient.save()


@contextmanager
def asking(scene: Scene) -> Iterator[Asking]:
    with seen_by_staff(scene.coordinator.pk):
        yield asking_of(scene.coordinator, START)


def answer(scene: Scene, address: str = "", table: Table[Any] = PEOPLE, **options: Any) -> Any:
    with asking(scene) as who:
        return table.answer(RequestFactory().get(f"/people/{address}"), who, **options)


def shown(scene: Scene, address: str = "", **options: Any) -> Shown:
    found = answer(scene, address, **options)
    assert isinstance(found, Shown)
    return found


def names(table: Shown) -> list[str]:
    return [str(line.first.html).partition(">")[2].removesuffix("</a>") for line in table.lines]


def file_of(scene: Scene, address: str, **options: Any) -> list[list[str]]:
    found = answer(scene, address, **options)
    assert isinstance(found, HttpResponse)
    return list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))


def asked_for(href: str) -> Mapping[str, list[str]]:
    return parse_qs(urlsplit(href).query, keep_blank_values=True)


def test_a_list_says_how_many_there_are_and_shows_the_first_page(scene: Scene) -> None:
    admit(scene, 52)
    table = shown(scene)
    assert table.count == "1 to 50 of 52 people"
    assert (len(table.lines), table.page, table.pages) == (50, 1, 2)
    assert names(table)[:2] == ["p000", "p001"]
    assert asked_for(table.after) == {"page": ["2"]}
    assert table.before == ""


def test_the_last_page_is_shown_where_a_later_one_is_asked_for(scene: Scene) -> None:
    admit(scene, 52)
    table = shown(scene, "?page=900&sort=-number")
    assert (table.page, len(table.lines), table.after) == (2, 2, "")
    assert asked_for(table.before) == {"page": ["1"], "sort": ["-number"]}


@pytest.mark.parametrize("page", ["0", "-3", "x", "", "1.5", "²", "9" * 40, "%00"])
def test_no_page_is_the_first_page(scene: Scene, page: str) -> None:
    admit(scene, 1)
    assert shown(scene, f"?page={page}").page == 1


def test_a_head_turns_the_order_of_its_column_and_only_the_sorted_one_says_so(scene: Scene) -> None:
    admit(scene, 3)
    table = shown(scene, "?sort=-number&state=&page=2")
    heads = {each.label: each for each in table.heads}
    assert [each.aria_sort for each in table.heads] == ["", "descending", "", "", ""]
    assert asked_for(heads["Number"].href) == {"sort": ["number"], "state": [""]}
    assert asked_for(heads["Name"].href) == {"sort": ["name"], "state": [""]}
    assert heads["Starts"].href == ""
    assert names(table) == ["p002", "p001", "p000"]
    assert asked_for({each.label: each for each in shown(scene).heads}["Name"].href) == {"sort": ["-name"]}


@pytest.mark.parametrize("sort", ["starts", "patient.id", "name;--", "-", "--name", "%27"])
def test_a_list_is_sorted_by_its_own_columns_alone(scene: Scene, sort: str) -> None:
    admit(scene, 2)
    assert names(shown(scene, f"?sort={sort}")) == ["p000", "p001"]


def test_filters_narrow_together_and_are_kept_in_every_link(scene: Scene) -> None:
    admit(scene, 120)
    table = shown(scene, "?state=NY&q=p0")
    assert table.count == "50 people"
    assert table.narrowed
    assert asked_for(table.file) == {"state": ["NY"], "q": ["p0"], "format": ["csv"], "bom": ["1"]}
    assert asked_for(table.clear) == {}
    more = shown(scene, "?state=CA&sort=-name")
    assert asked_for(more.after) == {"state": ["CA"], "sort": ["-name"], "page": ["2"]}


def test_what_holds_at_first_can_be_taken_away(scene: Scene) -> None:
    admit(scene, 2)
    scene.admit("")
    assert shown(scene).count == "2 people"
    assert not shown(scene).narrowed
    assert shown(scene, "?named=").count == "3 people"
    assert shown(scene, "?named=no").count == "1 person"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("?state=TX", "State: Choose one of the list."),
        ("?from=yesterday", "Since: Write a day like 2026-10-07."),
        ("?from=0001-01-01", "Since: Write a day like 2026-10-07."),
        ("?until=9999-12-31", "Until: Write a day like 2026-10-07."),
        (f"?q={'a' * 101}", "Name begins with: Write at most 100 characters."),
    ],
)
def test_what_cannot_be_meant_narrows_nothing_and_is_said_beside_the_field(
    scene: Scene, address: str, fault: str
) -> None:
    admit(scene, 2)
    table = shown(scene, address)
    assert [words for _, words in table.faults] == [fault]
    assert len(table.lines) == 2
    assert isinstance(answer(scene, f"{address}&format=csv"), Shown)  # no file of more than was meant


def test_a_day_begins_and_is_over_on_the_programs_wall(scene: Scene) -> None:
    admit(scene, 1)  # START is 18:00 on 7 October in New York, and already the evening of that day in UTC
    assert len(shown(scene, "?from=2026-10-07&until=2026-10-07").lines) == 1
    assert shown(scene, "?from=2026-10-08").nothing == "Nothing fits what you asked for."
    assert len(shown(scene, "?until=2026-10-06").lines) == 0


def test_letters_that_mean_something_to_a_pattern_mean_themselves(scene: Scene) -> None:
    scene.admit("100%_sure")
    scene.admit("100 others")
    assert names(shown(scene, "?q=100%25_")) == ["100%_sure"]
    assert names(shown(scene, "?q=%25")) == []
    assert names(shown(scene, "?q=%5C")) == []
    assert names(shown(scene, "?q=100%00")) == ["100 others", "100%_sure"]


def test_all_rows_stand_on_one_page_to_be_printed(scene: Scene) -> None:
    admit(scene, 60)
    table = shown(scene, "?all=1&state=")
    assert (len(table.lines), table.count, table.every) == (60, "60 people", "")
    assert asked_for(shown(scene).every) == {"all": ["1"]}
    assert "all" not in asked_for(table.heads[0].href)


def test_nobody_counts_on_where_there_are_very_many_and_pages_go_on(scene: Scene) -> None:
    few = replace(PEOPLE, source=replace(SOURCE, counted_upto=12), size=10)
    admit(scene, 25)
    table = shown(scene, table=few)
    assert (table.count, table.pages) == ("1 to 10 of more than 12 people", 0)
    third = shown(scene, "?page=3", table=few)
    assert (third.count, third.after, len(third.lines)) == ("21 to 25 of more than 12 people", "", 5)
    assert shown(scene, "?page=90", table=few).page == 2
    exact = shown(scene, table=replace(few, source=replace(SOURCE, counted_upto=25)))
    assert exact.count == "1 to 10 of 25 people"


def test_what_is_sought_is_counted_while_it_is_sorted(scene: Scene) -> None:
    few = replace(SOURCE, are_few=lambda asked: "q" in asked.values)
    sought = replace(PEOPLE, source=few, size=10)
    admit(scene, 25)
    second = shown(scene, "?q=p0&page=2", table=sought)
    assert (second.count, second.page, second.pages) == ("11 to 20 of 25 people", 2, 3)
    assert (bool(second.before), bool(second.after)) == (True, True)
    last = shown(scene, "?q=p0&page=9", table=sought)
    assert (last.count, last.page, last.after) == ("21 to 25 of 25 people", 3, "")
    assert shown(scene, "?q=zz", table=sought).count == "0 people"
    many = shown(scene, "?q=p0", table=replace(sought, source=replace(few, counted_upto=12)))
    assert (many.count, bool(many.after)) == ("1 to 10 of more than 12 people", True)
    with asking(scene) as who, CaptureQueriesContext(connection) as seen:
        sought.answer(RequestFactory().get("/people/?q=p0"), who)
    assert len(seen) == 1


def test_a_list_with_nothing_in_it_says_so(scene: Scene) -> None:
    table = shown(scene)
    assert (table.count, table.lines, table.nothing) == ("0 people", [], "There is nothing here.")


def test_the_file_holds_every_row_that_is_left_in_order(scene: Scene) -> None:
    admit(scene, 60)
    lines = file_of(scene, "?format=csv&state=NY&sort=-name&page=2")
    assert lines[0] == ["Name", "Number", "Starts", "State"]
    assert [line[0] for line in lines[1:]] == [f"p{number:03d}" for number in range(59, 0, -2)]


def test_rows_are_completed_a_chunk_at_a_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "CHUNK", 2)
    asked: list[int] = []

    def complete(rows: Any, _: Asking) -> Any:
        asked.append(len(rows))
        return [row._replace(starts_at=START) for row in rows]

    source = Select(
        row=Row,
        columns="patient.id, patient.name, NULL::timestamptz, patient.state, patient.timezone",
        tables="people_patient AS patient",
        counted="people_patient AS patient",
        key="patient.id",
        complete=complete,
    )
    table = Table(
        name="t", title="T", counted=("one", "many"), source=source, columns=COLUMNS, zone=PEOPLE.zone
    )
    admit(scene, 5)
    lines = file_of(scene, "?format=csv", table=table)
    assert asked == [2, 2, 1]
    assert {line[2] for line in lines[1:]} == {"2026-10-07T18:00:00-04:00"}
    assert ">18:00</time>" in shown(scene, table=table).lines[0].rest[1].html


def test_a_file_for_a_spreadsheet_says_what_its_letters_are(scene: Scene) -> None:
    scene.admit("Zoë")
    plain, marked = answer(scene, "?format=csv"), answer(scene, "?format=csv&bom=1")
    assert marked.content == b"\xef\xbb\xbf" + plain.content
    assert "Zoë" in plain.content.decode()
    assert plain["Content-Type"] == "text/csv; charset=utf-8"
    assert plain["Content-Disposition"] == 'attachment; filename="list-2026-10-07-1800.csv"'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "  =1", "\n=1"])
def test_no_cell_of_a_file_is_a_formula(text: str) -> None:
    assert cell_text(text, HERE) == f"'{text}"
    assert cell_text(Link(text, "/"), HERE) == f"'{text}"


def test_taking_a_file_is_on_record_in_each_program_it_could_hold(scene: Scene) -> None:
    admit(scene, 3)
    answer(scene, "?format=csv")
    (event,) = Event.objects.filter(verb="console.export")
    assert (event.subject, event.program_ref, event.reason) == ("list:people", scene.program.pk, "rows:3")
    assert event.by == f"staff:{scene.coordinator.pk}"
    shown(scene)
    assert Event.objects.filter(verb="console.export").count() == 1


def test_more_rows_than_a_file_holds_make_no_file(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 3)
    admit(scene, 4)
    table = shown(scene, "?format=csv")
    assert table.faults == [("", "A file holds at most 3 rows. Narrow the list first.")]
    assert not Event.objects.filter(verb="console.export").exists()
    assert len(file_of(scene, "?format=csv&q=p00&state=NY")) == 3


def test_nothing_of_another_program_is_in_a_list_or_its_file(scene: Scene) -> None:
    other = Scene(slug="elsewhere")
    admit(scene, 1)
    other.admit("zed")
    assert names(shown(scene)) == ["p000"]
    assert [line[0] for line in file_of(scene, "?format=csv")] == ["Name", "p000"]


def test_two_lists_of_a_page_leave_each_other_alone(scene: Scene) -> None:
    admit(scene, 60)
    table = shown(scene, "?a_sort=-name&a_page=2&page=7&sort=number&b_q=x", prefix="a_")
    assert (table.page, names(table)[0], table.id) == (2, "p009", "a_people")
    assert asked_for(table.before) == {
        "a_sort": ["-name"],
        "a_page": ["1"],
        "page": ["7"],
        "sort": ["number"],
        "b_q": ["x"],
    }
    assert dict(table.kept) == {"a_sort": "-name", "page": "7", "sort": "number", "b_q": "x"}
    assert table.fields[0].name == "a_state"


def test_a_value_that_sql_names_may_come_from_the_page(scene: Scene) -> None:
    source = Select(
        row=Row,
        columns="patient.id, patient.name, %(now)s, patient.state, patient.timezone",
        tables="people_patient AS patient",
        where="patient.name = %(who)s",
        key="patient.id",
    )
    table = Table(name="t", title="T", counted=("one", "many"), source=source, columns=COLUMNS)
    admit(scene, 3)
    assert names(shown(scene, table=table, scope={"who": "p002"})) == ["p002"]


def test_rows_worked_out_in_python_are_narrowed_sorted_and_cut_alike(scene: Scene) -> None:
    rows = [
        Row(n, f"p{n}", START + timedelta(hours=n) if n else None, "NY", "America/New_York") for n in range(4)
    ]
    table = Table(
        name="listed",
        title="Listed",
        counted=("one", "many"),
        source=Listed(
            make=lambda asked: [row for row in rows if str(asked.values.get("q", "p")) in row.name]
        ),
        columns=(
            Column("name", "Name", lambda row: Link(row.name, "/"), sort="name"),
            Column(
                "starts",
                "Starts",
                lambda row: row.starts_at and Due(row.starts_at),
                kind=Kind.TIME,
                sort="starts",
            ),
        ),
        filters=(Text("q", "Name"),),
        size=3,
    )
    assert names(shown(scene, "?sort=-name", table=table)) == ["p3", "p2", "p1"]
    assert names(shown(scene, "?sort=-starts", table=table)) == ["p3", "p2", "p1"]
    assert names(shown(scene, "?sort=-starts&page=2", table=table)) == ["p0"]
    assert names(shown(scene, table=table)) == ["p0", "p1", "p2"]
    assert names(shown(scene, "?q=2", table=table)) == ["p2"]
    assert [line[0] for line in file_of(scene, "?format=csv&sort=starts", table=table)] == [
        "Name",
        "p1",
        "p2",
        "p3",
        "p0",
    ]


class Part(NamedTuple):
    rows: list[Row]
    total: int
    total_is_more: bool = False
    among: int | None = None


def test_rows_that_another_module_reads_are_shown_and_taken_out_alike(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "CHUNK", 2)
    rows = [Row(n, f"p{n}", None, "NY", "America/New_York") for n in range(5)]

    def read(asked: Asked, limit: int, offset: int) -> Part:
        found = rows[::-1] if asked.descending else rows
        return Part(found[offset : offset + limit], len(rows), total_is_more=True, among=125)

    table = Table(
        name="paged", title="T", counted=("one", "many"), source=Paged(read=read), columns=COLUMNS[:2], size=3
    )
    page = shown(scene, "?page=9&sort=-name", table=table)
    assert (names(page), page.count) == (["p1", "p0"], "4 to 5 of more than 5 many")
    assert "only the first 125 of each program, in the list's own order, were looked at" in page.among
    assert [line[0] for line in file_of(scene, "?format=csv", table=table)[1:]] == [
        "p0",
        "p1",
        "p2",
        "p3",
        "p4",
    ]


def test_a_field_may_suggest_words_and_sql_may_name_what_narrows_nothing(scene: Scene) -> None:
    source = Select(
        row=Row,
        columns="patient.id, patient.name, NULL::timestamptz, patient.state, patient.timezone",
        tables="people_patient AS patient",
        where="%(q)s::text IS NULL OR patient.name = %(q)s",
        key="patient.id",
    )
    table = Table(
        name="t",
        title="T",
        counted=("one", "many"),
        source=source,
        columns=(Column("name", "Name", lambda row: row.name, sort="patient.name", always=True),),
        filters=(Text("q", "Name", suggested=lambda _: ["p000", "p001"]),),
        order="-name",
    )
    admit(scene, 2)
    assert "2 many" in (page := render_to_string("console/table.html", {"table": shown(scene, table=table)}))
    assert '<datalist id="t-q_list"><option value="p000"></option>' in page
    assert shown(scene, "?q=p001", table=table).count == "1 one"


def test_a_page_asks_the_same_number_of_questions_however_many_rows(scene: Scene) -> None:
    def questions() -> int:
        with asking(scene) as who, CaptureQueriesContext(connection) as seen:
            PEOPLE.answer(RequestFactory().get("/people/"), who)
        return len(seen)

    admit(scene, 5)
    few = questions()
    execute("UPDATE people_patient SET state = 'NY'")
    for number in range(45):
        scene.admit(f"q{number}")
    assert questions() == few == 2


def test_the_list_is_laid_out_with_heads_fields_and_faults(scene: Scene) -> None:
    admit(scene, 52)
    scene.admit("<b>bold</b>")
    page = render_to_string("console/table.html", {"table": shown(scene, "?state=TX&sort=-name")})
    assert '<th scope="col" aria-sort="descending">' in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in render_to_string("console/table.html", {"table": shown(scene)})
    assert "<b>bold" not in page
    assert 'aria-describedby=" people-state_error" aria-invalid="true"' in page
    assert 'aria-describedby="people-q_helptext"' in page
    assert '<th scope="row" data-label="Name"><a href' in page
    assert "1 to 50 of 53 people" in page
    assert ' id="person-' in page
    assert "style=" not in page
    empty = render_to_string("console/table.html", {"table": shown(scene, "?q=zzz")})
    assert "Nothing fits what you asked for." in empty
    assert "<table" not in empty


def test_cells_are_told_as_their_reader_reads_them() -> None:
    los_angeles = zone_of("America/Los_Angeles")
    there = Place(zone=los_angeles, here=NEW_YORK, now=START)
    yesterday, later = START - timedelta(days=1), START + timedelta(days=90)
    assert ">18:00</time>" in cell_html(START, HERE)
    assert ">15:00 PDT</time>" in cell_html(START, there)
    assert ">Tue 6 Oct 18:00</time>" in cell_html(yesterday, HERE)
    assert ">Tue 5 Jan 2027 17:00</time>" in cell_html(later, HERE)
    assert "overdue by 24 h" in cell_html(Due(yesterday), HERE)
    assert cell_text(Due(yesterday), HERE) == "2026-10-06T18:00:00-04:00"
    assert cell_text(START, there) == "2026-10-07T15:00:00-07:00"
    assert ">Wed 7 Oct</time>" in cell_html(START.date(), HERE)
    assert ">Thu 1 Jan 2026</time>" in cell_html(
        date(2026, 1, 1), Place(zone=NEW_YORK, here=NEW_YORK, now=later)
    )
    assert cell_text(START.date(), HERE) == "2026-10-07"
    assert (cell_html(12345, HERE), cell_text(-12345, HERE)) == ("12,345", "-12345")
    assert (cell_html(True, HERE), cell_text(True, HERE)) == ("yes", "yes")
    assert (cell_html(False, HERE), cell_text(False, HERE)) == ("no", "no")
    assert (cell_text(None, HERE), cell_text(Chip("Open"), HERE)) == ("", "Open")
    assert cell_html(None, HERE) == cell_html("", HERE) == '<span class="nothing">–</span>'
    assert cell_html("<i>", HERE) == "&lt;i&gt;"
    assert cell_html(Link("<i>", "/?a=1&b=2"), HERE) == '<a href="/?a=1&amp;b=2">&lt;i&gt;</a>'


def test_a_list_is_declared_without_contradictions() -> None:
    with pytest.raises(ValueError, match="one name"):
        Table(name="t", title="T", counted=("a", "b"), source=PEOPLE.source, columns=(COLUMNS[0], COLUMNS[0]))
    with pytest.raises(ValueError, match="sorted by"):
        Table(name="t", title="T", counted=("a", "b"), source=PEOPLE.source, columns=COLUMNS, order="-starts")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine writes slowly
@given(
    st.dictionaries(
        st.sampled_from(["sort", "page", "all", "state", "named", "q", "from", "until", "other"]), st.text()
    )
)
def test_whatever_an_address_says_something_is_meant_by_it(said: dict[str, str]) -> None:
    query = QueryDict(mutable=True)
    query.update(said)
    who = Asking(staff=None, at=datetime(2026, 10, 7, tzinfo=UTC), programs=(), roles={}, rights={})  # type: ignore[arg-type]
    asked = read_asked(query, PEOPLE, who, zone=NEW_YORK, scope={})
    assert asked.page >= 1
    assert asked.sort in {"name", "number", "state"}
    assert not any("\x00" in str(value) for value in asked.values.values())
    assert asked.address(page="2").startswith("?")
