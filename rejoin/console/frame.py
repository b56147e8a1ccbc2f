"""What stands around every page: where she may go, how much waits there, the page's clock, and her programs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve, reverse
from django.utils.http import urlencode

from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.followup.boards import overdue_counts
from rejoin.programs.models import Program
from rejoin.programs.privacy import unseen_glasses
from rejoin.programs.rights import Right

PLACES: Final = (
    ("Now", (("Today", "today"), ("Worklist", "worklist"), ("Words", "words"), ("Overdue", "overdue"))),
    (
        "People",
        (
            ("Cases", "cases"),
            ("Make-ups", "makeups"),
            ("Catch-ups", "catchups"),
            ("Patients", "patients"),
            ("Groups", "groups"),
            ("Unmatched", "unmatched"),
        ),
    ),
    ("Team", (("Huddle", "huddle"), ("Tasks", "tasks"), ("Hand-off", "handoff"))),
    (
        "Program",
        (
            ("Policies", "policies"),
            ("Measures", "measures"),
            ("Progress", "progress"),
            ("Learning", "learning"),
            ("Long work", "longwork"),
            ("Access", "access"),
        ),
    ),
)
"""What the navigation shows, by the names of addresses. Who may go there says the page itself (`staff_page`)."""
WAITS: Final = {
    "worklist": "due to you",
    "tasks": "open",
    "words": "unread",
    "unmatched": "to settle",
    "overdue": "overdue",
    "access": "to look at",
}
"""What a number in the navigation is of, as it is read aloud."""
# The clock's rate, and what waits: for her, and in the programs she answers for. Each is found by an index of what is
# open. %(reads)s, %(settles)s: programs in which she reads what patients wrote, and says who strangers were.
WAITING: Final = """
SELECT coalesce((SELECT rate FROM common_simulatedclock), 1),
       mine.steps, mine.late_steps, tasks.open, tasks.late,
       (SELECT count(*) FROM outreach_reply
         WHERE unread AND cardinality(%(reads)s::bigint[]) > 0 AND (programs && %(reads)s::bigint[] OR programs = '{}')),
       (SELECT count(*) FROM rooms_stranger AS stranger JOIN programs_session AS session ON session.id = stranger.session_id
         WHERE NOT stranger.gone AND stranger.settled_at IS NULL AND session.program_id = ANY(%(settles)s))
  FROM (SELECT count(*) AS steps, count(*) FILTER (WHERE deadline < %(now)s) AS late_steps FROM followup_step
         WHERE ended_at IS NULL AND owner_id = %(staff)s AND due_at <= %(now)s AND actor <> 'system') AS mine,
       (SELECT count(*) AS open, count(*) FILTER (WHERE due_at < %(now)s) AS late FROM followup_task
         WHERE open AND owner_id = %(staff)s) AS tasks
"""
OVERDUE_HOLDS_SECONDS: Final = 15.0
"""It is gathered from everything there is: a supervisor who goes from page to page does not wait for it each time."""
_known_overdue: dict[tuple[int, ...], tuple[float, int]] = {}
"""By who asks and for which programs: until when it holds, and how many."""
RATE: Final = "SELECT coalesce((SELECT rate FROM common_simulatedclock), 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of the navigation."""

    name: str
    href: str
    current: bool
    count: int = 0
    counted: str = ""
    """What `count` is of, as it is read aloud: "overdue"."""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceGroup:
    name: str
    places: Sequence[Place]


class Frame:
    """Asked only for what a page shows. Where nobody asks, there is nothing of the program in it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.asking: Asking | None = getattr(request, "asking", None)
        self.looks_again = "X-Looks-Again" in request.headers
        """A page that follows what happens (live.js): what is told once is not told to it."""
        self.demonstration: bool = getattr(settings, "DEMONSTRATION", False)

    @cached_property
    def now(self) -> datetime:
        return self.asking.at if self.asking else clock.now()

    @property
    def rate(self) -> float:
        """Seconds of the page's clock in a real second: more than one in a demonstration."""
        return self._waiting[0]

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        return self.asking.programs if self.asking else ()

    @cached_property
    def program(self) -> Program | None:
        """The one of hers that the address names (`?program=slug`); None: all of them."""
        wanted = self.request.GET.get("program", "")
        return next((each for each in self.programs if each.slug == wanted), None)

    def one_with(self, right: Right) -> Program | None:
        """Of a page that is about one program: the chosen one, or the first of hers in which she holds `right`."""
        held = [each for each in self.programs if self.asking and self.asking.may(right, each.pk)]
        return next((each for each in held if each == self.program), next(iter(held), None))

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """In which times are told: the chosen program's, else that of her first."""
        shown = self.program or next(iter(self.programs), None)
        return ZoneInfo(shown.timezone) if shown else None

    @cached_property
    def places(self) -> list[PlaceGroup]:
        groups = (
            PlaceGroup(name=name, places=[self._place(*each) for each in places if self._may_see(each[1])])
            for name, places in PLACES
        )
        return [group for group in groups if group.places]

    def _may_see(self, place: str) -> bool:
        if self.asking is None:
            return False
        needs = _needs(place)
        return not needs or any(self.asking.may(right) for right in needs)

    def _place(self, name: str, place: str) -> Place:
        address = reverse(f"console:{place}")
        chosen = f"?{urlencode({'program': self.program.slug})}" if self.program else ""
        count, late = self._waiting[1].get(place, (0, 0))
        return Place(
            name=name,
            href=address + chosen,
            current=self.request.path.startswith(address),
            count=late or count,
            counted="overdue" if late else WAITS[place] if count else "",
            late=late > 0,
        )

    @cached_property
    def _waiting(self) -> tuple[float, dict[str, tuple[int, int]]]:
        """The clock's rate; and by place, how much waits there and how much of it is late. One query, or two."""
        asking = self.asking
        if asking is None:
            return float(select(RATE)[0][0]), {}
        asked = {
            "now": asking.at,
            "staff": asking.staff.pk,
            "reads": self._of(Right.FOLLOW_UP),
            "settles": self._of(Right.SETTLE),
        }
        ((rate, steps, late_steps, tasks, late_tasks, unread, strangers),) = select(WAITING, asked)
        overdue = self._overdue(asking, simulated=rate != 1)
        return float(rate), {
            "worklist": (steps, late_steps),
            "tasks": (tasks, late_tasks),
            "words": (unread, 0),
            "unmatched": (strangers, 0),
            "overdue": (overdue, overdue),
            "access": (unseen_glasses(), 0) if asking.may(Right.PRIVACY) else (0, 0),
        }

    def _overdue(self, asking: Asking, *, simulated: bool) -> int:
        answers_for = self._of(Right.SUPERVISE)
        if not answers_for:
            return 0
        known = _known_overdue.get((asking.staff.pk, *answers_for))
        if known and not simulated and time.monotonic() < known[0]:
            return known[1]
        overdue = sum(overdue_counts(answers_for, now=asking.at).values())
        _known_overdue[(asking.staff.pk, *answers_for)] = (time.monotonic() + OVERDUE_HOLDS_SECONDS, overdue)
        return overdue

    def _of(self, right: Right) -> list[int]:
        """Programs in which she holds it: of the chosen one alone, when there is one."""
        held = self.asking.programs_with(right) if self.asking else []
        return [each for each in held if self.program is None or each == self.program.pk]


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor."""
    return {"frame": Frame(request)}


@cache
def _needs(place: str) -> tuple[Right, ...]:
    """What the page at that address asks for."""
    page: Callable[..., object] = resolve(reverse(f"console:{place}")).func
    return getattr(page, "needs", ())
