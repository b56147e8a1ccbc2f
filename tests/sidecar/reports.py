"""Made-up answers of triage, for everything that shows one. No person in here exists.

`quiet_program` is any number of sessions with nothing special about them; `busy_morning` is one
Tuesday at 07:20 with every status, step state, trigger state and alert the contract knows.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rejoin.sidecar.report import (
    Alert,
    Because,
    Case,
    Directory,
    FirstAttempt,
    PatientCard,
    Report,
    Requirement,
    Seat,
    SessionCard,
    Step,
    Trigger,
    Unmatched,
    Week,
)

NEW_YORK = ZoneInfo("America/New_York")
AS_OF = datetime(2026, 10, 6, 11, 20, tzinfo=UTC)
"""Tue 6 Oct 2026, 07:20 in New York."""
NAMES = ("Ada", "Ben", "Cleo", "Dev", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jo")
EVENING, MORNING = "Evening group", "Morning group"
MODULES = ("Relapse prevention", "Distress tolerance", "Emotion regulation", "Family roles")
CREDITED_MINUTES = 170


def at(words: str) -> datetime:
    """ "10-05 18:14" of 2026 in New York, as a UTC instant."""
    local = datetime.strptime(f"2026-{words}", "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK)
    return local.astimezone(UTC)


def because(rule: str, text: str, cite: str | None = None) -> Because:
    return {"rule": rule, "text": text, "cite": cite}


def patient_card(name: str, number: int, group: str, *, zone: str = "America/New_York") -> PatientCard:
    return {
        "name": name,
        "phones": [f"+1212555{100 + number:04d}"],
        "emails": [f"p{number}@example.org"],
        "timezone": zone,
        "groups": [group],
        "flags": [],
    }


def session_card(
    session_id: str, group: str, starts_at: datetime, *, minutes: int = 195, **other: str
) -> SessionCard:
    middle = starts_at + timedelta(minutes=90)
    breaks = [[middle, middle + timedelta(minutes=15)]] if minutes == 195 else []
    return {
        "session_id": session_id,
        "group": group,
        "kind": other.get("kind", "group"),
        "service": "skills",
        "module": other.get("module", MODULES[starts_at.day % len(MODULES)]),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "breaks": breaks,
        "facilitator": other.get("facilitator", "Fay R." if group == EVENING else "Max T."),
        "status": other.get("status", "scheduled"),
        "mode": other.get("mode", "video"),
        "covered": True,
    }


def seat(
    card: SessionCard,
    patient_id: str,
    status: str,
    *spans: tuple[int, int],
    flags: tuple[str, ...] = (),
    minutes: int | None = None,
    attested: str | None = None,
    computed: str | None = None,
    reason: str | None = None,
    provisional: bool = False,
) -> Seat:
    """A seat whose `spans` are minutes after the session's start."""
    intervals = [
        [card["starts_at"] + timedelta(minutes=start), card["starts_at"] + timedelta(minutes=end)]
        for start, end in spans
    ]
    present = minutes if minutes is not None or not spans else sum(b - a for a, b in spans)
    return {
        "session_id": card["session_id"],
        "patient_id": patient_id,
        "status": status,
        "computed": computed or status,
        "attested": attested,
        "minutes": present,
        "first_join": intervals[0][0] if intervals else None,
        "last_leave": intervals[-1][1] if intervals else None,
        "flags": list(flags),
        "intervals": intervals,
        "counts_as": {
            "attended": status == "attended",
            "missed": status in ("missed", "not_admitted"),
            "hours_minutes": present,
        },
        "per_day_billable": status == "attended" and attested is not None,
        "because": [
            because("presence.credit", f"{present} of {CREDITED_MINUTES} minutes", "H0015-definition")
            if present is not None
            else because("house.evidence", "no interval is known")
        ],
        "reason": reason,
        "provisional": provisional,
        "billing": {
            "state": "billable" if status == "attended" and attested else "pending_attestation",
            "day_minutes": present or 0,
            "required_minutes": CREDITED_MINUTES,
        },
    }


def step(
    step_id: str,
    state: str,
    due: str,
    *,
    deadline: str | None = None,
    actor: str = "counselor",
    channels: tuple[str, ...] = ("phone",),
    to: str = "patient",
    done: str | None = None,
    outcome: str | None = None,
    why: str = "",
) -> Step:
    return {
        "id": step_id,
        "actor": actor,
        "to": to,
        "channels": list(channels),
        "due_at": at(due),
        "deadline": at(deadline) if deadline else None,
        "state": state,
        "done_at": at(done) if done else None,
        "outcome": outcome,
        "because": [because(f"outreach.{step_id}", why)] if why else [],
    }


def case(
    patient_id: str,
    session_id: str,
    opened: str,
    *steps: Step,
    path: str = "standard",
    first: FirstAttempt | None = None,
    closed: tuple[str, str] | None = None,
    why: tuple[Because, ...] = (),
) -> Case:
    waiting = [one["id"] for one in steps if one["state"] in ("due", "overdue", "upcoming")]
    return {
        "patient_id": patient_id,
        "session_id": session_id,
        "path": path,
        "opened_at": at(opened),
        "state": "closed" if closed else "open",
        "closed_at": at(closed[0]) if closed else None,
        "closed_reason": closed[1] if closed else None,
        "steps": list(steps),
        "first_attempt": first,
        "next": waiting[0] if waiting else None,
        "because": list(why),
    }


def first_attempt(by: str, state: str, made: str | None = None) -> FirstAttempt:
    return {"by": at(by), "state": state, "at": at(made) if made else None}


@dataclass
class Program:
    """A report under construction."""

    directory: Directory
    sessions: list[SessionCard]
    seats: dict[tuple[str, str], Seat] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    weeks: list[Week] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)

    def add_session(self, card: SessionCard) -> SessionCard:
        self.sessions.append(card)
        self.directory["sessions"][card["session_id"]] = card
        return card

    def sit(self, one: Seat) -> None:
        self.seats[one["session_id"], one["patient_id"]] = one

    def report(self) -> Report:
        return {
            "as_of": AS_OF,
            "policy": {"id": "sud-commercial-evening", "version": 3},
            "seats": list(self.seats.values()),
            "cases": self.cases,
            "triggers": self.triggers,
            "week": self.weeks,
            "unmatched": self.unmatched,
            "alerts": self.alerts,
            "requirements": self.requirements,
        }


def _past_days(weekdays: tuple[int, ...]) -> Iterator[date]:
    day = AS_OF.astimezone(NEW_YORK).date() - timedelta(days=1)
    while True:
        if day.weekday() in weekdays:
            yield day
        day -= timedelta(days=1)


def _sessions_of(group: str, count: int, prefix: str) -> list[SessionCard]:
    evening = prefix == "E"
    days = _past_days((0, 2, 3) if evening else (0, 2, 4))
    starts = [datetime.combine(next(days), time(18 if evening else 10), NEW_YORK) for _ in range(count)]
    return [
        session_card(f"{prefix}{number:02d}", group, start.astimezone(UTC))
        for number, start in enumerate(reversed(starts), start=1)
    ]


def _ordinary_seat(chance: random.Random, card: SessionCard, patient_id: str) -> Seat:
    roll = chance.random()
    end = 195
    if roll < 0.82:
        return seat(
            card, patient_id, "attended", (chance.randint(-3, 4), 90), (104, end), attested="attended"
        )
    if roll < 0.89:
        late = chance.randint(8, 14)
        return seat(card, patient_id, "partial", (late, 90), (108, end - 20), flags=("late", "left_early"))
    if roll < 0.95:
        return seat(card, patient_id, "missed", minutes=0)
    return seat(card, patient_id, "excused", minutes=0, reason="illness")


def quiet_program(*, sessions: int = 30, patients: int = 10, groups: int = 2, seed: int = 7) -> Program:
    """Sessions of the last weeks with ordinary attendance, no cases and no alerts."""
    chance = random.Random(seed)
    directory: Directory = {
        "patients": {}, "sessions": {}, "timezone": "America/New_York", "folder": "october"
    }  # fmt: skip
    program = Program(directory=directory, sessions=[])
    titles = [EVENING, MORNING, *(f"Group {n}" for n in range(3, groups + 1))][:groups]
    for number in range(1, patients + 1):
        name = NAMES[(number - 1) % len(NAMES)]
        group = titles[(number - 1) * groups // patients]
        directory["patients"][f"P{number}"] = patient_card(name, number, group)
    for index, title in enumerate(titles):
        prefix = ("E", "M")[index] if index < 2 else f"G{index + 1}-"
        for card in _sessions_of(title, sessions // groups, prefix):
            program.add_session(card)
            for patient_id, who in directory["patients"].items():
                if title in who["groups"]:
                    program.sit(_ordinary_seat(chance, card, patient_id))
    program.weeks = list(_weeks(program))
    return program


def _weeks(program: Program) -> Iterator[Week]:
    delivered: dict[tuple[str, date], int] = {}
    for one in program.seats.values():
        start = program.directory["sessions"][one["session_id"]]["starts_at"].astimezone(NEW_YORK).date()
        key = (one["patient_id"], start - timedelta(days=start.weekday()))
        delivered[key] = delivered.get(key, 0) + (one["minutes"] or 0)
    for (patient_id, monday), minutes in sorted(delivered.items()):
        yield week(patient_id, monday.isoformat(), minutes, complete=monday < date(2026, 10, 5))


def week(patient_id: str, week_of: str, delivered: int, *, unknown: int = 0, complete: bool = True) -> Week:
    return {
        "patient_id": patient_id,
        "week_of": week_of,
        "scheduled_minutes": 540,
        "delivered_minutes": delivered,
        "countable_minutes": max(0, delivered - 12),
        "below_minimum": complete and not unknown and delivered < 480,
        "cancelled_minutes": 0,
        "unknown_sessions": unknown,
        "minimum_minutes": 480,
        "complete": complete,
    }


def busy_morning() -> Program:
    """Two groups, ten patients, thirty sessions and more, and one of everything."""
    program = quiet_program()
    directory = program.directory
    directory["patients"]["P3"]["timezone"] = "America/Chicago"
    directory["patients"]["P3"]["flags"] = ["high_risk"]
    directory["patients"]["P7"]["timezone"] = "America/Los_Angeles"
    directory["patients"]["P8"]["phones"] = []
    _monday_evening(program)
    _monday_morning(program)
    _troubled_sessions(program)
    _other_kinds(program)
    _open_cases(program)
    _closed_cases(program)
    _decisions(program)
    _loose_ends(program)
    _known_and_unknown_weeks(program)
    return program


def _monday_evening(program: Program) -> None:
    card = program.directory["sessions"]["E15"]
    program.sit(seat(card, "P1", "attended", (-4, 90), (105, 196), attested="attended"))
    program.sit(
        seat(
            card, "P2", "partial", (11, 52), (58, 90), (106, 174), flags=("late", "reconnected", "left_early")
        )
    )
    program.sit(seat(card, "P3", "missed", minutes=0))
    program.sit(
        seat(card, "P4", "partial", (1, 90), (105, 150), flags=("two_devices", "uncertain_end", "left_early"))
    )
    program.sit(
        seat(card, "P5", "attended", attested="attended", computed="missed", minutes=None, reason="was on the phone line")
    )  # fmt: skip


def _monday_morning(program: Program) -> None:
    card = program.directory["sessions"]["M15"]
    program.sit(seat(card, "P6", "attended", (0, 90), (105, 195), flags=("dial_in", "conflict")))
    program.sit(seat(card, "P7", "missed", minutes=0))
    program.sit(seat(card, "P8", "excused", minutes=0, reason="illness"))
    program.sit(seat(card, "P9", "not_admitted", (26, 29), flags=("late",)))
    program.sit(seat(card, "P10", "not_admissible", (2, 12), reason="in another state"))


def _troubled_sessions(program: Program) -> None:
    sessions = program.directory["sessions"]
    for number in range(6, 11):
        program.sit(seat(sessions["M14"], f"P{number}", "unrecorded"))
        program.sit(seat(sessions["M11"], f"P{number}", "unrecorded"))
    sessions["M14"]["covered"] = sessions["M11"]["covered"] = False
    sessions["E13"]["status"] = "cancelled"
    for number in range(1, 6):
        program.sit(seat(sessions["E13"], f"P{number}", "cancelled", reason="program_cancelled"))
    program.sit(seat(sessions["E14"], "P1", "attended", (0, 90), (105, 195)))
    for number in range(2, 6):
        program.sit(seat(sessions["E14"], f"P{number}", "missed", minutes=0))


def _other_kinds(program: Program) -> None:
    one_to_one = session_card("I01", "", at("10-02 15:00"), minutes=50, kind="individual", module="")
    program.sit(seat(program.add_session(one_to_one), "P8", "missed", minutes=0))
    running = session_card("F01", "", at("10-06 07:00"), minutes=50, kind="family", module="")
    program.sit(seat(program.add_session(running), "P1", "partial", (2, 20), provisional=True))
    program.add_session(session_card("E16", EVENING, at("10-06 18:00")))


def _open_cases(program: Program) -> None:
    high = because("outreach.elevated_when", "flag high_risk", "domain 2.4")
    program.cases += [
        case(
            "P3", "E15", "10-05 18:05",
            step("nudge", "done", "10-05 18:05", actor="system", channels=("sms", "push"),
                 done="10-05 18:05", outcome="message_sent"),
            step("call_now", "done", "10-05 18:15", deadline="10-05 18:45", actor="coordinator",
                 done="10-05 18:22", outcome="voicemail"),
            step("call2", "overdue", "10-05 19:00", deadline="10-05 22:00", channels=("phone", "secure_message"),
                 why="a voicemail is an attempt and not a contact"),
            step("emergency_contact", "suppressed", "10-05 20:00", to="emergency_contact",
                 why="no live consent for the emergency contact"),
            step("disposition", "upcoming", "10-06 18:00", actor="supervisor", channels=("secure_message",)),
            path="elevated", first=first_attempt("10-06 18:00", "met", "10-05 18:22"), why=(high,),
        ),
        case(
            "P7", "M15", "10-05 10:05",
            step("nudge", "suppressed", "10-05 10:05", actor="system", channels=("sms",),
                 why="no consent for text messages"),
            step("tech", "done", "10-05 10:20", actor="cofacilitator", done="10-05 10:21", outcome="no_answer"),
            step("call1", "overdue", "10-05 11:00", deadline="10-05 14:00", channels=("phone", "secure_message")),
            step("call2", "upcoming", "10-06 10:00"),
            first=first_attempt("10-06 10:00", "met", "10-05 10:21"),
        ),
        case(
            "P4", "E14", "10-01 18:05",
            step("nudge", "overdue", "10-01 18:05", deadline="10-01 18:30", actor="system", channels=("push",)),
            step("call1", "overdue", "10-01 19:00", deadline="10-01 22:00"),
            step("call2", "due", "10-02 10:00"),
            first=first_attempt("10-02 18:00", "breached"),
        ),
        case(
            "P9", "M15", "10-05 10:30",
            step("nudge", "cancelled", "10-05 10:05", actor="system", channels=("sms",)),
            step("call1", "due", "10-05 11:30"),
            first=first_attempt("10-06 10:00", "pending"),
        ),
        case(
            "P10", "M15", "10-05 10:12",
            step("call1", "due", "10-06 06:50", deadline="10-06 09:00"),
            step("guardian_call", "upcoming", "10-06 12:30", to="guardian"),
            first=first_attempt("10-06 10:00", "pending"),
        ),
        case(
            "P8", "I01", "10-02 15:05",
            step("call1", "done", "10-02 16:00", done="10-03 17:30", outcome="wrong_number"),
            step("letter", "upcoming", "10-06 16:00", actor="coordinator", channels=("portal",)),
            step("call3", "upcoming", "10-08 10:00"),
            first=first_attempt("10-03 15:00", "breached", "10-03 17:30"),
        ),
    ]  # fmt: skip


def _closed_cases(program: Program) -> None:
    done = step("call1", "done", "09-23 19:00", done="09-23 19:04", outcome="contact")
    met = first_attempt("09-24 18:00", "met", "09-23 19:04")
    program.cases += [
        case("P1", "E10", "09-23 18:05", done, first=met, closed=("09-24 18:02", "joined")),
        case("P5", "E10", "09-23 18:05", done, first=met, closed=("09-23 19:04", "contact")),
        case("P2", "E07", "09-16 18:05", closed=("09-18 09:00", "left_program")),
    ]


def _decisions(program: Program) -> None:
    def trigger(patient_id: str, name: str, then: str, state: str, sessions: list[str]) -> Trigger:
        return {
            "patient_id": patient_id, "id": name, "then": then, "decided_by": "supervisor",
            "fired_at": at("10-05 13:15"), "sessions": sessions, "state": state,
            "because": [because(f"triggers.{name}", f"{len(sessions)} sessions missed without notice", "mhs-dbt")],
        }  # fmt: skip

    program.triggers = [
        trigger("P7", "two-no-call", "barrier_visit", "open", ["M13", "M15"]),
        trigger("P4", "three-in-30-days", "team_review", "open", ["E09", "E11", "E14"]),
        trigger("P1", "two-no-call", "attendance_contract", "cleared", ["E07", "E10"]),
        trigger("P5", "contract-not-kept", "supervisor_review", "failed", ["E10", "E14"]),
    ]
    program.requirements = [
        {
            "patient_id": "P10", "id": "parent-groups", "party": "guardian", "needed": 6, "done": 3,
            "due_on": "2026-11-20", "state": "open", "because": [],
        }
    ]  # fmt: skip


def _loose_ends(program: Program) -> None:
    def alert(kind: str, session_id: str | None, text: str) -> Alert:
        return {"kind": kind, "session_id": session_id, "text": text}

    program.alerts = [
        alert("possible_outage", "E14", "4 of 5 absent"),
        alert("quorum", "E14", "1 present, the group's minimum is 2"),
        alert("unrecorded", "M14", "no room record and no mark"),
        alert("unrecorded", "M11", "no room record and no mark"),
        {"kind": "stale_source", "session_id": None, "text": "no event since Mon 5 Oct 21:14", "file": "rooms/zoom.jsonl"},
        {"kind": "unplaced_file", "session_id": None, "text": "no session at these times", "file": "rooms/old-export.csv"},
        *(alert("zero_slack", f"E{n:02d}", "180 minutes less breaks, 180 needed") for n in range(8, 16)),
    ]  # fmt: skip
    program.unmatched = [
        {"file": "rooms/zoom-1005.csv", "line": 7, "display": "iPhone", "joined": at("10-05 18:09"),
         "left": at("10-05 21:14"), "plausible": 2, "session_id": "E15"},
        {"file": "rooms/zoom-1005.csv", "line": 9, "display": "Galaxy S21", "joined": at("10-05 18:31"),
         "left": None, "plausible": 1, "session_id": "E15"},
        {"file": "rooms/teams-1001.csv", "line": 14, "display": "Guest", "joined": None, "left": None,
         "plausible": 0, "session_id": None},
    ]  # fmt: skip


def _known_and_unknown_weeks(program: Program) -> None:
    unknown = {("P6", "2026-09-28"): 360, ("P7", "2026-09-28"): 0}
    program.weeks = [
        week(one["patient_id"], one["week_of"], unknown[key], unknown=2) if key in unknown else one
        for one in program.weeks
        for key in [(one["patient_id"], one["week_of"])]
    ]


def nothing_open() -> Program:
    """A program on a day when all is done and nobody is waiting."""
    return quiet_program(sessions=6)


def crowded_program(*, sessions: int = 2_000, patients: int = 100, groups: int = 20) -> Program:
    """A year of a large program, with a case still open here and there."""
    program = quiet_program(sessions=sessions, patients=patients, groups=groups)
    missed = [one for one in program.seats.values() if one["status"] == "missed"]
    for one in missed[::9]:
        start = program.directory["sessions"][one["session_id"]]["starts_at"]
        program.cases.append(_case_at(one["patient_id"], one["session_id"], start))
    return program


def _case_at(patient_id: str, session_id: str, start: datetime) -> Case:
    call: Step = {
        **step("call1", "overdue", "10-05 19:00"),
        "due_at": start + timedelta(hours=1),
        "deadline": start + timedelta(hours=4),
    }
    return {**case(patient_id, session_id, "10-05 18:05", call), "opened_at": start}


def lately(program: Program) -> Program:
    """The program's last eight days only: as varied as the whole and a quarter of its size."""
    since = AS_OF - timedelta(days=8)
    kept = {key for key, card in program.directory["sessions"].items() if card["starts_at"] >= since}
    program.directory["sessions"] = {key: program.directory["sessions"][key] for key in kept}
    program.seats = {key: one for key, one in program.seats.items() if one["session_id"] in kept}
    return program


HOSTILE = "\"'&<script>window.touched=1</script><img src=x onerror=window.touched=1>"


def hostile_program() -> Program:
    """A busy morning in which every text that somebody else wrote tries to be markup."""
    program = busy_morning()
    for card in program.directory["patients"].values():
        card["name"] = f"{card['name']} {HOSTILE}"
        card["phones"] = [f"tel:{HOSTILE}"]
        card["groups"] = card["flags"] = [HOSTILE]
    for session in program.directory["sessions"].values():
        session["group"] = session["module"] = session["facilitator"] = HOSTILE
    for one in program.seats.values():
        one["reason"] = HOSTILE
        one["flags"] = [*one["flags"], HOSTILE]
        one["because"] = [because(HOSTILE, HOSTILE, HOSTILE)]
    for alert in program.alerts:
        alert["text"] = HOSTILE
    for loose in program.unmatched:
        loose["display"] = loose["file"] = HOSTILE
    for fired in program.triggers:
        fired["id"] = fired["then"] = fired["decided_by"] = HOSTILE
    program.directory["folder"] = HOSTILE
    return program
