"""Her page as an app: what stands on her phone, what is kept there, what it weighs; and every address of hers as everybody."""

import gzip
import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from rejoin.accounts.actions import close_account
from rejoin.common.actors import COMMAND, patient_actor
from rejoin.outreach.calendars import open_calendar
from rejoin.outreach.channels.port import Refused, Why
from rejoin.outreach.models import CalendarFeed, PushSubscription
from rejoin.outreach.subscribing import subscribe
from rejoin.portal.urls import urlpatterns
from rejoin.programs.actions import set_crisis_line
from tests.apps.makeups_scene import Owing
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of, patient_client_of

pytestmark = pytest.mark.django_db
STATIC = Path(settings.STATICFILES_DIRS[0])
MOST_BYTES = 60_000
"""Of the first page, compressed, with all that it loads."""
OPEN_TO_ALL = {"worker", "offline"}
"""They are the same for everybody, and hold nothing."""
NOW = re.compile(r'data-now="[^"]+"')
NAMED = re.compile(r'(?:href|src)="(/static/[^"?]+)\?v=')


def test_what_stands_on_her_phone_says_nothing_about_health() -> None:
    ada = Scene().admit("ada")
    answer = patient_client_of(ada).get(reverse("portal:manifest"))
    told = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert (told["name"], told["start_url"], told["scope"]) == ("Harbor Office", "/me/", "/me/")
    for icon in told["icons"]:
        assert Client().get(icon["src"]).status_code == 200


def test_the_worker_keeps_the_look_and_one_page_of_numbers_and_nothing_of_hers() -> None:
    answer = Client().get(reverse("portal:worker"))
    kept = re.findall(r'^  "([^"]+)"', answer.content.decode(), re.MULTILINE)
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
    assert kept[0] == "/me/offline"
    assert len(kept) > 5
    assert all(each.startswith("/static/") for each in kept[1:])
    for each in kept[1:]:
        assert Client().get(each).status_code == 200


def test_without_a_line_there_are_numbers_to_call() -> None:
    owing = Owing()
    (seat,) = owing.missed
    set_crisis_line(
        program=owing.scene.program,
        name="County line",
        number="555-0111",
        hours="always",
        by=COMMAND,
        at=START,
    )
    type(seat.patient).objects.update(language="es")
    client = patient_client_of(seat.patient)
    client.post(reverse("portal:notices"), {"subscription": "no json"})  # there is something to tell her once
    pages = [each.get(reverse("portal:offline")).content.decode() for each in (client, Client())]
    for page in pages:
        for told in (
            'href="tel:988"',
            'href="tel:911"',
            "Call 988",
            "Llame al 988 y oprima el 2",
            'lang="es"',
        ):
            assert told in page
        for told in ("555-01", "County", "Harbor", "missed", "ada", "banner"):
            assert told not in page
    assert len({NOW.sub("", page) for page in pages}) == 1
    assert "banner" in client.get(reverse("portal:today")).content.decode()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_page_weighs_little(language: str) -> None:
    owing = Owing()
    (seat,) = owing.missed
    patient = seat.patient
    patient.language = language
    patient.save(update_fields=["language"])
    page = patient_client_of(patient).get(reverse("portal:today")).content
    named = {each.removeprefix("/static/") for each in NAMED.findall(page.decode())}
    named -= {"icon-192.png", "icon.svg", "css/print.css"}  # not loaded by a page that is looked at
    imported = {f"js/portal/{each}" for each in ("worker.js",)}
    files = [STATIC / each for each in {*named, *imported}]
    weight = len(gzip.compress(page)) + sum(len(gzip.compress(each.read_bytes())) for each in files)
    weight += (STATIC / "fonts/source-sans-3-latin-wght-normal.woff2").stat().st_size
    assert len(files) > 8
    assert weight < MOST_BYTES


@pytest.mark.parametrize("name", sorted(str(each.name) for each in urlpatterns))
def test_an_address_of_hers_is_there_for_her_and_for_nobody_else(name: str) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    (pattern,) = [each for each in urlpatterns if each.name == name]
    given: dict[str, Any] = {
        each: uuid4() if type(kind).__name__ == "UUIDConverter" else 10**6
        for each, kind in pattern.pattern.converters.items()
    }
    address = reverse(f"portal:{name}", kwargs=given)
    for method in ("get", "post"):
        nobody = getattr(Client(), method)(address)
        if name in OPEN_TO_ALL:
            assert nobody.status_code == (200 if method == "get" else 405)
            continue
        assert (nobody.status_code, nobody["Location"][:9]) == (302, "/account/")
        assert getattr(client_of(scene.ben), method)(address).status_code == 404
        hers = getattr(patient_client_of(ada), method)(address)
        assert hers.status_code in ((404,) if given else (200, 302, 303, 404))


KEYS = {"p256dh": "BN", "auth": "xx"}
SENT: dict[str, Any] = {"endpoint": "https://fcm.googleapis.com/fcm/send/abc", "keys": KEYS}


def test_a_browser_shows_her_notices_from_when_she_says_so_until_she_says_no() -> None:
    scene = Scene()
    ada, eve = scene.admit("ada"), scene.admit("eve", phone="+15550101")
    client, address = patient_client_of(ada), reverse("portal:notices")
    assert client.post(address, {"subscription": json.dumps(SENT)}).status_code == 303
    kept = PushSubscription.objects.get()
    assert (kept.patient, kept.gone_at) == (ada, None)
    patient_client_of(eve).post(address, {"gone": SENT["endpoint"]})
    assert PushSubscription.objects.get().gone_at is None
    client.post(address, {"gone": SENT["endpoint"]})
    assert PushSubscription.objects.get().gone_at is not None


def test_a_browser_that_somebody_else_used_shows_the_notices_of_whoever_asked_last() -> None:
    scene = Scene()
    for name in ("ada", "eve"):
        patient_client_of(scene.admit(name)).post(
            reverse("portal:notices"), {"subscription": json.dumps(SENT)}
        )
    assert PushSubscription.objects.get().patient.name == "eve"


@pytest.mark.parametrize(
    "sent", ["no json", "{}", json.dumps({**SENT, "endpoint": "https://elsewhere.example/x"}), "x" * 5000]
)
def test_what_is_no_browser_of_a_service_we_know_is_refused(sent: str) -> None:
    client = patient_client_of(Scene().admit("ada"))
    answer = client.post(reverse("portal:notices"), {"subscription": sent}, follow=True)
    assert "That did not work" in answer.content.decode()
    assert not PushSubscription.objects.exists()


def here(client: Client, endpoint: str = SENT["endpoint"]) -> bool:
    """What her page asks before it says that notices are on."""
    return bool(client.post(reverse("portal:notices"), {"here": endpoint}).json()["on"])


def test_notices_end_in_this_browser_when_she_signs_out_of_it_and_in_no_other() -> None:
    ada = Scene().admit("ada")
    client, other = patient_client_of(ada), patient_client_of(ada)
    elsewhere = {**SENT, "endpoint": f"{SENT['endpoint']}-of-another"}
    client.post(reverse("portal:notices"), {"subscription": json.dumps(SENT)})
    other.post(reverse("portal:notices"), {"subscription": json.dumps(elsewhere)})
    client.post(reverse("account_logout"))
    live = PushSubscription.objects.filter(gone_at=None).values_list("endpoint", flat=True)
    assert list(live) == [elsewhere["endpoint"]]


def test_notices_end_too_where_they_were_turned_on_in_an_earlier_session_of_this_browser() -> None:
    ada = Scene().admit("ada")
    patient_client_of(ada).post(reverse("portal:notices"), {"subscription": json.dumps(SENT)})
    client = patient_client_of(ada)
    assert here(client)
    client.post(reverse("account_logout"))
    assert not PushSubscription.objects.filter(gone_at=None).exists()


def test_whether_notices_are_on_is_asked_of_the_server_and_not_of_a_browser_that_somebody_else_used() -> None:
    scene = Scene()
    ada, eve = (patient_client_of(scene.admit(each)) for each in ("ada", "eve"))
    ada.post(reverse("portal:notices"), {"subscription": json.dumps(SENT)})
    assert (here(ada), here(eve), here(ada, "https://elsewhere.example")) == (True, False, False)
    assert here(ada)
    eve.post(reverse("account_logout"))
    assert PushSubscription.objects.get().gone_at is None


def test_what_a_closed_account_showed_elsewhere_ends_with_it() -> None:
    ada, at = Scene().admit("ada"), START
    client = patient_client_of(ada)
    client.post(reverse("portal:notices"), {"subscription": json.dumps(SENT)})
    open_calendar(patient=ada, by=patient_actor(ada.pk), at=at)
    ada.refresh_from_db()
    assert ada.user is not None
    close_account(user=ada.user, by=COMMAND, at=at)
    assert not PushSubscription.objects.filter(gone_at=None).exists()
    assert not CalendarFeed.objects.filter(ended_at=None).exists()


def test_of_her_browsers_the_one_turned_on_last_is_woken() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.sms.does = [Refused(code="21211", permanent=True, why=Why.GONE)]  # the next way is her browser
    who: Any = {"patient": ada, "by": patient_actor(ada.pk)}
    for minute, name in enumerate(("own", "shared", "own")):
        told = {**SENT, "endpoint": f"https://fcm.googleapis.com/fcm/send/{name}"}
        subscribe(told=json.dumps(told), at=START - minutes(9 - minute), **who)
    scene.watched(scene.session(ada))
    scene.run(START + minutes(15))
    woken = [json.loads(sent.to)["endpoint"].rpartition("/")[2] for sent in scene.push.sent]
    assert woken == ["own"]
