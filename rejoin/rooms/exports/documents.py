"""JSON documents: which layout one has, and on which line each of its parts stands."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from rejoin.rooms.exports.faults import NOT_JSON, fault_of

T = TypeVar("T")


class Part(NamedTuple):
    """A piece of a document, undecoded, and the line on which it starts."""

    line: int
    raw: bytes


def decode(part: Part, layout: type[T]) -> T:
    """The part as `layout`; a `Fault` on its line when it is not one."""
    try:
        return msgspec.json.decode(part.raw, type=layout)
    except NOT_JSON as error:
        raise fault_of(error, line=part.line) from None


def parts_of(whole: Part, pieces: Iterable[msgspec.Raw]) -> Iterator[Part]:
    """`pieces` of `whole`, in the order of the document, each with its line.

    A piece is a verbatim slice of the whole, so that it can be found again. Where a key that is
    given twice spoils the order, the rest keep the last line found.
    """
    cursor, line, lost = 0, whole.line, False
    for piece in pieces:
        raw = bytes(piece)
        # One miss ends the search: looking on for each piece would cost the square of the file.
        at = -1 if lost else whole.raw.find(raw, cursor)
        lost = at < 0
        if not lost:
            line += whole.raw.count(b"\n", cursor, at)
            yield Part(line, raw)
            line += raw.count(b"\n")
            cursor = at + len(raw)
        else:
            yield Part(line, raw)


def members(whole: Part) -> dict[str, Part]:
    """The members of an object."""
    found = decode(whole, dict[str, msgspec.Raw])
    return dict(zip(found, parts_of(whole, found.values()), strict=True))


def elements(whole: Part | None) -> Sequence[Part]:
    """The elements of an array; none when it is absent or null."""
    if whole is None or whole.raw == b"null":
        return []
    return list(parts_of(whole, decode(whole, list[msgspec.Raw])))


def split_document(raw: bytes) -> Sequence[Part]:
    """The objects a file holds: itself, the elements of its list, or those of a Graph page."""
    whole = Part(1, raw)
    if raw.lstrip()[:1] == b"[":
        return elements(whole)
    found = members(whole)
    page = found.get("value")
    if page is not None and page.raw[:1] == b"[":
        return elements(page)
    return [whole]


def keys_of(part: Part) -> frozenset[str]:
    """The keys of an object; none for anything else."""
    if part.raw.lstrip()[:1] != b"{":
        return frozenset()
    return frozenset(decode(part, dict[str, msgspec.Raw]))
