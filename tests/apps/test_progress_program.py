"""What patients came to, with those who were not measured to the end; and that the page says when nobody can tell."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.urls import reverse

from rejoin.attendance.models import SeatStatus
from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.insights import progress_program
from rejoin.insights.models import Due, ItemAnswer, Sheet
from rejoin.insights.progress_program import ROWS, change_of_program
from tests.apps.scene import START
from tests.apps.signing import client_of
from tests.apps.test_progress_pages import PHQ9, Story, bare, words

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(story: Story) -> str:
    clock.simulate(shown_at=START + timedelta(days=80), rate=0)
    return client_of(story.scene.supervisor).get(reverse("console:progress")).content.decode()


def test_of_one_patient_nobody_can_say_how_a_program_does() -> None:
    page = page_of(Story().tell(PHQ9, 19, 17, 18))
    assert "Nobody can say yet how they changed." in words(page)
    assert bare(page) == []


def test_everybody_is_counted_in_and_completers_are_a_comparison() -> None:
    story = Story()
    for number in range(14):
        story.ada = story.scene.admit(f"p{number}", phone=f"+1555020{number:04}")
        story.begins = START + timedelta(hours=4 * number)
        last = None if number % 5 == 0 else 8 + number * 3 % 7
        story.tell(PHQ9, 15 + number % 6, None, 11 + number * 2 % 7, None, last)
    page = page_of(story)
    assert "Only those measured at the end: a comparison, no estimate" in words(page)
    assert "3 of 14" in words(page)
    assert "of 14 patients" in words(page)
    assert "of 11 patients" in words(page)
    assert bare(page) == []


def test_a_sheet_with_too_few_answers_takes_no_score_away() -> None:
    story = Story().tell(PHQ9, 19, None, 17, None, 12)
    story.begins = START + timedelta(days=2)
    story.put_off(PHQ9, 4, "")
    due = Due.objects.latest("pk")
    said = {"patient": story.ada, "at": due.at, "by": "staff:1"}
    of = {"program": due.program, "instrument": due.instrument, "version": due.version}
    sheet = Sheet.objects.create(due=due, language="en", how="portal", answered_at=due.at, **of, **said)
    ItemAnswer.objects.create(sheet=sheet, item=PHQ9.items[0].id, value=1, **said)
    (changed,) = change_of_program(story.scene.program.pk, (START + timedelta(days=80)).date())
    assert (changed.patients, changed.unseen) == (1, 0)


def test_of_two_scores_of_a_visit_the_nearest_counts_and_not_the_latest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid: list[Any] = []

    def keep(found: Any, **_: Any) -> None:
        laid.append(np.array(found))
        raise Refusal("kept", "Kept.")

    monkeypatch.setattr(progress_program, "lay_out", keep)
    story = Story().tell(PHQ9, 19, None, 17, None, 12)
    story.begins = START + timedelta(days=6)
    story.tell(PHQ9, 3, from_week=4)
    change_of_program(story.scene.program.pk, (START + timedelta(days=80)).date())
    assert laid[0].tolist() == [[19, 17, 12]]


def test_a_late_session_counts_for_the_day_on_the_programs_wall() -> None:
    """Of the two that ended her four weeks, one begins at 21:00 there, which is the next day in Greenwich."""
    story = Story().tell(PHQ9, 19)
    for at, status in ((timedelta(days=27), "missed"), (timedelta(days=28, hours=4), "attended")):
        seat = story.scene.session(story.ada, starts_at=START + at).seats.get()
        SeatStatus.objects.create(
            seat=seat,
            patient=story.ada,
            session=seat.session,
            policy=story.scene.policy,
            number=1,
            status=status,
            provisional=False,
            digest="",
            acted_on=True,
        )
    asked = {"program": story.scene.program.pk, "until": START.date(), "latest": 10}
    assert [float(row[-1]) for row in select(ROWS, asked)] == [0.5]
