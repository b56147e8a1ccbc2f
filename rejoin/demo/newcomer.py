"""For whoever sees the platform for the first time: one missed session from its start to its end, within a minute.

The town is the story's, with one more session: Anna's hour with her counselor before the evening group. She is
flagged as high risk, so that the policy's elevated ladder runs; nobody calls in time, so that it escalates; the
supervisor reaches her, and she is in the group at six. What the story had before and after it goes on around her.
"""

from dataclasses import replace
from datetime import date
from typing import Final

from rejoin.demo.attending import Comes
from rejoin.demo.days import THURSDAY, WEDNESDAY, wed
from rejoin.demo.deeds import Call, Closed, Dispose, Noticed, OnTheList
from rejoin.demo.homes import Home
from rejoin.demo.story import BLUE, Beat, Story, whole_story
from rejoin.demo.town import TOWN, OneToOne, Town, Weekly
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult

ANNA: Final = "Anna"
MISSED: Final = f"anna-{WEDNESDAY}"
"""Her session that is missed."""
SHOWN_FROM: Final = wed("17:18")
"""What comes before is played while the demonstration gets ready, so that the boards are not empty."""
HER_HOUR: Final = OneToOne(
    patient=ANNA, staff="Pete", program="harbor", clock="17:20", day=WEDNESDAY, minutes=30
)
ROLES: Final = {
    "facilitator": "Rosa",
    "coordinator": "Mina",
    "supervisor": "Ruth",
    "director": "Abe",
    "counselor": "Pete",
    "clinician": "Hana",
}
"""Whom to sign in as, to see what each role sees."""


def _october(day: int) -> date:
    return date(2026, 10, day)


GOING_ON: Final = (
    Weekly(group="Blue", days="MO,WE,TH", first=THURSDAY, clock="18:00"),
    Weekly(group="Green", days="MO,WE,TH", first=THURSDAY, clock="18:00"),
    Weekly(group="North", days="MO,WE,FR", first=_october(9), clock="18:30"),
    Weekly(group="South", days="TU,TH,FR", first=THURSDAY, clock="15:30"),
    Weekly(group="Maple", days="TU,WE,TH", first=THURSDAY, clock="16:00"),
    Weekly(group="Birch", days="TU,TH,FR", first=THURSDAY, clock="16:30"),
    Weekly(group="Garden", days="MO,WE,FR,SA", first=_october(9), clock="09:30"),
    Weekly(group="Cedar", days="MO,WE,SA", first=_october(10), clock="19:00"),
    Weekly(alone=HER_HOUR, days="WE", first=_october(14), clock="17:20"),
    Weekly(
        alone=OneToOne(patient="Ravi", staff="Pete", program="harbor", clock="11:00"),
        days="FR",
        first=_october(9),
        clock="11:00",
    ),
    Weekly(
        alone=OneToOne(patient="Tess", staff="Pete", program="harbor", clock="10:00"),
        days="MO",
        first=_october(12),
        clock="10:00",
    ),
    Weekly(
        alone=OneToOne(patient="Kofi", staff="Lola", program="harbor", clock="11:00"),
        days="TU",
        first=_october(13),
        clock="11:00",
    ),
    Weekly(
        alone=OneToOne(patient="Gita", staff="Lola", program="harbor", clock="10:00"),
        days="FR",
        first=_october(9),
        clock="10:00",
    ),
    Weekly(
        alone=OneToOne(patient="Sol", staff="Tom", program="cedar", clock="10:30"),
        days="TH",
        first=_october(15),
        clock="10:30",
    ),
)
NEWCOMERS_TOWN: Final[Town] = replace(
    TOWN,
    one_to_ones=(*TOWN.one_to_ones, HER_HOUR),
    flags={**TOWN.flags, ANNA: "high_risk"},
    weekly=GOING_ON,
)


def newcomers_story(home: Home) -> Story:
    """The whole story, with Anna's in it. Its afternoon is over when somebody opens the first page."""
    whole = whole_story(home)
    return replace(
        whole,
        watched=(*whole.watched, MISSED),
        comes=(
            *whole.comes,
            Comes(patient=ANNA, session=MISSED),
            Comes(patient=ANNA, session=BLUE, at=wed("17:59")),
        ),
        beats=tuple(sorted((*whole.beats, *ANNAS_BEATS), key=lambda beat: beat.at)),
    )


ANNAS_BEATS: Final = (
    Beat(wed("17:25"), Noticed((ANNA,), MISSED)),
    Beat(wed("17:35"), OnTheList(ANNA, "call_now")),
    Beat(wed("17:50:02"), OnTheList(ANNA, "escalation:call_now")),
    Beat(wed("17:53"), Call("Ruth", ANNA, "call_now", AttemptOutcome.CONTACT)),
    Beat(wed("17:57"), Dispose("Hana", ANNA, SafetyResult.SAFE, "C-SSRS")),
    Beat(wed("18:00"), Closed((ANNA,), "back")),
)
