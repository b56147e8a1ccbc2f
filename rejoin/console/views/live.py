"""The stream that a page follows: which boards have to look again. It shows nobody anything."""

from functools import partial
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from rejoin.console.live import COMES_BACK, MOST_STREAMS, SIGNED_OUT, hub, look_again, stream, who_follows
from rejoin.console.schema import TOPICS

TOO_MANY: Final = 429
EVENTS: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def live(request: HttpRequest, **named: Any) -> HttpResponseBase:  # noqa: ARG001 - as all views have it
    """GET /live/?topics=today,worklist: server-sent events, each of a topic, with programs as its data."""
    if request.method != "GET":
        raise Http404
    whose, elsewhere = await sync_to_async(who_follows)(request)
    again = COMES_BACK in request.headers
    if whose is None and again:
        return HttpResponse(SIGNED_OUT, content_type=EVENTS, headers=HEADERS)
    if elsewhere:
        return redirect(elsewhere)
    topics = [each for each in request.GET.get("topics", "").split(",") if each in TOPICS]
    if whose is None or not topics:
        raise Http404
    follower = hub().add(whose, topics)
    if follower is None:
        told = f"{MOST_STREAMS} pages follow what happens already. Close one and load this one again."
        return HttpResponse(told, status=TOO_MANY, content_type="text/plain", headers=HEADERS)
    look = sync_to_async(partial(look_again, request.session))
    events = stream(hub(), follower, again=again, look=look)
    return StreamingHttpResponse(events, content_type=EVENTS, headers=HEADERS)


live.needs = ()  # type: ignore[attr-defined] # any role; for the test that walks every address
