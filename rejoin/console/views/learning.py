"""What a program learns from its own record, and how the risk of losing contact is estimated."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_page
from rejoin.console.present.learning import PERIODS, learning_file, present_learning
from rejoin.console.present.learning_card import SOURCE, card_parts
from rejoin.programs.rights import Right


@staff_page(Right.SUPERVISE)
def learning(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Who came back, what outreach was followed by, what make-ups came to; as a page or a file."""
    shown = present_learning(asking, request.GET.get("program", ""), request.GET.get("days", ""))
    if shown is None:
        raise Http404
    if request.GET.get("format") == "csv":
        file = HttpResponse(learning_file(shown), content_type="text/csv; charset=utf-8")
        file["Content-Disposition"] = (
            f'attachment; filename="learning-{shown.program.slug}-{shown.until}.csv"'
        )
        return file
    context = {"shown": shown, "periods": PERIODS}
    return TemplateResponse(request, "console/learning.html", context)


@staff_page()
def estimated(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:  # noqa: ARG001 - every page has one
    """The model card, in the words that ship with the model."""
    return TemplateResponse(
        request, "console/learning_estimated.html", {"parts": card_parts(), "source": SOURCE}
    )
