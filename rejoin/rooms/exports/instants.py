"""Instants as machines write them: epochs in three units, and ISO 8601."""

from datetime import UTC, datetime, timedelta, tzinfo

from rejoin.rooms.exports.faults import Fault, shorten

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND, MILLISECOND = 1_000_000, 1_000
"""Units of an epoch, in microseconds: all folding is done on whole microseconds."""

_MICROSECOND = timedelta(microseconds=1)
EARLIEST = (datetime(2000, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
LATEST = (datetime(2101, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND

LATE = 300 * SECOND
"""Reported more than five minutes after it happened: delivered late."""


def impossible(value: float, field: str) -> Fault:
    """What to say of a number that cannot be a time."""
    return Fault(f"impossible time {shorten(str(value))}", field=field)


def micros_of(value: int, unit: int, field: str) -> int:
    """An epoch in `unit` as microseconds; a `Fault` unless it lies in this century."""
    micros = value * unit
    if EARLIEST <= micros < LATEST:
        return micros
    raise impossible(value, field)


def seconds_of(value: float | None, field: str) -> int:
    """An epoch in seconds, whole or not, as microseconds; a `Fault` when it is missing or not a time."""
    if value is None:
        raise Fault("is missing", field=field)
    micros = value * SECOND
    # Written this way round, a NaN is refused as well.
    if EARLIEST <= micros < LATEST:
        return round(micros)
    raise impossible(value, field)


def instant_of(micros: int) -> datetime:
    """Microseconds since 1970 as an aware UTC instant.

    Through a float, at half the time of an addition: in this century its error is a quarter of a
    microsecond at most, and rounded away.
    """
    return datetime.fromtimestamp(micros / SECOND, UTC)


def in_range(at: datetime, field: str) -> datetime:
    """`at`, or a `Fault` when its year cannot be meant."""
    if not 2000 <= at.year <= 2100:
        raise Fault(f"impossible time: the year {at.year}", field=field)
    return at


def read_iso(text: str, zone: tzinfo, field: str) -> datetime:
    """An ISO 8601 instant; one without an offset is on the clocks of `zone`."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Fault(f"{shorten(text)} is not a time", field=field) from None
    # The year is checked first: the conversion of year 1 or 9999 can overflow.
    in_range(at, field)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def read_optional_iso(text: str | None, zone: tzinfo, field: str) -> datetime | None:
    """Like `read_iso`; None for an absent or empty time."""
    return read_iso(text, zone, field) if text and text.strip() else None


def iso_micros(text: str, zone: tzinfo, field: str) -> int:
    """An ISO 8601 instant as microseconds since 1970."""
    return (read_iso(text, zone, field) - EPOCH) // _MICROSECOND
