"""What every video service is held to: its signature, its events, and how late they may be."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from rejoin.rooms.inbox import NUMBERED, deliver
from rejoin.rooms.signatures import Signed, is_genuine
from rejoin.rooms.vocabulary import Provider
from tests.rooms.recorded import NAMES, OUT_OF_ORDER, recorded, sightings_of, visits
from tests.rooms.signing import OTHER, SECRET, SIGNED

NOW = datetime(2026, 10, 5, 22, 10, tzinfo=UTC)
URL = "https://rejoin.example.org/hooks/rooms/bigbluebutton"
BEARERS = ("bigbluebutton",)
"""What only shows the secret vouches for any body, at any time."""


def genuine(provider: str, headers: Mapping[str, str], body: bytes, at: datetime = NOW) -> bool:
    lowered = {each.lower(): value for each, value in headers.items()}
    return is_genuine(provider, Signed(headers=lowered, body=body), secret=SECRET, now=at)


def test_there_is_an_evening_of_every_service() -> None:
    assert {recorded(name).provider for name in NAMES} == set(Provider)
    assert all(each.deliveries.keys() >= set(OUT_OF_ORDER) for each in map(recorded, NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_service_signed_is_genuine_and_nothing_else(name: str) -> None:
    provider, deliveries = recorded(name).provider, recorded(name).deliveries
    for body in deliveries.values():
        headers = SIGNED[provider](body, SECRET, NOW)
        assert genuine(provider, headers, body)
        assert not genuine(provider, SIGNED[provider](body, OTHER, NOW), body)
        assert not genuine(provider, {}, body)
        if provider not in BEARERS:
            assert not genuine(provider, headers, body + b" ")
            assert not genuine(provider, headers, bytes([body[0] ^ 1]) + body[1:])


@pytest.mark.parametrize("name", [each for each in NAMES if each not in BEARERS])
def test_what_was_overheard_is_of_no_use_later_and_changes_nothing_at_once(name: str) -> None:
    provider, body = recorded(name).provider, recorded(name).deliveries["join"]
    headers = SIGNED[provider](body, SECRET, NOW)
    assert genuine(provider, headers, body, NOW + timedelta(minutes=4))
    assert deliver(provider, body).event_id == deliver(provider, body).event_id
    assert not genuine(provider, headers, body, NOW + timedelta(minutes=7))
    assert not genuine(provider, headers, body, NOW - timedelta(minutes=7))


def test_bigbluebuttons_checksum_is_of_this_body_alone() -> None:
    body = recorded("bigbluebutton").deliveries["join"]
    signed = hashlib.sha256(URL.encode() + body + SECRET.encode()).hexdigest()
    told = Signed(headers={}, body=body, url=URL, checksum=signed)
    assert is_genuine("bigbluebutton", told, secret=SECRET, now=NOW)
    for other in (
        Signed(headers={}, body=body + b"&a=b", url=URL, checksum=signed),
        Signed(headers={}, body=body, url=URL + "s", checksum=signed),
    ):
        assert not is_genuine("bigbluebutton", other, secret=SECRET, now=NOW)
    assert not is_genuine("bigbluebutton", told, secret=OTHER, now=NOW)


@pytest.mark.parametrize("name", NAMES)
def test_every_delivery_has_a_name_of_its_own_and_keeps_it(name: str) -> None:
    provider, deliveries = recorded(name).provider, recorded(name).deliveries
    names = [deliver(provider, body).event_id for body in deliveries.values()]
    assert len(set(names)) == len(names)
    told = deliver(provider, deliveries["join"])
    numbered = provider in NUMBERED and name != "jitsi"
    assert (told.event_id == hashlib.sha256(told.body).hexdigest()) is not numbered


@pytest.mark.parametrize("name", NAMES)
def test_an_evening_is_read_as_it_was(name: str) -> None:
    evening = recorded(name)
    found = sightings_of(evening.provider, list(evening.deliveries.values()))
    assert visits(found) == sorted(evening.expected, key=str)
    assert {each.room for each in found} == {evening.room}
    assert not any(each.email or each.phone for each in found)


@pytest.mark.parametrize("name", NAMES)
def test_twenty_shuffles_with_every_second_told_twice_read_the_same(name: str) -> None:
    evening = recorded(name)
    bodies, chance = list(evening.deliveries.values()), Random(5)
    orders = [[evening.deliveries[what] for what in OUT_OF_ORDER], bodies[::-1]]
    for _ in range(20):
        told = [*bodies, *chance.sample(bodies, len(bodies) // 2)]
        chance.shuffle(told)
        orders.append(told)
    for order in orders:
        assert visits(sightings_of(evening.provider, order)) == sorted(evening.expected, key=str)


@pytest.mark.parametrize("name", NAMES)
def test_a_join_alone_is_open_and_a_leave_alone_has_an_end(name: str) -> None:
    evening = recorded(name)
    (open_,) = sightings_of(evening.provider, [evening.deliveries["join"]])
    assert (open_.left_at, open_.leave_reported, open_.ref) == (None, False, evening.refs["ada"])
    (ended,) = sightings_of(evening.provider, [evening.deliveries["left_without_join"]])
    assert ended.left_at is not None
    assert ended.leave_reported
