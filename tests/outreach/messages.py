"""Messages to send in tests. Ada is a patient; nobody here exists."""

import socket
from datetime import UTC, datetime, timedelta

from rejoin.outreach.channels.port import Sendable

NOW = datetime(2026, 10, 6, 22, 5, tzinfo=UTC)
ADA = "+12125550123"
NUDGE = "Harbor Line: we missed you. Need a hand? Call 212-555-0100. Reply STOP to opt out."

PATIENCE = 20.0
"""Seconds that a channel waits for an answer which comes: a busy machine is not a lost answer."""


def patience_for(fate: str) -> float:
    """Seconds to wait for what may never come: short where the fake hangs, or the test would last as long."""
    return 1.5 if fate.startswith("hangs") else PATIENCE


def text_to_ada(
    key: str = "case:55:nudge",
    *,
    to: str = ADA,
    body: str = NUDGE,
    subject: str = "",
    callback_url: str | None = None,
    valid_for: timedelta = timedelta(minutes=30),
    now: datetime = NOW,
) -> Sendable:
    return Sendable(
        key=key, to=to, body=body, subject=subject, callback_url=callback_url, valid_until=now + valid_for
    )


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
