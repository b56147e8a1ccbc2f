"""Each patient's weeks: a strip of sessions, minutes against the minimum, and what is open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rejoin.sidecar.present import words
from rejoin.sidecar.present.attention import Decision, present_decision
from rejoin.sidecar.present.frame import (
    Frame,
    Person,
    PhoneNumber,
    SessionName,
    monday_of,
    session_title,
)
from rejoin.sidecar.present.lanes import percent
from rejoin.sidecar.present.sessions import minutes_of
from rejoin.sidecar.report import Case, Report, Requirement, Seat, SessionCard, Week

MOST_CELLS = 36
MANY_PATIENTS = 100
MOST_CELLS_OF_MANY = 18
MOST_WEEKS = 4
ROOM_ABOVE_MINIMUM = 1.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One session in a patient's strip."""

    status: words.StatusWords
    title: str
    starts_week: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekBar:
    """One week's minutes against the policy's minimum."""

    label: str
    delivered: str
    """Share of the bar; "" when nobody knows."""
    minimum: str
    numbers: str
    verdict: str
    below: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One open case."""

    session: SessionName
    text: str
    elevated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """One patient."""

    person: Person
    groups: str
    flags: str
    phones: tuple[PhoneNumber, ...]
    clock_there: str
    cells: tuple[Cell, ...]
    earlier: int
    summary: str
    weeks: tuple[WeekBar, ...]
    cases: tuple[CaseLine, ...]
    decisions: tuple[Decision, ...]
    requirements: tuple[str, ...]
    overdue: bool
    find: str


def present_patients(
    report: Report, frame: Frame, shown: Iterable[str], overdue: frozenset[str]
) -> tuple[PatientView, ...]:
    """The patients of `shown`, those with something open first, then by name."""
    ids = tuple(shown)
    cells = MOST_CELLS if len(ids) <= MANY_PATIENTS else MOST_CELLS_OF_MANY
    writer = _Writer(report, frame, overdue, cells)
    views = [writer.patient(patient_id) for patient_id in ids]
    views.sort(key=lambda view: (not _has_open(view), view.person.name.casefold(), view.person.patient_id))
    return tuple(views)


def _has_open(view: PatientView) -> bool:
    return bool(view.cases or view.decisions)


class _Writer:
    """Writes patients, with everything of each at hand."""

    def __init__(self, report: Report, frame: Frame, overdue: frozenset[str], most_cells: int) -> None:
        self.frame = frame
        self.most_cells = most_cells
        self.overdue = overdue
        self.seats: dict[str, list[Seat]] = {}
        for seat in report["seats"]:
            self.seats.setdefault(seat["patient_id"], []).append(seat)
        self.weeks: dict[str, list[Week]] = {}
        for week in report["week"]:
            self.weeks.setdefault(week["patient_id"], []).append(week)
        self.cases: dict[str, list[Case]] = {}
        for case in report["cases"]:
            if case["state"] == "open":
                self.cases.setdefault(case["patient_id"], []).append(case)
        self.decisions: dict[str, list[Decision]] = {}
        for one in report["triggers"]:
            if one["state"] == "open":
                self.decisions.setdefault(one["patient_id"], []).append(present_decision(one, frame))
        self.requirements: dict[str, list[Requirement]] = {}
        for needed in report["requirements"]:
            self.requirements.setdefault(needed["patient_id"], []).append(needed)

    def patient(self, patient_id: str) -> PatientView:
        frame, person = self.frame, self.frame.person(patient_id)
        card = frame.patient(patient_id)
        cells, earlier = self.strip(patient_id)
        return PatientView(
            person=person,
            groups=words.listed([words.plain(group) for group in card["groups"]]),
            flags=", ".join(words.spaced(flag).lower() for flag in card["flags"]),
            phones=frame.phones(patient_id),
            clock_there=frame.clock_there(patient_id, frame.as_of),
            cells=cells,
            earlier=earlier,
            summary=_summary(self.seats.get(patient_id, [])),
            weeks=self.week_bars(patient_id),
            cases=tuple(self.case_line(case) for case in self.cases.get(patient_id, [])),
            decisions=tuple(self.decisions.get(patient_id, ())),
            requirements=tuple(
                requirement_words(one, frame) for one in self.requirements.get(patient_id, ())
            ),
            overdue=patient_id in self.overdue,
            find=f"{person.name} {person.patient_id} {' '.join(card['groups'])}".casefold(),
        )

    def strip(self, patient_id: str) -> tuple[tuple[Cell, ...], int]:
        """The latest sessions, oldest first, and how many came before them."""
        sat = [
            (card, seat)
            for seat in self.seats.get(patient_id, ())
            if (card := self.frame.session(seat["session_id"]))
        ]
        sat.sort(key=lambda pair: pair[0]["starts_at"])
        latest = sat[-self.most_cells :]
        mondays = [monday_of(self.frame.day_of(card["starts_at"])) for card, _ in latest]
        return tuple(
            Cell(
                status=words.status_words(seat["status"]),
                title=self.cell_title(card, seat),
                starts_week=number > 0 and mondays[number] != mondays[number - 1],
            )
            for number, (card, seat) in enumerate(latest)
        ), len(sat) - len(latest)

    def cell_title(self, card: SessionCard, seat: Seat) -> str:
        label = words.status_words(seat["status"]).label.lower()
        minutes = minutes_of(seat)
        told = label if minutes == "not held" else f"{label}, minutes {minutes}"
        if seat["minutes"] is not None and minutes == words.minutes_words(seat["minutes"]):
            told = f"{label}, {minutes}"
        return f"{self.frame.when(card['starts_at'])}, {session_title(card)}: {told}"

    def week_bars(self, patient_id: str) -> tuple[WeekBar, ...]:
        weeks = sorted(self.weeks.get(patient_id, ()), key=lambda week: week["week_of"])
        return tuple(week_bar(week, self.frame) for week in reversed(weeks[-MOST_WEEKS:]))

    def case_line(self, case: Case) -> CaseLine:
        following = f"next: {words.spaced(case['next'])}" if case["next"] else "no step is left"
        return CaseLine(
            session=self.frame.session_name(case["session_id"]),
            text=f"open since {self.frame.when(case['opened_at'])}, {following}",
            elevated=case["path"] == "elevated",
        )


def _summary(seats: list[Seat]) -> str:
    """ "12 of 14 attended": of the sessions held and recorded, whatever their number."""
    held = [seat for seat in seats if seat["status"] not in ("cancelled", "unrecorded")]
    attended = sum(1 for seat in held if seat["counts_as"]["attended"])
    return f"{attended} of {len(held)} recorded sessions attended"


def week_bar(week: Week, frame: Frame) -> WeekBar:
    minimum, delivered = week["minimum_minutes"], week["delivered_minutes"]
    nothing_known = bool(week["unknown_sessions"]) and delivered == 0
    full = max(minimum or 0, week["scheduled_minutes"], delivered, 1) * ROOM_ABOVE_MINIMUM
    return WeekBar(
        label=frame.day(date.fromisoformat(week["week_of"])),
        delivered="" if nothing_known else percent(delivered / full),
        minimum=percent(minimum / full) if minimum is not None else "",
        numbers=week_numbers(week),
        verdict=week_verdict(week),
        below=week["below_minimum"],
    )


def week_numbers(week: Week) -> str:
    """ "339 of 480 min"; where sessions are unknown, what is known is a floor and said to be one."""
    of_minimum = f" of {week['minimum_minutes']}" if week["minimum_minutes"] is not None else ""
    if not week["unknown_sessions"]:
        return f"{week['delivered_minutes']}{of_minimum} min"
    if week["delivered_minutes"] == 0:
        return words.NOT_KNOWN
    return f"at least {week['delivered_minutes']}{of_minimum} min"


def week_verdict(week: Week) -> str:
    parts = []
    if week["unknown_sessions"]:
        parts.append(f"{words.counted(week['unknown_sessions'], 'session')} of unknown length")
    if not week["complete"]:
        parts.append("so far")
    elif week["below_minimum"]:
        parts.append("below minimum")
    if week["cancelled_minutes"]:
        parts.append(f"{week['cancelled_minutes']} min cancelled")
    return ", ".join(parts)


def requirement_words(one: Requirement, frame: Frame) -> str:
    """ "Parent groups (guardian): 3 of 6 by Fri 20 Nov, open"."""
    needed = f" of {one['needed']}" if one["needed"] is not None else ""
    due = f" by {frame.day(date.fromisoformat(one['due_on']))}" if one["due_on"] else ""
    party = words.spaced(one["party"]).lower()
    state = words.spaced(one["state"]).lower()
    return f"{words.spaced(one['id'])} ({party}): {one['done']}{needed}{due}, {state}"
