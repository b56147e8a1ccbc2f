"""One HTTP request, and whether it left when no answer came.

A request leaves only over a line that stood: name resolved, connection made, TLS agreed. The moment is
noted where the connection itself is made, since the exceptions afterwards look alike on both sides of it.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

from requests import RequestException, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import ProxyManager

from rejoin.outreach.channels.port import AnswerLost, NeverLeft

_LINE_STOOD: ContextVar[bool] = ContextVar("line_stood", default=True)
_LATEST: ContextVar[float] = ContextVar("latest", default=math.inf)


class _Plain(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _note_line(self)


class _Encrypted(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _note_line(self)


def _note_line(line: HTTPConnection) -> None:
    if not _LINE_STOOD.get() and monotonic() > _LATEST.get():
        line.close()
        raise TimeoutError("the line stood too late to be used")
    _LINE_STOOD.set(True)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


_POOLS = {"http": _PlainPool, "https": _EncryptedPool}


class _NotingAdapter(HTTPAdapter):
    """Never retries by itself, and makes connections that note when they stand."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        if proxy.lower().startswith("socks"):
            raise InvalidSchema("a SOCKS proxy cannot tell us whether a request left")
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


@contextmanager
def one_request(*, leave_by: float = math.inf) -> Iterator[Session]:
    """A session for one request over a line of its own: `NeverLeft` before it stood, `AnswerLost` after.

    No line is kept for the next request: a kept one may be dead already, and a request that dies on it
    looks just like one that was taken. A line that stands after `leave_by` (monotonic seconds) is not used
    either: names are looked up and addresses tried for as long as the system likes, and whoever asked may
    have given us up, looked up, and sent it again. The exceptions name the kind of fault and nothing else, because
    addresses hold telephone numbers and tokens.
    """
    noted, latest = _LINE_STOOD.set(False), _LATEST.set(leave_by)
    session = Session()
    session.max_redirects = 0
    session.mount("http://", _NotingAdapter())
    session.mount("https://", _NotingAdapter())
    try:
        yield session
    except (RequestException, HTTPError, OSError) as fault:
        lost = AnswerLost if _LINE_STOOD.get() else NeverLeft
        raise lost(type(fault).__name__) from None
    finally:
        session.close()
        _LINE_STOOD.reset(noted)
        _LATEST.reset(latest)
