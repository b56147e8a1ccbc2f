"""The story: who stays away, who does what and when, and how each case has to stand in the end.

Only people and the world outside are scripted here. What the platform does about it is the platform's own
doing, and the endings below are what it is held to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from rejoin.demo.answering import Answers, Estimated, OpenAgain, Raised
from rejoin.demo.attending import Comes
from rejoin.demo.days import thu, wed
from rejoin.demo.deeds import (
    Attests,
    Call,
    CallsOff,
    CannotCome,
    Closed,
    Deed,
    Dispose,
    FindsOut,
    Marks,
    Noticed,
    OnTheList,
    Promise,
    Recorded,
    Says,
    SeesTo,
    Sent,
    Stopped,
    Transfers,
    Unsure,
    VendorWill,
)
from rejoin.demo.homes import Home
from rejoin.demo.pace import Stretch
from rejoin.demo.scores import ASKS, DECIDED, UNTOLD
from rejoin.domain.attendance import Held, Status
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult
from rejoin.insights.vocabulary import How

BLUE: Final = "blue-2026-10-07"
GREEN: Final = "green-2026-10-07"
NORTH: Final = "north-2026-10-07"
NORTH_AGAIN: Final = "north-2026-10-08"
SOUTH: Final = "south-2026-10-07"
SOUTH_AGAIN: Final = "south-2026-10-08"
MAPLE: Final = "maple-2026-10-07"
BIRCH: Final = "birch-2026-10-07"
GARDEN: Final = "garden-2026-10-08"
CEDAR: Final = "cedar-2026-10-07"
ALONE: Final = ("tess-2026-10-08", "omar-2026-10-08", "ravi-2026-10-08", "kofi-2026-10-08", "sol-2026-10-08")
DOWN: Final = ("Coco", "Dara", "Enzo", "Fern", "Gil")
"""Whom the platform's outage kept out of Birch."""
AT_SIX: Final = ("Lucia", "Omar", "Tess", "Ravi", "Jun", "Marisol", "Kofi", "Dev")
MISS_THE_EVENING: Final = ("Omar", "Tess", "Ravi", "Jun", "Kofi")
"""Of Harbor's: what they were to be asked in it goes by as well."""
IN_THE_BREAK: Final = (
    *("Lucia", "Bela", "Carl", "Dina", "Emil", "Faye"),
    *("Marisol", "Gita", "Iris", "Joel", "Kira", "Liam"),
)
"""Who answers the evening's GAD-7 on her own page."""
NOBODY_CAN_TELL: Final = (UNTOLD, "progress.phq9.9")
"""Patient and trigger of the review that four weeks without an answer bring."""


OF_THE_WEEKS_BEFORE: Final = (*((UNTOLD, trigger) for trigger in DECIDED), NOBODY_CAN_TELL)
"""Patient and trigger of what was raised before: the first are decided, the last waits for somebody."""


class Beat(NamedTuple):
    """A deed, and the earliest instant for it."""

    at: datetime
    deed: Deed


class Measured(NamedTuple):
    """How a measure that came due in the story has to stand when it is over."""

    patient: str
    measure: str
    missed: bool
    """Its session was missed, and it was opened again."""
    answered: bool


class CaseEnds(NamedTuple):
    """How a case has to stand when the story is over."""

    patient: str
    session: str
    state: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story from its first to its last instant."""

    begins_at: datetime
    ends_at: datetime
    watched: tuple[str, ...]
    """Sessions whose rooms report. In-person ones have none, and one room says nothing at all."""
    comes: tuple[Comes, ...]
    beats: tuple[Beat, ...]
    stretches: tuple[Stretch, ...]
    cases: tuple[CaseEnds, ...]
    recorded: tuple[tuple[str, Status], ...]
    """Sessions of which every seat has to stand like this."""
    reviews: tuple[tuple[str, str], ...]
    """Patient and trigger of every review that has to be open, and no other."""
    measured: tuple[Measured, ...]


def whole_story(home: Home) -> Story:
    """From Wednesday afternoon to Thursday noon."""
    beats = (*_afternoon(), *_six_o_clock(), *_late_evening(home), *_morning(home), *_asked())
    return Story(
        begins_at=wed("15:20"),
        ends_at=thu("12:05"),
        watched=(MAPLE, BIRCH, BLUE, GREEN, NORTH, CEDAR, *ALONE, NORTH_AGAIN),
        comes=COMES,
        beats=tuple(sorted(beats, key=lambda beat: beat.at)),
        stretches=STRETCHES,
        cases=ENDINGS,
        recorded=((SOUTH, Status.UNRECORDED), (SOUTH_AGAIN, Status.CANCELLED), (BIRCH, Status.CANCELLED)),
        reviews=(("Tess", "two-no-call"), ("Ivy", "attendance-contract"), *OF_THE_WEEKS_BEFORE),
        measured=MEASURED,
    )


def first_half_hour(home: Home) -> Story:
    """Of Wednesday evening alone, in two groups: for whoever has no time."""
    whole = whole_story(home)
    begins_at, ends_at = wed("17:50"), wed("18:29")
    settled = ("Lucia", "Marisol")
    return replace(
        whole,
        begins_at=begins_at,
        ends_at=ends_at,
        watched=(BLUE, GREEN),
        beats=tuple(
            beat for beat in whole.beats if begins_at <= beat.at < ends_at and not _is_of_river(beat)
        ),
        stretches=(Stretch(begins_at, 10),),
        cases=(
            *(each for each in whole.cases if each.patient in settled),
            CaseEnds("Kofi", GREEN, "stopped"),
            *(CaseEnds(name, BLUE, "open") for name in ("Omar", "Tess", "Ravi")),
            *(CaseEnds(name, GREEN, "open") for name in ("Jun", "Dev")),
        ),
        recorded=(),
        reviews=OF_THE_WEEKS_BEFORE,
        measured=tuple(Measured(name, "gad7", missed=True, answered=False) for name in MISS_THE_EVENING),
    )


def _is_of_river(beat: Beat) -> bool:
    return isinstance(beat.deed, CannotCome)


def _asked() -> Sequence[Beat]:
    """What was measured, what went by with the session, and what was answered all the same."""
    return (
        Beat(wed("15:25"), Estimated(ASKS)),
        Beat(wed("15:25"), Raised(*NOBODY_CAN_TELL)),
        Beat(wed("18:28"), OpenAgain(MISS_THE_EVENING, "gad7")),
        Beat(wed("19:32"), Answers(IN_THE_BREAK, "gad7")),
        Beat(thu("10:20"), Answers(("Omar",), "gad7", by="Pete", how=How.SESSION)),
        Beat(thu("11:10"), Answers(("Kofi",), "gad7")),
    )


def _afternoon() -> Sequence[Beat]:
    """Two groups of young people: two of one are missing, and almost all of the other."""
    return (
        Beat(wed("16:05"), Noticed(("Milo", "Wren"))),
        Beat(wed("16:18"), Call("Dot", "Milo", "guardian1", AttemptOutcome.CAREGIVER_REACHED, to="Marta")),
        Beat(wed("16:33"), Call("Saul", "Milo", "youth1", AttemptOutcome.CONTACT)),
        Beat(wed("16:35"), Noticed(DOWN)),
        Beat(wed("16:38"), Call("Saul", "Wren", "youth1", AttemptOutcome.NO_ANSWER)),
        Beat(wed("16:43"), CallsOff("Abe", BIRCH, Held.OUTAGE)),
        Beat(wed("16:44"), Closed(DOWN, "reversed")),
        Beat(wed("17:10"), CallsOff("Abe", SOUTH_AGAIN, Held.CANCELLED)),
        Beat(wed("17:50"), CannotCome("Priya", NORTH, "illness")),
        Beat(wed("18:14"), Attests("Judy", MAPLE)),
        Beat(wed("18:40"), Recorded(SOUTH, Status.UNRECORDED)),
    )


def _six_o_clock() -> Sequence[Beat]:
    """Blue and Green meet: eight of twenty are not there five minutes in, each for a reason of her own."""
    return (
        Beat(wed("18:05"), Noticed(AT_SIX)),
        Beat(wed("18:06"), Says("Jun", "STOP")),
        Beat(wed("18:07"), Says("Marisol", "Voy tarde, se me cayo el internet")),
        Beat(wed("18:07:30"), Stopped("Jun")),
        Beat(wed("18:08"), OnTheList("Marisol", "reply:")),
        Beat(wed("18:09:10"), Closed(("Lucia",), "reversed")),
        Beat(wed("18:11"), SeesTo("Mina", "Marisol", "reply:")),
        Beat(wed("18:13:10"), Closed(("Marisol",), "reversed")),
        Beat(wed("18:17"), Call("Mina", "Ravi", "call_now", AttemptOutcome.NO_ANSWER)),
        Beat(wed("18:22"), Call("Lola", "Kofi", "tech", AttemptOutcome.CONTACT)),
        Beat(wed("18:23"), Call("Pete", "Omar", "tech", AttemptOutcome.VOICEMAIL)),
        Beat(wed("18:24"), Call("Pete", "Tess", "tech", AttemptOutcome.NO_ANSWER)),
        Beat(wed("18:25"), Call("Lola", "Jun", "tech", AttemptOutcome.NO_ANSWER)),
        Beat(wed("18:26"), Call("Lola", "Dev", "tech", AttemptOutcome.NO_ANSWER)),
    )


def _late_evening(home: Home) -> Sequence[Beat]:
    """The counselors' calls, a clinician's finding, one who leaves early, and facilitators who attest."""
    return (
        Beat(wed("18:40"), Noticed(("Nadia", "Theo"))),
        Beat(wed("19:03"), Call("Pete", "Ravi", "call2", AttemptOutcome.CONTACT)),
        Beat(wed("19:06"), Call("Pete", "Omar", "call1", AttemptOutcome.CONTACT)),
        Beat(wed("19:06"), Promise("Pete", "Omar", thu("10:00"))),
        Beat(wed("19:09"), Call("Pete", "Tess", "call1", AttemptOutcome.CONTACT)),
        Beat(wed("19:09"), Promise("Pete", "Tess", thu("09:00"))),
        Beat(wed("19:12"), Call("Lola", "Jun", "call1", AttemptOutcome.VOICEMAIL)),
        Beat(wed("19:14"), Call("Lola", "Dev", "call1", AttemptOutcome.VOICEMAIL)),
        Beat(wed("19:15"), Noticed(("Ivy",))),
        Beat(wed("19:40"), Call("Tom", "Ivy", "coaching", AttemptOutcome.NO_ANSWER)),
        Beat(wed("20:10"), Dispose("Hana", "Ravi", SafetyResult.SAFETY_PLAN_ACTIVE, "C-SSRS")),
        Beat(wed("20:35"), Call("Bess", "Nadia", "attempt1", AttemptOutcome.VOICEMAIL)),
        Beat(wed("20:40"), Call("Bess", "Theo", "attempt1", AttemptOutcome.NO_ANSWER)),
        Beat(wed("21:00"), Noticed(("Sol",))),
        Beat(wed("21:05"), Attests("Una", CEDAR)),
        Beat(wed("21:12"), Call("Tom", "Sol", "coaching", AttemptOutcome.CONTACT)),
        Beat(wed("21:23"), Marks("Sam", GREEN, ("Dev",), Status.ATTENDED)),
        Beat(wed("21:24"), Attests("Sam", GREEN)),
        Beat(wed("21:25"), Attests("Rosa", BLUE)),
        Beat(wed("21:30"), Sent("Theo", 2)),
        Beat(wed("21:45"), Attests("Kurt", NORTH)),
        Beat(wed("21:50"), VendorWill(home.mail_ledger, "drops_after")),
    )


def _morning(home: Home) -> Sequence[Beat]:
    """Who comes back, who does not, and what is left for whom."""
    return (
        Beat(thu("08:00"), Unsure("Nadia")),
        Beat(thu("08:12"), FindsOut("Mina", "Nadia", went_out=True)),
        Beat(thu("08:50"), SeesTo("Mina", "Dev", "apology")),
        Beat(thu("09:00"), VendorWill(home.sms_ledger, "hangs_after+silent")),
        Beat(thu("09:05"), Unsure("Tess")),
        Beat(thu("09:08"), Sent("Tess", 1)),
        Beat(thu("09:15"), Transfers("Ruth", "Theo")),
        Beat(thu("09:46"), Marks("Fred", GARDEN, ("Irma", "Jack", "Karl", "Lena"), Status.ATTENDED)),
        Beat(thu("09:46"), Marks("Fred", GARDEN, ("Walter", "Edith"), Status.MISSED)),
        Beat(thu("09:46"), Noticed(("Walter", "Edith"))),
        Beat(thu("10:01"), OnTheList("Edith", "escalation:call_now")),
        Beat(thu("10:02"), Closed(("Omar",), "back")),
        Beat(thu("10:05"), Call("Dot", "Walter", "call1", AttemptOutcome.CONTACT)),
        Beat(thu("10:12"), Call("Saul", "Wren", "youth2", AttemptOutcome.CONTACT)),
        Beat(thu("10:14"), Call("Lola", "Jun", "call2", AttemptOutcome.CONTACT)),
        Beat(thu("10:20"), Call("Gwen", "Edith", "call_now", AttemptOutcome.CONTACT)),
        Beat(
            thu("10:25"),
            Call("Bess", "Nadia", "attempt2", AttemptOutcome.MESSAGE_SENT, channel="secure_message"),
        ),
        Beat(thu("10:32"), Closed(("Sol",), "back")),
        Beat(thu("10:55"), Call("Pete", "Tess", "call1", AttemptOutcome.VOICEMAIL)),
        Beat(thu("11:02"), Closed(("Ravi", "Kofi", "Nadia"), "back")),
    )


COMES: Final = (
    # Never there.
    *(Comes(patient=name, session=MAPLE) for name in ("Milo", "Wren")),
    *(Comes(patient=name, session=BIRCH) for name in DOWN),
    *(Comes(patient=name, session=BLUE) for name in ("Omar", "Tess", "Ravi")),
    *(Comes(patient=name, session=GREEN) for name in ("Jun", "Kofi")),
    *(Comes(patient=name, session=NORTH) for name in ("Nadia", "Theo", "Priya")),
    Comes(patient="Ivy", session=CEDAR),
    Comes(patient="Tess", session="tess-2026-10-08"),
    Comes(patient="Theo", session=NORTH_AGAIN),
    # Late, under another name, cut off, on two devices, gone early.
    Comes(patient="Lucia", session=BLUE, at=wed("18:09")),
    Comes(patient="Marisol", session=GREEN, at=wed("18:13")),
    Comes(patient="Dev", session=GREEN, at=wed("17:58"), until=wed("21:20"), nickname="DJ"),
    Comes(patient="Hugo", session=GREEN, at=wed("17:55"), cut_off_at=wed("18:50")),
    Comes(patient="Faye", session=BLUE, at=wed("17:57"), second_device=True),
    Comes(patient="Sol", session=CEDAR, at=wed("18:56"), until=wed("20:20")),
)

ENDINGS: Final = (
    *(CaseEnds(name, MAPLE, "stopped") for name in ("Milo", "Wren")),
    *(CaseEnds(name, BIRCH, "closed", "reversed") for name in DOWN),
    CaseEnds("Lucia", BLUE, "closed", "reversed"),
    CaseEnds("Omar", BLUE, "closed", "back"),
    CaseEnds("Tess", BLUE, "stopped"),
    CaseEnds("Tess", "tess-2026-10-08", "open"),
    CaseEnds("Ravi", BLUE, "closed", "back"),
    CaseEnds("Jun", GREEN, "stopped"),
    CaseEnds("Marisol", GREEN, "closed", "reversed"),
    CaseEnds("Kofi", GREEN, "closed", "back"),
    CaseEnds("Dev", GREEN, "closed", "reversed"),
    CaseEnds("Nadia", NORTH, "closed", "back"),
    CaseEnds("Theo", NORTH, "closed", "left_program"),
    CaseEnds("Ivy", CEDAR, "open"),
    CaseEnds("Sol", CEDAR, "closed", "back"),
    CaseEnds("Walter", GARDEN, "stopped"),
    CaseEnds("Edith", GARDEN, "stopped"),
)

MEASURED: Final = (
    *(Measured(name, "gad7", missed=True, answered=name in ("Omar", "Kofi")) for name in MISS_THE_EVENING),
    *(Measured(name, "gad7", missed=False, answered=True) for name in IN_THE_BREAK if name not in AT_SIX),
)

STRETCHES: Final = (
    Stretch(wed("15:20"), 20),
    Stretch(wed("15:55"), 9),
    Stretch(wed("16:50"), 30),
    Stretch(wed("17:48"), 3.5),
    Stretch(wed("18:28"), 12),
    Stretch(wed("19:16"), 25),
    Stretch(wed("21:50"), 400),
    Stretch(thu("07:56"), 16),
)
