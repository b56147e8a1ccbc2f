"""The model card as a page: the text that ships with the model, so that page and document cannot differ."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final

LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")
MARKS: Final = re.compile(r"[`*]")
SOURCE: Final = "NIDA CTN-0027 and CTN-0030: the model card, measured again by make validate"


@dataclass(slots=True, kw_only=True)
class Block:
    """A paragraph, a list or a table of the text."""

    kind: str
    lines: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Part:
    title: str
    blocks: list[Block] = field(default_factory=list)


@cache
def card_parts() -> tuple[Part, ...]:
    """The card's sections in order; the first has the card's own title."""
    lying = resources.files("rejoin.estimating") / "shipped" / "model-card.md"
    parts: list[Part] = []
    for piece in re.split(r"\n\s*\n", lying.read_text(encoding="utf-8").strip()):
        if piece.startswith("#"):
            parts.append(Part(title=_plain(piece.lstrip("# "))))
        else:
            parts[-1].blocks.append(_block(piece))
    return tuple(parts)


def _block(piece: str) -> Block:
    lines = piece.splitlines()
    if piece.startswith("|"):
        rows = [[_plain(cell) for cell in line.strip("|").split("|")] for line in lines]
        return Block(kind="table", lines=rows[0], rows=rows[2:])
    if piece.startswith("- "):
        return Block(kind="list", lines=list(_items(lines)))
    return Block(kind="text", lines=[_plain(" ".join(lines))])


def _items(lines: list[str]) -> Iterator[str]:
    held = ""
    for line in lines:
        if line.startswith("- ") and held:
            yield _plain(held)
            held = ""
        held = f"{held} {line.removeprefix('- ').strip()}"
    yield _plain(held)


def _plain(text: str) -> str:
    return MARKS.sub("", LINK.sub(r"\1", text)).strip()
