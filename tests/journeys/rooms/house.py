"""The whole house in a network of its own: Janus, the web, a worker, a vendor of texts, and browsers outside of it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser, Playwright

from rejoin.fakes.ledger import Entry, Ledger
from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER
from rejoin.rooms.engines.janus.starting import Running, start_janus
from rejoin.rooms.engines.janus.writing import Keys, Setup, fresh_keys
from tests.apps.processes import REPOSITORY, RUN, environment, wait_until
from tests.journeys.looking import QUIET
from tests.journeys.rooms.networks import ADDRESS, Networks, need, networks

PORT = 8091
VENDOR_PORT = 8099
SITE = f"http://localhost:{PORT}"
"""What browsers call the house: a secure origin, by a name that leads to the bridge (RESOLVED)."""
RESOLVED = f"--host-resolver-rules=MAP localhost {ADDRESS}"
MEDIA = (
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    RESOLVED,
)
"""Devices that are not there, at ten pictures a second: this runs on two cores."""


@dataclass(kw_only=True)
class House:
    """Where everything runs. Processes are started with `run` and stopped at the end."""

    networks: Networks
    folder: Path
    database: str
    janus: Running
    keys: Keys
    env: Mapping[str, str]
    _worker: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def working(self) -> Iterator[None]:
        """With a worker in it."""
        try:
            self.start_worker()
            yield
        finally:
            self.stop_worker()

    def start_worker(self) -> None:
        self._worker.enter_context(self.command("work"))

    def stop_worker(self) -> None:
        """And with it whoever hears of joins and leaves, looks who is missing, and sends."""
        self._worker.close()

    @contextmanager
    def command(self, *arguments: str, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Our command, inside the network, for as long as the block lasts."""
        with self.run(sys.executable, "-c", RUN, *arguments, log=arguments[0], **more) as started:
            yield started

    @contextmanager
    def run(self, *words: str, log: str, on: str = "", **more: str) -> Iterator["subprocess.Popen[bytes]"]:
        """`on`: a machine other than the server's; `more`: settings that differ."""
        with (self.folder / log).open("ab") as said:
            started = subprocess.Popen(
                [*self.networks.inside(on or self.networks.server), *words],
                cwd=REPOSITORY,
                env={**self.env, **more},
                stdout=said,
                stderr=said,
            )
            try:
                yield started
            finally:
                started.terminate()
                try:
                    started.wait(15)
                except subprocess.TimeoutExpired:
                    started.kill()
                    started.wait(10)

    def kill_engine(self) -> None:
        """As the power does."""
        self.janus.kill()

    def start_engine(self) -> None:
        """The same engine again, with nothing of what was in it."""
        inside = self.networks.inside(self.networks.server)
        again = start_janus(self.janus.folder, self.janus.setup, prefix=inside, wait=False)
        self.janus.process = again.process

    def answers(self, address: str) -> bool:
        """Whether something inside the network listens there."""
        host, _, port = address.rpartition(":")
        looked = f"import socket; socket.create_connection(({host!r}, {port}), 2).close()"
        asked = [*self.networks.inside(self.networks.server), sys.executable, "-c", looked]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def said(self, log: str) -> str:
        return (self.folder / log).read_text()

    def texts(self) -> list[str]:
        """To whom the vendor took something, in order."""
        return [each.address for each in self.taken()]

    def taken(self) -> list[Entry]:
        """What the vendor took, in order."""
        return Ledger(self.folder / "ledger").entries("taken")

    def browser(self, playwright: Playwright, client: str, *more: str) -> Browser:
        """A Chromium on a machine of its own."""
        script = self.folder / f"chromium-{client}"
        inside = " ".join(self.networks.inside(client))
        script.write_text(f'#!/bin/sh\nexec {inside} {need("chromium")} "$@"\n')
        script.chmod(0o755)
        return playwright.chromium.launch(executable_path=script, args=[*QUIET, *MEDIA, *more])


@contextmanager
def house(database: str, folder: Path) -> Iterator[House]:
    """Janus, a vendor of texts and the web. A worker is started by whoever wants one (`command("work")`)."""
    for program in ("janus", "chromium"):
        need(program)
    with networks() as made, ExitStack() as kept:
        made.add()  # a bridge without a cable has no carrier
        keys = fresh_keys()
        setup = Setup(keys=keys, address=ADDRESS, ice_enforce=("10.77.0.",))
        janus = start_janus(folder / "janus", setup, prefix=made.inside(made.server), wait=False)
        kept.callback(janus.kill)
        own = House(
            networks=made,
            folder=folder,
            database=database,
            janus=janus,
            keys=keys,
            env=_environment(database, folder, keys, setup),
        )
        kept.enter_context(own.run(*_vendor(folder), log="vendor"))
        kept.enter_context(own.command("serve", "--host", ADDRESS, "--port", str(PORT)))
        for place in (f"{ADDRESS}:{PORT}", f"{ADDRESS}:{setup.ws_port}", f"127.0.0.1:{VENDOR_PORT}"):
            wait_until(lambda place=place: own.answers(place))  # type: ignore[misc] # at once
        yield own


def _vendor(folder: Path) -> Sequence[str]:
    ledger = str(folder / "ledger")
    return (sys.executable, "-m", "rejoin.fakes.sms_vendor", "--port", str(VENDOR_PORT), "--ledger", ledger)


def _environment(database: str, folder: Path, keys: Keys, setup: Setup) -> dict[str, str]:
    return environment(
        folder,
        database=database,
        REJOIN_SECRET_KEY=settings.SECRET_KEY,
        REJOIN_BASE_URL=SITE,
        REJOIN_DRY_RUN="off",
        REJOIN_ENGINE="janus",
        REJOIN_JANUS_WS_URL=setup.ws_url,
        REJOIN_JANUS_ADMIN_URL=setup.admin_url,
        REJOIN_JANUS_EAR=f"{setup.ear_address}:{setup.ear_port}",
        REJOIN_JANUS_TOKEN_KEY=keys.token_key,
        REJOIN_JANUS_ADMIN_SECRET=keys.admin_secret,
        REJOIN_JANUS_ADMIN_KEY=keys.admin_key,
        REJOIN_JANUS_EAR_SECRET=keys.ear,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_FROM=OUR_NUMBER,
        TWILIO_API_BASE=f"http://127.0.0.1:{VENDOR_PORT}",
    )
