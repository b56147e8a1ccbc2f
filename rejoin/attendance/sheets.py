"""A session's sheet: what a facilitator attests of everybody at once, prefilled from the room, in her own words."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rejoin.attendance.boards import SeatLine, seats_of
from rejoin.attendance.models import Mark
from rejoin.attendance.sweep import hold_sessions, look_at_sessions
from rejoin.audit.trail import action, record_all
from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Refusal
from rejoin.programs.models import Session

VERB = "attendance.attest_sheet"
ATTESTABLE = (
    Status.ATTENDED,
    Status.PARTIAL,
    Status.MISSED,
    Status.EXCUSED,
    Status.NOT_ADMITTED,
    Status.NOT_ADMISSIBLE,
)
"""What a sheet offers. A session that was not held is called off, and not marked seat by seat."""


class SheetMark(NamedTuple):
    """What she says of one seat, and the number of the outcome that she saw when she said it."""

    seat_id: int
    status: Status
    number: int
    reason: str = ""


class Changed(Refusal):
    """Something was decided or attested of these seats since the sheet was shown: nothing of it is kept."""

    def __init__(self, seats: Sequence[SeatLine]) -> None:
        names = ", ".join(each.name for each in seats)
        super().__init__(
            "sheet.changed",
            f"Something has changed since you opened this sheet: {names}. Nothing was saved; "
            "look at what is marked below and attest again.",
        )
        self.seats = tuple(seats)


@action(VERB)
def attest_sheet(*, session: Session, marks: Sequence[SheetMark], by: Actor, at: datetime) -> int:
    """Attest seats of a session that is over, all of them or none. Returns how many marks were made.

    A mark that only repeats what somebody attested already is not made twice. `Changed` when a seat is no longer as
    it was shown.
    """
    if session.ends_at > at:
        raise Refusal(
            "attest.early", "This session is still running: the sheet can be attested when it is over."
        )
    hold_sessions([session.pk])
    look_at_sessions([session.pk], by=by, at=at)
    lines = {line.id: line for line in seats_of([session.pk]).get(session.pk, [])}
    _refuse_strangers(lines, marks)
    changed = [lines[each.seat_id] for each in marks if lines[each.seat_id].number != each.number]
    if changed:
        raise Changed(changed)
    wanted = [each for each in marks if not _stands(lines[each.seat_id], each)]
    earlier = _latest_marks([each.seat_id for each in wanted])
    for each in wanted:
        Mark.objects.create(
            seat_id=each.seat_id,
            patient_id=lines[each.seat_id].patient_id,
            status=each.status.value,
            reason=each.reason,
            corrects_id=earlier.get(each.seat_id),
            at=at,
            by=str(by),
        )
    record_all(
        [
            (VERB, f"session:{session.pk}", None, session.program_id, ""),
            *(
                (VERB, f"seat:{each.seat_id}", lines[each.seat_id].patient_id, session.program_id, "")
                for each in wanted
            ),
        ],
        by=by,
        at=at,
    )
    look_at_sessions([session.pk], by=by, at=at)
    return len(wanted)


def _refuse_strangers(lines: dict[int, SeatLine], marks: Sequence[SheetMark]) -> None:
    if any(each.seat_id not in lines for each in marks):
        raise Refusal(
            "sheet.seat", "Somebody on this sheet has no seat in the session any more. Open it again."
        )


def _latest_marks(seat_ids: Sequence[int]) -> dict[int, int]:
    return dict(
        select("SELECT seat_id, max(id) FROM attendance_mark WHERE seat_id = ANY(%s) GROUP BY 1", [seat_ids])
    )


def _stands(line: SeatLine, mark: SheetMark) -> bool:
    return line.attested and line.status is mark.status and line.reason == mark.reason
