"""The link that leads her from a message to her ways back. It names nobody: a reference made at random, signed, and so
short that a text of 160 characters has room for it beside whom it is from and how to hear no more."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from rejoin.common.rows import select
from rejoin.makeups.models import Debt

SALT: Final = "rejoin.makeups.choose"
LONGEST: Final = 200
SIGNED: Final = 16
"""Characters of the signature that are kept, 96 bits: nobody guesses one, and the reference is itself made at random."""
# Something is open that she can make up: a lost day alone is nobody's to come back for.
OPEN = """
SELECT debt.seat_id, debt.ref::text FROM makeups_debt AS debt
  JOIN makeups_ledgerentry AS entry ON entry.seat_id = debt.seat_id AND entry.account <> 'billing'
 WHERE debt.seat_id = ANY(%s) GROUP BY 1, 2, entry.account HAVING sum(entry.amount) > 0
"""


class _Signer(Signer):
    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        return super().signature(value, key)[:SIGNED]


def _signer() -> Signer:
    return _Signer(salt=SALT, sep=".")


def token_of(ref: object) -> str:
    return _signer().sign(urlsafe_b64encode(UUID(str(ref)).bytes).rstrip(b"=").decode())


def makeup_path(ref: object) -> str:
    """From the root, for a debt's `ref`."""
    return reverse("makeup:choose", kwargs={"token": token_of(ref)})


def makeup_urls(seat_ids: Collection[int]) -> dict[int, str]:
    """In full, for a message: by missed seat, of those of which something is open."""
    return {seat: f"{settings.BASE_URL}{makeup_path(ref)}" for seat, ref in select(OPEN, [list(seat_ids)])}


def debt_of(token: str) -> Debt | None:
    """Whose link this is. Asked before anybody is known, outside of the door; None: it was not signed by us."""
    if len(token) > LONGEST:
        return None
    try:
        ref = UUID(bytes=urlsafe_b64decode(_signer().unsign(token) + "=="))
    except BadSignature:
        return None
    found: Debt | None = (
        Debt.objects.filter(ref=ref).select_related("patient", "seat__session__program").first()
    )
    return found
