"""Which engine our own rooms are in, by the settings."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from rejoin.rooms.engines import bigbluebutton, daily, jitsi, livekit, zoom
from rejoin.rooms.engines.janus.adapter import Janus
from rejoin.rooms.engines.janus.admin import Admin
from rejoin.rooms.engines.port import Engine
from rejoin.rooms.engines.turn import turn_of

ADMIN_URL: Final = "http://127.0.0.1:7088/admin"


class Settings(Protocol):
    """What has to be known of the environment (`config.env.Environment`)."""

    @property
    def engine(self) -> str: ...
    @property
    def engine_settings(self) -> Mapping[str, str]: ...


def _janus(given: Mapping[str, str]) -> Engine:
    return Janus(
        admin=Admin(url=given.get("admin_url", ADMIN_URL), secret=given["admin_secret"]),
        ws_url=given["ws_url"],
        token_key=given["token_key"],
        admin_key=given["admin_key"],
        turn=turn_of(given),
    )


ENGINES: Final[dict[str, Callable[[Mapping[str, str]], Engine]]] = {
    "janus": _janus,
    "livekit": livekit.from_settings,
    "zoom": zoom.from_settings,
    "jitsi": jitsi.from_settings,
    "bigbluebutton": bigbluebutton.from_settings,
    "daily": daily.from_settings,
}
"""How each is made of its settings (REJOIN_JANUS_ADMIN_URL is "admin_url")."""


def engine_of(environment: Settings) -> Engine | None:
    """The engine, new; None: we have no rooms of our own."""
    return ENGINES[environment.engine](environment.engine_settings) if environment.engine else None
