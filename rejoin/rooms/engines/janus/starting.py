"""A Janus of one's own: for trying out, demonstrations and tests. Where patients are, a service manager starts it."""

import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rejoin.domain.kernel import Refusal
from rejoin.rooms.engines.janus.adapter import Janus
from rejoin.rooms.engines.janus.admin import Admin
from rejoin.rooms.engines.janus.writing import PROGRAM, Setup, write_configuration
from rejoin.rooms.engines.port import EngineAway, EngineRefused

READY_WITHIN_SECONDS: Final = 20.0
LOOK_EVERY_SECONDS: Final = 0.05
STOP_WITHIN_SECONDS: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Running:
    """A server that was started here, to be stopped by whoever started it."""

    setup: Setup
    folder: Path
    prefix: Sequence[str]
    process: "subprocess.Popen[bytes]"

    @property
    def engine(self) -> Janus:
        """The server behind the port. The admin API is asked from this process, so it has to be within its reach."""
        return engine_for(self.setup)

    @property
    def log(self) -> Path:
        return self.folder / "janus.log"

    def kill(self) -> None:
        """As the power does (SIGKILL): nobody in it hears a word."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """As it should be (SIGTERM): everybody in it is told to have left."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_WITHIN_SECONDS)
            return
        self.kill()

    def start_again(self) -> None:
        """The same server once more, with nothing of what was in it."""
        self.process = _start(self.folder, self.prefix)
        _wait_until_ready(self)


def engine_for(setup: Setup) -> Janus:
    """The adapter of a server that is set up like this."""
    return Janus(
        admin=Admin(url=setup.admin_url, secret=setup.keys.admin_secret),
        ws_url=setup.ws_url,
        token_key=setup.keys.token_key,
        admin_key=setup.keys.admin_key,
    )


def start_janus(folder: Path, setup: Setup, *, prefix: Sequence[str] = (), wait: bool = True) -> Running:
    """Write the configuration into `folder`, start Janus with it, and return once it answers.

    `prefix` is put before the command: ("ip", "netns", "exec", "vs") starts it inside a network of its own. Its
    admin API then answers inside that network alone: let `wait` be False where this process stands outside.
    """
    write_configuration(folder, setup)
    running = Running(setup=setup, folder=folder, prefix=tuple(prefix), process=_start(folder, prefix))
    if wait:
        _wait_until_ready(running)
    return running


def _start(folder: Path, prefix: Sequence[str]) -> "subprocess.Popen[bytes]":
    with (folder / "janus.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own words
            [*prefix, str(PROGRAM), "-F", str(folder), "-C", str(folder / "janus.jcfg")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a ctrl-c is ours to pass on
        )


def _wait_until_ready(running: Running) -> None:
    admin = Admin(url=running.setup.admin_url, secret=running.setup.keys.admin_secret, timeout=1.0)
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until and running.process.poll() is None:
        try:
            if admin.ask("info").get("server-name") == running.setup.name:
                return
        except (EngineAway, EngineRefused):
            pass
        time.sleep(LOOK_EVERY_SECONDS)
    with suppress(ProcessLookupError):
        running.kill()
    raise Refusal("janus.start", f"Janus did not start; it says why in {running.log}")
