"""The demo's own folder, and the environment of its processes: nothing of anybody's real setting gets in."""

import base64
import os
import secrets
import shutil
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rejoin.config import embedded
from rejoin.demo.kept_tables import copy_kept_tables
from rejoin.domain.kernel import Refusal
from rejoin.fakes import sms_vendor
from rejoin.fakes.serving import LOOPBACK

DEFAULT_HOME: Final = Path(".rejoin/demo")
MARKER: Final = "this-is-a-demo"
LOST_AFTER_SECONDS: Final = 2
"""How long the demo waits for a vendor before it asks what became of a message; beside a clock that runs fast."""
# Whatever a real program sets stays outside.
OURS: Final = ("REJOIN_", "TWILIO_", "EMAIL_URL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a demo keeps everything, and where its web answers."""

    folder: Path
    port: int
    room_secret: str
    database_url: str | None = None
    """None: its own PostgreSQL, in its folder."""
    watched: bool = False
    """Somebody watches it in a browser: the pages of a demonstration are there, and people to sign in as."""
    engine: Mapping[str, str] = field(default_factory=dict)
    """What the platform is told of its video engine; nothing where it has none."""

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def sms_ledger(self) -> Path:
        return self.folder / "sms-vendor.sqlite3"

    @property
    def mail_ledger(self) -> Path:
        return self.folder / "mail-sink.sqlite3"

    @property
    def push_ledger(self) -> Path:
        return self.folder / "push-service.sqlite3"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"


def prepare_home(
    folder: Path, *, database_url: str | None = None, port: int | None = None, watched: bool = False
) -> Home:
    """An empty home, whose web answers at `port`, or at another where that is taken or nobody says.

    What an earlier demo left is thrown away; a folder that is none of ours is refused.
    """
    whole = folder.expanduser().absolute()
    if whole.exists() and any(whole.iterdir()):
        if not (whole / MARKER).exists():
            raise Refusal("demo.home", f"{folder} holds something that is no demo: give another --home.")
        _throw_away(whole)
    whole.mkdir(parents=True, exist_ok=True)
    (whole / MARKER).write_text("Made by `rejoin demo`, and thrown away by the next one.\n")
    home = Home(
        folder=whole,
        port=free_port(port),
        room_secret=secrets.token_hex(24),
        database_url=database_url,
        watched=watched,
    )
    home.logs.mkdir()
    return home


def start_database(home: Home) -> None:
    """The demo's own server. It is fast and forgets if the machine stops: nothing in it is anybody's.

    The platform's tables are there already where an earlier demo made them.
    """
    copy_kept_tables(embedded.ensure_server(home.folder, durable=False))


def enter(home: Home) -> None:
    """This process, as the demo's: it acts and looks, and sends nothing."""
    for name in [each for each in os.environ if each.startswith(OURS)]:
        del os.environ[name]
    os.environ["REJOIN_HOME"] = str(home.folder)
    if home.watched:
        os.environ["REJOIN_DEMONSTRATION"] = "on"
    os.environ.update(home.engine)
    if home.database_url is not None:
        os.environ["DATABASE_URL"] = home.database_url


def live_environment(home: Home, *, sms: str, mail_port: int = 0, push: str = "") -> dict[str, str]:
    """For the worker and the web: live sending, to the fakes on this machine and to nobody else. Texts, at least."""
    return {
        **_clean(os.environ),
        **({"DATABASE_URL": home.database_url} if home.database_url else {}),
        "REJOIN_HOME": str(home.folder),
        "REJOIN_BASE_URL": home.base_url,
        **({"REJOIN_DEMONSTRATION": "on"} if home.watched else {}),
        "REJOIN_DRY_RUN": "off",
        **({} if home.engine else {"REJOIN_LOST_AFTER_SECONDS": str(LOST_AFTER_SECONDS)}),
        "REJOIN_ROOM_SECRET_LIVEKIT": home.room_secret,
        "TWILIO_ACCOUNT_SID": sms_vendor.ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": sms_vendor.AUTH_TOKEN,
        "TWILIO_FROM": sms_vendor.OUR_NUMBER,
        "TWILIO_API_BASE": sms,
        **(_mail(mail_port) if mail_port else {}),
        **(_push(push) if push else {}),
        **home.engine,
    }


def _mail(port: int) -> dict[str, str]:
    return {"EMAIL_URL": f"smtp://{LOOPBACK}:{port}", "REJOIN_EMAIL_FROM": "hello@harbor.example"}


def _push(address: str) -> dict[str, str]:
    return {
        "REJOIN_PUSH_SERVICES": address,
        "REJOIN_VAPID_CONTACT": "mailto:hello@harbor.example",
        **_vapid_keys(),
    }


def _clean(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if not name.startswith(OURS)}


def _vapid_keys() -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.private_numbers()
    point = numbers.public_numbers
    public = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    return {
        "REJOIN_VAPID_PUBLIC_KEY": _encoded(public),
        "REJOIN_VAPID_PRIVATE_KEY": _encoded(numbers.private_value.to_bytes(32, "big")),
    }


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def free_port(wanted: int | None = None) -> int:
    """`wanted` if nobody has it, else any that is free."""
    for port in (wanted, 0):
        if port is None:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web will
            probe.bind((LOOPBACK, port))
            return int(probe.getsockname()[1])
    raise Refusal("demo.port", "This machine has no free port.")


def _throw_away(folder: Path) -> None:
    """The database is dropped and its server kept where it is: making a server anew takes seconds."""
    if (folder / "postgres").exists():
        _drop_database(embedded.ensure_server(folder, durable=False))
    for each in folder.iterdir():
        if each.name in ("postgres", MARKER):
            continue
        shutil.rmtree(each) if each.is_dir() else each.unlink()


def _drop_database(address: str) -> None:
    name = conninfo_to_dict(address)["dbname"]
    administering = make_conninfo(address, user="postgres", dbname="postgres")
    with psycopg.connect(administering, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
