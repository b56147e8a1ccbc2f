"""Reading all room files and laying them into the timetable, by several processes where there is much."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from rejoin.domain.kernel import Problem
from rejoin.rooms.evidence import Evidence, EvidenceParts
from rejoin.rooms.exports import read_room_file
from rejoin.rooms.placing import Placer
from rejoin.rooms.sightings import Context, Unreadable
from rejoin.sidecar.workers import cores, share_out

# From this many bytes of room files on, they are shared out to several processes.
MUCH_TO_READ = 50_000_000
Progress = Callable[[str, int, int], None]
"""Told the stage, how much is done, and of how much."""


class _Read(msgspec.Struct):
    """What one process made of its files."""

    evidence: EvidenceParts
    problems: list[Problem]


def gather_evidence(
    root: Path,
    files: Sequence[Path],
    *,
    context: Context,
    make_placer: Callable[[], Placer],
    on_progress: Progress,
) -> tuple[Evidence, list[Problem]]:
    """What all `files` say of the sessions, and what is wrong with those that cannot be read."""
    shares = _shares(files)

    def read(share: Sequence[Path]) -> tuple[Evidence, list[Problem]]:
        placer = make_placer()
        return placer.evidence, _read_share(root, share, placer, context, on_progress)

    def read_elsewhere(share: Sequence[Path]) -> bytes:
        evidence, problems = read(share)
        return msgspec.msgpack.encode(_Read(evidence=evidence.parts(), problems=problems))

    (evidence, problems), others = share_out(shares, here=read, elsewhere=read_elsewhere)
    for told in others:
        one = msgspec.msgpack.decode(told, type=_Read)
        evidence.take_in(one.evidence)
        problems += one.problems
    evidence.settle()
    return evidence, problems


def _read_share(
    root: Path, files: Sequence[Path], placer: Placer, context: Context, on_progress: Progress
) -> list[Problem]:
    """Place every file; the problems of those that cannot be read are returned."""
    total = sum(file.stat().st_size for file in files)
    before = 0
    problems: list[Problem] = []
    for file in files:
        name = file.relative_to(root).as_posix()

        def advance(done: int, before: int = before) -> None:
            on_progress("rooms", before + done, total)

        try:
            placer.place(read_room_file(file, name=name, context=context, on_progress=advance))
        except Unreadable as error:
            problems += error.problems
        before += file.stat().st_size
        on_progress("rooms", before, total)
    return problems


def _shares(files: Sequence[Path]) -> list[list[Path]]:
    """The files in one share a core, of about equal bytes, largest first; one share when there is little."""
    sizes = {file: file.stat().st_size for file in files}
    many = min(cores(), len(files)) if sum(sizes.values()) >= MUCH_TO_READ else 1
    shares: list[list[Path]] = [[] for _ in range(max(many, 1))]
    held = [0] * len(shares)
    for file in sorted(files, key=lambda each: (-sizes[each], each)):
        lightest = held.index(min(held))
        shares[lightest].append(file)
        held[lightest] += sizes[file]
    return shares
