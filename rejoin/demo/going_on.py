"""Days after the story: who comes and who does not, drawn by chance with a seed from the town's own schedule.

The same seed and the same day, the same attendance. What staff do about it is drawn in `reacting`.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final, NamedTuple

from rejoin.common.rows import select
from rejoin.demo.attending import Comes
from rejoin.demo.days import minutes
from rejoin.demo.deeds import Attests, CannotCome, Marks
from rejoin.demo.story import Beat
from rejoin.domain.attendance import Mode, Status

SEED: Final = "a town like any other"
SHARES: Final = (0.15, 0.24, 0.255, 0.275, 0.29, 0.30)
"""Of seats: who stays away, is late, comes under a nickname, is cut off, has two devices, leaves early; each share
on top of the one before, and the rest come as they should. Invented; no program's figures."""
SAYS_SO: Final = 0.2
"""Of those who stay away."""
UNWATCHED: Final = 0.03
"""Of rooms: their provider tells nothing, and nobody is called absent."""
ATTESTED: Final = 0.8
"""Of sessions, within minutes of their end. The others wait for the next morning, or for whoever watches."""
REASONS: Final = ("illness", "transport", "court", "interview")
NICKNAMES: Final = ("iPhone", "guest", "me", "Galaxy A14")
DAY: Final = """
SELECT session.external_id, session.mode, session.starts_at, session.ends_at,
       (SELECT staff.name FROM programs_sessionstaff AS leader JOIN people_staff AS staff ON staff.id = leader.staff_id
         WHERE leader.session_id = session.id AND leader.released_at IS NULL
         ORDER BY leader.role DESC, leader.id LIMIT 1),
       array_agg(patient.name ORDER BY patient.id)
  FROM programs_session AS session
  JOIN programs_seat AS seat ON seat.session_id = session.id AND seat.released_at IS NULL
  JOIN people_patient AS patient ON patient.id = seat.patient_id
 WHERE session.starts_at > %s AND session.starts_at <= %s AND session.held = 'scheduled'
 GROUP BY session.id ORDER BY session.starts_at, session.id
"""


class Planned(NamedTuple):
    """A session of the day."""

    external_id: str
    mode: str
    starts_at: datetime
    ends_at: datetime
    leader: str
    patients: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is to happen on a day, as far as nobody decides it."""

    watched: tuple[str, ...]
    comes: tuple[Comes, ...]
    beats: tuple[Beat, ...]


def plan_day(since: datetime, until: datetime) -> Day:
    """Everything of the sessions that begin after `since` and until `until`."""
    sessions = [Planned(*row) for row in select(DAY, [since, until])]
    watched = tuple(each.external_id for each in sessions if _is_watched(each))
    comes = tuple(each for session in sessions for each in _exceptions(session))
    away = {(each.session, each.patient) for each in comes if each.at is None}
    beats = [beat for session in sessions for beat in _beats(session, comes, away, since)]
    return Day(watched=watched, comes=comes, beats=tuple(sorted(beats, key=lambda beat: beat.at)))


def _is_watched(session: Planned) -> bool:
    return session.mode == Mode.VIDEO and _chance(session.external_id).random() > UNWATCHED


def _exceptions(session: Planned) -> Iterator[Comes]:
    for patient in session.patients:
        found = _exception(session, patient)
        if found is not None:
            yield found


def _exception(session: Planned, patient: str) -> Comes | None:
    """How she comes, where it is not as everybody does."""
    chance = _chance(session.external_id, patient)
    drawn, name, place = chance.random(), session.external_id, chance.uniform(0.2, 0.7)
    begins, middle = session.starts_at, session.starts_at + place * (session.ends_at - session.starts_at)
    early = begins - minutes(chance.uniform(0, 6))
    ways: tuple[dict[str, Any] | None, ...] = (
        {},
        {"at": begins + minutes(chance.uniform(6, 13))},
        {"at": early, "nickname": chance.choice(NICKNAMES)},
        {"at": early, "cut_off_at": middle},
        {"at": early, "second_device": True},
        {"at": early, "until": middle},
        None,
    )
    way = ways[bisect(SHARES, drawn)]
    in_person = session.mode == Mode.IN_PERSON
    return None if way is None or (in_person and way) else Comes(patient=patient, session=name, **way)


def _beats(
    session: Planned, comes: Sequence[Comes], away: set[tuple[str, str]], since: datetime
) -> Iterator[Beat]:
    """Notices before, a facilitator's marks where no room tells, and the attestation after."""
    chance = _chance(session.external_id, "beats")
    missing = tuple(each for each in session.patients if (session.external_id, each) in away)
    for patient in missing:
        if chance.random() < SAYS_SO:
            ahead, rises = minutes(chance.uniform(40, 600)), since + minutes(chance.uniform(270, 330))
            said_at = min(max(session.starts_at - ahead, rises), session.starts_at - minutes(10))
            yield Beat(said_at, CannotCome(patient, session.external_id, chance.choice(REASONS)))
    if not session.leader:
        return
    if session.mode == Mode.IN_PERSON:
        here = tuple(each for each in session.patients if each not in missing)
        seen_at = session.starts_at + minutes(chance.uniform(15, 20))
        yield Beat(seen_at, Marks(session.leader, session.external_id, here, Status.ATTENDED))
        yield Beat(seen_at, Marks(session.leader, session.external_id, missing, Status.MISSED))
    over_at = session.ends_at + minutes(chance.uniform(3, 18))
    known = tuple(each.patient for each in comes if each.session == session.external_id and each.nickname)
    if known and chance.random() < ATTESTED:
        yield Beat(over_at, Marks(session.leader, session.external_id, known, Status.ATTENDED))
    if chance.random() < ATTESTED:
        yield Beat(over_at + minutes(1), Attests(session.leader, session.external_id))


def _chance(*of: str) -> Random:
    return Random(":".join((SEED, *of)))  # noqa: S311 - a little variety
