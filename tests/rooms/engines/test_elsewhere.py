"""The engines of other makers, each held to the port against a service that checks what it is asked."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rejoin.config.env import ENGINE_NEEDS, read_environment
from rejoin.domain.kernel import Refusal
from rejoin.rooms.engines.asking import Answer, Question
from rejoin.rooms.engines.bigbluebutton import BigBlueButton
from rejoin.rooms.engines.choosing import ENGINES, engine_of
from rejoin.rooms.engines.port import CANNOT, Connection, Engine, EngineAway, EngineRefused, Tells
from rejoin.rooms.inbox import NUMBERED
from rejoin.rooms.signatures import FRESH_SECONDS
from rejoin.rooms.vocabulary import Provider
from tests.rooms.engines import services
from tests.rooms.engines.making import JITSI_SECRET, MAKERS, bigbluebutton, daily, jitsi, livekit, zoom
from tests.rooms.signing import SECRET

ROOM = "6f1c0a52-3b7e-4c55-9d0e-1f2a3b4c5d6e"
ADA, BEN = "p-0f3a9c41d7e24b6f8a1c5e7092b4d6f8", "p-7be10c3325f94d0a9c66aa10e4f7d512"
AT = datetime.now(UTC).replace(microsecond=0)
ENDS = AT + timedelta(hours=3)


class House(NamedTuple):
    """An engine and the service behind it."""

    engine: Engine
    service: services.Service


@pytest.fixture(params=sorted(MAKERS))
def house(request: pytest.FixtureRequest) -> House:
    make, service = MAKERS[request.param]
    standing = service()
    return House(make(standing), standing)


def ensure(engine: Engine, room: str = ROOM) -> None:
    engine.ensure_room(room, capacity=16, audio_first=False, ends_at=ENDS)


def admit(house: House, ref: str = ADA) -> str:
    house.engine.join_grant(ROOM, ref, host=False, at=AT, until=ENDS)
    return house.service.enter(ROOM, ref)


def test_a_room_is_there_once_however_often_it_is_asked_for(house: House) -> None:
    for _ in range(3):
        ensure(house.engine)
    assert house.engine.present(ROOM) == frozenset()
    made = house.service.meetings if isinstance(house.service, services.ZoomService) else house.service.rooms
    assert len(made) == 1


def test_who_is_in_is_told_by_connection_and_bound_to_the_reference(house: House) -> None:
    ensure(house.engine)
    ada, ben = admit(house), admit(house, BEN)
    assert house.engine.present(ROOM) == frozenset(
        {Connection(conn=ada, ref=ADA), Connection(conn=ben, ref=BEN)}
    )


def test_a_room_that_was_closed_is_empty_and_is_closed_however_often(house: House) -> None:
    ensure(house.engine)
    admit(house)
    for _ in range(2):
        house.engine.close_room(ROOM)
        assert house.engine.present(ROOM) == frozenset()
    assert not house.service.rooms
    ensure(house.engine)
    assert house.engine.present(ROOM) == frozenset()


def test_a_grant_is_for_one_connection_and_ends(house: House) -> None:
    ensure(house.engine)
    first, second = (house.engine.join_grant(ROOM, ADA, host=False, at=AT, until=ENDS) for _ in range(2))
    assert first.conn != second.conn
    for grant in (first, second):
        assert (grant.room, grant.ref, grant.expires_at) == (ROOM, ADA, ENDS)
        assert grant.conn.startswith(f"{ADA}.")
        assert grant.url.startswith("https://") or grant.room_token


def test_nothing_that_names_anybody_reaches_a_service(house: House) -> None:
    ensure(house.engine)
    admit(house)
    grant = house.engine.join_grant(ROOM, BEN, host=True, at=AT, until=ENDS)
    told = house.service.everything_told() + grant.url + grant.room_token
    assert ADA in told or house.engine.name in ("livekit", "bigbluebutton"), (
        "these two are asked for no leave"
    )
    told = told.replace(f"{ADA}@rejoin.invalid", "")
    for name in ("ada", "ben", "@", 'email_notification": true', "user_name"):
        assert name not in told.casefold().replace("wss://", "").replace("bearer", "")


def test_one_is_put_out_alone_or_it_is_said_that_nobody_can_be(house: House) -> None:
    ensure(house.engine)
    grant = house.engine.join_grant(ROOM, ADA, host=False, at=AT, until=ENDS)
    ada, ben = house.service.enter(ROOM, ADA), admit(house, BEN)
    if not house.engine.capabilities.puts_out:
        with pytest.raises(EngineRefused) as refused:
            house.engine.remove(ROOM, ada)
        assert refused.value.code == CANNOT
        return
    house.engine.remove(ROOM, grant.conn)
    assert house.engine.present(ROOM) == frozenset({Connection(conn=ben, ref=BEN)})
    house.engine.remove(ROOM, ada)
    house.engine.remove(ROOM, ben)
    assert house.engine.present(ROOM) == frozenset()


def test_one_is_muted_or_it_is_said_that_nobody_can_be(house: House) -> None:
    ensure(house.engine)
    ada = admit(house)
    if not house.engine.capabilities.silences:
        with pytest.raises(EngineRefused) as refused:
            house.engine.mute(ROOM, ada)
        assert refused.value.code == CANNOT
        return
    house.engine.mute(ROOM, ada)
    house.engine.mute(ROOM, "nobody")
    assert isinstance(house.service, services.LiveKitService)
    assert house.service.muted == [f"TR_{ada}_a"]


def test_livekits_recorder_is_nobody() -> None:
    house = House(livekit(service := services.LiveKitService()), service)
    ensure(house.engine)
    admit(house, "recorder")
    assert house.engine.present(ROOM) == frozenset()


@pytest.mark.parametrize("maker", sorted(MAKERS))
@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, body=b"{}"),
        Answer(status=503),
        Answer(status=429),
        Answer(status=302, body=b"elsewhere"),
        Answer(status=200, body=b"<html>a proxy's page"),
        Answer(status=200, body=b"[1]"),
        Answer(status=200, body=b'{"participants": {}, "data": 1, "meetings": "x"}'),
        Answer(status=200, body=b"<response><returncode>SUCCESS</returncode></response>"),
        Answer(status=200, body=b'<!DOCTYPE a [<!ENTITY b "c">]><response>&b;</response>'),
        Answer(status=200, body=b"\xff"),
    ],
)
def test_whoever_gives_no_answer_that_can_be_read_is_away(maker: str, answer: Answer) -> None:
    engine = MAKERS[maker][0](lambda _question: answer)
    with pytest.raises(EngineAway):
        engine.present(ROOM)


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_a_wrong_key_is_a_refusal_and_no_silence(maker: str) -> None:
    def refuse(_question: Question) -> Answer:
        return Answer(status=401, body=b'{"error":"authentication-error","code":"unauthenticated"}')

    with pytest.raises(EngineRefused) as refused:
        MAKERS[maker][0](refuse).present(ROOM)
    assert refused.value.code in ("authentication-error", "unauthenticated", 401)


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_somebody_elses_page_that_is_not_found_is_no_empty_room(maker: str) -> None:
    with pytest.raises(EngineRefused):
        MAKERS[maker][0](lambda _question: Answer(status=404, body=b"<html>")).present(ROOM)


def test_a_refusal_without_words_is_known_by_its_number() -> None:
    with pytest.raises(EngineRefused) as refused:
        livekit(lambda _question: Answer(status=418, body=b"teapot")).present(ROOM)
    assert refused.value.code == 418


def test_livekits_token_says_who_and_where_and_lets_her_name_herself_to_nobody() -> None:
    grant = livekit(None).join_grant(ROOM, ADA, host=True, at=AT, until=ENDS)
    assert grant.ws_url == "wss://livekit.example.org"
    claims = jwt.decode(grant.room_token, services.LIVEKIT_SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["iss"], claims["exp"]) == (ADA, services.LIVEKIT_KEY, int(ENDS.timestamp()))
    assert claims["video"] == {
        "room": ROOM,
        "roomJoin": True,
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
    }
    assert "name" not in claims


def test_jitsis_link_says_who_and_where_and_nothing_else_of_her() -> None:
    grant = jitsi().join_grant(ROOM, ADA, host=False, at=AT, until=ENDS)
    parts = urlsplit(grant.url)
    assert (parts.netloc, parts.path) == ("meet.example.org", f"/{ROOM}")
    claims = jwt.decode(
        parse_qs(parts.query)["jwt"][0], JITSI_SECRET, algorithms=["HS256"], audience="rejoin"
    )
    assert (claims["iss"], claims["sub"], claims["room"]) == ("rejoin", "meet.example.org", ROOM)
    assert claims["context"]["user"] == {"id": ADA, "moderator": False, "affiliation": "member"}
    assert not any(claims["context"]["features"].values())
    host = parse_qs(urlsplit(jitsi().join_grant(ROOM, BEN, host=True, at=AT, until=ENDS).url).query)["jwt"][0]
    claims = jwt.decode(host, JITSI_SECRET, algorithms=["HS256"], audience="rejoin")
    assert claims["context"]["user"]["affiliation"] == "owner"


def test_8x8s_link_is_signed_by_the_private_key() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    given = {"app_id": "vpaas-1", "key_id": "vpaas-1/abc", "private_key": pem.replace("\n", "\\n")}
    engine = ENGINES["jitsi"](given)
    grant = engine.join_grant(ROOM, ADA, host=True, at=AT, until=ENDS)
    parts = urlsplit(grant.url)
    assert (parts.netloc, parts.path) == ("8x8.vc", f"/vpaas-1/{ROOM}")
    token = parse_qs(parts.query)["jwt"][0]
    claims = jwt.decode(token, key.public_key(), algorithms=["RS256"], audience="jitsi")
    assert (claims["sub"], claims["context"]["user"]["moderator"]) == ("vpaas-1", "true")
    assert jwt.get_unverified_header(token)["kid"] == "vpaas-1/abc"
    assert engine.capabilities.numbers_events


def test_jitsi_cannot_be_asked_anything_and_says_so() -> None:
    engine = jitsi()
    ensure(engine)
    assert engine.present(ROOM) is None
    with pytest.raises(EngineRefused) as closing:
        engine.close_room(ROOM)
    with pytest.raises(EngineRefused) as removing:
        engine.remove(ROOM, ADA)
    with pytest.raises(EngineRefused) as muting:
        engine.mute(ROOM, ADA)
    assert {each.value.code for each in (closing, removing, muting)} == {CANNOT}


def test_bigbluebuttons_link_is_signed_and_names_nobody() -> None:
    grant = bigbluebutton(None).join_grant(ROOM, ADA, host=False, at=AT, until=ENDS)
    told = {key: value[0] for key, value in parse_qs(urlsplit(grant.url).query).items()}
    assert (told["meetingID"], told["userID"], told["role"]) == (ROOM, ADA, "VIEWER")
    assert told["fullName"] == "Guest 0f3a"
    other = bigbluebutton(None).join_grant(ROOM, BEN, host=True, at=AT, until=ENDS)
    assert "role=MODERATOR" in other.url


def test_bigbluebutton_is_reminded_of_its_hook_with_every_room() -> None:
    service = services.BigBlueButtonService()
    hook = "https://rejoin.example.org/hooks/rooms/bigbluebutton"
    engine = BigBlueButton(
        url="https://bbb.example.org/bigbluebutton/api",
        secret=services.BBB_SECRET,
        hook=hook,
        transport=service,
    )
    ensure(engine)
    assert service.hooks == [hook]


def test_bigbluebuttons_meeting_made_by_other_settings_is_taken_as_it_is() -> None:
    told = b"<response><returncode>FAILED</returncode><messageKey>idNotUnique</messageKey></response>"
    ensure(bigbluebutton(lambda _question: Answer(status=200, body=told)))
    told = told.replace(b"idNotUnique", b"checksumError")
    with pytest.raises(EngineRefused) as refused:
        ensure(bigbluebutton(lambda _question: Answer(status=200, body=told)))
    assert refused.value.code == "checksumError"


def test_dailys_room_is_private_and_made_by_whoever_is_quicker() -> None:
    service = services.DailyService()
    engine = daily(service)
    ensure(engine)
    assert service.asked[-1].body.startswith(b'{"name":"%s","privacy":"private"' % ROOM.encode())

    def raced(question: Question) -> Answer:
        """Not there when it is set, and there when it is made."""
        if question.url.endswith(ROOM) and question.method == "POST":
            return Answer(status=404, body=b'{"error":"not-found"}')
        return service(question)

    ensure(daily(raced))
    with pytest.raises(EngineRefused):
        engine.join_grant(ROOM, "p-" + "0" * 40, host=False, at=AT, until=ENDS)


def test_zoom_registers_a_reference_once_and_tells_by_what_number() -> None:
    service = services.ZoomService()
    service.page = 1
    engine = zoom(service)
    ensure(engine)
    grants = [engine.join_grant(ROOM, ref, host=False, at=AT, until=ENDS) for ref in (ADA, BEN, ADA)]
    assert grants[0].known_as == grants[2].known_as != grants[1].known_as
    assert grants[0].url == grants[2].url
    number = service.number(ROOM)
    assert [each["id"] for each in service.registrants[number]] == [grants[0].known_as, grants[1].known_as]
    host = engine.join_grant(ROOM, "h-1", host=True, at=AT, until=ENDS)
    assert (host.url, host.known_as) == (f"https://zoom.us/s/{number}?zak=of-the-host", "")


def test_zooms_meeting_mails_nobody_and_keeps_nothing() -> None:
    service = services.ZoomService()
    ensure(zoom(service))
    (meeting,) = service.meetings.values()
    told = meeting["settings"]
    assert (told["registrants_email_notification"], told["registrants_confirmation_email"]) == (False, False)
    assert (told["auto_recording"], told["approval_type"], meeting["topic"]) == ("none", 0, ROOM)


def test_two_meetings_of_one_name_are_the_one_of_the_lower_number() -> None:
    service = services.ZoomService()
    ensure(zoom(service))
    first = service.number(ROOM)
    service.meetings[str(int(first) + 5)] = dict(service.meetings[first])
    assert (
        zoom(service)
        .join_grant(ROOM, "h-1", host=True, at=AT, until=ENDS)
        .url.endswith(f"{first}?zak=of-the-host")
    )


def test_a_meeting_that_somebody_made_at_zoom_is_used_and_never_taken_away() -> None:
    service = services.ZoomService()
    engine = zoom(service)
    with pytest.raises(EngineRefused):
        ensure(engine, "999")
    with pytest.raises(EngineRefused):
        engine.join_grant("999", ADA, host=False, at=AT, until=ENDS)
    service.meetings["999"], service.registrants["999"] = {"topic": "Evening", "start_url": ""}, []
    ensure(engine, "999")
    assert engine.join_grant("999", ADA, host=False, at=AT, until=ENDS).known_as
    engine.close_room("999")
    assert "999" in service.meetings


def test_zooms_key_is_renewed_before_it_ends_and_when_it_is_taken_back() -> None:
    service, now = services.ZoomService(), [0.0]
    engine = zoom(service, seconds=lambda: now[0])
    ensure(engine)
    assert service.keys == 1
    now[0] = 3540.0
    ensure(engine)
    assert service.keys == 2
    service.keys = 5  # another process took one: ours is not good any more
    ensure(engine)
    assert service.keys == 6


def test_without_a_dashboard_nobody_can_tell_who_is_in_a_zoom_meeting() -> None:
    engine = zoom(services.ZoomService(), dashboard=False)
    assert not engine.capabilities.snapshot
    assert engine.present(ROOM) is None


SETTINGS: dict[str, dict[str, str]] = {
    "livekit": {"URL": "wss://livekit.example.org", "API_KEY": "APIkey", "API_SECRET": "s"},
    "zoom": {"ACCOUNT_ID": "a", "CLIENT_ID": "c", "CLIENT_SECRET": "s", "HOST": "h", "DASHBOARD": "on"},
    "jitsi": {"DOMAIN": "meet.example.org", "APP_ID": "a", "APP_SECRET": "s"},
    "bigbluebutton": {"URL": "https://bbb.example.org/bigbluebutton/api", "SECRET": "s"},
    "daily": {"DOMAIN": "rooms", "API_KEY": "k"},
}


def environment(name: str, **settings: str) -> dict[str, str]:
    return {
        "REJOIN_ENGINE": name,
        **{f"REJOIN_{name.upper()}_{key}": value for key, value in settings.items()},
    }


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_an_engine_is_chosen_by_the_environment_and_a_setting_that_is_missing_is_named(name: str) -> None:
    engine = engine_of(read_environment(environment(name, **SETTINGS[name])))
    assert engine is not None
    assert engine.name == name
    for needed in ENGINE_NEEDS[name]:
        less = {key: value for key, value in SETTINGS[name].items() if key != needed}
        with pytest.raises(Refusal) as refused:
            read_environment(environment(name, **less))
        assert f"REJOIN_{name.upper()}_{needed}" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("livekit", {"URL": "ws://livekit.example.org"}),
        ("livekit", {"URL": "https://livekit.example.org"}),
        ("bigbluebutton", {"URL": "http://bbb.example.org/bigbluebutton/api"}),
        ("bigbluebutton", {"DIGEST": "md5"}),
        ("zoom", {"DASHBOARD": "yes"}),
        ("jitsi", {"KEY_ID": "vpaas-1/abc"}),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_starts(name: str, change: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        read_environment(environment(name, **{**SETTINGS[name], **change}))
    if "URL" in change:
        here = change["URL"].replace("example.org", "localhost").replace("livekit.", "").replace("bbb.", "")
        if not here.startswith("https"):
            assert read_environment(environment(name, **{**SETTINGS[name], "URL": here})).engine == name


def test_a_secret_of_dailys_that_is_no_base64_is_refused_before_anything_starts() -> None:
    with pytest.raises(Refusal) as refused:
        read_environment({"REJOIN_ROOM_SECRET_DAILY": "not base64, whatever else"})
    assert "REJOIN_ROOM_SECRET_DAILY" in str(refused.value)
    assert read_environment({"REJOIN_ROOM_SECRET_DAILY": SECRET}).room_secrets == {"daily": SECRET}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_what_may_be_expected_of_an_engine_is_declared_with_its_source(name: str) -> None:
    engine = engine_of(read_environment(environment(name, **SETTINGS[name])))
    assert engine is not None
    told = engine.capabilities
    assert (told.tells, engine.name in tuple(Provider)) == (Tells.WEBHOOK, True)
    assert told.latest >= {"zoom": timedelta(minutes=85)}.get(name, timedelta(minutes=1))
    assert told.latest >= timedelta(seconds=FRESH_SECONDS) or name in ("jitsi", "bigbluebutton")
    assert told.according_to
    assert told.binds_by
    assert told.numbers_events is (name in NUMBERED and name != "jitsi")
