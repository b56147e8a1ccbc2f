"""A group's progress in words, pictures and numbers: what its members came to on average, how surely, and who was not asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.console.door import Asking
from rejoin.console.present.progress import Given, Sentence
from rejoin.console.present.progress_group_chart import HATCHED, GroupChart, draw_group
from rejoin.console.present.words import counted
from rejoin.continuity.groups import places_in
from rejoin.domain.kernel import local_day
from rejoin.domain.progress import LEFT_OPEN, Together
from rejoin.insights.figures import Figure
from rejoin.insights.progress_group import WEEKS, OfGroup, Untold, Week, progress_of_group
from rejoin.programs.models import Group

WHY: Final[Mapping[Untold, str]] = MappingProxyType(
    {
        Untold.FEW_MEMBERS: "Fewer than five members: nothing is told of them",
        Untold.BEFORE: "Not asked yet",
        Untold.NOT_ASKED: "Nobody was due",
        Untold.SO_FAR: "Fewer than five measured so far",
        Untold.FEW_MEASURED: "Fewer than five measured: nobody can say how the group was",
    }
)
GRAINS: Final = MappingProxyType(
    {0.5: "half points", 1.0: "whole points", 2.0: "2 points", 5.0: "5 points", 10.0: "10 points"}
)
_NEVER: Final = (
    "No mean can be told: in no week of these were five members or more measured. How the group is by this measure, "
    "nobody can say."
)
_TAKEN: Final = (
    ". A member counts while she had her place here, from her first score on. The interval is of these members alone and takes "
    "each to move by herself: if they move together, it is too narrow. Nobody has checked how often it holds. Past weeks still "
    "move as scores come in. Means are rounded to "
)
_READ_OFF: Final = (
    " of the level of whoever came or left in between; more weeks, or knowing the others, can leave less. Counts are exact, and "
    "can tell whether she was measured."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekShown:
    begins_on: date
    until_on: date
    is_over: bool
    counts: tuple[int, int, int, int] | None
    """Members on its last day; measured, not measured and open of those who were due. None: they are too few to tell."""
    figure: Figure | None
    """In short: what its bounds are of, and its source, stand above the table."""
    behind: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartShown:
    key: str
    name: str
    version: str
    sentences: tuple[Sentence, ...]
    charts: tuple[tuple[str, GroupChart], ...]
    described: str
    weeks: tuple[WeekShown, ...]
    """The latest first."""
    source: str
    basis: Sentence
    better: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    group: Group
    parts: tuple[PartShown, ...]
    weeks_back: int


def of_group(asking: Asking, group: Group) -> tuple[OfGroup, ...]:
    """Three queries, however many members and measures there are."""
    today = local_day(asking.at, ZoneInfo(group.program.timezone))
    return progress_of_group(group.program_id, places_in(group), today)


def present_group_progress(asking: Asking, group: Group) -> GroupShown:
    return GroupShown(
        group=group, parts=tuple(_part(each) for each in of_group(asking, group)), weeks_back=WEEKS
    )


def _part(each: OfGroup) -> PartShown:
    return PartShown(
        key=f"{each.scale.key}-{each.instrument.version}",
        name=each.scale.name,
        version=each.instrument.version,
        sentences=_sentences(each),
        charts=tuple((kind, draw_group(each, kind)) for kind in ("wide", "narrow")),
        described=_described(each),
        weeks=tuple(_week(each, week) for week in reversed(each.weeks)),
        source=f"estimated levels, {each.named}",
        basis=_basis(each),
        better="Lower is better." if each.scale.higher_is_worse else "Higher is better.",
    )


def _sentences(each: OfGroup) -> tuple[Sentence, ...]:
    """What the latest mean is, how long ago that was, and of whom nothing is known."""
    now = each.weeks[-1]
    last = next((week for week in reversed(each.weeks) if week.level), None)
    if last is None:
        return ((_NEVER,),)
    said: list[Sentence] = [
        (
            "At the end of the latest week with enough scores, on ",
            last.until_on,
            ", the mean level of its members was ",
            figure_of_week(each, last),
            ".",
        )
    ]
    if last is not now:
        said.append(("No week since then has enough of them. How the group is now, nobody can say.",))
    unscored = now.members - now.scored
    if now.is_counted and unscored:
        none = Given(given=counted(unscored, "member", "members"), source="of those of today, never measured")
        said.append(("Of ", none, " nothing is known by this measure, and no mean counts them."))
    return tuple(said)


def figure_of_week(each: OfGroup, week: Week) -> Figure:
    """Only of a week that has a mean."""
    level = week.level
    if level is None:
        raise ValueError("a week without a mean has no figure")
    unsure = f"90% interval {level.low:g} to {level.high:g} if unseen by chance"
    return Figure(
        said=f"about {level.mean:g}",
        unsure=f"{unsure}; {level.low_unseen:g} to {level.high_unseen:g} if somewhat worse",
        source=f"estimated levels of {counted(level.people, 'member', 'members')}, {each.named}",
    )


def _in_short(each: OfGroup, level: Together) -> Figure:
    return Figure(
        said=f"{level.mean:g}",
        unsure=f"{level.low:g} to {level.high:g}; {level.low_unseen:g} to {level.high_unseen:g}",
        source=f"estimated levels, {each.named}",
    )


def _basis(each: OfGroup) -> Sentence:
    """Also what can be read off it of one member."""
    return (
        "How far a level wanders between scores is ",
        Given(given=each.fitted.how, source="a local level model"),
        _TAKEN,
        Given(
            given=GRAINS[each.grain],
            source="and intervals laid around the rounded mean, in picture and file, too",
        ),
        ". So two weeks leave open ",
        Given(given=f"{LEFT_OPEN * each.grain:g} points or more", source="where nobody else moved"),
        _READ_OFF,
    )


def _described(each: OfGroup) -> str:
    told = sum(week.level is not None for week in each.weeks)
    hatched = sum(week.untold in HATCHED for week in each.weeks)
    return (
        f"{each.scale.name}, week by week: {told} weeks with the members' mean level as a dot in its interval, {hatched} "
        "weeks without one, hatched. Below, how many members are behind each mean, and bars of who was due: "
        "measured filled, not measured hatched, open in outline. Every number is in the table."
    )


def _week(each: OfGroup, week: Week) -> WeekShown:
    level = week.level
    return WeekShown(
        begins_on=week.begins_on,
        until_on=week.until_on,
        is_over=week is not each.weeks[-1],
        counts=(week.members, week.measured, week.unmeasured, week.open) if week.is_counted else None,
        figure=_in_short(each, level) if level else None,
        behind=level.people if level else None,
        why=WHY[week.untold] if week.untold else "",
    )
