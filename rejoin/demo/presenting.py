"""What the control page shows: the clock, the guide, what has just happened, phones, and whom to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.demo.beside import address_beside, can_be_opened
from rejoin.demo.counting import Counts, count_since
from rejoin.demo.days import WEDNESDAY, ZONE, instant, shown, shown_with_day
from rejoin.demo.guide import KNOWN, ON_HER_PAGE, Guide, Shown, Step, read_guide
from rejoin.demo.guide import Beside as Known
from rejoin.demo.newcomer import CAST
from rejoin.demo.phones import Phone, latest_phones
from rejoin.demo.scores import ASKS
from rejoin.demo.telling import (
    ALARM,
    ALL_QUESTIONS,
    BACK,
    MISSING,
    PERSON,
    SENT,
    Names,
    Teller,
    Told,
    gathered,
)
from rejoin.demo.wishing import RATES, Standing, Wish, read_standing, read_wish
from rejoin.followup.words import spaced

LOOKS_BACK: Final = timedelta(days=3)
LINES: Final = 24
PHONES: Final = 6
FRESH_SECONDS: Final = 2.5
"""Of real time: a line that has just come is marked so long."""
RATE: Final = "SELECT coalesce((SELECT rate FROM common_simulatedclock), 1)"
LOOKS: Final = {
    MISSING: ("rose", "cross", "missing"),
    ALARM: ("rose", "triangle", "act"),
    SENT: ("sky", "arrow", "message"),
    PERSON: ("", "dot", "person"),
    BACK: ("sage", "check", "good"),
    "": ("", "ring", "news"),
}
"""Of a line by its tone: colour, shape, and a word for whoever sees neither."""
PLACES: Final = {"today": "console:today", "worklist": "console:worklist", "overdue": "console:overdue"}
IN_WORDS: Final = {
    "begins": "Ready. The story begins when you look.",
    "plays": "",
    "waits": "",
    "jumps": "On the way to the next thing that happens",
    "hurries": "Nothing happens for a while: these hours pass quickly",
    "pausing": "Pausing, as soon as what is being done is done",
    "paused": "Paused. Everything stands still until you go on.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that happened."""

    key: str
    at: datetime
    clock: str
    about: str
    group: str
    text: str
    colour: str
    shape: str
    word: str
    href: str
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """A button of the clock."""

    rate: int
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to sign in as."""

    role: str
    name: str
    sees: str
    href: str

    @property
    def called(self) -> str:
        """The role in words."""
        return spaced(self.role)


class Beside(NamedTuple):
    """The real room: "" where it does not answer, and whether this machine could have one."""

    address: str
    possible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The whole page."""

    now: datetime
    rate: float
    wish: Wish
    standing: Standing
    speeds: Sequence[Speed]
    guide: Guide
    steps: Sequence[tuple[Shown, str]]
    """Each step of the guide, and where it is to be seen; "" where it is not to be seen yet."""
    known: Sequence[tuple[Known, str]]
    """What is known of patients by their measures and what is not, and where that is to be seen."""
    lines: Sequence[Line]
    phones: Sequence[Phone]
    people: Sequence[Person]
    counts: Counts
    beside: Beside

    @property
    def on_her_page(self) -> str:
        return ON_HER_PAGE

    @property
    def clock(self) -> str:
        """ "17:25", on the programs' wall clock."""
        return shown(self.now)

    @property
    def day(self) -> str:
        return f"{self.now.astimezone(ZONE):%A}"

    @property
    def next_clock(self) -> str:
        """About when something happens next."""
        found = self.standing.next_at
        return shown(found) if found and found > self.now else "soon"

    @property
    def stopped(self) -> bool:
        return self.standing.silent

    @property
    def doing(self) -> str:
        """What the clock is doing, in words."""
        if self.stopped:
            return "Nobody plays any more: start it again with make demo."
        doing = self.standing.doing
        if self.wish.paused and doing != "paused":
            doing = "pausing"
        said = IN_WORDS.get(doing, "")
        return said or (
            f"{self.wish.rate} times as fast as life" if self.wish.rate > 1 else "As fast as life"
        )


def read_control(home: Path) -> Control:
    """Everything as it stands now. A constant number of queries, whatever has happened."""
    now, wish, guide = clock.now(), read_wish(home), read_guide()
    ((rate,),) = select(RATE)
    return Control(
        now=now,
        rate=float(rate),
        wish=wish,
        standing=read_standing(home),
        speeds=[Speed(rate=each, words=_speed(each), chosen=each == wish.rate) for each in RATES],
        guide=guide,
        steps=[(each, _look(each.step, guide)) for each in guide.steps],
        known=[(each, href) for each in KNOWN if (href := _look_beside(each, guide))],
        lines=_lines(now, float(rate) or float(wish.rate)),
        phones=latest_phones(PHONES),
        people=people(),
        counts=count_since(instant(WEDNESDAY, "00:00")),
        beside=Beside(address_beside(home), can_be_opened()),
    )


def people() -> list[Person]:
    return [
        Person(role=role, name=stand.name, sees=stand.sees, href=as_somebody(role))
        for role, stand in CAST.items()
    ]


def as_somebody(role: str, next_page: str = "") -> str:
    """The address that signs in as whoever holds the role, and goes on to a page."""
    address = reverse("demonstration:as", kwargs={"role": role})
    return f"{address}?{urlencode({'next': next_page}, safe='/')}" if next_page else address


def _look(step: Step, guide: Guide) -> str:
    if step.place == "phone":
        return f"#phone-{guide.patient}"
    if step.place == "case":
        case = guide.case
        return as_somebody(step.role, reverse("console:case", kwargs={"ref": case})) if case else ""
    return as_somebody(step.role, reverse(PLACES[step.place]))


def _look_beside(known: Known, guide: Guide) -> str:
    """ "" where there is nobody to look at."""
    if known.place == "program":
        return as_somebody(known.role, f"{reverse('console:progress')}?{urlencode({'program': ASKS})}")
    if guide.untold is None:
        return ""
    return as_somebody(known.role, reverse("console:patient_progress", kwargs={"ref": guide.untold}))


def _lines(now: datetime, rate: float) -> list[Line]:
    """The newest first. Several things about one patient in one minute are one line."""
    teller = Teller(since=now - LOOKS_BACK, names=Names.read(), questions=ALL_QUESTIONS)
    told = [each for each in teller.everything() if each.at <= now]
    fresh_since = now - timedelta(seconds=FRESH_SECONDS * max(rate, 1.0))
    return [_line(each, fresh_since) for each in reversed(gathered(told)[-LINES:])]


def _line(told: Told, fresh_since: datetime) -> Line:
    colour, shape, word = LOOKS[told.tone]
    kind, _, ref = told.place.partition(":")
    href = reverse("demonstration:see", kwargs={"kind": kind, "ref": ref}) if ref else ""
    return Line(
        key=told.key.replace(":", "-"),
        at=told.at,
        clock=shown_with_day(told.at),
        about=told.about,
        group=told.group,
        text=told.text,
        colour=colour,
        shape=shape,
        word=word,
        href=href,
        fresh=told.at >= fresh_since,
    )


def _speed(rate: int) -> str:
    return f"{rate}\u00d7"
