"""What only a person can settle: alerts, participants nobody can name, decisions to take."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rejoin.sidecar.present import words
from rejoin.sidecar.present.frame import Frame, Person, SessionName
from rejoin.sidecar.report import Alert, Report, Trigger, Unmatched

ALERTS_SHOWN_OPEN = 3
DECISIONS_LEADING = 8
MOST_OF_A_KIND = 100
MOST_UNMATCHED = 200
NO_SESSION = SessionName(session_id="", title="", when="", anchor="")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert."""

    session: SessionName
    file: str
    text: str
    find: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertGroup:
    """All alerts of one kind: told once, listed beneath."""

    code: str
    label: str
    advice: str
    count: int
    common: str
    """The text that all of them share, so that it is said once."""
    lines: tuple[AlertLine, ...]
    folded: bool
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedLine:
    """A participant in a room whom no reference ties to a patient."""

    display: str
    file: str
    line: int
    times: str
    plausible: str
    session: SessionName
    find: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A policy threshold reached: what a person is asked to decide."""

    person: Person
    rule: str
    then: str
    decided_by: str
    fired: str
    state: str
    sessions: tuple[SessionName, ...]
    because: tuple[str, ...]
    find: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Everything of the section "What needs a person"."""

    decisions: tuple[Decision, ...]
    settled: tuple[Decision, ...]
    alerts: tuple[AlertGroup, ...]
    unmatched: tuple[UnmatchedLine, ...]
    unmatched_left_out: int

    @property
    def leading_decisions(self) -> tuple[Decision, ...]:
        return self.decisions[:DECISIONS_LEADING]

    @property
    def further_decisions(self) -> tuple[Decision, ...]:
        return self.decisions[DECISIONS_LEADING:]

    @property
    def count(self) -> int:
        """How many things wait; a kind of alert is one thing."""
        return len(self.decisions) + len(self.alerts) + len(self.unmatched) + self.unmatched_left_out


def present_attention(report: Report, frame: Frame) -> Attention:
    decisions = [present_decision(one, frame) for one in _newest_first(report["triggers"])]
    unmatched = sorted(report["unmatched"], key=_latest_seen, reverse=True)
    return Attention(
        decisions=tuple(one for one in decisions if one.state == "open"),
        settled=tuple(one for one in decisions if one.state != "open"),
        alerts=present_alerts(report["alerts"], frame),
        unmatched=tuple(present_unmatched(one, frame) for one in unmatched[:MOST_UNMATCHED]),
        unmatched_left_out=max(0, len(unmatched) - MOST_UNMATCHED),
    )


def _newest_first(triggers: Iterable[Trigger]) -> list[Trigger]:
    return sorted(triggers, key=lambda one: one["fired_at"], reverse=True)


def _latest_seen(one: Unmatched) -> tuple[bool, float]:
    seen = one["joined"] or one["left"]
    return seen is not None, seen.timestamp() if seen else 0.0


def present_alerts(alerts: Iterable[Alert], frame: Frame) -> tuple[AlertGroup, ...]:
    """One group a kind, in the order of what may change who is called."""
    kinds: dict[str, list[Alert]] = {}
    for one in alerts:
        kinds.setdefault(one["kind"], []).append(one)
    order = list(words.ALERTS)
    ranked = sorted(kinds, key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
    return tuple(_alert_group(kind, kinds[kind], frame) for kind in ranked)


def _alert_group(kind: str, alerts: list[Alert], frame: Frame) -> AlertGroup:
    told = words.alert_words(kind)
    texts = {words.plain(one["text"]) for one in alerts}
    common = texts.pop() if len(texts) == 1 and len(alerts) > 1 else ""
    ordered = sorted(alerts, key=lambda one: _session_start(one, frame), reverse=True)
    return AlertGroup(
        code=told.code,
        label=told.label,
        advice=told.advice,
        count=len(alerts),
        common=words.sentence(common),
        lines=tuple(_alert_line(one, frame, common) for one in ordered[:MOST_OF_A_KIND]),
        folded=len(alerts) > ALERTS_SHOWN_OPEN,
        left_out=max(0, len(alerts) - MOST_OF_A_KIND),
    )


def _session_start(alert: Alert, frame: Frame) -> datetime:
    card = frame.session(alert["session_id"] or "")
    return card["starts_at"] if card else frame.as_of


def _alert_line(alert: Alert, frame: Frame, common: str) -> AlertLine:
    session = frame.session_name(alert["session_id"]) if alert["session_id"] else NO_SESSION
    text = words.plain(alert["text"])
    file = words.plain(alert.get("file", ""))
    who = frame.person(alert["patient_id"]).name if alert.get("patient_id") else ""
    shown = "" if text == common else text
    return AlertLine(
        session=session,
        file=file,
        text=": ".join(part for part in (who, shown) if part),
        find=f"{session.session_id} {session.title} {session.when} {file} {text} {who}".casefold(),
    )


def present_unmatched(one: Unmatched, frame: Frame) -> UnmatchedLine:
    session = frame.session_name(one["session_id"]) if one["session_id"] else NO_SESSION
    display, file = words.plain(one["display"]), words.plain(one["file"])
    return UnmatchedLine(
        display=display or "no name shown",
        file=file,
        line=one["line"],
        times=_seen_words(one["joined"], one["left"], frame),
        plausible=_plausible_words(one["plausible"]),
        session=session,
        find=f"{display} {file} {session.session_id} {session.title} {session.when}".casefold(),
    )


def _seen_words(joined: datetime | None, left: datetime | None, frame: Frame) -> str:
    """ "Mon 5 Oct 18:09 to 21:14"; an end that nobody knows is said."""
    if joined and left:
        return f"{frame.when(joined)} to {frame.clock_or_when(left, beside=joined)}"
    if joined:
        return f"from {frame.when(joined)}, end {words.NOT_KNOWN}"
    if left:
        return f"until {frame.when(left)}, start {words.NOT_KNOWN}"
    return f"times {words.NOT_KNOWN}"


def _plausible_words(count: int) -> str:
    """How many patients it could be; never who."""
    if count == 0:
        return "fits no expected patient"
    expected = "1 expected patient" if count == 1 else f"any of {count} expected patients"
    return f"could be {expected}"


def present_decision(one: Trigger, frame: Frame) -> Decision:
    person = frame.person(one["patient_id"])
    sessions = tuple(frame.session_name(session_id) for session_id in one["sessions"])
    return Decision(
        person=person,
        rule=words.spaced(one["id"]),
        then=words.spaced(one["then"]),
        decided_by=words.spaced(one["decided_by"]).lower(),
        fired=frame.when(one["fired_at"]),
        state=words.plain(one["state"]),
        sessions=sessions,
        because=words.reasons(one["because"]),
        find=" ".join((person.name, person.patient_id, *(name.session_id for name in sessions))).casefold(),
    )
