"""A text vendor on this machine that speaks Twilio's REST API for messages, and signs its webhooks as Twilio does.

`python -m rejoin.fakes.sms_vendor --port 0 --ledger FILE [--inbound-url URL] [--misbehave JSON --seed N]`

Its ledger has "taken" for every text that went out, "status" for where each is, "webhook" for what was told
to whom, "inbound" and "opted_out". POST /_control/inbound {"from", "body"} is a patient who texts;
POST /_control/fates {"fates": ["drops_after", ...]} is an order (`rejoin.fakes.fates`).
"""

import json
import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from rejoin.fakes.fates import Fate, read_fate
from rejoin.fakes.ledger import Entry, Ledger
from rejoin.fakes.serving import Answering, FakeServer, Setting, fake_options, serve, setting_from
from rejoin.fakes.sms_callbacks import STATUSES, Callbacks

ACCOUNT_SID: Final = "AC" + "0" * 32
AUTH_TOKEN: Final = "a token for the fake, and for nothing else"  # noqa: S105
OUR_NUMBER: Final = "+15005550006"

# https://www.twilio.com/docs/iam/test-credentials : numbers that are refused for what they are.
_MAGIC_NUMBERS: Final = {
    "+15005550001": "21211",
    "+15005550002": "21612",
    "+15005550003": "21408",
    "+15005550004": "21610",
    "+15005550009": "21614",
}
# https://help.twilio.com/articles/223134027 : opt-outs that Twilio keeps by itself.
_STOPS: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_STARTS: Final = frozenset({"START", "YES", "UNSTOP"})

_MESSAGES: Final = re.compile(r"/2010-04-01/Accounts/(\w+)/Messages(?:/(\w+))?\.json")
_MOST_PER_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may send, and where texts from outside are told."""

    sid: str = ACCOUNT_SID
    token: str = AUTH_TOKEN
    number: str = OUR_NUMBER
    inbound_url: str | None = None
    late_by: float = 1.0
    """Seconds that a webhook fated to be late is late by."""


class SmsVendor(FakeServer):
    """The vendor. It takes up the webhooks of what it took before it was killed."""

    def __init__(self, setting: Setting, account: Account | None = None) -> None:
        super().__init__(setting, _SmsAnswering)
        self.account = account or Account()
        self.callbacks = Callbacks(self.ledger, self.account.token, late_by=self.account.late_by)
        for entry in self.ledger.entries("taken"):
            if len(self.callbacks.told_of(entry.vendor_id)) < len(STATUSES):
                self.callbacks.tell_statuses(entry, self.account.sid, Fate())

    def take(self, form: Mapping[str, str], fate: Fate) -> Entry:
        """Takes a text: from here on it went out."""
        callback = form.get("StatusCallback", "")
        entry = Entry(
            seq=0,
            at=datetime.now(UTC).isoformat(),
            kind="taken",
            vendor_id="SM" + secrets.token_hex(16),
            key=parse_qs(urlsplit(callback).query).get("key", [""])[0],
            address=form["To"],
            body=form["Body"],
            detail=json.dumps({"callback": callback, "from": form.get("From") or self.account.number}),
        )
        seq = self.ledger.record(
            "taken",
            vendor_id=entry.vendor_id,
            key=entry.key,
            address=entry.address,
            body=entry.body,
            detail=entry.detail,
        )
        entry = replace(entry, seq=seq)
        self.callbacks.tell_statuses(entry, self.account.sid, fate)
        return entry

    def receive(self, number: str, body: str, fate: Fate) -> str:
        """A patient texts us: kept, obeyed where the vendor obeys by itself, and told. The text's id."""
        vendor_id = "SM" + secrets.token_hex(16)
        self.ledger.record("inbound", vendor_id=vendor_id, address=number, body=body)
        said = body.strip().upper()
        if said in _STOPS:
            self.ledger.record("opted_out", address=number)
        elif said in _STARTS:
            self.ledger.record("opted_in", address=number)
        if self.account.inbound_url:
            fields = {
                "MessageSid": vendor_id,
                "SmsSid": vendor_id,
                "AccountSid": self.account.sid,
                "From": number,
                "To": self.account.number,
                "Body": body,
                "NumMedia": "0",
                "NumSegments": "1",
            }
            self.callbacks.tell_inbound(self.account.inbound_url, fields, fate)
        return vendor_id

    def refusal(self, form: Mapping[str, str], fate: Fate) -> tuple[HTTPStatus, str] | None:
        """Why this text is not taken: the answer's status and the vendor's code."""
        if fate.request == "refuse":
            status = HTTPStatus.TOO_MANY_REQUESTS if fate.code == "20429" else HTTPStatus.BAD_REQUEST
            return status, fate.code or "21211"
        number = form.get("To", "")
        if not form.get("Body"):
            return HTTPStatus.BAD_REQUEST, "21602"
        if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            return HTTPStatus.BAD_REQUEST, "21211"
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return HTTPStatus.BAD_REQUEST, "21603"
        if number in _MAGIC_NUMBERS:
            return HTTPStatus.BAD_REQUEST, _MAGIC_NUMBERS[number]
        return (HTTPStatus.BAD_REQUEST, "21610") if _is_opted_out(self.ledger, number) else None


class _SmsAnswering(Answering):
    server: SmsVendor

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        path = urlsplit(self.path).path
        found = _MESSAGES.fullmatch(path)
        if path == "/_control/inbound":
            self._receive()
        elif path == "/_control/fates":
            self._order()
        elif found and found.group(2) is None and self._is_allowed():
            self._send()
        elif not found:
            self._refuse(HTTPStatus.NOT_FOUND, "20404")

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        found = _MESSAGES.fullmatch(urlsplit(self.path).path)
        if not found:
            self._refuse(HTTPStatus.NOT_FOUND, "20404")
        elif self._is_allowed():
            self._fetch(found.group(2)) if found.group(2) else self._list()

    def _send(self) -> None:
        form = self.read_form()
        fate = self.server.next_fate()
        if self.misbehave_before(fate):
            return
        refusal = self.server.refusal(form, fate)
        if refusal:
            self.server.ledger.record("refused", address=form.get("To", ""), detail=refusal[1])
            self._refuse(*refusal)
            return
        entry = self.server.take(form, fate)
        self.answer_as_fated(fate, HTTPStatus.CREATED, self._resource(entry))

    def _list(self) -> None:
        query = self.query
        size = min(int(query.get("PageSize", "50")), _MOST_PER_PAGE)
        start = int(query.get("Page", "0")) * size
        taken = reversed(self.server.ledger.entries("taken"))
        every = [entry for entry in taken if _is_asked(entry, query, self.server.ledger)]
        following = {**query, "Page": str(int(query.get("Page", "0")) + 1), "PageSize": str(size)}
        more = f"{urlsplit(self.path).path}?{urlencode(following)}" if len(every) > start + size else None
        self.answer(
            HTTPStatus.OK,
            {
                "messages": [self._resource(entry) for entry in every[start : start + size]],
                "page": int(query.get("Page", "0")),
                "page_size": size,
                "next_page_uri": more,
                "uri": self.path,
            },
        )

    def _fetch(self, vendor_id: str) -> None:
        found = self.server.ledger.entries("taken", vendor_id=vendor_id)
        if found:
            self.answer(HTTPStatus.OK, self._resource(found[0]))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "20404")

    def _receive(self) -> None:
        asked = json.loads(self.read_body())
        fate = read_fate(asked.get("fate", "well"))
        self.answer(HTTPStatus.OK, {"sid": self.server.receive(asked["from"], asked["body"], fate)})

    def _order(self) -> None:
        fates = [str(fate) for fate in json.loads(self.read_body())["fates"]]
        for fate in fates:
            read_fate(fate)
            self.server.ledger.record("ordered", detail=fate)
        self.answer(HTTPStatus.OK, {"ordered": len(fates)})

    def _is_allowed(self) -> bool:
        """Basic authentication, answered here when it is wrong."""
        account = self.server.account
        if self.headers.get("Authorization") == _basic(account.sid, account.token):
            return True
        self.read_body()
        self._refuse(HTTPStatus.UNAUTHORIZED, "20003")
        return False

    def _refuse(self, status: HTTPStatus, code: str) -> None:
        self.answer(status, {"code": int(code), "message": "refused", "status": int(status)})

    def _resource(self, entry: Entry) -> dict[str, Any]:
        """A message as the API shows it. A text in the queue has no date of sending."""
        statuses = self.server.ledger.entries("status", vendor_id=entry.vendor_id)
        last = statuses[-1] if statuses else None
        return {
            "sid": entry.vendor_id,
            "account_sid": self.server.account.sid,
            "api_version": "2010-04-01",
            "body": entry.body,
            "to": entry.address,
            "from": json.loads(entry.detail)["from"],
            "direction": "outbound-api",
            "status": last.body if last else "queued",
            "error_code": int(last.detail) if last and last.detail else None,
            "num_segments": "1",
            "date_created": _rfc2822(entry.at),
            "date_updated": _rfc2822(last.at if last else entry.at),
            "date_sent": _rfc2822(statuses[0].at) if statuses else None,
            "uri": f"/2010-04-01/Accounts/{self.server.account.sid}/Messages/{entry.vendor_id}.json",
        }


def _is_asked(entry: Entry, query: Mapping[str, str], ledger: Ledger) -> bool:
    """The filters of a list. What has not been sent yet is not found by a date of sending."""
    if query.get("To") not in (None, entry.address):
        return False
    after = query.get("DateSent>")
    if after is None:
        return True
    sent = ledger.entries("status", vendor_id=entry.vendor_id)
    return bool(sent) and datetime.fromisoformat(sent[0].at) >= datetime.fromisoformat(after)


def _is_opted_out(ledger: Ledger, number: str) -> bool:
    said = [
        each for each in ledger.entries() if each.kind in ("opted_out", "opted_in") and each.address == number
    ]
    return bool(said) and said[-1].kind == "opted_out"


def _rfc2822(at: str) -> str:
    return format_datetime(datetime.fromisoformat(at))


def _basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


def main() -> None:
    options = fake_options("A text vendor on this machine, in Twilio's words.")
    options.add_argument("--account", default=ACCOUNT_SID)
    options.add_argument("--token", default=AUTH_TOKEN)
    options.add_argument("--number", default=OUR_NUMBER, help="the number that texts come from")
    options.add_argument("--inbound-url", help="where texts from patients are told")
    options.add_argument("--late-seconds", type=float, default=1.0, help="how late a late webhook is")
    given = options.parse_args()
    account = Account(
        sid=given.account,
        token=given.token,
        number=given.number,
        inbound_url=given.inbound_url,
        late_by=given.late_seconds,
    )
    serve(SmsVendor(setting_from(given), account))


if __name__ == "__main__":
    main()
