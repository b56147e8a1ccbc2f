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
from rejoin.demo.real_room import has_real_room, link_into, read_real_room
from rejoin.demo.signing_in import link_as, link_to_see
from rejoin.demo.wishing import RATES, change_wish, read_wish


@demonstration_page()
def control(request: HttpRequest) -> HttpResponse:
    """Everything at a glance. Whoever opens it is there: the story may begin. Where the room is a real one, that."""
    if has_real_room():
        return TemplateResponse(request, "demo/room.html", {"room": read_real_room()})
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
    return redirect(link_as(role, _wanted(request), at=clock.now()))


@demonstration_page()
def go(request: HttpRequest, name: str) -> HttpResponse:
    """Into the real room, as somebody who is expected there."""
    if not has_real_room():
        raise Http404
    return redirect(link_into(name, _wanted(request), at=clock.now()))


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
    shown = {"room": read_real_room()} if has_real_room() else {"control": read_control(home())}
    return TemplateResponse(request, "demo/phone.html", {"phone": found, **shown})


@demonstration_page("POST")
def text(request: HttpRequest, ref: UUID) -> HttpResponse:
    """She texts the program: the fake vendor tells our web, as a real one would."""
    text_as(ref, request.POST.get("words", ""))
    return redirect(back(request))


def _wanted(request: HttpRequest) -> str:
    """The page to go on to, when it is one of ours."""
    wanted = request.GET.get("next", "")
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else ""
