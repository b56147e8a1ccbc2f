"""Files of long work, kept in pieces: what was brought along, and what came of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rejoin.common.rows import select
from rejoin.longwork.models import Enclosure, Piece, Work
from rejoin.longwork.vocabulary import Part

KEPT_FOR: Final = timedelta(hours=24)
"""They hold patients' records: whoever asked takes them within a day, and then they are gone."""
PIECE: Final = 1024 * 1024
"""Bytes."""
LARGEST: Final = 64 * 1024 * 1024
"""Bytes that are kept of one file. What is larger is taken out by the command line."""
BODY: Final = "SELECT body FROM longwork_piece WHERE enclosure_id = %s AND place = %s"
PLACES: Final = "SELECT place FROM longwork_piece WHERE enclosure_id = %s ORDER BY place"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file to be kept."""

    part: Part
    name: str
    media_type: str
    body: bytes


def keep_files(work: Work, files: Iterable[NewFile], *, at: datetime) -> None:
    """Keep each of them for a day."""
    for each in files:
        enclosure = Enclosure.objects.create(
            work=work,
            part=each.part.value,
            name=each.name,
            media_type=each.media_type,
            size=len(each.body),
            kept_until_at=at + KEPT_FOR,
        )
        Piece.objects.bulk_create(
            [
                Piece(enclosure=enclosure, place=place, body=each.body[start : start + PIECE])
                for place, start in enumerate(range(0, len(each.body), PIECE))
            ],
            batch_size=8,
        )


def pieces_of(enclosure: Enclosure) -> Iterator[bytes]:
    """Its content, a piece at a time."""
    for (place,) in select(PLACES, [enclosure.pk]):
        for (body,) in select(BODY, [enclosure.pk, place]):
            yield bytes(body)


def body_of(enclosure: Enclosure) -> bytes:
    """All of its content."""
    return b"".join(pieces_of(enclosure))
