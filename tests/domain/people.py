"""Ada's evenings, made for the domain alone: sessions, presence, policies and histories in few words.

Minutes and seconds count from the start of an evening session, Monday 5 October 2026 at 18:00 in
New York. Nobody in here exists.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import (
    Credit,
    ExcuseRules,
    Flag,
    Held,
    Outcome,
    Presence,
    PresenceRules,
    SeatFacts,
    Session,
    Status,
)
from rejoin.domain.kernel import Interval, wall_clock
from rejoin.domain.policy import Policy, read_policy
from rejoin.domain.policy.history import SeatRecord
from rejoin.domain.policy.triggers import Firing, Stay, find_firings
from tests.builders.folder import FolderBuilder

T = TypeVar("T")
DEEP = bool(os.environ.get("REJOIN_DEEP"))
MakeFolder = Callable[..., FolderBuilder]
NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)
LONG_AFTER = START + timedelta(days=30)
NO_EXCUSE = ExcuseRules()

MINIMAL: Mapping[str, Any] = {
    "id": "minimal",
    "version": 1,
    "effective": {"from": "2026-01-01", "until": None},
    "timezone": "America/New_York",
    "presence": {"credit": {"minutes": 180}},
    "outreach": {
        "standard": [{"id": "call", "after": "PT1H", "actor": "counselor", "channels": ["phone"]}],
    },
}


def but(told: T, **changes: Any) -> T:
    """`told` with some of its fields changed, whichever kind of immutable thing it is."""
    names: Iterable[str] = getattr(told, "__struct_fields__", ()) or getattr(told, "__dataclass_fields__", ())
    return type(told)(**{**{name: getattr(told, name) for name in names}, **changes})


def minute(number: float) -> datetime:
    """The instant so many minutes after the session's start."""
    return START + timedelta(minutes=number)


def evening(
    *, minutes: int = 195, breaks: Sequence[tuple[int, int]] = (), held: Held = Held.SCHEDULED, **more: Any
) -> Session:
    """Ada's evening group."""
    return Session(
        id=more.pop("id", "S1"),
        starts_at=START,
        ends_at=minute(minutes),
        breaks=tuple(Interval(minute(start), minute(end)) for start, end in breaks),
        held=held,
        **more,
    )


def seen(joined: float | None, left: float | None, *, source: str = "log", **more: Any) -> Presence:
    """One connection, in minutes from the start."""
    return Presence(
        source=source,
        start=None if joined is None else minute(joined),
        end=None if left is None else minute(left),
        **more,
    )


def seat(*presence: Presence, session: Session | None = None, **more: Any) -> SeatFacts:
    """What is known of Ada's seat; covered unless told otherwise."""
    return SeatFacts(session=session or evening(), presence=presence, **{"covered": True, **more})


def rules(**more: Any) -> PresenceRules:
    """Presence rules with a credit of 180 minutes unless told otherwise."""
    return PresenceRules(**{"credit": Credit(minutes=180), **more})


def document(**changes: Any) -> dict[str, Any]:
    """The smallest policy document there is, with some of its keys set; None leaves a key out."""
    made: dict[str, Any] = deepcopy(dict(MINIMAL))
    made.update(changes)
    return {key: value for key, value in made.items() if value is not None}


def policy(**changes: Any) -> Policy:
    return read_policy(document(**changes))


def outcome(status: Status, **more: Any) -> Outcome:
    """A decided outcome, for the rules that start from one."""
    present = status in (Status.ATTENDED, Status.PARTIAL)
    told: dict[str, Any] = {
        "computed": status,
        "attested": None,
        "minutes": 180 if status is Status.ATTENDED else 60 if present else 0,
        "first_join": None,
        "last_leave": None,
        "flags": frozenset(),
        "intervals": (),
        "because": (),
        "present": present,
        "noticed_before": False,
        "reason": None,
        "never_counts": False,
        "provisional": False,
    }
    return Outcome(status=status, **{**told, **more})


# One letter a session, so that a history reads like a line of a register.
_LETTERS: Mapping[str, Mapping[str, Any]] = {
    "A": {"status": Status.ATTENDED},
    "L": {"status": Status.ATTENDED, "flags": frozenset({Flag.LATE})},
    "P": {"status": Status.PARTIAL},
    "M": {"status": Status.MISSED},
    "N": {"status": Status.MISSED, "noticed_before": True},
    "X": {"status": Status.NOT_ADMITTED},
    "O": {"status": Status.NOT_ADMISSIBLE},
    "E": {"status": Status.EXCUSED},
    "H": {"status": Status.MISSED, "never_counts": True},
    "U": {"status": Status.UNRECORDED, "minutes": None},
    "C": {"status": Status.CANCELLED, "minutes": None},
    "W": {"status": Status.CANCELLED, "minutes": None},
}


def history(
    letters: str,
    *,
    days: Sequence[str] | None = None,
    first: str = "2026-10-05",
    kind: str = "group",
    service: str = "",
    prefix: str = "S",
) -> tuple[SeatRecord, ...]:
    """One session a day (or on `days`) at 18:00, one letter each.

    A attended, L attended late, P partial, M missed, N missed with notice, X not admitted, O not
    admissible, E excused, H missed in hospital, U unrecorded, C cancelled by the program, W marked
    as cancelled, - still to come.
    """
    start = date.fromisoformat(first)
    on = [date.fromisoformat(day) for day in days or ()] or [
        start + timedelta(days=n) for n in range(len(letters))
    ]
    found = []
    for number, (letter, day) in enumerate(zip(letters, on, strict=True), start=1):
        starts_at = datetime.combine(day, time(18), tzinfo=NEW_YORK).astimezone(UTC)
        session = Session(
            id=f"{prefix}{number}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=3),
            kind=kind,
            service=service,
            held=Held.CANCELLED if letter == "C" else Held.SCHEDULED,
        )
        found.append(
            SeatRecord(
                session=session,
                outcome=None if letter == "-" else outcome(**_LETTERS[letter]),
                local_start=wall_clock(starts_at, NEW_YORK),
            )
        )
    return tuple(found)


def trigger(when: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "t", "when": dict(when), "then": "team_review", **more}


def firings(
    stay: Stay | tuple[SeatRecord, ...] | str,
    *triggers: Mapping[str, Any],
    now: datetime = LONG_AFTER,
    **more: Any,
) -> list[Firing]:
    """What fires of `triggers` on a history."""
    if isinstance(stay, str):
        stay = history(stay)
    if not isinstance(stay, Stay):
        stay = Stay(records=stay)
    return find_firings(stay, policy=policy(triggers=[dict(each) for each in triggers], **more), now=now)


def fired(
    stay: Stay | tuple[SeatRecord, ...] | str,
    *triggers: Mapping[str, Any],
    now: datetime = LONG_AFTER,
    **more: Any,
) -> list[str]:
    """The firings in one line each: id, sessions, state."""
    found = firings(stay, *triggers, now=now, **more)
    return [" ".join([each.rule.id, *each.sessions, each.state.value]) for each in found]
