"""Notices to a browser: really encrypted, really signed, and opened by the fake as the browser would."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rejoin.fakes.ledger import order_fates, taken, times_taken
from rejoin.fakes.push_service import PushService
from rejoin.outreach.channels.port import Accepted, AnswerLost, CannotTell, NeverLeft, Refused, Sendable, Why
from rejoin.outreach.channels.push_web import PUSH_SERVICES, PushIdentity, WebPush, topic_of
from tests.outreach.messages import NOW, PATIENCE, closed_port, patience_for, text_to_ada

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    raw = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.urlsafe_b64encode(raw).decode()


OUR_KEY = private_key()


def channel_to(*services: str, answer_within: float = PATIENCE) -> WebPush:
    identity = PushIdentity(
        private_key=OUR_KEY,
        contact="mailto:ops@harborline.example",
        services=services,
        connect_within=PATIENCE,
        answer_within=answer_within,
    )
    return WebPush(identity)


def notice_to(subscription: object, key: str = "case:55:nudge") -> Sendable:
    to = subscription if isinstance(subscription, str) else json.dumps(subscription)
    return text_to_ada(key, to=to, subject="Harbor Line", body="We missed you today.")


@pytest.fixture
def channel(push_service: PushService) -> WebPush:
    return channel_to(push_service.address)


@pytest.fixture
def browser(push_service: PushService) -> dict[str, Any]:
    return push_service.subscribe()


def test_a_notice_arrives_readable_by_the_browser_alone(
    channel: WebPush, browser: dict[str, Any], ledger: Path
) -> None:
    answer = channel.send(notice_to(browser), now=NOW)
    assert answer == Accepted(vendor_id=f"push-{topic_of('case:55:nudge')}")
    (entry,) = taken(ledger)
    assert json.loads(entry.body) == {
        "title": "Harbor Line",
        "body": "We missed you today.",
        "lang": "en",
        "tag": topic_of("case:55:nudge"),
    }
    assert json.loads(entry.detail) == {"ttl": "1800", "topic": topic_of("case:55:nudge")}
    assert times_taken(ledger, key=topic_of("case:55:nudge"), address=browser["endpoint"][-16:]) == 1


def test_a_browser_that_unsubscribed_is_gone(
    channel: WebPush, browser: dict[str, Any], push_service: PushService
) -> None:
    push_service.unsubscribe(browser["endpoint"].rpartition("/")[2])
    assert channel.send(notice_to(browser), now=NOW) == Refused(code="http-410", permanent=True, why=Why.GONE)


def test_a_browser_that_nobody_knows_is_gone(channel: WebPush, browser: dict[str, Any]) -> None:
    unknown = {**browser, "endpoint": browser["endpoint"][:-4] + "0000"}
    assert channel.send(notice_to(unknown), now=NOW) == Refused(code="http-404", permanent=True, why=Why.GONE)


@pytest.mark.parametrize(
    ("code", "permanent", "why"),
    [
        ("400", True, Why.OURS),
        ("401", False, Why.OURS),
        ("403", False, Why.OURS),
        ("413", True, Why.WORDING),
        ("429", False, Why.BUSY),
        ("418", True, Why.OTHER),
    ],
)
def test_a_services_no_is_a_refusal(
    channel: WebPush, browser: dict[str, Any], ledger: Path, code: str, permanent: bool, why: Why
) -> None:
    order_fates(ledger, f"refuse:{code}")
    assert channel.send(notice_to(browser), now=NOW) == Refused(
        code=f"http-{code}", permanent=permanent, why=why
    )
    assert taken(ledger) == []


@pytest.mark.parametrize(
    ("fate", "went_out"),
    [
        ("hangs_before", 0),
        ("hangs_after", 1),
        ("drops_before", 0),
        ("drops_after", 1),
        ("half_answer", 1),
        ("error:500", 0),
        ("error:408", 0),
        ("error_after:503", 1),
    ],
)
def test_an_answer_that_does_not_come_is_lost(
    browser: dict[str, Any], push_service: PushService, ledger: Path, fate: str, went_out: int
) -> None:
    order_fates(ledger, fate)
    with pytest.raises(AnswerLost):
        channel_to(push_service.address, answer_within=patience_for(fate)).send(notice_to(browser), now=NOW)
    assert len(taken(ledger)) == went_out


def test_a_redirect_is_not_followed(channel: WebPush, browser: dict[str, Any], ledger: Path) -> None:
    order_fates(ledger, "error:307")
    with pytest.raises(AnswerLost):
        channel.send(notice_to(browser), now=NOW)


def test_a_service_that_is_not_there_never_got_it(browser: dict[str, Any]) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    elsewhere = {**browser, "endpoint": f"{nowhere}/push/1"}
    with pytest.raises(NeverLeft):
        channel_to(nowhere).send(notice_to(elsewhere), now=NOW)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://internal.example/push/1",
        "http://fcm.googleapis.com/push/1",
        "https://evilfcm.googleapis.com.example/push",
        "https://notfcm.googleapis.com/push",
        "https://fcm.googleapis.com@evil.example/push",
        "https://[::bad/push",
        "file:///etc/passwd",
    ],
)
def test_no_subscription_makes_us_call_anything_but_a_push_service(
    browser: dict[str, Any], endpoint: str
) -> None:
    answer = channel_to(*PUSH_SERVICES).send(notice_to({**browser, "endpoint": endpoint}), now=NOW)
    assert answer == Refused(code="unknown-service", permanent=True, why=Why.OURS)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "[]",
        "null",
        '{"endpoint": "https://fcm.googleapis.com/x"}',
        '{"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "", "auth": "x"}}',
        '{"endpoint": 1, "keys": {"p256dh": "a", "auth": "x"}}',
    ],
)
def test_what_is_no_subscription_is_gone(to: str) -> None:
    answer = channel_to(*PUSH_SERVICES).send(notice_to(to), now=NOW)
    assert answer == Refused(code="bad-subscription", permanent=True, why=Why.GONE)


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": "AAAA", "auth": "AAAA"},
        {"p256dh": "!", "auth": "!"},
        {"p256dh": "=", "auth": "="},
        {"p256dh": base64.urlsafe_b64encode(b"\4" + b"\1" * 64).decode(), "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_keys_that_are_none_are_gone_and_nothing_was_sent(
    channel: WebPush, browser: dict[str, Any], ledger: Path, keys: dict[str, str]
) -> None:
    answer = channel.send(notice_to({**browser, "keys": keys}), now=NOW)
    assert answer == Refused(code="bad-subscription", permanent=True, why=Why.GONE)
    assert taken(ledger) == []


@pytest.mark.parametrize(
    ("key", "contact"),
    [("nonsense", "mailto:a@example.org"), (OUR_KEY, "nobody"), ("", "mailto:a@example.org")],
)
def test_an_identity_that_cannot_sign_is_found_before_any_patient(key: str, contact: str) -> None:
    with pytest.raises(ValueError, match="cannot sign"):
        WebPush(PushIdentity(private_key=key, contact=contact))


def test_the_fake_takes_nothing_unsigned_and_reads_nothing_for_another_browser(
    channel: WebPush, browser: dict[str, Any], push_service: PushService, ledger: Path
) -> None:
    unsigned = requests.post(browser["endpoint"], data=b"x" * 200, headers={"TTL": "60"}, timeout=5)
    assert unsigned.status_code == 403
    swapped = {**browser, "keys": push_service.subscribe()["keys"]}
    assert isinstance(channel.send(notice_to(swapped), now=NOW), Accepted)
    assert taken(ledger) == []
    assert len(push_service.ledger.entries("unreadable")) == 1


def test_an_expired_notice_is_not_sent(channel: WebPush, browser: dict[str, Any], ledger: Path) -> None:
    sendable = notice_to(browser)
    answer = channel.send(sendable, now=sendable.valid_until)
    assert answer == Refused(code="expired", permanent=True, why=Why.EXPIRED)
    assert taken(ledger) == []


def test_push_has_no_look_up(channel: WebPush) -> None:
    with pytest.raises(CannotTell):
        channel.look_up(notice_to({}), since=NOW)
