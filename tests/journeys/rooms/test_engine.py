"""The engine is killed in the middle of a session, and started again."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.apps.processes import wait_until
from tests.journeys.rooms.evening import Evening, now
from tests.journeys.rooms.house import House
from tests.journeys.rooms.somebody import Span, at_the_door, find_right

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
BACK_WITHIN_SECONDS = 60
"""The room is made again at the next look, ten seconds later at most; pages try every five seconds."""


def test_when_the_engine_is_killed_everybody_comes_back_by_herself_and_nobody_is_written_to(
    at_home: House, driver: Playwright, tmp_path: Path
) -> None:
    evening = Evening(tmp_path, began=timedelta(minutes=4))  # in a minute whoever is missing is written to
    patients = evening.expect("ada", "dora")
    before = at_home.texts()
    with at_the_door(patients, evening, at_home, driver) as people:
        ada, dora = people
        for each in people:
            each.goes_in()
        wait_until(partial(ada.sees, dora))
        began = now()
        at_home.kill_engine()
        for each in people:
            wait_until(each.is_out)
        at_home.start_engine()
        for each in people:
            wait_until(each.is_in, seconds=BACK_WITHIN_SECONDS)
            each.went.append(Span(first=began, last=now()))
            each.came.append(Span(first=began, last=now()))
        wait_until(partial(ada.sees, dora))
        wait_until(partial(dora.sees, ada))
        for each in people:
            each.leaves()
        find_right(evening, *people)
    assert at_home.texts() == before
