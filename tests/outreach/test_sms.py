"""Texts through the vendor's own SDK to a fake that speaks its API: every fault has its one right answer."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from rejoin.fakes.fates import Fate, read_fate
from rejoin.fakes.ledger import Ledger, order_fates, taken, taken_twice, times_taken
from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, SmsVendor
from rejoin.outreach.channels.port import Accepted, AnswerLost, CannotTell, NeverLeft, Refused, Why
from rejoin.outreach.channels.sms_codes import refusal_of
from rejoin.outreach.channels.sms_twilio import TwilioAccount, TwilioSms, callback_with_key
from tests.outreach.messages import ADA, NUDGE, PATIENCE, closed_port, patience_for, text_to_ada

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TOKENLESS_URL = "http://127.0.0.1:9/hook"


def channel_to(api_base: str, *, token: str = AUTH_TOKEN, answer_within: float = PATIENCE) -> TwilioSms:
    return TwilioSms(
        TwilioAccount(
            account_sid=ACCOUNT_SID,
            auth_token=token,
            from_number=OUR_NUMBER,
            api_base=api_base,
            connect_within=PATIENCE,
            answer_within=answer_within,
        )
    )


def now() -> datetime:
    """The fake's clock is the machine's, so that a look-up has to use it."""
    return datetime.now(UTC)


@pytest.fixture
def channel(vendor: SmsVendor) -> TwilioSms:
    return channel_to(vendor.address)


def test_a_text_goes_out_once_with_its_key(channel: TwilioSms, ledger: Path) -> None:
    answer = channel.send(text_to_ada(callback_url=TOKENLESS_URL, now=now()), now=now())
    assert isinstance(answer, Accepted)
    (entry,) = taken(ledger)
    assert (entry.vendor_id, entry.key, entry.address) == (answer.vendor_id, "case:55:nudge", ADA)
    assert entry.body == NUDGE
    assert times_taken(ledger, key="case:55:nudge", body=NUDGE, address=ADA) == 1
    assert taken_twice(ledger) == {}


@pytest.mark.parametrize(
    ("fate", "went_out"),
    [
        ("hangs_before", 0),
        ("hangs_after", 1),
        ("drops_before", 0),
        ("drops_after", 1),
        ("half_answer", 1),
        ("garbage", 1),
        ("error:500", 0),
        ("error:503", 0),
        ("error:408", 0),
        ("error:302", 0),
        ("error_after:502", 1),
    ],
)
def test_an_answer_that_does_not_come_is_lost_and_the_look_up_tells_the_truth(
    channel: TwilioSms, vendor: SmsVendor, ledger: Path, fate: str, went_out: int
) -> None:
    order_fates(ledger, fate)
    sendable, since = text_to_ada(now=now()), now()
    with pytest.raises(AnswerLost):
        channel_to(vendor.address, answer_within=patience_for(fate)).send(sendable, now=now())
    found = channel.look_up(sendable, since=since)
    assert times_taken(ledger, body=NUDGE) == went_out
    assert found == (Accepted(vendor_id=taken(ledger)[0].vendor_id) if went_out else None)


@pytest.mark.parametrize(
    ("code", "permanent", "why"),
    [
        ("21610", True, Why.STOPPED),
        ("21211", True, Why.GONE),
        ("21614", True, Why.GONE),
        ("20429", False, Why.BUSY),
        ("21611", False, Why.BUSY),
        ("20003", False, Why.OURS),
        ("30034", False, Why.OURS),
        ("30007", True, Why.WORDING),
        ("63999", True, Why.OTHER),
    ],
)
def test_a_vendors_no_is_a_refusal_and_nothing_went_out(
    channel: TwilioSms, ledger: Path, code: str, permanent: bool, why: Why
) -> None:
    order_fates(ledger, f"refuse:{code}")
    answer = channel.send(text_to_ada(now=now()), now=now())
    assert answer == Refused(code=code, permanent=permanent, why=why)
    assert answer.stopped == (code == "21610")
    assert taken(ledger) == []


def test_too_many_requests_without_the_vendors_words_may_be_tried_again(
    channel: TwilioSms, ledger: Path
) -> None:
    order_fates(ledger, "error:429", "error:403")
    busy = channel.send(text_to_ada(now=now()), now=now())
    between = channel.send(text_to_ada(now=now()), now=now())
    assert busy == Refused(code="http-429", permanent=False, why=Why.BUSY)
    assert between == Refused(code="http-403", permanent=False, why=Why.OURS)


@pytest.mark.parametrize(("number", "code"), [("+15005550001", "21211"), ("+15005550009", "21614")])
def test_numbers_the_vendor_knows_to_be_wrong_are_gone(channel: TwilioSms, number: str, code: str) -> None:
    answer = channel.send(text_to_ada(to=number, now=now()), now=now())
    assert answer == Refused(code=code, permanent=True, why=Why.GONE)


@pytest.mark.parametrize("number", ["", "2125550123", "+0123456789", "+1 212 555 0123", "ada@example.org"])
def test_what_is_no_number_never_reaches_the_vendor(channel: TwilioSms, ledger: Path, number: str) -> None:
    answer = channel.send(text_to_ada(to=number, now=now()), now=now())
    assert answer == Refused(code="not-a-number", permanent=True, why=Why.GONE)
    assert Ledger(ledger).entries("met") == []


def test_a_patient_who_texted_stop_is_stopped_at_the_vendor_until_start(
    channel: TwilioSms, vendor: SmsVendor
) -> None:
    vendor.receive(ADA, "Stop ", Fate())
    answer = channel.send(text_to_ada(now=now()), now=now())
    assert isinstance(answer, Refused)
    assert answer.stopped
    vendor.receive(ADA, "start", Fate())
    assert isinstance(channel.send(text_to_ada(now=now()), now=now()), Accepted)


def test_wrong_credentials_are_our_fault_and_not_the_numbers(vendor: SmsVendor) -> None:
    answer = channel_to(vendor.address, token="wrong").send(text_to_ada(now=now()), now=now())
    assert answer == Refused(code="20003", permanent=False, why=Why.OURS)


def test_a_refused_connection_never_left() -> None:
    with pytest.raises(NeverLeft, match="ConnectionError"):
        channel_to(f"http://127.0.0.1:{closed_port()}").send(text_to_ada(now=now()), now=now())


def test_a_name_that_does_not_resolve_never_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NeverLeft):
        channel_to("https://vendor.invalid").send(text_to_ada(now=now()), now=now())


def test_a_line_that_agrees_on_no_encryption_never_left(vendor: SmsVendor, ledger: Path) -> None:
    encrypted = vendor.address.replace("http://", "https://")
    with pytest.raises(NeverLeft):
        channel_to(encrypted).send(text_to_ada(now=now()), now=now())
    assert taken(ledger) == []


def test_a_lost_answer_names_neither_number_nor_address(channel: TwilioSms, ledger: Path) -> None:
    order_fates(ledger, "drops_after")
    with pytest.raises(AnswerLost) as lost:
        channel.send(text_to_ada(now=now()), now=now())
    assert str(lost.value) == "ConnectionError"
    assert lost.value.__cause__ is None


def test_a_text_in_the_vendors_queue_is_found_though_it_was_not_sent_yet(
    channel: TwilioSms, ledger: Path
) -> None:
    order_fates(ledger, "drops_after+queued")
    sendable, since = text_to_ada(now=now()), now()
    with pytest.raises(AnswerLost):
        channel.send(sendable, now=now())
    assert Ledger(ledger).entries("status") == []
    assert channel.look_up(sendable, since=since) == Accepted(vendor_id=taken(ledger)[0].vendor_id)


def test_a_look_up_does_not_take_another_text_for_this_one(channel: TwilioSms, ledger: Path) -> None:
    earlier = channel.send(text_to_ada("case:54:nudge", now=now()), now=now())
    assert isinstance(earlier, Accepted)
    order_fates(ledger, "drops_before")
    sendable, since = text_to_ada("case:55:nudge", now=now()), now()
    with pytest.raises(AnswerLost):
        channel.send(sendable, now=now())
    assert channel.look_up(sendable, since=since, known_ids=[earlier.vendor_id]) is None
    assert channel.look_up(sendable, since=since) == earlier, "in doubt it was taken"
    assert channel.look_up(sendable, since=since + timedelta(hours=1)) is None
    assert channel.look_up(text_to_ada(body="another"), since=since) is None
    assert channel.look_up(text_to_ada(to="+12125550199"), since=since) is None


def test_a_look_up_that_fails_cannot_tell(vendor: SmsVendor) -> None:
    unreachable = channel_to(f"http://127.0.0.1:{closed_port()}")
    unknown = channel_to(vendor.address, token="wrong")
    for channel in (unreachable, unknown):
        with pytest.raises(CannotTell):
            channel.look_up(text_to_ada(now=now()), since=now())


def test_a_list_too_long_to_read_cannot_tell(
    channel: TwilioSms, vendor: SmsVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rejoin.outreach.channels.sms_twilio._LOOKED_THROUGH", 3)
    for number in range(4):
        vendor.take({"To": ADA, "Body": f"text {number}"}, read_fate("well+queued"))
    with pytest.raises(CannotTell, match="more messages"):
        channel.look_up(text_to_ada(now=now()), since=now())


def test_an_expired_text_is_not_sent(channel: TwilioSms, ledger: Path) -> None:
    sendable = text_to_ada(now=now())
    answer = channel.send(sendable, now=sendable.valid_until)
    assert answer == Refused(code="expired", permanent=True, why=Why.EXPIRED)
    assert Ledger(ledger).entries("met") == []


def test_the_account_does_not_show_its_token() -> None:
    assert "secret" not in repr(TwilioAccount(account_sid="AC1", auth_token="secret"))


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("https://example.org/hook", {"key": ["a:1+2&3"]}),
        ("https://example.org/hook?site=4&key=old", {"site": ["4"], "key": ["a:1+2&3"]}),
    ],
)
def test_the_callback_carries_the_key_whatever_is_in_it(url: str, query: dict[str, list[str]]) -> None:
    called = callback_with_key(url, "a:1+2&3")
    assert called is not None
    assert parse_qs(urlsplit(called).query) == query
    assert callback_with_key(None, "k") is None


def test_a_code_that_nobody_knows_says_nothing_of_the_number() -> None:
    assert refusal_of("99999") == Refused(code="99999", permanent=True, why=Why.OTHER)
