"""A list as it is declared, and the answer to whoever asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse

from rejoin.console.door import Asking
from rejoin.console.tables.asked import Asked, read_asked
from rejoin.console.tables.cells import Place, zone_of
from rejoin.console.tables.columns import Column
from rejoin.console.tables.export import TooMany, file_of
from rejoin.console.tables.filters import Filter
from rejoin.console.tables.shown import Shown, show
from rejoin.console.tables.sources import Source

R = TypeVar("R")
PRINTED_AT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[R]):
    """One list. Its `name` is what the trail calls it; its files are called `file`, which says nothing of health."""

    name: str
    title: str
    counted: tuple[str, str]
    """What one row is, and what many are: ("case", "cases")."""
    source: Source[R]
    columns: tuple[Column[R], ...]
    filters: tuple[Filter, ...] = ()
    order: str = ""
    """The column it is sorted by when nobody asks otherwise; "-opened": the last first."""
    zone: Callable[[R], str] | None = None
    """In which zone a row's times are told; None: the reader's program's."""
    mark: Callable[[R], str] | None = None
    """A class of its own for a row."""
    anchor: Callable[[R], str] | None = None
    """A row's id in the page, for whoever keeps it up to date."""
    nothing: str = "There is nothing here."
    size: int = 50
    file: str = "list"

    def __post_init__(self) -> None:
        for parts in (self.columns, self.filters):
            if len({each.name for each in parts}) < len(parts):
                raise ValueError(f"two columns or two filters of {self.name} have one name")
        if self.order.removeprefix("-") not in {"", *(each.name for each in self.columns if each.sort)}:
            raise ValueError(f"{self.name} is not sorted by a column of its own")

    def answer(
        self,
        request: HttpRequest,
        asking: Asking,
        *,
        scope: Mapping[str, object] | None = None,
        prefix: str = "",
    ) -> Shown | HttpResponse:
        """What a page shows of it; or the finished answer, when its file was asked for."""
        asked = read_asked(
            request.GET, self, asking, zone=home_zone(asking), scope=scope or {}, prefix=prefix
        )
        if asked.file and not asked.wrong:
            try:
                return file_of(self, asked)
            except TooMany as refused:
                return self._show(asked, fault=str(refused))
        return self._show(asked)

    def place_of(self, row: R, asked: Asked) -> Place:
        zone = zone_of(self.zone(row)) if self.zone else asked.zone
        return Place(zone=zone, here=asked.zone, now=asked.asking.at)

    def _show(self, asked: Asked, *, fault: str = "") -> Shown:
        size = PRINTED_AT_MOST if asked.every else self.size
        return show(self, asked, self.source.find(self, asked, size=size), fault=fault)


def home_zone(asking: Asking) -> ZoneInfo:
    """The zone in which she reads times: her program's, the first by name when she has several."""
    return zone_of(asking.programs[0].timezone if asking.programs else asking.staff.timezone)
