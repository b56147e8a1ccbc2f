"""The fakes as programs: they tell their port, keep what they took through kill -9, and misbehave by seed."""

import json
import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from rejoin.fakes.fates import Chances, Fate, next_fate, read_chances, read_fate
from rejoin.fakes.ledger import Ledger, order_fates, taken, taken_twice, times_taken
from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, SmsVendor
from rejoin.outreach.channels.port import Accepted, AnswerLost
from rejoin.outreach.channels.sms_twilio import TwilioAccount, TwilioSms
from tests.outreach.messages import ADA, NUDGE, text_to_ada
from tests.outreach.receiving import receiving

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@contextmanager
def program(module: str, ledger: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A fake as it is started by hand, and its port. Ended by SIGTERM, which it obeys."""
    command = [
        sys.executable,
        "-m",
        f"rejoin.fakes.{module}",
        "--port",
        "0",
        "--ledger",
        str(ledger),
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())["port"]
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(10)


def texts_to(port: int) -> TwilioSms:
    return TwilioSms(
        TwilioAccount(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            from_number=OUR_NUMBER,
            api_base=f"http://127.0.0.1:{port}",
            answer_within=5,
        )
    )


def send(port: int, key: str = "case:55", callback_url: str | None = None) -> Accepted:
    now = datetime.now(UTC)
    answer = texts_to(port).send(text_to_ada(key, callback_url=callback_url, now=now), now=now)
    assert isinstance(answer, Accepted)
    return answer


def test_what_was_taken_survives_kill_and_is_found_by_the_next_look_up(ledger: Path) -> None:
    since = datetime.now(UTC)
    with program("sms_vendor", ledger) as (process, port):
        answer = send(port)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    assert times_taken(ledger, body=NUDGE) == 1
    with program("sms_vendor", ledger) as (_, port):
        assert texts_to(port).look_up(text_to_ada(), since=since) == answer
        send(port, "case:56")
    assert times_taken(ledger, body=NUDGE) == 2
    assert taken_twice(ledger) == {}


def test_a_vendor_that_was_killed_tells_what_it_owes_when_it_is_back(ledger: Path) -> None:
    with receiving() as receiver:
        order_fates(ledger, "well+queued")
        with program("sms_vendor", ledger) as (process, port):
            send(port, callback_url=receiver.url)
            os.kill(process.pid, signal.SIGKILL)
        assert receiver.calls == []
        with program("sms_vendor", ledger):
            calls = receiver.wait_for(2)
    assert [call.params["MessageStatus"] for call in calls] == ["sent", "delivered"]


def test_a_program_ends_when_it_is_asked_to(ledger: Path) -> None:
    for module in ("sms_vendor", "mail_sink", "push_service"):
        with program(module, ledger) as (process, _):
            process.terminate()
            assert process.wait(10) == 0


def test_the_mail_sink_is_a_program(ledger: Path) -> None:
    with program("mail_sink", ledger) as (_, port), smtplib.SMTP("127.0.0.1", port, timeout=5) as line:
        line.sendmail("a@example.org", ["b@example.org"], "Message-ID: <k@x>\r\nSubject: s\r\n\r\nbody\r\n")
    assert times_taken(ledger, key="<k@x>", body="body", address="b@example.org") == 1


def test_the_push_service_is_a_program_whose_browsers_survive_it(ledger: Path) -> None:
    with program("push_service", ledger) as (_, port):
        made = requests.post(f"http://127.0.0.1:{port}/_control/subscriptions", timeout=5)
        browser = made.json()["endpoint"].rpartition("/")[2]
    with program("push_service", ledger) as (_, port):
        address = f"http://127.0.0.1:{port}"
        known = requests.post(f"{address}/push/{browser}", data=b"x", timeout=5)
        assert requests.post(f"{address}/_control/gone/{browser}", timeout=5).status_code == 200
        gone = requests.post(f"{address}/push/{browser}", data=b"x", timeout=5)
        nowhere = requests.post(f"{address}/elsewhere", timeout=5)
    assert [each.status_code for each in (known, gone, nowhere)] == [403, 410, 404]


def test_a_patient_texts_through_the_control_and_orders_are_taken(vendor: SmsVendor, ledger: Path) -> None:
    with receiving() as receiver:
        vendor.account = replace(vendor.account, inbound_url=receiver.url)
        said = {"from": ADA, "body": "STOP", "fate": "well+duplicated"}
        answer = requests.post(f"{vendor.address}/_control/inbound", json=said, timeout=5).json()
        calls = receiver.wait_for(2)
    assert {call.params["MessageSid"] for call in calls} == {answer["sid"]}
    ordered = requests.post(f"{vendor.address}/_control/fates", json={"fates": ["drops_after"]}, timeout=5)
    assert ordered.json() == {"ordered": 1}
    assert Ledger(ledger).next_order() == "drops_after"
    assert Ledger(ledger).next_order() is None


def test_a_message_is_fetched_with_where_it_is(vendor: SmsVendor) -> None:
    answer = send(vendor.server_port)
    address = f"{vendor.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
    shown = requests.get(
        f"{address}/{answer.vendor_id}.json", auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5
    ).json()
    assert (shown["to"], shown["body"]) == (ADA, NUDGE)
    assert shown["status"] in ("queued", "sent", "delivered")
    missing = requests.get(f"{address}/SM0.json", auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5)
    assert (missing.status_code, missing.json()["code"]) == (404, 20404)
    assert requests.get(f"{vendor.address}/elsewhere", timeout=5).status_code == 404
    assert requests.post(f"{vendor.address}/elsewhere", timeout=5).status_code == 404


def test_a_long_list_comes_in_pages(vendor: SmsVendor) -> None:
    for number in range(5):
        vendor.take({"To": ADA, "Body": f"text {number}"}, Fate(webhooks={"queued": ""}))
    address = f"{vendor.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    bodies, following = [], f"{address}?{urlencode({'To': ADA, 'PageSize': 2})}"
    while following:
        page = requests.get(following, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5).json()
        bodies += [each["body"] for each in page["messages"]]
        following = page["next_page_uri"] and vendor.address + page["next_page_uri"]
    assert bodies == [f"text {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(("field", "code"), [("Body", 21602), ("From", 21603)])
def test_the_vendor_refuses_what_the_real_one_refuses(vendor: SmsVendor, field: str, code: int) -> None:
    form = {"To": ADA, "Body": "b", "From": OUR_NUMBER} | {field: ""}
    address = f"{vendor.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    answer = requests.post(address, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_fake_calls_nothing_but_this_machine(vendor: SmsVendor) -> None:
    form = {"To": ADA, "Body": "b", "StatusCallback": "https://example.org/hook?key=k"}
    vendor.take(form, Fate())
    for _ in range(200):
        told = vendor.ledger.entries("webhook")
        if len(told) == 2:
            break
        vendor.closing.wait(0.02)
    assert [each.detail for each in told] == ["not this machine"] * 2


def test_a_ledger_is_only_added_to(ledger: Path) -> None:
    Ledger(ledger).record("taken", key="k")
    with closing(sqlite3.connect(ledger)) as connection:
        for statement in ("UPDATE entries SET key = 'x'", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                connection.execute(statement)


def test_a_ledger_counts_what_went_out_twice(ledger: Path) -> None:
    book = Ledger(ledger)
    for key, body in (("a", "x"), ("b", "y"), ("a", "x"), ("", "z"), ("", "z")):
        book.record("taken", key=key, body=body, address=ADA)
    book.record("refused", key="b")
    assert taken_twice(ledger) == {"a": 2}
    assert times_taken(ledger, key="b") == 1
    assert times_taken(ledger, address=ADA) == 5
    assert [each.body for each in taken(ledger)] == ["x", "y", "x", "z", "z"]


def test_orders_come_before_chance_and_in_their_order(ledger: Path) -> None:
    book, always = Ledger(ledger), Chances(rates={"drops_before": 1.0})
    order_fates(ledger, "error:503", "well+late")
    assert next_fate(book, always) == Fate(request="error", code="503")
    assert next_fate(book, always) == Fate(webhooks={"late": ""})
    assert next_fate(book, always) == Fate(request="drops_before")


def test_the_same_seed_gives_the_same_misbehaviour(ledger: Path) -> None:
    chances = read_chances('{"drops_after": 0.2, "error:500": 0.1, "duplicated": 0.5}', 7)
    drawn = [chances.draw(number) for number in range(1_000)]
    assert drawn == [chances.draw(number) for number in range(1_000)]
    assert drawn != [Chances(rates=chances.rates, seed=8).draw(number) for number in range(1_000)]
    counts = Counter(fate.request for fate in drawn)
    assert 150 < counts["drops_after"] < 250
    assert 60 < counts["error"] < 140
    assert 430 < sum("duplicated" in fate.webhooks for fate in drawn) < 570


def test_a_draw_depends_on_how_many_messages_came_and_on_nothing_else(tmp_path: Path) -> None:
    chances = Chances(rates={"drops_after": 0.5}, seed=3)
    quiet, busy = Ledger(tmp_path / "quiet"), Ledger(tmp_path / "busy")
    for _ in range(20):
        busy.record("status")
        assert next_fate(quiet, chances) == next_fate(busy, chances)


@pytest.mark.parametrize("text", ["nonsense", "well+nonsense", ""])
def test_a_fate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no fate"):
        read_fate(text)


def test_whatever_the_seed_brings_no_text_goes_out_twice_by_the_rule_of_the_house(ledger: Path) -> None:
    """Sent, and when the answer is lost looked up; sent again only when it surely did not go out."""
    rates = (
        '{"drops_before": 0.2, "drops_after": 0.2, "error:503": 0.1, "error_after": 0.1, "refuse:20429": 0.1}'
    )
    with program("sms_vendor", ledger, "--misbehave", rates, "--seed", "11") as (_, port):
        channel, known = texts_to(port), set[str]()
        for number in range(40):
            now = datetime.now(UTC)
            sendable = text_to_ada(f"case:{number}", callback_url="http://127.0.0.1:9/", now=now)
            answer: object = None
            for _ in range(30):
                try:
                    answer = channel.send(sendable, now=now)
                except AnswerLost:
                    answer = channel.look_up(sendable, since=now, known_ids=known)
                if isinstance(answer, Accepted):
                    known.add(answer.vendor_id)
                    break
            assert isinstance(answer, Accepted)
    assert taken_twice(ledger) == {}
    assert {each.key for each in taken(ledger)} == {f"case:{number}" for number in range(40)}
