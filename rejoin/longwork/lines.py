"""A replay patient by patient, as it is kept for a day for whoever asked."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from rejoin.domain.policy.replay import Asked, PatientReplay, SeatChange, WeekChange
from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.vocabulary import Part

NAME = "by-patient.json"


class SeatLine(msgspec.Struct, frozen=True, array_like=True):
    """One seat: its session, the outcome that stood and the other, and the rungs of each case; None: no case."""

    session: int
    stood: str
    would: str
    stood_rungs: int | None
    would_rungs: int | None
    because: str
    """Why the other policy tells it otherwise; "" where the outcome is the same."""


class ReviewLine(msgspec.Struct, frozen=True, array_like=True):
    fired_at: datetime
    then: str
    rule: str


class WeekLine(msgspec.Struct, frozen=True, array_like=True):
    """A week that is below its minimum under the one alone. Countable minutes of each side."""

    week_of: date
    stood_minutes: int
    stood_below: bool
    would_minutes: int
    would_below: bool


class PatientLine(msgspec.Struct, frozen=True, kw_only=True):
    """One patient, by her key: everything of hers that is otherwise."""

    patient: int
    seats: tuple[SeatLine, ...]
    raised: tuple[ReviewLine, ...]
    dropped: tuple[ReviewLine, ...]
    weeks: tuple[WeekLine, ...]

    @property
    def changes(self) -> int:
        return len(self.seats) + len(self.raised) + len(self.dropped) + len(self.weeks)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[PatientLine]).decode


def line_of(patient: int, replayed: PatientReplay) -> PatientLine:
    return PatientLine(
        patient=patient,
        seats=tuple(_seat(each) for each in replayed.seats),
        raised=tuple(_review(each) for each in replayed.raised),
        dropped=tuple(_review(each) for each in replayed.dropped),
        weeks=tuple(_week(each) for each in replayed.weeks),
    )


def as_file(lines: Iterable[PatientLine]) -> NewFile:
    body = _encode(list(lines))
    return NewFile(part=Part.LINES, name=NAME, media_type="application/json", body=body)


def from_file(body: bytes) -> list[PatientLine]:
    return _decode(body)


def _seat(change: SeatChange) -> SeatLine:
    stood, would = change.stood, change.would
    differs = stood.status is not would.status
    return SeatLine(
        session=int(change.session_id),
        stood=stood.status.value,
        would=would.status.value,
        stood_rungs=None if stood.case is None else len(stood.case.rungs),
        would_rungs=None if would.case is None else len(would.case.rungs),
        because="; ".join(each.text for each in would.because) if differs else "",
    )


def _review(asked: Asked) -> ReviewLine:
    return ReviewLine(asked.fired_at, asked.then, asked.rule)


def _week(change: WeekChange) -> WeekLine:
    return WeekLine(change.week_of, *change.stood, *change.would)
