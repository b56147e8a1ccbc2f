"""Still to come."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rejoin.console.door import Asking, staff_act, staff_page


@staff_page()
def safety(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def record_step(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def disclose(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404
