"""Still to come."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rejoin.console.door import Asking, staff_page


@staff_page()
def policies(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def program(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def write(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def version(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def replay(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404
