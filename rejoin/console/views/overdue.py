"""Still to come."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rejoin.console.door import Asking, staff_page


@staff_page()
def overdue(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404
