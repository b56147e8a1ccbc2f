"""What was sent to a patient, for somebody else's eyes: her link opens her pages without a sign-in, and so it is hers alone."""

import re
from typing import Final

HERS: Final = re.compile(
    r"(/(?:makeup|join|calendar|account/invitation|account/password/reset/key)/)[^\s/<>\\\"']+"
)
"""Where an address of hers begins, and what follows that opens it."""


def without_secrets(text: str) -> str:
    """The same words; of each address that opens what is hers there is only where it led: "/makeup/…"."""
    return HERS.sub(r"\1…", text)
