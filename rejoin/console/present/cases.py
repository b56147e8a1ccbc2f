"""The list of cases."""

from typing import Final

from django.urls import reverse

from rejoin.console.door import Asking
from rejoin.console.tables import Chip, Choice, Column, Day, Due, Kind, Link, Paged, Table, Text
from rejoin.console.tables.asked import Asked
from rejoin.followup import words
from rejoin.followup.boards import CaseRow, CaseWanted, Page, Slice, case_rows
from rejoin.followup.vocabulary import FinalOutcome
from rejoin.programs.rights import Right

STATES: Final = (
    ("on_the_list", "Not ended"),
    ("open", "Open"),
    ("stopped", "Outreach stopped"),
    ("closed", "Ended"),
)
ENDINGS: Final = tuple(
    (each.value, words.word(words.ENDINGS, each.value).capitalize()) for each in FinalOutcome
)


def _read(asked: Asked, limit: int, offset: int) -> Page[CaseRow]:
    asking, said = asked.asking, asked.values
    programs = {*asking.programs_with(Right.FOLLOW_UP), *asking.programs_with(Right.SUPERVISE)}
    wanted = CaseWanted(
        state=str(said.get("state", "")),
        program=next((each.pk for each in asking.programs if each.slug == said.get("program")), None),
        owner=asking.staff.pk if said.get("owner") == "mine" else None,
        nobodys=said.get("owner") == "nobody",
        elevated=True if said.get("elevated") else None,
        outcome=str(said.get("ending", "")),
        text=str(said.get("q", "")),
        opened_from=said.get("from"),  # type: ignore[arg-type] # an instant: a Day makes it one
        opened_until=said.get("until"),  # type: ignore[arg-type] # as above
    )
    part = Slice(
        limit=limit, offset=offset, sort=asked.sort, descending=asked.descending, is_of_all=asked.file
    )
    return case_rows(sorted(programs), wanted=wanted, page=part)


def _programs(asking: Asking) -> list[tuple[str, str]]:
    return [(each.slug, each.name) for each in asking.programs]


CASES: Final[Table[CaseRow]] = Table(
    name="cases",
    title="Cases",
    counted=("case", "cases"),
    source=Paged(read=_read),
    columns=(
        Column(
            "patient",
            "Patient",
            lambda row: Link(row.patient, reverse("console:case", kwargs={"ref": row.case_ref})),
            sort="patient",
        ),
        Column("opened", "Missed", lambda row: row.opened_at, kind=Kind.TIME, sort="opened", always=True),
        Column(
            "elevated",
            "Risk",
            lambda row: Chip("Elevated", "is-rose is-triangle") if row.elevated else "",
            kind=Kind.STATUS,
        ),
        Column(
            "state", "State", lambda row: row.ending.capitalize() or dict(STATES)[row.state], kind=Kind.STATUS
        ),
        Column("owner", "Owner", lambda row: row.owner or "Nobody", sort="owner"),
        Column("tries", "Tries", lambda row: row.attempts, kind=Kind.NUMBER),
        Column("last", "Last", lambda row: row.last_outcome),
        Column("step", "Next", lambda row: row.next_step),
        Column(
            "next", "By", lambda row: row.next_due_at and Due(row.next_due_at), kind=Kind.TIME, sort="next"
        ),
        Column("promised", "Said back", lambda row: row.promised_at, kind=Kind.TIME),
        Column("program", "Program", lambda row: row.program),
    ),
    filters=(
        Choice("state", "State", choices=STATES, anything="Any", initial="on_the_list"),
        Choice("owner", "Owner", choices=(("mine", "Mine"), ("nobody", "Nobody's")), anything="Anybody's"),
        Choice("program", "Program", choices=_programs, anything="All"),
        Choice("elevated", "Risk", choices=(("1", "Elevated only"),), anything="Any"),
        Choice("ending", "Ended as", choices=ENDINGS, anything="Any"),
        Day("from", "Missed from"),
        Day("until", "To", is_over=True),
        Text("q", "Find"),
    ),
    order="-opened",
    nothing="No case is open. When somebody is missed, it is here within minutes.",
)
