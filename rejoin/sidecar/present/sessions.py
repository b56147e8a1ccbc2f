"""What happened in each session: who was there when, the outcome in words, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from rejoin.sidecar.present import words
from rejoin.sidecar.present.frame import Frame, Person, SessionName, find_text
from rejoin.sidecar.present.lanes import Axis, Lane, draw_axis, draw_lane
from rejoin.sidecar.report import Report, Seat, SessionCard

OPEN_DAYS = 4
"""Days with sessions that stand open; older ones open on demand."""
OF_THE_SCHEDULE = frozenset({"zero_slack", "no_policy_in_force"})
"""Alerts that say nothing about the one session; told once, in their own place."""
NOT_HELD = frozenset({"cancelled", "outage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRow:
    """One patient in one session."""

    person: Person
    status: words.StatusWords
    lane: Lane
    lane_text: str
    """What stands in the line where there is no bar to draw."""
    spoken: str
    """The drawing in words."""
    minutes: str
    flags: str
    notes: str
    """The reason somebody gave, and whether a person has confirmed the outcome."""
    provisional: bool
    unsure_end: bool
    billing: str
    because: tuple[str, ...]
    open_case: bool
    find: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One session."""

    name: SessionName
    module: str
    times: str
    about: str
    state: str
    """ "Running now", "Cancelled"; "" for a session that was held."""
    summary: str
    alerts: tuple[str, ...]
    axis: Axis
    rows: tuple[SeatRow, ...]
    find: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All sessions of one of the program's days."""

    label: str
    summary: str
    open: bool
    sessions: tuple[SessionView, ...]


def present_days(report: Report, frame: Frame, shown: Iterable[str]) -> tuple[Day, ...]:
    """The sessions of `shown` by day, newest first; a day's own sessions newest first too."""
    cards = [card for session_id in shown if (card := frame.session(session_id))]
    cards.sort(key=lambda card: (card["starts_at"], card["session_id"]), reverse=True)
    writer = _Writer(report, frame)
    days = groupby(cards, key=lambda card: frame.day_of(card["starts_at"]))
    return tuple(
        _day(on, tuple(writer.session(card) for card in held), number, frame)
        for number, (on, held) in enumerate(days)
    )


def _day(on: date, sessions: tuple[SessionView, ...], number: int, frame: Frame) -> Day:
    statuses = [row.status.code for session in sessions for row in session.rows]
    return Day(
        label=day_label(on, frame),
        summary=f"{words.counted(len(sessions), 'session')}: {tally(statuses)}",
        open=number < OPEN_DAYS,
        sessions=sessions,
    )


def day_label(on: date, frame: Frame) -> str:
    near = {frame.today: "Today", frame.today - timedelta(days=1): "Yesterday"}.get(on)
    return f"{near}, {frame.day(on)}" if near else frame.day(on)


def tally(statuses: Iterable[str]) -> str:
    """ "4 attended, 1 missed", in the order of the legend."""
    counts: dict[str, int] = {}
    for code in statuses:
        counts[code] = counts.get(code, 0) + 1
    order = [*words.STATUSES, *(code for code in counts if code not in words.STATUSES)]
    return ", ".join(
        f"{counts[code]} {words.status_words(code).label.lower()}" for code in order if code in counts
    )


class _Writer:
    """Writes sessions, with the seats, alerts and open cases of each at hand."""

    def __init__(self, report: Report, frame: Frame) -> None:
        self.frame = frame
        self.seats: dict[str, list[Seat]] = {}
        for seat in report["seats"]:
            self.seats.setdefault(seat["session_id"], []).append(seat)
        self.alerts: dict[str, list[str]] = {}
        for alert in report["alerts"]:
            if alert["kind"] in OF_THE_SCHEDULE:
                continue
            told = f"{words.alert_words(alert['kind']).label}: {words.plain(alert['text'])}"
            self.alerts.setdefault(alert["session_id"] or "", []).append(told)
        self.open_cases = {
            (case["session_id"], case["patient_id"]) for case in report["cases"] if case["state"] == "open"
        }

    def session(self, card: SessionCard) -> SessionView:
        frame, name = self.frame, self.frame.session_name(card["session_id"])
        rows = [self.row(seat, card, name) for seat in self.seats.get(card["session_id"], [])]
        rows.sort(key=lambda row: (row.person.name.casefold(), row.person.patient_id))
        return SessionView(
            name=name,
            module=words.plain(card["module"]),
            times=f"{frame.clock(card['starts_at'])} to {frame.clock(card['ends_at'])}",
            about=_about(card),
            state=_state(card, frame),
            summary=tally(row.status.code for row in rows),
            alerts=tuple(self.alerts.get(card["session_id"], ())),
            axis=draw_axis(card, frame.zone, frame.as_of),
            rows=tuple(rows),
            find=" ".join((name.session_id, name.title, name.when, words.plain(card["module"]))).casefold(),
        )

    def row(self, seat: Seat, card: SessionCard, name: SessionName) -> SeatRow:
        frame, person = self.frame, self.frame.person(seat["patient_id"])
        until = min(card["ends_at"], frame.as_of)
        return SeatRow(
            person=person,
            status=words.status_words(seat["status"]),
            lane=draw_lane(seat["intervals"], card, until),
            lane_text="" if seat["intervals"] else _lane_text(seat),
            spoken=spoken_intervals(seat, frame),
            minutes=minutes_of(seat),
            flags=", ".join(words.word(words.FLAGS, flag) for flag in seat["flags"]),
            notes="; ".join(part for part in (_reason(seat), attested_words(seat)) if part),
            provisional=seat["provisional"],
            unsure_end="uncertain_end" in seat["flags"],
            billing=billing_words(seat),
            because=words.reasons(seat["because"]),
            open_case=(seat["session_id"], seat["patient_id"]) in self.open_cases,
            find=find_text(person, name),
        )


def _about(card: SessionCard) -> str:
    facilitator = words.plain(card["facilitator"])
    parts = (facilitator and f"with {facilitator}", words.word(words.MODES, card["mode"]))
    return ", ".join(part for part in parts if part)


def _state(card: SessionCard, frame: Frame) -> str:
    if card["status"] in NOT_HELD:
        return "Cancelled" if card["status"] == "cancelled" else "Platform outage"
    return "Running now" if card["starts_at"] <= frame.as_of < card["ends_at"] else ""


def minutes_of(seat: Seat) -> str:
    """The minutes in the room; nobody knows them where nothing was recorded, and none are due
    where nothing was held."""
    if seat["status"] == "cancelled":
        return "not held"
    if seat["status"] == "unrecorded":
        return words.NOT_KNOWN
    return words.minutes_words(seat["minutes"])


def _lane_text(seat: Seat) -> str:
    """Why there is no bar."""
    told = {
        "unrecorded": "no record of the room",
        "cancelled": "session not held",
        "excused": "gave notice",
        "missed": "not in the room",
    }
    if seat["minutes"] is None:
        return told.get(seat["status"], f"times {words.NOT_KNOWN}")
    return told.get(seat["status"], "not in the room's record")


def spoken_intervals(seat: Seat, frame: Frame) -> str:
    """ "In the room 18:11 to 18:52 and 18:58 to 19:30"."""
    if not seat["intervals"]:
        return _lane_text(seat).capitalize()
    spans = [f"{frame.clock(start)} to {frame.clock(end)}" for start, end in seat["intervals"]]
    return f"In the room {words.listed(spans)}"


def _reason(seat: Seat) -> str:
    return words.spaced(seat["reason"]).lower() if seat["reason"] else ""


def attested_words(seat: Seat) -> str:
    """Whether a person has confirmed it, and what the room said where that is something else."""
    if seat["attested"] is None:
        return ""
    if seat["attested"] == seat["computed"]:
        return "attested"
    return f"attested; the room's record says {words.status_words(seat['computed']).label.lower()}"


def billing_words(seat: Seat) -> str:
    billing = seat["billing"]
    if billing["state"] == "no_rule":
        return ""
    if minutes_of(seat) == words.NOT_KNOWN:
        return f"countable minutes of the day: {words.NOT_KNOWN}"
    needed = billing["required_minutes"]
    of_needed = f" of {needed}" if needed is not None else ""
    state = words.word(words.BILLING, billing["state"])
    return f"countable minutes of the day: {billing['day_minutes']}{of_needed}; {state}"
