"""One spelling for each phone number, so that a patient's and a room's are the same."""

from functools import lru_cache

import phonenumbers

HOME_REGION = "US"
FEWEST_DIGITS = 7


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
