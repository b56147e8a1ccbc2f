"""What people enter to sign in: allauth's forms, in our words, and with what we ask beyond it."""

import struct
from typing import Any, Final

from allauth.account import forms as account
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.base import forms as factor
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.forms import BooleanField, EmailField, Form
from django.http import HttpRequest

from rejoin.accounts import telling
from rejoin.accounts.adapters import WRONG_CODE, words_here
from rejoin.accounts.letters import Letter, send_letter
from rejoin.accounts.models import User

CODES: Final = {"second_factor": "20/d/key"}
"""Wrong codes in a row for one account, however slowly somebody tries who knows its password already."""


def _in_our_words(form: Form, **labels: str) -> None:
    say = words_here()
    for name, field in form.fields.items():
        field.label = labels.get(name, field.label)
        field.widget.attrs.pop("placeholder", None)
        if name in ("password", "oldpassword"):
            field.help_text = ""
        if name == "password1":
            field.help_text = say.new_hint
        if name in labels:
            field.error_messages["required"] = say.errors["required"]
        if isinstance(field, EmailField) or name == "login":
            field.error_messages["invalid"] = say.errors["invalid"]
            for each in field.validators:
                if isinstance(each, EmailValidator):
                    each.message = say.errors["invalid"]
        if name == "code":
            field.widget.attrs |= {"inputmode": "numeric", "autocapitalize": "off", "spellcheck": "false"}


class SignIn(account.LoginForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, login=words_here().address, password=words_here().password)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class AskForNewPassword(account.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, email=words_here().address)

    def save(self, request: HttpRequest, **kwargs: Any) -> str:  # noqa: ARG002 - allauth's shape
        """A letter, or none: a worker finds out."""
        send_letter(Letter.RESET, next(iter(self.users), None))
        return str(self.cleaned_data["email"])


class _Twice:
    """A password that is typed twice: allauth says in its own words where the two are not the same."""

    def add_error(self, field: str | None, error: Any) -> None:
        if field == "password2" and not isinstance(error, ValidationError):
            error = words_here().errors["not_the_same"]
        super().add_error(field, error)  # type: ignore[misc]


class ChooseAfterReset(_Twice, account.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, password1=words_here().new_password, password2=words_here().again)


class ChangePassword(_Twice, account.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(
            self,
            oldpassword="Present password",
            password1=words_here().new_password,
            password2=words_here().again,
        )


class ChoosePassword(_Twice, account.SetPasswordForm):  # type: ignore[misc]
    """With an invitation: nothing is saved here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, password1=words_here().password, password2=words_here().again)


class ShowPassword(account.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, password=words_here().password)


class _Counted(factor.BaseAuthenticateForm):  # type: ignore[misc]
    """A code of an account: beside allauth's limit by minutes, one of ours by days."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, code=words_here().code)

    def clean_code(self) -> str:
        counted: dict[str, Any] = {
            "app": "rejoin.accounts",
            "action": "second_factor",
            "config": CODES,
            "key": f"user-{self.user.pk}",
        }
        if not ratelimit.consume(context.request, **counted):
            raise ValidationError(words_here().errors["rate_limited"])
        code = str(super().clean_code())
        ratelimit.clear(context.request, **counted)
        return code


class ShowCode(_Counted, factor.AuthenticateForm):  # type: ignore[misc]
    pass


class ShowCodeAgain(_Counted, factor.ReauthenticateForm):  # type: ignore[misc]
    pass


class SetUpApp(totp.ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, code="Code that the app shows")


NO_CREDENTIAL: Final = (AttributeError, KeyError, TypeError, ValueError, IndexError, struct.error)
"""What reading one comes to that no browser made: allauth leaves most of these alone."""


class AddPasskey(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    passwordless = BooleanField(
        label="Sign in with it alone, without a password",
        required=False,
        initial=True,
        help_text="Leave it out for a key without a PIN or a fingerprint.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, name="What to call it")

    def clean(self) -> dict[str, Any]:
        try:
            return dict(super().clean())
        except NO_CREDENTIAL:
            raise ValidationError(WRONG_CODE) from None


class RenamePasskey(webauthn.EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self, name="What to call it")


class _Told:
    """A passkey that is not right goes into the trail, as a wrong code does."""

    user: User | None
    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (ValidationError, *NO_CREDENTIAL) as wrong:
            telling.of_failed_sign_in(self.user, "webauthn")
            raise wrong if isinstance(wrong, ValidationError) else ValidationError(WRONG_CODE) from None


class ShowPasskey(_Told, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ShowPasskeyAgain(_Told, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class SignInByPasskey(_Told, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    pass
