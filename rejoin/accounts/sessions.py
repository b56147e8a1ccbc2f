"""How long somebody stays signed in: a long shift at most, and for staff half an hour without doing anything.

All of it is told by the machine's clock, whatever the clock is that the program runs on. What a page does by itself
is nobody's doing: the stream it follows, and what it fetches because of it (`X-Unattended`), keep nobody signed in.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from allauth.usersessions.models import UserSession
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from rejoin.accounts.browser import LANGUAGE, language_of, of_browser
from rejoin.accounts.models import User
from rejoin.accounts.words import words_in
from rejoin.common.rows import execute

LONGEST_SECONDS: Final = 12 * 60 * 60
IDLE_SECONDS: Final = 30 * 60
"""Of staff: a screen may be left standing in a room that others walk through."""
NOTED_EVERY_SECONDS: Final = 60
"""That somebody is there is written down so often, and not at every request."""
SIGNED_IN_AT: Final = "signed_in_at"
SEEN_AT: Final = "seen_at"
IDLE_FOR: Final = "idle_for"
"""Seconds without doing anything after which this session ends; none: it does not end so."""
INVENTED: Final = "of_a_demonstration"
"""Nobody has shown anything: a link of a demonstration was followed."""
UNATTENDED: Final = "X-Unattended"
"""Header of what a page asks by itself."""

FORGET: Final = """
DELETE FROM django_session WHERE session_key IN (
    SELECT session_key FROM django_session WHERE expire_date < clock_timestamp() LIMIT 50 FOR UPDATE SKIP LOCKED)
"""
FORGET_WHERE: Final = """
DELETE FROM usersessions_usersession AS seen
 WHERE created_at < clock_timestamp() - interval '1 day'
   AND NOT EXISTS (SELECT FROM django_session WHERE session_key = seen.session_key)
"""

Answer = HttpResponse | Awaitable[HttpResponse]


def begin(session: SessionBase, user: User, now: float) -> None:
    """Somebody has just signed in. `now` is in seconds since 1970, by the machine's clock."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = now
    session[IDLE_FOR] = IDLE_SECONDS if is_staff(user) else None
    session[LANGUAGE] = language_of(user)
    session.pop(INVENTED, None)


def has_ended(session: SessionBase, now: float) -> bool:
    """Whether it is over at `now`. One that does not say when it began is."""
    signed_in_at, seen_at = session.get(SIGNED_IN_AT), session.get(SEEN_AT)
    if not isinstance(signed_in_at, float) or not isinstance(seen_at, float):
        return True
    if session.get(INVENTED) and not settings.DEMONSTRATION:
        return True
    idle_for = session.get(IDLE_FOR)
    return now - signed_in_at >= LONGEST_SECONDS or (idle_for is not None and now - seen_at >= idle_for)


def is_staff(user: Any) -> bool:
    """Whether she works here: then more is asked of her."""
    return hasattr(user, "staff")


def forget_ended() -> None:
    """Rows of sessions that nobody can use any more. A few at each sign-in: there are never many more than people."""
    execute(FORGET)
    execute(FORGET_WHERE)


def renew_key(request: HttpRequest) -> None:
    """The session goes on under another key: whoever knew the old one has nothing of what comes now."""
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


@sync_and_async_middleware
def with_ending_sessions(get_response: Callable[[HttpRequest], Answer]) -> Callable[[HttpRequest], Answer]:
    """Ends a session that is over, and notes that somebody is there."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            await sync_to_async(_look_at)(request)
            response: HttpResponse = await get_response(request)
            return response

        return answer_later

    def answer(request: HttpRequest) -> Answer:
        _look_at(request)
        return get_response(request)

    return answer


def _look_at(request: HttpRequest) -> None:
    session, now = request.session, time.time()
    if SESSION_KEY not in session:
        return
    if has_ended(session, now):
        session.flush()
        messages.info(request, words_in(of_browser(request)).ended)
    elif _is_somebodys_doing(request) and now - session[SEEN_AT] >= NOTED_EVERY_SECONDS:
        session[SEEN_AT] = now


def _is_somebodys_doing(request: HttpRequest) -> bool:
    return UNATTENDED not in request.headers and "text/event-stream" not in request.headers.get("Accept", "")
