"""A page that is one list."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.console.door import Asking
from rejoin.console.tables.shown import Shown
from rejoin.console.tables.table import Table


def table_page(
    request: HttpRequest,
    asking: Asking,
    table: Table[Any],
    *,
    template: str = "console/table_page.html",
    scope: Mapping[str, object] | None = None,
    **beside: object,
) -> HttpResponse:
    """The list as `template` shows it (as `table`, with what else is given), or its file."""
    answer = table.answer(request, asking, scope=scope)
    if not isinstance(answer, Shown):
        return answer
    return TemplateResponse(request, template, {"table": answer, **beside})
