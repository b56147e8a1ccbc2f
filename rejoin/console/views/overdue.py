"""Everything past its time, for the supervisor."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from rejoin.console.door import Asking, staff_page
from rejoin.console.present.overdue import OVERDUE
from rejoin.console.tables import table_page
from rejoin.programs.rights import Right


@staff_page(Right.SUPERVISE)
def overdue(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """What is overdue, the longest first."""
    return table_page(request, asking, OVERDUE, template="console/overdue.html")
