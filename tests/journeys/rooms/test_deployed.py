"""As it is put up where patients are: behind nginx, and through a relay, with the configuration files of deploy/."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from rejoin.rooms.engines.port import IceServer
from rejoin.rooms.engines.turn import Turn
from tests.apps.processes import REPOSITORY, wait_until
from tests.journeys.rooms.evening import Evening
from tests.journeys.rooms.house import House
from tests.journeys.rooms.networks import ADDRESS, need
from tests.journeys.rooms.somebody import at_the_door
from tests.journeys.serving import sign_in

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
DEPLOY = REPOSITORY / "deploy"
SITE = "https://rejoin.example.org"
ROOMS = "wss://rooms.example.org"
SECRET = "a-secret-that-only-relay-and-house-know"
AN_HOUR = timedelta(hours=1)
HELD_BACK_MILLISECONDS = 10_000
"""A proxy that holds back what is said lets nothing through before the next word, fifteen seconds later at the earliest."""
RELAY_ALONE = """
window.peers = [];
const Own = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Own {
  constructor(given) {
    super({ ...given, iceTransportPolicy: "relay" });
    window.peers.push(this);
  }
};
"""
"""Her network lets nothing through but a relay; and every line that her page opens is written down."""
PATHS = """async () => {
  const found = [];
  for (const peer of window.peers) {
    const told = [...(await peer.getStats()).values()];
    const pair = told.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
    const own = told.find((one) => one.id === pair?.localCandidateId);
    if (own) found.push([own.candidateType, own.relayProtocol]);
  }
  return found;
}"""
"""By what kind of address each line goes, and how the relay is spoken to."""
GATHER = """async (relay) => {
  const peer = new RTCPeerConnection({ iceServers: [relay], iceTransportPolicy: "relay" });
  const types = [], codes = [];
  peer.onicecandidateerror = (told) => codes.push(told.errorCode);
  const done = new Promise((end) => {
    peer.onicecandidate = ({ candidate }) => (candidate?.candidate ? types.push(candidate.type) : end());
  });
  peer.createDataChannel("any");
  await peer.setLocalDescription();
  await done;
  peer.close();
  return [types, [...new Set(codes)]];
}"""
"""Which addresses the relay gives to whoever asks with this leave, and which errors it answers with."""
FIRST_WORD = """async () => {
  const began = performance.now();
  const answer = await fetch("/live/?topics=today", { headers: { accept: "text/event-stream" } });
  await answer.body.getReader().read();
  return [answer.status, performance.now() - began];
}"""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What stands before the house."""

    turn: Turn
    browser: Sequence[str]
    """For browsers, who ask no name server, and know nobody who vouches for the certificate."""


@pytest.fixture
def evening(at_home: House, tmp_path: Path) -> Evening:
    return Evening(tmp_path, began=timedelta(minutes=1))


@pytest.fixture
def deployed(at_home: House, tmp_path: Path) -> Iterator[Deployed]:
    relay = at_home.networks.add()
    address = at_home.networks.address(relay)
    urls = (f"turn:{address}:3478?transport=tcp", "turns:turn.example.org:443?transport=tcp")
    settings = {
        "REJOIN_BASE_URL": SITE,
        "REJOIN_JANUS_WS_URL": ROOMS,
        "REJOIN_JANUS_TURN_URLS": ",".join(urls),
        "REJOIN_JANUS_TURN_SECRET": SECRET,
    }
    make_certificate(tmp_path)
    with ExitStack() as kept:
        kept.enter_context(at_home.command("serve", **settings))
        kept.enter_context(nginx(at_home, tmp_path))
        kept.enter_context(coturn(at_home, tmp_path, on=relay))
        for place in (f"{ADDRESS}:443", "127.0.0.1:8000", f"{address}:3478", f"{address}:443"):
            wait_until(partial(at_home.answers, place))
        hosts = f"--host-resolver-rules=MAP turn.example.org {address},MAP *.example.org {ADDRESS}"
        yield Deployed(turn=Turn(urls=urls, secret=SECRET), browser=[hosts, "--ignore-certificate-errors"])


def make_certificate(folder: Path) -> None:
    """One that nobody vouches for."""
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=rejoin.example.org"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([need("openssl"), *words, *files], check=True, capture_output=True)


def rewritten(name: str, folder: Path, **more: str) -> str:
    """A file of deploy/ with this house's addresses and certificates, and nothing else changed."""
    text = (DEPLOY / name).read_text()
    for told, here in {"/etc/ssl/rejoin": str(folder), "192.0.2.7": ADDRESS, **more}.items():
        assert told in text
        text = text.replace(told, here)
    return text


@contextmanager
def nginx(house: House, folder: Path) -> Iterator[None]:
    (folder / "rejoin.conf").write_text(rewritten("nginx/rejoin.conf", folder))
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; user root; pid {folder}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ include {folder}/rejoin.conf; }}\n"
    )
    words = [need("nginx"), "-e", "stderr", "-c", str(main)]
    subprocess.run([*words, "-t"], check=True, capture_output=True)
    with house.run(*words, log="nginx"):
        yield


@contextmanager
def coturn(house: House, folder: Path, *, on: str) -> Iterator[None]:
    conf = folder / "turnserver.conf"
    more = {
        "192.0.2.8": house.networks.address(on),
        "change-me-to-what-REJOIN_JANUS_TURN_SECRET-is": SECRET,
        "\nsyslog": "\nlog-file=stdout\n#",
    }
    conf.write_text(rewritten("coturn/turnserver.conf", folder, **more))
    database, pid = str(folder / "turndb"), str(folder / "turn.pid")
    with house.run(need("turnserver"), "-c", str(conf), "-b", database, "--pidfile", pid, log="turn", on=on):
        yield


def test_behind_the_proxy_and_through_the_relay_alone_they_see_each_other(
    deployed: Deployed, evening: Evening, at_home: House, driver: Playwright
) -> None:
    patients = evening.expect("ada", "dora")
    with at_the_door(
        patients,
        evening,
        at_home,
        driver,
        site=SITE,
        more=deployed.browser,
        script=RELAY_ALONE,
    ) as people:
        ada, dora = people
        for each in people:
            each.goes_in()
        wait_until(partial(ada.sees, dora))
        wait_until(partial(dora.sees, ada))
        for each in people:
            paths = each.page.evaluate(PATHS)
            assert len(paths) == 2
            assert {kind for kind, _ in paths} == {"relay"}
            assert {spoken for _, spoken in paths} <= {"tcp", "tls"}
        only_who_holds_leave_may_relay(ada.page, deployed.turn)
        pages_are_told_at_once(evening, dora.page)


def only_who_holds_leave_may_relay(page: Page, turn: Turn) -> None:
    now = datetime.now(UTC)
    for url in turn.urls:
        one = Turn(urls=(url,), secret=SECRET)
        assert gathered(page, one.leave("a-room", "p-ada", until=now + AN_HOUR)) == [["relay"], []]
    assert gathered(page, turn.leave("a-room", "p-ada", until=now - timedelta(seconds=5))) == [[], [401]]
    forged = Turn(urls=turn.urls, secret="a-secret-that-somebody-made-up")
    assert gathered(page, forged.leave("a-room", "p-ada", until=now + AN_HOUR)) == [[], [401]]


def gathered(page: Page, leave: IceServer) -> Any:
    shown = {"urls": list(leave.urls), "username": leave.username, "credential": leave.credential}
    return page.evaluate(GATHER, shown)


def pages_are_told_at_once(evening: Evening, page: Page) -> None:
    """An open line of the board comes through the proxy as it is said."""
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(base_url=SITE, ignore_https_errors=True)
    sign_in(context, SITE, evening.ben)
    board = context.new_page()
    board.goto("/today/")
    status, milliseconds = board.evaluate(FIRST_WORD)
    assert (status, milliseconds < HELD_BACK_MILLISECONDS) == (200, True)
    print(f"the first word of an open line came after {milliseconds:.0f} ms")
