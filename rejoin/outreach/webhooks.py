"""The doors vendors knock at. Nothing unsigned comes in, and what comes in is kept before it is read."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from rejoin.common import clock
from rejoin.common.actors import vendor_actor
from rejoin.common.rows import execute
from rejoin.outreach.channels.sms_webhooks import is_signed
from rejoin.outreach.inbox import TWILIO, take_in

log = logging.getLogger("rejoin.webhooks")
LARGEST = 64 * 1024
DOOR = "outreach.sms"
# What a body comes to that is no form: another encoding, too many fields, parts without an end.
UNPARSED = (BadRequest, SuspiciousOperation, MultiPartParserError, ValueError, LookupError)
COUNT = """
INSERT INTO common_refused (door, reason, "on", count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (door, reason, "on") DO UPDATE SET count = common_refused.count + 1
"""


@csrf_exempt
@require_POST
def sms(request: HttpRequest, kind: str) -> HttpResponse:
    """A status report, or a text that somebody sent us."""
    at = clock.now()
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or len(length) > 9 or int(length) > LARGEST:
        return _refuse("oversize", 413, at)
    if len(request.body) > LARGEST:
        return _refuse("oversize", 413, at)
    try:
        params, query = request.POST.dict(), request.GET.dict()
    except UNPARSED:
        return _refuse("malformed", 400, at)
    url = f"{settings.BASE_URL}{request.get_full_path()}"
    if not is_signed(url, params, request.headers.get("X-Twilio-Signature"), _token()):
        return _refuse("signature", 401, at)
    take_in(vendor=TWILIO, kind=kind, params=params, query=query, by=vendor_actor(TWILIO), at=at)
    return HttpResponse(status=204)


def _token() -> str:
    twilio = settings.ENVIRONMENT.twilio
    return twilio.auth_token if twilio else ""


def _refuse(reason: str, status: int, at: datetime) -> HttpResponse:
    execute(COUNT, [DOOR, reason, at.date()])
    log.warning("webhook.refused", extra={"code": reason, "status_code": status})
    return HttpResponse(status=status)
