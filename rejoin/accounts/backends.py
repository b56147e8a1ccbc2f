"""Whether a password is right."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend


class ByPassword(AuthenticationBackend):  # type: ignore[misc] # it has no types
    """By address and password. To whoever was kept out it is as if the password were wrong."""

    @classmethod
    def _stash_user(cls, user: Any) -> Any:  # noqa: ARG003
        """Keeps nobody: allauth would tell from it that the password of a closed account was right."""
        return super()._stash_user(None)
