"""What the pages of a room may do that no other page may: use the camera and the microphone, and dial the engine."""

from typing import Any, Final

from rejoin.accounts.headers import permissions
from rejoin.visits.engine import ws_origin

USED_IN_ROOMS: Final = ("camera", "microphone", "autoplay", "screen-wake-lock")


def open_to_room(response: Any) -> Any:
    """Opens them on this one page."""
    response.headers["Permissions-Policy"] = permissions(*USED_IN_ROOMS)
    dialled = ws_origin()
    response._csp_update = {"connect-src": [dialled] if dialled else [], "media-src": ["'self'", "blob:"]}  # noqa: SLF001 - how django-csp is told
    return response
