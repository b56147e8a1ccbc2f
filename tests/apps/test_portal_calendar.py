"""Her appointments in her own calendar: the right hour, a neutral title, and gone when she says so."""

import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pytest_django.live_server_helper import LiveServer

from rejoin.common.actors import patient_actor
from rejoin.makeups.actions import accept_offer
from rejoin.outreach.calendars import close_calendar, open_calendar, token_of
from rejoin.people.models import Patient
from rejoin.portal.present.calendar_feed import Appointment, feed
from rejoin.portal.views import calendar as views
from rejoin.programs.models import Seat, Session
from rejoin.visits.pace import Pace
from tests.apps.makeups_scene import Owing
from tests.apps.scene import START, Scene
from tests.apps.signing import patient_client_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ZONES = {
    "America/New_York": (date(2026, 11, 1), date(2027, 3, 14)),
    "America/Los_Angeles": (date(2026, 11, 1), date(2027, 3, 14)),
    "Europe/London": (date(2026, 10, 25), date(2027, 3, 28)),
    "America/Phoenix": (date(2026, 11, 1), date(2027, 3, 14)),
}
"""On which days clocks change; Arizona's never do."""


@pytest.fixture(autouse=True)
def at_her_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PACE", Pace(most=20, seconds=60))


def address_for(patient: Patient, at: datetime = START) -> str:
    made = open_calendar(patient=patient, by=patient_actor(patient.pk), at=at)
    return reverse("calendar", args=[token_of(made.ref)])


def read(address: str) -> Any:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content)


def only_event(address: str) -> Any:
    (event,) = read(address).walk("VEVENT")
    return event


def test_it_tells_when_and_nothing_else_of_her_or_of_anybody() -> None:
    scene = Scene()
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    hers = scene.session(ada)
    scene.session(bea, starts_at=START + timedelta(days=1))
    address = address_for(ada)
    event = only_event(address)
    assert event["SUMMARY"] == scene.program.neutral_name
    assert event["DTSTART"].dt == hers.starts_at
    assert event["DTEND"].dt == hers.ends_at
    assert event["DTSTART"].params["TZID"] == ada.timezone
    assert (event["STATUS"], event["CLASS"], event["SEQUENCE"]) == ("CONFIRMED", "PRIVATE", 0)
    assert event["DESCRIPTION"] == "Open your page to join."
    told = Client().get(address).content.decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in told
    unsaid = (
        "ada",
        "bea",
        scene.group.name,
        "http",
        "LOCATION",
        "ATTENDEE",
        "ORGANIZER",
        str(ada.ref),
        str(hers.ref),
    )
    assert [each for each in unsaid if each.lower() in told.lower()] == []


def test_a_program_without_a_neutral_name_says_appointment_in_her_language() -> None:
    ada = Patient(timezone="America/New_York", language="es", ref=uuid4())
    told = [Appointment(uuid4(), START, START + HOUR, True, "", 0)]
    assert b"SUMMARY:Cita" in feed(told, ada, START)
    ada.language = "en"
    assert b"SUMMARY:Appointment" in feed(told, ada, START)


def test_what_is_moved_called_off_or_given_back_is_the_same_entry_with_a_higher_number() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada)
    address = address_for(ada)
    first = only_event(address)
    Session.objects.filter(pk=session.pk).update(starts_at=START + HOUR, ends_at=START + 4 * HOUR)
    moved = only_event(address)
    Session.objects.filter(pk=session.pk).update(held="cancelled", unheld_at=START, unheld_by="staff:1")
    off = only_event(address)
    Session.objects.filter(pk=session.pk).update(held="scheduled", unheld_at=None, unheld_by="")
    on_again = only_event(address)
    Seat.objects.filter(session=session).update(released_at=START, released_by="staff:1", occupies=False)
    given_back = only_event(address)
    Seat.objects.create(session=session, patient=ada)
    taken_again = only_event(address)
    told = [first, moved, off, on_again, given_back, taken_again]
    assert len({str(each["UID"]) for each in told}) == 1
    assert [int(each["SEQUENCE"]) for each in told] == [0, 1, 2, 3, 4, 5]
    confirmed, cancelled = "CONFIRMED", "CANCELLED"
    assert [str(each["STATUS"]) for each in told] == [
        *(confirmed, confirmed, cancelled, confirmed, cancelled, confirmed)
    ]
    assert moved["DTSTART"].dt == START + HOUR


def test_a_make_up_that_she_took_is_in_it() -> None:
    owing = Owing()
    (ada,), (missed,) = owing.patients, owing.missed
    address, green = address_for(ada), owing.other_group()
    before = starts_in(address)
    accept_offer(offer=owing.shown(missed, green), **owing.desk())
    assert starts_in(address) - before == {green.starts_at}


def starts_in(address: str) -> set[datetime]:
    return {event["DTSTART"].dt.astimezone(UTC) for event in read(address).walk("VEVENT")}


@pytest.mark.parametrize("zone", ZONES)
def test_the_hour_is_right_on_her_clock_on_both_sides_of_each_change(zone: str) -> None:
    told: Any = Calendar.from_ical(feed(around_changes(zone), in_zone(zone), START))
    (known,) = told.walk("VTIMEZONE")
    clock = known.to_tz(lookup_tzid=False)  # by what the file itself says, and not by what is installed here
    for event in told.walk("VEVENT"):
        start = event["DTSTART"].dt.replace(tzinfo=clock)
        assert event["DTSTART"].params["TZID"] == zone
        assert start.strftime("%H:%M") == "18:00"
        assert start.utcoffset() == event["DTSTART"].dt.replace(tzinfo=ZoneInfo(zone)).utcoffset()


def test_in_the_hour_that_a_clock_shows_twice_the_second_one_is_told_in_utc() -> None:
    zone = ZoneInfo("America/New_York")
    twice = [datetime(2026, 11, 1, 1, 30, fold=fold, tzinfo=zone).astimezone(UTC) for fold in (0, 1)]
    told = [Appointment(uuid4(), at, at + HOUR, True, "", 0) for at in twice]
    read_back: Any = Calendar.from_ical(feed(told, in_zone(zone.key), START))
    first, second = read_back.walk("VEVENT")
    assert first["DTSTART"].to_ical() == b"20261101T013000"
    assert second["DTSTART"].to_ical() == b"20261101T063000Z"


def in_zone(zone: str) -> Patient:
    return Patient(timezone=zone, language="en", ref=uuid4())


def around_changes(zone: str) -> list[Appointment]:
    """Six in the evening on her clock, on the days before, of and after both changes."""
    days = [day + timedelta(days=each) for day in ZONES[zone] for each in (-1, 0, 1)]
    starts = [
        datetime(day.year, day.month, day.day, 18, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in days
    ]
    return [Appointment(uuid4(), at, at + HOUR, True, "Harbor Office", 0) for at in starts]


def test_an_address_that_she_ends_or_renews_is_not_there_any_more() -> None:
    ada = Scene().admit("ada")
    client = patient_client_of(ada)
    page, change = reverse("portal:preferences"), reverse("portal:calendar_address")
    assert "/calendar/" not in client.get(page).content.decode()
    assert client.post(change).status_code == 303
    old = address_on(client.get(page).content.decode())
    assert Client().get(old).status_code == 200
    client.post(change)
    new = address_on(client.get(page).content.decode())
    assert (new != old, Client().get(old).status_code, Client().get(new).status_code) == (True, 404, 200)
    client.post(change, {"close": "1"})
    assert "/calendar/" not in client.get(page).content.decode()
    gone, made_up = Client().get(new), Client().get(reverse("calendar", args=["nobody.knows-this"]))
    assert (gone.status_code, made_up.status_code, gone.content) == (404, 404, made_up.content)


def address_on(page: str) -> str:
    return "/calendar/" + page.partition("/calendar/")[2].partition('"')[0]


def test_nobody_comes_to_it_by_trying() -> None:
    ada = Scene().admit("ada")
    address = address_for(ada)
    token = address.removeprefix("/calendar/").removesuffix(".ics")
    tried = [token[:-1], token[::-1], f"{uuid4()}.x", "x" * 500, token.partition(".")[0]]
    assert {Client().get(reverse("calendar", args=[each])).status_code for each in tried} == {404}
    assert Client().post(address).status_code == 405
    close_calendar(patient=ada, by=patient_actor(ada.pk), at=START)
    close_calendar(patient=ada, by=patient_actor(ada.pk), at=START)
    assert Client().get(address).status_code == 404


def test_it_is_not_sent_again_until_something_changes() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session, address = scene.session(ada), address_for(ada)
    tag = Client().get(address)["ETag"]
    same = Client().get(address, headers={"If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    Session.objects.filter(pk=session.pk).update(ends_at=session.ends_at + HOUR)
    assert Client().get(address, headers={"If-None-Match": tag}).status_code == 200


def test_whoever_asks_too_often_is_asked_to_wait_and_nobody_else_is() -> None:
    scene = Scene()
    ada, eve = (
        address_for(scene.admit(each, phone=f"+155501{n}0")) for n, each in enumerate(("ada", "eve"), 10)
    )
    codes = [Client().get(ada).status_code for _ in range(21)]
    assert (codes[:20], codes[20]) == ([200] * 20, 429)
    assert Client().get(eve).status_code == 200


@pytest.mark.enable_socket
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    not (which("khal") and which("vdirsyncer")), reason="Debian's khal and vdirsyncer are not here"
)
@pytest.mark.parametrize("zone", ["America/New_York", "America/Phoenix", "America/Los_Angeles"])
def test_calendar_programs_of_debian_read_it_and_show_her_hours(
    zone: str, tmp_path: Path, live_server: LiveServer
) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    Patient.objects.filter(pk=ada.pk).update(timezone=zone)
    for each in around_changes(zone):
        scene.session(ada, starts_at=each.starts_at)
    fetched = fetch(f"{live_server.url}{address_for(ada)}", tmp_path)
    assert len(list(fetched.glob("*.ics"))) == 6
    shown = khal(fetched, zone, tmp_path)
    assert shown == [
        f"{day + timedelta(days=each)} 18:00 {scene.program.neutral_name}"
        for day in ZONES[zone]
        for each in (-1, 0, 1)
    ]


def fetch(url: str, folder: Path) -> Path:
    """As vdirsyncer brings it: a file an entry."""
    (folder / "vdirsyncer").write_text(
        f"""[general]
status_path = "{folder}/status"
[pair hers]
a = "here"
b = "there"
collections = null
[storage here]
type = "filesystem"
path = "{folder}/hers"
fileext = ".ics"
[storage there]
type = "http"
url = "{url}"
"""
    )
    (folder / "hers").mkdir()
    for what in (["discover"], ["sync"]):
        run(["vdirsyncer", "-c", str(folder / "vdirsyncer"), *what], folder)
    return folder / "hers"


def khal(fetched: Path, zone: str, folder: Path) -> list[str]:
    """What khal shows in that zone."""
    (folder / "khal").write_text(
        f"""[calendars]
[[hers]]
path = {fetched}
[sqlite]
path = {folder}/khal.db
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""
    )
    first = ZONES[zone][0] - timedelta(days=3)
    wanted = ["--day-format", "", "--format", "{start-date} {start-time} {title}", str(first), "200d"]
    told = run(["khal", "-c", str(folder / "khal"), "list", *wanted], folder)
    return [each.strip() for each in told.splitlines() if each.strip()]


def run(command: list[str], folder: Path) -> str:
    env = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
