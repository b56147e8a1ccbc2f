"""A word that she is missing goes out only when events and the room itself say so, and the room was asked just now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rejoin.domain.attendance.absent import Absent, RoomAsked, is_absent
from rejoin.domain.kernel import Interval

START = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
NOW = START + timedelta(minutes=10)
SECOND = timedelta(seconds=1)


def asked(**more: Any) -> RoomAsked:
    given: dict[str, Any] = {
        "span": Interval(START, END),
        "heard_at": NOW - 5 * SECOND,
        "told_in": False,
        "seen_in": False,
        "somebody_unknown": False,
    }
    return RoomAsked(**{**given, **more})


@pytest.mark.parametrize(
    ("room", "now", "expected"),
    [
        (asked(), NOW, Absent.CERTAIN),
        (asked(heard_at=NOW - 25 * SECOND), NOW, Absent.CERTAIN),
        (asked(heard_at=NOW - 26 * SECOND), NOW, Absent.ENGINE_SILENT),
        (asked(heard_at=None), NOW, Absent.ENGINE_SILENT),
        (asked(heard_at=NOW + 5 * SECOND), NOW, Absent.CERTAIN),
        (asked(heard_at=NOW + 6 * SECOND), NOW, Absent.ENGINE_SILENT),
        (asked(told_in=True), NOW, Absent.SHE_IS_HERE),
        (asked(seen_in=True), NOW, Absent.SHE_IS_HERE),
        (asked(seen_in=True, heard_at=None), NOW, Absent.SHE_IS_HERE),
        (asked(somebody_unknown=True), NOW, Absent.SOMEBODY_UNKNOWN),
        # After the end it is the end that counts: the room was asked until then, and is closed since.
        (asked(heard_at=END - 25 * SECOND), END + timedelta(hours=3), Absent.CERTAIN),
        (asked(heard_at=END - 26 * SECOND), END + timedelta(hours=3), Absent.ENGINE_SILENT),
    ],
)
def test_she_is_absent_for_certain_or_nobody_may_say_so(
    room: RoomAsked, now: datetime, expected: Absent
) -> None:
    assert is_absent(room, now=now) is expected
