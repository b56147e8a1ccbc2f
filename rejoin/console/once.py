"""A form that is sent twice is taken once: a double click, or a browser that tries again, writes nothing twice.

Every form a page shows carries a token that was masked for that form alone (Django's, against forged requests). The same
words with the same token to the same address are the same sending. What was refused may be sent again as it is.
"""

from hashlib import sha256
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest

FORM: Final = "application/x-www-form-urlencoded"
TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105 - a field's name
KEPT_SECONDS: Final = 600
"""Nobody sends the same form twice by mistake after ten minutes. Ours."""


def name_of(request: HttpRequest) -> str:
    """What this sending is known by; "" for what is no form of ours."""
    if request.method != "POST" or request.content_type != FORM or not request.POST.get(TOKEN):
        return ""
    said = repr((request.session.session_key, request.path, sorted(request.POST.lists())))
    return f"once:{sha256(said.encode()).hexdigest()}"


def is_first(name: str) -> bool:
    """Whether nobody has sent it before. From here on, somebody has."""
    return not name or bool(cache.add(name, True, KEPT_SECONDS))


def forget(name: str) -> None:
    """It was not taken: it may be sent again."""
    if name:
        cache.delete(name)
