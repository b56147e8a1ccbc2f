"""Leave to use a relay: signed as relays check it, good until an instant, and of nobody in particular."""

from datetime import UTC, datetime, timedelta

from rejoin.rooms.engines.port import IceServer
from rejoin.rooms.engines.turn import Turn, turn_of

UNTIL = datetime.fromtimestamp(1796053164, UTC)
RELAY = Turn(urls=("turn:turn.example.org",), secret="north")


def test_it_is_signed_as_the_draft_says() -> None:
    """The vector: printf 1796053164:abcdef | openssl dgst -sha1 -hmac north -binary | base64."""
    assert RELAY.leave_of("abcdef", until=UNTIL) == IceServer(
        urls=("turn:turn.example.org",),
        username="1796053164:abcdef",
        credential="Jvqwn/RV+Y8qww4TDF+O6vOAzko=",
    )


def test_her_connections_of_a_session_are_one_to_the_relay_which_counts_them_by_the_name() -> None:
    """The vector: printf who:a-room:p-ada | openssl dgst -sha256 -hmac north, its first 16 letters."""
    names = {
        RELAY.leave("a-room", "p-ada", until=UNTIL + timedelta(minutes=each)).username for each in range(3)
    }
    assert {each.partition(":")[2] for each in names} == {"53f6f472c44afa2d"}
    assert RELAY.leave("a-room", "p-ada", until=UNTIL).username.partition(":")[0] == "1796053164"


def test_whoever_is_another_or_in_another_room_has_nothing_in_common_with_her_there_and_it_names_nobody() -> (
    None
):
    given = [("a-room", "p-ada"), ("a-room", "p-eve"), ("another-room", "p-ada")]
    names = [RELAY.leave(room, ref, until=UNTIL).username for room, ref in given]
    assert len(set(names)) == 3
    assert not any("ada" in name or "room" in name for name in names)
    other = Turn(urls=RELAY.urls, secret="south")
    assert other.leave("a-room", "p-ada", until=UNTIL).username not in names


def test_it_is_made_of_the_settings_or_there_is_none() -> None:
    given = {"turn_urls": "turn:a.example, turns:b.example:443?transport=tcp", "turn_secret": "north"}
    assert turn_of(given) == Turn(
        urls=("turn:a.example", "turns:b.example:443?transport=tcp"), secret="north"
    )
    assert turn_of({}) is None


def test_its_secret_is_in_no_log() -> None:
    assert "north" not in repr(RELAY)
