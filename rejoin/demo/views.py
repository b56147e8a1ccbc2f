"""The demonstration's own pages: its control, phones, and doors to be somebody."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

from rejoin.common import clock
from rejoin.demo.door import back, demonstration_page, home
from rejoin.demo.phones import phone_of, text_as
from rejoin.demo.presenting import read_control
from rejoin.demo.signing_in import link_as, link_to_see
from rejoin.demo.wishing import RATES, change_wish, read_wish


@demonstration_page()
def control(request: HttpRequest) -> HttpResponse:
    """Everything at a glance. Whoever opens it is there: the story may begin."""
    if not read_wish(home()).watched:
        change_wish(home(), watched=True)
    return TemplateResponse(request, "demo/control.html", {"control": read_control(home())})


@demonstration_page("POST")
def pause(request: HttpRequest) -> HttpResponse:
    change_wish(home(), paused=request.POST.get("on") == "yes")
    return redirect(back(request))


@demonstration_page("POST")
def speed(request: HttpRequest) -> HttpResponse:
    """Whoever chooses a speed wants the clock to run."""
    wanted = {str(each): each for each in RATES}.get(request.POST.get("rate", ""))
    if wanted is None:
        raise Http404
    change_wish(home(), rate=wanted, paused=False)
    return redirect(back(request))


@demonstration_page("POST")
def jump(request: HttpRequest) -> HttpResponse:
    change_wish(home(), jump=True)
    return redirect(back(request))


@demonstration_page("POST")
def hurry(request: HttpRequest) -> HttpResponse:
    change_wish(home(), hurries=request.POST.get("on") == "yes")
    return redirect(back(request))


@demonstration_page()
def be(request: HttpRequest, role: str) -> HttpResponse:
    """Signed in as whoever stands for a role, and on to the page that was asked for."""
    wanted = request.GET.get("next", "")
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return redirect(link_as(role, wanted if ours else "", at=clock.now()))


@demonstration_page()
def see(request: HttpRequest, kind: str, ref: UUID) -> HttpResponse:
    """A line's own page in the console, as somebody who may see it."""
    return redirect(link_to_see(kind, ref, request, at=clock.now()))


@demonstration_page()
def phone(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Everything on one patient's phone."""
    found = phone_of(ref)
    if found is None:
        raise Http404
    return TemplateResponse(request, "demo/phone.html", {"phone": found, "control": read_control(home())})


@demonstration_page("POST")
def text(request: HttpRequest, ref: UUID) -> HttpResponse:
    """She texts the program: the fake vendor tells our web, as a real one would."""
    text_as(ref, request.POST.get("words", ""))
    return redirect(back(request))
