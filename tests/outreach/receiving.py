"""A place of ours that webhooks come to, as they came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One webhook: the address it called, its form, its signature."""

    url: str
    params: dict[str, str]
    signature: str | None

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query))


@dataclass(slots=True)
class Receiver:
    port: int
    calls: list[Call] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/sms"

    def wait_for(self, count: int) -> list[Call]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.calls) >= count, timeout=10), self.calls
            return list(self.calls)


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Taking(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            call = Call(
                url=f"http://127.0.0.1:{receiver.port}{self.path}",
                params=dict(parse_qsl(form, keep_blank_values=True)),
                signature=self.headers["X-Twilio-Signature"],
            )
            with receiver.came:
                receiver.calls.append(call)
                receiver.came.notify_all()
            self.send_response(204)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        receiver = Receiver(port=server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
