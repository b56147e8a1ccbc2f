"""Changing one word of a policy's text and nothing else: its author's lines and remarks stay as they are."""

import re
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from rejoin.policies.loading import PolicyFileError, read_documents

SCALAR: Final = re.compile(r"""'[^'\n]*'|"[^"\n]*"|[^\s,}\]#]+""")


def put(text: str, path: tuple[str, ...], value: str) -> str:
    """`text` with what stands at `path` replaced; as it is where nothing stands there, or where it is not readable."""
    try:
        (document,) = read_documents(text.encode(), name="policy.yaml")
    except (PolicyFileError, ValueError):
        return text
    for key in path[:-1]:
        document = document.get(key) if isinstance(document, dict) else None
    place = _place_of(document, path[-1])
    if place is None:
        return text
    line, column = place
    lines = text.splitlines(keepends=True)
    lines[line] = lines[line][:column] + SCALAR.sub(lambda _: value, lines[line][column:], count=1)
    return "".join(lines)


def _place_of(document: Any, key: str) -> tuple[int, int] | None:
    """Line and column, from 0, at which the value of `key` stands."""
    if not isinstance(document, CommentedMap) or document.get(key) is None:
        return None
    line, column = document.lc.value(key)
    return int(line), int(column)
