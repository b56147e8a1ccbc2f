"""The real room beside the demonstration: its program, its pages, and what is told of it. With an engine, in a browser:
tests/journeys/test_demo.py."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from rich.console import Console

from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.common.rows import select
from rejoin.demo import beside, noon, real_room, welcoming
from rejoin.demo.crew import Crew
from rejoin.demo.homes import MARKER, Home, live_environment
from rejoin.domain.attendance import Presence
from rejoin.programs.models import Seat, Session
from rejoin.rooms.engines.janus.writing import Setup, fresh_keys, settings_of
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import SeatEvidence
from rejoin.visits.actions import ask_in
from tests.apps.scene import Scene

pytestmark = pytest.mark.django_db
PAGE = "/demonstration/"
NOW = datetime(2026, 11, 30, 16, 12, tzinfo=UTC)


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """A demonstration's home, with settings of one; no engine yet."""
    settings.DEMONSTRATION = True
    settings.ROOT_URLCONF = "tests.apps.demo_urls"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, home=tmp_path)
    (tmp_path / MARKER).touch()
    return tmp_path


@pytest.fixture
def room(home: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The house with the engine, its program brought in. No worker makes rooms."""
    settings.ENVIRONMENT = replace(
        settings.ENVIRONMENT, engine="janus", engine_settings=engine_settings(settings_of(a_setup()))
    )
    monkeypatch.setattr(real_room, "ROOM_WITHIN_SECONDS", 0.0)
    clock.simulate(shown_at=NOW, rate=0)
    noon.bring_in(home / "program", at=NOW)
    return home


def a_setup() -> Setup:
    return Setup(keys=fresh_keys())


def engine_settings(given: Mapping[str, str]) -> dict[str, str]:
    prefix = "REJOIN_JANUS_"
    return {
        name.removeprefix(prefix).lower(): each for name, each in given.items() if name.startswith(prefix)
    }


@pytest.mark.parametrize("hour", range(24))
def test_it_is_noon_there_whatever_the_hour(hour: int) -> None:
    at = datetime(2026, 11, 30, hour, 40, tzinfo=UTC)
    assert at.astimezone(ZoneInfo(noon.zone_of_noon(at))).hour == 12


def test_the_session_begins_with_the_first_who_looks_and_is_the_same_for_the_next(room: Path) -> None:
    first = noon.session_now(at=NOW)
    assert first.starts_at == NOW - noon.BEGAN_BEFORE
    assert noon.session_now(at=NOW + timedelta(minutes=1)) == first
    assert set(Seat.objects.values_list("patient__name", flat=True)) == {"ada", "dora", "eve"}
    after = first.ends_at + timedelta(minutes=1)
    second = noon.session_now(at=after)
    assert second.starts_at == first.ends_at, "nobody is in two at once"
    assert Session.objects.count() == 2


def test_its_page_says_how_everybody_stands(room: Path, client: Client) -> None:
    page = client.get(PAGE).content.decode()
    assert "Begins when you go in" in page
    session = noon.session_now(at=NOW)
    host_session(session=session, provider="janus", by=COMMAND, at=NOW)
    ada = Seat.objects.get(patient__name="ada")
    assert client.get(f"{PAGE}go/ada/")["Location"].startswith("/join/")
    ask_in(seat=ada, ref=ada.identities.get().ref, display_name="A.", by=COMMAND, at=NOW)
    shown = {each.name: each.look.words for each in real_room.read_real_room().places}
    assert shown == {
        "ada": "waits: let her in, as ben",
        "dora": "not there yet",
        "eve": "not there yet",
    }
    page = client.get(PAGE).content.decode()
    assert "is written to: in 90 seconds" in page
    assert 'data-zone="Etc/GMT+4"' in page


def test_whoever_went_again_is_not_in_the_room_by_what_is_kept_of_her_stay(room: Path) -> None:
    session = noon.session_now(at=NOW)
    came, went = session.starts_at, session.starts_at + timedelta(seconds=30)
    stays: dict[str, tuple[datetime | None, datetime | None]] = {
        "ada": (came, None),
        "dora": (came, went),
        "eve": (None, went),
    }
    for name, (start, end) in stays.items():
        SeatEvidence.objects.create(
            seat=Seat.objects.get(patient__name=name),
            first_join=start,
            presence=msgspec.to_builtins([Presence(source="janus", start=start, end=end)]),
            worked_out_at=NOW,
        )
    clock.simulate(shown_at=went + timedelta(seconds=1), rate=0)
    shown = {each.name: each.look.words for each in real_room.read_real_room().places}
    assert shown == {"ada": "in the room", "dora": "was in the room", "eve": "not there yet"}


def test_how_somebody_stands_is_one_word_of_five() -> None:
    stands = [
        ("admitted", {"here": True, "was_here": True, "missed": False}, "in the room"),
        ("admitted", {"here": False, "was_here": True, "missed": False}, "was in the room"),
        ("", {"here": False, "was_here": False, "missed": True}, "missing"),
        ("waiting", {"here": False, "was_here": False, "missed": False}, "waits: let her in, as ben"),
        ("", {"here": False, "was_here": False, "missed": False}, "not there yet"),
    ]
    for state, told, words in stands:
        assert real_room.look_of(state, **told).words == words


def test_the_page_asks_as_much_however_many_stand_there(
    room: Path, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    noon.session_now(at=NOW)
    with django_assert_max_num_queries(8):
        client.get(PAGE)


def test_ways_in_lead_to_the_room_and_nobody_else_has_one(room: Path, client: Client) -> None:
    ben = client.get(f"{PAGE}go/ben/")
    session = Session.objects.get()
    assert ben["Location"].endswith(f"?next=/sessions/{session.ref}/room/in")
    assert client.get(f"{PAGE}go/eve/")["Location"].startswith("/join/")
    assert client.get(f"{PAGE}go/mina/?next=//elsewhere.example/")["Location"].endswith("?next=/today/")
    assert client.get(f"{PAGE}go/mina/?next=/worklist/")["Location"].endswith("?next=/worklist/")
    assert client.get(f"{PAGE}go/nobody/").status_code == 404
    assert client.get(f"{PAGE}as/facilitator/").status_code == 404
    patient = select("SELECT ref FROM people_patient WHERE name = 'eve'")[0][0]
    assert "Nothing has come yet" in client.get(f"{PAGE}phones/{patient}/").content.decode()


def test_the_house_without_an_engine_has_no_way_in(home: Path, client: Client) -> None:
    assert client.get(f"{PAGE}go/ben/").status_code == 404


@pytest.mark.parametrize("engine_is_here", [True, False])
def test_the_first_page_leads_to_it_or_says_how_to_get_it(
    home: Path, client: Client, monkeypatch: pytest.MonkeyPatch, engine_is_here: bool
) -> None:
    Scene()
    monkeypatch.setattr("rejoin.demo.presenting.can_be_opened", lambda: engine_is_here)
    page = client.get(PAGE).content.decode()
    assert ("is being opened beside this" in page) == engine_is_here
    assert ("make rooms" in page) != engine_is_here
    told_open(home)
    assert "http://127.0.0.1:1/demonstration/" in client.get(PAGE).content.decode()


def told_open(home: Path) -> None:
    (home / beside.NAME).mkdir()
    (home / beside.NAME / beside.OPENED).write_text(json.dumps({"address": "http://127.0.0.1:1"}))


def a_home(folder: Path) -> Home:
    return Home(folder=folder, port=8000, room_secret="a secret for the demo's rooms")


def test_its_links_are_printed_once_it_is_open(tmp_path: Path) -> None:
    said = StringIO()
    console = Console(file=said, width=60)
    welcoming.tell_of_it(a_home(tmp_path), console, within=0.0)
    assert "did not open" in said.getvalue()
    told_open(tmp_path)
    welcoming.tell_of_it(a_home(tmp_path), console)
    told = said.getvalue()
    assert "Go in as ben, who leads it  http://127.0.0.1:1/demonstration/go/ben/\n" in told
    assert "Go in as ada                http://127.0.0.1:1/demonstration/go/ada/\n" in told


def test_without_an_engine_one_line_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = StringIO()
    monkeypatch.setattr(welcoming, "can_be_opened", lambda: False)
    home = a_home(tmp_path)
    welcoming.begin_beside(home, Console(file=said, width=100), Crew(home=home))
    assert "make rooms installs it" in said.getvalue()


def test_its_messages_leave_for_the_text_vendor_of_this_machine_alone(tmp_path: Path) -> None:
    home = replace(a_home(tmp_path), engine=settings_of(a_setup()), watched=True)
    given = live_environment(home, sms="http://127.0.0.1:1")
    assert given["TWILIO_API_BASE"] == "http://127.0.0.1:1"
    assert given["REJOIN_ENGINE"] == "janus"
    assert "EMAIL_URL" not in given
    assert "REJOIN_PUSH_SERVICES" not in given
    assert "REJOIN_LOST_AFTER_SECONDS" not in given, "its clock runs as everybody's"
