"""What the fakes have in common: an HTTP server on loopback that can misbehave, and their command line."""

import argparse
import contextlib
import json
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from rejoin.fakes.fates import Chances, Fate, next_fate, read_chances
from rejoin.fakes.ledger import Ledger

LOOPBACK: Final = "127.0.0.1"
_LARGEST_REQUEST_BYTES: Final = 64 * 1024
# Linux, socket(7): closing with a linger of zero seconds resets the line.
_RESET: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a fake listens and writes, how it misbehaves, and how long it hangs (seconds)."""

    ledger: Path
    port: int = 0
    chances: Chances = field(default_factory=Chances)
    hangs_for: float = 60.0


class FakeServer(ThreadingHTTPServer):
    """One fake vendor. `address` is its base address once it is made."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, setting: Setting, answering: type["Answering"]) -> None:
        super().__init__((LOOPBACK, setting.port), answering)
        self.setting = setting
        self.ledger = Ledger(setting.ledger)
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def next_fate(self) -> Fate:
        return next_fate(self.ledger, self.setting.chances)

    def hang(self) -> None:
        self.closing.wait(self.setting.hangs_for)

    def shutdown(self) -> None:
        self.closing.set()
        super().shutdown()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what is tested here; everything else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Answering(BaseHTTPRequestHandler):
    """One request to a fake. Subclasses say what a path does; here is how an answer can go wrong."""

    server: FakeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name for it
        """Says nothing: the ledger tells everything."""

    def read_body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, _LARGEST_REQUEST_BYTES))

    def read_form(self) -> dict[str, str]:
        return dict(parse_qsl(self.read_body().decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    def answer(self, status: int, content: object = None, *, headers: dict[str, str] | None = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.start(status, len(body), headers)
        self.wfile.write(body)

    def start(self, status: int, length: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def cut(self) -> None:
        """Resets the line, so that the other side sees it break and not end."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()

    def cut_in_the_middle(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.start(status, len(body))
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.close_connection = True

    def misbehave_before(self, fate: Fate) -> bool:
        """Did the request end here, with nothing taken?"""
        match fate.request:
            case "hangs_before":
                self.server.hang()
                self.cut()
            case "drops_before":
                self.cut()
            case "error":
                self.answer(int(fate.code or 500), {"message": "out of order"})
            case _:
                return False
        return True

    def answer_as_fated(
        self, fate: Fate, status: int, content: object, headers: dict[str, str] | None = None
    ) -> None:
        """The answer to something that was taken, as far as it gets."""
        match fate.request:
            case "hangs_after":
                self.server.hang()
                self.cut()
            case "drops_after":
                self.cut()
            case "half_answer":
                self.cut_in_the_middle(status, content or {"half": "of nothing"})
            case "garbage":
                page = b"<html>not what was promised</html>"
                self.start(status, len(page))
                self.wfile.write(page)
            case "error_after":
                self.answer(int(fate.code or 500), {"message": "out of order"})
            case _:
                self.answer(status, content, headers=headers)


@contextlib.contextmanager
def running(server: FakeServer) -> Iterator[FakeServer]:
    """The server in a thread of this process, for as long as the block lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def serve(server: FakeServer) -> None:
    """The server as a program: tells its port on one line, and ends at SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    tell_port(server.server_port)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.05)
    server.server_close()


def tell_port(port: int) -> None:
    print(json.dumps({"port": port}), flush=True)  # noqa: T201 - this is the program's answer


def fake_options(purpose: str) -> argparse.ArgumentParser:
    """The options that every fake has."""
    options = argparse.ArgumentParser(description=purpose)
    options.add_argument("--port", type=int, default=0, help="0: any free port")
    options.add_argument("--ledger", type=Path, required=True, help="the SQLite file that is added to")
    options.add_argument("--misbehave", default="{}", help='JSON of fates and rates: {"drops_after": 0.1}')
    options.add_argument("--seed", type=int, default=0, help="the same seed, the same misbehaviour")
    options.add_argument("--hang-seconds", type=float, default=60.0, help="how long a hanging answer hangs")
    return options


def setting_from(given: argparse.Namespace) -> Setting:
    """The common options as a setting."""
    return Setting(
        ledger=given.ledger,
        port=given.port,
        chances=read_chances(given.misbehave, given.seed),
        hangs_for=given.hang_seconds,
    )
