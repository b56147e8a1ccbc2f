"""For whoever sees the platform for the first time: one missed session from its start to its end, within a minute.

The town is the story's, with one more session: Anna's hour with her counselor before the evening group. She is
flagged as high risk, so that the policy's elevated ladder runs; nobody calls in time, so that it escalates; the
supervisor reaches her, and she is in the group at six. What the story had before and after it goes on around her.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, NamedTuple

from rejoin.demo.answering import Answers
from rejoin.demo.attending import Comes
from rejoin.demo.days import THURSDAY, WEDNESDAY, instant, wed
from rejoin.demo.deeds import Call, Closed, Dispose, Noticed, OnTheList, Promise, TextsUs
from rejoin.demo.homes import Home
from rejoin.demo.stage import Stage
from rejoin.demo.story import BLUE, Beat, Story, whole_story
from rejoin.demo.town import TOWN, OneToOne, Town, Weekly
from rejoin.followup.actions import record_attempt
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult

ANNA: Final = "Anna"
MISSED: Final = f"anna-{WEDNESDAY}"
"""Her session that is missed."""
SHOWN_FROM: Final = wed("17:18")
"""What comes before is played while the demonstration gets ready, so that the boards are not empty."""
NOT_PETES: Final = TOWN.id_of("Jun")
"""A patient of Pete's program who is not in his care, by the program's identifier: his to see by breaking the glass."""
HER_HOUR: Final = OneToOne(
    patient=ANNA, staff="Pete", program="harbor", clock="17:20", day=WEDNESDAY, minutes=30
)


class Stand(NamedTuple):
    """Somebody who shows what a role sees, and where she begins."""

    name: str
    page: str
    """The name of an address."""
    sees: str


CAST: Final = {
    "facilitator": Stand("Rosa", "console:today", "who is here now, and who is coming back"),
    "coordinator": Stand("Mina", "console:worklist", "whom to call, by the clock"),
    "supervisor": Stand("Ruth", "console:overdue", "what is overdue, and what she decides"),
    "director": Stand("Abe", "console:policies", "policies, and what they would have done"),
    "counselor": Stand("Pete", "console:today", "his own patients, and whom to call"),
    "clinician": Stand("Hana", "console:worklist", "who has to be asked how she is"),
    "privacy_officer": Stand(
        "Noor", "console:access", f"who opened what: open {NOT_PETES}'s chart as Pete, and look here"
    ),
    "patient": Stand(ANNA, "/me/", "her sessions, and her way back"),
}
"""Whom to sign in as, by role."""


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
MONDAY: Final = _october(5)
NEWCOMERS_TOWN: Final[Town] = replace(
    TOWN,
    one_to_ones=(*TOWN.one_to_ones, HER_HOUR),
    flags={**TOWN.flags, ANNA: "high_risk"},
    missed_before=TOWN.missed_before
    | {(name, MONDAY) for name in ("Dina", "Emil", "Hugo", "Pia")}
    | {("Emil", date(2026, 9, 30))},
    weekly=GOING_ON,
)


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was made on an earlier day, written down now."""

    by: str
    patient: str
    step: str
    outcome: AttemptOutcome
    made_at: datetime
    channel: str = "phone"

    def is_ready(self, stage: Stage) -> bool:
        return stage.step(self.patient, self.step) is not None

    def do(self, stage: Stage, at: datetime) -> None:
        case, step = stage.case(self.patient), stage.step(self.patient, self.step)
        if case is None or step is None:
            raise LookupError(f"no step {self.step} for {self.patient}")
        record_attempt(
            case=case,
            step=step,
            channel=self.channel,
            outcome=self.outcome,
            made_at=self.made_at,
            by=stage.as_staff(self.by),
            at=at,
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
        beats=tuple(sorted((*whole.beats, *BEFORE, *ANNAS_BEATS), key=lambda beat: beat.at)),
    )


def _monday(clock: str) -> datetime:
    return instant(MONDAY, clock)


def _tuesday(clock: str) -> datetime:
    return instant(_october(6), clock)


# Monday's misses: two are being called, one was reached, and one was forgotten by everybody but the platform.
BEFORE: Final = (
    Beat(wed("15:21"), Called("Pete", "Dina", "tech", AttemptOutcome.NO_ANSWER, _monday("18:24"))),
    Beat(wed("15:21"), Called("Pete", "Dina", "call1", AttemptOutcome.VOICEMAIL, _monday("19:05"))),
    Beat(wed("15:21"), Called("Pete", "Dina", "call2", AttemptOutcome.NO_ANSWER, _tuesday("10:10"))),
    Beat(wed("15:22"), Called("Lola", "Hugo", "tech", AttemptOutcome.NO_ANSWER, _monday("18:26"))),
    Beat(wed("15:22"), Called("Lola", "Hugo", "call1", AttemptOutcome.CONTACT, _monday("19:20"))),
    Beat(wed("15:22"), Promise("Lola", "Hugo", wed("18:00"))),
    Beat(wed("15:23"), Called("Bess", "Pia", "attempt1", AttemptOutcome.VOICEMAIL, _monday("20:40"))),
    Beat(wed("16:20"), Answers(("Hugo",), "phq9")),
    Beat(wed("17:12"), TextsUs("Gita", "I may be ten minutes late tonight, is that ok?")),
)
ANNAS_BEATS: Final = (
    Beat(wed("17:25"), Noticed((ANNA,), MISSED)),
    Beat(wed("17:35"), OnTheList(ANNA, "call_now")),
    Beat(wed("17:50:02"), OnTheList(ANNA, "escalation:call_now")),
    Beat(wed("17:53"), Call("Ruth", ANNA, "call_now", AttemptOutcome.CONTACT)),
    Beat(wed("17:57"), Dispose("Hana", ANNA, SafetyResult.SAFE, "C-SSRS")),
    Beat(wed("18:00"), Closed((ANNA,), "back")),
)
