"""One spelling for each phone number and e-mail address, so that two ways of writing one are one."""

from functools import lru_cache

import phonenumbers

from rejoin.people.vocabulary import AddressKind

HOME_REGION = "US"
FEWEST_DIGITS = 7
LONGEST = 254


@lru_cache(maxsize=100_000)
def normal_phone(text: str) -> str | None:
    """E.164 where it can be a number, else its digits; None: no number."""
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_possible_number(number):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if "*" in text:
        return None
    digits = "".join(character for character in text if character.isdigit())
    return digits if len(digits) >= FEWEST_DIGITS else None


def normal_text(text: str) -> str:
    """Case and runs of spaces do not matter."""
    return " ".join(text.split()).casefold()


def normal_address(kind: str, value: str) -> str:
    """The spelling that is compared. What is no number is kept as it is written: it matches nobody's."""
    number = normal_phone(value) if kind == AddressKind.PHONE else None
    return number if number is not None else normal_text(value)[:LONGEST]
