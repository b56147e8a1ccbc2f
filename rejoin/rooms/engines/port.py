"""What every video engine is asked for, whoever makes it.

An engine learns a room's random name, a reference that names nobody, and how long a grant holds. It never learns who
somebody is, and decides nothing: it is asked who is in, and tells who came and went.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from rejoin.domain.kernel import Word


class Tells(Word):
    """How an engine tells who came and went."""

    WEBHOOK = "webhook"
    SOCKET = "socket"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What may be expected of an engine. Whoever concludes anything from its silence asks here first."""

    tells: Tells
    snapshot: bool
    """Whether it can be asked who is in a room now."""
    latest: timedelta
    """How late it may tell of something at most, retries included."""
    numbers_events: bool
    """Whether each event bears an id of its own; otherwise one is derived from what it says."""
    binds_by: str
    """What ties a connection to a person: "signed token", "registrant", "JWT user id"."""
    closes: bool = True
    """Whether it ends a room on our word. Where it does not, whoever is in stays until she leaves."""
    puts_out: bool = True
    silences: bool = True
    """Whether it puts out, or mutes, one connection on our word. Where it does not, the host does it in the room."""
    behind: timedelta = timedelta(0)
    """How far its answer to who is in may be behind: for so long it contradicts nobody."""
    according_to: str = ""
    """Where `latest` is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """A relay that sound and pictures may go through, and what it is shown (as browsers have it: RTCIceServer)."""

    urls: tuple[str, ...]
    username: str
    credential: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinGrant:
    """Leave to enter one room as one reference, once, for a while. Signed; the engine checks it, we need not keep it."""

    room: str
    ref: str
    conn: str
    """`ref`, a dot and a nonce: one for each connection, so that a ghost of an earlier one is in nobody's way."""
    expires_at: datetime
    url: str = ""
    """Where to go, of engines with a page of their own; "" of those that our page talks to."""
    ws_url: str = ""
    api_token: str = ""
    """Shown with every request until the session is over."""
    room_token: str = ""
    """Shown once, on joining: it holds for a minute."""
    ice_servers: tuple[IceServer, ...] = ()
    """Ours, of engines that our page talks to; none: sound and pictures go straight to the engine."""
    known_as: str = ""
    """What the engine calls her in its events, where that is not `ref`: to be kept as an identity of hers there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Somebody's connection to a room, as the engine has it now."""

    conn: str
    ref: str | None
    """The reference signed into the grant; None: it cannot be told, and nobody is credited with it."""
    posing: bool = False
    """Came in by a grant that was signed for somebody else, or for nobody: to be put out."""


class EngineAway(Exception):
    """The engine could not be asked, or gave no answer that can be read. Nobody may conclude anything from that."""


CANNOT = "cannot"
"""The code of an `EngineRefused` that no engine was asked for: it has no way to do that (`Capabilities`)."""


class EngineRefused(Exception):
    """The engine answered, and said no. `code` is its own."""

    def __init__(self, code: int | str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code


class Engine(Protocol):
    """A video engine. Every call may raise `EngineAway` or `EngineRefused`."""

    @property
    def name(self) -> str:
        """As in `rooms.vocabulary.Provider`."""

    @property
    def capabilities(self) -> Capabilities: ...

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:
        """Have the room there. Asked again it changes nothing; after a restart of the engine it is there again."""

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:
        """Leave for one connection of `ref`. Nothing is told to the engine."""

    def close_room(self, room: str) -> None:
        """End the room for everybody. One that is not there is closed."""

    def remove(self, room: str, conn: str) -> None:
        """Put one connection out. One that is not there is out."""

    def mute(self, room: str, conn: str) -> None:
        """Silence one connection; whoever it is may speak again by herself."""

    def present(self, room: str) -> frozenset[Connection] | None:
        """Who is in the room now; None: the engine has no way to tell."""
