"""What went wrong with an e-mail: a refusal, or a lost answer. SMTP's replies, and mail services by Anymail."""

import smtplib
from collections.abc import Mapping
from typing import Final

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from urllib3.exceptions import NewConnectionError

from rejoin.outreach.channels.port import AnswerLost, NeverLeft, Refused, Why

# RFC 5321, 4.2.1: 4yz is "not now", 5yz is "not ever".
_FOR_GOOD: Final = 500
# RFC 5321, 4.2.3: about the mailbox itself, in answer to RCPT.
_NO_SUCH_BOX: Final = frozenset({550, 551, 553})
_NOT_TAKEN_FOR_NOW: Final = Refused(code="smtp-not-now", permanent=False, why=Why.BUSY)


def fault_of_opening(error: Exception) -> Refused:
    """Before a message was offered: a refusal of ours, or `NeverLeft`."""
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError):
        return Refused(code=_smtp(error), permanent=False, why=Why.OURS)
    raise NeverLeft(type(error).__name__) from None


def fault_of_sending(error: Exception) -> Refused:
    """Once a message was offered: what was refused by a reply is refused; everything else is `AnswerLost`."""
    if isinstance(error, AnymailError):
        return _fault_of_service(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _recipient(error.recipients)
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPHeloError):
        return Refused(code=_smtp(error), permanent=False, why=Why.OURS)
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code)
    if isinstance(error, ValueError | smtplib.SMTPNotSupportedError):  # no address, or a line break in one
        return Refused(code="not-an-address", permanent=True, why=Why.GONE)
    raise AnswerLost(type(error).__name__) from None


def _smtp(error: Exception) -> str:
    return f"smtp-{getattr(error, 'smtp_code', 'unsupported')}"


def _reply(code: int) -> Refused:
    """A reply to the message itself (DATA). -1 is smtplib's word for no reply at all."""
    if code < 400:
        raise AnswerLost("SMTPResponseException")
    permanent = code >= _FOR_GOOD
    return Refused(code=f"smtp-{code}", permanent=permanent, why=Why.WORDING if permanent else Why.BUSY)


def _recipient(refused: Mapping[str, tuple[int, bytes]]) -> Refused:
    codes = [code for code, _ in refused.values()]
    if not codes:
        return _NOT_TAKEN_FOR_NOW
    code = codes[0]
    if code < _FOR_GOOD:
        return Refused(code=f"smtp-{code}", permanent=False, why=Why.BUSY)
    why = Why.GONE if code in _NO_SUCH_BOX else Why.OTHER
    return Refused(code=f"smtp-{code}", permanent=True, why=why)


def _fault_of_service(error: AnymailError) -> Refused:
    """A mail service's API. Anymail's connection is not ours, so only plain cases count as never left."""
    if isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress):
        return Refused(code="service-recipient", permanent=True, why=Why.GONE)
    if not isinstance(error, AnymailAPIError):  # refused by Anymail itself, before any request
        return Refused(code="service-settings", permanent=False, why=Why.OURS)
    status = error.status_code
    if status is None:
        raise _never_left(error) or AnswerLost("service-line") from None
    if not 400 <= status < 500 or status == 408:
        raise AnswerLost(f"http-{status}") from None
    if status == 429:
        return Refused(code="http-429", permanent=False, why=Why.BUSY)
    if status in (401, 403, 404):
        return Refused(code=f"http-{status}", permanent=False, why=Why.OURS)
    return Refused(code=f"http-{status}", permanent=True)


def _never_left(error: AnymailError) -> NeverLeft | None:
    """A line that certainly never stood: the time-out of connecting, or a name or port that is not there."""
    if isinstance(error, requests.ConnectTimeout):
        return NeverLeft("ConnectTimeout")
    causes = error.__cause__.args if error.__cause__ else ()
    reason = getattr(causes[0], "reason", None) if causes else None
    if isinstance(reason, NewConnectionError):  # a name that does not resolve is one, too
        return NeverLeft(type(reason).__name__)
    return None
