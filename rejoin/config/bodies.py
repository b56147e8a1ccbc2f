"""What a request may bring: so many bytes, within so many seconds; more is never written down anywhere.

Django takes a body in whole, and puts a large one on the disk, before anybody asks whose it is. Here it is cut
off before that. The door that it was meant for still sees how much was announced, or that there is a byte too
many, and counts what it turns away. At one address somebody brings a whole folder: there, and for whoever may do
so, more is taken, and who asks is found out before the body is looked at (`config/uploads.py`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

from rejoin.rooms.inbox import LARGEST_WEBHOOK

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

LARGEST: Final = LARGEST_WEBHOOK + 1
"""Bytes: the largest that anybody takes, and one more, by which it is seen to be too large."""
DISCARDED: Final = 16 * 1024 * 1024
"""Bytes: of a body that is too large so much is read and thrown away, so that whoever sent it hears why it is
refused and not that the line broke, and does not send it again."""
WITHIN_SECONDS: Final = 20.0
LARGEST_UPLOAD: Final = 32 * 1024 * 1024
"""Bytes: of somebody who may bring a folder, at the address where one is brought."""
UPLOADED_WITHIN_SECONDS: Final = 240.0
"""About a megabit a second."""
TOO_SLOW: Final = 408
CLOSE: Final = (b"connection", b"close")


async def nobody(scope: Scope) -> bool:  # noqa: ARG001 - the shape of whoever decides
    """No request brings more than the others."""
    return False


def with_limited_bodies(
    application: Application, *, may_bring_more: Callable[[Scope], Awaitable[bool]] = nobody
) -> Application:
    """The same application, to which no request brings more or takes longer.

    `may_bring_more` knows from a request's head alone who asks, and whether it may be a large one.
    """

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        more = await may_bring_more(scope)
        largest, within = (LARGEST_UPLOAD, UPLOADED_WITHIN_SECONDS) if more else (LARGEST, WITHIN_SECONDS)
        try:
            body, whole = await asyncio.wait_for(_take_in(scope, receive, largest), within)
        except TimeoutError:
            await _turn_away(send)
            return
        if body is not None:
            await application(scope, _given(body, receive), send if whole else _closing(send))

    return limited


async def _take_in(scope: Scope, receive: Receive, largest: int) -> tuple[bytes | None, bool]:
    """As much of the body as is taken, and whether that is all of it; None: who sent it is gone."""
    announced, most_read = _announced(scope), max(DISCARDED, 2 * largest)
    if announced > most_read:
        return b"", False
    taken, read = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, False
        body = message.get("body", b"")
        read += len(body)
        taken += body[: largest - len(taken)]
        if not message.get("more_body", False):
            return _kept(taken, announced, largest), read <= largest
        if read > most_read:
            return _kept(taken, announced, largest), False


def _kept(taken: bytearray, announced: int, largest: int) -> bytes:
    """Nothing of a body that said itself that it is too large: its announcement is enough to refuse it."""
    return b"" if announced > largest else bytes(taken)


def _announced(scope: Scope) -> int:
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(told) if told.isdigit() and len(told) < 20 else 0


def _given(body: bytes, receive: Receive) -> Receive:
    """The body that was taken in, and then whatever else comes: that the other side is gone."""
    given = False

    async def give() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def _closing(send: Send) -> Send:
    """The line holds the rest of a body that nobody reads: it is closed after the answer."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), CLOSE]}
        await send(message)

    return answer


async def _turn_away(send: Send) -> None:
    await send({"type": "http.response.start", "status": TOO_SLOW, "headers": [CLOSE]})
    await send({"type": "http.response.body", "body": b""})
