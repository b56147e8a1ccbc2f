"""Which part of a big report fits on a page, and what to say about the rest."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from rejoin.sidecar.present import words
from rejoin.sidecar.present.frame import Frame
from rejoin.sidecar.report import Report, SessionCard

MOST_SESSIONS = 150
MOST_SEATS = 2_000
"""Also by seats: a browser feels the rows, not the sessions."""
MOST_PATIENTS = 400
MOST_OLD_OPEN = 50
EVERYTHING = "The command's --json has everything."


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The sessions and patients to draw, and a sentence for each kind that is left out."""

    sessions: tuple[str, ...]
    patients: tuple[str, ...]
    sessions_note: str
    patients_note: str
    later_today: tuple[SessionCard, ...]


def choose_scope(report: Report, frame: Frame) -> Scope:
    """All that fits; beyond that the newest days, and older sessions with something open."""
    begun = _begun(report, frame)
    sizes = Counter(seat["session_id"] for seat in report["seats"])
    sessions, sessions_note = _choose_sessions(begun, sizes, _sessions_with_open(report), frame)
    patients, patients_note = _choose_patients(report, frozenset(sessions))
    return Scope(
        sessions=sessions,
        patients=patients,
        sessions_note=sessions_note,
        patients_note=patients_note,
        later_today=_later_today(frame),
    )


def _begun(report: Report, frame: Frame) -> list[SessionCard]:
    seated = {seat["session_id"] for seat in report["seats"]}
    cards = [
        card
        for session_id, card in frame.directory["sessions"].items()
        if card["starts_at"] <= frame.as_of or session_id in seated
    ]
    return sorted(cards, key=_newest_last, reverse=True)


def _newest_last(card: SessionCard) -> tuple[datetime, str]:
    return card["starts_at"], card["session_id"]


def _sessions_with_open(report: Report) -> frozenset[str]:
    return frozenset(one["session_id"] for one in report["cases"] if one["state"] == "open")


def _choose_sessions(
    begun: list[SessionCard], sizes: Counter[str], with_open: frozenset[str], frame: Frame
) -> tuple[tuple[str, ...], str]:
    newest = _newest_days(begun, sizes, frame)
    if len(newest) == len(begun):
        return tuple(card["session_id"] for card in begun), ""
    older = [card for card in begun[len(newest) :] if card["session_id"] in with_open]
    kept = older[:MOST_OLD_OPEN]
    note = _sessions_note(len(newest), len(kept), begun, frame.day(frame.day_of(newest[-1]["starts_at"])))
    return tuple(card["session_id"] for card in (*newest, *kept)), note


def _newest_days(begun: list[SessionCard], sizes: Counter[str], frame: Frame) -> list[SessionCard]:
    """Whole days while they fit, so that no day is shown in part; at least one."""
    newest: list[SessionCard] = []
    for _, cards in groupby(begun, key=lambda card: frame.day_of(card["starts_at"])):
        wider = [*newest, *cards]
        seats = sum(sizes[card["session_id"]] for card in wider)
        if newest and (len(wider) > MOST_SESSIONS or seats > MOST_SEATS):
            break
        newest = wider
    return newest


def _sessions_note(newest: int, kept: int, begun: list[SessionCard], since: str) -> str:
    older = f", and {words.counted(kept, 'older one')} with a case open" if kept else ""
    left_out = len(begun) - newest - kept
    return (
        f"Shown here: {newest} of {words.counted(len(begun), 'session')}, those since {since}{older}. "
        f"Left out: {words.counted(left_out, 'older session')}. {EVERYTHING}"
    )


def _choose_patients(report: Report, sessions: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Patients of the shown sessions; those with something open first when there are too many."""
    everyone = {seat["patient_id"]: None for seat in report["seats"]}
    waiting = _patients_with_open(report)
    recent = {seat["patient_id"] for seat in report["seats"] if seat["session_id"] in sessions}
    wanted = sorted(
        everyone | dict.fromkeys(waiting), key=lambda one: (one not in waiting, one not in recent)
    )
    kept = [one for one in wanted if one in waiting or one in recent][:MOST_PATIENTS]
    left_out = len(wanted) - len(kept)
    if not left_out:
        return tuple(kept), ""
    return tuple(kept), (
        f"Shown here: {len(kept)} of {words.counted(len(wanted), 'patient')}, those with something open "
        f"first. Left out: {left_out:,}. {EVERYTHING}"
    )


def _patients_with_open(report: Report) -> dict[str, None]:
    open_cases = (one["patient_id"] for one in report["cases"] if one["state"] == "open")
    open_triggers = (one["patient_id"] for one in report["triggers"] if one["state"] == "open")
    return dict.fromkeys((*open_cases, *open_triggers))


def _later_today(frame: Frame) -> tuple[SessionCard, ...]:
    later = [
        card
        for card in frame.directory["sessions"].values()
        if card["starts_at"] > frame.as_of
        and frame.day_of(card["starts_at"]) == frame.today
        and card["status"] == "scheduled"
    ]
    return tuple(sorted(later, key=_newest_last))
