"""The door for rooms: whoever holds the secret comes in, once; everybody else is counted and forgotten."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND
from rejoin.common.models import Refused
from rejoin.domain.kernel import Refusal
from rejoin.programs.models import Program
from rejoin.rooms.actions import read_again, take_in_file
from rejoin.rooms.fake import Visit, events_of
from rejoin.rooms.inbox import LARGEST_FILE, LARGEST_WEBHOOK, deliver
from rejoin.rooms.models import RawEvent
from rejoin.rooms.signatures import Signed, is_genuine
from tests.apps.rooms_scene import EVENING, HOUR, Rooms, read_all, seen, simulate
from tests.rooms.seeds import daily, janus, jitsi, livekit, zoom
from tests.rooms.signing import (
    OTHER,
    SECRET,
    SIGNED,
    Headers,
    daily_headers,
    jaas_headers,
    livekit_headers,
    sha256,
    zoom_headers,
)

pytestmark = pytest.mark.django_db
PROVIDERS = ("livekit", "zoom", "jitsi", "janus", "bigbluebutton", "daily")
UNSIGNED = {"bigbluebutton": 403}
"""What whoever does not sign is answered: 401, but to the one that takes 401 for a yes."""
HOOK = "https://rejoin.example.org/hooks/rooms/bigbluebutton"
AT = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)


@pytest.fixture
def secrets(settings: Settings) -> None:
    environment = replace(django_settings.ENVIRONMENT, room_secrets=dict.fromkeys(PROVIDERS, SECRET))
    settings.ENVIRONMENT = environment
    settings.BASE_URL = "https://rejoin.example.org"


BODIES: Mapping[str, Any] = {
    "livekit": livekit("participant_joined", int(AT.timestamp())),
    "zoom": zoom("meeting.participant_joined", AT.isoformat(), sent=int(AT.timestamp() * 1000)),
    "jitsi": jitsi("muc-occupant-joined", joined=AT.timestamp()),
    "janus": janus("joined", int(AT.timestamp() * 1_000_000)),
    "bigbluebutton": {"data": {"type": "event", "id": "user-joined"}},
    "daily": daily("participant.joined", AT.timestamp()),
}


def post(client: Client, provider: str, body: bytes, headers: Headers, query: str = "") -> int:
    return client.post(
        f"/hooks/rooms/{provider}{query}", body, content_type="application/json", headers=headers
    ).status_code


def body_of(provider: str) -> bytes:
    return json.dumps(BODIES[provider]).encode()


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_signs_with_the_secret_comes_in(client: Client, provider: str) -> None:
    body = body_of(provider)
    assert post(client, provider, body, SIGNED[provider](body, SECRET, datetime.now(UTC))) == 200
    kept = RawEvent.objects.get()
    assert (bytes(kept.body), kept.provider, kept.received_by) == (body, provider, f"vendor:{provider}")
    assert not Refused.objects.exists()
    assert not Event.objects.exists(), "the kept row says who brought it: nothing else is written at the door"


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_does_not_is_turned_away_counted_and_forgotten(client: Client, provider: str) -> None:
    body, now = body_of(provider), datetime.now(UTC)
    assert post(client, provider, body, SIGNED[provider](body, OTHER, now)) == UNSIGNED.get(provider, 401)
    assert post(client, provider, body, {}) == UNSIGNED.get(provider, 401)
    if provider != "bigbluebutton":  # a bearer vouches for whoever shows it
        assert post(client, provider, body + b" ", SIGNED[provider](body, SECRET, now)) == 401
        assert post(client, provider, body, SIGNED[provider](body, SECRET, now - HOUR)) == 401
    assert not RawEvent.objects.exists()
    refused = Refused.objects.get()
    assert (refused.door, refused.reason) == (f"rooms.{provider}", "signature")
    assert refused.count == (2 if provider == "bigbluebutton" else 4)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_secret_nobody_comes_in(client: Client, settings: Settings, provider: str) -> None:
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, room_secrets={})
    body = body_of(provider)
    for secret in ("", SECRET):
        headers = SIGNED[provider](body, secret, datetime.now(UTC))
        assert post(client, provider, body, headers) == UNSIGNED.get(provider, 401)
    assert Refused.objects.get().reason == "no_secret"


@pytest.mark.usefixtures("secrets")
def test_one_providers_secret_does_not_vouch_for_another(client: Client) -> None:
    """Signed for Zoom, and LiveKit's words in it: kept, and believed by nobody."""
    rooms = Rooms()
    ada = rooms.patient("ada")
    rooms.session(ada)
    told = events_of([Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING)])[0].body
    body = json.dumps(told).encode()
    assert post(client, "zoom", body, zoom_headers(body, SECRET, datetime.now(UTC))) == 200
    read_all(datetime.now(UTC))
    assert RawEvent.objects.get().state == "unreadable"


@pytest.mark.usefixtures("secrets")
def test_the_same_delivery_twice_is_one(client: Client) -> None:
    for _ in range(2):
        for provider in PROVIDERS:
            body = body_of(provider)
            assert post(client, provider, body, SIGNED[provider](body, SECRET, datetime.now(UTC))) == 200
    assert RawEvent.objects.count() == len(PROVIDERS)


@pytest.mark.usefixtures("secrets")
def test_a_retry_keeps_its_id_though_its_bytes_differ() -> None:
    told: dict[str, Any] = {**BODIES["livekit"], "id": "EV_1"}
    assert deliver("livekit", json.dumps(told).encode()).event_id == "EV_1"
    assert deliver("livekit", json.dumps(told, indent=1).encode()).event_id == "EV_1"
    assert deliver("jitsi", b'{"idempotencyKey":"k-1"}').event_id == "k-1"
    digest = hashlib.sha256(b"{").hexdigest()
    for provider, body in (("livekit", b"{"), ("zoom", b"{"), ("janus", b"{")):
        assert deliver(provider, body).event_id == digest
    for strange in ({"id": ""}, {"id": "x" * 129}, {"id": "a\x00b"}, {"id": 7}):
        body = json.dumps(strange).encode()
        assert deliver("livekit", body).event_id == hashlib.sha256(body).hexdigest()


@pytest.mark.usefixtures("secrets")
def test_what_is_too_large_is_turned_away_before_it_is_read(client: Client) -> None:
    body = b" " * (LARGEST_WEBHOOK + 1)
    assert post(client, "livekit", body, livekit_headers(body, SECRET, datetime.now(UTC))) == 413
    assert not RawEvent.objects.exists()
    assert Refused.objects.get().reason == "oversize"
    fits = body[:-1]
    assert post(client, "livekit", fits, livekit_headers(fits, SECRET, datetime.now(UTC))) == 200


@pytest.mark.usefixtures("secrets")
def test_a_length_that_is_not_told_does_not_let_more_in(client: Client) -> None:
    body = b" " * (LARGEST_WEBHOOK + 1)
    answer = client.post("/hooks/rooms/livekit", body, content_type="x/y", headers={"Content-Length": "none"})
    assert answer.status_code in (401, 413)
    assert not RawEvent.objects.exists()


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"event":"participant_joined","createdAt":"1"}',
        b'{"event":"participant_joined","createdAt":"1781000000"}',
        b'{"event":"x","createdAt":"NaN"}',
        b"[" * 5000,
    ],
)
def test_a_signed_body_that_nobody_can_read_is_kept_for_a_person(client: Client, body: bytes) -> None:
    assert post(client, "livekit", body, livekit_headers(body, SECRET, datetime.now(UTC))) == 200
    read_all(datetime.now(UTC))
    kept = RawEvent.objects.get()
    assert (kept.state, bytes(kept.body)) == ("unreadable" if body != b"[]" else "read", body)
    if body != b"[]":
        assert kept.error
        assert list(RawEvent.objects.for_a_person()) == [kept]


@pytest.mark.usefixtures("secrets")
def test_only_a_post_to_a_known_room_is_answered(client: Client) -> None:
    assert client.get("/hooks/rooms/livekit").status_code == 405
    assert client.post("/hooks/rooms/skype", b"", content_type="x/y").status_code == 404
    assert not Refused.objects.exists()


@pytest.mark.usefixtures("secrets")
def test_a_jitsi_of_ones_own_says_in_the_address_too_what_it_tells(client: Client) -> None:
    body = body_of("jitsi")
    for where in ("occupant/joined", "occupant/left", "room/created", "room/destroyed"):
        assert post(client, f"jitsi/events/{where}", body, {"authorization": f"Bearer {OTHER}"}) == 401
        assert post(client, f"jitsi/events/{where}", body, {"authorization": f"Bearer {SECRET}"}) == 200
    assert RawEvent.objects.get().provider == "jitsi"
    for where in ("occupant/created", "room/joined", "room/x"):
        assert post(client, f"jitsi/events/{where}", body, {"authorization": f"Bearer {SECRET}"}) == 404
    assert post(client, "zoom/events/room/created", body, {}) == 404


@pytest.mark.usefixtures("secrets")
def test_zooms_question_is_answered_only_to_zoom_and_never_kept(client: Client) -> None:
    body = b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}'
    assert post(client, "zoom", body, {}) == 401
    answer = client.post(
        "/hooks/rooms/zoom",
        body,
        content_type="application/json",
        headers=zoom_headers(body, SECRET, datetime.now(UTC)),
    )
    assert answer.json() == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": sha256(SECRET, b"qgg8vlvZRS6UYooatFL8Aw").hexdigest(),
    }
    assert not RawEvent.objects.exists()


@pytest.mark.parametrize("body", [b'{"test":"test"}', b'{ "test": "test" }\n'])
def test_dailys_test_is_answered_before_there_is_a_secret_and_never_kept(client: Client, body: bytes) -> None:
    assert post(client, "daily", body, {}) == 200
    assert not RawEvent.objects.exists()
    assert not Refused.objects.exists()
    assert post(client, "zoom", body, {}) == 401


@pytest.mark.parametrize("body", [b'{"test":"test","id":"1"}', b'["test"]', b"{", b'{"test":1}', b"[" * 5000])
def test_whatever_is_more_than_dailys_test_has_to_be_signed(client: Client, body: bytes) -> None:
    assert post(client, "daily", body, {}) == 401
    assert not RawEvent.objects.exists()


def genuine(provider: str, headers: Mapping[str, str], body: bytes = b"{}", **more: str) -> bool:
    told = {name.lower(): value for name, value in headers.items()}
    return is_genuine(provider, Signed(headers=told, body=body, **more), secret=SECRET, now=AT)


def jwt(header: Any, claims: Any, secret: str = SECRET) -> str:
    head = ".".join(
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, claims)
    )
    return f"{head}.{base64.urlsafe_b64encode(sha256(secret, head.encode()).digest()).rstrip(b'=').decode()}"


def test_a_livekit_token_has_to_be_signed_by_hs256_of_these_minutes_and_of_this_body() -> None:
    stamp = int(AT.timestamp())
    digest = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    good = {"exp": stamp + 60, "nbf": stamp, "sha256": digest}
    header = {"alg": "HS256", "typ": "JWT"}
    assert genuine("livekit", {"Authorization": jwt(header, good)})
    assert genuine("livekit", {"Authorization": f"Bearer {jwt(header, good)}"})
    wrong: list[Any] = [
        {**good, "sha256": digest[::-1]},
        {**good, "sha256": None},
        {**good, "exp": stamp - 61},
        {**good, "nbf": stamp + 61},
        {"sha256": digest},
        {**good, "exp": "9999999999"},
        [],
    ]
    for claims in wrong:
        assert not genuine("livekit", {"Authorization": jwt(header, claims)})
    for alg in ("none", "HS512", "RS256"):
        assert not genuine("livekit", {"Authorization": jwt({"alg": alg}, good)})
    for token in ("", "..", "a.b", "a.b.c.d", jwt(header, good, OTHER), jwt(header, good) + "x", "é.é.é"):
        assert not genuine("livekit", {"Authorization": token})


def test_a_timestamp_that_is_none_or_not_of_these_minutes_is_no_signature() -> None:
    for provider in ("zoom", "jitsi", "janus", "daily"):
        signed = SIGNED[provider]
        assert genuine(provider, signed(b"{}", SECRET, AT))
        for minutes in (-6, 6):
            assert not genuine(provider, signed(b"{}", SECRET, AT + timedelta(minutes=minutes)))
    for stamp in ("", "x", "-1", "1e9", "9" * 30, "٣"):
        signature = sha256(SECRET, f"v0:{stamp}:".encode() + b"{}").hexdigest()
        assert not genuine("zoom", {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={signature}"})


def test_dailys_secret_is_base64_and_nothing_else_signs() -> None:
    good = daily_headers(b"{}", SECRET, AT)
    assert genuine("daily", good)
    assert not genuine("daily", {**good, "x-webhook-signature": good["x-webhook-signature"] + "="})
    assert not genuine(
        "daily", {**good, "x-webhook-timestamp": good["x-webhook-timestamp"][:-1] + "1"}, b"{ }"
    )
    for secret in ("not base64, whatever else", "===="):
        told = Signed(headers=good, body=b"{}")
        assert not is_genuine("daily", told, secret=secret, now=AT)


def test_jitsis_header_may_hold_several_signatures_and_one_of_them_has_to_fit() -> None:
    good = jaas_headers(b"{}", SECRET, AT)["x-jaas-signature"]
    stamp, _, signature = good.partition(",")
    assert genuine("jitsi", {"x-jaas-signature": f"{stamp}, v1=AAAA=, {signature}"})
    for told in (
        signature,
        stamp,
        f"{stamp},{stamp},{signature}",
        f"{stamp},{signature.replace('v1', 'v0')}",
        "",
    ):
        assert not genuine("jitsi", {"x-jaas-signature": told})
    assert genuine("jitsi", {"authorization": f"bearer {SECRET}"})
    assert not genuine("jitsi", {"authorization": f"bearer {OTHER}"})
    assert not genuine("jitsi", {"authorization": SECRET})


def test_bigbluebuttons_checksum_is_over_the_address_the_form_and_the_secret() -> None:
    told = {"event": '[{"data":"é \\"quoted\\""}]', "timestamp": 1781000000000, "domain": "bbb.example.org"}
    body = urlencode(told).encode()
    as_json = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    for algorithm in ("sha1", "sha256", "sha512"):
        checksum = hashlib.new(algorithm, f"{HOOK}{as_json}{SECRET}".encode()).hexdigest()
        assert genuine("bigbluebutton", {}, body, url=HOOK, checksum=checksum)
        assert not genuine("bigbluebutton", {}, body + b"1", url=HOOK, checksum=checksum)
        assert not genuine("bigbluebutton", {}, body, url=HOOK + "/", checksum=checksum)
        # The newest sign what they post, as they post it.
        posted = hashlib.new(algorithm, HOOK.encode() + body + SECRET.encode()).hexdigest()
        assert genuine("bigbluebutton", {}, body, url=HOOK, checksum=posted)
        assert not genuine("bigbluebutton", {}, body + b"1", url=HOOK, checksum=posted)
    assert not genuine(
        "bigbluebutton", {}, b"", url=HOOK, checksum=hashlib.sha256((HOOK + SECRET).encode()).hexdigest()
    )
    # What newer ones send by mistake: a checksum that vouches for any body.
    hollow = hashlib.sha256(f"{HOOK}{{}}{SECRET}".encode()).hexdigest()
    assert not genuine("bigbluebutton", {}, body, url=HOOK, checksum=hollow)
    assert not genuine("bigbluebutton", {}, body, url=HOOK, checksum="abc")
    assert not genuine("bigbluebutton", {}, body)
    assert not genuine("skype", {}, body)


@pytest.mark.usefixtures("secrets")
def test_bigbluebuttons_form_is_read_to_the_end(client: Client) -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.link(ada, "pt-ada", provider="bigbluebutton")
    for what, at in (("user-joined", EVENING), ("user-left", EVENING + HOUR)):
        meeting = {"internal-meeting-id": "m-1", "external-meeting-id": "blue"}
        user = {"internal-user-id": "w_1", "external-user-id": "pt-ada", "name": "Ada", "role": "VIEWER"}
        event = {
            "data": {
                "type": "event",
                "id": what,
                "attributes": {"meeting": meeting, "user": user},
                "event": {"ts": int(at.timestamp() * 1000)},
            }
        }
        form = {"domain": "bbb", "event": json.dumps([event]), "timestamp": "1"}
        answer = client.post(
            "/hooks/rooms/bigbluebutton",
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
            headers={"authorization": f"Bearer {SECRET}"},
        )
        assert answer.status_code == 200
    RawEvent.objects.update(next_try_at=EVENING)
    read_all(EVENING + 4 * HOUR)
    assert [(each.start, each.end, each.source) for each in seen(session, ada)] == [
        (EVENING, EVENING + HOUR, "bigbluebutton-webhook")
    ]


def test_8x8s_own_words_are_read_as_jitsis() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.link(ada, "pt-ada", provider="jitsi")
    about = {
        "id": "pt-ada",
        "name": "Ada",
        "participantJid": "a@8x8.vc/1",
        "participantId": "1",
        "moderator": "false",
    }
    for what, at in (("PARTICIPANT_JOINED", EVENING), ("PARTICIPANT_LEFT", EVENING + HOUR)):
        told = {
            "idempotencyKey": what,
            "eventType": what,
            "sessionId": "c-1",
            "timestamp": int(at.timestamp() * 1000),
            "fqn": "vpaas-magic-cookie-1/Blue",
            "data": about,
        }
        rooms.hear(told, provider="jitsi")
    rooms.hear({"eventType": "USAGE", "timestamp": 1, "data": []}, provider="jitsi")
    read_all(EVENING + 4 * HOUR)
    assert [(each.start, each.end) for each in seen(session, ada)] == [(EVENING, EVENING + HOUR)]
    assert RawEvent.objects.filter(state="unreadable").count() == 1


def test_a_file_is_kept_once_and_a_large_or_empty_one_not_at_all() -> None:
    rooms = Rooms()
    first = take_in_file(provider="MS Teams", name="a\x00.csv", body=b"a,b", by=COMMAND, at=AT)
    assert take_in_file(provider=None, name="b.csv", body=b"a,b", by=COMMAND, at=AT).pk == first.pk
    assert (first.file_name, first.is_file, first.program) == ("a.csv", True, rooms.program)
    for body, code in ((b" ", "file.empty"), (b"x" * (LARGEST_FILE + 1), "file.too_large")):
        with pytest.raises(Refusal) as refused:
            take_in_file(provider=None, name="c.csv", body=body, by=COMMAND, at=AT)
        assert refused.value.code == code
    assert Refused.objects.get().door == "rooms.file"
    read_all(AT)
    first.refresh_from_db()
    assert (first.state, first.error) == ("unreadable", "1:file")
    told = Event.objects.filter(verb="rooms.take_in_file").values_list("subject", "reason")
    assert list(told) == [(f"delivery:{first.pk}", ""), (f"delivery:{first.pk}", "known")]


def test_a_file_has_to_say_whose_clocks_it_was_written_by_where_there_are_two() -> None:
    Rooms()
    there = Program.objects.create(
        slug="west", name="W", neutral_name="W", call_back="1", timezone="America/Los_Angeles"
    )
    with pytest.raises(Refusal) as refused:
        take_in_file(provider=None, name="a.csv", body=b"a,b", by=COMMAND, at=AT)
    assert refused.value.code == "file.whose_clocks"
    assert (
        take_in_file(provider=None, name="a.csv", body=b"a,b", program=there, by=COMMAND, at=AT).program
        == there
    )


def test_only_a_person_has_a_delivery_read_again_and_only_one_that_came_to_nothing() -> None:
    simulate(AT)
    rooms = Rooms()
    rooms.hear(livekit("room_started", int(AT.timestamp()), sid=None), b"{", at=AT)
    read_all(AT)
    broken = RawEvent.objects.get(state="unreadable")
    with pytest.raises(Refusal):
        read_again(delivery=broken, by=rooms.room_actor(), at=AT)
    read_again(delivery=broken, by=rooms.desk, at=AT)
    broken.refresh_from_db()
    assert broken.state == "new"
    rooms.session(rooms.patient("ada"), room="iop-121")
    read_all(AT)
    with pytest.raises(Refusal):
        read_again(delivery=RawEvent.objects.get(state="read"), by=rooms.desk, at=AT)
