"""All that there is for one missed session, on a page of its own: what fits, whose hour there is, and why not the others."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.console.door import Asking
from rejoin.console.forms.makeups_case import told_time
from rejoin.console.present.case_makeup import (
    MakeUpShown,
    Sent,
    called,
    in_minutes,
    present_make_up,
    repairs,
)
from rejoin.console.present.makeup_words import against_this, in_hours, why_this
from rejoin.domain.makeup.offering import WORDS
from rejoin.followup.models import Case
from rejoin.makeups.around import Around, Way
from rejoin.makeups.vocabulary import WaitTurn

NEARLY: Final = 12
GROUPS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundShown:
    """A way that fits, or nearly does."""

    way: Way
    called: str
    led_by: str
    length: str
    repairs: str
    why: tuple[str, ...]
    against: tuple[str, ...]
    """Of what does not fit: the rules it breaks."""
    time: str
    """As a form sends it."""
    can_wait: bool
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningShown:
    """Somebody's time for one-to-ones, with when in it."""

    who: str
    length: str
    repairs: str
    times: tuple[tuple[str, str], ...]
    """As a form sends it, and in words."""
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysShown:
    """The page of all there is."""

    case: Case
    name: str
    zone: ZoneInfo
    her_zone: ZoneInfo | None
    make_up: MakeUpShown
    fitting: tuple[FoundShown, ...]
    openings: tuple[OpeningShown, ...]
    nearly: tuple[FoundShown, ...]
    can_choose: bool
    """Something is owed, nothing is booked, and she may act."""


def present_ways(
    asking: Asking, case: Case, around: Around, *, name: str, sent: Sent | None = None
) -> WaysShown:
    """All that there is, each with why it fits or does not."""
    make_up = present_make_up(asking, case, sent=sent)
    zone = ZoneInfo(case.program.timezone)
    waits = {str(each.session_ref) for each, _ in make_up.waits if each.turn is WaitTurn.WAITING}
    left = make_up.minutes_left
    groups = [each for each in around.fitting if not each.is_one_to_one]
    nearly = [each for each in around.nearly if "content" not in each.broken and "early" not in each.broken]
    return WaysShown(
        case=case,
        name=name,
        zone=zone,
        her_zone=make_up.her_zone,
        make_up=make_up,
        fitting=tuple(_found(each, waits, left, asking.at) for each in groups[:GROUPS]),
        openings=_openings(around, left, zone, make_up.her_zone),
        nearly=tuple(_found(each, waits, left, asking.at) for each in nearly[:NEARLY]),
        can_choose=make_up.may_act and make_up.can_have_another,
    )


def _found(way: Way, waits: set[str], left: int, at: datetime) -> FoundShown:
    slot = way.slot
    minutes = in_minutes(slot.starts_at, slot.ends_at)
    broken = tuple(WORDS[each] for each in way.broken)
    return FoundShown(
        way=way,
        called=called(slot.kind, way.group),
        led_by=way.leader,
        length=in_hours(minutes),
        repairs=repairs(way.repairs, minutes=min(minutes, left)),
        why=why_this(way.because),
        against=broken or against_this(way.because),
        time=told_time(slot.key),
        can_wait=way.may_be_waited_for(at) and way.session_ref not in waits,
        waits=way.session_ref in waits,
    )


def _openings(around: Around, left: int, zone: ZoneInfo, hers: ZoneInfo | None) -> tuple[OpeningShown, ...]:
    """One-to-ones by whose time it is, each with its times in order."""
    by_opening: dict[int, list[Way]] = {}
    for each in around.fitting:
        if each.slot.opening_id is not None:
            by_opening.setdefault(each.slot.opening_id, []).append(each)
    found = []
    for number, ways in by_opening.items():
        ways.sort(key=lambda each: each.slot.starts_at)
        first = ways[0]
        minutes = in_minutes(first.slot.starts_at, first.slot.ends_at)
        found.append(
            OpeningShown(
                who=first.leader,
                length=in_hours(minutes),
                repairs=repairs(first.repairs, minutes=min(minutes, left)),
                times=tuple(
                    (told_time(each.slot.key), _told(each.slot.starts_at, zone, hers)) for each in ways
                ),
                number=number,
            )
        )
    return tuple(found)


def _told(at: datetime, zone: ZoneInfo, hers: ZoneInfo | None) -> str:
    there = f" ({at.astimezone(hers):%H:%M} where she is)" if hers else ""
    return f"{at.astimezone(zone):%a %-d %b, %H:%M}{there}"
