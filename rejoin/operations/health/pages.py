"""What monitoring asks over the network: is it alive, is all well. Counts only: nobody signs in for it."""

import threading
import time
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from rejoin.operations.health.asking import examine
from rejoin.operations.health.report import Health
from rejoin.operations.health.telling import in_short

GOOD_FOR_SECONDS: Final = 1.0
_asking = threading.Lock()
_latest: tuple[float, Health] | None = None


@csrf_exempt  # another method is told that it is none, and no more
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """200 when all is well, 503 when anything is not."""
    found = _examined()
    response = JsonResponse(in_short(found), status=200 if found.ok else 503)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt  # another method is told that it is none, and no more
@require_safe
def live(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as above
    """This process answers. Nothing else is asked: for whoever would start it anew."""
    return JsonResponse({"ok": True}, headers={"Cache-Control": "no-store"})


def _examined() -> Health:
    """Asked once a second at most: many who ask at once must not keep the database from its work."""
    global _latest  # noqa: PLW0603 - one answer for all threads of this process
    with _asking:
        if _latest is None or time.monotonic() - _latest[0] > GOOD_FOR_SECONDS:
            _latest = (time.monotonic(), examine())
        return _latest[1]
