"""Four weeks in which nobody can tell how she is doing bring people together, and decide nothing."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from rejoin.domain.kernel import local_day
from rejoin.domain.progress import Verdict
from rejoin.followup.models import Review
from rejoin.followup.plan_reviews import untold_for_long
from rejoin.insights.progress import progress_of
from rejoin.programs.books import books_of
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of
from tests.apps.test_progress_pages import PHQ9, Story, bare, words

pytestmark = pytest.mark.django_db(transaction=True)
UNTOLD = (19, 17, 18, 12, 13, None, 10, None, None, None, None, None)
TOLD = (27, 27, 26, 22, 15, 9, 4, 2, 1, 0, 0, 0)
NEW_YORK = ZoneInfo("America/New_York")


def reviews() -> list[Review]:
    return list(Review.objects.filter(then="plan_review"))


def test_after_four_weeks_in_which_nobody_can_tell_the_team_looks_at_her_plan() -> None:
    story = Story().tell(PHQ9, *UNTOLD)
    story.scene.run(START + timedelta(days=42 + 27))
    assert reviews() == []
    story.scene.run(START + timedelta(days=42 + 29))
    (raised,) = reviews()
    assert raised.trigger == "progress.phq9.9"
    assert raised.fired_at == START + timedelta(days=42 + 28)
    story.scene.run(START + timedelta(days=42 + 31))
    assert len(reviews()) == 1


def test_its_page_says_what_is_not_known_and_a_person_decides() -> None:
    story = Story().tell(PHQ9, *UNTOLD)
    story.scene.run(START + timedelta(days=42 + 29))
    (raised,) = reviews()
    supervisor = client_of(story.scene.supervisor)
    page = supervisor.get(reverse("console:review", args=[raised.pk])).content.decode()
    assert "the team looks at her plan together" in words(page)
    assert "Not measured since 18 November" in words(page)
    assert "nobody can say" in words(page)
    part = page[page.index('id="unknown-h"') :].split("</section>", 1)[0]
    assert bare(f"<main><section>{part}</section></main>") == []
    sent = {"decision": "change_plan", "words": "We call her first.", "follow_up_on": "2027-01-04"}
    supervisor.post(reverse("console:review_decide", args=[raised.pk]), sent)
    raised.refresh_from_db()
    assert not raised.open
    progress = supervisor.get(reverse("console:patient_progress", args=[story.ada.ref])).content.decode()
    assert "Change the treatment plan" in words(progress)
    assert 'class="plan-flag"' in progress[progress.index("progress-picture") :]


def test_what_another_program_cannot_tell_is_no_reason_in_this_one() -> None:
    story = Story().tell(PHQ9, *TOLD)
    for week in range(len(TOLD), len(TOLD) + 5):
        story.put_off(PHQ9, week, "not_held")
    here, at = story.scene.program, START + timedelta(days=7 * (len(TOLD) + 4), hours=1)
    story.scene, story.begins = Scene(slug="morning"), START - timedelta(days=1)
    story.tell(PHQ9, 12, from_week=len(TOLD) + 4)
    verdicts = {each.program_id: each.verdict for each in progress_of(story.ada, local_day(at, NEW_YORK))}
    assert verdicts == {here.pk: Verdict.IMPROVED, story.scene.program.pk: Verdict.CANNOT_TELL}
    programs = set(verdicts)
    books = books_of(programs)
    assert list(untold_for_long({(story.ada.pk, each) for each in programs}, books, at)) == []


def test_an_answer_takes_it_back() -> None:
    story = Story().tell(PHQ9, *UNTOLD)
    story.scene.run(START + timedelta(days=42 + 29))
    story.tell(PHQ9, 4, from_week=12)
    story.scene.run(START + timedelta(days=42 + 43))
    (raised,) = reviews()
    assert not raised.open
