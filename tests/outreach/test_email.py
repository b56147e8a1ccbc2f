"""E-mail through Django's own backends to a server that misbehaves, and through a mail service's API."""

import json
import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from anymail.backends.postmark import EmailBackend as Postmark
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as InMemory
from django.core.mail.backends.smtp import EmailBackend as Smtp

from rejoin.fakes.ledger import order_fates, taken, times_taken
from rejoin.fakes.serving import Answering, FakeServer, Setting, running
from rejoin.outreach.channels.email_smtp import Email, message_id_of
from rejoin.outreach.channels.mail_faults import fault_of_opening, fault_of_sending
from rejoin.outreach.channels.port import Accepted, AnswerLost, CannotTell, NeverLeft, Refused, Sendable, Why
from tests.outreach.conftest import HANGS_FOR
from tests.outreach.messages import NOW, PATIENCE, closed_port, patience_for, text_to_ada

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1"])

SENDER = "hello@harborline.example"
MESSAGE_ID = message_id_of("case:55:nudge", SENDER)


def smtp(port: int, *, timeout: float = PATIENCE) -> Callable[[], BaseEmailBackend]:
    return lambda: Smtp(host="127.0.0.1", port=port, timeout=timeout)


def note_to_ada(to: str = "ada@example.org", subject: str = "A note from Harbor Line") -> Sendable:
    return text_to_ada(to=to, subject=subject, body="We missed you today.\n\nCall 212-555-0100.")


@pytest.fixture
def channel(mail_port: int) -> Email:
    return Email(from_email=SENDER, connect=smtp(mail_port))


def test_an_email_goes_out_once_neutral_and_with_an_id_made_from_its_key(
    channel: Email, ledger: Path
) -> None:
    assert channel.send(note_to_ada(), now=NOW) == Accepted(vendor_id=MESSAGE_ID)
    (entry,) = taken(ledger)
    assert (entry.key, entry.address) == (MESSAGE_ID, "ada@example.org")
    assert entry.body == "We missed you today.\n\nCall 212-555-0100."
    assert json.loads(entry.detail) == {"subject": "A note from Harbor Line", "from": SENDER}


def test_the_key_cannot_be_read_from_the_id() -> None:
    assert "55" not in message_id_of("case:55:nudge", SENDER).split("@")[0] or "case" not in MESSAGE_ID
    assert MESSAGE_ID.endswith("@harborline.example>")
    assert message_id_of("k", "Harbor Line <hello@harborline.example>").endswith("@harborline.example>")
    assert message_id_of("k", "nobody").endswith("@nobody>")


@pytest.mark.parametrize(
    ("fate", "went_out"),
    [("hangs_before", 0), ("hangs_after", 1), ("drops_before", 0), ("drops_after", 1)],
)
def test_a_line_that_breaks_once_the_message_was_offered_is_a_lost_answer(
    mail_port: int, ledger: Path, fate: str, went_out: int
) -> None:
    order_fates(ledger, fate)
    channel = Email(from_email=SENDER, connect=smtp(mail_port, timeout=patience_for(fate)))
    with pytest.raises(AnswerLost):
        channel.send(note_to_ada(), now=NOW)
    assert times_taken(ledger, key=MESSAGE_ID) == went_out


@pytest.mark.parametrize(
    ("fate", "permanent", "why"),
    [
        ("refuse:550", True, Why.GONE),
        ("refuse:552", True, Why.OTHER),
        ("refuse:451", False, Why.BUSY),
        ("refuse:554", True, Why.WORDING),
        ("error:421", False, Why.BUSY),
    ],
)
def test_what_a_server_says_no_to_is_refused(
    channel: Email, ledger: Path, fate: str, permanent: bool, why: Why
) -> None:
    order_fates(ledger, fate)
    code = f"smtp-{fate.partition(':')[2]}"
    assert channel.send(note_to_ada(), now=NOW) == Refused(code=code, permanent=permanent, why=why)
    assert taken(ledger) == []


def test_what_was_taken_stays_taken_however_the_goodbye_goes(mail_port: int, ledger: Path) -> None:
    order_fates(ledger, "hangs_at_goodbye")
    connect = smtp(mail_port, timeout=patience_for("hangs_at_goodbye"))
    channel = Email(from_email=SENDER, connect=connect)
    assert isinstance(channel.send(note_to_ada(), now=NOW), Accepted)
    assert times_taken(ledger, key=MESSAGE_ID) == 1


def test_a_server_that_is_not_there_never_got_it() -> None:
    with pytest.raises(NeverLeft):
        Email(from_email=SENDER, connect=smtp(closed_port())).send(note_to_ada(), now=NOW)


def test_a_server_that_will_not_encrypt_never_got_it(mail_port: int) -> None:
    def encrypted() -> BaseEmailBackend:
        return Smtp(host="127.0.0.1", port=mail_port, use_ssl=True, timeout=PATIENCE)

    with pytest.raises(NeverLeft):
        Email(from_email=SENDER, connect=encrypted).send(note_to_ada(), now=NOW)


def test_a_server_without_starttls_is_our_setting_to_mend(mail_port: int) -> None:
    def starting() -> BaseEmailBackend:
        return Smtp(host="127.0.0.1", port=mail_port, use_tls=True, timeout=PATIENCE)

    answer = Email(from_email=SENDER, connect=starting).send(note_to_ada(), now=NOW)
    assert answer == Refused(code="smtp-unsupported", permanent=False, why=Why.OURS)


def test_wrong_credentials_are_our_fault() -> None:
    error = smtplib.SMTPAuthenticationError(535, b"no")
    assert fault_of_opening(error) == Refused(code="smtp-535", permanent=False, why=Why.OURS)


def test_a_sender_that_is_refused_is_our_fault() -> None:
    error = smtplib.SMTPSenderRefused(550, b"no", SENDER)
    assert fault_of_sending(error) == Refused(code="smtp-550", permanent=False, why=Why.OURS)


def test_no_reply_at_all_is_a_lost_answer() -> None:
    for error in (smtplib.SMTPDataError(-1, b""), smtplib.SMTPServerDisconnected("x"), TimeoutError()):
        with pytest.raises(AnswerLost):
            fault_of_sending(error)


def test_a_refusal_that_names_nobody_may_pass_later() -> None:
    assert fault_of_sending(smtplib.SMTPRecipientsRefused({})).permanent is False


@pytest.mark.parametrize("to", ["ada@example.org\nBcc: eve@example.org", "not an address@", ""])
def test_what_is_no_address_is_not_sent(channel: Email, ledger: Path, to: str) -> None:
    answer = channel.send(note_to_ada(to), now=NOW)
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.why) == (True, Why.GONE)
    assert taken(ledger) == []


def test_an_expired_email_is_not_sent(channel: Email, ledger: Path) -> None:
    sendable = note_to_ada()
    answer = channel.send(sendable, now=sendable.valid_until + timedelta(minutes=1))
    assert isinstance(answer, Refused)
    assert answer.why is Why.EXPIRED
    assert taken(ledger) == []


def test_email_has_no_look_up() -> None:
    with pytest.raises(CannotTell):
        Email(from_email=SENDER).look_up(note_to_ada(), since=NOW)


def test_any_backend_of_django_will_do() -> None:
    assert Email(from_email=SENDER, connect=InMemory).send(note_to_ada(), now=NOW) == Accepted(
        vendor_id=MESSAGE_ID
    )


class _MailApi(Answering):
    """A mail service's API, as far as it fails; else it says what Postmark says of one message."""

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        self.read_body()
        fate = self.server.next_fate()
        if not self.misbehave_before(fate):
            said = {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "ada@example.org"}
            self.answer_as_fated(fate, 200, said)


@pytest.fixture
def mail_api(ledger: Path) -> Iterator[str]:
    with running(FakeServer(Setting(ledger=ledger, hangs_for=HANGS_FOR), _MailApi)) as server:
        yield server.address


def postmark(address: str, *, timeout: float = PATIENCE) -> Callable[[], BaseEmailBackend]:
    """A mail service's backend, pointed at a fake: only its way of failing matters here."""
    return lambda: Postmark(server_token="t", api_url=f"{address}/", timeout=timeout)


@pytest.mark.parametrize(
    "fate", ["error:500", "error:302", "error:408", "hangs_before", "drops_before", "drops_after", "garbage"]
)
def test_a_mail_service_that_does_not_answer_plainly_is_a_lost_answer(
    mail_api: str, ledger: Path, fate: str
) -> None:
    order_fates(ledger, fate)
    connect = postmark(mail_api, timeout=patience_for(fate))
    with pytest.raises(AnswerLost):
        Email(from_email=SENDER, connect=connect).send(note_to_ada(), now=NOW)


@pytest.mark.parametrize(
    ("status", "permanent", "why"),
    [(429, False, Why.BUSY), (401, False, Why.OURS), (422, True, Why.OTHER)],
)
def test_a_mail_services_no_is_a_refusal(
    mail_api: str, ledger: Path, status: int, permanent: bool, why: Why
) -> None:
    order_fates(ledger, f"error:{status}")
    answer = Email(from_email=SENDER, connect=postmark(mail_api)).send(note_to_ada(), now=NOW)
    assert answer == Refused(code=f"http-{status}", permanent=permanent, why=why)


def test_a_mail_service_gives_the_id_it_took_it_by(mail_api: str) -> None:
    answer = Email(from_email=SENDER, connect=postmark(mail_api)).send(note_to_ada(), now=NOW)
    assert answer == Accepted(vendor_id="pm-1")


def test_a_mail_service_that_is_not_there_never_got_it() -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(NeverLeft):
        Email(from_email=SENDER, connect=postmark(address)).send(note_to_ada(), now=NOW)


def test_an_address_that_a_mail_service_will_not_parse_is_gone(mail_api: str) -> None:
    answer = Email(from_email=SENDER, connect=postmark(mail_api)).send(note_to_ada("a b c"), now=NOW)
    assert answer == Refused(code="service-recipient", permanent=True, why=Why.GONE)
