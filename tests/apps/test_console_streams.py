"""Streams of the platform as it is served: a real server in a process of its own, and pages as browsers open them."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session as SignedIn
from django.test import Client

from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.common.rows import select
from rejoin.console import live
from rejoin.console.schema import CHANNEL
from rejoin.operations.serving import CONNECTIONS
from rejoin.programs.models import Seat, StaffRole
from rejoin.rooms.actions import issue_join_ref, name_rooms
from rejoin.rooms.fake import PATH, Visit, send, webhooks_of
from rejoin.rooms.models import SeatEvidence
from tests.apps.processes import REPOSITORY, RUN, environment, process, wait_until
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import account_of, client_of

pytestmark = pytest.mark.enable_socket
SECRET = "a secret of the rooms, and of nothing else"
BACK: Final = {"Last-Event-ID": "1"}
"""What a browser says whose line broke."""
# A platform whose stream looks at everything several times a second.
HASTY = """
from rejoin.operations.opening import open_platform
open_platform()
from rejoin.common.rows import select
from rejoin.console import live
live.HEARTBEAT_SECONDS, live.STANDING_SECONDS = 0.2, 0.4
"""


class Page:
    """An open page of a real browser's kind: a line of HTTP/1.1 that stays open."""

    def __init__(self, port: int, client: Client | None, topics: str = "today", **headers: str) -> None:
        name = settings.SESSION_COOKIE_NAME
        cookie = {"Cookie": f"{name}={client.cookies[name].value}"} if client is not None else {}
        self.line = HTTPConnection("127.0.0.1", port, timeout=20)
        self.line.request(
            "GET", f"/live/?topics={topics}", headers={**cookie, "Accept": "text/event-stream", **headers}
        )
        self.answer = self.line.getresponse()

    def told(self) -> str:
        """The next event's name and its data; "" when the stream has ended."""
        name = ""
        while line := self.answer.readline().decode():
            if line.startswith("event: "):
                name = line[7:].strip()
            elif line.startswith("data:"):
                return f"{name} {line[5:].strip()}".strip()
        return ""

    def close(self) -> None:
        self.line.close()
        self.answer.close()


class Site:
    """The platform, served, and pages that follow it."""

    def __init__(self, port: int, stack: ExitStack) -> None:
        self.port, self._stack = port, stack

    def open(self, client: Client | None, topics: str = "today", **headers: str) -> Page:
        page = Page(self.port, client, topics, **headers)
        self._stack.callback(page.close)
        return page

    def follow(self, client: Client) -> Page:
        """A page that comes back: the first that it is told is to look again."""
        page = self.open(client, **BACK)
        assert page.told().partition(" ")[0] == "refresh"
        return page

    def hand_in(self, body: bytes, headers: Mapping[str, str]) -> int:
        """As a room's provider does."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request("POST", PATH, body, dict(headers))
            return line.getresponse().status
        finally:
            line.close()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def env_of(home: Path, database: str) -> dict[str, str]:
    return environment(
        home, database=database, REJOIN_SECRET_KEY=settings.SECRET_KEY, REJOIN_ROOM_SECRET_LIVEKIT=SECRET
    )


def answers(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/health/live")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


@contextmanager
def served(home: Path, database: str, before: str = "") -> Iterator[tuple[Site, Any]]:
    """`rejoin serve` as a process, with its pages."""
    port = free_port()
    with (home / "served").open("ab") as said, ExitStack() as stack:
        started = subprocess.Popen(
            [sys.executable, "-c", before + RUN, "serve", "--port", str(port)],
            cwd=REPOSITORY,
            env=env_of(home, database),
            stdout=said,
            stderr=said,
        )
        try:
            wait_until(lambda: started.poll() is not None or answers(port))
            assert started.poll() is None, (home / "served").read_text()
            yield Site(port, stack), started
        finally:
            started.kill()
            started.wait(10)


@pytest.fixture(scope="module")
def platform(database_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of one that serves all of these tests."""
    with served(tmp_path_factory.mktemp("served"), database_address, HASTY) as (site, _):
        yield site.port


@pytest.fixture
def site(platform: int) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(platform, stack)


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Others can see all of it."""
    return Scene()


def listening(database: str) -> list[str]:
    """What each connection did last that hears of what is told; those kept for requests do not."""
    with psycopg.connect(database, autocommit=True) as other:
        found = other.execute(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND starts_with(query, 'LISTEN')"
        )
        return [row[0] for row in found]


def test_a_page_of_nobody_is_no_stream(site: Site) -> None:
    nobody = site.open(None)
    assert nobody.answer.status == 302
    assert nobody.answer.headers["Location"].startswith("/account/login/")


def test_a_stream_is_kept_by_nobody_on_the_way_and_tells_of_her_programs_alone(
    scene: Scene, site: Site
) -> None:
    other = Scene(slug="morning")
    ben, cleo = (site.open(client_of(each.ben), **BACK) for each in (scene, other))
    assert ben.answer.status == 200
    headers = {
        name: ben.answer.headers[name] for name in ("Content-Type", "Cache-Control", "X-Accel-Buffering")
    }
    assert headers == {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }
    assert (ben.told(), cleo.told()) == (f"refresh {scene.program.pk}", f"refresh {other.program.pk}")
    other.session(other.admit("eva"))
    scene.session(scene.admit("ada"))
    assert (ben.told(), cleo.told()) == (f"today {scene.program.pk}", f"today {other.program.pk}")


def test_streams_hold_one_connection_among_them_and_keep_nobody_signed_in(
    scene: Scene, site: Site, database_address: str
) -> None:
    clients = [client_of(scene.ben), client_of(scene.coordinator)]
    before = list(SignedIn.objects.order_by("pk").values_list("session_data", "expire_date"))
    pages = [site.follow(each) for each in clients for _ in range(live.MOST_STREAMS)]
    assert len(pages) > int(CONNECTIONS["max_size"])  # kept for requests
    wait_until(lambda: listening(database_address) == [f"LISTEN {CHANNEL}"])
    for each in pages:
        for _ in range(6):
            each.answer.readline()  # heartbeats: her standing has been looked at meanwhile
    assert list(SignedIn.objects.order_by("pk").values_list("session_data", "expire_date")) == before


def signs_out(scene: Scene, client: Client) -> None:
    client.session.flush()


def is_deactivated(scene: Scene, client: Client) -> None:
    account_of(scene.ben).__class__.objects.update(is_active=False)


def loses_her_roles(scene: Scene, client: Client) -> None:
    StaffRole.objects.filter(staff=scene.ben).update(ended_at=START - minutes(60), ended_by=str(COMMAND))


def changes_her_password(scene: Scene, client: Client) -> None:
    account_of(scene.ben, password="another quiet otter crosses")


@pytest.mark.parametrize("happens", [signs_out, is_deactivated, loses_her_roles, changes_her_password])
def test_a_stream_ends_when_she(happens: Callable[[Scene, Client], None], scene: Scene, site: Site) -> None:
    client = client_of(scene.ben)
    page = site.follow(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    happens(scene, client)
    assert page.told() == ""
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    back = site.open(client, **BACK)
    assert (back.answer.status, back.told(), back.told()) == (200, "signed-out", "")


def test_an_eleventh_page_is_told_so_and_follows_when_another_has_closed(scene: Scene, site: Site) -> None:
    client = client_of(scene.ben)
    pages = [site.follow(client) for _ in range(live.MOST_STREAMS)]
    refused = site.open(client)
    assert refused.answer.status == 429
    assert b"10 pages" in refused.answer.read()
    pages[3].close()
    wait_until(lambda: site.open(client).answer.status == 200)


def test_a_server_that_is_asked_to_stop_ends_its_streams_and_stops(
    scene: Scene, tmp_path: Path, database_address: str
) -> None:
    with served(tmp_path, database_address) as (site, process):
        pages = [site.open(client_of(scene.ben)) for _ in range(3)]
        assert [each.told() for each in pages] == [f"refresh {scene.program.pk}"] * 3
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert [each.told() for each in pages] == [""] * 3
        assert process.wait(10) == 0
    assert time.monotonic() - began < 5
    assert "error" not in (tmp_path / "served").read_text()


def cut_all(database: str) -> None:
    """As a database does that is started again."""
    with psycopg.connect(database, autocommit=True) as other:
        ((mine,),) = select("SELECT pg_backend_pid()")
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid NOT IN (pg_backend_pid(), %s)",
            [mine],
        )


def test_a_server_whose_connections_were_all_cut_answers_and_tells_again_at_once(
    scene: Scene, site: Site, database_address: str
) -> None:
    page = site.follow(client_of(scene.ben))
    with ThreadPoolExecutor(int(CONNECTIONS["max_size"])) as crowd:
        forged = [(b"{}", {"Authorization": "forged", "Content-Type": "application/json"})] * 100
        assert set(crowd.map(lambda each: site.hand_in(*each), forged)) == {401}
    cut_all(database_address)
    assert page.told() == f"refresh {scene.program.pk}"
    began = time.monotonic()
    wait_until(lambda: site.hand_in(*forged[0]) == 401)
    assert time.monotonic() - began < 5


def test_a_join_is_told_by_the_room_to_the_page_that_follows(
    scene: Scene, site: Site, tmp_path: Path, database_address: str
) -> None:
    ada = scene.admit("ada", sms=False)
    session = scene.session(ada)
    name_rooms(names=[(session.pk, "blue")], by=COMMAND, at=START - minutes(60))
    ref = issue_join_ref(seat=Seat.objects.get(), provider="livekit", by=COMMAND, at=START - minutes(60))
    clock.simulate(shown_at=START + minutes(1), rate=1)
    page = site.follow(client_of(scene.ben))
    visit = Visit(room="blue", ref=ref, joined_at=START + minutes(1))
    joined = [each for each in webhooks_of([visit]) if b"participant_joined" in each.body]
    with process("work", env=env_of(tmp_path, database_address), log=tmp_path / "worked"):
        wait_until(lambda: "work.began" in (tmp_path / "worked").read_text())
        assert send(joined, site.hand_in, secret=SECRET) == [200]
        assert page.told() == f"today {scene.program.pk}"
        while not SeatEvidence.objects.filter(first_join__isnull=False).exists():
            assert page.told() == f"today {scene.program.pk}"
