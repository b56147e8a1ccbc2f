"""The crisis and the welfare-check procedure: steps in order, what each asks for, who takes it, and where it is from.

No published outreach ladder ends in a welfare check, so the order is ours, built on what is published: each step says
its source, or that it is ours. A step is an offer to a person. Nothing reads these to act.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rejoin.domain.kernel import Word

OURS: Final = "ours"
"""No rule asks for it: our own practice."""
PART_2: Final = "42 CFR 2.51: medical personnel may be told in a medical emergency; documented at once"
CONSENT: Final = "42 CFR 2.31: a consent that names the person and the purpose"


class Procedure(Word):
    CRISIS = "crisis"
    """She is reached, or somebody with her is, and may be in danger."""
    WELFARE_CHECK = "welfare_check"
    """She is not reached, and there is reason to fear for her."""


class SafetyStep(Word):
    CONFIRM_PLACE = "confirm_place"
    OPEN_PLAN = "open_plan"
    CALL_PATIENT = "call_patient"
    ASK_DIRECTLY = "ask_directly"
    CONNECT_CRISIS_LINE = "connect_crisis_line"
    INFORM_SUPERVISOR = "inform_supervisor"
    CALL_CONTACT = "call_contact"
    CALL_MOBILE_CRISIS = "call_mobile_crisis"
    CALL_EMERGENCY = "call_emergency"
    DECIDE_WELFARE_CHECK = "decide_welfare_check"
    REQUEST_WELFARE_CHECK = "request_welfare_check"
    RECORD_WELFARE_CHECK = "record_welfare_check"
    WRITE_DISPOSITION = "write_disposition"
    HUDDLE = "huddle"


class StepResult(Word):
    DONE = "done"
    NOT_DONE = "not_done"
    """Considered, and not taken: the words say why."""
    KNOWN = "known"
    NOT_KNOWN = "not_known"
    REACHED_SAFE = "reached_safe"
    REACHED_CONCERN = "reached_concern"
    NOT_REACHED = "not_reached"
    DECLINED = "declined"
    REQUESTED = "requested"
    NOT_REQUESTED = "not_requested"
    FOUND_SAFE = "found_safe"
    FOUND_IN_NEED = "found_in_need"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """One step of a procedure."""

    step: SafetyStep
    what: str
    """What to do, in one sentence to whoever does it."""
    who: str
    """The role that takes it, in words."""
    results: tuple[StepResult, ...]
    cite: str
    licensed: bool = False
    """Only a licensed clinician of the program records it."""
    needs_words: frozenset[StepResult] = frozenset()
    """Results that say nothing without words beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisLine:
    """A line that anybody may call."""

    number: str
    """As people read it."""
    name: str
    how: str
    """At what hours, and by what, in words."""
    cite: str

    @property
    def dialled(self) -> str:
        """The number as a phone dials it."""
        return "".join(each for each in self.number if each.isdecimal() or each == "+")


NATIONAL_LINE: Final = CrisisLine(
    number="988",
    name="988 Suicide & Crisis Lifeline",
    how="Call or text, at any hour, from any phone in the United States",
    cite="National Suicide Hotline Designation Act of 2020 (Pub. L. 116-172); 47 CFR 52.200",
)

_R = StepResult
_TAKEN = (_R.DONE, _R.NOT_DONE)
_SPOKEN = (_R.REACHED_SAFE, _R.REACHED_CONCERN, _R.NOT_REACHED)
_WHY_NOT = frozenset({_R.NOT_DONE})

_RULES: Final = (
    StepRule(
        step=SafetyStep.CONFIRM_PLACE,
        what="Find where she is today. An address of another day is no address of today: say so to whoever goes there.",
        who="whoever is with the case",
        results=(_R.KNOWN, _R.NOT_KNOWN),
        cite="16 CCR 1815.5: the address of the present location, at each session",
    ),
    StepRule(
        step=SafetyStep.OPEN_PLAN,
        what="Open her safety plan, and begin with what she wrote down as helping.",
        who="counselor or clinician",
        results=_TAKEN,
        cite=OURS,
        needs_words=_WHY_NOT,
    ),
    StepRule(
        step=SafetyStep.CALL_PATIENT,
        what="Call her, at the call-back number of the day first. A voicemail reaches nobody.",
        who="counselor or clinician",
        results=_SPOKEN,
        cite="29 DCMR 2336: contact at once where circumstances indicate",
        needs_words=frozenset({_R.REACHED_CONCERN}),
    ),
    StepRule(
        step=SafetyStep.ASK_DIRECTLY,
        what="Ask her about safety in plain words, with the instrument your program uses, and write what she says.",
        who="clinician",
        results=(_R.REACHED_SAFE, _R.REACHED_CONCERN, _R.DECLINED),
        cite=OURS,
        needs_words=frozenset({_R.REACHED_CONCERN}),
    ),
    StepRule(
        step=SafetyStep.CONNECT_CRISIS_LINE,
        what="Offer the crisis line, and stay with her until she is connected.",
        who="whoever is on the phone with her",
        results=(_R.DONE, _R.DECLINED, _R.NOT_DONE),
        cite=NATIONAL_LINE.cite,
        needs_words=_WHY_NOT,
    ),
    StepRule(
        step=SafetyStep.INFORM_SUPERVISOR,
        what="Tell the supervisor on call, by voice.",
        who="counselor or clinician",
        results=_TAKEN,
        cite=OURS,
        needs_words=_WHY_NOT,
    ),
    StepRule(
        step=SafetyStep.CALL_CONTACT,
        what="Call an emergency contact only if her consent covers it. Whoever answers instead of her is not contact with her.",
        who="counselor or clinician",
        results=(*_SPOKEN, _R.NOT_DONE),
        cite=CONSENT,
        needs_words=frozenset({_R.NOT_DONE, _R.REACHED_CONCERN}),
    ),
    StepRule(
        step=SafetyStep.CALL_MOBILE_CRISIS,
        what="Ask the mobile crisis team of the place where she is to go to her.",
        who="licensed clinician",
        results=(_R.REQUESTED, _R.NOT_REQUESTED),
        cite=PART_2,
        licensed=True,
        needs_words=frozenset({_R.REQUESTED, _R.NOT_REQUESTED}),
    ),
    StepRule(
        step=SafetyStep.CALL_EMERGENCY,
        what="Call the emergency services of the place where she is, and give them the address of the day.",
        who="licensed clinician, or whoever is on the phone with her if there is no time",
        results=(_R.REQUESTED, _R.NOT_REQUESTED),
        cite=PART_2,
        needs_words=frozenset({_R.REQUESTED, _R.NOT_REQUESTED}),
    ),
    StepRule(
        step=SafetyStep.DECIDE_WELFARE_CHECK,
        what="Decide whether somebody is to be asked to look after her, and write why. An officer at her door does harm too.",
        who="licensed clinician",
        results=(_R.REQUESTED, _R.NOT_REQUESTED),
        cite=OURS,
        licensed=True,
        needs_words=frozenset({_R.REQUESTED, _R.NOT_REQUESTED}),
    ),
    StepRule(
        step=SafetyStep.REQUEST_WELFARE_CHECK,
        what="Request the check where she is today. Say whom you spoke with, the number of the request, and no more of her than is needed.",
        who="licensed clinician",
        results=(_R.REQUESTED, _R.NOT_REQUESTED),
        cite=PART_2,
        licensed=True,
        needs_words=frozenset({_R.REQUESTED, _R.NOT_REQUESTED}),
    ),
    StepRule(
        step=SafetyStep.RECORD_WELFARE_CHECK,
        what="Write down what the check found, from whom you have it, and when.",
        who="licensed clinician",
        results=(_R.FOUND_SAFE, _R.FOUND_IN_NEED, _R.NOT_FOUND),
        cite=OURS,
        licensed=True,
        needs_words=frozenset({_R.FOUND_SAFE, _R.FOUND_IN_NEED, _R.NOT_FOUND}),
    ),
    StepRule(
        step=SafetyStep.WRITE_DISPOSITION,
        what="Sign how she is, or that nobody knows. This is the finding the case waits for: it is written on the case itself.",
        who="licensed clinician",
        results=_TAKEN,
        cite=OURS,
        licensed=True,
        needs_words=_WHY_NOT,
    ),
    StepRule(
        step=SafetyStep.HUDDLE,
        what="Bring the team together the same day: who does what until she is safe, and by when.",
        who="the team",
        results=_TAKEN,
        cite=OURS,
        needs_words=_WHY_NOT,
    ),
)
_S = SafetyStep
_BY_STEP: Final = MappingProxyType({rule.step: rule for rule in _RULES})
_ORDER: Final = {
    Procedure.CRISIS: (
        *(_S.CONFIRM_PLACE, _S.OPEN_PLAN, _S.ASK_DIRECTLY, _S.CONNECT_CRISIS_LINE, _S.INFORM_SUPERVISOR),
        *(_S.CALL_CONTACT, _S.CALL_MOBILE_CRISIS, _S.CALL_EMERGENCY, _S.WRITE_DISPOSITION, _S.HUDDLE),
    ),
    Procedure.WELFARE_CHECK: (
        *(_S.CONFIRM_PLACE, _S.CALL_PATIENT, _S.OPEN_PLAN, _S.INFORM_SUPERVISOR, _S.CALL_CONTACT),
        *(_S.DECIDE_WELFARE_CHECK, _S.REQUEST_WELFARE_CHECK, _S.RECORD_WELFARE_CHECK),
        *(_S.WRITE_DISPOSITION, _S.HUDDLE),
    ),
}
PROCEDURES: Final = MappingProxyType(
    {procedure: tuple(_BY_STEP[step] for step in steps) for procedure, steps in _ORDER.items()}
)
"""The steps of each procedure, in order. A person may leave one out, and says so."""


def procedure_of(*, reached: bool) -> Procedure:
    """The procedure to open first: somebody who is reached is helped, somebody who is not is looked for."""
    return Procedure.CRISIS if reached else Procedure.WELFARE_CHECK


def step_rule(step: SafetyStep) -> StepRule:
    """What `step` asks for."""
    return _BY_STEP[step]
