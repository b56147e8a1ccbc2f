"""What each page of the console costs with 100,000 patients and two years of history behind it.

Server time, in process: middleware, the door, the view with its queries, and the template; no network, no browser.
Each page is asked for as several people: one who answers for everything, one of the largest program, and one who sees
only her own patients. Printed and never asserted.

    python -m tests.bench.pages                    # 100,000 patients: some minutes to write, then the pages
    python -m tests.bench.pages --patients 10000 --times 10
"""

import argparse
import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

WARM = 3


class Asked(NamedTuple):
    """One page as one person opens it."""

    name: str
    who: str
    path: str


class Cost(NamedTuple):
    """Milliseconds of wall and CPU, and queries."""

    wall: list[float]
    cpu: list[float]
    queries: int
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
    options.add_argument("--only", default="", help="pages whose name has this in it")
    asked = options.parse_args()
    with _platform(asked.keep) as folder:
        _measure(_years(folder / "years.json", asked.patients), times=asked.times, only=asked.only)


@contextmanager
def _platform(keep: Path | None) -> Iterator[Path]:
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


def _years(kept: Path, patients: int) -> SimpleNamespace:
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


def _pages(years: SimpleNamespace) -> list[Asked]:
    """Every page that is opened by address, and those of one row with a row of the big program's."""
    from django.urls import reverse

    from rejoin.followup.models import Case, Review
    from rejoin.programs.models import Session

    case = (
        Case.objects.filter(state="open", program__roles__staff=years.coordinator)
        .order_by("-opened_at")
        .first()
    )
    own = (
        Case.objects.filter(patient__seats__session__leaders__staff=years.leader)
        .order_by("-opened_at")
        .first()
    )
    session = Session.objects.filter(leaders__staff=years.leader).order_by("-starts_at").first()
    review = Review.objects.filter(open=True).first()
    plain = (
        "today",
        "worklist",
        "cases",
        "patients",
        "words",
        "huddle",
        "tasks",
        "handoff",
        "unmatched",
        "policies",
    )
    pages = []
    for who in ("everywhere", "coordinator", "leader"):
        pages += [
            Asked(name, who, reverse(f"console:{name}"))
            for name in plain
            if who != "leader" or name != "unmatched"
        ]
    pages.append(Asked("overdue", "everywhere", reverse("console:overdue")))
    pages.append(Asked("longwork", "everywhere", reverse("console:longwork")))
    for who, found in (("everywhere", case), ("coordinator", case), ("leader", own)):
        if found is not None:
            pages.append(Asked("case", who, reverse("console:case", kwargs={"ref": found.ref})))
            pages.append(Asked("safety", who, reverse("console:case_safety", kwargs={"ref": found.ref})))
            pages.append(Asked("patient", who, reverse("console:patient", kwargs={"ref": found.patient.ref})))
    for who in ("everywhere", "leader"):
        if session is not None:
            pages.append(Asked("session", who, reverse("console:session", kwargs={"ref": session.ref})))
    if review is not None:
        pages.append(
            Asked("review", "everywhere", reverse("console:review", kwargs={"review_id": review.pk}))
        )
    pages.append(Asked("worklist, ada", "everywhere", reverse("console:worklist") + "?q=ada"))
    pages.append(Asked("patients, ada", "everywhere", reverse("console:patients") + "?q=ada"))
    pages.append(Asked("cases, all", "everywhere", reverse("console:cases") + "?state="))
    pages.append(Asked("cases, by name", "everywhere", reverse("console:cases") + "?state=&sort=patient"))
    for who in ("privacy_everywhere", "privacy_officer"):
        pages.append(Asked("access", who, reverse("console:access")))
    return pages


def _measure(years: SimpleNamespace, *, times: int, only: str) -> None:
    from rejoin.people.models import Patient, Staff
    from tests.apps.signing import client_of, patient_client_of

    clients: dict[str, Any] = {}
    print(
        f"\n{'page':<16} {'as':<20} {'median':>8} {'p95':>8} {'worst':>8} {'CPU':>8}   ms   {'queries':>7} {'KB':>6}"
    )
    for page in _pages(years):
        if only in page.name:
            if page.who not in clients:
                clients[page.who] = client_of(Staff.objects.get(pk=getattr(years, page.who)))
            _tell(page, _cost(clients[page.who], page.path, times))
    if only in "portal":
        herself = patient_client_of(Patient.objects.get(pk=years.patient))
        _tell(Asked("portal", "patient", "/me/"), _cost(herself, "/me/", times))


def _cost(client: Any, path: str, times: int) -> Cost:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(WARM):
        answer = client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    asked = len(queries)
    wall, cpu = [], []
    for _ in range(times):
        at, worked = time.perf_counter(), time.process_time()
        answer = client.get(path)
        wall.append((time.perf_counter() - at) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return Cost(wall, cpu, asked, answer.status_code, len(answer.content))


def _tell(page: Asked, cost: Cost) -> None:
    p95 = sorted(cost.wall)[max(int(len(cost.wall) * 0.95) - 1, 0)]
    wrong = "" if cost.status == 200 else f"  answered {cost.status}"
    slow = "  over 100 ms" if p95 > 100 else ""
    print(
        f"{page.name:<16} {page.who:<20} {statistics.median(cost.wall):8.1f} {p95:8.1f} {max(cost.wall):8.1f} "
        f"{statistics.median(cost.cpu):8.1f}        {cost.queries:7} {cost.size / 1024:6.1f}{slow}{wrong}",
        flush=True,
    )


if __name__ == "__main__":
    main()
