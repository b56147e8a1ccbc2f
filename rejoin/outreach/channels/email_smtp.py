"""E-mail through Django's mail API: SMTP, or a mail service by setting EMAIL_BACKEND to one of Anymail's."""

import smtplib
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Final

from anymail.exceptions import AnymailError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from rejoin.outreach.channels.mail_faults import fault_of_opening, fault_of_sending
from rejoin.outreach.channels.port import Accepted, CannotTell, Refused, Sendable, Why, refuse_late

# RFC 3834, 5: nobody's out-of-office answers it. The rest asks servers for no receipts of their own.
_HEADERS: Final = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class Email:
    """Sends one message to one address from a neutral one.

    `connect` makes a connection of the configured backend, with its own time-outs (EMAIL_TIMEOUT).
    """

    def __init__(self, *, from_email: str, connect: Callable[[], BaseEmailBackend] = get_connection) -> None:
        self._from_email = from_email
        self._connect = connect

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        """One e-mail with a Message-ID made from the key; that, or the service's id, is the vendor's id.

        A line that breaks before the message was offered is `NeverLeft`; one that breaks between the offer
        and the server's reply is `AnswerLost`; what the server says no to is refused.
        """
        late = refuse_late(sendable, now)
        if late:
            return late
        connection = self._connect()
        try:
            return _fault_of_opening(connection) or self._offer(sendable, connection)
        finally:
            # What was taken stays taken, however the goodbye goes; a line that half stood is closed as well.
            with suppress(OSError, smtplib.SMTPException):
                connection.close()

    def look_up(
        self,
        sendable: Sendable,  # noqa: ARG002 - the port's shape
        *,
        since: datetime,  # noqa: ARG002
        known_ids: Collection[str] = (),  # noqa: ARG002
    ) -> Accepted | None:
        """A mail server does not tell what it took."""
        raise CannotTell("e-mail has no look-up")

    def _offer(self, sendable: Sendable, connection: BaseEmailBackend) -> Accepted | Refused:
        message_id = message_id_of(sendable.key, self._from_email)
        message = EmailMessage(
            subject=sendable.subject,
            body=sendable.body,
            from_email=self._from_email,
            to=[sendable.to],
            headers={"Message-ID": message_id, **_HEADERS},
            connection=connection,
        )
        try:
            taken = message.send()
        except (OSError, ValueError, AnymailError) as error:
            return fault_of_sending(error)
        if not taken:
            return Refused(code="nothing-sent", permanent=True, why=Why.GONE)
        status = getattr(message, "anymail_status", None)
        return Accepted(vendor_id=str(getattr(status, "message_id", None) or message_id))


def _fault_of_opening(connection: BaseEmailBackend) -> Refused | None:
    try:
        connection.open()
    except (OSError, AnymailError) as error:
        return fault_of_opening(error)
    return None


def message_id_of(key: str, from_email: str) -> str:
    """The Message-ID of a key: the same for the same key, and the key cannot be read from it (RFC 5322, 3.6.4)."""
    domain = from_email.rpartition("@")[2].strip(" >") or "localhost"
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"
