"""What each page of the console costs with 100,000 patients and two years of history behind it.

Server time, in process: middleware, the door, the view with its queries, and the template; no network, no browser.
Each page is asked for as several people: one who answers for everything, one of the largest program, and one who sees
only her own patients; a patient's own pages as she, and a family's as somebody of it; and each list by every filter and every sort of its own form (`tests/bench/asked.py`). Printed and
never asserted: p50, p95 and worst of the wall clock, the time its statements took,
this process's CPU, and the database's for it.

    python -m tests.bench.pages                    # 100,000 patients: some minutes to write, then the pages
    python -m tests.bench.pages --patients 10000 --times 10
"""

import argparse
import json
import logging
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from fnmatch import fnmatch
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import psutil

WARM = 3
LONG_SECONDS = 4.0
"""A page that has taken so long altogether is asked for no more, once it has been asked for three times: it is over the bar."""


BAR_MS = 100
"""What a page may take. Ours: longer than that is felt as waiting."""
HEAD = f"\n{'page':<42} {'as':<18} {'p50':>8} {'p95':>8} {'worst':>8} {'SQL':>8} {'CPU':>7} {'its':>7}   ms   {'queries':>7} {'KB':>6}"


class Cost(NamedTuple):
    """Milliseconds of wall, of this process's CPU and of the database's, and every statement with how long it took."""

    wall: list[float]
    cpu: list[float]
    database: float
    """Its CPU for once, on average: what a page costs even where others keep the machine busy."""
    queries: list[list[tuple[float, str]]]
    status: int
    size: int


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--patients", type=int, default=100_000)
    options.add_argument("--times", type=int, default=40)
    options.add_argument(
        "--keep", type=Path, help="a folder to keep the database in, and to use it from again"
    )
    options.add_argument("--only", default="", help='pages whose name is like this: "worklist*"')
    options.add_argument("--dearest", type=int, default=0, help="and so many statements of each, the longest")
    options.add_argument("--nights", action="store_true", help="and then what the engine asks (nights.py)")
    asked = options.parse_args()
    with platform(asked.keep) as folder:
        years = history(folder / "years.json", asked.patients)
        _measure(years, times=asked.times, only=asked.only, dearest=asked.dearest)
        if asked.nights:
            from tests.bench.nights import measure_nights

            measure_nights()


@contextmanager
def platform(keep: Path | None) -> Iterator[Path]:
    """Django on a PostgreSQL of its own, in a folder."""
    from rejoin.config import embedded

    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as made:
        folder = keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        Path(made).chmod(0o755)
        address = embedded.ensure_server(folder)
        os.environ.update(DATABASE_URL=address, DJANGO_SETTINGS_MODULE="rejoin.config.settings_test")
        import django

        django.setup()
        logging.disable(logging.CRITICAL)
        from django.core.management import call_command
        from django.db import connection

        try:
            call_command("migrate", verbosity=0, interactive=False)
            yield folder
        finally:
            connection.close()
            embedded.stop_server(folder)


def history(kept: Path, patients: int) -> SimpleNamespace:
    """Who may be asked as. Written now, or by an earlier run that kept its folder."""
    from django.db import connection

    from tests.bench import years

    if not kept.exists():
        began = time.monotonic()
        made = years.populate(connection, patients=patients)
        largest = sorted(made.sizes.items(), key=lambda each: -each[1])[:12]
        print(
            f"written in {time.monotonic() - began:.0f} s: "
            + ", ".join(f"{name} {rows:,}" for name, rows in largest)
        )
        kept.write_text(
            json.dumps({name: value for name, value in asdict(made).items() if isinstance(value, int)})
        )
    return SimpleNamespace(**json.loads(kept.read_text()))


def _measure(years: SimpleNamespace, *, times: int, only: str, dearest: int) -> None:
    from tests.bench.asked import everything_asked

    clients: dict[str, Any] = {}
    print(HEAD)
    over: list[str] = []
    wanted = [each for each in everything_asked(years) if fnmatch(each.name, only or "*")]
    for page in wanted:
        if page.who not in clients:
            clients[page.who] = _client_of(page.who, getattr(years, page.who))
        cost = _cost(clients[page.who], page.path, times)
        over += [f"{page.name} ({page.who})"] if _tell(page, cost) > BAR_MS else []
        _tell_queries(cost, dearest)
    print(f"\n{len(over)} of {len(wanted)} over {BAR_MS} ms{': ' if over else ''}" + "; ".join(over))


def _client_of(who: str, number: int) -> Any:
    """A browser in which whoever asks is signed in."""
    from rejoin.people.models import Patient, Staff
    from rejoin.people.relatives import Relative
    from tests.apps.signing import account_of, client_of, patient_client_of, signed_in

    if who == "patient":
        return patient_client_of(Patient.objects.get(pk=number))
    if who == "relative":
        return signed_in(account_of(Relative.objects.get(pk=number)), "password")
    return client_of(Staff.objects.get(pk=number))


def _cost(client: Any, path: str, times: int) -> Cost:
    """The page asked for so many times. The first ones fill what a process keeps, and are not counted."""
    from django.db import connection

    answer = None
    began = time.perf_counter()
    for _ in range(WARM):
        if time.perf_counter() - began < LONG_SECONDS / WARM:
            answer = client.get(path)
    wall: list[float] = []
    cpu: list[float] = []
    queries: list[list[tuple[float, str]]] = []
    engine = psutil.Process(connection.connection.info.backend_pid)
    before = sum(engine.cpu_times()[:2])
    for _ in range(times):
        if len(wall) >= WARM and sum(wall) > LONG_SECONDS * 1000:
            break
        asked: list[tuple[float, str]] = []
        with connection.execute_wrapper(partial(_timed, asked)):
            at, worked = time.perf_counter(), time.process_time()
            answer = client.get(path)
            wall.append((time.perf_counter() - at) * 1000)
            cpu.append((time.process_time() - worked) * 1000)
        queries.append(asked)
    assert answer is not None
    database = (sum(engine.cpu_times()[:2]) - before) * 1000 / len(wall)
    return Cost(wall, cpu, database, queries, answer.status_code, len(answer.content))


def _timed(asked: list[tuple[float, str]], execute: Any, sql: str, *rest: Any) -> Any:
    """How long the database took over each statement."""
    at = time.perf_counter()
    try:
        return execute(sql, *rest)
    finally:
        asked.append(((time.perf_counter() - at) * 1000, sql))


def _tell(page: Any, cost: Cost) -> float:
    """One line of the table; its p95."""
    p95 = sorted(cost.wall)[max(math.ceil(len(cost.wall) * 0.95) - 1, 0)]
    wrong = "" if cost.status == HTTPStatus.OK else f"  answered {cost.status}"
    slow = f"  over {BAR_MS} ms" if p95 > BAR_MS else ""
    in_sql = statistics.median(sum(took for took, _ in each) for each in cost.queries)
    print(
        f"{page.name:<42} {page.who:<18} {statistics.median(cost.wall):8.1f} {p95:8.1f} {max(cost.wall):8.1f} "
        f"{in_sql:8.1f} {statistics.median(cost.cpu):7.1f} {cost.database:7.1f}        {len(cost.queries[-1]):7} {cost.size / 1024:6.1f}"
        f"{slow}{wrong}",
        flush=True,
    )
    return p95


def _tell_queries(cost: Cost, dearest: int) -> None:
    """The statements a page waits for longest."""
    for took, sql in sorted(cost.queries[-1], reverse=True)[:dearest]:
        print(f"    {took:8.1f} ms  {' '.join(sql.split())[:160]}")


if __name__ == "__main__":
    main()
