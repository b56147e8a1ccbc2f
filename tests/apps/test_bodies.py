"""What a request may bring: nothing large and nothing endless gets past the server into memory or onto the disk."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from rejoin.config import bodies
from rejoin.config.bodies import LARGEST, Message, Receive, Scope, Send, with_limited_bodies

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
MEGABYTE = b"x" * 1024 * 1024


async def counts(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with how much it was given."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-size", str(size).encode())]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def port() -> Iterator[int]:
    """Of a real server."""
    server = uvicorn.Server(
        uvicorn.Config(with_limited_bodies(counts), port=0, log_config=None, lifespan="off")
    )
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


def ask(port: int, head: bytes, *parts: bytes) -> bytes:
    """The answer to what is sent; a server that hangs up in the middle has answered before."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\n" + head + b"\r\n\r\n")
            for part in parts:
                line.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        heard = b""
        try:
            while b"\r\n\r\n" not in heard and (more := line.recv(4096)):
                heard += more
        except ConnectionResetError:
            pass
        return heard


def test_what_is_taken_is_taken_whole(port: int) -> None:
    assert b"x-size: 5" in ask(port, b"Content-Length: 5", b"hel", b"lo")
    assert b"x-size: 0" in ask(port, b"Content-Length: 0")
    assert f"x-size: {LARGEST - 1}".encode() in ask(
        port, b"Content-Length: %d" % (LARGEST - 1), b"x" * (LARGEST - 1)
    )


def test_a_body_that_says_it_is_too_large_is_not_read_at_all(port: int) -> None:
    began = time.monotonic()
    answer = ask(port, b"Content-Length: 10000000000", MEGABYTE)
    assert b"x-size: 0" in answer
    assert b"connection: close" in answer.lower()
    assert time.monotonic() - began < 5


def test_whoever_sends_a_body_that_is_too_large_hears_the_answer(port: int) -> None:
    answer = ask(port, b"Content-Length: %d" % (4 * len(MEGABYTE)), *[MEGABYTE] * 4)
    assert b"x-size: 0" in answer
    chunk = b"%x\r\n%s\r\n" % (len(MEGABYTE), MEGABYTE)
    assert f"x-size: {LARGEST}".encode() in ask(
        port, b"Transfer-Encoding: chunked", *[chunk] * 4, b"0\r\n\r\n"
    )


def test_of_a_body_that_does_not_say_so_one_byte_too_many_is_taken(port: int) -> None:
    chunk = b"%x\r\n%s\r\n" % (len(MEGABYTE), MEGABYTE)
    answer = ask(port, b"Transfer-Encoding: chunked", *[chunk] * 20)
    assert f"x-size: {LARGEST}".encode() in answer
    assert b"connection: close" in answer.lower()


def test_a_body_that_never_comes_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WITHIN_SECONDS", 0.2)
    assert ask(port, b"Content-Length: 50", b"hello").startswith(b"HTTP/1.1 408")


def test_whoever_hangs_up_is_not_answered() -> None:
    called: list[Any] = []

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        called.append(scope)

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        called.append(message)

    asyncio.run(with_limited_bodies(never)({"type": "http", "headers": []}, gone, send))
    assert called == []


def test_what_is_no_request_passes() -> None:
    passed: list[str] = []

    async def notes(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    asyncio.run(with_limited_bodies(notes)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == ["lifespan"]
