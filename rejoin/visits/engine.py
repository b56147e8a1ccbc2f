"""The video engine that this installation has, and what a session's room is called there."""

from typing import Final

from django.conf import settings

from rejoin.common.rows import select
from rejoin.rooms import hosting
from rejoin.rooms.engines.port import Engine
from rejoin.rooms.vocabulary import Provider

NAME: Final = "SELECT name FROM rooms_hostedroom WHERE session_id = %s AND closed_at IS NULL"
EXPECTED: Final = "SELECT count(*) FROM programs_seat WHERE session_id = %s AND released_at IS NULL"


def the_engine() -> Engine | None:
    """None: none is configured, and sessions take place at a service of somebody else's."""
    return hosting.engine()


def provider() -> str:
    """Whose references join links are signed for."""
    engine = the_engine()
    return engine.name if engine is not None else Provider.JANUS.value


def room_name(session_id: int) -> str | None:
    """What the engine knows the session's room by; None: it is not made yet, or closed."""
    return next((str(row[0]) for row in select(NAME, [session_id])), None)


def is_lean(session_id: int) -> bool:
    """Whether so many are expected that sound comes first."""
    return bool(select(EXPECTED, [session_id])[0][0] >= hosting.LEAN_FROM)


def ws_origin() -> str:
    """Where a browser dials, for the page's policy: "wss://video.example.org"; "" where it dials nowhere."""
    return str(settings.ENVIRONMENT.engine_settings.get("ws_url", "")) if the_engine() else ""


def dial_in() -> str:
    """The number by which a session is reached by phone; "": there is none."""
    return str(getattr(settings.ENVIRONMENT, "dial_in", "") or "")
