"""Still to come."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rejoin.console.door import Asking, staff_act, staff_page


@staff_page()
def patients(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def patient(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def notice(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def flag(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def end_flag(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def contact(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def consent(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def location(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404
