"""A session's sheet as it is sent: for each seat what she says, why, and the outcome that she saw."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rejoin.attendance.boards import SeatLine
from rejoin.attendance.sheets import ATTESTABLE, SheetMark
from rejoin.console.present.words import NOTICE_REASONS
from rejoin.domain.attendance import Status

LARGEST_NUMBER: Final = 32_767
"""As the column of an outcome's number holds it."""
NUMBER: Final = re.compile(r"[0-9]{1,5}")


@dataclass(slots=True)
class Sheet:
    """What was sent, read against the seats that there are. `marks` is to be used where there are no `errors`."""

    marks: list[SheetMark] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    """By seat, what is to be put right."""
    said: dict[int, str] = field(default_factory=dict)
    """By seat the outcome that was chosen, so that it can be shown again."""
    reasons: dict[int, str] = field(default_factory=dict)


def read_sheet(sent: Mapping[str, str], seats: Iterable[SeatLine]) -> Sheet:
    """`s<seat>` is the outcome, `r<seat>` the reason, `n<seat>` the number of the outcome she saw."""
    sheet = Sheet()
    for seat in seats:
        said, reason, number = (sent.get(f"{letter}{seat.id}", "") for letter in "srn")
        sheet.said[seat.id], sheet.reasons[seat.id] = said, reason
        if said not in tuple(ATTESTABLE):
            sheet.errors[seat.id] = f"Say what became of {seat.name}: nobody knows yet."
        elif reason and reason not in NOTICE_REASONS:
            sheet.errors[seat.id] = f"Choose a reason for {seat.name} from the list, or none."
        elif not NUMBER.fullmatch(number) or int(number) > LARGEST_NUMBER:
            sheet.errors[seat.id] = f"This sheet does not say what it showed for {seat.name}: open it again."
        else:
            sheet.marks.append(SheetMark(seat.id, Status(said), int(number), reason))
    return sheet
