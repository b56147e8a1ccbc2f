"""What patients wrote, before whoever has to read it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.present.reading import present_words, programs_of_reader
from rejoin.followup.access import reply_for
from rejoin.followup.hearing import read_reply
from rejoin.programs.rights import Right


@staff_page(Right.FOLLOW_UP, Right.SUPERVISE)
def words(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Everything unread, the oldest first, and what was read of late."""
    return TemplateResponse(request, "console/words.html", {"shown": present_words(asking)})


@staff_act(Right.FOLLOW_UP, Right.SUPERVISE)
def read(request: HttpRequest, asking: Asking, reply_id: int, **_: Any) -> HttpResponse:
    """A person has read it."""
    reply = reply_for(asking.staff, reply_id, programs=programs_of_reader(asking), now=asking.at)
    read_reply(reply=reply, by=asking.by, at=asking.at)
    messages.success(request, "Read. If she needs an answer, it is on her case or in a call.")
    return redirect("console:words")
