"""First visits to a patient's main pages, timed for `tests/bench/portal.py`, which says how; nothing is asserted of it."""

import os
import statistics

import pytest

from tests.journeys.cold import MOST_BYTES, visit_cold
from tests.journeys.looking import PHONE
from tests.journeys.serving import SignedIn
from tests.journeys.test_portal import main_pages, missed

TIMES = "REJOIN_BENCH_TIMES"
MOST_MILLISECONDS = 2_000
"""What she may wait for until a tap is answered. Ours."""


@pytest.mark.journey
@pytest.mark.enable_socket
@pytest.mark.parametrize("language", ["en", "es"])
def bench_first_visits(signed_in: SignedIn, language: str) -> None:
    """On the scene of the journeys, by their fixtures."""
    _, ada = missed()
    type(ada).objects.filter(pk=ada.pk).update(language=language)
    page = signed_in(ada, size=PHONE)
    page.goto("/me/offline")  # the process has begun, and its templates are read
    over = []
    print(f"\n{'page':<10} {'in':<3} {'KB':>6} {'asked':>6} {'words ms':>9} {'taps ms':>9} {'worst ms':>9}")
    for name, path in main_pages(ada).items():
        loads = [visit_cold(page, path) for _ in range(int(os.environ.get(TIMES, "7")))]
        taps = [each.interactive for each in loads]
        weight = max(each.bytes for each in loads)
        print(
            f"{name:<10} {language:<3} {weight / 1000:6.1f} {max(len(each.requests) for each in loads):6}"
            f" {statistics.median(each.painted for each in loads):9.0f} {statistics.median(taps):9.0f} {max(taps):9.0f}"
        )
        if max(taps) > MOST_MILLISECONDS or weight > MOST_BYTES:
            over.append(name)
    print(f"over {MOST_MILLISECONDS} ms or {MOST_BYTES / 1000:.0f} KB: {', '.join(over) or 'none'}")
