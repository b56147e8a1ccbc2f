"""Still to come."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rejoin.console.door import Asking, staff_act, staff_page


@staff_page()
def everything(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def one(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def stop(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def result(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def bring_in(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def take_out(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404
