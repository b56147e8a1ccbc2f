"""No line of any log names a patient: a busy evening, with everything that a library says of it."""

import ast
import asyncio
import io
import json
import logging
import logging.config
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import pytest
import uvicorn
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from procrastinate.testing import InMemoryConnector
from pytest_django import Settings

from rejoin.attendance import sweep as attendance_sweep
from rejoin.common.actors import COMMAND, vendor_actor
from rejoin.common.logs import EVENT, JsonLine
from rejoin.config import embedded, urls
from rejoin.config.settings import LOGGING
from rejoin.domain.kernel import Refusal
from rejoin.fakes.ledger import order_fates
from rejoin.fakes.serving import Setting, running
from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, SmsVendor
from rejoin.followup.engine import run_pass
from rejoin.operations import serving
from rejoin.operations.importing import import_folder
from rejoin.operations.serving import NameRequest
from rejoin.outreach import inbox
from rejoin.outreach.channels.port import Sendable
from rejoin.outreach.channels.sms_twilio import TwilioAccount, TwilioSms
from rejoin.outreach.sending import send_due
from rejoin.people.actions import add_patient
from rejoin.people.models import Patient
from rejoin.rooms.actions import take_in
from rejoin.rooms.inbox import deliver
from rejoin.sheets.refused import BadInput
from tests.apps.scene import START, Scene, minutes
from tests.apps.writes import sources
from tests.builders.folder import FolderBuilder

NAME = "Zephyrine Quillfeather"
PHONE = "+12025557391"
EMAIL = "zephyrine.q@quillfeather.example"
EXTERNAL = "MRN-7Q3X-40417"
TOKEN = "tok_9f27Zq81LmXw"
SAID = "I have been drinking since Tuesday"
HERS = (
    NAME,
    "Zephyrine",
    "Quillfeather",
    PHONE,
    PHONE[1:],
    "5557391",
    EMAIL,
    EXTERNAL,
    TOKEN,
    SAID,
    "drinking",
)
TOLD = f"{NAME} {PHONE} {EMAIL} {EXTERNAL} {TOKEN} {SAID}"
AT = START + minutes(70)


@dataclass
class Said:
    """Every record there was, and what the platform's own settings wrote of them."""

    records: list[logging.LogRecord] = field(default_factory=list)
    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def lines(self) -> list[str]:
        """As they were written, and every record once more as it would be, whatever its level and its logger."""
        line = JsonLine()
        return [*self.stream.getvalue().splitlines(), *map(line.format, self.records)]

    @property
    def spoke(self) -> set[str]:
        return {record.name for record in self.records}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[Said]:
    """The platform's logging, with every logger at its most talkative; put back afterwards."""
    told = Said()
    given: dict[str, Any] = deepcopy(LOGGING)
    given["handlers"]["stderr"] |= {"stream": told.stream}
    root = logging.getLogger()
    handlers, levels = list(root.handlers), _levels()
    logging.config.dictConfig(given)
    for logger in _loggers():
        logger.setLevel(logging.DEBUG)
    pass_on = logging.Logger.callHandlers

    def keep(logger: logging.Logger, record: logging.LogRecord) -> None:
        NameRequest().filter(record)
        told.records.append(record)
        pass_on(logger, record)

    monkeypatch.setattr(logging.Logger, "callHandlers", keep)
    yield told
    monkeypatch.undo()
    root.handlers = handlers
    for logger in _loggers():
        logger.setLevel(levels.get(logger.name, logging.NOTSET))
        if logger is not root:
            logger.handlers = []
            logger.propagate = True
    told.stream.close()


def _loggers() -> list[logging.Logger]:
    named = [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    return [logging.getLogger(), *named]


def _levels() -> dict[str, int]:
    return {logger.name: logger.level for logger in _loggers()}


def hers_in(lines: list[str]) -> list[str]:
    """The lines that tell of her."""
    return [line for line in lines if any(each.casefold() in line.casefold() for each in HERS)]


@pytest.fixture
def ada(db: None) -> tuple[Scene, Patient]:
    scene = Scene()
    patient = scene.admit("ada", phone=PHONE)
    Patient.objects.filter(pk=patient.pk).update(name=NAME, external_id=EXTERNAL)
    return scene, patient


def fails(*_: object, **__: object) -> Any:
    raise LookupError(TOLD)


def refuses_her_twice(*_: object, **__: object) -> Any:
    """As the database does it: the row is in the error's detail."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_user (email, password, is_active, created_at) "
                       "SELECT %s, '', true, now() FROM generate_series(1, 2)", [EMAIL])  # fmt: skip


# The check can fail


def test_a_line_that_tells_of_her_is_found(said: Said) -> None:
    logging.getLogger("rejoin.tests").warning("tests.told", extra={"code": EXTERNAL.lower()})
    assert len(hers_in(said.lines)) == 2
    assert hers_in([f"Not Found: /in/{TOKEN}"])
    assert not hers_in(['{"event":"sweep.row_failed","row_id":1}'])


def test_her_words_reach_the_records_that_lines_are_made_of(
    said: Said, ada: tuple[Scene, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the line that leaves them out: what is checked below is no silence."""
    scene, patient = ada
    scene.session(patient)
    monkeypatch.setattr(attendance_sweep, "gather_seats", fails)
    run_pass(AT)
    plain = logging.Formatter()
    assert any(NAME in plain.format(each) for each in said.records)
    assert {"rejoin.sweep"} <= said.spoke
    assert not hers_in(said.lines)


# Records of every kind


@pytest.mark.parametrize(
    ("logger", "message", "args", "extra"),
    [
        ("rejoin.sweep", TOLD, (), {}),
        ("rejoin.sweep", "sweep failed for %s", (NAME,), {}),
        ("rejoin.sweep", "sweep.failed", (), {"patient": NAME, "code": NAME, "patient_id": EXTERNAL}),
        ("rejoin.sweep", "sweep.failed", (), {"external_id": EXTERNAL, "session_id": TOKEN, "row_id": PHONE[1:]}),
        ("rejoin.sweep", "sweep.failed", (), {"job": {"id": NAME, "task_name": NAME, "attempts": NAME}}),
        ("rejoin.sweep", "sweep.failed", (), {"job": {"id": object(), "task_kwargs": {"to": PHONE}}}),
        ("django.db.backends", "(%.3f) %s; args=%s", (0.1, "SELECT", (NAME,)), {"sql": TOLD, "params": [NAME]}),
        ("django.request", "Not Found: %s", (f"/in/{TOKEN}",), {"status_code": 404}),
        ("twilio.http_client", "Data: %s", ({"To": PHONE, "Body": SAID},), {}),
        ("urllib3.connectionpool", '%s "%s %s"', ("http", "POST", f"/x?To={PHONE}"), {}),
        ("procrastinate.worker", f"Job {TOLD} ended", (), {"action": NAME, "job": {"args": {"to": PHONE}}}),
        ("uvicorn.access", '%s - "%s %s HTTP/%s" %d', ("1", "GET", f"/in/{TOKEN}", "1.1", 200), {}),
        ("uvicorn.error", TOLD, (), {"color_message": TOLD}),
        ("asyncio", TOLD, (), {"exc_info": None}),
        ("py.warnings", "%s", (TOLD,), {}),
    ],
)  # fmt: skip
def test_whatever_is_logged_of_her_is_left_out(
    said: Said, logger: str, message: str, args: tuple[object, ...], extra: dict[str, object]
) -> None:
    extra = {name: value for name, value in extra.items() if name != "exc_info"}
    logging.getLogger(logger).warning(message, *args, extra=extra, stack_info=True)
    try:
        fails()
    except LookupError as error:
        error.add_note(TOLD)
        logging.getLogger(logger).exception(message, *args, extra=extra)
    assert len(said.records) == 2
    assert not hers_in(said.lines)
    assert all(json.loads(line)["level"] in ("warning", "error") for line in said.lines)


def test_a_line_that_cannot_be_written_does_not_tell_what_it_held(
    said: Said, capfd: pytest.CaptureFixture[str]
) -> None:
    """Python tells the whole message on standard error when a record cannot be formatted."""
    odd = {"job": {"id": {NAME}, "attempts": {1}}, "status": b"x", "row_id": object(), "code": [NAME]}
    logging.getLogger("rejoin.tests").warning("tests.told", extra=odd)
    assert not hers_in([*said.lines, *capfd.readouterr()])


def test_every_line_of_ours_is_a_name_of_an_event_and_nothing_filled_in() -> None:
    assert not [found for module, text in sources().items() for found in ill_said(module, text)]


@pytest.mark.parametrize(
    "call", ["log.info(name)", 'log.info("told.of %s", name)', 'log.error(f"told.{name}")']
)
def test_a_message_that_is_made_from_something_is_found(call: str) -> None:
    assert ill_said("rejoin.planted", f"def tell(name):\n    {call}\n") == ["rejoin.planted:2"]
    assert ill_said("rejoin.planted", 'def tell(name):\n    log.info("told.of", extra={"row_id": 1})\n') == []


def ill_said(module: str, text: str) -> list[str]:
    """Calls of a logger with anything else than the name of an event."""
    return [
        f"{module}:{call.lineno}"
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and _is_log_call(call) and not _says_an_event(call)
    ]


def _is_log_call(call: ast.Call) -> bool:
    levels = ("debug", "info", "warning", "error", "exception", "critical", "log")
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in levels:
        return False
    return "log" in ast.unparse(call.func.value).lower()


def _says_an_event(call: ast.Call) -> bool:
    said = [each.value for each in call.args if isinstance(each, ast.Constant)]
    return len(call.args) == len(said) == 1 and EVENT.fullmatch(str(said[0])) is not None


# An evening


@pytest.mark.parametrize("fault", [fails, refuses_her_twice])
@pytest.mark.parametrize(
    "where",
    [
        "rejoin.attendance.sweep.gather_seats",
        "rejoin.followup.sweep.gather_cases",
        "rejoin.followup.patterns.fire_triggers",
        "rejoin.followup.hearing._write_attempts",
        "rejoin.followup.engine.sweep_cases",
        "rejoin.rooms.actions.touched_by",
        "rejoin.outreach.inbox.read_inbound",
    ],
)
def test_what_breaks_in_a_sweep_is_told_by_its_kind(
    where: str, fault: Any, said: Said, ada: tuple[Scene, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, patient = ada
    scene.watched(scene.session(patient))
    scene.run(START + minutes(5), send=False)
    send_due(now=START + minutes(6), channels={"sms": scene.sms})
    write(SAID)
    hear(TOLD)
    monkeypatch.setattr(where, fault)
    run_pass(START + timedelta(hours=5))
    assert any(each.exc_info for each in said.records), where
    assert not hers_in(said.lines)


def write(body: str) -> None:
    told = {"MessageSid": f"SM{1:032x}", "From": PHONE, "To": OUR_NUMBER, "Body": body}
    inbox.take_in(vendor="twilio", kind="inbound", params=told, query={}, by=vendor_actor("twilio"), at=START)


def hear(text: str) -> None:
    bodies = [json.dumps({"event": text, "id": EXTERNAL}).encode(), f"{{{text}".encode()]
    take_in(
        provider="livekit",
        deliveries=[deliver("livekit", body) for body in bodies],
        by=vendor_actor("livekit"),
        at=START,
    )


def test_a_folder_with_wrong_rows_leaves_nothing_of_them_in_the_log(
    said: Said, ada: tuple[Scene, Patient], tmp_path: Path
) -> None:
    folder = FolderBuilder(tmp_path / "folder", policy="a")
    folder.patient(EXTERNAL, name=NAME, email=EMAIL, phone="call me", timezone=NAME, **{"from": "yesterday"})
    folder.session(TOKEN, "2026-10-14T18:00", "2026-10-14T17:00", facilitator=NAME)
    folder.row("consents.csv", patient_id=NAME, channel=SAID, granted="perhaps", at=EMAIL, contact=NAME)
    with pytest.raises(BadInput):
        import_folder(path=folder.write(), program=ada[0].program, by=COMMAND, at=AT)
    assert not hers_in(said.lines)


def test_a_row_that_the_database_will_not_take_leaves_nothing_of_it_in_the_log(
    said: Said, ada: tuple[Scene, Patient]
) -> None:
    connection.force_debug_cursor = True  # every statement with its values
    try:
        with pytest.raises(Refusal):
            add_patient(external_id=EXTERNAL, timezone="UTC", name=NAME, by=COMMAND, at=AT)
        with pytest.raises(IntegrityError, match=EMAIL), transaction.atomic():
            refuses_her_twice()
    finally:
        connection.force_debug_cursor = False
    assert "django.db.backends" in said.spoke
    assert any(EXTERNAL in each.getMessage() for each in said.records)
    assert not hers_in(said.lines)


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("fate", ["", "error:500", "drops_after", "garbage", "hangs_before"])
def test_a_vendor_that_fails_leaves_nothing_of_its_message_in_the_log(
    fate: str, said: Said, ada: tuple[Scene, Patient], tmp_path: Path
) -> None:
    scene, patient = ada
    scene.watched(scene.session(patient))
    scene.run(START + minutes(5), send=False)
    ledger = tmp_path / "ledger.sqlite3"
    with running(SmsVendor(Setting(ledger=ledger, hangs_for=60.0))) as vendor:
        assert isinstance(vendor, SmsVendor)
        if fate:
            order_fates(ledger, fate)
        account = TwilioAccount(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            from_number=OUR_NUMBER,
            api_base=vendor.address,
            connect_within=20.0,
            answer_within=1.0 if fate == "hangs_before" else 20.0,
        )
        assert send_due(now=START + minutes(6), channels={"sms": TwilioSms(account)}) == 1
    assert said.spoke & {"twilio.http_client", "urllib3.connectionpool"}
    assert not hers_in(said.lines)


def test_a_channel_that_breaks_with_the_whole_message_in_its_words(
    said: Said, ada: tuple[Scene, Patient]
) -> None:
    scene, patient = ada

    class Broken:
        def send(self, sendable: Sendable, **_: object) -> Any:
            raise ConnectionError(f"{sendable.to} {sendable.body} {TOLD}")

        def look_up(self, sendable: Sendable, **_: object) -> Any:
            raise ConnectionError(f"{sendable.to} {TOLD}")

    scene.sms = Broken()  # type: ignore[assignment]
    scene.watched(scene.session(patient))
    scene.run(START + minutes(6))
    assert "rejoin.sending" in said.spoke
    assert not hers_in(said.lines)


# The web


def breaks(request: HttpRequest, told: str = "") -> HttpResponse:
    raise LookupError(f"{TOLD} {told}")


def suspects(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(TOLD)


def is_not_hosted(request: HttpRequest) -> HttpResponse:
    raise DisallowedHost(TOLD)


def stores(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        refuses_her_twice()
    return HttpResponse()


def asks_the_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.POST))


handler500 = urls.handler500
urlpatterns = [
    *urls.urlpatterns,
    path("in/<told>", breaks),
    path("suspects", suspects),
    path("hosted", is_not_hosted),
    path("stores", stores),
    path("form", asks_the_form),
]


@pytest.mark.django_db
def test_what_comes_over_the_web_leaves_nothing_in_the_log(said: Said, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.DEBUG = False
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    form = {"From": PHONE, "Body": SAID, "MessageSid": NAME}
    statuses = [
        client.get(f"/nowhere/{TOKEN}?name={NAME}").status_code,
        client.get(f"/in/{TOKEN}").status_code,
        client.get("/suspects").status_code,
        client.get("/hosted").status_code,
        client.get("/stores", headers={"cookie": f"sessionid={TOKEN}; name={NAME}"}).status_code,
        client.post("/form", {"name": NAME}).status_code,
        client.get("/form", headers={"host": "quillfeather.example"}).status_code,
        client.post(f"/hooks/sms/inbound?to={PHONE}", form).status_code,
        client.post("/hooks/sms/status", form, headers={"x-twilio-signature": TOKEN}).status_code,
        client.post("/hooks/rooms/livekit", TOLD, "text/plain", headers={"authorization": TOKEN}).status_code,
        client.post("/hooks/rooms/zoom", f"{{{TOLD}", "application/json").status_code,
        client.post(f"/hooks/rooms/{TOKEN}", TOLD, "text/plain").status_code,
        client.get(f"/hooks/rooms/livekit?checksum={TOKEN}").status_code,
        client.post("/form", b"--x\r\nnot a form", f"multipart/form-data; boundary={NAME}").status_code,
    ]
    assert {400, 401, 403, 404, 405, 500} <= set(statuses)
    assert {"django.request", "django.security.csrf", "rejoin.webhooks", "rejoin.rooms"} <= said.spoke
    assert not hers_in(said.lines)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_web_server_writes_no_address_and_nothing_of_a_broken_request(
    said: Said, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As `rejoin serve` sets it up."""
    kept: list[uvicorn.Config] = []
    run = uvicorn.Server.run
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets=None: kept.append(self.config))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    serving.serve(host="127.0.0.1", port=0)
    monkeypatch.setattr(uvicorn.Server, "run", run)
    (config,) = kept

    async def breaks_off(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError(f"{TOLD} {scope['path']}")

    config.app = breaks_off
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        port = listening.getsockname()[1]
        ask(port, f"GET /in/{TOKEN}?name=Zephyrine&phone={PHONE} HTTP/1.1\r\nHost: {EMAIL}\r\n\r\n")
        ask(port, f"{TOLD}\r\n\r\n")
        server.should_exit = True
        thread.join(10)
    assert not config.access_log
    assert any(each.exc_info for each in said.records)
    assert not hers_in([*said.lines, *capfd.readouterr()])


def ask(port: int, request: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(request.encode())
        client.shutdown(socket.SHUT_WR)
        return client.recv(1024)


# The queue


def test_a_job_that_fails_leaves_nothing_of_its_arguments_in_the_log(said: Said) -> None:
    app = procrastinate.App(connector=InMemoryConnector())

    @app.task(name="tests.fails", retry=1)
    def fail(to: str) -> None:
        raise LookupError(f"{to} {TOLD}")

    async def work() -> None:
        async with app.open_async():
            await app.configure_task("tests.fails", lock=TOKEN).defer_async(to=PHONE)
            await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(work())
    assert "procrastinate.worker" in said.spoke
    assert any(PHONE in each.getMessage() for each in said.records)
    assert not hers_in(said.lines)


# The database's own log


def test_the_databases_own_log_holds_no_value_of_a_statement() -> None:
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        home.chmod(0o755)  # root keeps its own to itself, and the server does not run as root
        try:
            address = embedded.ensure_server(home, durable=False)
            _provoke(address)
            written = (home / "postgres" / "log").read_text()
        finally:
            embedded.stop_server(home)
    assert "ready to accept connections" in written
    assert not hers_in(written.splitlines())


def _provoke(address: str) -> None:
    """Every way in which a server may repeat what it was given."""
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute("CREATE TABLE people (name text UNIQUE CHECK (name <> 'x'), at timestamptz, id bigint)")
        raw.execute("INSERT INTO people VALUES (%s)", [NAME])
        wrong: list[Callable[[], object]] = [
            lambda: raw.execute("INSERT INTO people VALUES (%s)", [NAME]),
            lambda: raw.execute(f"INSERT INTO people (id) VALUES ('{EXTERNAL}')"),
            lambda: raw.execute("INSERT INTO people (at) VALUES (%s::text::timestamptz)", [TOLD]),
            lambda: raw.execute("SELECT %s::text::jsonb", [TOLD]),
            lambda: raw.execute(f"SELECT nothing FROM people WHERE name = '{NAME}'"),
            lambda: raw.execute(f"DO $$ BEGIN RAISE EXCEPTION '{NAME}' USING DETAIL = '{PHONE}'; END $$"),
            lambda: raw.execute(f"DO $$ BEGIN RAISE LOG '%', '{'x'}'; RAISE WARNING '{NAME}'; END $$"),
            lambda: raw.execute(f"SET statement_timeout = '5ms'; SELECT pg_sleep(1), '{NAME}'"),
        ]
        for each in wrong:
            with suppress(psycopg.Error):
                each()
        raw.execute(f"SET statement_timeout = 0; SELECT pg_sleep(0.01), '{NAME}'")
