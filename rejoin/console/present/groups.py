"""A group as a group: who joins and leaves, who has met whom, when somebody new may begin. Counts, and what of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rejoin.common.seeing import sees_all_of
from rejoin.console.door import Asking
from rejoin.console.present.words import counted
from rejoin.continuity.courses import Followed, followings_in
from rejoin.continuity.groups import (
    GroupLine,
    OfGroup,
    Person,
    groups_in,
    people_called,
    places_in,
    sat_in,
    sessions_of_group,
)
from rejoin.curricula.loading import shipped_courses
from rejoin.domain.cohesion import (
    FEWEST_SESSIONS,
    GroupView,
    Standing,
    WeekOfGroup,
    count_together,
    recent,
    tell_standings,
    tell_turnover,
    view_group,
)
from rejoin.domain.continuity import Entry, next_entry
from rejoin.domain.kernel import local_day
from rejoin.programs.models import Group
from rejoin.programs.rights import Right

LOOKED_BACK: Final = timedelta(weeks=8)
"""Of a group that changes, what was longer ago says little. Ours."""
NOBODY: Final = Person(0, UUID(int=0), "somebody not in your care", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    line: GroupLine
    curriculum: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekShown:
    begins_on: str
    joined: tuple[str, ...]
    left: tuple[str, ...]
    stayed: int
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberShown:
    person: Person
    met: str
    counted_from: str
    enough: bool
    last_seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    group: Group
    zone: ZoneInfo
    sees_all: bool
    view: GroupView
    fewest: int
    weeks_back: int
    kept: str
    """How much of one session's people came to the next, in words."""
    members: tuple[MemberShown, ...]
    weeks: tuple[WeekShown, ...]
    followed: Followed | None
    curricula: tuple[tuple[str, str], ...]
    entry: Entry | None
    first: tuple[str, ...]
    may_choose: bool


def present_groups(asking: Asking, programs: Sequence[int]) -> list[Listed]:
    followings = followings_in(programs)
    found = []
    for each in groups_in(programs, now=asking.at):
        followed = followings.of(each.program_id, track=each.track_id, group=each.id)
        name = followed.course.wording().name if followed else ""
        found.append(Listed(line=each, curriculum=name, zone=ZoneInfo(each.timezone)))
    return found


def present_group(asking: Asking, group: Group) -> GroupShown:
    """A fixed number of reads."""
    now, zone = asking.at, ZoneInfo(group.program.timezone)
    today = local_day(now, zone)
    followed = followings_in([group.program_id]).of(group.program_id, track=group.track_id, group=group.pk)
    listed = sessions_of_group(group, followed.course if followed else None, now=now)
    over = recent(sat_in(group, listed, now=now), before=now, within=LOOKED_BACK)
    places = places_in(group)
    members = sorted({each.patient for each in places if each.holds(today)})
    turnover = tell_turnover(places, first_on=today - LOOKED_BACK, today=today)
    people = people_called([each.patient for each in places])
    view = view_group(members, over)
    entry = _entry(followed, listed, now)
    return GroupShown(
        group=group,
        zone=zone,
        sees_all=sees_all_of(group.program_id),
        view=view,
        fewest=FEWEST_SESSIONS,
        weeks_back=LOOKED_BACK.days // 7,
        kept=_kept(view),
        members=tuple(_member(each, people, view) for each in tell_standings(members, count_together(over))),
        weeks=tuple(_week(each, people) for each in reversed(turnover)),
        followed=followed,
        curricula=tuple((name, each.wording().name) for name, each in shipped_courses().items()),
        entry=entry,
        first=tuple(each.module for each in entry.first) if entry else (),
        may_choose=asking.may(Right.PLAN, group.program_id),
    )


def _entry(followed: Followed | None, listed: Sequence[OfGroup], now: datetime) -> Entry | None:
    if followed is None:
        return None
    return next_entry(followed.course.curriculum, (each.session for each in listed), now=now)


def _kept(view: GroupView) -> str:
    both, either = (sum(getattr(each, one) for each in view.overlaps) for one in ("both", "either"))
    if not view.enough or not either:
        return f"too few sessions to say: {counted(view.sessions, 'session', 'sessions')}"
    pairs = counted(len(view.overlaps), "pair", "pairs")
    return f"{both} of {either}, over {pairs} of sessions that follow each other"


def _member(each: Standing, people: Mapping[str, Person], view: GroupView) -> MemberShown:
    return MemberShown(
        person=people.get(each.patient, NOBODY),
        met=f"{each.met} of {each.of}" if each.share is not None else "too few to say",
        counted_from=f"{counted(each.came, 'session', 'sessions')} of hers among {each.observed}",
        enough=each.share is not None,
        last_seen=view.last_seen.get(each.patient),
    )


def _week(each: WeekOfGroup, people: Mapping[str, Person]) -> WeekShown:
    return WeekShown(
        begins_on=f"{each.begins_on:%-d %b}",
        joined=tuple(people.get(one, NOBODY).name for one in each.joined),
        left=tuple(people.get(one, NOBODY).name for one in each.left),
        stayed=len(each.stayed),
        over=each.over,
    )
