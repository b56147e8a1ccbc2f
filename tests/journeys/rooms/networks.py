"""Networks of a test's own: a bridge with the server's address on it, and a cable for each browser that can be pulled.

Engines and browsers leave the loopback address out where media is concerned, so that a machine without a network has
nowhere for it to go. Names are unique to the run, and everything is taken down at the end.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

ADDRESS = "10.77.0.1"


@dataclass(frozen=True, kw_only=True)
class Networks:
    """`server` is where the engine and the application are; each of `clients` has its own cable to it."""

    run: str
    clients: list[str] = field(default_factory=list)

    @property
    def server(self) -> str:
        return f"rj{self.run}s"

    def inside(self, name: str) -> Sequence[str]:
        """What is put before a command so that it runs there."""
        return ("ip", "netns", "exec", name)

    def add(self) -> str:
        """A machine of its own, with a cable to the bridge."""
        number = len(self.clients)
        name, here, there = f"rj{self.run}c{number}", f"p{number}", f"e{number}"
        self.clients.append(name)
        _ip("netns", "add", name)
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("link", "add", here, "netns", self.server, "type", "veth", "peer", "name", there, "netns", name)
        _ip("-n", self.server, "link", "set", here, "master", "br0")
        _ip("-n", self.server, "link", "set", here, "up")
        # An address that came by itself a second later would be a change of networks to a browser, which drops what it asks.
        _ip("-n", name, "link", "set", there, "addrgenmode", "none")
        _ip("-n", name, "addr", "add", f"{self.address(name)}/24", "dev", there)
        _ip("-n", name, "link", "set", there, "up")
        return name

    def address(self, name: str) -> str:
        """Of one that was added."""
        return f"10.77.0.{10 + self.clients.index(name)}"

    def pull(self, name: str, *, out: bool) -> None:
        """Pulls her cable out, or puts it back."""
        number = self.clients.index(name)
        _ip("-n", self.server, "link", "set", f"p{number}", "down" if out else "up")

    def processes(self, name: str) -> list[int]:
        """Everything that runs on that machine."""
        listed = subprocess.run(["ip", "netns", "pids", name], check=True, capture_output=True, text=True)
        return [int(pid) for pid in listed.stdout.split()]


@contextmanager
def networks() -> Iterator[Networks]:
    """Skips, loudly, where networks may not be made; in CI that is a failure."""
    made = Networks(run=secrets.token_hex(2))
    try:
        try:
            _ip("netns", "add", made.server)
        except (subprocess.CalledProcessError, FileNotFoundError) as fault:
            _cannot(f"no network of its own may be made here ({fault}): run as root, with iproute2")
        _ip("-n", made.server, "link", "set", "lo", "up")
        _ip("-n", made.server, "link", "add", "br0", "type", "bridge")
        _ip("-n", made.server, "addr", "add", f"{ADDRESS}/24", "dev", "br0")
        _ip("-n", made.server, "link", "set", "br0", "up")
        yield made
    finally:
        for name in (*made.clients, made.server):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def need(program: str) -> str:
    """Where it is; without it there is nothing to show."""
    found = shutil.which(program)
    if found is None:
        _cannot(f"{program} is not installed")
    return str(found)


def _cannot(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)
