"""Long work as pages show it: how far it is, what it came to, and what was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.urls import reverse

from rejoin.console.door import Asking
from rejoin.console.present.replays import ReplayShown, present_replay
from rejoin.console.present.words import in_words
from rejoin.console.tables import Chip, Choice, Column, Kind, Link, Select, Table
from rejoin.domain.kernel import Problem
from rejoin.longwork.enclosures import body_of
from rejoin.longwork.models import Enclosure, Work
from rejoin.longwork.problems import from_file
from rejoin.longwork.vocabulary import OVER, Part, State
from rejoin.longwork.vocabulary import Kind as WorkKind
from rejoin.people.naming import names_of

WAITS_LONG: Final = timedelta(minutes=1)
SHOWN_PROBLEMS: Final = 200
STATES: Final = {
    State.QUEUED: Chip("Waiting", "is-ring"),
    State.RUNNING: Chip("Under way", "is-sky is-half"),
    State.DONE: Chip("Done", "is-sage is-check"),
    State.FAILED: Chip("Failed", "is-rose is-cross"),
    State.STOPPED: Chip("Stopped", "is-bar"),
}
STOPPING: Final = Chip("Stopping", "is-amber is-half")
KINDS: Final = {
    WorkKind.IMPORT: "Bringing in a folder",
    WorkKind.EXPORT: "Taking records out",
    WorkKind.REPLAY: "Replay of a policy",
    WorkKind.PLAN: "Plan of make-ups",
    WorkKind.WHAT_IF: "What extra sessions would change",
}
DID: Final = {
    "people.add_patient": "patients added",
    "people.change_patient": "patients changed",
    "people.add_address": "addresses added",
    "people.retire_address": "addresses retired",
    "people.add_contact": "contacts added",
    "people.raise_flag": "flags raised",
    "people.end_flag": "flags ended",
    "people.record_consent": "words on consent",
    "people.add_staff": "colleagues added",
    "people.grant_licence": "licences recorded",
    "people.end_licence": "licences ended",
    "programs.add_group": "groups added",
    "programs.enrol": "places given",
    "programs.schedule_session": "sessions scheduled",
    "programs.book_seat": "seats booked by name",
    "programs.seat": "seats given",
    "programs.release_seat": "seats released",
    "programs.set_leaders": "sessions given leaders",
    "programs.add_series": "series added",
    "programs.change_series": "series changed",
    "programs.give_role": "roles given",
    "programs.end_role": "roles ended",
    "programs.assign_care_team": "counselors given",
    "programs.publish_policy": "versions of the policy published",
    "attendance.mark": "seats attested",
    "attendance.notice": "notices recorded",
    "attendance.check_in": "check-ins recorded",
    "rooms.name_rooms": "rooms named",
    "rooms.forget_room": "rooms forgotten",
    "rooms.add_identities": "identities vouched for",
}
"""What an import does, by the verb of the action; what is not here is told by its verb."""


class WorkLine(NamedTuple):
    ref: UUID
    kind: str
    program: str
    asked_by: str
    asked_at: datetime
    state: str
    stopping: bool
    ended_at: datetime | None


def _programs(asking: Asking) -> Sequence[tuple[str, str]]:
    return [(each.slug, each.name) for each in asking.programs]


def state_of(state: str, *, stopping: bool) -> Chip:
    """Where it stands. Who has asked for it to be stopped need not wait for a worker to say so."""
    if stopping and State(state) is State.QUEUED:
        return STATES[State.STOPPED]
    return STOPPING if stopping and State(state) is State.RUNNING else STATES[State(state)]


WORKS: Final = Table(
    name="long_work",
    title="Long work",
    counted=("piece of work", "pieces of work"),
    source=Select(
        row=WorkLine,
        columns="work.ref, work.kind, program.name, staff.name, work.asked_at, work.state, "
        "work.stop_asked_at IS NOT NULL, work.ended_at",
        tables="longwork_work AS work JOIN programs_program AS program ON program.id = work.program_id "
        "JOIN people_staff AS staff ON staff.id = work.asked_by_id",
        where="work.program_id = ANY(%(programs)s)",
        key="work.id",
    ),
    columns=(
        Column(
            "what",
            "What",
            lambda row: Link(KINDS[WorkKind(row.kind)], reverse("console:longwork_one", args=[row.ref])),
            kind=Kind.LINK,
        ),
        Column("program", "Program", lambda row: row.program, sort="program.name"),
        Column(
            "state",
            "State",
            lambda row: state_of(row.state, stopping=row.stopping),
            kind=Kind.STATUS,
            sort="work.state",
        ),
        Column("by", "Asked by", lambda row: row.asked_by, sort="staff.name"),
        Column("at", "Asked", lambda row: row.asked_at, kind=Kind.TIME, sort="work.asked_at"),
        Column("ended", "Ended", lambda row: row.ended_at, kind=Kind.TIME, sort="work.ended_at"),
    ),
    filters=(
        Choice(
            "program",
            "Program",
            choices=_programs,
            anything="All of mine",
            where="program.slug = %(program)s",
        ),
        Choice(
            "kind",
            "What",
            choices=tuple((key.value, words) for key, words in KINDS.items()),
            where="work.kind = %(kind)s",
        ),
        Choice(
            "state",
            "State",
            choices=tuple((key.value, chip.text) for key, chip in STATES.items()),
            where="work.state = %(state)s",
        ),
    ),
    order="-at",
    anchor=lambda row: f"work-{row.ref}",
    nothing="Nobody has brought anything in, taken anything out, or tried a policy.",
    file="long-work",
)


LABELS: Final = {
    Part.RESULT: "The archive",
    Part.PROBLEMS: "What was wrong, as a table",
    Part.LINES: "Patient by patient, as a table",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShown:
    part: str
    label: str
    size: str
    kept_until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkShown:
    """One piece of work."""

    ref: UUID
    title: str
    program: str
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    stopped_by: str
    state: Chip
    over: bool
    failed: bool
    can_stop: bool
    waits_long: bool
    """It waits, and no worker takes it."""
    done: int
    total: int
    saying: str
    error: str
    own: bool
    """She asked for it herself: its files are hers to see."""
    told: Sequence[tuple[str, str]]
    """What an import did."""
    nothing_new: bool
    """An import whose folder said nothing new."""
    files: Sequence[FileShown]
    has_files: bool
    gone: bool
    """It had files, and their day is over."""
    problems: Sequence[Problem]
    problem_count: int
    replay: ReplayShown | None

    @property
    def names_patients(self) -> bool:
        return bool(self.problems or (self.replay and self.replay.lines))


def present_work(asking: Asking, work: Work, *, rate: float = 1.0) -> WorkShown:
    """A piece of work with what came of it, as far as it is hers to see. `rate`: of the page's clock."""
    own = work.asked_by_id == asking.staff.pk
    stopping = work.stop_asked_at is not None
    over = work.state in OVER or (stopping and work.state == State.QUEUED)
    enclosures = list(Enclosure.objects.filter(work=work).exclude(part=Part.BROUGHT.value).order_by("pk"))
    live = {Part(each.part): each for each in enclosures if own and each.emptied_at is None}
    problems = from_file(body_of(live[Part.PROBLEMS])) if Part.PROBLEMS in live else []
    return WorkShown(
        ref=work.ref,
        title=title_of(work),
        program=work.program.name,
        asked_by=work.asked_by.name,
        asked_at=work.asked_at,
        ended_at=work.ended_at,
        stopped_by=names_of([work.stop_asked_by]).get(work.stop_asked_by, "") if stopping else "",
        state=state_of(work.state, stopping=stopping),
        over=over,
        failed=work.state == State.FAILED,
        can_stop=not over and not stopping,
        waits_long=work.state == State.QUEUED and asking.at - work.asked_at > WAITS_LONG * max(rate, 1.0),
        done=work.done,
        total=work.total,
        saying=work.saying,
        error=work.error,
        own=own,
        told=_told(work),
        nothing_new=work.kind == WorkKind.IMPORT and work.state == State.DONE and not work.told.get("did"),
        files=[
            _file(each) for part, each in live.items() if part in (Part.RESULT, Part.PROBLEMS, Part.LINES)
        ],
        has_files=_had_files(work),
        gone=work.state in OVER and own and _had_files(work) and not live,
        problems=problems[:SHOWN_PROBLEMS],
        problem_count=len(problems),
        replay=present_replay(work, live.get(Part.LINES))
        if work.kind == WorkKind.REPLAY and work.state == State.DONE
        else None,
    )


def title_of(work: Work) -> str:
    table = work.given.get("table", "") if work.kind == WorkKind.EXPORT else ""
    return f"{KINDS[WorkKind(work.kind)]}{f': {in_words(table)}' if table else ''}"


def _had_files(work: Work) -> bool:
    took_out = work.state == State.DONE and work.kind in (WorkKind.EXPORT, WorkKind.REPLAY)
    return took_out or bool(work.told.get("problems"))


def _file(enclosure: Enclosure) -> FileShown:
    return FileShown(
        part=enclosure.part,
        label=LABELS[Part(enclosure.part)],
        size=_bytes(enclosure.size),
        kept_until_at=enclosure.kept_until_at,
    )


def _bytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} kB"


def _told(work: Work) -> list[tuple[str, str]]:
    if work.state != State.DONE or work.kind != WorkKind.IMPORT:
        return []
    return [
        (DID.get(verb) or in_words(verb.partition(".")[2]), f"{count:,}")
        for verb, count in work.told.get("did", {}).items()
    ]
