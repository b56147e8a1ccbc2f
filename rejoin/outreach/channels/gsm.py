"""How long a text is on the air: one segment, or none of ours."""

from typing import Final

# 3GPP TS 23.038, 6.2.1: the default alphabet. á, í, ó, ú are not in it; é, ñ, ¿, ¡ and à are.
BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# 3GPP TS 23.038, 6.2.1.1: the extension table, two septets each.
EXTENDED: Final = frozenset("^{}\\[~]|€\f")

LONGEST_SEGMENT: Final = 160
"""Septets of one segment (3GPP TS 23.040), and the limit of a text under the healthcare exemption
(47 CFR 64.1200(a)(9)(iv)): one more character outside the alphabet would cut it to 70."""


def foreign_characters(text: str) -> list[str]:
    """Characters that the alphabet does not have, each once, in their order."""
    return list(dict.fromkeys(each for each in text if each not in BASIC and each not in EXTENDED))


def septets(text: str) -> int:
    """The length on the air of a text that is all in the alphabet."""
    return len(text) + sum(each in EXTENDED for each in text)


def fits_one_segment(text: str) -> bool:
    """Is it one GSM-7 segment?"""
    return not foreign_characters(text) and septets(text) <= LONGEST_SEGMENT
