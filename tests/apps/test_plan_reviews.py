"""Four weeks in which nobody can tell how she is doing bring people together, and decide nothing."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from rejoin.common import clock
from rejoin.console.present import progress as present
from rejoin.domain.kernel import local_day
from rejoin.domain.progress import Verdict
from rejoin.followup.models import Review, Task
from rejoin.followup.plan_reviews import untold_for_long
from rejoin.followup.review_options import ALWAYS, FITTING, Why, options_for, raised_because
from rejoin.followup.vocabulary import Decision
from rejoin.insights.progress import progress_of
from rejoin.programs.books import books_of
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of
from tests.apps.test_console_team import a_review
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


def review_page(story: Story, review: Review) -> str:
    return client_of(story.scene.supervisor).get(reverse("console:review", args=[review.pk])).content.decode()


def offered(page: str) -> set[str]:
    return set(re.findall(r'name="decision" value="(\w+)"', page))


def untold() -> tuple[Story, Review]:
    story = Story().tell(PHQ9, *UNTOLD)
    story.scene.run(START + timedelta(days=42 + 29))
    (raised,) = reviews()
    return story, raised


def test_of_whom_nobody_can_tell_she_is_asked_and_no_discharge_is_among_the_options() -> None:
    story, raised = untold()
    page = review_page(story, raised)
    assert offered(page) == {each.value for each in (*FITTING[Why.UNTOLD], *ALWAYS)}
    assert "Ask her PHQ-9 by phone" in page
    assert "Ask her PHQ-9 at her next session" in page
    assert "worked out from the bands of her pictures" in page
    assert "bands below" not in page
    assert "Begin a discharge" not in page
    assert 'type="radio"' in page
    assert not re.search(r"<input[^>]*\schecked", page)


def test_of_absences_the_options_are_about_coming() -> None:
    scene = Scene()
    review = a_review(scene, scene.admit("ada"))
    page = client_of(scene.supervisor).get(reverse("console:review", args=[review.pk])).content.decode()
    assert offered(page) == {each.value for each in (*FITTING[Why.ABSENCE], *ALWAYS)}
    assert "She was asked no measure: how she is doing, no number says." in page
    assert not re.search(r"<input[^>]*\schecked", page)


def test_where_she_is_worse_by_a_measure_the_page_says_so_and_offers_what_fits_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story().tell(PHQ9, 3, 4, 8, 15, 20, 24, 25, 25)
    review = a_review(story.scene, story.ada)
    clock.simulate(shown_at=START + timedelta(days=7 * 7, hours=2), rate=0)
    page = review_page(story, review)
    changed = page[page.index('id="changed-h"') : page.index('id="unknown-h"')]
    assert "Worsened" in changed
    assert "Because she is worse by a measure" in page
    assert offered(page) == {each.value for each in (*FITTING[Why.ABSENCE], *FITTING[Why.WORSENED], *ALWAYS)}
    monkeypatch.setattr(present, "VERDICTS", dict.fromkeys(Verdict, ("Other words", "is-sky is-bar")))
    assert offered(review_page(story, review)) == offered(page)
    assert page.count('value="step_up"') == 1


def test_what_is_offered_hangs_on_the_verdict_and_on_no_word_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    story, raised = untold()
    before = offered(review_page(story, raised))
    monkeypatch.setattr(present, "VERDICTS", dict.fromkeys(Verdict, ("Other words", "is-sky is-bar")))
    page = review_page(story, raised)
    assert "Other words" in page[page.index('id="unknown-h"') :]
    assert offered(page) == before


def test_what_somebody_has_to_do_is_decided_with_its_day_and_the_page_says_whose_it_is() -> None:
    story, raised = untold()
    supervisor, address = (
        client_of(story.scene.supervisor),
        reverse("console:review_decide", args=[raised.pk]),
    )
    sent = {"decision": "ask_by_phone", "words": "Nobody has asked her."}
    refused = supervisor.post(address, sent)
    assert refused.status_code == 422
    assert "Say by which day" in refused.content.decode()
    assert reviews()[0].open
    supervisor.post(address, sent | {"follow_up_on": "2027-01-04", "owner": str(story.scene.ben.pk)})
    said = words(review_page(story, raised))
    assert "DecisionAsk her the measure by phone" in said
    assert f"Owner{story.scene.ben.name}" in said
    assert "Due4 Jan 2027, still to be done" in said
    assert Task.objects.get(review=raised).owner == story.scene.ben
    # To ask her is no change of her plan: the pictures have no flag for it.
    progress = supervisor.get(reverse("console:patient_progress", args=[story.ada.ref])).content.decode()
    assert 'class="plan-flag"' not in progress[progress.index("progress-picture") :]


def test_a_decision_without_a_day_says_that_it_has_no_owner_and_why() -> None:
    story, raised = untold()
    address = reverse("console:review_decide", args=[raised.pk])
    client_of(story.scene.supervisor).post(address, {"decision": "continue", "words": "We watch."})
    said = words(review_page(story, raised))
    assert "OwnerNone, as no day was set for it" in said
    assert "DueNo day set" in said


def test_the_huddle_says_that_a_decision_may_be_about_a_plan() -> None:
    story, _ = untold()
    said = words(client_of(story.scene.supervisor).get(reverse("console:huddle")).content.decode())
    assert "of whom nobody can tell how they are doing" in said


def test_every_decision_fits_something_and_stands_once() -> None:
    assert {*ALWAYS, *(each for fitting in FITTING.values() for each in fitting)} == set(Decision)
    told = [each for _, options in options_for(Why) for each in options]
    assert sorted(told) == sorted(Decision)
    assert {raised_because(then) for then in ("plan_review", "team_review")} == {Why.UNTOLD, Why.ABSENCE}


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
