"""What needs a person's eye beyond any one patient: the room, the group, the source, the schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from rejoin.domain.attendance import CheckIn, Held, Outcome, Session, Status
from rejoin.domain.attendance.outcome import WAS_THERE, out_of_licence
from rejoin.domain.kernel import Problem, local_day
from rejoin.domain.policy.lint import say_slack, tight_sessions
from rejoin.rooms.evidence import Stranger, Unplaced
from rejoin.rooms.register import normal_name
from rejoin.sidecar.report import Alert, Unmatched
from rejoin.sidecar.world import World, when_scheduled

# "at least 3 and more than half of the expected are absent" (contracts/triage).
FEWEST_FOR_OUTAGE = 3


@dataclass(slots=True)
class Tally:
    """How one session's seats came out. Patients are decided in shards; tallies are added up."""

    expected: int = 0
    excused: int = 0
    served: int = 0
    absent: int = 0
    unrecorded: int = 0

    def count(self, outcome: Outcome) -> None:
        self.expected += 1
        self.excused += outcome.status is Status.EXCUSED
        self.served += outcome.status in WAS_THERE
        self.absent += outcome.status is Status.MISSED and not outcome.present
        self.unrecorded += outcome.status is Status.UNRECORDED

    def add(self, other: "Tally") -> None:
        self.expected += other.expected
        self.excused += other.excused
        self.served += other.served
        self.absent += other.absent
        self.unrecorded += other.unrecorded


@dataclass(slots=True)
class Tallies:
    """The tallies of all sessions begun, by session id."""

    by_session: dict[str, Tally] = field(default_factory=dict)

    def count(self, session_id: str, outcome: Outcome) -> None:
        tally = self.by_session.get(session_id)
        if tally is None:
            tally = self.by_session[session_id] = Tally()
        tally.count(outcome)

    def add(self, other: "Tallies") -> None:
        for session_id, tally in other.by_session.items():
            self.by_session.setdefault(session_id, Tally()).add(tally)


def find_alerts(world: World, tallies: Tallies, unreadable: Sequence[Problem]) -> list[Alert]:
    """Every alert there is, in order of kind and time."""
    sessions = sorted(world.folder.sessions.values(), key=when_scheduled)
    begun = [each for each in sessions if each.session.starts_at <= world.now]
    found: list[Alert] = [_file_alert("unreadable_file", each.file, str(each)) for each in unreadable]
    found += [
        _file_alert("unplaced_file", each.file, each.text) for each in _by_file(world.evidence.unplaced)
    ]
    found += [
        _file_alert("ambiguous_dates", each.file, each.text) for each in _by_file(world.evidence.unsure_dates)
    ]
    for scheduled in begun:
        if scheduled.session.held is Held.SCHEDULED and not world.expected[scheduled.session.id]:
            text = "nobody on the roster is expected in it"
            found.append(_session_alert("nobody_expected", scheduled.session, text))
        tally = tallies.by_session.get(scheduled.session.id)
        if tally is not None and scheduled.session.held is Held.SCHEDULED:
            found += _session_alerts(world, scheduled.session, tally, scheduled.minimum)
    found += _unexpected(world)
    found += _licence_alerts(world)
    found += _schedule_alerts(world)
    return found


def _by_file(told: Sequence[Unplaced]) -> list[Unplaced]:
    return sorted(told, key=lambda each: (each.file, each.text))


def _file_alert(kind: str, file: str, text: str) -> Alert:
    return {"kind": kind, "session_id": None, "text": text, "file": file}


def _session_alerts(world: World, session: Session, tally: Tally, minimum: int) -> list[Alert]:
    found: list[Alert] = []
    grace = world.folder.book.in_force(local_day(session.starts_at, world.folder.timezone)).presence.grace
    settled = world.now >= min(session.starts_at + max(grace, timedelta(minutes=1)), session.ends_at)
    expected = tally.expected - tally.excused
    if tally.unrecorded:
        text = (
            f"no room data and no mark for {tally.unrecorded} of {tally.expected}: not recorded is not absent"
        )
        found.append(_session_alert("unrecorded", session, text))
    if settled and tally.absent >= FEWEST_FOR_OUTAGE and 2 * tally.absent > expected:
        text = f"{tally.absent} of {expected} absent: is the room or the line down?"
        found.append(_session_alert("possible_outage", session, text))
    if settled and session.kind == "group" and not tally.unrecorded and tally.served < minimum:
        text = f"{tally.served} present, {minimum} make a group: convert to individual with its own note?"
        found.append(_session_alert("quorum", session, text))
    if session.id in world.evidence.stale:
        text = "its log stopped before the end while somebody was still in the room"
        found.append(_session_alert("stale_source", session, text))
    return found


def _session_alert(kind: str, session: Session, text: str) -> Alert:
    return {"kind": kind, "session_id": session.id, "text": text}


def _unexpected(world: World) -> list[Alert]:
    """Patients seen in a session that was not theirs: nothing is counted until somebody marks it."""
    found: list[Alert] = []
    for session_id, patient_id in sorted(world.evidence.presence):
        if patient_id not in world.expected[session_id]:
            text = "was seen in a session of another group; counted only when marked"
            found.append(
                {
                    "kind": "unexpected_participant",
                    "session_id": session_id,
                    "text": text,
                    "patient_id": patient_id,
                }
            )
    return found


def _licence_alerts(world: World) -> list[Alert]:
    found: list[Alert] = []
    for (session_id, patient_id), check_ins in sorted(world.folder.check_ins.items()):
        known = [each for each in check_ins if each.at <= world.now]
        text = _say_licence(known[-1]) if known else None
        if text is not None:
            found.append(
                {"kind": "licence", "session_id": session_id, "text": text, "patient_id": patient_id}
            )
    return found


def _say_licence(check_in: CheckIn) -> str | None:
    if check_in.licensed_states is None:
        return "nobody leading the session is on the staff list: licence not checked"
    if out_of_licence(check_in):
        return f"checked in from {check_in.state}, outside the facilitator's licence: still owed a call"
    return None


def _schedule_alerts(world: World) -> list[Alert]:
    """Sessions without slack, and days on which no version of the policy is in force."""
    found: list[Alert] = []
    by_policy: dict[int, list[Session]] = {}
    book, zone = world.folder.book, world.folder.timezone
    policies = {}
    uncovered: dict[str, Session] = {}
    for scheduled in sorted(world.folder.sessions.values(), key=when_scheduled):
        day = local_day(scheduled.session.starts_at, zone)
        policy = book.in_force(day)
        policies[id(policy)] = policy
        by_policy.setdefault(id(policy), []).append(scheduled.session)
        if not book.covers(day):
            uncovered.setdefault(day.isoformat(), scheduled.session)
    for key, sessions in by_policy.items():
        for session, slack in tight_sessions(policies[key], sessions=sessions):
            found.append(_session_alert("zero_slack", session, say_slack(policies[key], slack)))
    for day_text, session in sorted(uncovered.items()):
        text = f"no version of the policy is in force on {day_text}; read under the nearest one"
        found.append(_session_alert("no_policy_in_force", session, text))
    return found


def tell_unmatched(world: World) -> list[Unmatched]:
    """The participants nobody could recognise, with how many patients each may be; never who."""
    seen: Mapping[tuple[str, str], object] = world.evidence.presence
    strangers = [each for each in world.evidence.strangers.values() if not _leads(each, world)]
    ordered = sorted(strangers, key=_where)
    return [
        {
            "file": each.file,
            "line": each.sighting.line,
            "display": each.sighting.display,
            "joined": each.sighting.joined_at,
            "left": None if _later(each, world) else each.sighting.left_at,
            "plausible": _plausible(each, world, seen),
            "session_id": each.sessions[0] if len(each.sessions) == 1 else None,
        }
        for each in ordered
    ]


def _leads(stranger: Stranger, world: World) -> bool:
    """Whether this is who leads the session, by the schedule's own words.

    A name credits nobody here, it only spares a look; and not even that where a patient of the
    session goes by the same name.
    """
    shown = normal_name(stranger.sighting.display)
    email = normal_name(stranger.sighting.email or "")
    for session_id in stranger.sessions:
        leaders = world.folder.sessions[session_id].session.facilitator.split(";")
        if not {shown, email} & {normal_name(each) for each in leaders if each.strip()}:
            return False
        patients = world.expected[session_id]
        if any(normal_name(world.folder.patients[each].name) == shown for each in patients):
            return False
    return bool(stranger.sessions)


def _where(stranger: Stranger) -> tuple[str, int, str]:
    return stranger.file, stranger.sighting.line, stranger.sighting.display


def _later(stranger: Stranger, world: World) -> bool:
    left = stranger.sighting.left_at
    return left is not None and left > world.now


def _plausible(stranger: Stranger, world: World, seen: Mapping[tuple[str, str], object]) -> int:
    """Patients expected in the session, and seen there by nobody yet."""
    return len(
        {
            patient_id
            for session_id in stranger.sessions
            for patient_id in world.expected[session_id]
            if (session_id, patient_id) not in seen
        }
    )
