"""One request, and whether it left: told apart by whether a line ever stood."""

from pathlib import Path
from time import monotonic

import pytest
from requests.exceptions import InvalidSchema

from rejoin.fakes.ledger import Ledger, order_fates
from rejoin.fakes.sms_vendor import SmsVendor
from rejoin.outreach.channels.line import one_request
from rejoin.outreach.channels.port import NeverLeft
from tests.outreach.messages import closed_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_an_answer_comes_through(vendor: SmsVendor) -> None:
    with one_request() as session:
        assert session.get(vendor.address, timeout=5).status_code == 404


def test_a_line_that_stands_too_late_is_not_used(vendor: SmsVendor, ledger: Path) -> None:
    with pytest.raises(NeverLeft), one_request(leave_by=monotonic() - 1) as session:
        session.post(f"{vendor.address}/_control/fates", json={"fates": ["late"]}, timeout=5)
    assert Ledger(ledger).entries() == []


def test_through_a_proxy_it_is_known_too(vendor: SmsVendor, ledger: Path) -> None:
    order_fates(ledger, "drops_after")
    behind = {"http": vendor.address}
    with pytest.raises(NeverLeft), one_request() as session:
        session.get(
            "http://vendor.invalid/", proxies={"http": f"http://127.0.0.1:{closed_port()}"}, timeout=5
        )
    with one_request() as session:
        assert session.get("http://vendor.invalid/", proxies=behind, timeout=5).status_code == 404


def test_a_proxy_that_cannot_tell_is_not_used() -> None:
    with pytest.raises(NeverLeft, match=InvalidSchema.__name__), one_request() as session:
        session.get("http://vendor.invalid/", proxies={"http": "socks5://127.0.0.1:1"}, timeout=5)
