"""Each engine of another maker, with a service of `services` behind it."""

from collections.abc import Callable, Mapping
from typing import Any

from rejoin.rooms.engines.bigbluebutton import BigBlueButton
from rejoin.rooms.engines.daily import Daily
from rejoin.rooms.engines.jitsi import Jitsi
from rejoin.rooms.engines.livekit import LiveKit
from rejoin.rooms.engines.port import Engine
from rejoin.rooms.engines.zoom import Zoom
from tests.rooms.engines import services

JITSI_SECRET = "a secret of thirty-two characters or more"


def livekit(transport: Any) -> Engine:
    return LiveKit(
        url="wss://livekit.example.org",
        api_key=services.LIVEKIT_KEY,
        api_secret=services.LIVEKIT_SECRET,
        transport=transport,
    )


def daily(transport: Any) -> Engine:
    return Daily(domain="rooms", api_key=services.DAILY_KEY, transport=transport)


def bigbluebutton(transport: Any) -> Engine:
    return BigBlueButton(
        url="https://bbb.example.org/bigbluebutton/api", secret=services.BBB_SECRET, transport=transport
    )


def zoom(transport: Any, *, dashboard: bool = True, seconds: Callable[[], float] = lambda: 0.0) -> Engine:
    return Zoom(
        account_id="account",
        client_id=services.ZOOM_CLIENT,
        client_secret=services.ZOOM_SECRET,
        host=services.ZOOM_HOST,
        dashboard=dashboard,
        transport=transport,
        seconds=seconds,
    )


def jitsi(_transport: Any = None) -> Jitsi:
    return Jitsi(domain="meet.example.org", app_id="rejoin", key=JITSI_SECRET)


MAKERS: Mapping[str, tuple[Callable[[Any], Engine], type[services.Service]]] = {
    "livekit": (livekit, services.LiveKitService),
    "daily": (daily, services.DailyService),
    "bigbluebutton": (bigbluebutton, services.BigBlueButtonService),
    "zoom": (zoom, services.ZoomService),
}
