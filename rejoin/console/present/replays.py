"""What a replay came to: both policies side by side, what is otherwise, and what nobody can know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from rejoin.common.rows import select
from rejoin.console.present.words import STATUSES, counted, in_words
from rejoin.domain.attendance import Status
from rejoin.domain.policy.replay import NEVER, Side, Soon
from rejoin.longwork.enclosures import body_of
from rejoin.longwork.lines import PatientLine, ReviewLine, SeatLine, WeekLine, from_file
from rejoin.longwork.models import Enclosure, Work
from rejoin.longwork.replaying import Replayed

SHOWN_PATIENTS: Final = 50
SOON: Final = {
    Soon.AN_HOUR.value: "within an hour",
    Soon.FOUR_HOURS.value: "within 4 hours",
    Soon.A_DAY.value: "within a day",
    Soon.LATER.value: "later",
    NEVER: "not before the case was closed",
}
PATIENTS: Final = "SELECT id, ref, name FROM people_patient WHERE id = ANY(%s)"
SESSIONS: Final = "SELECT id, ref, starts_at FROM programs_session WHERE id = ANY(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """One figure of a replay under both."""

    label: str
    stood: int
    would: int

    @property
    def was(self) -> str:
        return f"{self.stood:,}"

    @property
    def would_be(self) -> str:
        return f"{self.would:,}"

    @property
    def more(self) -> str:
        change = self.would - self.stood
        return f"{change:+,}".replace("-", "−") if change else "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientShown:
    """One patient of whom something is otherwise."""

    name: str
    ref: UUID
    seats: Sequence[tuple[datetime, UUID, str, str]]
    """When, which session, what is otherwise in words, and why."""
    raised: Sequence[tuple[str, datetime]]
    dropped: Sequence[tuple[str, datetime]]
    weeks: Sequence[str]

    @property
    def count(self) -> str:
        found = len(self.seats) + len(self.raised) + len(self.dropped) + len(self.weeks)
        return counted(found, "thing is otherwise", "things are otherwise")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayShown:
    """What a replay came to."""

    candidate: str
    stood: str
    start: date
    end: date
    extent: str
    """ "1,204 seats of 31 patients"."""
    otherwise: Sequence[tuple[str, str]]
    groups: Sequence[tuple[str, Sequence[RowShown]]]
    unsure: Sequence[str]
    lines: Sequence[PatientShown]
    more: int
    """Patients of whom something is otherwise and who are not shown here."""
    kept: bool
    """Whether the lines by patient are still there for her."""


def present_replay(work: Work, enclosure: Enclosure | None) -> ReplayShown:
    """What a replay came to; patient by patient where `enclosure` holds that still."""
    told = msgspec.convert(work.told, Replayed)
    every = from_file(body_of(enclosure)) if enclosure else []
    changed, total = told.replay.changed, told.replay
    return ReplayShown(
        candidate=told.candidate,
        stood=" and ".join(told.stood),
        start=date.fromisoformat(work.given["from"]),
        end=date.fromisoformat(work.given["until"]),
        extent=f"{total.seats:,} {plural(total.seats, 'seat')} of {total.patients:,} {plural(total.patients, 'patient')}",
        otherwise=[
            ("patients of whom anything is otherwise", f"{changed.patients:,}"),
            ("seats with another outcome", f"{changed.outcomes:,}"),
            ("cases that would have been opened and were not", f"{changed.opened:,}"),
            ("cases that would not have been opened", f"{changed.spared:,}"),
            ("cases followed otherwise", f"{changed.asked:,}"),
            ("reviews that would have been raised and were not", f"{changed.raised:,}"),
            ("reviews that would not have been raised", f"{changed.dropped:,}"),
            ("weeks on the other side of the minimum", f"{changed.weeks:,}"),
        ],
        groups=_groups(total.stood, total.would),
        unsure=_unsure(told),
        lines=_lines(every[:SHOWN_PATIENTS]),
        more=max(len(every) - SHOWN_PATIENTS, 0) + told.left_out if every else 0,
        kept=enclosure is not None,
    )


def plural(number: int, one: str) -> str:
    return one if number == 1 else f"{one}s"


def _groups(stood: Side, would: Side) -> list[tuple[str, list[RowShown]]]:
    outcomes = [(STATUSES[each], each.value) for each in Status]
    return [
        ("Outcomes", _rows(outcomes, stood.outcomes, would.outcomes)),
        (
            "Cases",
            [
                RowShown(label="Opened", stood=stood.cases, would=would.cases),
                RowShown(
                    label="On the ladder for flagged patients", stood=stood.elevated, would=would.elevated
                ),
                *_rows(
                    [(f"A person to act {words}", key) for key, words in SOON.items()],
                    stood.first_person,
                    would.first_person,
                ),
            ],
        ),
        (
            "Attempts asked for",
            [*_rows(_rungs(stood, would), stood.rungs, would.rungs), _withheld(stood, would)],
        ),
        ("Reviews raised", _rows(_named({**stood.reviews, **would.reviews}), stood.reviews, would.reviews)),
        (
            "Weeks",
            [
                RowShown(label="Whole weeks looked at", stood=stood.weeks, would=would.weeks),
                RowShown(
                    label="Below the minimum of hours", stood=stood.weeks_below, would=would.weeks_below
                ),
                RowShown(
                    label="With minutes that nobody knows",
                    stood=stood.weeks_unknown,
                    would=would.weeks_unknown,
                ),
            ],
        ),
    ]


def _withheld(stood: Side, would: Side) -> RowShown:
    return RowShown(label="Came up with no way that she allows", stood=stood.withheld, would=would.withheld)


def _rows(labels: Iterable[tuple[str, str]], stood: Any, would: Any) -> list[RowShown]:
    """Only what there is any of."""
    return [
        RowShown(label=label, stood=stood.get(key, 0), would=would.get(key, 0))
        for label, key in labels
        if stood.get(key, 0) or would.get(key, 0)
    ]


def _named(keys: Iterable[str]) -> list[tuple[str, str]]:
    return [(in_words(each).capitalize(), each) for each in sorted(keys)]


def _rungs(stood: Side, would: Side) -> list[tuple[str, str]]:
    """By role, and by how soon after the start."""
    order = {soon: place for place, soon in enumerate(SOON)}
    keys = [each.rpartition(" ") for each in {**stood.rungs, **would.rungs}]
    keys.sort(key=lambda each: (each[0], order[each[2]]))
    return [
        (
            f"{'Message' if actor == 'system' else in_words(actor).capitalize()}, {SOON[soon]}",
            f"{actor} {soon}",
        )
        for actor, _, soon in keys
    ]


def _unsure(told: Replayed) -> list[str]:
    """What nobody can know, with how much of it there is."""
    unsure = told.replay.unsure
    known = (
        (
            unsure.ended_by_her,
            "of the cases followed otherwise ended by a contact or by her return. Both are taken as they were: whether an earlier call had reached her, or a later one not, nobody can know.",
        ),
        (
            unsure.unrecorded,
            "seats are of sessions that nobody watched and nobody marked. No policy changes that.",
        ),
        (unsure.minutes_unknown, "seats were there for nobody knows how long: their hours are in no sum."),
        (
            unsure.outcomes_unlike,
            "seats have another outcome on record than deciding again comes to, under the policy that was in force: more is known now, or nobody has decided them.",
        ),
        (unsure.cases_unlike, "cases are on record otherwise than deciding again comes to."),
        (unsure.reviews_unlike, "reviews are on record otherwise than deciding again comes to."),
    )
    always = (
        "Flags and consents are taken as they stood when each session ended; numbers and addresses as they are today.",
        "The policy is tried as if it had been in force all along. What people would have decided otherwise, and what patients would have done, is not in it.",
    )
    return [*(f"{count:,} {words}" for count, words in known if count), *always]


def _lines(lines: Sequence[PatientLine]) -> list[PatientShown]:
    """Patients by name, as far as she may see them."""
    patients = {row[0]: row[1:] for row in select(PATIENTS, [[each.patient for each in lines]])}
    wanted = [seat.session for each in lines for seat in each.seats]
    sessions = {row[0]: row[1:] for row in select(SESSIONS, [wanted])}
    return [
        PatientShown(
            name=patients[each.patient][1],
            ref=patients[each.patient][0],
            seats=[
                (sessions[seat.session][1], sessions[seat.session][0], seat_words(seat), seat.because)
                for seat in each.seats
                if seat.session in sessions
            ],
            raised=_reviews(each.raised),
            dropped=_reviews(each.dropped),
            weeks=[week_words(week) for week in each.weeks],
        )
        for each in lines
        if each.patient in patients
    ]


def seat_words(seat: SeatLine) -> str:
    """What is otherwise of a seat."""
    was, would = STATUSES[Status(seat.stood)], STATUSES[Status(seat.would)]
    told = [f"{was}, would be {would.lower()}"] if seat.stood != seat.would else [was]
    if seat.stood_rungs is None and seat.would_rungs is not None:
        told.append("a case would have been opened")
    elif seat.stood_rungs is not None and seat.would_rungs is None:
        told.append("no case would have been opened")
    elif seat.stood_rungs is not None:
        told.append(f"followed otherwise: {seat.stood_rungs} rungs, would be {seat.would_rungs}")
    return "; ".join(told)


def week_words(week: WeekLine) -> str:
    stood, would = (f"{minutes / 60:g} h" for minutes in (week.stood_minutes, week.would_minutes))
    side = "below the minimum" if week.would_below else "no longer below the minimum"
    return f"week of {week.week_of.isoformat()}: {stood}, would be {would} and {side}"


def _reviews(lines: Sequence[ReviewLine]) -> list[tuple[str, datetime]]:
    return [(in_words(each.then), each.fired_at) for each in lines]
