"""The worklist: whom to reach now, by the clock, with all it takes to do so."""

from collections.abc import Iterable
from typing import Final

from django.urls import reverse

from rejoin.console.door import Asking
from rejoin.console.tables import Chip, Choice, Column, Due, Kind, Link, Paged, Table, Text
from rejoin.console.tables.asked import Asked
from rejoin.followup import words
from rejoin.followup.boards import Page, Slice, WorkRow, WorkWanted, worklist_rows
from rejoin.followup.boards.queue import SOURCE
from rejoin.followup.vocabulary import AttemptOutcome, Origin
from rejoin.programs.rights import Right

BY_TAP: Final = (
    (AttemptOutcome.CONTACT, "c", "Reached"),
    (AttemptOutcome.VOICEMAIL, "v", "Voicemail"),
    (AttemptOutcome.NO_ANSWER, "n", "No answer"),
    (AttemptOutcome.WRONG_NUMBER, "w", "Wrong number"),
    (AttemptOutcome.REFUSED, "d", "Did not want to talk"),
)
"""What came of a call to her herself, with its key: the second of two taps."""
ESTIMATED_FROM: Final = SOURCE
WHOSE: Final = (("mine", "Mine"), ("", "Everybody's"))
KINDS: Final = tuple((each.value, words.ORIGINS[each.value].capitalize()) for each in Origin)


def _read(asked: Asked, limit: int, offset: int) -> Page[WorkRow]:
    asking, said = asked.asking, asked.values
    wanted = WorkWanted(
        mine=asking.staff.pk if said.get("whose") == "mine" else None,
        program=_program(asking, str(said.get("program", ""))),
        elevated=True if said.get("elevated") else None,
        overdue=bool(said.get("overdue")),
        kind=str(said.get("kind", "")),
        text=str(said.get("q", "")),
    )
    part = Slice(
        limit=limit, offset=offset, sort=asked.sort, descending=asked.descending, is_of_all=asked.file
    )
    return worklist_rows(_of(asking), now=asking.at, wanted=wanted, page=part)


def _of(asking: Asking) -> list[int]:
    """Programs in which she follows up, or answers for those who do."""
    return sorted({*asking.programs_with(Right.FOLLOW_UP), *asking.programs_with(Right.SUPERVISE)})


def _program(asking: Asking, slug: str) -> int | None:
    return next((each.pk for each in asking.programs if each.slug == slug), None)


def _programs(asking: Asking) -> list[tuple[str, str]]:
    return [(each.slug, each.name) for each in asking.programs]


def _case(row: WorkRow) -> Link:
    return Link(row.patient, reverse("console:case", kwargs={"ref": row.case_ref}))


WORK: Final[Table[WorkRow]] = Table(
    name="worklist",
    title="Worklist",
    counted=("step", "steps"),
    source=Paged(read=_read),
    columns=(
        Column(
            "clock",
            "Due",
            lambda row: Due(row.deadline or row.due_at),
            kind=Kind.TIME,
            sort="clock",
            always=True,
        ),
        Column("turn", "First to turn to", lambda row: row.turn.said, sort="turn", always=True),
        Column("patient", "Patient", _case, sort="patient"),
        Column("what", "What to do", lambda row: row.what),
        Column(
            "elevated",
            "Risk",
            lambda row: Chip("Elevated", "is-rose is-triangle") if row.elevated else "",
            kind=Kind.STATUS,
            sort="elevated",
        ),
        Column("owner", "Owner", lambda row: row.owner or f"any {row.role}", sort="owner"),
        Column("tries", "Tries", lambda row: row.attempts, kind=Kind.NUMBER),
        Column("last", "Last", lambda row: row.last_outcome),
        Column("program", "Program", lambda row: row.program),
    ),
    filters=(
        Choice("whose", "Whose", choices=WHOSE, anything="Everybody's"),
        Choice("program", "Program", choices=_programs, anything="All"),
        Choice("kind", "Why", choices=KINDS, anything="Any reason"),
        Choice("elevated", "Risk", choices=(("1", "Elevated only"),), anything="Any"),
        Choice("overdue", "Clock", choices=(("1", "Overdue only"),), anything="Any"),
        Text("q", "Find", hint=""),
    ),
    order="turn",
    mark=lambda row: "is-late" if row.is_overdue else "",
    nothing="Nothing is waiting for you. When something is due, it is here.",
    size=25,
)


def how_it_ends(row: WorkRow) -> str:
    """Which of a row's acts end it: "tap", "open" (only the case's page can), "words", "unknown" or "seen"."""
    if row.origin == Origin.REPLY.value:
        return "words"
    if row.origin == Origin.UNKNOWN_SEND.value:
        return "unknown"
    by_finding = row.origin in (Origin.DISPOSITION.value, Origin.CONCERN.value)
    if by_finding or row.role == "clinician" or row.to != "patient":
        return "open"
    return "tap" if row.origin == Origin.LADDER.value else "seen"


def with_acts(rows: Iterable[WorkRow]) -> list[tuple[WorkRow, str, str]]:
    """Each row with how it ends, and what the clock on her wall shows."""
    return [(row, how_it_ends(row), f"{row.local_time:%H:%M}") for row in rows]
