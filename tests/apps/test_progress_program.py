"""What patients came to, with those who were not measured to the end; and that the page says when nobody can tell."""

from datetime import timedelta

import pytest
from django.urls import reverse

from rejoin.common import clock
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
