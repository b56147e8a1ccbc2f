"""Leave to use a relay: signed as relays check it, good until an instant, and of nobody in particular."""

from datetime import UTC, datetime

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


def test_two_have_nothing_in_common_but_until_when_they_hold() -> None:
    one, other = (RELAY.leave(until=UNTIL) for _ in range(2))
    assert one.username != other.username
    assert {each.username.partition(":")[0] for each in (one, other)} == {"1796053164"}


def test_it_is_made_of_the_settings_or_there_is_none() -> None:
    given = {"turn_urls": "turn:a.example, turns:b.example:443?transport=tcp", "turn_secret": "north"}
    assert turn_of(given) == Turn(
        urls=("turn:a.example", "turns:b.example:443?transport=tcp"), secret="north"
    )
    assert turn_of({}) is None


def test_its_secret_is_in_no_log() -> None:
    assert "north" not in repr(RELAY)
