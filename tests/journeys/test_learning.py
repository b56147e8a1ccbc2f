"""The queue with its reasons, what a program learns, how it is estimated and what is compared, read by everybody."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.apps.scene import START, Scene
from tests.apps.test_learning_pages import came, estimated, missed
from tests.journeys.looking import PHONE, Size, find_nothing_wrong
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
SMALL_DESK: Size = (1280, 800)


@pytest.mark.parametrize("size", [SMALL_DESK, PHONE])
def test_figures_with_their_intervals_are_read_on_a_phone_and_at_a_desk(
    signed_in: SignedIn, size: Size, tmp_path: Path
) -> None:
    scene = Scene()
    cases = missed(scene, "ada", "bea", "cat", "dot")
    estimated(scene, cases, calibrated=True)
    came(scene, cases[0].patient_id, START + timedelta(hours=20))
    page = signed_in(scene.hire("dora", "director", "coordinator"), size=size)
    for address, said in (
        ("/worklist/", "by risk of losing contact"),
        ("/learning/", "what followed, not what it did"),
        ("/learning/estimated/", "Intended use"),
        ("/learning/comparisons/", "No comparison yet"),
    ):
        page.goto(address)
        page.get_by_text(said).first.wait_for()
        for summary in page.locator("main details.details > summary").all():
            summary.click()
        find_nothing_wrong(page)
        page.screenshot(
            path=tmp_path / f"{address.strip('/').replace('/', '-')}-{size[0]}.png", full_page=True
        )
