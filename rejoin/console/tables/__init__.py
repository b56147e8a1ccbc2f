"""Lists of the console. Each can be filtered, sorted, taken out as CSV and printed, and says how many there are.

A list is declared once and shown by one line of a view:

    class Line(NamedTuple):
        ref: UUID
        patient: str
        due_at: datetime | None
        state: str
        timezone: str

    CASES = Table(
        name="cases",
        title="Cases",
        counted=("case", "cases"),
        source=Select(
            row=Line,
            columns='"case".ref, patient.name, "case".next_due_at, "case".state, program.timezone',
            tables='followup_case AS "case" JOIN people_patient AS patient ON patient.id = "case".patient_id '
            'JOIN programs_program AS program ON program.id = "case".program_id',
            key='"case".id',
        ),
        columns=(
            Column("patient", "Patient", lambda row: Link(row.patient, case_url(row.ref)), sort="patient.name"),
            Column("due", "Next due", lambda row: row.due_at and Due(row.due_at), kind=Kind.TIME, sort='"case".next_due_at'),
            Column("state", "State", lambda row: Chip(row.state), kind=Kind.STATUS),
        ),
        filters=(
            Choice("state", "State", choices=(("open", "Open"), ("closed", "Closed")), initial="open",
                   where='"case".state = %(state)s'),
            Text("q", "Name begins with", where="patient.name ILIKE %(q)s", means=prefix),
        ),
        order="due",
        zone=lambda row: row.timezone,
    )

    @staff_page(Right.FOLLOW_UP)
    def cases(request: HttpRequest, asking: Asking) -> HttpResponse:
        return table_page(request, asking, CASES, template="console/cases.html")

The template includes "console/table.html" with the variable `table`. A page with more than one list, or with
anything beside it, calls `CASES.answer(request, asking, scope={"now": asking.at}, prefix="c_")`: it is a `Shown` to
put before the template, or the finished response when the file was asked for. A filter called
"program", by slug, is the one that the navigation sets too. SQL fragments may name the values of
`scope`, of every filter by its name, and `%(now)s`. What the database should not sort or count comes from
`Listed(make=...)` instead of `Select`; what another module reads page by page (`rejoin.followup.boards`) from
`Paged(read=...)`.
"""

from rejoin.console.tables.cells import Chip, Due, Kind, Link
from rejoin.console.tables.columns import Column
from rejoin.console.tables.filters import Choice, Day, Filter, Text, prefix
from rejoin.console.tables.page import table_page
from rejoin.console.tables.shown import Shown
from rejoin.console.tables.sources import Listed, Paged, Select
from rejoin.console.tables.table import Table

__all__ = [
    "Chip",
    "Choice",
    "Column",
    "Day",
    "Due",
    "Filter",
    "Kind",
    "Link",
    "Listed",
    "Paged",
    "Select",
    "Shown",
    "Table",
    "Text",
    "prefix",
    "table_page",
]
