"""A folder that somebody uploaded, unpacked beside nobody's eyes and brought in as the command line would."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from django.db import transaction

from rejoin.common import clock
from rejoin.common.actors import IMPORT
from rejoin.domain.kernel import Problem
from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.problems import as_file
from rejoin.longwork.running import Job
from rejoin.operations.importing import PARTS, Imported, import_folder
from rejoin.operations.importing.fences import keep_to_ones_own
from rejoin.operations.scratch import scratch_folder
from rejoin.sheets.refused import BadInput

MOST_FILES: Final = 200
LARGEST_UNPACKED: Final = 512 * 1024 * 1024
"""Bytes of a folder once it is unpacked: a small archive can hold a very large file."""
READ: Final = (".csv", ".yaml", ".yml")
"""What an import reads. Whatever else lies in a folder (rooms, notes) is passed over."""
CHUNK: Final = 1024 * 1024
BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError),
)
"""What unpacking comes to where an archive is damaged, made in a way of its own, or locked."""
File = tuple[str, bytes]


def bring_in(job: Job) -> None:
    """Bring the uploaded folder in, whole or not at all: with its end, in one transaction."""
    with _unpacked(job.brought()) as folder, transaction.atomic():
        done = import_folder(
            path=folder,
            program=job.work.program,
            accept=job.given.get("accept", ()),
            check=keep_to_ones_own,
            begin=lambda part: job.progress.say(part, done=PARTS.index(part), total=len(PARTS)),
            by=IMPORT,
            at=clock.now(),
        )
        job.end({"did": dict(done.did), "notes": len(done.notes)}, _notes(done))


def _notes(done: Imported) -> Sequence[NewFile]:
    return [as_file(done.notes)] if done.notes else []


@contextmanager
def _unpacked(files: Iterable[File]) -> Iterator[Path]:
    """The tables in a folder of their own, which is gone afterwards. Nobody but this account may look into it."""
    with scratch_folder() as folder:
        left = LARGEST_UNPACKED
        for name, body in files:
            for place, content in _tables_of(name, body):
                left = _write(folder, place, content, left)
        yield folder


def _write(folder: Path, place: PurePosixPath, content: Iterable[bytes], left: int) -> int:
    """Write one table. Returns how many bytes may still come."""
    path = folder / place
    if path.exists():
        raise _wrong(str(place), "came twice: bring each table once")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for chunk in content:
            left -= len(chunk)
            if left < 0:
                raise _wrong(str(place), "makes the folder too large to be brought in here")
            file.write(chunk)
    return left


def _tables_of(name: str, body: bytes) -> Iterator[tuple[PurePosixPath, Iterable[bytes]]]:
    """The tables in an upload: those of an archive, or the file itself."""
    if not zipfile.is_zipfile(io.BytesIO(body)):
        yield _placed(name), [body]
        return
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        inside = [each for each in archive.infolist() if _is_table(each)]
        if len(inside) > MOST_FILES:
            raise _wrong(name, f"holds more than {MOST_FILES} tables")
        above = _common_folder(inside)
        for each in inside:
            yield _placed(each.filename.removeprefix(above)), _content(archive, each, name)


def _is_table(each: zipfile.ZipInfo) -> bool:
    """Not a folder, and nothing that a system left beside the files (__MACOSX/._roster.csv)."""
    path = PurePosixPath(each.filename)
    hidden = any(part.startswith((".", "__")) and part != ".." for part in path.parts)
    return not each.is_dir() and not hidden and path.suffix.lower() in READ


def _common_folder(inside: Sequence[zipfile.ZipInfo]) -> str:
    """The folder that was archived, where it came along with what is in it."""
    roster = next((each.filename for each in inside if PurePosixPath(each.filename).name == "roster.csv"), "")
    return roster.removesuffix("roster.csv")


def _placed(name: str) -> PurePosixPath:
    """Where a table goes: never outside the folder."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.name or "\x00" in name or len(path.parts) > 3:
        raise _wrong(path.name or "archive", "has a name that leads out of the folder")
    return path


def _content(archive: zipfile.ZipFile, each: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    try:
        with archive.open(each) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except BROKEN:
        raise _wrong(name, "cannot be unpacked: make a plain .zip of it, without a password") from None


def _wrong(file: str, message: str) -> BadInput:
    return BadInput([Problem(file=file[:100], line=1, field="file", message=message)])
