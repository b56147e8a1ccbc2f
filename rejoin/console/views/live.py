"""The stream that a page follows: which boards have to look again. It shows nobody anything."""

from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from rejoin.accounts.signing import Standing, where_to_go_on
from rejoin.console.live import MOST_STREAMS, hub, look_again, stream, who_follows
from rejoin.console.schema import TOPICS

TOO_MANY = 429


async def live(request: HttpRequest, **named: Any) -> HttpResponseBase:  # noqa: ARG001 - as all views have it
    """GET /live/?topics=today,worklist: server-sent events, each of a topic, with programs as its data."""
    if request.method != "GET":
        raise Http404
    standing, whose = await sync_to_async(who_follows)(request)
    if standing is not Standing.READY:
        return redirect(where_to_go_on(request, standing))
    topics = [each for each in request.GET.get("topics", "").split(",") if each in TOPICS]
    if whose is None or not topics:
        raise Http404
    follower = hub().add(whose, topics)
    if follower is None:
        told = f"{MOST_STREAMS} pages follow what happens already. Close one and load this one again."
        return HttpResponse(told, status=TOO_MANY, content_type="text/plain")
    events = stream(
        hub(),
        follower,
        again="Last-Event-ID" in request.headers,
        look=sync_to_async(partial(look_again, request.session)),
    )
    return StreamingHttpResponse(
        events,
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


live.needs = ()  # type: ignore[attr-defined] # any role; for the test that walks every address
