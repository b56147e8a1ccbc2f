"""The colours keep the contrast that tokens.css says of them (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEXT = (Path(settings.STATICFILES_DIRS[0]) / "css/tokens.css").read_text()
TOKENS = dict(reversed(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", TEXT)))
"""As they are where nobody asks for more contrast: those stand first."""
WORDS, BORDERS = 4.5, 3.0


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("words", "ground"),
    [
        *((words, ground) for words in ("ink", "muted", "teal", "clay") for ground in ("paper", "card")),
        *((words, "shade") for words in ("ink", "muted", "teal")),
        *((tone, f"{tone}-soft") for tone in ("amber", "rose", "sage", "sky", "teal")),
        *(("ink", ground) for ground in ("plain-soft", "teal-soft", "focus", "amber-soft")),
        *((tone, ground) for tone in ("rose", "amber", "muted") for ground in ("card", "teal-soft")),
        *(("card", ground) for ground in ("teal", "teal-deep", "rose", "rose-deep", "ink")),
        ("muted", "plain-soft"),
    ],
)
def test_words_can_be_read(words: str, ground: str) -> None:
    assert contrast(words, ground) >= WORDS


@pytest.mark.parametrize(
    ("border", "ground"),
    [
        ("edge", "paper"),
        ("edge", "card"),
        ("edge", "shade"),
        ("ink", "focus"),
        ("teal", "plain-soft"),
        ("clay", "plain-soft"),
    ],
)
def test_what_can_be_used_can_be_seen(border: str, ground: str) -> None:
    assert contrast(border, ground) >= BORDERS


@pytest.mark.parametrize(("token", "said"), re.findall(r"--([a-z-]+): #[0-9A-F]{6}; /\* (\d+\.\d+)", TEXT))
def test_the_contrast_beside_a_token_is_what_it_is(token: str, said: str) -> None:
    ground = f"{token}-soft" if token in ("amber", "rose", "sage", "sky") else "paper"
    assert round(contrast(token, ground), 2) == float(said)
