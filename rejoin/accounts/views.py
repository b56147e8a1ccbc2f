"""Pages of signing in that allauth does not have, and some of its that are stricter here."""

import functools
from collections.abc import Callable
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.signals import user_logged_in
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from rejoin.accounts import actions
from rejoin.accounts.adapters import Factors
from rejoin.accounts.browser import chosen_in, language_of
from rejoin.accounts.factors import has_second_factor
from rejoin.accounts.forms import ChoosePassword
from rejoin.accounts.models import User
from rejoin.accounts.sessions import INVENTED
from rejoin.accounts.signing import Standing, standing_of, where_to_go_on
from rejoin.accounts.vocabulary import Purpose
from rejoin.accounts.words import words_in
from rejoin.common import clock
from rejoin.domain.kernel import Refusal

GO_ON_TO: Final = "go_on_to"
"""In the session: where she wanted to go when a second factor was asked for."""
View = Callable[..., HttpResponse]


@never_cache
@sensitive_variables()
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """A password for the first time, or anew. Looking at the page uses nothing up: what is sent from it does."""
    try:
        link = actions.live_link(secret, Purpose.INVITATION)
        request.spoken = chosen_in(request) or language_of(link.user)  # type: ignore[attr-defined]
        form = ChoosePassword(user=link.user, data=request.POST if request.method == "POST" else None)
        if not form.is_valid():
            email = link.user.email
            signs_in = words_in(request.spoken).signs_in_with(email)  # type: ignore[attr-defined]
            return render(
                request, "accounts/invitation.html", {"form": form, "email": email, "signs_in": signs_in}
            )
        password, by = form.cleaned_data["password1"], actions.actor_of(link.user)
        user = actions.take_up_invitation(link=link, password=password, by=by, at=clock.now())
    except Refusal:
        return _useless(request)
    logout(request)
    record_authentication(request, user, method="password", reauthenticated=True)
    response: HttpResponse = perform_login(request, Login(user=user))
    return response


@never_cache
@require_safe
def demonstration(request: HttpRequest, secret: str) -> HttpResponse:
    """Signed in at once, where everything is invented."""
    try:
        user = actions.live_link(secret, Purpose.DEMONSTRATION).user
    except Refusal:
        return _useless(request)
    logout(request)
    record_authentication(request, user, method="demonstration")
    get_adapter().login(request, user)
    request.session[INVENTED] = True
    user_logged_in.send(sender=User, request=request, user=user)
    return redirect(get_login_redirect_url(request))


@never_cache
@require_safe
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Which second factor to set up: nothing is seen before there is one."""
    wanted = get_next_redirect_url(request)
    if wanted:
        request.session[GO_ON_TO] = wanted
    standing = standing_of(request)
    if standing is Standing.READY:
        return go_on(request)
    if has_second_factor(request.user):
        return redirect(where_to_go_on(request, standing))
    return render(request, "accounts/second_factor.html")


@never_cache
@require_safe
@login_required
def go_on(request: HttpRequest) -> HttpResponse:
    """To where she wanted to go before something was asked of her."""
    return redirect(request.session.pop(GO_ON_TO, None) or get_login_redirect_url(request))


@never_cache
@require_safe
def here(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - that it was asked is all (`sessions`)
    """Somebody is in front of a page."""
    return HttpResponse(status=204)


def shown_first(view: View) -> View:
    """What changes a second factor: whoever has one shows it first, in this very session."""

    @never_cache
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        standing = standing_of(request)
        if standing is Standing.NO_SECOND_FACTOR and has_second_factor(request.user):
            return redirect(where_to_go_on(request, standing))
        return view(request, *args, **named)

    return answer


class SignInByPasskey(webauthn.LoginWebAuthnView):  # type: ignore[misc] # allauth has no types
    """allauth's forgets where she wanted to go."""

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(self.request))
        response: HttpResponse = perform_passwordless_login(self.request, authenticator, login)
        return response


class RemovePasskey(webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    """allauth's takes the last one away as well."""

    def form_valid(self, form: Any) -> HttpResponse:
        factors = Factors()
        if not factors.can_delete_authenticator(self.get_object()):
            messages.error(self.request, factors.error_messages["cannot_delete_authenticator"])
            return redirect("mfa_list_webauthn")
        response: HttpResponse = super().form_valid(form)
        return response


def _useless(request: HttpRequest) -> HttpResponse:
    """Unknown, used and expired: the same page."""
    return render(request, "accounts/useless.html", status=404)
