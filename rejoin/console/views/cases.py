"""Still to come."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rejoin.console.door import Asking, staff_act, staff_page


@staff_page()
def cases(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_page()
def case(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def attempt(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def promise(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def finding(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def give(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def end(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def say(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def acknowledge(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def safety(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404


@staff_act()
def record_safety(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:
    raise Http404
