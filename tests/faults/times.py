"""The program's clock, as a run moves it; and what it showed at any real instant, for the vendor's ledger."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from rejoin.common import clock
from rejoin.common.rows import select
from tests.faults.patience import patiently


class Setting(NamedTuple):
    """From this real instant on the clock stood at that one of the program."""

    real_at: datetime
    shown_at: datetime


class ProgramClock:
    """Stands, until it is moved. A machine's own clock is not moved: the product asks the database's alone."""

    def __init__(self) -> None:
        self.settings: list[Setting] = []
        self.stands_at = datetime.min.replace(tzinfo=UTC)
        self.is_off = False

    def show(self, at: datetime) -> None:
        self.stands_at = at
        self._set(at)

    def jump(self, seconds: float) -> None:
        """Wrong by so much, until it is put right."""
        self._set(self.stands_at + timedelta(seconds=seconds))
        self.is_off = True

    def right(self) -> None:
        self._set(self.stands_at)
        self.is_off = False

    def shown_at(self, real_at: datetime) -> datetime:
        """What the clock showed then."""
        return next(each.shown_at for each in reversed(self.settings) if each.real_at <= real_at)

    def _set(self, at: datetime) -> None:
        patiently(lambda: clock.simulate(shown_at=at, rate=0))
        ((real_at, shown_at),) = patiently(
            lambda: select("SELECT real_at, shown_at FROM common_simulatedclock")
        )
        self.settings.append(Setting(real_at, shown_at))
