"""One spelling for each phone number and e-mail address, so that two ways of writing one are one."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from rejoin.domain.kernel.phones import normal_phone
from rejoin.people.vocabulary import AddressKind

LONGEST = 254


def normal_text(text: str) -> str:
    """Case and runs of spaces do not matter."""
    return " ".join(text.split()).casefold()


def address_fault(kind: str, value: str) -> str:
    """What keeps a text from being an address of this kind; "" for nothing."""
    if kind == AddressKind.PHONE and normal_phone(value) is None:
        return "is not a phone number"
    if kind == AddressKind.EMAIL and not _is_email(value.strip()):
        return "is not an e-mail address"
    return ""


def _is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def normal_address(kind: str, value: str) -> str:
    """The spelling that is compared. What is no number is kept as it is written: it matches nobody's."""
    number = normal_phone(value) if kind == AddressKind.PHONE else None
    return number if number is not None else normal_text(value)[:LONGEST]
