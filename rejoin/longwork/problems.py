"""What is wrong with what somebody brought, kept as a file: its lines may name patients."""

from collections.abc import Sequence

import msgspec

from rejoin.domain.kernel import Problem
from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.vocabulary import Part

NAME = "problems.json"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[str, int, str, str]]).decode


def as_file(problems: Sequence[Problem]) -> NewFile:
    """File, line, field and message of each."""
    rows = [(each.file, each.line, each.field, each.message) for each in problems]
    return NewFile(part=Part.PROBLEMS, name=NAME, media_type="application/json", body=_encode(rows))


def from_file(body: bytes) -> list[Problem]:
    return [
        Problem(file=file, line=line, field=field, message=message)
        for file, line, field, message in _decode(body)
    ]
