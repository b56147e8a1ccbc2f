"""The huddle: what the team goes through together at the start of a day."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_page
from rejoin.console.frame import Frame
from rejoin.followup.huddle import MOST, HuddleKind
from rejoin.followup.huddle import huddle as huddle_of
from rejoin.programs.rights import Right

TITLES: Final = {
    HuddleKind.OVERDUE_CONTACT: (
        "Overdue",
        "Contacts past their deadline, and misses nobody has tried to answer in time.",
    ),
    HuddleKind.NOT_REACHED: (
        "Not reached for a day",
        "Missed more than 24 hours ago, and no two-way contact yet.",
    ),
    HuddleKind.WINDOW_ENDS: (
        "Windows that end",
        "Contracts and time limits of the policy within three days.",
    ),
    HuddleKind.REVIEW_DUE: (
        "Reviews due",
        "Due within a week: patterns of the policy, and plans of patients of whom nobody can tell how they are doing.",
    ),
    HuddleKind.PROMISED_TODAY: ("Back today", "Those who said they would be back today."),
}


@staff_page(Right.FOLLOW_UP, Right.SUPERVISE)
def huddle(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """The lists of this morning: of one program, the first of hers where she has not chosen. A team huddles together."""
    chosen = Frame(request).program or asking.programs[0]
    lists = [(*TITLES[part.kind], part) for part in huddle_of([chosen.pk], now=asking.at).lists]
    return TemplateResponse(request, "console/huddle.html", {"lists": lists, "most": MOST, "program": chosen})
