"""What browsers are told beside the page: what no page of ours uses, no script on it gets either."""

from collections.abc import Awaitable, Callable
from typing import Final

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

Answer = HttpResponse | Awaitable[HttpResponse]
NOT_USED: Final = (
    *(
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
    ),
    *("gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment"),
    *("screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
USED: Final = ("publickey-credentials-create", "publickey-credentials-get")
"""Passkeys."""


def permissions(*more: str) -> str:
    """What a page may use; `more` of what no other page does."""
    used = (*USED, *more)
    return ", ".join(
        [f"{each}=()" for each in NOT_USED if each not in more] + [f"{each}=(self)" for each in used]
    )


PERMISSIONS: Final = permissions()
HEADERS: Final = {
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Opening a page of ours from another site gives it no hold of it: that is Django's (SECURE_CROSS_ORIGIN_OPENER_POLICY)."""
OF_PAGES: Final = ("Permissions-Policy",)
"""Means nothing beside what is no page, and a page of many small files need not be told it with each."""


@sync_and_async_middleware
def with_headers(get_response: Callable[[HttpRequest], Answer]) -> Callable[[HttpRequest], Answer]:
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            response: HttpResponse = await get_response(request)
            return _told(response)

        return answer_later

    def answer(request: HttpRequest) -> Answer:
        response = get_response(request)
        return _told(response)  # type: ignore[arg-type] # not asynchronous here

    return answer


def _told(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        if name not in OF_PAGES or "html" in response.headers.get("Content-Type", ""):
            response.headers.setdefault(name, value)
    return response
