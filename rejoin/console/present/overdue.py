"""Everything past its time, for whoever answers for it."""

from typing import Final

from django.urls import reverse

from rejoin.console.door import Asking
from rejoin.console.tables import Chip, Choice, Column, Due, Kind, Link, Paged, Table
from rejoin.console.tables.asked import Asked
from rejoin.followup.boards import OverdueKind, OverdueRow, OverdueWanted, Slice, overdue_rows
from rejoin.followup.boards.overdue import Overdue
from rejoin.programs.rights import Right

KINDS: Final = {
    OverdueKind.STEP: "Steps past their deadline",
    OverdueKind.DISPOSITION: "No clinician's finding",
    OverdueKind.FIRST_ATTEMPT: "Nobody has tried in time",
    OverdueKind.NOBODYS: "Cases without an owner",
    OverdueKind.UNKNOWN_SEND: "Messages nobody knows of",
    OverdueKind.REVIEW: "Reviews",
    OverdueKind.WORDS: "Words unread",
    OverdueKind.TASK: "Tasks",
    OverdueKind.ASK: "Notes not acknowledged",
    OverdueKind.ENGINE: "The engine is silent",
}


def _read(asked: Asked, limit: int, offset: int) -> Overdue:
    asking, said = asked.asking, asked.values
    program = next((each.pk for each in asking.programs if each.slug == said.get("program")), None)
    wanted = OverdueWanted(
        kind=str(said.get("kind", "")),
        owner=asking.staff.pk if said.get("owner") == "mine" else None,
        program=program,
    )
    part = Slice(limit=limit, offset=offset, sort=asked.sort, descending=asked.descending)
    return overdue_rows(asking.programs_with(Right.SUPERVISE), now=asking.at, wanted=wanted, page=part)


def where_to(row: OverdueRow) -> str:
    """Where it is put right."""
    if row.kind is OverdueKind.REVIEW:
        return reverse("console:review", kwargs={"review_id": row.id})
    if row.kind is OverdueKind.TASK:
        return f"{reverse('console:tasks')}?whose=#task-{row.id}"
    if row.kind is OverdueKind.WORDS:
        return reverse("console:words")
    if row.case_ref:
        return reverse("console:case", kwargs={"ref": row.case_ref})
    return ""


def _programs(asking: Asking) -> list[tuple[str, str]]:
    return [(each.slug, each.name) for each in asking.programs if asking.may(Right.SUPERVISE, each.pk)]


def _what(row: OverdueRow) -> object:
    words, href = row.what[:1].upper() + row.what[1:], where_to(row)
    return Link(words, href) if href else words


OVERDUE: Final[Table[OverdueRow]] = Table(
    name="overdue",
    title="Overdue",
    counted=("thing", "things"),
    source=Paged(read=_read),
    columns=(
        Column("since", "Since", lambda row: Due(row.since), kind=Kind.TIME, sort="since", always=True),
        Column("what", "What", _what),
        Column("patient", "Patient", lambda row: row.patient, sort="patient"),
        Column(
            "risk",
            "Risk",
            lambda row: Chip("Elevated", "is-rose is-triangle") if row.elevated else "",
            kind=Kind.STATUS,
        ),
        Column("owner", "Owner", lambda row: row.owner or "Nobody", sort="owner"),
        Column("kind", "Kind", lambda row: KINDS[row.kind], sort="kind", css="small quiet"),
        Column("program", "Program", lambda row: row.program, css="small quiet"),
    ),
    filters=(
        Choice(
            "kind", "Kind", choices=tuple((each.value, word) for each, word in KINDS.items()), anything="All"
        ),
        Choice("owner", "Owner", choices=(("mine", "Mine"),), anything="Anybody's"),
        Choice("program", "Program", choices=_programs, anything="All"),
    ),
    order="since",
    nothing="Nothing is overdue.",
)
