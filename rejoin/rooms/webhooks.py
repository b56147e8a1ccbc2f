"""The door for what rooms report: whose it is, and into the inbox. Nothing is read here.

A provider that gets no quick 200 sends the same again, and gives up after a while: so that nothing in a
delivery but its signature and its size can keep it out.
"""

import logging
from contextlib import suppress
from datetime import UTC, datetime

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from rejoin.common import clock
from rejoin.common.actors import vendor_actor
from rejoin.common.rows import execute
from rejoin.rooms import inbox
from rejoin.rooms.actions import refuse_delivery, take_in
from rejoin.rooms.signatures import Signed, is_dailys_ping, is_genuine, zoom_challenge
from rejoin.rooms.vocabulary import Provider

log = logging.getLogger("rejoin.rooms")
EVENT_SYNC = (
    *(("occupant", "joined"), ("occupant", "left")),
    *(("room", "created"), ("room", "destroyed")),
)


@csrf_exempt
@require_POST
def take_in_webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """POST /hooks/rooms/<provider>"""
    if provider not in tuple(Provider):
        raise Http404
    if _announced_length(request) > inbox.LARGEST_WEBHOOK:
        return _refuse(provider, "oversize", 413)
    body = request.read(inbox.LARGEST_WEBHOOK + 1)
    if len(body) > inbox.LARGEST_WEBHOOK:
        return _refuse(provider, "oversize", 413)
    if provider == Provider.DAILY and is_dailys_ping(body):
        return HttpResponse(status=200)
    secret = settings.ENVIRONMENT.room_secrets.get(provider, "")
    # By the machine's clock, as the sender's: the program's own may be a simulated one.
    if not is_genuine(provider, _signed(request, body), secret=secret, now=datetime.now(UTC)):
        # To BigBlueButton 401 is as good as taken, and it would not tell again once the secret is put right.
        status = 403 if provider == Provider.BIGBLUEBUTTON else 401
        return _refuse(provider, "signature" if secret else "no_secret", status)
    answer = zoom_challenge(body, secret=secret) if provider == Provider.ZOOM else None
    if answer is not None:
        return JsonResponse(answer)
    delivery = inbox.deliver(provider, body)
    if take_in(provider=provider, deliveries=[delivery], by=vendor_actor(provider), at=clock.now()):
        _announce()
    return HttpResponse(status=200)


@csrf_exempt
@require_POST
def take_in_event_sync(request: HttpRequest, about: str, what: str) -> HttpResponse:
    """POST /hooks/rooms/jitsi/events/occupant/joined: a Jitsi of one's own adds to the address what its body says too."""
    if (about, what) not in EVENT_SYNC:
        raise Http404
    return take_in_webhook(request, provider=Provider.JITSI.value)


def _announce() -> None:
    """Whoever listens reads it now. Said when it is kept, and apart from that: a word of its own is never waited for
    by the disk, and without it a worker looks within a second."""
    with suppress(Error):
        execute(f"NOTIFY {inbox.ARRIVALS}")


def _signed(request: HttpRequest, body: bytes) -> Signed:
    return Signed(
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        url=settings.BASE_URL + request.path,
        checksum=request.GET.get("checksum", ""),
    )


def _announced_length(request: HttpRequest) -> int:
    told = request.headers.get("Content-Length", "")
    return int(told) if told.isdecimal() and len(told) < 20 else 0


def _refuse(provider: str, reason: str, status: int) -> HttpResponse:
    refuse_delivery(provider=provider, reason=reason, by=vendor_actor(provider), at=clock.now())
    log.warning("rooms.refused", extra={"code": f"{provider}.{reason}", "status_code": status})
    return HttpResponse(status=status)
