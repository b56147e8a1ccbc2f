"""Text messages through Twilio's own SDK."""

import math
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from requests import Session
from twilio.base.exceptions import TwilioException
from twilio.http.response import Response
from twilio.rest import Client

from rejoin.outreach.channels.line import one_request
from rejoin.outreach.channels.port import (
    Accepted,
    AnswerLost,
    CannotTell,
    NeverLeft,
    Refused,
    Sendable,
    Why,
    refuse_late,
)
from rejoin.outreach.channels.sms_codes import refusal_of

API_BASE: Final = "https://api.twilio.com"
KEY_PARAMETER: Final = "key"
"""The name under which our key comes back with a status report."""

# E.164: a plus, a country that does not begin with 0, at most fifteen digits.
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# https://www.twilio.com/docs/messaging/api/message-resource : ValidityPeriod, seconds.
_LONGEST_VALIDITY_SECONDS: Final = 36_000
# The vendor's clock and ours, and its whole seconds.
_CLOCKS_DIFFER_BY: Final = timedelta(minutes=2)
# One page of the API, and far more than one number gets; a longer list gives no certain answer.
_LOOKED_THROUGH: Final = 1_000
# What the SDK raises over an answer that is not what the API promises.
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Whose account, which sender (a number or a messaging service), and how long we wait (seconds)."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str | None = None
    messaging_service_sid: str | None = None
    api_base: str = API_BASE
    connect_within: float = 5.0
    answer_within: float = 20.0


class TwilioSms:
    """Sends texts; knows what Twilio took."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        """One text. A status callback carries our key as `?key=`.

        4xx is a refusal: the request was read and not done, 429 included. 5xx, 408, a redirect, a broken
        line and an answer that cannot be read are `AnswerLost`.
        """
        refusal = refuse_late(sendable, now) or _refuse_number(sendable.to)
        if refusal:
            return refusal
        with self._api(leave_by=sendable.leave_by) as api:
            try:
                message = api.client.messages.create(**self._fields(sendable, now))
            except TwilioException as error:
                return _judge(api.last_status, getattr(error, "code", None))
            except _UNREADABLE:
                raise AnswerLost("unreadable answer") from None
        if not message.sid:
            raise AnswerLost("answer without an id")
        return Accepted(vendor_id=message.sid)

    def look_up(
        self, sendable: Sendable, *, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        """Searches what Twilio took for this number: the exact body, made at or after `since`.

        The vendor does not give our key back here, so two equal bodies to one number are told apart only
        by `since` and `known_ids`; in doubt it was taken. First by date of sending, which is quick; then
        through all of them, because what is still in the vendor's queue has no such date.
        """
        earliest = since.astimezone(UTC) - _CLOCKS_DIFFER_BY
        try:
            with self._api() as api:
                sent = api.list_messages(to=sendable.to, date_sent_after=earliest)
                found = _find(sent, sendable.body, earliest, known_ids)
                if found:
                    return found
                every = api.list_messages(to=sendable.to)
                found = _find(every, sendable.body, earliest, known_ids)
        except (NeverLeft, AnswerLost) as error:
            raise CannotTell(f"the look-up failed: {error}") from None
        except (TwilioException, *_UNREADABLE):
            raise CannotTell("the look-up was not answered") from None
        if found is None and len(every) >= _LOOKED_THROUGH:
            raise CannotTell("more messages than are looked through")
        return found

    def _fields(self, sendable: Sendable, now: datetime) -> dict[str, object]:
        account = self._account
        left = int((sendable.valid_until - now).total_seconds())
        fields: dict[str, object | None] = {
            "to": sendable.to,
            "body": sendable.body,
            "from_": account.from_number,
            "messaging_service_sid": account.messaging_service_sid,
            "validity_period": max(1, min(left, _LONGEST_VALIDITY_SECONDS)),
            "status_callback": callback_with_key(sendable.callback_url, sendable.key),
        }
        return {name: value for name, value in fields.items() if value is not None}

    @contextmanager
    def _api(self, *, leave_by: float = math.inf) -> Iterator["_Api"]:
        with one_request(leave_by=leave_by) as session:
            yield _Api(self._account, session)


class _Api:
    """The SDK's client over a session of ours, and the status of the last answer.

    It is to the SDK what its own `HttpClient` is: our session tells what left, waits no longer than we say,
    and speaks to `api_base`, wherever that is.
    """

    is_async = False

    def __init__(self, account: TwilioAccount, session: Session) -> None:
        self._account = account
        self._session = session
        self.last_status = 0
        self.client = Client(
            account.account_sid,
            account.auth_token,
            http_client=self,
            environment={"TWILIO_EDGE": ""},  # not empty: else it reads the process's own environment
        )

    def list_messages(self, **filters: object) -> list[Any]:
        """The newest messages first, as the API gives them."""
        return list(self.client.messages.list(limit=_LOOKED_THROUGH, **filters))

    def request(
        self,
        method: str,
        uri: str,
        params: object = None,
        data: object = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_: object,
    ) -> Response:
        answer = self._session.request(
            method,
            uri.replace(API_BASE, self._account.api_base, 1),
            params=params,  # type: ignore[arg-type]
            data=data,  # type: ignore[arg-type]
            headers=headers,
            auth=auth,
            timeout=(self._account.connect_within, self._account.answer_within),
            allow_redirects=False,
        )
        self.last_status = answer.status_code
        return Response(answer.status_code, answer.text, answer.headers)


def callback_with_key(url: str | None, key: str) -> str | None:
    """Our address for status reports, with the key as a query parameter beside those it has."""
    if url is None:
        return None
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != KEY_PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*query, (KEY_PARAMETER, key)])))


def _refuse_number(number: str) -> Refused | None:
    if _E164.fullmatch(number):
        return None
    return Refused(code="not-a-number", permanent=True, why=Why.GONE)


def _judge(status: int, code: object) -> Refused:
    """A refusal, or `AnswerLost` when the answer does not say what became of the request."""
    if not 400 <= status < 500 or status == 408:
        raise AnswerLost(f"http-{status}")
    if isinstance(code, int) and code >= 10_000:
        return refusal_of(str(code))
    if status == 429:
        return Refused(code="http-429", permanent=False, why=Why.BUSY)
    return Refused(
        code=f"http-{status}", permanent=False, why=Why.OURS
    )  # not Twilio's words: something between


def _find(
    messages: Iterable[Any], body: str, earliest: datetime, known_ids: Collection[str]
) -> Accepted | None:
    for each in messages:
        made = each.date_created or each.date_sent
        same = (each.body or "").strip() == body.strip()
        outbound = (each.direction or "outbound").startswith("outbound")
        if same and outbound and made and made >= earliest and each.sid and each.sid not in known_ids:
            return Accepted(vendor_id=each.sid)
    return None
