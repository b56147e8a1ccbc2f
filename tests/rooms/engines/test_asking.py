"""A question over a real line, to a server on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from rejoin.rooms.engines import asking
from rejoin.rooms.engines.asking import Answer, Question, over_the_line
from rejoin.rooms.engines.port import EngineAway

pytestmark = pytest.mark.enable_socket


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(401 if self.headers["Authorization"] != "Bearer key" else 200, body)

    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self._answer(302, b"", Location="/other")
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        else:
            self._answer(200, b"x" * 2000)

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@contextmanager
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def get(url: str) -> Answer:
    return over_the_line(Question(method="GET", url=url))


def test_a_question_carries_its_body_and_key_and_an_answer_is_whatever_it_is() -> None:
    with service() as url:
        told = Question(method="POST", url=url, headers={"Authorization": "Bearer key"}, body=b"{}")
        assert over_the_line(told) == Answer(status=200, body=b"{}")
        assert over_the_line(Question(method="POST", url=url, body=b"a")).status == 401


def test_no_redirect_is_followed() -> None:
    with service() as url:
        assert get(f"{url}/elsewhere") == Answer(status=302)


def test_an_answer_that_breaks_off_or_does_not_end_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LARGEST_ANSWER", 1999)
    with service() as url:
        for path in ("/cut", "/large"):
            with pytest.raises(EngineAway):
                get(url + path)


def test_where_nobody_answers_the_engine_is_away_and_the_fault_tells_no_address() -> None:
    with service() as url:
        pass
    with pytest.raises(EngineAway) as away:
        get(f"{url}/secret?checksum=abc")
    assert "secret" not in str(away.value)
    assert str(away.value) == "ConnectionError"
