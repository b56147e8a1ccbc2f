"""Four weeks in which nobody can tell how she is doing bring people together, and decide nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from rejoin.followup.models import Review
from tests.apps.scene import START
from tests.apps.signing import client_of
from tests.apps.test_progress_pages import PHQ9, Story, bare, words

pytestmark = pytest.mark.django_db(transaction=True)
UNTOLD = (19, 17, 18, 12, 13, None, 10, None, None, None, None, None)


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


def test_an_answer_takes_it_back() -> None:
    story = Story().tell(PHQ9, *UNTOLD)
    story.scene.run(START + timedelta(days=42 + 29))
    story.tell(PHQ9, 4, from_week=12)
    story.scene.run(START + timedelta(days=42 + 43))
    (raised,) = reviews()
    assert not raised.open
