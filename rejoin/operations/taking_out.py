"""A program's folder, or one of its tables, as an archive for whoever asked."""

import io
import zipfile
from pathlib import Path
from typing import Final

from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.common.seeing import seen_by_staff
from rejoin.common.snapshots import one_snapshot
from rejoin.domain.kernel import Refusal
from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.running import Job
from rejoin.longwork.vocabulary import Part
from rejoin.operations.exporting import TABLES, export_folder
from rejoin.operations.scratch import scratch_folder

ZIP: Final = "application/zip"
FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
"""Of an archive's calendar: what is in it says itself when it was."""


def take_out(job: Job) -> None:
    """Write the tables as whoever asked may see them, all as of one moment, and pack them."""
    wanted = job.given.get("table", "")
    names = [wanted] if wanted else list(TABLES)
    if wanted not in ("", *TABLES):
        raise Refusal("export.table", "There is no such table.")
    with scratch_folder() as folder:
        with one_snapshot(), seen_by_staff(job.work.asked_by_id):
            export_folder(
                path=folder,
                program=job.work.program,
                only=names,
                begin=lambda name: job.progress.say(name, done=names.index(name), total=len(names)),
                by=staff_actor(job.work.asked_by_id),
                at=clock.now(),
            )
        job.progress.say("Packing", done=len(names), total=len(names))
        body, files = _packed(folder)
    name = f"{job.work.program.slug}{f'-{wanted}' if wanted else ''}.zip"
    result = NewFile(part=Part.RESULT, name=name, media_type=ZIP, body=body)
    job.end({"files": files, "bytes": len(body)}, [result])


def _packed(folder: Path) -> tuple[bytes, int]:
    """The folder as an archive, and how many files are in it."""
    packed = io.BytesIO()
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), FIRST_DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            with path.open("rb") as source, archive.open(member, "w") as target:
                while chunk := source.read(1024 * 1024):
                    target.write(chunk)
    return packed.getvalue(), len(paths)
