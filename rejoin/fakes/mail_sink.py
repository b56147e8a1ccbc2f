"""A mail server on this machine that takes e-mail and lets none out.

`python -m rejoin.fakes.mail_sink --port 0 --ledger FILE [--misbehave JSON --seed N]`

Its ledger has "taken" for every message it took responsibility for: the Message-ID as its key, the body
as text, the subject and the sender as detail. Orders are given through the ledger (`ledger.order_fates`).
"""

import asyncio
import contextlib
import email
import json
import secrets
import signal
import threading
from collections.abc import Iterator
from email import policy
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from rejoin.fakes.fates import Fate, next_fate
from rejoin.fakes.ledger import Ledger
from rejoin.fakes.serving import LOOPBACK, Setting, fake_options, setting_from, tell_port

_RECIPIENT_CODES: Final = ("450", "451", "452", "550", "551", "552", "553")


class _Line(SMTP):
    """One line to a sender; it can be cut."""

    def cut(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - the library's name
        if getattr(self.event_handler, "hangs_at_goodbye", False):
            await self.event_handler.hang()
        await super().smtp_QUIT(arg)


class _Letterbox:
    """What becomes of the messages of one line."""

    def __init__(self, setting: Setting, ledger: Ledger) -> None:
        self._setting = setting
        self._ledger = ledger
        self._fate = Fate()
        self.hangs_at_goodbye = False

    async def hang(self) -> None:
        await asyncio.sleep(self._setting.hangs_for)

    async def handle_RCPT(  # noqa: N802
        self,
        server: _Line,  # noqa: ARG002 - the library's shape
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],  # noqa: ARG002
    ) -> str:
        self._fate = await asyncio.to_thread(next_fate, self._ledger, self._setting.chances)
        code = self._fate.code or "550"
        if self._fate.request == "refuse" and code in _RECIPIENT_CODES:
            self._ledger.record("refused", address=address, detail=code)
            return f"{code} not this mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: _Line, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        match self._fate.request:
            case "hangs_before":
                await self.hang()
                server.cut()
            case "drops_before":
                server.cut()
            case "refuse" | "error":
                self._ledger.record("refused", address=envelope.rcpt_tos[0], detail=self._fate.code)
                return f"{self._fate.code or 554} not this message"
            case _:
                return await self._take(server, envelope)
        return "451 never heard"

    async def _take(self, server: _Line, envelope: Envelope) -> str:
        vendor_id = secrets.token_hex(8)
        await asyncio.to_thread(_record, self._ledger, vendor_id, envelope)
        match self._fate.request:
            case "hangs_after":
                await self.hang()
                server.cut()
            case "drops_after" | "half_answer" | "garbage" | "error_after":
                server.cut()
            case "hangs_at_goodbye":
                self.hangs_at_goodbye = True
        return f"250 taken as {vendor_id}"


def _record(ledger: Ledger, vendor_id: str, envelope: Envelope) -> None:
    content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
    message: Any = email.message_from_bytes(content, policy=policy.default)
    body = message.get_body(("plain", "html"))
    ledger.record(
        "taken",
        vendor_id=vendor_id,
        key=str(message["Message-ID"] or ""),
        address=",".join(envelope.rcpt_tos),
        body="\n".join(body.get_content().strip().splitlines()) if body else "",
        detail=json.dumps({"subject": str(message["Subject"] or ""), "from": envelope.mail_from}),
    )


async def listen(setting: Setting) -> asyncio.Server:
    """The server, listening; its port is that of its first socket."""
    ledger = Ledger(setting.ledger)
    loop = asyncio.get_running_loop()

    def line() -> _Line:
        return _Line(
            _Letterbox(setting, ledger), hostname="fake.invalid", loop=loop, timeout=setting.hangs_for * 2
        )

    return await loop.create_server(line, LOOPBACK, setting.port)


@contextlib.contextmanager
def running_mail_sink(setting: Setting) -> Iterator[int]:
    """The sink in a thread of this process, for as long as the block lasts: its port."""
    ready: threading.Event = threading.Event()
    told: dict[str, Any] = {}

    async def work() -> None:
        server = await listen(setting)
        told.update(
            port=server.sockets[0].getsockname()[1], loop=asyncio.get_running_loop(), end=asyncio.Event()
        )
        ready.set()
        await told["end"].wait()
        await _close(server)

    thread = threading.Thread(target=asyncio.run, args=(work(),), daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the mail sink did not start")
    try:
        yield int(told["port"])
    finally:
        told["loop"].call_soon_threadsafe(told["end"].set)
        thread.join()


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _serve(setting: Setting) -> None:
    server = await listen(setting)
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    tell_port(server.sockets[0].getsockname()[1])
    await end.wait()
    await _close(server)


def main() -> None:
    given = fake_options("A mail server on this machine that lets nothing out.").parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(setting_from(given)))


if __name__ == "__main__":
    main()
