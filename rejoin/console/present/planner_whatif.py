"""What extra sessions would change, way beside way; and where somebody thinks that one is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.present.longwork import STATES, WAITS_LONG, state_of
from rejoin.console.present.planner import CALLED, hours_words
from rejoin.console.present.planner_plan import gap_words
from rejoin.console.tables import Chip
from rejoin.longwork.enclosures import body_of
from rejoin.longwork.making_up import from_file
from rejoin.longwork.models import Enclosure, Work
from rejoin.longwork.vocabulary import OVER, Kind, Part, State
from rejoin.makeups.models import ExtraProposal
from rejoin.makeups.vocabulary import ExtraTurn
from rejoin.makeups.whatif import Extra, Way, WhatIf, WouldCome
from rejoin.people.models import Staff
from rejoin.programs.models import Program, Session

LETTERS: Final = "AB"
LATELY: Final = 6
"""Pieces of work that are listed beside the form."""
BACK: Final = timedelta(days=14)
CONTENTS: Final = """
SELECT DISTINCT session.service, session.module FROM programs_session AS session
 WHERE session.program_id = %s AND session.starts_at > %s AND session.starts_at <= %s AND session.kind = 'group'
 ORDER BY 1, 2 LIMIT 200
"""
NAMED: Final = f"""
SELECT seat.id, {CALLED}, patient.ref, session.starts_at, session.module
  FROM programs_seat AS seat JOIN people_patient AS patient ON patient.id = seat.patient_id
  JOIN programs_session AS session ON session.id = seat.session_id WHERE seat.id = ANY(%s)
"""  # noqa: S608 - our own words


class Named(NamedTuple):
    """A missed session with whose it is."""

    patient: str
    patient_ref: UUID
    missed_at: datetime
    module: str


class Comes(NamedTuple):
    """One who would come to an extra session, or to a seat that comes free by it."""

    named: Named
    newly: bool
    extra: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WayShown:
    """One way, with what it would come to."""

    number: int
    letter: str
    sessions: Sequence[tuple[Extra, str]]
    """Each with who would lead it."""
    more: int
    """Missed sessions that have a way back by it and had none."""
    placed: int
    coming: int
    seats: int
    staff_time: str
    each: str
    """Time of the staff for each that is gained."""
    gap: str
    come: Sequence[Comes]
    scheduled: bool
    over: bool
    """One of its sessions would have begun by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkShown:
    """A plan or a what-if that somebody asked for: how far it is, and what it came to."""

    ref: UUID
    of_what_if: bool
    title: str
    state: Chip
    over: bool
    done: bool
    can_stop: bool
    waits_long: bool
    saying: str
    steps: int
    steps_done: int
    error: str
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    own: bool
    kept: bool
    """Who would come is kept still, and hers to see."""
    owed: int
    placed: int
    ways: Sequence[WayShown]

    @property
    def names_patients(self) -> bool:
        return any(way.come for way in self.ways)


def contents_of(program: Program, asking: Asking) -> list[tuple[str, str]]:
    """What groups of the program were about lately, as (service, module)."""
    return [(row[0], row[1]) for row in select(CONTENTS, [program.pk, asking.at - BACK, asking.at])]


def content_words(service: str, module: str) -> str:
    return " · ".join(each for each in (service, module) if each) or "Any content"


def extras_due(program: Program, asking: Asking) -> list[ExtraProposal]:
    """Where many owe the same with no seat left, and nobody has decided on it: the most urgent first."""
    latest = (
        ExtraProposal.objects.filter(program=program)
        .order_by("service", "module", "-pk")
        .distinct("service", "module")
    )
    open_ = [each for each in latest if each.turn == ExtraTurn.PROPOSED.value and each.until_at > asking.at]
    return sorted(open_, key=lambda each: each.until_at)


def lately(program: Program) -> list[tuple[Work, Chip]]:
    """What was tried lately, the last first."""
    asked = Work.objects.filter(program=program, kind=Kind.WHAT_IF.value).select_related("asked_by")
    return [
        (each, state_of(each.state, stopping=each.stop_asked_at is not None))
        for each in asked.order_by("-asked_at")[:LATELY]
    ]


def ways_asked(work: Work) -> list[Way]:
    return msgspec.convert(work.given["ways"], list[Way])


def name_of_extra(work: Work, way: int, number: int) -> str:
    """By which an extra session is known that was scheduled from a what-if: the same one is never made twice."""
    return f"extra-{work.ref.hex[:12]}-{way}-{number}"


def present_asked(asking: Asking, work: Work, *, rate: float = 1.0) -> WorkShown:
    """A fixed number of queries, however many would come."""
    stopping = work.stop_asked_at is not None
    over = work.state in OVER or (stopping and work.state == State.QUEUED)
    done = work.state == State.DONE
    is_what_if = work.kind == Kind.WHAT_IF
    own = work.asked_by_id == asking.staff.pk
    lines = _lines(work) if own and done and is_what_if else None
    told = msgspec.convert(work.told, WhatIf) if done and is_what_if else None
    return WorkShown(
        ref=work.ref,
        of_what_if=is_what_if,
        title="What extra sessions would change" if is_what_if else "A plan of all make-ups",
        state=STATES[State.STOPPED]
        if stopping and over and not done
        else state_of(work.state, stopping=stopping),
        over=over,
        done=done,
        can_stop=not over and not stopping,
        waits_long=work.state == State.QUEUED and asking.at - work.asked_at > WAITS_LONG * max(rate, 1.0),
        saying=work.saying,
        steps=work.total,
        steps_done=work.done,
        error=work.error,
        asked_by=work.asked_by.name,
        asked_at=work.asked_at,
        ended_at=work.ended_at,
        own=own,
        kept=lines is not None,
        owed=told.owed if told else int(work.told.get("missed", 0)),
        placed=int(work.told.get("placed", 0)),
        ways=_ways(asking, work, told, lines or []) if told else (),
    )


def _lines(work: Work) -> list[WouldCome] | None:
    kept = Enclosure.objects.filter(work=work, part=Part.LINES.value, emptied_at__isnull=True).first()
    return from_file(body_of(kept)) if kept else None


def _ways(asking: Asking, work: Work, told: WhatIf, lines: Sequence[WouldCome]) -> list[WayShown]:
    asked = ways_asked(work)
    named = {row[0]: Named(*row[1:]) for row in select(NAMED, [[each.seat for each in lines]])}
    leaders = dict(
        Staff.objects.filter(pk__in={each.leader for way in asked for each in way}).values_list("pk", "name")
    )
    names = [name_of_extra(work, way, n) for way, each in enumerate(asked) for n in range(len(each))]
    scheduled = set(
        Session.objects.filter(program=work.program_id, external_id__in=names).values_list(
            "external_id", flat=True
        )
    )
    shown = []
    for number, (way, would) in enumerate(zip(asked, told.ways, strict=True)):
        more = max(0, would.placed - told.placed)
        shown.append(
            WayShown(
                number=number,
                letter=LETTERS[number],
                sessions=[(each, leaders.get(each.leader, "somebody who has left")) for each in way],
                more=more,
                placed=would.placed,
                coming=would.coming,
                seats=would.seats,
                staff_time=hours_words(would.staff_minutes),
                each=hours_words(round(would.staff_minutes / more)) if more else "",
                gap=gap_words(would.gap),
                come=_come(lines, number, named),
                scheduled=name_of_extra(work, number, 0) in scheduled,
                over=any(each.starts_at <= asking.at for each in way),
            )
        )
    return shown


def _come(lines: Sequence[WouldCome], way: int, named: Mapping[int, Named]) -> list[Comes]:
    return sorted(
        (
            Comes(named[each.seat], each.newly, each.extra >= 0)
            for each in lines
            if each.way == way and each.seat in named
        ),
        key=lambda each: (not each.newly, each.named.patient, each.named.missed_at),
    )
