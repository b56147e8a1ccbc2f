"""What to look at, step by step: one missed session from its start to its end, and what of it has happened.

A step is ticked when the tables say that it came to pass, by the story or by whoever watches. What a person made
needless is said to be so: a call that somebody took in time escalates to nobody.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.demo.days import shown
from rejoin.demo.newcomer import ANNA, MISSED
from rejoin.demo.scores import UNTOLD

HAPPENED: Final = """
SELECT "case".ref, patient.ref, CASE WHEN session.starts_at <= rejoin_now() THEN session.starts_at END, "case".noticed_at,
       (SELECT min(event.at) FROM outreach_messageevent AS event JOIN outreach_message AS message ON message.id = event.message_id
         WHERE message.about = 'case:' || "case".id AND event.state = 'sent'),
       (SELECT min(raised_at) FROM followup_step WHERE case_id = "case".id AND rule = 'call_now'),
       (SELECT min(raised_at) FROM followup_step WHERE case_id = "case".id AND rule = 'escalation:call_now'),
       (SELECT min(at) FROM followup_attempt WHERE case_id = "case".id AND outcome = 'contact'),
       (SELECT min(at) FROM followup_disposition WHERE case_id = "case".id),
       (SELECT min(at) FROM followup_caseevent WHERE case_id = "case".id AND turn = 'closed')
  FROM programs_session AS session
  JOIN programs_seat AS seat ON seat.session_id = session.id
  JOIN people_patient AS patient ON patient.id = seat.patient_id
  LEFT JOIN followup_case AS "case" ON "case".session_id = session.id AND "case".patient_id = patient.id
 WHERE session.external_id = %s AND patient.name = %s AND seat.released_at IS NULL
"""


UNTOLD_REF: Final = "SELECT ref FROM people_patient WHERE name = %s ORDER BY id LIMIT 1"


class Step(NamedTuple):
    """One thing to look at: when it is to be seen, what it is, as whom to look and where ("" for her phone)."""

    clock: str
    title: str
    told: str
    role: str
    place: str
    look: str


STEPS: Final = (
    Step(
        "17:20",
        "Anna's session begins, and she is not there",
        "Half an hour with her counselor Pete, by video. He is in the room and waits.",
        "counselor",
        "today",
        "Today, as Pete",
    ),
    Step(
        "17:25",
        "The miss is noticed",
        "Five minutes in, the room's own report says that she is not in it. A case opens, with an owner and a clock. "
        "She is flagged as high risk, so the quicker ladder of the policy runs.",
        "counselor",
        "case",
        "The case, as Pete",
    ),
    Step(
        "17:25",
        "Anna is nudged",
        "One text, to her alone, without a word about health.",
        "",
        "phone",
        "Her phone, below",
    ),
    Step(
        "17:35",
        "A call is on the coordinator's list",
        "She has not joined. Mina has until 17:50, with the number and what was tried beside it.",
        "coordinator",
        "worklist",
        "The worklist, as Mina",
    ),
    Step(
        "17:50",
        "Nobody has called: it escalates by itself",
        "What is not done by its deadline is on the supervisor's board. It cannot be forgotten.",
        "supervisor",
        "overdue",
        "Overdue, as Ruth",
    ),
    Step(
        "17:53",
        "Ruth calls, and Anna answers",
        "An attempt is not a contact; this is one. From here on nobody is asked to call any more.",
        "supervisor",
        "case",
        "The case, as Ruth",
    ),
    Step(
        "17:57",
        "A clinician says how she is",
        "After such a miss a licensed person has to. Software decides nothing here.",
        "clinician",
        "case",
        "The case, as Hana",
    ),
    Step(
        "17:59",
        "Anna is in the evening group: she is back",
        "The case closes by the fact, and the whole way stays to be read.",
        "facilitator",
        "today",
        "Today, as Rosa",
    ),
)


class Beside(NamedTuple):
    """Something else to look at, with no hour of its own: as whom, and where."""

    title: str
    told: str
    role: str
    place: str
    """"chart": of whoever nobody can tell about; "program": of the one that asks."""
    look: str


KNOWN: Final = (
    Beside(
        f"Six weeks of {UNTOLD}, and what nobody knows of them",
        "Harbor asks its patients the PHQ-9 every second Monday. Dina missed two of these evenings, and the questions went by with "
        "them. No line is drawn through the hole: her chart says what she answered, what she did not and why, and that nobody can "
        "tell whether she is better. After four weeks of that the team is asked to look at her plan: it is in Ruth's huddle.",
        "counselor",
        "chart",
        f"{UNTOLD}'s progress, as Pete",
    ),
    Beside(
        "All of Harbor in four weeks, with those who were not measured counted in",
        "The mean change of twenty patients, with its interval; beside it what one would have said of those alone who answered. "
        "From there: Blue and Green week by week, what is asked and who looks for the answers (Measures), who came back after a "
        "miss (Learning). Under Patients: Anna got better, Faye worse, Joel stayed as he was, and Emil has holes.",
        "supervisor",
        "program",
        "Harbor's progress, as Ruth",
    ),
)
"""Measures: what a missed session hides, and how much is known all the same."""
ON_HER_PAGE: Final = "On Anna's own page (sign in as her) the GAD-7 that goes by with her session at 17:20 (Worry and nerves, there) is open again for three days: answer it as her."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A step as it stands. Neither `at` nor `needless`: it is still to come."""

    step: Step
    at: datetime | None
    needless: bool
    next: bool
    """The first that is still to come."""

    @property
    def clock(self) -> str:
        return shown(self.at) if self.at else self.step.clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The whole of it. `case` is None before she is missed."""

    steps: tuple[Shown, ...]
    case: UUID | None
    patient: UUID | None
    untold: UUID | None
    """Of whom nobody can tell; None where the town has no such patient."""

    @property
    def over(self) -> bool:
        return self.steps[-1].at is not None

    @property
    def done(self) -> int:
        return sum(each.at is not None or each.needless for each in self.steps)


def read_guide() -> Guide:
    rows = select(HAPPENED, [MISSED, ANNA])
    case, patient, *instants = rows[0] if rows else [None] * (2 + len(STEPS))
    last = max((place for place, at in enumerate(instants) if at is not None), default=-1)
    steps = tuple(
        Shown(step=step, at=at, needless=at is None and place < last, next=place == last + 1)
        for place, (step, at) in enumerate(zip(STEPS, instants, strict=True))
    )
    found = select(UNTOLD_REF, [UNTOLD])
    return Guide(steps=steps, case=case, patient=patient, untold=found[0][0] if found else None)
