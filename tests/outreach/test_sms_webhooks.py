"""What the vendor tells us: believed only when signed, whatever order it comes in, however often."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from rejoin.fakes.fates import read_fate
from rejoin.fakes.ledger import order_fates
from rejoin.fakes.serving import Setting, running
from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, Account, SmsVendor
from rejoin.outreach.channels.port import Accepted
from rejoin.outreach.channels.sms_twilio import TwilioAccount, TwilioSms
from rejoin.outreach.channels.sms_webhooks import (
    Delivery,
    Inbound,
    Malformed,
    StatusReport,
    is_news,
    is_signed,
    read_inbound,
    read_status_report,
)
from tests.outreach.messages import ADA, text_to_ada
from tests.outreach.receiving import Call, Receiver, receiving

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SID = "SM" + "0123456789abcdef" * 2
URL = "https://rejoin.example.org/hooks/sms?key=case%3A55"
SENT = {"MessageSid": SID, "MessageStatus": "sent"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def telling_vendor(ledger: Path, receiver: Receiver) -> Iterator[SmsVendor]:
    account = Account(inbound_url=receiver.url, late_by=0.2)
    with running(SmsVendor(Setting(ledger=ledger), account)) as server:
        assert isinstance(server, SmsVendor)
        yield server


def send_to_ada(vendor: SmsVendor, receiver: Receiver, key: str = "case:55:nudge") -> Accepted:
    now = datetime.now(UTC)
    channel = TwilioSms(
        TwilioAccount(
            account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, from_number=OUR_NUMBER, api_base=vendor.address
        )
    )
    answer = channel.send(text_to_ada(key, callback_url=receiver.url, now=now), now=now)
    assert isinstance(answer, Accepted)
    return answer


def believed(calls: list[Call]) -> list[StatusReport]:
    return [
        read_status_report(call.params, call.query)
        for call in calls
        if is_signed(call.url, call.params, call.signature, AUTH_TOKEN)
    ]


def test_a_text_is_reported_sent_and_delivered_with_our_key(
    telling_vendor: SmsVendor, receiver: Receiver
) -> None:
    answer = send_to_ada(telling_vendor, receiver)
    assert believed(receiver.wait_for(2)) == [
        StatusReport(vendor_id=answer.vendor_id, key="case:55:nudge", status=status, error=None)
        for status in (Delivery.SENT, Delivery.DELIVERED)
    ]


@pytest.mark.parametrize(
    ("fate", "calls", "moves"),
    [
        ("well+duplicated", 4, [Delivery.SENT, Delivery.DELIVERED]),
        ("well+reordered", 2, [Delivery.DELIVERED]),
        ("well+late", 2, [Delivery.SENT, Delivery.DELIVERED]),
        ("well+forged", 3, [Delivery.SENT, Delivery.DELIVERED]),
        ("well+forged+reordered+duplicated", 5, [Delivery.DELIVERED]),
        ("well+undelivered:30005", 2, [Delivery.SENT, Delivery.FAILED]),
    ],
)
def test_webhooks_twice_late_out_of_order_and_forged_move_a_text_once(
    telling_vendor: SmsVendor,
    receiver: Receiver,
    ledger: Path,
    fate: str,
    calls: int,
    moves: list[Delivery],
) -> None:
    order_fates(ledger, fate)
    send_to_ada(telling_vendor, receiver)
    moved: list[Delivery] = []
    for report in believed(receiver.wait_for(calls)):
        if is_news(moved[-1] if moved else None, report.status):
            moved.append(report.status)
    assert moved == moves


def test_a_lost_answer_is_resolved_by_the_key_of_a_webhook(
    telling_vendor: SmsVendor, receiver: Receiver, ledger: Path
) -> None:
    order_fates(ledger, "drops_after")
    with pytest.raises(Exception, match="ConnectionError"):
        send_to_ada(telling_vendor, receiver, "case:77:nudge")
    assert {report.key for report in believed(receiver.wait_for(2))} == {"case:77:nudge"}


def test_a_silent_vendor_tells_nothing(telling_vendor: SmsVendor, receiver: Receiver, ledger: Path) -> None:
    order_fates(ledger, "well+silent", "well")
    send_to_ada(telling_vendor, receiver, "silent")
    send_to_ada(telling_vendor, receiver, "told")
    assert {report.key for report in believed(receiver.wait_for(2))} == {"told"}


def test_an_undelivered_text_carries_the_vendors_code(
    telling_vendor: SmsVendor, receiver: Receiver, ledger: Path
) -> None:
    order_fates(ledger, "well+undelivered:30003")
    send_to_ada(telling_vendor, receiver)
    assert [report.error for report in believed(receiver.wait_for(2))] == [None, "30003"]


def test_what_a_patient_texts_comes_in_signed_and_a_lie_about_it_does_not(
    telling_vendor: SmsVendor, receiver: Receiver
) -> None:
    vendor_id = telling_vendor.receive(ADA, "I overslept, sorry ¿aún puedo?", read_fate("well+forged"))
    calls = receiver.wait_for(2)
    signed = [call for call in calls if is_signed(call.url, call.params, call.signature, AUTH_TOKEN)]
    assert [read_inbound(call.params) for call in signed] == [
        Inbound(vendor_id=vendor_id, from_number=ADA, body="I overslept, sorry ¿aún puedo?")
    ]


def test_a_signature_holds_for_one_address_one_form_and_one_token() -> None:
    signature = RequestValidator("token").compute_signature(URL, SENT)
    assert is_signed(URL, SENT, signature, "token")
    assert is_signed(URL, QueryDict(f"MessageSid={SID}&MessageStatus=sent"), signature, "token")
    assert not is_signed(URL + "&x=1", SENT, signature, "token")
    assert not is_signed(URL, {**SENT, "MessageStatus": "delivered"}, signature, "token")
    assert not is_signed(URL, SENT, signature, "another")


@pytest.mark.parametrize("signature", [None, "", "nonsense", "é", "=" * 28])
def test_what_is_not_signed_is_not_believed(signature: str | None) -> None:
    assert not is_signed(URL, SENT, signature, "token")


def test_an_empty_token_signs_nothing() -> None:
    signature = RequestValidator("").compute_signature(URL, SENT)
    assert not is_signed(URL, SENT, signature, "")


@pytest.mark.parametrize("url", ["http://[", "http://host:99999999/", "http://h/\ud800", ""])
def test_an_odd_address_is_unsigned_and_never_an_error(url: str) -> None:
    assert not is_signed(url, SENT, "c2lnbmF0dXJl", "token")


@pytest.mark.parametrize(
    ("params", "query", "field"),
    [
        ({}, {}, "MessageStatus"),
        ({"MessageStatus": "sent"}, {}, "MessageSid"),
        ({"MessageStatus": "sent", "MessageSid": "SM12"}, {}, "MessageSid"),
        ({"MessageStatus": "sent", "MessageSid": SID + "\n"}, {}, "MessageSid"),
        ({**SENT, "MessageStatus": "x" * 41}, {}, "MessageStatus"),
        ({**SENT, "ErrorCode": "DROP TABLE"}, {}, "ErrorCode"),
        ({**SENT, "ErrorCode": "1234567"}, {}, "ErrorCode"),
        (SENT, {"key": "k" * 121}, "key"),
        (SENT, {"key": "a\0b"}, "key"),
    ],
)
def test_a_malformed_status_report_is_refused_by_its_field(
    params: dict[str, str], query: dict[str, str], field: str
) -> None:
    with pytest.raises(Malformed, match=f"^{field}$"):
        read_status_report(params, query)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"MessageSid": SID}, "From"),
        ({"From": ADA}, "MessageSid"),
        ({"MessageSid": SID, "From": "+1" * 21}, "From"),
        ({"MessageSid": SID, "From": ADA, "Body": "x" * 4097}, "Body"),
    ],
)
def test_a_malformed_text_from_outside_is_refused_by_its_field(params: dict[str, str], field: str) -> None:
    with pytest.raises(Malformed, match=f"^{field}$"):
        read_inbound(params)


def test_a_text_from_outside_is_what_a_database_can_keep() -> None:
    params = {"SmsSid": SID, "From": ADA, "Body": "a\0b\ud83d"}
    assert read_inbound(params) == Inbound(vendor_id=SID, from_number=ADA, body="ab?")
    assert read_inbound({"MessageSid": SID, "From": ADA}).body == ""


@given(
    st.dictionaries(st.sampled_from(["MessageSid", "MessageStatus", "ErrorCode", "From", "Body"]), st.text())
)
def test_nothing_that_comes_in_breaks_the_reading(params: dict[str, str]) -> None:
    for read in (read_inbound, lambda given: read_status_report(given, given)):
        try:
            read(params)
        except Malformed:
            continue
    assert not is_signed("https://rejoin.example.org/hooks", params, params.get("Body"), "token")


@pytest.mark.parametrize(
    ("status", "delivery"),
    [
        ("accepted", Delivery.ON_ITS_WAY),
        ("Queued", Delivery.ON_ITS_WAY),
        ("read", Delivery.DELIVERED),
        ("canceled", Delivery.FAILED),
        ("teleported", Delivery.UNKNOWN),
    ],
)
def test_the_vendors_words_are_read_and_new_ones_are_unknown(status: str, delivery: Delivery) -> None:
    assert read_status_report({**SENT, "MessageStatus": status}, {}).status is delivery


def test_what_was_delivered_stays_delivered() -> None:
    assert is_news(None, Delivery.ON_ITS_WAY)
    assert is_news(Delivery.FAILED, Delivery.DELIVERED)
    assert not is_news(Delivery.DELIVERED, Delivery.FAILED)
    assert not is_news(Delivery.SENT, Delivery.SENT)
    assert not is_news(Delivery.DELIVERED, Delivery.UNKNOWN)
