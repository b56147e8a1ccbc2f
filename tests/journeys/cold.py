"""What a first visit to a page costs: nothing is kept from before, over a phone's slow line, with a slow processor.

The line is Lighthouse's slow 4G, and the processor four times slower than this machine's.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Page

SLOW_4G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
}
TIMES_SLOWER: Final = 4
MOST_BYTES: Final = 60_000
"""Of a page with all that it asks for, as it comes over the line: headers, and compressed."""
# When the page stands and its scripts have run, and no task that keeps a tap waiting (50 ms or more) is left of them.
INTERACTIVE: Final = """() => new Promise((tell) => {
    const stands = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
    let last = stands;
    new PerformanceObserver((seen) => {
        for (const task of seen.getEntries()) last = Math.max(last, task.startTime + task.duration);
    }).observe({ type: "longtask", buffered: true });
    setTimeout(() => tell([performance.getEntriesByType("paint").at(-1)?.startTime ?? 0, last]), 100);
})"""


@dataclass
class Load:
    """Of one visit."""

    bytes: int = 0
    requests: list[str] = field(default_factory=list)
    painted: float = 0.0
    """Milliseconds until the first words are there."""
    interactive: float = 0.0
    """Milliseconds until she can tap, and is answered at once."""


def visit_cold(page: Page, path: str, *, slow: bool = True) -> Load:
    """`path` as if it were never asked for; `slow`: on the slow line and processor, to be timed."""
    load, session = Load(), page.context.new_cdp_session(page)
    session.on("Network.requestWillBeSent", lambda told: load.requests.append(told["request"]["url"]))
    session.on("Network.loadingFinished", lambda told: _add(load, told))
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.setBypassServiceWorker", {"bypass": True})
    if slow:
        session.send("Network.emulateNetworkConditions", SLOW_4G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
    page.goto(path, wait_until="load")
    load.painted, load.interactive = page.evaluate(INTERACTIVE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()
    return load


def _add(load: Load, told: dict[str, Any]) -> None:
    load.bytes += int(told["encodedDataLength"])
