"""Her page as an app on her phone: what it is called, and what is kept for when there is no line. Nothing of hers is kept."""

from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rejoin.people.vocabulary import Language
from rejoin.portal.door import Herself, patient_page
from rejoin.portal.shell import Shell
from rejoin.portal.words import words_in

WORKER: Final = Path(settings.STATICFILES_DIRS[0]) / "js/portal/worker.js"
KEPT: Final = (
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/components.css",
    "css/utilities.css",
    "css/portal.css",
)
FONT: Final = "fonts/source-sans-3-latin-wght-normal.woff2"


@patient_page
def manifest(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Under the neutral name of her program: what stands on her phone says nothing to whoever looks at it."""
    name = Shell(request).program
    told = {
        "id": reverse("portal:today"),
        "name": name,
        "short_name": name,
        "lang": herself.say.language,
        "start_url": reverse("portal:today"),
        "scope": reverse("portal:today"),
        "display": "standalone",
        "background_color": "#FBF8F3",
        "theme_color": "#F4EEE4",
        "icons": [
            {"src": static("icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {"src": static("icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }
    return JsonResponse(told, content_type="application/manifest+json")


@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """The script that stands between her page and the line. It names what it keeps: the look, and one page without a line."""
    kept = [reverse("portal:offline"), *(static(each) for each in KEPT), f"{settings.STATIC_URL}{FONT}"]
    lines = ",\n".join(f'  "{each}"' for each in kept)
    script = WORKER.read_text().replace("/* kept */", lines)
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@never_cache
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """National numbers to call, in both languages: the same to everybody, signed in or not, since a phone keeps it.

    Whose phone that is by then nobody knows. What is said once to whoever is signed in is left for her next page.
    """
    request.spoken = Language.ENGLISH.value  # type: ignore[attr-defined] # the Spanish is on the page as well
    told = {"spanish": words_in(Language.SPANISH.value), "messages": ()}
    return TemplateResponse(request, "portal/offline.html", told)
