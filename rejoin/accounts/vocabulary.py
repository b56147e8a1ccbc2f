"""Words of signing in."""

from rejoin.domain.kernel import Word


class Purpose(Word):
    """What a link is for."""

    INVITATION = "invitation"
    """Choose a password, once."""
    DEMONSTRATION = "demonstration"
    """Be signed in at once, for a day, where everything is invented."""


class Factor(Word):
    """What somebody shows beside her password, or in its place."""

    TOTP = "totp"
    """A code of six digits from an app."""
    WEBAUTHN = "webauthn"
    """A passkey, or a key that is plugged in."""
    RECOVERY_CODES = "recovery_codes"


class Change(Word):
    """What became of a password or a second factor."""

    ADDED = "added"
    REMOVED = "removed"
    RENEWED = "renewed"
    CHANGED = "changed"
    RESET = "reset"
    """By a link that was sent to her."""
