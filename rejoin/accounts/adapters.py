"""What allauth asks of us: who may, where to, and in which words."""

import base64
import hashlib
import secrets
from typing import Any, ClassVar, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import url_has_allowed_host_and_scheme

from rejoin.accounts import telling
from rejoin.accounts.factors import MAIN, has_second_factor
from rejoin.accounts.languages import spoken_in
from rejoin.accounts.models import User
from rejoin.accounts.sessions import is_staff
from rejoin.accounts.words import words_in
from rejoin.accounts.words.english import English

ERRORS: Final = words_in("en").errors
NO_MATCH: Final = ERRORS["email_password_mismatch"]
TOO_MANY: Final = ERRORS["rate_limited"]
WRONG_CODE: Final = ERRORS["incorrect_code"]
SAID: Final = {
    "account/messages/password_changed.txt": "Your password is changed. You are signed out everywhere else.",
    "mfa/messages/recovery_codes_generated.txt": "",
    "mfa/messages/totp_activated.txt": "Your app is set up.",
    "mfa/messages/totp_deactivated.txt": "Your app is not asked for any more.",
    "mfa/messages/webauthn_added.txt": "Your passkey is set up.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
    "usersessions/messages/sessions_logged_out.txt": "You are signed out everywhere else.",
}
"""In the place of allauth's. What is not here needs no words."""


def words_here() -> English:
    """Of the page that is asked for right now; English where none is."""
    request = getattr(context, "request", None)
    return words_in(spoken_in(request) if request is not None else "en")


def spoken_error(code: str) -> ValidationError | None:
    """What was not right, in the language of the page; None: we have no words of our own for it."""
    said = words_here().errors.get(code)
    return ValidationError(said, code=code) if said else None


class Accounts(DefaultAccountAdapter):  # type: ignore[misc] # it has no types
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        **ERRORS,
    }

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """In the language of the page that asks."""
        return spoken_error(code) or super().validation_error(code, *args)

    def clean_password(self, password: str, user: Any = None) -> str:
        try:
            return str(super().clean_password(password, user))
        except ValidationError as wrong:
            raise ValidationError(
                [spoken_error(each.code or "") or each for each in wrong.error_list]
            ) from None

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody comes in by herself: people are invited."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only to a page of ours, named from its root; no other host, and no other port of this one."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if hasattr(request.user, "relative"):
            return "/family/"
        at_home = hasattr(request.user, "patient") and not is_staff(request.user)
        return "/me/" if at_home else reverse("console:home")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("mfa_index")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor shows that: knowing the password is not enough to change it."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and has_second_factor(user):
            return [each for each in methods if each["id"].startswith("mfa")]
        return [each for each in methods if each["id"] == "reauthenticate"]

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """By a passkey, since a password is never right for her: the same answer as to anybody unknown."""
        telling.of_failed_sign_in(user, "closed")
        messages.error(request, words_here().errors["incorrect_code"])
        return redirect("account_login")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        telling.of_failed_password(str(credentials.get("email", "")))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        """By the address alone. allauth's holds the host that was asked, with a port that whoever asks makes up."""
        return str(credentials.get("email", "")).lower()

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,  # noqa: ARG002 - allauth's shape
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        words = message or SAID.get(message_template or "", "")
        if words:
            messages.add_message(request, level, words, extra_tags=extra_tags)

    def send_notification_mail(self, template_prefix: str, user: User, *_: Any, **__: Any) -> None:
        """allauth's letters name browsers and addresses of machines; ours are sent by `telling`."""


class Factors(DefaultMFAAdapter):  # type: ignore[misc] # it has no types
    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
        "cannot_delete_authenticator": "Set up another one first: without any you could not sign in.",
    }

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """In the language of the page that asks."""
        return spoken_error(code) or super().validation_error(code, *args)

    def encrypt(self, text: str) -> str:
        """A copy of the database alone shows nobody's second factor."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What a key kept that is lost is nobody's any more: no code is right for it."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def get_totp_issuer(self) -> str:
        return "Rejoin"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Rejoin"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.email}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep one at least."""
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=MAIN)
        return not is_staff(authenticator.user) or others.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}"


def _fernet() -> MultiFernet:
    """By the secret key; what was kept by a former one is read as well."""
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"rejoin.second-factor:" + force_bytes(key)).digest()))
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )
