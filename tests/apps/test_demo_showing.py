"""The show, with real processes: it waits for somebody, holds when asked, goes on past what others have done, and
never runs dry."""

import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from rejoin.attendance.models import SeatStatus
from rejoin.common import clock
from rejoin.demo.crew import Crew
from rejoin.demo.days import ZONE, thu, wed
from rejoin.demo.deeds import Call
from rejoin.demo.guide import read_guide
from rejoin.demo.homes import prepare_home
from rejoin.demo.newcomer import ANNA, SHOWN_FROM
from rejoin.demo.screen import Screen
from rejoin.demo.showing import Show
from rejoin.demo.signing_in import SignIn
from rejoin.demo.welcoming import Doors, make_ready, open_browser
from rejoin.demo.wishing import change_wish, read_standing
from rejoin.followup.actions import record_attempt
from rejoin.followup.models import Attempt, Case
from rejoin.followup.vocabulary import AttemptOutcome
from tests.apps.processes import as_url

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def show(database_address: str, tmp_path: Path) -> Iterator[Show]:
    """Ready to be watched, a few minutes before Anna's session."""
    home = prepare_home(tmp_path / "demo", database_url=as_url(database_address))
    screen = Screen(Console(file=StringIO(), width=80))
    with Crew(home=home) as crew:
        crew.start_vendors()
        yield make_ready(home, screen, crew)


def go_on(show: Show, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        show.turn()


def jump(show: Show) -> None:
    change_wish(show.home.folder, jump=True)
    show.turn()


def test_it_goes_as_whoever_watches_wishes(show: Show) -> None:
    folder = show.home.folder
    assert clock.now() == SHOWN_FROM
    assert Case.objects.filter(opened_at__gte=wed("16:00")).count() == 7, "the afternoon is over"

    # The clock stands until somebody looks, and not for ever.
    show.wait_for_somebody(seconds=0.3)
    assert clock.now() == SHOWN_FROM
    change_wish(folder, watched=True)
    begun = time.monotonic()
    show.wait_for_somebody(seconds=30)
    assert time.monotonic() - begun < 5

    # To the next thing that happens, and to the one after it.
    jump(show)
    assert clock.now() == wed("17:20"), "her session begins"
    jump(show)
    case = show.stage.case(ANNA)
    assert case is not None
    assert case.noticed_at == wed("17:25")

    # A pause holds everything.
    change_wish(folder, paused=True)
    show.turn()
    held_at = clock.now()
    go_on(show, seconds=0.5)
    assert clock.now() == held_at
    assert read_standing(folder).doing == "paused"
    change_wish(folder, paused=False, rate=300)
    while clock.now() < wed("17:36"):
        show.turn()

    # Somebody calls before the cast does: what is scripted after it is left, and nothing breaks.
    step = case.steps.get(rule="call_now")
    record_attempt(
        case=case,
        step=step,
        channel="phone",
        outcome=AttemptOutcome.CONTACT,
        by=show.stage.as_staff("Mina"),
        at=clock.now(),
    )
    while clock.now() < wed("18:01"):
        show.turn()
    steps = read_guide().steps
    assert steps[4].needless
    assert steps[7].at is not None, "she is back, and her case is closed"
    assert [each.deed.patient for each in show.skipped if isinstance(each.deed, Call)] == [ANNA]


def test_days_go_on_after_the_story(show: Show, caplog: pytest.LogCaptureFixture) -> None:
    # As if the story were over: its deeds are left out, and its evening with them.
    show.left.clear()
    show.rooms.waiting.clear()
    show.reactions.since = show.planned_until = thu("12:05")
    show.pace.stand(thu("12:05"))
    change_wish(show.home.folder, rate=1800)
    while clock.now() < thu("21:30"):
        show.turn()
    evening = Case.objects.filter(opened_at__gte=thu("12:05"))
    assert evening.exists(), "somebody is missing on any evening"
    assert Attempt.objects.filter(made_at__gte=thu("12:05"), by__startswith="staff:").exists()
    attested = SeatStatus.objects.filter(session__starts_at__gte=thu("12:05"), attested=True)
    assert attested.exists()

    # The night passes quickly, and the next day is planned in it.
    begun = time.monotonic()
    while clock.now().astimezone(ZONE).date() == thu("12:00").date() or show.rooms.waiting == []:
        show.turn()
        assert time.monotonic() - begun < 90
    assert show.left
    assert "demo.deed_failed" not in caplog.messages


def test_the_doors_are_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = StringIO()
    sign_ins = (
        SignIn(role="coordinator", name="Mina", link="http://127.0.0.1:1/demonstration/as/coordinator/"),
        SignIn(
            role="privacy_officer", name="Noor", link="http://127.0.0.1:1/demonstration/as/privacy_officer/"
        ),
    )
    Doors(base_url="http://127.0.0.1:1", sign_ins=sign_ins).tell(Console(file=said, width=60))
    told = said.getvalue()
    assert "http://127.0.0.1:1/demonstration/\n" in told
    assert "privacy officer  Noor   http://127.0.0.1:1/demonstration/as/privacy_officer/\n" in told
    assert "coordinator      Mina   http://127.0.0.1:1/demonstration/as/coordinator/\n" in told
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert not open_browser("http://127.0.0.1:1/"), "a terminal's own browser would take the terminal away"
