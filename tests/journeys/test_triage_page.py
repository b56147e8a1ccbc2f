"""A coordinator's morning with the page, in a real browser: it loads nothing, it is reachable by
everybody, and it prints what cannot wait first."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from rejoin.sidecar.page import render_page
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, WCAG
from tests.sidecar.reports import Program, busy_morning, hostile_program, lately, nothing_open

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]

IN_VIEW_TOP = "Math.round(document.querySelector('{}').getBoundingClientRect().top)"


class Visit:
    """One open page, with everything it said and asked for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._watch)
        page.goto(address)

    def _hear(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.asked.append(request.url)

    def shown(self, selector: str) -> list[str]:
        found = self.page.locator(selector).all()
        return [one.inner_text() for one in found if one.is_visible()]


Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    contexts = []

    def open_page(program: Program, size: tuple[int, int] = DESK, *, scripts: bool = True) -> Visit:
        file = tmp_path / "triage.html"
        file.write_text(render_page(program.report(), program.directory), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts
        )
        contexts.append(context)
        return Visit(context.new_page(), file.as_uri())

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", [PHONE, DESK])
@pytest.mark.parametrize("make", [busy_morning, hostile_program, nothing_open])
def test_the_page_is_quiet_asks_for_nothing_and_meets_wcag(
    visit: Open, make: Callable[[], Program], size: tuple[int, int]
) -> None:
    seen = visit(lately(make()), size)
    seen.page.get_by_role("button", name="Open all details").click()
    results = Axe().run(seen.page, options={"runOnly": {"type": "tag", "values": WCAG}})
    assert results.violations_count == 0, results.generate_report()
    assert seen.said == []
    assert seen.asked == []


@pytest.mark.parametrize("size", [PHONE, DESK, DESK_AT_200_PERCENT, (320, 640)])
@pytest.mark.parametrize("make", [busy_morning, hostile_program])
def test_the_page_never_scrolls_sideways(
    visit: Open, make: Callable[[], Program], size: tuple[int, int]
) -> None:
    seen = visit(make(), size)
    seen.page.get_by_role("button", name="Open all details").click()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_keyboard_meets_the_skip_link_first_and_can_open_a_reason(visit: Open) -> None:
    seen = visit(busy_morning())
    seen.page.keyboard.press("Tab")
    focused = seen.page.locator(":focus")
    assert focused.inner_text() == "Skip to what is overdue"
    assert focused.is_visible()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator(":focus").get_attribute("id") == "main"
    reason = seen.page.locator("details.why").first
    reason.locator("summary").focus()
    seen.page.keyboard.press("Enter")
    assert reason.get_attribute("open") is not None
    assert "minutes" in reason.inner_text() or "sessions" in reason.inner_text()


def test_every_stop_of_the_tab_key_shows_where_it_is(visit: Open) -> None:
    seen = visit(busy_morning())
    for _ in range(30):
        seen.page.keyboard.press("Tab")
        style = seen.page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return [s.outlineStyle, s.outlineWidth]; })()"
        )
        assert style == ["solid", "2px"]


def test_the_filter_leaves_one_patients_lines_and_says_how_many(visit: Open) -> None:
    seen = visit(busy_morning())
    seen.page.get_by_label("Find a patient or a session").fill("cleo")
    names = seen.shown("main table.lines .name")
    assert names == ["Cleo P3", "Cleo P3"]
    assert [one.split()[0] for one in seen.shown("article.patient h3")] == ["Cleo"]
    assert seen.shown("#attention h3") == []
    assert seen.shown("#overdue li") != []
    assert "lines shown" in seen.page.get_by_role("status").inner_text()
    assert seen.page.locator("details.day[open] article.session:visible").count() == 15
    seen.page.get_by_label("Find a patient or a session").fill("nobody of this name")
    assert "Nothing fits" in seen.page.get_by_role("status").inner_text()
    seen.page.get_by_label("Find a patient or a session").fill("")
    assert len(seen.shown("article.patient")) == 10


def test_a_session_is_found_with_everybody_in_it(visit: Open) -> None:
    seen = visit(busy_morning())
    seen.page.get_by_label("Find a patient or a session").fill("e15")
    assert seen.page.locator("article.session:visible").count() == 1
    assert seen.page.locator("article.session:visible tbody tr:visible").count() == 5


def test_only_what_is_overdue_leaves_the_overdue(visit: Open) -> None:
    seen = visit(busy_morning())
    seen.page.get_by_label("Only what is overdue").check()
    assert len(seen.shown("main table.lines tbody tr")) == 3
    assert seen.shown("#due, #today, #attention, #sessions") == []
    assert [one.split()[0] for one in seen.shown("article.patient h3")] == ["Cleo", "Dev", "Gus"]
    seen.page.get_by_label("Only what is overdue").uncheck()
    assert len(seen.shown("main > section")) == 6


def test_a_link_into_a_closed_day_opens_it(visit: Open) -> None:
    seen = visit(busy_morning())
    old = seen.page.locator("details.day:not([open]) article.session").last
    anchor = old.get_attribute("id")
    seen.page.evaluate(f"location.hash = '{anchor}'")
    seen.page.wait_for_selector(f"details.day[open] #{anchor}", state="visible")


def test_without_scripts_everything_is_there_and_no_dead_control(visit: Open) -> None:
    seen = visit(busy_morning(), scripts=False)
    assert not seen.page.locator(".controls").is_visible()
    assert seen.page.locator("main table.lines tbody tr").count() == 9
    reason = seen.page.locator("details.why").first
    reason.locator("summary").click()
    assert reason.locator("li").first.is_visible()


def test_hostile_names_are_inert(visit: Open) -> None:
    seen = visit(hostile_program())
    seen.page.get_by_role("button", name="Open all details").click()
    seen.page.get_by_label("Find a patient or a session").fill("<script>")
    assert seen.page.evaluate("window.touched") is None
    assert seen.page.locator("img").count() == 0
    assert seen.page.locator("script").count() == 1


def test_the_policy_of_the_page_stops_a_script_that_got_in_all_the_same(visit: Open) -> None:
    seen = visit(busy_morning())
    seen.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.touched = 1';"
        " document.body.append(s); }"
    )
    assert seen.page.evaluate("window.touched") is None


def test_paper_leads_with_what_is_overdue_and_leaves_the_controls_out(visit: Open) -> None:
    seen = visit(busy_morning(), (816, 1056))
    seen.page.emulate_media(media="print")
    tops = [seen.page.evaluate(IN_VIEW_TOP.format(f"#{name}")) for name in ("overdue", "due", "attention")]
    assert tops == sorted(tops)
    assert tops[0] < 400
    assert not seen.page.locator(".controls").is_visible()
    assert not seen.page.locator("details.why").first.is_visible()
    head = "getComputedStyle(document.querySelector('table.lines thead')).display"
    assert seen.page.evaluate(head) == "table-header-group"
    assert seen.page.evaluate("getComputedStyle(document.querySelector('h2')).color") == "rgb(0, 0, 0)"
    assert seen.page.pdf(format="Letter").startswith(b"%PDF")


def test_nothing_moves_for_who_asked_for_stillness(visit: Open) -> None:
    seen = visit(busy_morning())
    scroll = "getComputedStyle(document.documentElement).scrollBehavior"
    assert seen.page.evaluate(scroll) == "smooth"
    seen.page.emulate_media(reduced_motion="reduce")
    assert seen.page.evaluate(scroll) == "auto"
