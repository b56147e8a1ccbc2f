"""Ways back among many sessions, and the last seats of one taken by hundreds in one moment, through the real server.

Synthetic: one program that holds 112,000 group sessions in the week ahead, on 48 modules. Printed and never asserted but
for one thing: no seat is given twice.
"""

import os
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bench.engine import prepare
from tests.bench.live import running

SESSIONS = 112_000
MODULES = 48
ASKED = 300
AT_ONCE = 500
SEATS = 40
CSRF = "a" * 32
IN_PLACE = {"X-In-Place": "yes"}
GROUPS = """
INSERT INTO programs_group (program_id, name, is_open, minimum, maximum)
SELECT %s, 'G' || number, true, 2, 12 FROM generate_series(1, %s) AS number RETURNING id
"""
SESSIONS_AHEAD = """
INSERT INTO programs_session (ref, program_id, external_id, group_id, starts_at, ends_at, breaks, kind, service, module, mode,
                              held, unheld_by, by_name, seats_min, seats_max, seats_taken)
SELECT gen_random_uuid(), %(program)s, 'A' || number, (%(groups)s::bigint[])[1 + number %% cardinality(%(groups)s::bigint[])],
       begins.at, begins.at + interval '1 hour', '[]', 'group', 'skills', 'm' || number %% %(modules)s, 'video',
       'scheduled', '', false, 2, 12, 0
  FROM generate_series(1, %(count)s) AS number
 CROSS JOIN LATERAL (SELECT %(from)s::timestamptz + number * (interval '6 days' / %(count)s)) AS begins(at)
"""


def write_program() -> tuple[Any, list[Any], Any]:
    """The scene; seats that were missed, `ASKED` and then `AT_ONCE`; and the session with few seats."""
    from django.db import transaction

    from rejoin.common.rows import execute, select
    from rejoin.programs.models import Session
    from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing

    owing = Owing(names=tuple(f"p{number}" for number in range(ASKED + AT_ONCE)))
    with transaction.atomic():
        session = owing.scene.session(*owing.patients, seats_max=None, service="skills")
        owing.scene.watched(session)
    owing.run(NEXT_DAY)
    Session.objects.filter(pk=session.pk).update(module="m1")
    groups = [row[0] for row in select(GROUPS, [owing.scene.program.pk, 500])]
    execute(
        SESSIONS_AHEAD,
        {
            "program": owing.scene.program.pk,
            "groups": groups,
            "modules": MODULES,
            "count": SESSIONS,
            "from": NEXT_DAY + DAY / 8,
        },
    )
    execute("ANALYZE")
    green = owing.other_group(days=4, seats_max=SEATS, service="skills", module="m1")
    return owing, list(session.seats.order_by("pk")), green


def offered(owing: Any, seats: Sequence[Any]) -> list[float]:
    """Seconds of each offer, in this process: asked, found, ranked, held and written."""
    return [timed(partial(owing.offers, seat)) for seat in seats]


def timed(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def shown(port: int, paths: Sequence[str]) -> list[float]:
    """Seconds of what each page's script asks for: three ways, found, kept and shown."""

    def ask(path: str) -> None:
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        line.request("POST", f"{path}look", *form({}, IN_PLACE))
        answer = line.getresponse()
        if answer.status != 200 or b"I will come" not in answer.read():
            raise SystemExit("nothing was offered")
        line.close()

    ask(paths[0])
    return [timed(partial(ask, path)) for path in paths[1:]]


def form(fields: Mapping[str, str], more: Mapping[str, str] | None = None) -> tuple[str, dict[str, str]]:
    """Body and headers of what a browser sends that had the page before it."""
    from django.conf import settings

    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"{settings.CSRF_COOKIE_NAME}={CSRF}",
        **(more or {}),
    }
    return urlencode({**fields, "csrfmiddlewaretoken": CSRF}), headers


def taken(port: int, asked: Sequence[tuple[str, str]]) -> list[tuple[str, float]]:
    """What each was told, and after how long; all of them send in one moment."""
    gate = threading.Barrier(len(asked))

    def take(each: tuple[str, str]) -> tuple[str, float]:
        path, offer = each
        body, headers = form({"offer": offer})
        gate.wait()
        begun = time.perf_counter()
        line = HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("POST", f"{path}accept", body, headers)
        answer = line.getresponse()
        said = (answer.getheader("Location") or "").partition("?said=")[2]
        line.close()
        return f"{answer.status} {said}", time.perf_counter() - begun

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(take, asked))


def report() -> None:
    from rejoin.makeups.links import makeup_path
    from rejoin.makeups.models import Booking
    from tests.faults.crew import free_port

    owing, seats, green = write_program()
    paths = {seat.pk: makeup_path(seat.debt.ref) for seat in seats}
    first, by_page, crowd = seats[: ASKED // 2], seats[ASKED // 2 : ASKED], seats[ASKED:]
    found = offered(owing, first)
    print(
        f"three ways back among {SESSIONS:,} sessions: {figures(found)} in process, with locks, hold and trail"
    )
    port = free_port()
    with running("serve", "--port", str(port)):
        wait_for(port)
        print(
            f"  the page that finds and shows them: {figures(shown(port, [paths[each.pk] for each in by_page]))}"
        )
        asked = [(paths[each.pk], str(owing.shown(each, green).ref)) for each in crowd]
        begun = time.perf_counter()
        told = taken(port, asked)
        wall = time.perf_counter() - begun
    green.refresh_from_db()
    words = Counter(word for word, _ in told)
    print(
        f"{len(asked)} accept {SEATS} seats in one moment: {dict(words)} in {wall:.1f} s, {figures([s for _, s in told])}"
    )
    given = Booking.objects.filter(seat__session=green).count()
    if not given == green.seats_taken == words["303 taken"] == SEATS or sum(words.values()) != len(asked):
        raise SystemExit(f"{given} seats were given, and there are {SEATS}")


def wait_for(port: int) -> None:
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/health/live")
            if line.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            line.close()
    raise SystemExit("nobody answers")


def figures(found: Sequence[float]) -> str:
    ordered = sorted(found)
    return (
        f"{statistics.median(ordered) * 1000:.0f} ms median, {ordered[int(len(ordered) * 0.99)] * 1000:.0f} ms p99, "
        f"{ordered[-1] * 1000:.0f} ms worst"
    )


def main() -> None:
    is_ours = "REJOIN_HOME" not in os.environ
    prepare()
    from django.core.management import call_command

    from rejoin.config import embedded

    call_command("migrate", verbosity=0)
    try:
        report()
    finally:
        if is_ours:
            embedded.stop_server(Path(os.environ["REJOIN_HOME"]))


if __name__ == "__main__":
    main()
