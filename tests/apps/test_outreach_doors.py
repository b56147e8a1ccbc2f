"""The door for what vendors tell us: whatever a body is, it comes in once or is counted and turned away."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from rejoin.common.models import Refused
from rejoin.config.env import Twilio
from rejoin.outreach.inbox import read_deliveries
from rejoin.outreach.models import Reply, VendorDelivery
from tests.apps.scene import START, Scene

pytestmark = pytest.mark.django_db
BASE = "https://rejoin.example.org"
TOKEN = "a token that nobody else knows"
FORM = "application/x-www-form-urlencoded"
SID = f"SM{1:032x}"
TEXT = {"MessageSid": SID, "From": "+12025550101", "Body": "late"}


@pytest.fixture(autouse=True)
def _vendor(settings: Settings) -> None:
    Scene()
    account = Twilio(
        account_sid=f"AC{1:032x}", auth_token=TOKEN, messaging_service=None, sender="+12025550100"
    )
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, twilio=account)
    settings.BASE_URL = BASE


def post(client: Client, kind: str, params: Mapping[str, str], *, signed: bool = True) -> int:
    path = f"/hooks/sms/{kind}"
    signature = RequestValidator(TOKEN).compute_signature(f"{BASE}{path}", params) if signed else "no"
    return client.post(
        path, urlencode(params), content_type=FORM, headers={"X-Twilio-Signature": signature}
    ).status_code


def refused() -> dict[str, int]:
    return dict(Refused.objects.filter(door="outreach.sms").values_list("reason", "count"))


def test_who_signs_comes_in_once_and_who_does_not_is_counted(client: Client) -> None:
    assert [post(client, "inbound", TEXT) for _ in range(2)] == [204, 204]
    assert post(client, "inbound", TEXT, signed=False) == 401
    assert (VendorDelivery.objects.count(), refused()) == (1, {"signature": 1})
    assert VendorDelivery.objects.get().event_id == f"inbound:{SID}:"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"Body=stop", f"{FORM}; charset=utf-16"),
        (b"Body=stop", "multipart/form-data"),
        (b"Body=stop", "multipart/form-data; boundary="),
        (
            b"--x\r\nContent-Disposition: form-data; name=Body\r\n\r\nstop",
            "multipart/form-data; boundary=\xff",
        ),
        ("&".join(f"f{number}=x" for number in range(2000)).encode(), FORM),
    ],
    ids=["another encoding", "no boundary", "an empty boundary", "an odd boundary", "too many fields"],
)
@pytest.mark.parametrize("kind", ["inbound", "status"])
def test_what_is_no_form_is_counted_and_turned_away(
    client: Client, kind: str, body: bytes, content_type: str
) -> None:
    assert client.post(f"/hooks/sms/{kind}", body, content_type=content_type).status_code == 400
    assert refused() == {"malformed": 1}
    assert not VendorDelivery.objects.exists()


def test_too_many_fields_in_the_address_are_counted_as_well(client: Client) -> None:
    query = "&".join(f"f{number}=x" for number in range(2000))
    assert client.post(f"/hooks/sms/inbound?{query}", b"Body=x", content_type=FORM).status_code == 400
    assert refused() == {"malformed": 1}


@pytest.mark.parametrize("length", ["", "x", "-1", "²", "9" * 5000, str(64 * 1024 + 1)])
def test_a_body_of_no_known_or_too_great_a_length_is_counted(client: Client, length: str) -> None:
    given: dict[str, Any] = {"CONTENT_LENGTH": length}
    assert client.generic("POST", "/hooks/sms/inbound", b"", FORM, **given).status_code == 413
    assert refused() == {"oversize": 1}


@pytest.mark.parametrize("kind", ["inbound", "status"])
@pytest.mark.parametrize("field", ["MessageSid", "SmsSid", "MessageStatus", "From", "Body"])
@pytest.mark.parametrize("odd", ["\0", "SM\0", "é" * 200, "x" * 500, "\u2028"])
def test_whatever_is_signed_is_kept(client: Client, kind: str, field: str, odd: str) -> None:
    told = {"MessageStatus": "sent", **TEXT, field: odd}
    if field == "SmsSid":
        del told["MessageSid"]
    assert [post(client, kind, told) for _ in range(2)] == [204, 204]
    kept = VendorDelivery.objects.get()
    assert json.loads(bytes(kept.body))["params"] == told
    read_deliveries(now=START)
    kept.refresh_from_db()
    assert kept.read_at is not None or kept.error == "unreadable"


def test_two_long_names_that_begin_alike_are_two_deliveries(client: Client) -> None:
    for end in "ab":
        assert post(client, "inbound", {**TEXT, "MessageSid": "x" * 200 + end}) == 204
    assert VendorDelivery.objects.count() == 2
    assert not Reply.objects.exists()
