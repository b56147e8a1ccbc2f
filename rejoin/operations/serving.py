"""Serving the platform's pages and doors: to this machine alone, unless somebody asks for more.

Every request has a name of its own, made here and never taken from outside. It is in the answer, on the
page that says that something broke, in the log and in the trail: whoever reads the one finds the others.
"""

import base64
import contextlib
import errno
import hashlib
import logging
import signal
import socket
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

import psycopg
from asgiref.sync import iscoroutinefunction
from csp.decorators import csp_update
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from procrastinate.contrib.django import connector_params

from rejoin.domain.kernel import Refusal
from rejoin.operations.opening import own_home, revive_server

log = logging.getLogger("rejoin.serving")
APPLICATION: Final = "rejoin.config.asgi:application"
STOP_WITHIN_SECONDS: Final = 8
LOOK_AFTER_SERVER_EVERY_SECONDS: Final = 2.0
WAITING_AT_MOST: Final = 2048
CONNECTIONS: Final = {
    "min_size": 2,
    "max_size": 16,
    "timeout": 5.0,
    "max_idle": 300.0,
    "reconnect_timeout": 2.0,
}
"""Kept for requests to take turns at: to make one takes longer than most pages. Each is looked at before it is lent, so
that none outlives its database; and a database that is back is asked again by whoever comes next."""
NOTICE_STOP_WITHIN_SECONDS: Final = 0.5
BESIDE_STOP_WITHIN_SECONDS: Final = 2.0
ASK_AGAIN_AFTER_SECONDS: Final = 0.2
WHY_NOT: Final = {
    errno.EADDRINUSE: "something else is there already",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "this account may not take that port",
}
ANSWERED_AS: Final = "X-Request-Id"
_name: ContextVar[str] = ContextVar("request_name", default="")

# Made without a template and without a style sheet: it has to work when nothing else does.
STYLE: Final = """
body { margin: 0; background: #fbf8f3; color: #22302e; font: 1.125rem/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem }
h1 { font-size: 1.75rem; line-height: 1.2 }
code { font-size: 1rem; overflow-wrap: anywhere }
"""
THIS_STYLE: Final = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""For the policy of that one page: these words and no others."""
BROKE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Something went wrong</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Something went wrong on our side</h1>
<p>It was nothing you did. Nothing was half-saved: what you entered last may have to be entered again.</p>
<p>If it happens again, tell whoever looks after Rejoin, and give them this number:</p>
<p><code>{number}</code></p>
<p>In a crisis, call or text 988, day and night. <a href="tel:988">Call 988</a> <a href="sms:988">Text 988</a></p>
<section lang="es">
<h2>Algo salió mal de nuestro lado</h2>
<p>No es por nada que usted hizo. Lo último que escribió tal vez tenga que escribirlo otra vez.</p>
<p>En una crisis, a toda hora: <a href="tel:988">Llame al 988 y oprima el 2</a> <a href="sms:988">Envíe AYUDA al 988</a></p>
</section>
</main>
</body>
</html>
"""


def serve(*, host: str, port: int, on_begin: Callable[[], None] = lambda: None) -> None:
    """Serves until SIGTERM or ctrl-c; requests under way are answered first, for some seconds at most.

    `on_begin` is called once the address is ours; `Refusal` when it cannot be.
    """
    import uvicorn

    from rejoin.console.live import end_streams
    from rejoin.visits.live import end_streams as end_rooms

    class Server(uvicorn.Server):
        """Ends what would never end by itself before it waits for what is under way."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            end_streams()
            end_rooms()
            await super().shutdown(sockets)

    listening = _listen(host, port)
    connections.close_all()  # of what was asked on the way here: requests have their own
    config = uvicorn.Config(
        APPLICATION,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,  # addresses hold tokens
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_SECONDS,
    )
    with listening, _connections_kept(), _looked_after():
        on_begin()
        # uvicorn raises the signal that ended it once more when it is done: that is no reason to die of it.
        signal.signal(signal.SIGTERM, lambda *_: None)
        with contextlib.suppress(KeyboardInterrupt):
            Server(config).run(sockets=[listening])


@contextlib.contextmanager
def _connections_kept() -> Iterator[None]:
    """For this process alone, while it serves. A worker's few threads have a connection each, for as long as they live."""
    options = connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"]
    options["pool"] = dict(CONNECTIONS)
    try:
        yield
    finally:
        _kept().close_pool()
        del options["pool"]


@contextlib.contextmanager
def _looked_after() -> Iterator[None]:
    """Both are waited for at the end: what they would ask of the pool then would make another."""
    stopping = threading.Event()
    beside = [
        threading.Thread(target=each, args=(stopping,), daemon=True)
        for each in (_look_after_server, _look_after_connections)
    ]
    for each in beside:
        each.start()
    try:
        yield
    finally:
        stopping.set()
        for each in beside:
            each.join(BESIDE_STOP_WITHIN_SECONDS)


def _kept() -> Any:  # Django's types know nothing of a pool
    return connections[DEFAULT_DB_ALIAS]


def _look_after_connections(stopping: threading.Event) -> None:
    """When the database has been away, all that are kept are made anew at once.

    Otherwise each would be found dead by a request of its own, and a request that finds several of them waits
    longer after each, until it gives up. One more connection, which nobody uses, tells when that is.
    """
    pool = _kept().pool
    while not stopping.is_set():
        try:
            with psycopg.connect(**connector_params(DEFAULT_DB_ALIAS), autocommit=True) as line:
                pool.drain()
                while not stopping.is_set():
                    list(line.notifies(timeout=NOTICE_STOP_WITHIN_SECONDS))
        except (psycopg.Error, OSError):
            stopping.wait(ASK_AGAIN_AFTER_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    """The address, taken: from here on nobody else has it, and whoever asks waits for us."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address, family=family, backlog=WAITING_AT_MOST)
    except (OSError, UnicodeError) as error:
        reason = WHY_NOT.get(getattr(error, "errno", None) or 0, "there is no such address")
        raise Refusal("serve.address", f"Nothing can be served at {host}, port {port}: {reason}.") from None


@sync_and_async_middleware
def with_request_id(
    get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
) -> Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]:
    """Names each request, so that its answer, its log lines and its events in the trail find each other."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            with _named() as name:
                response: HttpResponse = await get_response(request)
            response[ANSWERED_AS] = name
            return response

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        with _named() as name:
            response = get_response(request)
        response[ANSWERED_AS] = name  # type: ignore[index]
        return response

    return answer


class NameRequest(logging.Filter):
    """Lets everything pass, with the name of the request it happened in."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _name.get()
        return True


@csp_update({"style-src": [THIS_STYLE]})
def something_broke(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """The page for what nobody foresaw: no reason, no trace, only the number to ask about."""
    return HttpResponse(BROKE.format(style=STYLE, number=_name.get() or "none"), status=500)


@contextlib.contextmanager
def _named() -> Iterator[str]:
    from rejoin.audit.trail import request_id

    name = uuid.uuid4().hex
    in_logs, in_trail = _name.set(name), request_id.set(name)
    try:
        yield name
    finally:
        request_id.reset(in_trail)
        _name.reset(in_logs)


def _look_after_server(stopping: threading.Event) -> None:
    """The project's own server is started again when it died; a worker would do so too, if there is one."""
    from rejoin.config import embedded

    home = own_home()
    while home is not None and not stopping.wait(LOOK_AFTER_SERVER_EVERY_SECONDS):
        try:
            if embedded.server_pid(home) is None:
                revive_server()
        except Exception:  # it is looked after again in a moment
            log.exception("serving.server_not_revived")
