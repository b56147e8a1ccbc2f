"""What an address asks of a list. Whatever it says, something sensible is meant by it, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from rejoin.console.door import Asking
from rejoin.console.tables.filters import Choices, Filter, Wrong, meaning_of, options_of

if TYPE_CHECKING:
    from rejoin.console.tables.table import Table

OWN = ("sort", "page", "all", "format", "bom")
"""What an address says beside the filters."""
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One reading of an address."""

    asking: Asking
    zone: ZoneInfo
    query: QueryDict
    """All of it: links keep what belongs to other lists of the page."""
    prefix: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    """By filter, as it was written."""
    values: Mapping[str, object] = field(default_factory=dict)
    """By filter, what was meant. Of a filter that narrows nothing: not there."""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """By filter, what is the matter with it."""
    options: Mapping[str, Choices] = field(default_factory=dict)
    """By filter, what it may be."""
    scope: Mapping[str, object] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int = 1
    every: bool = False
    """All rows on one page, to be printed."""
    file: bool = False
    """All rows as a file of values."""
    bom: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """What SQL may name. A filter that narrows nothing is NULL."""
        return {**dict.fromkeys(self.typed), "now": self.asking.at, **self.scope, **self.values}

    def address(self, **changes: str) -> str:
        """The same list asked for otherwise: "" takes something away. Never a file, unless asked."""
        query = self.query.copy()
        for name in ("format", "bom", "all", *(() if "page" in changes else ("page",))):
            query.pop(self.prefix + name, None)
        for name, value in changes.items():
            if value:
                query[self.prefix + name] = value
            else:
                query.pop(self.prefix + name, None)
        return f"?{query.urlencode()}"

    def cleared(self, names: list[str]) -> str:
        """The address without its filters."""
        query = self.query.copy()
        for name in (*names, *OWN):
            query.pop(self.prefix + name, None)
        return f"?{query.urlencode()}"


def read_asked(
    query: QueryDict,
    table: "Table[Any]",
    asking: Asking,
    *,
    zone: ZoneInfo,
    scope: Mapping[str, object],
    prefix: str = "",
) -> Asked:
    """What `query` asks of `table`."""
    typed = {each.name: _plain(query.get(prefix + each.name, each.initial)) for each in table.filters}
    options = {each.name: options_of(each, asking) for each in table.filters}
    values, wrong = _read(table.filters, typed, options, zone)
    sort, descending = _order(_plain(query.get(prefix + "sort", "")), table)
    return Asked(
        asking=asking,
        zone=zone,
        query=query,
        prefix=prefix,
        typed=typed,
        values=values,
        wrong=wrong,
        options=options,
        scope=scope,
        sort=sort,
        descending=descending,
        page=_page(query.get(prefix + "page", "")),
        every=query.get(prefix + "all") == "1",
        file=query.get(prefix + "format") == "csv",
        bom=query.get(prefix + "bom") == "1",
    )


def _read(
    filters: tuple[Filter, ...], typed: Mapping[str, str], options: Mapping[str, Choices], zone: ZoneInfo
) -> tuple[dict[str, object], dict[str, str]]:
    values: dict[str, object] = {}
    wrong: dict[str, str] = {}
    for each in filters:
        if not typed[each.name]:
            continue
        try:
            values[each.name] = meaning_of(each, typed[each.name], options[each.name], zone)
        except Wrong as fault:
            wrong[each.name] = str(fault)
    return values, wrong


def _order(text: str, table: "Table[Any]") -> tuple[str, bool]:
    """The column to sort by, of those that may be, and whether the last comes first."""
    for wanted in (text, table.order):
        name = wanted.removeprefix("-")
        if any(each.name == name and each.sort for each in table.columns):
            return name, wanted.startswith("-")
    return "", False


def _page(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 6):
        return 1
    return min(max(int(digits), 1), MOST_PAGES)


def _plain(text: str) -> str:
    """`text` without what PostgreSQL holds no letter for."""
    return text.replace("\x00", "").strip()
