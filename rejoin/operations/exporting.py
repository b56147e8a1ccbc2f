"""A program as a folder again: the tables that an import takes in, and comes to the same by.

Beside them stand what was measured and what was estimated (`operations/measured`), for others to read: no import takes
those in. Left out is what those tables cannot say: how many fit into a group, consents towards others than guardians
and emergency contacts or for purposes that cover no call about attendance, and contacts' own addresses.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.domain.kernel import local_day
from rejoin.operations.importing.family_rows import FAMILY_COLUMNS
from rejoin.operations.importing.people import LAPSED, UNDATED
from rejoin.operations.importing.reading import SERIES
from rejoin.operations.measured import write_estimates, write_measures, write_progress, write_scores
from rejoin.operations.tables_out import on_the_wall, put_in_place, write_table
from rejoin.people.consents import SUFFICES
from rejoin.programs.ahead import first_of
from rejoin.programs.models import PolicyVersion, Program, Series
from rejoin.programs.seating import COVERS

ROSTER = "patient_id name email phone timezone state group from until flags ending ended_at counselor"
SESSIONS = (
    "session_id group kind service module starts_at ends_at breaks facilitator status meeting_id patient_id mode "
    "minimum maximum also_expected not_expected"
)
CONSENTS = "patient_id channel granted at contact purpose until source contact_name"
PLACES = """
SELECT patient.external_id, patient.name,
       (SELECT string_agg(value, '; ' ORDER BY rank, id) FROM people_address
         WHERE patient_id = patient.id AND kind = 'email' AND retired_at IS NULL),
       (SELECT string_agg(value, '; ' ORDER BY rank, id) FROM people_address
         WHERE patient_id = patient.id AND kind = 'phone' AND retired_at IS NULL),
       patient.timezone, patient.state, "group".name, place.from_on, place.until_on,
       (SELECT string_agg(code, '; ' ORDER BY code) FROM people_flag
         WHERE patient_id = patient.id AND ended_at IS NULL),
       place.ending,
       (SELECT staff.name FROM programs_careteammember AS member JOIN people_staff AS staff ON staff.id = member.staff_id
         WHERE member.patient_id = patient.id AND member.program_id = place.program_id
           AND member.role = 'counselor' AND member.ended_at IS NULL),
       place.ended_at
  FROM programs_enrolment AS place JOIN people_patient AS patient ON patient.id = place.patient_id
  LEFT JOIN programs_group AS "group" ON "group".id = place.group_id
 WHERE place.program_id = %s ORDER BY patient.external_id, place.from_on NULLS FIRST, place.id
"""
MEETINGS = """
SELECT session.id, session.external_id, "group".name, session.kind, session.service, session.module,
       session.starts_at, session.ends_at, session.breaks::text, session.held, session.mode,
       session.seats_min, session.seats_max, session.by_name,
       (SELECT string_agg(staff.name, '; ' ORDER BY leader.role DESC, leader.id)
          FROM programs_sessionstaff AS leader JOIN people_staff AS staff ON staff.id = leader.staff_id
         WHERE leader.session_id = session.id AND leader.released_at IS NULL),
       (SELECT string_agg(name, '; ' ORDER BY id) FROM rooms_room WHERE session_id = session.id)
  FROM programs_session AS session LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
 WHERE session.program_id = %s ORDER BY session.starts_at, session.external_id
"""
SEATED = """
SELECT seat.session_id, patient.external_id, seat.released_at IS NULL, seat.release_reason = 'left' FROM programs_seat AS seat
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = seat.patient_id
 WHERE session.program_id = %s ORDER BY seat.id
"""
EXPECTED = f"""
SELECT session.id, patient.external_id FROM programs_session AS session
  JOIN programs_program AS program ON program.id = session.program_id
  JOIN programs_enrolment AS place ON {COVERS}
  JOIN people_patient AS patient ON patient.id = place.patient_id
 WHERE session.program_id = %s AND NOT session.by_name
"""  # noqa: S608 - our own condition
OWN_PATIENTS = "SELECT patient_id FROM programs_enrolment WHERE program_id = %s"
IDENTITIES = f"""
SELECT identity.provider, identity.ref, patient.external_id FROM rooms_identity AS identity
  JOIN people_patient AS patient ON patient.id = identity.patient_id
 WHERE identity.seat_id IS NULL AND patient.id IN ({OWN_PATIENTS}) ORDER BY identity.id
"""  # noqa: S608 - our own query
# Whoever never had a licence is one of whom nobody has said; a blank cell says that there is none today.
STAFF = """
SELECT staff.name,
       CASE WHEN count(licence.id) = 0 THEN 'unknown' ELSE
            string_agg(DISTINCT licence.state, '; ') FILTER (WHERE licence.valid @> %(today)s::date) END,
       (SELECT string_agg(role, '; ' ORDER BY role) FROM programs_staffrole
         WHERE staff_id = staff.id AND program_id = %(program)s AND ended_at IS NULL)
  FROM people_staff AS staff
  LEFT JOIN people_licence AS licence ON licence.staff_id = staff.id AND licence.kind = 'clinical'
 WHERE staff.id IN (
       SELECT staff_id FROM programs_staffrole WHERE program_id = %(program)s
       UNION SELECT staff_id FROM programs_careteammember WHERE program_id = %(program)s AND ended_at IS NULL
       UNION SELECT leader.staff_id FROM programs_sessionstaff AS leader
               JOIN programs_session AS session ON session.id = leader.session_id
              WHERE session.program_id = %(program)s)
 GROUP BY staff.id ORDER BY staff.name
"""
SAID = f"""
SELECT patient.external_id, said.channel, said.granted, said.at, coalesce(person.relation, ''), said.purpose,
       said.until_at, said.source, coalesce(person.name, '')
  FROM people_consent AS said JOIN people_patient AS patient ON patient.id = said.patient_id
  LEFT JOIN people_contact AS person ON person.id = said.contact_id
 WHERE person.retired_at IS NULL AND patient.id IN ({OWN_PATIENTS}) ORDER BY said.at, said.id
"""  # noqa: S608 - our own query
BORN = f"""
SELECT patient.external_id, said.born_on, said.at FROM people_birthdate AS said
  JOIN people_patient AS patient ON patient.id = said.patient_id
 WHERE patient.id IN ({OWN_PATIENTS}) ORDER BY said.at, said.id
"""  # noqa: S608 - our own query
SIGNED = f"""
SELECT patient.external_id, signer.name, person.relation, person.name, said.purpose, said.granted, said.at, said.until_at, said.source
  FROM people_guardianword AS said JOIN people_patient AS patient ON patient.id = said.patient_id
  JOIN people_contact AS signer ON signer.id = said.guardian_id JOIN people_contact AS person ON person.id = said.contact_id
 WHERE signer.retired_at IS NULL AND person.retired_at IS NULL AND patient.id IN ({OWN_PATIENTS}) ORDER BY said.at, said.id
"""  # noqa: S608 - our own query
CLOSED = f"""
SELECT patient.external_id, person.relation, person.name, said.closes, said.why, said.at
  FROM people_familyclosing AS said JOIN people_patient AS patient ON patient.id = said.patient_id
  JOIN people_contact AS person ON person.id = said.contact_id
 WHERE person.retired_at IS NULL AND patient.id IN ({OWN_PATIENTS}) ORDER BY said.at, said.id
"""  # noqa: S608 - our own query
Names = Mapping[int, Sequence[str]]


@action("operations.export_folder")
def export_folder(
    *,
    path: Path,
    program: Program,
    only: Collection[str] | None = None,
    begin: Callable[[str], None] = lambda _: None,
    by: Actor,
    at: datetime,
) -> None:
    """Write the program's tables and its policy into the folder. Who took it out is on record.

    Files are their owner's alone, and each is put in place whole: what stood there under its name is
    replaced, and a link is not followed. `only` some of TABLES; `begin` is told of each, and may raise to stop.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, write in TABLES.items():
        if only is None or name in only:
            begin(name)
            write(path, program, at)
    record("operations.export_folder", f"program:{program.pk}", by=by, at=at, program=program.pk)


def _write_roster(path: Path, program: Program, _at: datetime) -> None:
    write_table(path / "roster.csv", ROSTER, _roster(program, ZoneInfo(program.timezone)))


def _write_sessions(path: Path, program: Program, _at: datetime) -> None:
    write_table(path / "sessions.csv", SESSIONS, _sessions(program, ZoneInfo(program.timezone)))


def _write_identities(path: Path, program: Program, _at: datetime) -> None:
    write_table(path / "identities.csv", "provider ref patient_id", select(IDENTITIES, [program.pk]))


def _write_staff(path: Path, program: Program, at: datetime) -> None:
    today = local_day(at, ZoneInfo(program.timezone))
    staff = select(STAFF, {"today": today, "program": program.pk})
    if staff:
        write_table(path / "staff.csv", "name licensed_states roles", staff)


def _write_consents(path: Path, program: Program, at: datetime) -> None:
    write_table(path / "consents.csv", CONSENTS, _consents(program, ZoneInfo(program.timezone), at))


def _write_births(path: Path, program: Program, _at: datetime) -> None:
    _write_family(path / "births.csv", BORN, program)


def _write_guardians(path: Path, program: Program, _at: datetime) -> None:
    _write_family(path / "guardians.csv", SIGNED, program)


def _write_closings(path: Path, program: Program, _at: datetime) -> None:
    _write_family(path / "closings.csv", CLOSED, program)


def _write_family(path: Path, asked: str, program: Program) -> None:
    """One of the tables of families."""
    zone = ZoneInfo(program.timezone)
    rows = [
        [on_the_wall(cell, zone) if isinstance(cell, datetime) else cell for cell in row]
        for row in select(asked, [program.pk])
    ]
    write_table(path, FAMILY_COLUMNS[path.name], rows)


def _write_series(path: Path, program: Program, _at: datetime) -> None:
    write_table(path / "series.csv", SERIES, _series(program))


def _roster(program: Program, zone: ZoneInfo) -> Iterator[Sequence[object]]:
    for *row, counselor, ended_at in select(PLACES, [program.pk]):
        yield (*row, on_the_wall(ended_at, zone), counselor)


def _sessions(program: Program, zone: ZoneInfo) -> Iterator[Sequence[object]]:
    live, gone, left = _seats(program)
    expected = _by_session(select(EXPECTED, [program.pk]))
    for row in select(MEETINGS, [program.pk]):
        pk, name, group, kind, service, module, starts_at, ends_at, breaks, held, mode, *rest = row
        minimum, maximum, by_name, leaders, rooms = rest
        seated, due = live.get(pk, []), expected.get(pk, [])
        named = (seated or gone.get(pk, [])) if by_name else []
        also = [] if by_name else [each for each in seated if each not in due]
        but = [each for each in named or due if each not in seated and each not in left.get(pk, [])]
        yield (
            name,
            group,
            kind,
            service,
            module,
            on_the_wall(starts_at, zone),
            on_the_wall(ends_at, zone),
            "; ".join(_clocks(breaks, zone)),
            leaders,
            held,
            rooms,
            "; ".join(named),
            mode,
            minimum,
            maximum,
            "; ".join(also),
            "; ".join(dict.fromkeys(but)),
        )


def _seats(program: Program) -> tuple[Names, Names, Names]:
    """Who has a seat in each session, who had one, and who gave it back because her place ended."""
    rows = select(SEATED, [program.pk])
    live, gone = [row for row in rows if row[2]], [row for row in rows if not row[2]]
    return _by_session(live), _by_session(gone), _by_session(row for row in gone if row[3])


def _by_session(rows: Iterable[Sequence[Any]]) -> dict[int, list[str]]:
    """Patients by session, each once, in the order told."""
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for session, patient, *_ in rows:
        found[session][patient] = None
    return {session: list(patients) for session, patients in found.items()}


_spans = msgspec.json.Decoder(list[tuple[datetime, datetime]])


def _clocks(breaks: str, zone: ZoneInfo) -> list[str]:
    return [
        f"{start.astimezone(zone):%H:%M}-{end.astimezone(zone):%H:%M}" for start, end in _spans.decode(breaks)
    ]


def _consents(program: Program, zone: ZoneInfo, now: datetime) -> Iterator[Sequence[object]]:
    """Words on consent. After one that ran out comes a row that tells so to readers who know no last days."""
    for patient, channel, granted, at, relation, purpose, until_at, source, name in select(
        SAID, [program.pk]
    ):
        if purpose not in SUFFICES.get(relation, ()):
            continue
        said = "" if source == UNDATED else on_the_wall(at, zone)
        until = on_the_wall(until_at, zone)
        yield (patient, channel, granted, said, relation, purpose, until, source, name)
        if granted and until_at is not None and until_at <= now:
            yield (patient, channel, False, until, relation, purpose, "", LAPSED, name)


def _series(program: Program) -> Iterator[Sequence[object]]:
    live = Series.objects.filter(program=program, ended_at__isnull=True).order_by("external_id")
    for each in live.select_related("group", "patient", "facilitator", "cofacilitator"):
        first = first_of(each)
        yield (
            each.external_id,
            each.group.name if each.group else "",
            each.patient.external_id if each.patient else "",
            each.kind,
            each.service,
            each.mode,
            each.timezone,
            first.date(),
            f"{first:%H:%M}",
            each.minutes,
            "; ".join(_after(first, start, end) for start, end in each.breaks),
            each.rule,
            "; ".join(map(date.isoformat, each.skipped)),
            each.facilitator.name if each.facilitator else "",
            each.cofacilitator.name if each.cofacilitator else "",
            each.room,
        )


def _after(first: datetime, start: int, end: int) -> str:
    return f"{first + timedelta(minutes=start):%H:%M}-{first + timedelta(minutes=end):%H:%M}"


def _write_policy(path: Path, program: Program, _at: datetime) -> None:
    """Every version that was published, and the overlays they name beside it."""
    versions = list(PolicyVersion.objects.filter(program=program).order_by("version"))
    if versions:
        text = "---\n".join(version.text for version in versions)
        _write_text(path / "policy.yaml", text)
    for name, text in {name: text for version in versions for name, text in version.overlays.items()}.items():
        overlay = path / name
        if overlay.parent.resolve().is_relative_to(path.resolve()):
            overlay.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_text(overlay, text)


def _write_text(path: Path, text: str) -> None:
    with put_in_place(path) as file:
        file.write(text)


TABLES: Final[Mapping[str, Callable[[Path, Program, datetime], None]]] = MappingProxyType(
    {
        "roster": _write_roster,
        "sessions": _write_sessions,
        "identities": _write_identities,
        "staff": _write_staff,
        "consents": _write_consents,
        "births": _write_births,
        "guardians": _write_guardians,
        "closings": _write_closings,
        "series": _write_series,
        "policy": _write_policy,
        "measures": write_measures,
        "scores": write_scores,
        "progress": write_progress,
        "estimates": write_estimates,
    }
)
"""What a program is taken out as, by the name of each table."""
