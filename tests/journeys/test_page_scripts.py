"""What scripts add to a page, on pages made up for it: nobody's words are lost, focus stays, keys do what they say."""

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.apps.scene import Scene
from tests.journeys.looking import focused
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]

HEAD = """<!doctype html><html lang="en"><head><title>Board</title>{scripts}</head>
<body class="console" data-now="2026-10-05T22:00:00+00:00" data-rate="1" data-live="/live/" data-topics="today">
<p data-live-status role="status"></p>"""
ROWS = """<form><ul data-rows data-advance>{rows}</ul></form>"""
ROW = """<li id="row{at}"><a href="#chart{at}">Chart {at}</a>
<input type="radio" name="r{at}" value="attended" data-key="a" id="a{at}"><label for="a{at}">Attended</label>
<input type="radio" name="r{at}" value="missed" data-key="m" id="m{at}"><label for="m{at}">Missed</label></li>"""
COUNT_PRESSES = "() => { document.querySelector('button').onclick = () => document.getElementById('did').append('pressed ') }"


class Board:
    """A page at /board/ whose words the test changes, and a stream that says so when it is told to."""

    def __init__(self, page: Page, *scripts: str) -> None:
        self.page = page
        self.body = ""
        self.streams: list[Route] = []
        listed = "".join(f'<script type="module" src="/static/js/{each}.js"></script>' for each in scripts)
        self.head = HEAD.format(scripts=listed)
        page.route(
            "**/board/**", lambda route: route.fulfill(content_type="text/html", body=self.head + self.body)
        )
        page.route("**/live/**", lambda route: self.streams.append(route))  # noqa: PLW0108 - it asks for a function with a name

    def show(self, body: str) -> "Board":
        self.body = body
        self.page.goto("/board/")
        return self

    def change(self, body: str, event: str = "today") -> None:
        """The page would be different now, and the stream says so. It ends there, and the browser opens it again."""
        self.body = body
        with self.page.expect_response("**/board/**"):
            self.tell(event)

    def tell(self, event: str) -> None:
        while not self.streams:
            self.page.wait_for_timeout(10)  # the browser's driver works while we wait
        told = f"retry: 10\nid: 1\n\nevent: {event}\ndata: 1\n\n"
        self.streams.pop(0).fulfill(content_type="text/event-stream", body=told)


@pytest.fixture
def page(signed_in: SignedIn) -> Page:
    return signed_in(Scene().coordinator)


def region(inside: str, name: str = "list") -> str:
    return f'<div data-live-region="{name}" id="{name}">{inside}</div>'


def test_a_region_that_changed_is_put_in_the_place_of_the_old_one(page: Page) -> None:
    board = Board(page, "live").show(region("<b>nobody</b>") + "<i>as it was</i>")
    board.change(region("<b>ada</b>") + "<i>not followed</i>")
    expect(page.locator("b")).to_have_text("ada")
    expect(page.locator("i")).to_have_text("as it was")


def test_a_page_that_follows_says_that_it_does(page: Page) -> None:
    page.goto("/today/")
    expect(page.locator("[data-live-status]")).to_have_text("Live")


def test_what_is_the_same_is_left_alone(page: Page) -> None:
    token = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    clock = '<time class="clock{}" data-clock="due" datetime="2026-10-05T22:00:00+00:00"><span class="ago">{}</span></time>'
    board = Board(page, "live").show(
        region(token.format("one") + clock.format("", "due in 2 min")) + region("1", "other")
    )
    page.evaluate("document.getElementById('list').firstChild.mine = true")
    board.change(
        region(token.format("two") + clock.format(" is-late", "overdue by 1 min")) + region("2", "other")
    )
    expect(page.locator("#other")).to_have_text("2")
    assert page.evaluate("document.getElementById('list').firstChild.mine")


def test_focus_stays_where_it_was_in_what_is_new(page: Page) -> None:
    board = Board(page, "live").show(
        region('<ul><li id="ada"><a href="#1">first</a> <button>call</button></li></ul>')
    )
    page.get_by_role("button", name="call").focus()
    board.change(
        region(
            '<ul><li id="cleo"><button>other</button></li><li id="ada"><a href="#1">first</a> <button>call again</button></li></ul>'
        )
    )
    expect(page.get_by_role("button", name="call again")).to_be_focused()


def test_focus_goes_to_the_region_when_its_place_is_gone(page: Page) -> None:
    board = Board(page, "live").show(region('<p id="ada"><button>call</button></p>'))
    page.get_by_role("button", name="call").focus()
    board.change(region("<p>nobody waits</p>"))
    expect(page.locator("#list")).to_be_focused()


def test_details_stay_open_and_tables_where_they_were_scrolled_to(page: Page) -> None:
    wide = (
        '<div class="table-scroll" style="width:50px;overflow:auto"><div style="width:500px">{}</div></div>'
    )
    board = Board(page, "live").show(
        region("<details><summary>why</summary>{}</details>".format("because") + wide.format(1))
    )
    page.locator("summary").click()
    page.evaluate("document.querySelector('.table-scroll').scrollLeft = 40")
    board.change(region("<details><summary>why</summary>other</details>" + wide.format(2)))
    expect(page.locator("details")).to_contain_text("other")
    assert page.evaluate("document.querySelector('details').open")
    assert page.evaluate("document.querySelector('.table-scroll').scrollLeft") == 40


def test_words_that_somebody_is_writing_are_never_replaced(page: Page) -> None:
    form = "<form><textarea id='words'></textarea></form><b>{}</b><button>elsewhere</button>"
    board = Board(page, "live").show(region(form.format("old")) + "<button>outside</button>")
    page.locator("#words").type("she said")
    board.change(region(form.format("new")))
    expect(page.get_by_role("status")).to_contain_text("waits until you are done writing")
    expect(page.locator("#words")).to_have_value("she said")
    expect(page.locator("b")).to_have_text("old")
    page.locator("#words").fill("")
    page.get_by_role("button", name="outside").focus()
    expect(page.locator("b")).to_have_text("new")


def test_a_broken_line_is_said_with_the_time_it_was_last_heard(page: Page) -> None:
    board = Board(page, "live").show(region("1"))
    board.change(region("2"))
    expect(page.locator("#list")).to_have_text("2")
    page.wait_for_function(
        "() => document.querySelector('[data-live-status]').textContent.startsWith('Reconnecting')"
    )
    assert page.locator("[data-live-status]").inner_text().count(":") == 2


def test_whoever_is_signed_out_hears_it(page: Page) -> None:
    board = Board(page, "live").show(region("1"))
    board.tell("signed-out")
    expect(page.get_by_role("status")).to_have_text("You are signed out")


def test_keys_press_what_they_are_written_on_but_never_while_somebody_writes(page: Page) -> None:
    Board(page, "keys").show(
        "<label>Words <input id='words'></label> <button data-key='n'>New task</button><p id='did'></p>"
    )
    page.evaluate(COUNT_PRESSES)
    page.locator("#words").press("n")
    page.keyboard.press("Control+n")
    expect(page.locator("#did")).to_have_text("")
    page.locator("#words").blur()
    page.keyboard.press("n")
    expect(page.locator("#did")).to_have_text("pressed")


def test_a_question_mark_lists_the_keys_and_switches_them_off(page: Page) -> None:
    Board(page, "keys").show("<button data-key='n'>New task <kbd>n</kbd></button><p id='did'></p>")
    page.evaluate(COUNT_PRESSES)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("New task")
    dialog.get_by_label("Single keys do something").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("n")
    page.reload()
    page.evaluate(COUNT_PRESSES)
    page.keyboard.press("n")
    expect(page.locator("#did")).to_have_text("")


def test_a_list_is_done_by_one_key_a_row(page: Page) -> None:
    rows = "".join(ROW.format(at=at) for at in range(3))
    Board(page, "keys", "rows").show(ROWS.format(rows=rows))
    page.keyboard.press("j")
    assert focused(page) == "Chart 0"
    page.keyboard.press("a")
    page.wait_for_function("() => document.activeElement.closest('#row1')")
    page.keyboard.press("m")
    page.wait_for_function("() => document.activeElement.closest('#row2')")
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert focused(page) == "Attended"
    chosen = page.eval_on_selector_all("input:checked", "all => all.map((one) => one.id)")
    assert chosen == ["a0", "m1"]


def test_one_tick_at_the_head_ticks_them_all_and_shift_those_between(page: Page) -> None:
    ticks = "".join(f"<input type='checkbox' data-select id='t{at}'>" for at in range(4))
    Board(page, "rows").show(f"<form><input type='checkbox' data-select-all id='all'>{ticks}</form>")
    page.locator("#all").check()
    assert page.locator("[data-select]:checked").count() == 4
    page.locator("#all").uncheck()
    page.locator("#t0").click()
    page.locator("#t2").click(modifiers=["Shift"])
    assert page.locator("[data-select]:checked").count() == 3


def test_a_choice_in_a_filter_shows_the_new_list_and_keeps_focus(page: Page) -> None:
    body = """<section><div class="table-top"><form data-filter role="search"><select name="state" aria-label="State">
    <option value="">any</option><option value="open">open</option></select><button>Show</button></form>
    <p role="status">{}</p></div><div class="table-scroll">{}</div></section>"""
    board = Board(page, "filter").show(body.format("2 cases", "ada, cleo"))
    board.body = body.format("1 case", "ada")
    page.get_by_label("State").select_option("open")
    page.get_by_label("State").focus()
    expect(page.locator(".table-scroll")).to_have_text("ada")
    expect(page.locator("section [role=status]")).to_have_text("1 case")
    assert page.url.endswith("/board/?state=open")
    assert page.evaluate("document.activeElement.name") == "state"


def test_a_form_with_words_in_it_is_not_left_by_accident(page: Page) -> None:
    Board(page, "unsaved").show("<form data-unsaved><textarea id='words'></textarea></form>")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.locator("#words").type("she said")
    page.locator("#words").fill("")
    page.goto("/board/?again")
    assert asked == []
    page.locator("#words").type("she said")
    page.goto("/board/?left")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize(
    ("later", "words", "look"),
    [
        ("21:30", "due in 30 min", "is-soon"),
        ("20:35", "due in 1 h 25 min", ""),
        ("22:00", "due now", "is-late"),
        ("23:12", "overdue by 1 h 12 min", "is-late"),
    ],
)
def test_times_tick_by_the_clock_of_the_page(page: Page, later: str, words: str, look: str) -> None:
    """The same words as tests/apps/test_design_times.py asks of the server."""
    due = '<time class="clock" data-clock="due" datetime="2026-10-05T22:00:00+00:00"><span>x</span> <span class="ago"></span></time>'
    Board(page, "clock").show(due)
    page.evaluate(
        "now => document.dispatchEvent(new CustomEvent('page:fresh', {detail: {now, rate: '0'}}))",
        f"2026-10-05T{later}:00+00:00",
    )
    expect(page.locator(".ago")).to_have_text(words)
    assert (page.locator("time").get_attribute("class") or "").split()[1:] == look.split()
