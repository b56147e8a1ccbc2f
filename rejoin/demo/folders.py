"""The folders that the demo's programs are brought in from: the tables that any program would bring."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import rejoin
from rejoin.demo.days import LATELY, TEXTS_FROM, WEDNESDAY
from rejoin.demo.town import STATES, Group, OneToOne, Program, Town, Weekly

SHIPPED: Final = Path(rejoin.__file__).parent / "policies"
AGREED_AT: Final = f"{TEXTS_FROM}T10:00"
MISSED_SEEN_AFTER: Final = 6
"""Minutes: whoever led an evening of the weeks before said so long after its start who was missing."""
SESSIONS: Final = (
    *("session_id", "group", "kind", "service", "starts_at", "ends_at", "breaks", "facilitator"),
    *("status", "meeting_id", "patient_id", "mode"),
)
SERIES: Final = (
    *("series_id", "group", "patient_id", "kind", "service", "mode", "starts_on", "start_time", "minutes"),
    *("breaks", "rrule", "facilitator", "cofacilitator", "meeting_id"),
)
# Program B writes e-mail too, from the demo's day on: a second version of its policy, with its own day.
FIRST_DAY: Final = f"effective: {{from: {WEDNESDAY}, until: null}}"
LAST_DAY: Final = f"effective: {{from: 2026-01-01, until: {WEDNESDAY - timedelta(days=1)}}}"
SHIPPED_DAYS: Final = "effective: {from: 2026-01-01, until: null}"
ATTEMPT: Final = (
    "    - {id: attempt1, after: PT2H, from: start, actor: counselor, channels: [phone], deadline: PT24H}\n"
)
MAILED: Final = (
    "    - {id: nudge, after: PT10M, from: start, actor: system, channels: [email], template: neutral_nudge}\n"
    + ATTEMPT
    + "    - {id: evening, after: PT3H, from: start, actor: system, channels: [email], template: checking_in}\n"
)


def write_folder(town: Town, program: Program, path: Path) -> None:
    """Everything about one program, as `rejoin import` reads it."""
    path.mkdir(parents=True, exist_ok=True)
    groups = [group for group in town.groups if group.program == program.slug]
    alone = [each for each in town.one_to_ones if each.program == program.slug]
    (path / "policy.yaml").write_text(policy_text(program), encoding="utf-8")
    write_table(path / "roster.csv", _roster(town, groups))
    write_table(path / "sessions.csv", [SESSIONS, *_group_sessions(groups), *_one_to_ones(town, alone)])
    write_table(path / "marks.csv", _marks(town, groups))
    series = [
        _of_group(each, groups) for each in town.weekly if each.group in {group.name for group in groups}
    ]
    series += [
        _of_patient(town, each, each.alone)
        for each in town.weekly
        if each.alone is not None and each.alone.program == program.slug
    ]
    if series:
        write_table(path / "series.csv", [SERIES, *series])
    write_table(path / "consents.csv", _consents(town, groups))
    write_table(path / "staff.csv", _staff(town, program))


def policy_text(program: Program) -> str:
    """The policy that ships; program B's with a second version that adds two e-mails."""
    (shipped,) = SHIPPED.glob(f"{program.policy}-*.yaml")
    text = shipped.read_text(encoding="utf-8")
    if program.policy != "b":
        return text
    first = replaced(text, SHIPPED_DAYS, LAST_DAY)
    second = replaced(replaced(text, "version: 1\n", "version: 2\n"), SHIPPED_DAYS, FIRST_DAY)
    return f"{first}---\n{replaced(second, ATTEMPT, MAILED)}"


def session_id(group: Group, day: object) -> str:
    return f"{group.name.lower()}-{day}"


def alone_id(one: OneToOne) -> str:
    return f"{one.patient.lower()}-{one.day}"


def replaced(text: str, old: str, new: str) -> str:
    """The text with one of its parts changed, which is in it once."""
    if text.count(old) != 1:
        raise ValueError("the policy that ships is not the one that this was written for")
    return text.replace(old, new)


def _roster(town: Town, groups: Iterable[Group]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        ("patient_id", "name", "email", "phone", "timezone", "state", "group", "from", "flags")
    ]
    for group in groups:
        for patient in group.patients:
            zone = town.zone_of(patient)
            rows.append(
                (
                    *(town.id_of(patient), patient, f"{patient.lower()}@example.org"),
                    *(town.phone_of(patient), zone, STATES[zone], group.name, str(group.since)),
                    town.flags.get(patient, ""),
                )
            )
    return rows


def _group_sessions(groups: Iterable[Group]) -> list[Sequence[str]]:
    return [
        (
            *(session_id(group, day), group.name, "group", group.service),
            *(f"{day}T{clock}", _ends(f"{day}T{clock}", group.minutes), group.breaks),
            *("; ".join(group.leaders), "scheduled", group.room if group.mode == "video" else "", ""),
            group.mode,
        )
        for group in groups
        for day, clock in group.meets
    ]


def _one_to_ones(town: Town, alone: Iterable[OneToOne]) -> list[Sequence[str]]:
    return [
        (
            *(alone_id(one), "", "individual", "individual", f"{one.day}T{one.clock}"),
            *(_ends(f"{one.day}T{one.clock}", one.minutes), "", one.staff, "scheduled", one.room),
            *(town.id_of(one.patient), "video"),
        )
        for one in alone
    ]


def _of_group(weekly: Weekly, groups: Iterable[Group]) -> Sequence[str]:
    group = next(each for each in groups if each.name == weekly.group)
    return (
        *(group.name.lower(), group.name, "", "group", group.service, group.mode),
        *(str(weekly.first), weekly.clock, str(group.minutes), group.breaks),
        *(
            f"FREQ=WEEKLY;BYDAY={weekly.days}",
            group.leaders[0],
            group.leaders[1] if group.leaders[1:] else "",
        ),
        group.room if group.mode == "video" else "",
    )


def _of_patient(town: Town, weekly: Weekly, one: OneToOne) -> Sequence[str]:
    return (
        *(one.patient.lower(), "", town.id_of(one.patient), "individual", "individual", "video"),
        *(str(weekly.first), weekly.clock, str(one.minutes), ""),
        *(f"FREQ=WEEKLY;BYDAY={weekly.days}", one.staff, "", one.room),
    )


def _marks(town: Town, groups: Iterable[Group]) -> list[Sequence[str]]:
    """What facilitators attested in the weeks before."""
    rows: list[Sequence[str]] = [("session_id", "patient_id", "status", "by", "at")]
    for group in groups:
        for day, clock in group.meets:
            if day >= WEDNESDAY:
                continue
            for patient in group.patients:
                status = "missed" if (patient, day) in town.missed_before else "attended"
                at_once = status == "missed" and day < LATELY
                said_at = _ends(f"{day}T{clock}", MISSED_SEEN_AFTER if at_once else group.minutes + 10)
                rows.append((session_id(group, day), town.id_of(patient), status, group.leaders[0], said_at))
    return rows


def _consents(town: Town, groups: Iterable[Group]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [("patient_id", "channel", "granted", "at")]
    rows += [
        (town.id_of(patient), "sms", "true", AGREED_AT)
        for group in groups
        if group.texts
        for patient in group.patients
    ]
    return rows


def _staff(town: Town, program: Program) -> list[Sequence[str]]:
    held: dict[str, list[str]] = {}
    for role, names in program.roles.items():
        for name in names:
            held.setdefault(name, []).append(role)
    rows: list[Sequence[str]] = [("name", "licensed_states", "roles")]
    return rows + [
        (name, "; ".join(town.licences.get(name, ())), "; ".join(roles))
        for name, roles in sorted(held.items())
    ]


def _ends(starts_at: str, minutes: int) -> str:
    return (datetime.fromisoformat(starts_at) + timedelta(minutes=minutes)).isoformat(timespec="minutes")


def write_table(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """A file of comma separated values; the first row names the columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
