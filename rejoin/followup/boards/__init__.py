"""What the pages of staff show of many cases at once: each a few set-based reads, whatever the number of rows.

How it is used, inside the door (`rejoin.common.seeing.seen_by_staff`), where `programs` are ids:

    worklist_rows(programs, now=at, wanted=WorkWanted(mine=staff.pk), page=Slice(limit=50))   -> Page[WorkRow]
    case_rows(programs, now=at, wanted=CaseWanted(state="open", text="ada"))                  -> Page[CaseRow]
    case_timeline(case)                                                                       -> tuple[Happening, ...]
    overdue_rows(programs, now=at, wanted=OverdueWanted(kind="step"))                          -> Page[OverdueRow]
    overdue_counts(programs, now=at)                                                          -> {kind: how many}

`Slice` is the part of the list (limit, offset), the column it is sorted by and the direction; the columns that can be
sorted by are the keys of WORK_SORTS, CASE_SORTS and OVERDUE_SORTS, and an unknown one is the default. `Page.total` counts
all that match, up to `COUNTED_TO`; `Page.total_is_more` says that there are more than that. Filters that are None or ""
ask nothing. Every row names what a page links to: a case by `case_ref`, a patient by `patient_ref`, a step, a review, a
task or a reply by its number.
"""

from rejoin.followup.boards.cases import CASE_SORTS, CaseRow, CaseWanted, case_rows
from rejoin.followup.boards.overdue import (
    OVERDUE_SORTS,
    OverdueKind,
    OverdueRow,
    OverdueWanted,
    overdue_counts,
    overdue_rows,
)
from rejoin.followup.boards.paging import COUNTED_TO, Page, Slice
from rejoin.followup.boards.timeline import Happening, HappeningKind, case_timeline
from rejoin.followup.boards.worklist import WORK_SORTS, Phone, WorkRow, WorkWanted, worklist_rows

__all__ = [
    "CASE_SORTS",
    "COUNTED_TO",
    "OVERDUE_SORTS",
    "WORK_SORTS",
    "CaseRow",
    "CaseWanted",
    "Happening",
    "HappeningKind",
    "OverdueKind",
    "OverdueRow",
    "OverdueWanted",
    "Page",
    "Phone",
    "Slice",
    "WorkRow",
    "WorkWanted",
    "case_rows",
    "case_timeline",
    "overdue_counts",
    "overdue_rows",
    "worklist_rows",
]
