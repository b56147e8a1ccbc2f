"""Whether somebody has a second factor. Recovery codes alone are none: they stand in for one that is lost."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled

MAIN = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: Any) -> bool:
    return bool(is_mfa_enabled(user, MAIN))
