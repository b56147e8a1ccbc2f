"""The doors for other systems, described for whoever builds one: OpenAPI, as a file beside this one."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

FILE: Final = Path(__file__).with_name("openapi.json")


@csrf_exempt  # another method is told that it is none, and no more
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """What the doors take and answer. It holds nothing that is anybody's."""
    return HttpResponse(_described(), content_type="application/json")


@lru_cache(maxsize=1)
def _described() -> bytes:
    return FILE.read_bytes()
