"""The webhooks of the fake text vendor: signed as Twilio signs, and twice, late, out of order or forged on request."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from rejoin.fakes.fates import Fate
from rejoin.fakes.ledger import Entry, Ledger

_FORGED: Final = "Zm9yZ2VkIGJ5IG5vYm9keQ=="
_ANSWER_WITHIN_SECONDS: Final = 15.0  # Twilio waits as long for a webhook
STATUSES: Final = ("sent", "delivered")
"""What is told of a text that goes well."""
_LOCAL: Final = ("127.0.0.1", "localhost")


class Callbacks:
    """Tells webhooks from threads of its own. A fake never calls anything but this machine."""

    def __init__(self, ledger: Ledger, token: str, *, late_by: float) -> None:
        self._ledger = ledger
        self._validator = RequestValidator(token)
        self._late_by = late_by

    def told_of(self, vendor_id: str) -> set[str]:
        """The statuses of a text of which a webhook went out; a forged one is not told by the vendor."""
        entries = self._ledger.entries("webhook", vendor_id=vendor_id)
        return {each.body for each in entries if each.detail != "401"}

    def tell_statuses(self, entry: Entry, account_sid: str, fate: Fate) -> None:
        """A text is sent, then delivered or not; each is written down and then told, unless it was before."""
        if "queued" in fate.webhooks:
            return
        threading.Thread(target=self._statuses, args=(entry, account_sid, fate), daemon=True).start()

    def tell_inbound(self, url: str, fields: Mapping[str, str], fate: Fate) -> None:
        """A text from outside."""
        self._tell(url, [dict(fields)], fate, lie={**fields, "Body": "STOP"})

    def _statuses(self, entry: Entry, account_sid: str, fate: Fate) -> None:
        url = _callback_of(entry)
        failed = fate.webhooks.get("undelivered")
        ending = {"MessageStatus": "delivered"} if failed is None else _undelivered(failed)
        common = {
            "MessageSid": entry.vendor_id,
            "SmsSid": entry.vendor_id,
            "AccountSid": account_sid,
            "To": entry.address,
        }
        known = {each.body for each in self._ledger.entries("status", vendor_id=entry.vendor_id)}
        told = self.told_of(entry.vendor_id)
        to_tell = []
        for change in ({"MessageStatus": "sent"}, ending):
            status = change["MessageStatus"]
            if status not in known:
                self._ledger.record(
                    "status", vendor_id=entry.vendor_id, body=status, detail=change.get("ErrorCode", "")
                )
            if status not in told:
                to_tell.append({**common, **change})
        if url:
            self._tell(url, to_tell, fate, lie={**common, **_undelivered("30005")})

    def _tell(self, url: str, told: list[dict[str, str]], fate: Fate, *, lie: Mapping[str, str]) -> None:
        if "silent" in fate.webhooks:
            for fields in told:
                self._note(url, fields, "silent")
            return
        calls = list(self._calls(url, told, fate, lie))
        if "late" in fate.webhooks:
            timer = threading.Timer(self._late_by, _run, [calls])
            timer.daemon = True
            timer.start()
        else:
            _run(calls)

    def _calls(
        self, url: str, told: list[dict[str, str]], fate: Fate, lie: Mapping[str, str]
    ) -> Iterator[Callable[[], None]]:
        if "forged" in fate.webhooks:
            yield lambda: self._post(url, lie, _FORGED)
        for fields in reversed(told) if "reordered" in fate.webhooks else told:
            signature = str(self._validator.compute_signature(url, fields))
            for _ in range(2 if "duplicated" in fate.webhooks else 1):
                yield lambda fields=fields, signature=signature: self._post(url, fields, signature)  # type: ignore[misc]

    def _post(self, url: str, fields: Mapping[str, str], signature: str) -> None:
        parts = urlsplit(url)
        outcome = "not this machine"
        if parts.hostname in _LOCAL:
            outcome = _call(url, fields, signature)
        self._note(url, fields, outcome)

    def _note(self, url: str, fields: Mapping[str, str], outcome: str) -> None:
        self._ledger.record(
            "webhook",
            vendor_id=fields["MessageSid"],
            address=url,
            body=fields.get("MessageStatus", "received"),
            detail=outcome,
        )


def _call(url: str, fields: Mapping[str, str], signature: str) -> str:
    """The status of the answer, or the name of what went wrong."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_ANSWER_WITHIN_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    try:
        connection.request("POST", parts._replace(scheme="", netloc="").geturl(), urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException) as error:
        return type(error).__name__
    else:
        return str(answer.status)
    finally:
        connection.close()


def _run(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        call()


def _callback_of(entry: Entry) -> str:
    return str(json.loads(entry.detail)["callback"])


def _undelivered(code: str) -> dict[str, str]:
    return {"MessageStatus": "undelivered", "ErrorCode": code or "30003"}
