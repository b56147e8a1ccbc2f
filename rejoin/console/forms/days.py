"""A day, and a time of day on somebody's wall."""

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 1, 1)
"""Far from where calendars end: whatever is counted from such a day is a day too."""


class Day(forms.DateField):
    """A day in the browser's own field: no slip of a finger (0026, 20261) is one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}), **options)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and not EARLIEST <= value <= LATEST:
            raise forms.ValidationError("Write a day of this century.")


def whose_clock(zone: ZoneInfo) -> str:
    """What is said beside a time of day where the reader's own wall shows another: "Los Angeles time"; else nothing."""
    if zone.key == timezone.get_current_timezone_name():
        return ""
    return f"{zone.key.rpartition('/')[2].replace('_', ' ')} time: the program is there."
