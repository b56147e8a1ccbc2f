"""Who may send a large request: whoever brings a program's folder in, at the one address for it.

It is asked before the body is read, from the request's head: the address, and a session in which somebody of the
staff has shown her second factor and governs a program. A request without is as limited as any other, whatever it
says of itself; and whether she may bring anything into the program she names, the page asks once more.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import Error, connection
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.urls import reverse

from rejoin.accounts.signing import signed_in_staff
from rejoin.common import clock
from rejoin.config.bodies import Scope
from rejoin.programs.models import StaffRole
from rejoin.programs.rights import Right, rights_of

LONGEST_COOKIES: Final = 16_384


async def may_bring_folder(scope: Scope) -> bool:
    """Whether this request may be a large one."""
    if scope["method"] != "POST" or scope["path"] != reverse("console:longwork_import"):
        return False
    key = _session_key(scope["headers"])
    return bool(key) and await sync_to_async(_governs, thread_sensitive=False)(key)


def _session_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    told = b"; ".join(value for name, value in headers if name == b"cookie")
    if len(told) > LONGEST_COOKIES:
        return ""
    cookies: dict[str, str] = parse_cookie(told.decode("latin-1"))
    return cookies.get(settings.SESSION_COOKIE_NAME, "")


def _governs(key: str) -> bool:
    """In a thread of its own, whose connection is closed again. A database that is away lets nobody in."""
    try:
        return _may_govern(key)
    except Error:
        return False
    finally:
        connection.close()


def _may_govern(key: str) -> bool:
    request: Any = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    request.user = get_user(request)
    staff = signed_in_staff(request)
    if staff is None:
        return False
    held = StaffRole.objects.filter(staff=staff, from_at__lte=clock.now(), ended_at__isnull=True)
    return any(Right.GOVERN in rights_of(role) for role in held.values_list("role", flat=True))
