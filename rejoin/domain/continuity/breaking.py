"""What a missed session breaks, and by when that matters."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from rejoin.domain.attendance import Held, Session
from rejoin.domain.continuity.curriculum import Curriculum, Kind, Link, Unit, link_between
from rejoin.domain.continuity.faults import same_name
from rejoin.domain.continuity.placing import units_by_name
from rejoin.domain.kernel import Reason


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """What it means that she missed a session's unit.

    `needed_for` is the next session she is expected in whose unit stands on the missed one, `link` how; both None:
    nothing ahead of her does. `passed` are such sessions that have begun since. `again` is the next session of the same
    unit that she is expected in: being there repairs it.
    """

    unit: Unit | None
    needed_for: Session | None
    link: Link | None
    passed: tuple[Session, ...]
    again: Session | None
    because: tuple[Reason, ...]

    @property
    def needed_by(self) -> datetime | None:
        """The instant at which it matters: the start of the session it is needed for."""
        return self.needed_for.starts_at if self.needed_for is not None else None


def what_breaks(
    curriculum: Curriculum, missed: Session, schedule: Iterable[Session], *, now: datetime
) -> Broken:
    """What missing `missed` breaks in `schedule`, the sessions that she was and is expected in."""
    named = units_by_name(curriculum)
    unit = named.get(same_name(missed.module))
    if unit is None:
        text = "its module is no unit of this curriculum: nothing is known to build on it"
        return _nothing(None, Reason(rule="continuity.unknown_module", text=text))
    later = sorted(
        (each for each in schedule if each.starts_at > missed.starts_at and each.held is Held.SCHEDULED),
        key=lambda each: (each.starts_at, each.id),
    )
    ahead = [each for each in later if each.starts_at > now]
    again = next((each for each in ahead if named.get(same_name(each.module)) == unit), None)
    if unit.kind is Kind.OPEN:
        text = f"{unit.module} stands by itself: nothing builds on it"
        return _nothing(unit, Reason(rule="continuity.open", text=text), again=again)
    links = {name: link_between(curriculum, unit, over) for name, over in named.items()}
    tied = [(each, link) for each in later if (link := links.get(same_name(each.module))) is not None]
    passed = tuple(each for each, _ in tied if each.starts_at <= now)
    needed_for, link = next(((each, link) for each, link in tied if each.starts_at > now), (None, None))
    return Broken(
        unit=unit,
        needed_for=needed_for,
        link=link,
        passed=passed,
        again=again,
        because=tuple(_reasons(unit, link, passed, _comes_first(again, needed_for))),
    )


def _comes_first(again: Session | None, needed_for: Session | None) -> bool:
    return again is not None and (needed_for is None or again.starts_at < needed_for.starts_at)


def _reasons(unit: Unit, link: Link | None, passed: tuple[Session, ...], comes_again: bool) -> list[Reason]:
    if link is not None:
        because = [link.reason]
    else:
        text = f"nothing that she is expected in builds on {unit.module}"
        because = [Reason(rule="continuity.nothing_ahead", text=text)]
    if passed:
        text = f"a session that builds on {unit.module} has begun since"
        because.append(Reason(rule="continuity.passed", text=text))
    if comes_again:
        text = f"{unit.module} comes up again for her first: being there repairs it"
        because.append(Reason(rule="continuity.comes_again", text=text))
    return because


def _nothing(unit: Unit | None, why: Reason, *, again: Session | None = None) -> Broken:
    return Broken(unit=unit, needed_for=None, link=None, passed=(), again=again, because=(why,))
