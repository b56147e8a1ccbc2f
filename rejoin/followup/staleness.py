"""Two people at one case: whoever acts on what she no longer sees as it is, is told what changed, and loses no word.

How it is used. A page that shows a case puts `version_of(case)` into its forms as `seen`; the action passes it on, and
`hold_case` raises `Stale` when somebody has done something on the case since. The page catches it, shows
`stale.changes` above the form with the typed words still in it, and puts `stale.version` into the form:

    try:
        record_attempt(case=case, ..., seen=form.cleaned_data["seen"], by=asking.by, at=asking.at)
    except Stale as stale:
        return again(form, changes=stale.changes, seen=stale.version)

What a case goes through is one stream of its own (`CaseEvent`): each action of a person on it appends to it, under the
case's row lock, and so does the engine when a case turns. Steps that come due and messages that leave are no change of
that kind: nobody's words are turned back because a clock went on. A note in the thread always goes through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.followup.models import Case
from rejoin.followup.words import turn_words

LATEST = "SELECT coalesce(max(id), 0) FROM followup_caseevent WHERE case_id = %s"
SINCE = """
SELECT event.at, coalesce(staff.name, ''), event."by", event.turn, event.reason
  FROM followup_caseevent AS event LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = event."by"
 WHERE event.case_id = %s AND event.id > %s ORDER BY event.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened on a case: when, by whom, and what, in words."""

    at: datetime
    who: str
    what: str
    zone: ZoneInfo
    """The program's."""

    def __str__(self) -> str:
        return f"{self.at.astimezone(self.zone):%H:%M} {self.who} {self.what}."


class Stale(Refusal):
    """The case is no longer as she saw it. Nothing was written."""

    def __init__(self, changes: Sequence[Change], version: int) -> None:
        told = " ".join(str(each) for each in changes)
        super().__init__(
            "stale", f"This case has changed since you opened it. {told} Nothing was written yet."
        )
        self.changes = tuple(changes)
        self.version = version
        """As it is now: with this as `seen` the same form goes through."""


def version_of(case: Case) -> int:
    """The number of the latest thing that happened on the case; 0 before the first."""
    return int(select(LATEST, [case.pk])[0][0])


def changes_since(case: Case, seen: int) -> tuple[Change, ...]:
    """What happened on the case after `seen`, in order."""
    zone = ZoneInfo(case.program.timezone)
    return tuple(
        Change(at=at, who=name or _kind(by), what=turn_words(turn, reason), zone=zone)
        for at, name, by, turn, reason in select(SINCE, [case.pk, seen])
    )


def hold_case(case: Case, seen: int | None) -> Case:
    """The case as it is now, held until the transaction ends. `seen` None: whoever acts has looked at no page."""
    held = Case.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=case.pk)
    changes = changes_since(held, seen) if seen is not None else ()
    if changes:
        raise Stale(changes, version_of(held))
    return held


def _kind(by: str) -> str:
    return "The patient" if by.startswith("patient:") else "The system"
