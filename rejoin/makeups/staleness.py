"""Two people at one make-up, or one and the patient herself: whoever comes second sees what happened, and loses no word.

As on a case (`followup/staleness`): a page puts `version_of(seat)` into its forms as `seen`, and `hold_make_up` raises
`StaleMakeUp` when a person has done something for this missed session since. What the engine does (an offer that runs out,
a ledger that is kept) is no change of that kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.people.naming import names_of
from rejoin.programs.models import Seat
from rejoin.programs.seating import hold_patients

LATEST: Final = """
SELECT (SELECT coalesce(max(turned.id), 0) FROM makeups_offerturn AS turned JOIN makeups_offer AS offer ON offer.id = turned.offer_id
         WHERE offer.seat_id = %(seat)s),
       (SELECT coalesce(max(id), 0) FROM makeups_waiting WHERE seat_id = %(seat)s),
       (SELECT coalesce(max(id), 0) FROM makeups_ledgerentry WHERE seat_id = %(seat)s),
       (SELECT coalesce(max(id), 0) FROM makeups_moreallowed WHERE seat_id = %(seat)s)
"""
# Turns that were taken together are one thing that happened.
SINCE: Final = """
SELECT at, "by", what, reason, count(*) FROM (
    SELECT turned.at, turned."by", turned.turn AS what, turned.reason
      FROM makeups_offerturn AS turned JOIN makeups_offer AS offer ON offer.id = turned.offer_id
     WHERE offer.seat_id = %(seat)s AND turned.id > %(turns)s
       AND NOT (turned.turn = 'withdrawn' AND turned.reason IN ('another_accepted', 'renewed', 'not_owed'))
     UNION ALL
    SELECT at, "by", turn, '' FROM makeups_waiting WHERE seat_id = %(seat)s AND id > %(waits)s
     UNION ALL
    SELECT DISTINCT at, "by", what, reason FROM makeups_ledgerentry
     WHERE seat_id = %(seat)s AND id > %(entries)s AND what IN ('waived', 'caught_up')
     UNION ALL
    SELECT at, "by", 'allowed', '' FROM makeups_moreallowed WHERE seat_id = %(seat)s AND id > %(allowed)s) AS happened
 WHERE "by" NOT LIKE 'system:%%' GROUP BY 1, 2, 3, 4 ORDER BY 1
"""
WORDS: Final = MappingProxyType(
    {
        "offered": "found {count} to choose from",
        "accepted": "said yes to one of the ways back",
        "declined": "would rather not have {count} of the ways back",
        "withdrawn": "took back what was offered or booked",
        "waiting": "asked to wait for a seat",
        "left": "ended the wait for a seat",
        "waived": "let go what was open",
        "allowed": "let one be more than is allowed",
        "caught_up": "signed off what was caught up on",
    }
)
PARTS: Final = ("turns", "waits", "entries", "allowed")


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUpChange:
    """What somebody did for this missed session, in words."""

    at: datetime
    who: str
    what: str
    zone: ZoneInfo
    """The program's."""

    def __str__(self) -> str:
        return f"{self.at.astimezone(self.zone):%H:%M} {self.who} {self.what}."


class StaleMakeUp(Refusal):
    """It is no longer as she saw it. Nothing was written."""

    def __init__(self, changes: Sequence[MakeUpChange], version: str) -> None:
        told = " ".join(str(each) for each in changes)
        super().__init__(
            "stale", f"This make-up has changed since you opened it. {told} Nothing was written yet."
        )
        self.changes = tuple(changes)
        self.version = version
        """As it is now: with this as `seen` the same form goes through."""


def version_of(seat_id: int) -> str:
    """How far things have gone for this missed seat: "12.0.7.0"."""
    return ".".join(str(each) for each in select(LATEST, {"seat": seat_id})[0])


def hold_make_up(seat: Seat, seen: str) -> None:
    """Until the transaction ends nobody else does anything for her missed seats; refused where somebody has since `seen`."""
    hold_patients([seat.patient_id])
    asked = {"seat": seat.pk} | dict(zip(PARTS, map(int, seen.split(".")), strict=True))
    rows = select(SINCE, asked)
    if not rows:
        return
    names, zone = names_of(row[1] for row in rows), ZoneInfo(seat.session.program.timezone)
    changes = [
        MakeUpChange(at=at, who=_capital(names[by]), what=WORDS[what].format(count=count), zone=zone)
        for at, by, what, _, count in rows
    ]
    raise StaleMakeUp(changes, version_of(seat.pk))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:] if name.startswith(("the ", "another ")) else name
