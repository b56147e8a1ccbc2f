"""Janus' configuration, written into a folder: what it listens on, its secrets, and the few parts it may load.

What is not linked into the folder is not loaded: recording, telephony, streaming, echo, every other transport.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from rejoin.domain.kernel import Refusal

PROGRAM: Final = Path("/usr/bin/janus")
PARTS: Final = {
    "plugins": ("libjanus_videoroom.so",),
    "transports": ("libjanus_websockets.so", "libjanus_http.so"),
    "events": ("libjanus_wsevh.so",),
    "loggers": (),
}
SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/,")
"""Of a value that is written between quotes: none of these ends one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The secrets that Janus and Rejoin share."""

    token_key: str
    admin_secret: str
    admin_key: str
    ear: str
    """The last part of the ear's address: whoever does not know it is not listened to."""


def fresh_keys() -> Keys:
    return Keys(
        **{name: secrets.token_urlsafe(32) for name in ("token_key", "admin_secret", "admin_key", "ear")}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One Janus server: where it listens, and what it may load."""

    keys: Keys
    name: str = "rejoin-janus"
    """Told with every event; two servers have two names."""
    address: str = "127.0.0.1"
    """Browsers' websockets, and where sound and pictures go out from."""
    ws_port: int = 8188
    admin_address: str = "127.0.0.1"
    admin_port: int = 7088
    ear_address: str = "127.0.0.1"
    ear_port: int = 8189
    rtp_ports: str = "20000-29999"
    ice_enforce: tuple[str, ...] = ()
    """Prefixes of the addresses that media may use; none: any of the machine's but loopback."""
    public_address: str = ""
    """What the machine is called from outside, where it stands behind one-to-one NAT."""
    stun: str = ""
    """host:port of a STUN server, where it does not know its own address."""
    api_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def ws_url(self) -> str:
        return f"ws://{self.address}:{self.ws_port}"

    @property
    def admin_url(self) -> str:
        return f"http://{self.admin_address}:{self.admin_port}/admin"

    @property
    def ear(self) -> str:
        return f"ws://{self.ear_address}:{self.ear_port}/{self.keys.ear}"


def kept_keys(folder: Path) -> Keys:
    """Keys made on first need and kept, so that a server started again lets in whoever holds a grant."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / "keys.json"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(asdict(fresh_keys())))
    return Keys(**json.loads(kept.read_text()))


def settings_of(setup: Setup) -> dict[str, str]:
    """What Rejoin has to be told of such a server, as environment variables."""
    return {
        "REJOIN_ENGINE": "janus",
        "REJOIN_JANUS_WS_URL": setup.ws_url,
        "REJOIN_JANUS_ADMIN_URL": setup.admin_url,
        "REJOIN_JANUS_EAR": f"{setup.ear_address}:{setup.ear_port}",
        "REJOIN_JANUS_EAR_SECRET": setup.keys.ear,
        "REJOIN_JANUS_TOKEN_KEY": setup.keys.token_key,
        "REJOIN_JANUS_ADMIN_SECRET": setup.keys.admin_secret,
        "REJOIN_JANUS_ADMIN_KEY": setup.keys.admin_key,
    }


def write_configuration(folder: Path, setup: Setup) -> Path:
    """Write everything Janus reads into `folder`, for its owner's eyes only. Returns its main file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    values = _values(folder, setup)
    for name, text in templates():
        kept = folder / name
        kept.unlink(missing_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(Template(text).substitute(values))
    for part, names in PARTS.items():
        _link(folder / part, part, names)
    return folder / "janus.jcfg"


def templates() -> Iterator[tuple[str, str]]:
    """The configuration files that ship with the package, by name."""
    for each in sorted(files(__package__).joinpath("conf").iterdir(), key=lambda one: one.name):
        if each.name.endswith(".jcfg"):
            yield each.name, each.read_text(encoding="utf-8")


def _values(folder: Path, setup: Setup) -> dict[str, str]:
    keys = asdict(setup.keys)
    told = {name: str(value) for name, value in asdict(setup).items() if isinstance(value, str | int)} | {
        "folder": str(folder.absolute()),
        **keys,
        "ear": setup.ear,
    }
    for name, value in told.items():
        if not SAFE.issuperset(value):
            raise Refusal("janus.setting", f"The setting {name} of Janus holds a character that it may not.")
    # Shown in session descriptions; loopback there would tell a browser nothing.
    own = "" if setup.address.startswith("127.") else f'\tinterface = "{setup.address}"'
    return {**told, "interface": own, "nat": "\n".join(f"\t{line}" for line in _nat(setup))}


def _nat(setup: Setup) -> Iterator[str]:
    enforced = ",".join(setup.ice_enforce)
    stun_host, _, stun_port = setup.stun.rpartition(":")
    for value in (enforced, setup.public_address, setup.stun):
        if not SAFE.issuperset(value):
            raise Refusal("janus.setting", "An address in Janus' settings holds a character that it may not.")
    if enforced:
        yield f'ice_enforce_list = "{enforced}"'
    if setup.public_address:
        yield f'nat_1_1_mapping = "{setup.public_address}"'
    if stun_host:
        yield f'stun_server = "{stun_host}"'
        yield f"stun_port = {int(stun_port)}"


def _link(folder: Path, part: str, names: tuple[str, ...]) -> None:
    """A folder with just these parts in it, whatever was in it before."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name in names:
        (folder / name).symlink_to(_installed() / part / name)


def _installed() -> Path:
    """Where the package has its parts: the folder is named after the machine's kind."""
    found = next(iter(sorted(Path("/usr/lib").glob("*/janus/plugins"))), None)
    if found is None or not PROGRAM.exists():
        raise Refusal("janus.missing", "Janus is not installed here: apt-get install janus")
    return found.parent
