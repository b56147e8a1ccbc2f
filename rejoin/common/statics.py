"""Style sheets, fonts and scripts: served as they lie in the package, under addresses that change with their content."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

Answer = HttpResponse | Awaitable[HttpResponse]
A_YEAR: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
NAMED_FOR_GOOD: Final = (".woff2",)
"""What never changes under one name: a new font comes with a new one."""
TEXT: Final = ("text/", "image/svg+xml", "application/json")


class NamedByContent(StaticFilesStorage):
    """`css/base.css` is at `/static/css/base.css?v=1c7b90d2`: a browser keeps it for a year, and asks anew when it changed.

    Another machine serves what it has under the same path, whatever `v` says: while an update goes round, no page is
    left without its style sheet.
    """

    def url(self, name: str | None) -> str:
        if not name:
            return super().url(name)
        return f"{super().url(name)}?v={version_of(name)}"


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc] # it ships no types
    """WhiteNoise without a file left open: what it serves here is small, and a body is all that ASGI needs.

    Text goes out compressed. What is asked for by its version is kept by the browser; what is not (a module that
    another imports) is asked for again, and mostly answered with "not modified".
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        answer: Answer = super().__call__(request)
        if iscoroutinefunction(self) and isinstance(answer, HttpResponse):
            return _at_once(answer)
        return answer

    def immutable_file_test(self, path: str, url: str) -> bool:  # noqa: ARG002 - WhiteNoise's shape
        """No name here holds a version: `janus.es.js` is not `janus.js` as of "es"."""
        return False

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        response = HttpResponse(status=int(found.status))
        for name, value in found.headers:
            response[name] = value
        if found.file is not None:
            with found.file as file:
                response.content = file.read()
            response["Content-Length"] = str(len(response.content))
        response["Cache-Control"] = _keeping(request)
        # A policy is of pages: forty small files of one need not repeat it. A drawing can be opened as a page.
        response._csp_exempt = not response.get("Content-Type", "").startswith("image/svg")  # type: ignore[attr-defined] # noqa: SLF001 - how django-csp is told
        return _compressed(response, request)


def version_of(name: str) -> str:
    """Eight hex digits of the file's content."""
    return _digest(name) if settings.DEBUG else _kept_digest(name)


def _keeping(request: HttpRequest) -> str:
    if settings.DEBUG:
        return ASK_AGAIN
    return A_YEAR if "v" in request.GET or request.path.endswith(NAMED_FOR_GOOD) else ASK_AGAIN


def _compressed(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    if not response.get("Content-Type", "").startswith(TEXT):
        return response
    response["Vary"] = "Accept-Encoding"
    if (
        response.status_code == 200
        and response.content
        and "gzip" in request.headers.get("Accept-Encoding", "")
    ):
        response.content = _gzipped(response.content)
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
    return response


def _digest(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"no static file {name}")
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:8]


@cache
def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


async def _at_once(response: Any) -> Any:
    return response


_kept_digest = cache(_digest)
