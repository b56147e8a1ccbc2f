"""Asking: every check by its name, in the order in which people read them.

A check that cannot be asked is not well, and keeps no other from being asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final

from django.db import Error, transaction

from rejoin.common.rows import select
from rejoin.operations.health import engine, estimates, ground, longwork, messages, outside, programs
from rejoin.operations.health.report import Answer, Ask, Check, Group, Health, away, not_well

GROUPS: Final[Mapping[str, Mapping[str, Ask]]] = {
    "Clock and disk": {
        "clock.agrees": ground.check_clocks_agree,
        "clock.real": ground.check_real_time,
        "clock.forward": ground.check_clock_ahead_of_facts,
        "disk.free": ground.check_disk,
    },
    "Noticing": {
        "engine.parts": engine.check_parts,
        "engine.workers": engine.check_workers,
        "engine.sessions": engine.check_sessions,
        "engine.cases": engine.check_cases,
        "engine.patients": engine.check_patients,
        "engine.revisits": engine.check_revisits,
        "engine.outcomes": engine.check_outcomes,
        "engine.news": engine.check_news,
        "engine.poisoned": engine.check_poisoned,
        "queue.jobs": engine.check_queue,
        "work.long": longwork.check_long_work,
    },
    "Word from outside": {
        "rooms.unread": outside.check_rooms_unread,
        "rooms.failed": outside.check_rooms_failed,
        "rooms.unreadable": outside.check_rooms_unreadable,
        "rooms.heard": outside.check_rooms_heard,
        "rooms.engine": outside.check_own_rooms,
        "vendors.unread": outside.check_vendors_unread,
        "vendors.put_aside": outside.check_put_aside,
        "replies.unread": outside.check_replies,
        "doors.refused": outside.check_doors,
    },
    "Messages": {
        "messages.channels": messages.check_channels,
        "messages.late": messages.check_late,
        "messages.turned_away": messages.check_turned_away,
        "messages.in_flight": messages.check_in_flight,
        "messages.unknown": messages.check_unknown,
        "messages.failed": messages.check_failed,
    },
    "Programs": {
        "programs.policy": programs.check_policies,
        "programs.wording": programs.check_wording,
        "programs.schedule": programs.check_schedule,
        "lists.steps": programs.check_steps,
        "lists.reviews": programs.check_reviews,
    },
    "Estimates": {
        "estimates.made": estimates.check_made,
        "estimates.fit": estimates.check_fit,
    },
}
# A table that somebody has locked is an answer too, and nobody waits for it.
PATIENCE: Final = "SELECT set_config('statement_timeout', '5s', true), set_config('lock_timeout', '2s', true)"


def examine() -> Health:
    """Everything, asked now. Where the database does not answer, or is not migrated, that is all there is to say."""
    first = [_named("database.reachable", ground.check_reachable())]
    if first[0].ok:
        first.append(_named("database.migrated", _asked(ground.check_migrated)))
    base = Group(title="Database", checks=tuple(first))
    if not first[-1].ok:
        return Health(at=None, groups=(base,))
    try:
        moment = ground.read_moment()
    except Error as error:
        return away(f"The database went away while it was asked: {type(error).__name__}.")
    groups = [
        Group(
            title=title,
            checks=tuple(_named(name, _asked(lambda ask=ask: ask(moment))) for name, ask in asks.items()),  # type: ignore[misc]
        )
        for title, asks in GROUPS.items()
    ]
    return Health(at=moment.now, groups=(base, *groups))


def _named(name: str, answer: Answer) -> Check:
    return Check(name=name, **asdict(answer))


def _asked(ask: Callable[[], Answer]) -> Answer:
    """The answer; or that there was none, which is not well."""
    try:
        with transaction.atomic():
            select(PATIENCE)
            return ask()
    except Error as error:
        return not_well(
            f"It could not be asked: {type(error).__name__}.",
            do="See the database's log, and what holds its locks (pg_locks).",
        )
