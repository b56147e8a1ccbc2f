"""A figure that people decide by: never without how unsure it is, and what it rests on.

A page says it through `Figure`, whose cell holds its interval, inside a part that names its source (`data-source`). What a
page or a file holds beside that is found by `bare_figures` and `bare_columns`, which tests ask of every page and file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from rejoin.domain.learning.shares import ENOUGH_PATIENTS, Share, SharedOut

ESTIMATED: Final = re.compile(r"\d\s*%|\bin 100\b|\bpercent\b")
UNSURE: Final = re.compile(r"\binterval\b|\bbetween \S+ and \S+|\bnobody yet\b")
HELD_IN: Final = frozenset(
    {"td", "th", "p", "li", "dd", "dt", "caption", "figcaption", "text", "title", "desc", "summary"}
)
"""What is read as one: a figure's interval stands in the same cell or sentence."""
VOID: Final = frozenset(
    {"area", "br", "hr", "img", "input", "link", "meta", "use", "path", "line", "rect", "circle"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`said`: the figure in words. `unsure`: its interval, and of how many. `source`: what it was counted or estimated from."""

    said: str
    unsure: str
    source: str

    def __post_init__(self) -> None:
        if not (self.said.strip() and self.unsure.strip() and self.source.strip()):
            raise ValueError("a figure says how unsure it is, and what it rests on")

    def __str__(self) -> str:
        return f"{self.said} ({self.unsure})"


def figure_of(share: Share, source: str) -> Figure:
    """A share of people or events: how many of how many, with its 95% interval."""
    if share.value is None:
        return Figure(said="nobody yet", unsure="nothing to go by", source=source)
    return Figure(
        said=f"{share.count} of {share.of}",
        unsure=f"{100 * share.value:.0f}%, 95% interval {100 * share.low:.0f} to {100 * share.high:.0f}",
        source=source,
    )


def figure_of_patients(shared: SharedOut, source: str) -> Figure:
    """The same where one patient may stand in it many times; of too few of them the counts alone."""
    if shared.value is None:
        return Figure(said="nobody yet", unsure="nothing to go by", source=source)
    said = f"{shared.count} of {shared.of}"
    if shared.bounds is None:
        few = f"too few patients for a share with its interval: it takes {ENOUGH_PATIENTS} of like weight"
        return Figure(said=said, unsure=few, source=source)
    low, high = shared.bounds
    unsure = f"{100 * shared.value:.0f}%, 95% interval {100 * low:.0f} to {100 * high:.0f}"
    return Figure(said=said, unsure=unsure, source=source)


def bare_figures(html: str) -> list[str]:
    """Cells and sentences with a percentage that do not say how unsure it is, or lie in no part with its source."""
    reading = _Reading()
    reading.feed(html)
    reading.close()
    return reading.bare


def bare_columns(heading: Iterable[str]) -> list[str]:
    """Columns of a file that hold a share or an estimate (`share`, `p_...`, `..._estimate`) without low, high and source."""
    names = list(heading)
    whole = any(each.startswith("low") for each in names) and any(each.startswith("high") for each in names)
    if whole and "source" in names:
        return []
    return [each for each in names if each == "share" or each.startswith("p_") or each.endswith("estimate")]


class _Reading(HTMLParser):
    """Reads text by the cell or sentence that holds it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bare: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._text: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        sourced = any(name == "data-source" and bool(value) for name, value in attrs)
        self._open.append((tag, sourced))
        if tag in HELD_IN:
            self._text.append([])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing lies in it."""

    def handle_endtag(self, tag: str) -> None:
        if not any(each == tag for each, _ in self._open):
            return
        while True:
            last, sourced = self._open.pop()
            if last in HELD_IN:
                self._judge("".join(self._text.pop()), is_sourced=sourced or any(s for _, s in self._open))
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        if any(tag in ("script", "style") for tag, _ in self._open):
            return
        if self._text:
            self._text[-1].append(data)
        elif ESTIMATED.search(data):
            self._judge(data, is_sourced=any(s for _, s in self._open))

    def _judge(self, text: str, *, is_sourced: bool) -> None:
        said = " ".join(text.split())
        if ESTIMATED.search(said) and not (is_sourced and UNSURE.search(said)):
            self.bare.append(said)
