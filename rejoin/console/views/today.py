"""What is happening now."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_page
from rejoin.console.frame import Frame
from rejoin.console.present.today import leads_only, present_today
from rejoin.programs.rights import Right

PAGES_AT_MOST = 1000


@staff_page(Right.ATTEST, Right.FOLLOW_UP, Right.SUPERVISE)
def today(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """The board of today: `?mine=1` her own sessions, `?mine=0` all, `?program=` one program, `?page=`."""
    wanted = request.GET.get("mine", "")
    mine = wanted == "1" or (wanted != "0" and leads_only(asking))
    board = present_today(asking, program=Frame(request).program, mine=mine, page=_page(request))
    return TemplateResponse(request, "console/today.html", {"board": board})


def _page(request: HttpRequest) -> int:
    wanted = request.GET.get("page", "")
    return min(max(int(wanted), 1), PAGES_AT_MOST) if wanted.isdecimal() and len(wanted) < 6 else 1
