"""Words of signing in."""

from rejoin.domain.kernel import Word


class Purpose(Word):
    """What a link is for."""

    INVITATION = "invitation"
    """Choose a password, once."""
    DEMONSTRATION = "demonstration"
    """Be signed in at once, for a day, where everything is invented."""
