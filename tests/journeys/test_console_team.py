"""A day of the team in a real browser: words, tasks, hand-off, huddle, reviews, and what is overdue."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from rejoin.followup.actions import add_task, hand_off
from rejoin.followup.models import Case, HandOffRead, Review, ReviewEvent, Task
from rejoin.outreach.models import ReplyReading
from tests.apps.scene import START, Scene, minutes
from tests.apps.test_console_team import a_reply, a_review
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
SIZES = [DESK, PHONE, DESK_AT_200_PERCENT]
LONG = "Ask whether the late bus still runs on Wednesdays, and whether the ride vouchers would cover a taxi home. "


def a_morning(scene: Scene) -> tuple[Case, Review]:
    """Two missed two days ago and were not reached, one of them at risk; and everything that comes of that."""
    ada, ines = scene.admit("ada"), scene.admit("inés de la cruz y villanueva", phone="+15550101")
    scene.flag(ines, "high_risk")
    scene.watched(scene.session(ada, ines))
    scene.run(START + minutes(30))
    scene.run(START + timedelta(days=2))
    case, by = scene.case(ada), scene.as_ben()
    a_reply(ada, scene.program.pk, text="voy tarde, 10 min\n" * 3)
    a_reply(None, text="who is this")
    add_task(
        program=scene.program,
        case=case,
        words=LONG * 3,
        owner=scene.coordinator,
        due_at=START + timedelta(days=1),
        by=by,
        at=START + minutes(40),
    )
    hand_off(program=scene.program, words=LONG * 2, by=by, at=START + timedelta(days=1))
    return case, a_review(scene, ines)


def show_all(page: Page) -> None:
    """Everything that is folded up, unfolded."""
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_the_team_can_be_read_by_everybody(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    _, review = a_morning(scene)
    page = signed_in(scene.supervisor, size=size)
    shown = {
        "/words/": "voy tarde",
        "/tasks/?whose=": "Ask whether the late bus",
        "/huddle/": "Not reached for a day",
        "/hand-off/": "Ask whether the late bus",
        "/overdue/": "She wrote, and nobody has read it",
        f"/reviews/{review.pk}/": "2 missed within 14 days",
    }
    for address, told in shown.items():
        page.goto(address)
        page.get_by_text(told).first.wait_for()
        show_all(page)
        find_nothing_wrong(page)


def test_the_team_works_without_scripts(signed_in: SignedIn) -> None:
    scene = Scene()
    a_morning(scene)
    page = signed_in(scene.coordinator, scripts=False)
    page.goto("/words/")
    page.get_by_role("button", name="ada").click()
    page.get_by_text("Read. If she needs an answer").wait_for()
    page.goto("/tasks/")
    page.get_by_role("button", name="Done").click()
    page.get_by_text("The task is done.").wait_for()
    page.goto("/hand-off/")
    page.get_by_role("button", name="I have read it").click()
    page.get_by_text("Read by coordinator of evening").wait_for()
    assert ReplyReading.objects.count() == HandOffRead.objects.count() == 1
    assert not Task.objects.open().exists()


def test_words_that_come_in_are_read_by_keyboard(signed_in: SignedIn) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    page = signed_in(scene.coordinator)
    page.goto("/words/")
    page.get_by_text("Everything is read.").wait_for()
    a_reply(ada, scene.program.pk)
    page.get_by_text("I am on my way").wait_for()  # the page hears of it by itself
    for key in ("j", "r"):
        page.keyboard.press(key)
    page.get_by_text("Read by coordinator of evening").wait_for()
    assert ReplyReading.objects.get().by == f"staff:{scene.coordinator.pk}"


def test_a_task_is_added_on_a_case_by_keyboard_and_done_by_its_owner(signed_in: SignedIn) -> None:
    scene = Scene()
    case, _ = a_morning(scene)
    asks, does = signed_in(scene.ben), signed_in(scene.supervisor, size=PHONE)
    asks.goto(f"/cases/{case.ref}/")
    asks.locator("summary", has_text="Ask somebody to do something").focus()
    asks.keyboard.press("Enter")
    tab_to(asks, "What is to be done")
    asks.keyboard.type("Ask about her bus")
    tab_to(asks, "Who")
    asks.keyboard.type("super")
    tab_to(asks, "By")
    asks.keyboard.type("10122026")
    tab_to(asks, "Add the task")
    asks.keyboard.press("Enter")
    asks.get_by_text("The task is on the list.").wait_for()
    does.goto("/tasks/")
    does.get_by_text("Ask about her bus").first.wait_for()
    does.get_by_role("button", name="Ask about her bus").first.click()
    does.get_by_text("You have no open task.").wait_for()
    assert Task.objects.get(owner=scene.supervisor).open is False


def test_a_hand_off_is_left_by_keyboard_and_read_by_the_next(signed_in: SignedIn) -> None:
    scene = Scene()
    first, second = signed_in(scene.ben), signed_in(scene.coordinator)
    first.goto("/hand-off/")
    tab_to(first, "Leave it")
    first.keyboard.press("Enter")
    first.get_by_role("heading", name="There is something to put right").wait_for()
    assert first.evaluate("document.activeElement.matches('[data-error-summary]')")
    tab_to(first, "What the next shift should know")
    first.keyboard.type("ada promised to call at nine.")
    tab_to(first, "Leave it")
    first.keyboard.press("Enter")
    first.get_by_text("Left for the next shift.").wait_for()
    second.goto("/hand-off/")
    tab_to(second, "I have read it")
    second.keyboard.press("Enter")
    second.get_by_text("Read by coordinator of evening").wait_for()
    assert HandOffRead.objects.get().staff == scene.coordinator


def test_a_review_is_decided_by_keyboard_and_never_without_a_reason(signed_in: SignedIn) -> None:
    scene = Scene()
    _, review = a_morning(scene)
    page = signed_in(scene.supervisor)
    page.goto(f"/reviews/{review.pk}/")
    page.get_by_label("Go on as it is, and watch").focus()
    page.keyboard.press("Space")
    tab_to(page, "Write the decision down")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="There is something to put right").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    assert page.get_by_label("Go on as it is, and watch").is_checked()
    find_nothing_wrong(page)
    page.get_by_role("link", name="Why: ").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Her shifts moved, and she has told us so.")
    tab_to(page, "Write the decision down")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing follows from it by itself.").first.wait_for()
    page.get_by_role("heading", name="What became of it").wait_for()
    find_nothing_wrong(page)
    assert ReviewEvent.objects.get(review=review).words == "Her shifts moved, and she has told us so."


def test_what_is_overdue_leads_to_where_it_is_put_right(signed_in: SignedIn) -> None:
    scene = Scene()
    case, review = a_morning(scene)
    page = signed_in(scene.supervisor)
    for kind, whose, place in (
        ("words", "ada", "/words/"),
        ("task", "ada", "/tasks/?whose="),
        ("step", "ada", f"/cases/{case.ref}/"),
        ("review", "inés", f"/reviews/{review.pk}/"),
    ):
        page.goto(f"/overdue/?kind={kind}")
        row = page.locator("tbody tr").filter(has_text=whose).first
        row.locator("td a").first.focus()
        page.keyboard.press("Enter")
        page.locator("h1", has_not_text="Overdue").wait_for()
        assert place in page.url


def test_the_huddle_is_printed_as_words_without_furniture(signed_in: SignedIn) -> None:
    scene = Scene()
    a_morning(scene)
    page = signed_in(scene.coordinator)
    page.goto("/huddle/")
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name="Huddle").is_visible()
    assert page.get_by_role("heading", name="Not reached for a day").is_visible()
    assert page.get_by_role("rowheader", name="ada").first.is_visible()
    for furniture in (page.get_by_role("link", name="Worklist"), page.get_by_role("button", name="Print")):
        assert not any(each.is_visible() for each in furniture.all())
