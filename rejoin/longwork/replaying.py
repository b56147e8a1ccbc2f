"""What another policy would have done with a program's history. Nothing is written to the program."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from rejoin.common import clock
from rejoin.common.seeing import seen_by_staff
from rejoin.domain.kernel import Interval, Refusal, local_midnight
from rejoin.domain.policy import InvalidPolicy, PolicyBook
from rejoin.domain.policy.replay import PatientReplay, Replay, add_up, in_force_all_along, replay_patient
from rejoin.longwork.history import Known, gather_histories, patients_of
from rejoin.longwork.lines import PatientLine, as_file, line_of
from rejoin.longwork.running import Job
from rejoin.policies.loading import PolicyFileError, Version, read_versions
from rejoin.programs.books import Book, book_of

POLICY: Final = "policy.yaml"
"""What the policy to be tried is called among what was brought along; the others are overlays."""
BATCH: Final = 200
"""Patients at once: each brings her whole history."""
MOST_LINES: Final = 2_000
"""Patients told one by one: those of whom most is otherwise."""
LONGEST: Final = timedelta(days=731)


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay comes to, as it is kept with the work."""

    candidate: str
    """Id and version of the policy that was tried."""
    stood: tuple[str, ...]
    """Those that were in force at some time in the span."""
    replay: Replay
    left_out: int = 0
    """Patients of whom something is otherwise and who are not told one by one."""


def replay(job: Job) -> None:
    """Decide every seat, case, rung and trigger of the span again, as whoever asked may see them."""
    start, end = (date.fromisoformat(job.given[name]) for name in ("from", "until"))
    texts = dict(job.brought())
    with seen_by_staff(job.work.asked_by_id):
        book = book_of(job.work.program_id)
        version = _candidate(texts)
        would = _as_if(version)
        span = Interval(
            local_midnight(start, book.timezone), local_midnight(end + timedelta(days=1), book.timezone)
        )
        lines, total = _go_through(job, book, would, span)
    kept = heapq.nlargest(MOST_LINES, lines, key=lambda line: line.changes)
    told = Replayed(
        candidate=_named(version),
        stood=tuple(dict.fromkeys(_named(each) for each in _in_force(book.pages, start, end))),
        replay=total,
        left_out=len(lines) - len(kept),
    )
    job.end(msgspec.to_builtins(told), [as_file(kept)])


def _go_through(job: Job, book: Book, would: PolicyBook, span: Interval) -> tuple[list[PatientLine], Replay]:
    """Batch by batch, told patient by patient."""
    now = clock.now()
    lines: list[PatientLine] = []
    total = Replay()
    patients = patients_of(job.work.program_id, span)
    done = 0
    for some in _batches(patients):
        job.progress.say("Reading histories", done=done, total=len(patients))
        told: list[Replay] = []
        known = gather_histories(some, program_id=job.work.program_id, zone=book.timezone, span=span, now=now)
        for patient in known:
            replayed = _replay_one(patient, book, would, span, now)
            told.append(replayed.replay)
            if replayed.differs:
                lines.append(line_of(patient.patient_id, replayed))
            done += 1
            job.progress.say("Deciding again", done=done, total=len(patients))
        total = add_up([total, *told])
    return lines, total


def _replay_one(known: Known, book: Book, would: PolicyBook, span: Interval, now: datetime) -> PatientReplay:
    return replay_patient(
        known.facts, stood=book.pages, would=would, recorded=known.recorded, span=span, now=now
    )


def _batches(patients: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(patients), BATCH):
        yield patients[start : start + BATCH]


def _candidate(texts: dict[str, bytes]) -> Version:
    """The policy to be tried, with the overlays that came along."""
    text = texts.pop(POLICY).decode()
    overlays = {name: body.decode() for name, body in texts.items()}
    try:
        (version,) = read_versions(text, overlays)
    except PolicyFileError as error:
        raise Refusal("policy.unreadable", "; ".join(map(str, error.problems))) from None
    return version


def _as_if(version: Version) -> PolicyBook:
    try:
        return in_force_all_along(version)
    except InvalidPolicy as invalid:
        raise Refusal("policy.overlay", str(invalid)) from None


def _in_force(pages: PolicyBook, start: date, end: date) -> Iterator[Version]:
    """The versions that were in force in the span, one after the other."""
    by_number = {policy.version: (policy, overlays) for policy, overlays in pages.versions}
    for day in range((end - start).days + 1):
        yield by_number[pages.in_force(start + timedelta(days=day)).version]


def _named(version: Version) -> str:
    return f"{version[0].id} {version[0].version}"
