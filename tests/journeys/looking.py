"""How journeys look at a page: windows, the rules of WCAG, the keyboard."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Size = tuple[int, int]
PHONE: Size = (390, 844)
DESK: Size = (1440, 900)
DESK_AT_200_PERCENT: Size = (720, 450)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCROLLS_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


LET_GO = "document.querySelectorAll('.help-line').forEach((each) => { each.style.position = %r; })"
"""The crisis line stays at the lower edge, over whatever can be scrolled from under it; the rule of targets sees one moment."""


def find_nothing_wrong(page: Page) -> None:
    """No rule of WCAG 2.2 AA is broken that a machine can see, and nothing runs out of the window sideways."""
    page.evaluate(LET_GO % "static")
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    page.evaluate(LET_GO % "")
    assert results.violations_count == 0, results.generate_report()
    assert not page.evaluate(SCROLLS_SIDEWAYS), "the page scrolls sideways"


def tab_to(page: Page, name: str, *, within: int = 60) -> None:
    """Presses Tab until what is called `name` has the focus: its label, or the words on it."""
    seen: list[str] = []
    for _ in range(within):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        if seen[-1] == name:
            return
    raise AssertionError(f"the keyboard does not reach {name!r}: {seen}")


def focused(page: Page) -> str:
    """What has the focus, as somebody who cannot see it would call it."""
    name: str = page.evaluate(
        "(() => { const e = document.activeElement;"
        " const words = e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || e.value || '';"
        " return words.trim().split('\\n')[0]; })()"
    )
    return name
