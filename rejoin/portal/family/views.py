"""A family's pages: of whom she may see something, what that is, and in which language and zone she is told."""

from http import HTTPStatus
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.accounts.browser import LANGUAGE
from rejoin.domain.kernel import Refusal
from rejoin.people.actions import change_relative
from rejoin.portal.family.door import OfFamily, family_act, family_page
from rejoin.portal.family.present import present_home, present_person


@family_page
def home(request: HttpRequest, asking: OfFamily) -> HttpResponse:
    """Everybody of whom she may see something now."""
    return TemplateResponse(request, "family/home.html", {"page": present_home(asking)})


@family_page
def person(request: HttpRequest, asking: OfFamily, ref: UUID) -> HttpResponse:
    """One of them."""
    shown = present_person(asking, asking.one(ref))
    return TemplateResponse(request, "family/person.html", {"page": shown})


@family_act
def mine(request: HttpRequest, asking: OfFamily) -> HttpResponse:
    """POST language, timezone: how she is told from now on."""
    told = {each: request.POST.get(each, "") for each in ("language", "timezone")}
    try:
        change_relative(relative=asking.relative, **told, by=asking.by, at=asking.at)
    except Refusal:
        raise Http404 from None
    request.session[LANGUAGE] = asking.relative.language
    response = redirect("family:home")
    response.status_code = HTTPStatus.SEE_OTHER
    return response
