"""The words of follow-up as staff read them. An unknown code is still readable: its own letters, spaced."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from rejoin.followup.vocabulary import Decision, DisclosureBasis

CHANNELS: Final = MappingProxyType(
    {
        "sms": "text message",
        "push": "app notification",
        "email": "e-mail",
        "voice_auto": "automatic call",
        "phone": "phone",
        "secure_message": "secure message",
        "letter": "letter",
        "portal": "portal message",
        "in_person": "in person",
        "video": "video",
    }
)
OUTCOMES: Final = MappingProxyType(
    {
        "contact": "reached",
        "voicemail": "voicemail left",
        "no_answer": "no answer",
        "wrong_number": "wrong number",
        "message_sent": "message sent",
        "caregiver_reached": "a caregiver answered, not the patient",
        "refused": "did not want to talk",
    }
)
ROLES: Final = MappingProxyType(
    {
        "cofacilitator": "co-facilitator",
        "outreach_worker": "outreach worker",
        "privacy_officer": "privacy officer",
        "system": "the system",
        "team": "the team",
    }
)
ORIGINS: Final = MappingProxyType(
    {
        "ladder": "a step of the policy's ladder",
        "escalation": "not done by its deadline",
        "unknown_send": "find out whether a message went out",
        "send_failed": "a message did not go out",
        "reply": "the patient wrote",
        "disposition": "a clinician says how she is",
        "promise": "a promised return that was not kept",
        "apology": "she was told she was missed, and was not: say sorry",
        "make_up": "none of the times to make it up works for her: find one with her",
        "concern": "an answer of hers asks for a clinician now",
    }
)
LATE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "disposition": "an elevated miss waits for a clinician's finding",
        "first_attempt": "no person has tried to reach her in time",
        "nobodys": "the case has no owner",
        "unknown_send": "nobody knows whether a message went out",
        "words": "she wrote, and nobody has read it",
        "ask": "a note waits to be acknowledged",
    }
)
STATES: Final = MappingProxyType(
    {
        "due": "to do",
        "done": "done",
        "suppressed": "held back",
        "cancelled": "no longer needed",
        "unknown": "nobody knows whether it went out",
        "failed": "did not go out",
    }
)
MESSAGE_STATES: Final = MappingProxyType(
    {
        "queued": "waits to go out",
        "sending": "is going out",
        "sent": "sent",
        "delivered": "delivered",
        "failed": "failed",
        "unknown": "may have gone out: nobody knows",
        "withheld": "held back",
        "cancelled": "called off",
        "expired": "not sent in time",
    }
)
STOPPING: Final = MappingProxyType(
    {
        "contact": "she was reached",
        "joined": "she joined",
        "left_program": "she left the program",
        "reversed": "it was no miss after all",
    }
)
ENDINGS: Final = MappingProxyType(
    {
        "back": "she is back",
        "reversed": "it was no miss",
        "left_program": "she left the program",
        "made_up": "made up",
        "transferred": "transferred",
        "hospitalised": "in hospital",
        "refused": "she does not want to come back",
        "lost": "contact was lost",
        "died": "she died",
        "other": "another ending",
    }
)
FINDINGS: Final = MappingProxyType(
    {
        "safe": "safe",
        "safety_plan_active": "safe, with her safety plan in use",
        "crisis_line": "connected to the crisis line",
        "mobile_crisis": "mobile crisis team asked to come",
        "emergency_services": "emergency services called",
        "hospitalised": "in hospital",
        "not_reached": "not reached",
    }
)
DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Decision.CONTINUE: "Go on as it is, and watch",
        Decision.ASK_BY_PHONE: "Ask her the measure by phone",
        Decision.ASK_NEXT_SESSION: "Ask her the measure at her next session",
        Decision.TALK: "A clinician talks with her about how she is",
        Decision.SEE_SOON: "See her by herself soon, about what got worse",
        Decision.CHECK_SAFETY: "Ask her whether she is safe",
        Decision.PRESCRIBER: "Have a prescriber look at her medication with her",
        Decision.BARRIER_VISIT: "A visit about what keeps her from coming",
        Decision.CONTRACT: "An attendance contract with her",
        Decision.CHANGE_PLAN: "Change the treatment plan",
        Decision.CHANGE_SCHEDULE: "Change days, times or group",
        Decision.FAMILY_SESSION: "A family session",
        Decision.STEP_UP: "A higher level of care",
        Decision.STEP_DOWN: "A lower level of care",
        Decision.TRANSFER: "Transfer to another program",
        Decision.DISCHARGE: "Begin a discharge with her, with notice and appeal",
        Decision.OTHER: "Something else",
    }
)
ASKED: Final = MappingProxyType(
    {
        "plan_review": "Nobody can tell how she is doing: the team looks at her plan together.",
        "team_review": "The policy asks the team to look at this together.",
        "barrier_visit": "The policy asks for a visit about what keeps her from coming.",
        "discharge_review": "The policy asks people whether to begin a discharge. It decides nothing.",
        "contract": "The policy asks people whether to offer an attendance contract.",
        "family_session": "The policy asks people whether to hold a family session.",
    }
)
BASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        DisclosureBasis.MEDICAL_EMERGENCY: "medical emergency: medical personnel (42 CFR 2.51)",
        DisclosureBasis.SERIOUS_THREAT: "serious and imminent threat (45 CFR 164.512(j))",
    }
)
_TURNS: Final = MappingProxyType(
    {
        "attempted": "tried to reach her: {outcome}",
        "promised": "wrote down when she will be back",
        "disposed": "signed a finding on her safety",
        "safety": "recorded a safety step: {step}",
        "disclosed": "recorded an emergency disclosure",
        "seen_to": "saw to a step: {origin}",
        "found_out": "found out that a message {went}",
        "given": "gave the case to somebody",
        "closed": "ended the case: {ending}",
        "stopped": "stopped the outreach: {stopping}",
        "reopened": "opened the case again",
        "elevated": "put the case on the elevated path",
        "wrote": "wrote: read it first",
        "concern": "brought in an answer that asks for a clinician now",
    }
)


def turn_words(turn: str, reason: str) -> str:
    """What happened on a case, after a name: "tried to reach her: no answer"."""
    return _TURNS.get(turn, spaced(turn)).format(
        outcome=word(OUTCOMES, reason),
        step=spaced(reason),
        origin=word(ORIGINS, reason),
        went="went out" if reason == "sent" else "did not go out",
        ending=word(ENDINGS, reason),
        stopping=word(STOPPING, reason),
    )


def word(table: Mapping[str, str], code: str) -> str:
    """`code` through `table`, or spelled out."""
    return table.get(code) or spaced(code)


def spaced(code: str) -> str:
    """ "call1" and "two-no-call" as words: "call 1", "two no call"."""
    return re.sub(r"(?<=[^\W\d_])(?=\d)|[\s_:-]+", " ", code).strip().lower()


RUNGS: Final = MappingProxyType(
    {
        "tech": "ask whether something technical is in the way",
        "nudge": "neutral message",
        "call_now": "call now",
        "attempt_now": "try to reach her now",
        "guardian_now": "call her guardian now",
        "youth_now": "call her now",
        "coaching": "coaching call",
        "disposition": "a clinician says how she is",
        "supervisor": "the supervisor looks at it",
        "team": "the team looks at it",
    }
)
"""Rungs of the policies that ship whose names say too little. A program's own are told by the names it gave them."""


def rung_words(rule: str) -> str:
    """A step in words: "escalation:call1" is "call 1, not done by its deadline"."""
    origin, _, rung = rule.rpartition(":")
    if origin in ("reply", "promise", "concern"):
        return ORIGINS[origin]
    if rule == "safety:disposition":
        return ORIGINS["disposition"]
    called = RUNGS.get(rung) or spaced(rung)
    return f"{called}, {ORIGINS[origin]}" if origin in ORIGINS else called


def told(because: Any) -> Sequence[Mapping[str, Any]]:
    """Reasons as the database gives them: JSON read already, or still as text."""
    found: Sequence[Mapping[str, Any]] = json.loads(because) if isinstance(because, str) else because
    return found


def counted(told: str) -> dict[str, int]:
    """How many of each, from JSON."""
    found: dict[str, int] = json.loads(told)
    return found


def reasons(because: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Each reason as "text (rule, source)"."""
    return tuple(
        f"{one['text']} ({', '.join(part for part in (one['rule'], one.get('cite')) if part)})"
        for one in because
    )
