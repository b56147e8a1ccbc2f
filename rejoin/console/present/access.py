"""What whoever looks after privacy has before her: broken glasses, and the trail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.http import urlencode

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.forms.access import REASONS, TrailForm
from rejoin.domain.kernel import local_midnight
from rejoin.followup.words import spaced
from rejoin.programs.privacy import PAGE, Asked, Glass, Told, broken_glasses, guarded_patient, read_trail
from rejoin.programs.vocabulary import GlassReason

NOBODY: Final = -1
"""Asked for somebody whom nobody is: the trail is empty then, and not everybody's."""
WHO: Final = "SELECT id FROM people_staff WHERE name = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassShown:
    glass: Glass
    reason: str
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessShown:
    glasses: Sequence[GlassShown]
    unseen: int
    events: Sequence[tuple[Told, str]]
    """Each with its verb in words."""
    more: str
    """The address of what came before; "" where there is no more."""


def present_access(asking: Asking, form: TrailForm) -> AccessShown:
    """The glasses, and a page of the trail. That she read it is in the trail."""
    glasses = [
        GlassShown(glass=each, reason=REASONS[GlassReason(each.reason)], is_live=each.is_live(asking.at))
        for each in broken_glasses()
    ]
    events = read_trail(_asked(asking, form), by=asking.by, at=asking.at)
    return AccessShown(
        glasses=glasses,
        unseen=sum(each.glass.seen_at is None for each in glasses),
        events=[(each, in_words(each.verb)) for each in events],
        more=_more(form, events),
    )


def in_words(verb: str) -> str:
    """ "followup.record_attempt" as it is read: "record attempt"."""
    return spaced(verb.rpartition(".")[2])


def _asked(asking: Asking, form: TrailForm) -> Asked:
    """What is asked for wrongly asks for nothing: the form says so."""
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    zone = ZoneInfo(asking.programs[0].timezone)
    return Asked(
        patient_id=_or_nobody(said.get("patient", ""), guarded_patient),
        staff_id=_or_nobody(said.get("staff", ""), _colleague),
        verb=said.get("verb", ""),
        since=_begins(said.get("since"), zone),
        until=_begins(said.get("until"), zone, days=1),
        before=_before(said.get("before", "")),
    )


def _or_nobody(named: str, find: Callable[[str], int | None]) -> int | None:
    """None where nobody was asked for; NOBODY where whoever was asked for is not here."""
    if not named.strip():
        return None
    found = find(named.strip())
    return NOBODY if found is None else found


def _colleague(name: str) -> int | None:
    found = select(WHO, [name])
    return int(found[0][0]) if found else None


def _begins(day: date | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    return local_midnight(day + timedelta(days=days), zone) if day else None


def _before(text: str) -> tuple[datetime, int] | None:
    at, _, number = text.partition(",")
    try:
        return (datetime.fromisoformat(at), int(number)) if text else None
    except ValueError:
        return None


def _more(form: TrailForm, events: Sequence[Told]) -> str:
    if len(events) < PAGE:
        return ""
    kept = (
        {name: value for name, value in form.data.items() if value and name != "before"}
        if form.is_bound
        else {}
    )
    return f"?{urlencode({**kept, 'before': f'{events[-1].at.isoformat()},{events[-1].id}'})}"
