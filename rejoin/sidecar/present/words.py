"""The words for every code in a report. Nobody is blamed: a session is missed, a person is not.

An unknown code (a newer policy, a program's own step) is still readable: its own letters, spaced.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rejoin.sidecar.report import Because

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWords:
    """One outcome: a letter for a narrow cell, a label, and what it means to somebody new."""

    code: str
    letter: str
    label: str
    meaning: str


STATUSES = {
    words.code: words
    for words in (
        StatusWords(code="attended", letter="A", label="Attended", meaning="there for the credited time"),
        StatusWords(code="partial", letter="P", label="Partial", meaning="there, for less than is credited"),
        StatusWords(code="missed", letter="M", label="Missed", meaning="the room's record shows no presence"),
        StatusWords(
            code="excused", letter="E", label="Excused", meaning="away, with a notice the policy accepts"
        ),
        StatusWords(code="not_admitted", letter="N", label="Not admitted", meaning="came after the cut-off"),
        StatusWords(
            code="not_admissible",
            letter="L",
            label="Not admissible",
            meaning="came from a place outside the clinician's licences",
        ),
        StatusWords(code="cancelled", letter="C", label="Cancelled", meaning="the session was not held"),
        StatusWords(
            code="unrecorded",
            letter="?",
            label="Not recorded",
            meaning="no record of the room reaches us: nobody can say, and it is not an absence",
        ),
    )
}

FLAGS = {
    "late": "late",
    "left_early": "left early",
    "reconnected": "reconnected",
    "two_devices": "two devices",
    "dial_in": "by phone line",
    "uncertain_end": "end not certain",
    "late_source": "source came late",
    "conflict": "sources disagree",
}

CHANNELS = {
    "sms": "text message",
    "push": "app notification",
    "email": "e-mail",
    "phone": "phone",
    "secure_message": "secure message",
    "voice_auto": "automatic call",
    "portal": "portal message",
}

ACTORS = {"cofacilitator": "co-facilitator"}

OUTCOMES = {
    "contact": "reached",
    "voicemail": "voicemail left",
    "no_answer": "no answer",
    "wrong_number": "wrong number",
    "message_sent": "message sent",
    "caregiver_reached": "a caregiver answered, not the patient",
    "refused": "did not want to talk",
}

KINDS = {"group": "Group", "individual": "Individual", "family": "Family"}
MODES = {"video": "video", "in_person": "in person", "phone": "phone"}

CLOSED = {
    "contact": "contact was made",
    "joined": "came back to a session",
    "left_program": "left the program",
}

BILLING = {
    "billable": "the day is billable",
    "pending_attestation": "waits for the facilitator's attestation",
    "under_minimum": "under the day's minimum: a person reviews",
    "not_countable": "not countable",
    "no_rule": "the policy has no rule",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWords:
    """One kind of alert: what it is called and what a person can do about it."""

    code: str
    label: str
    advice: str


ALERTS = {
    words.code: words
    for words in (
        AlertWords(
            code="possible_outage",
            label="Possible outage",
            advice="More than half were absent at once. Look at the room before reading these as missed.",
        ),
        AlertWords(
            code="unrecorded",
            label="Not recorded",
            advice="No record of the room reaches these sessions. Add the export, or mark attendance.",
        ),
        AlertWords(
            code="quorum",
            label="Below the group's minimum",
            advice="Fewer were present than a group needs.",
        ),
        AlertWords(
            code="stale_source",
            label="A source fell silent",
            advice="Nothing has come from it for longer than expected.",
        ),
        AlertWords(
            code="unplaced_file",
            label="A file fits no session",
            advice="Its meeting id and times match no session here, so nothing in it is counted.",
        ),
        AlertWords(
            code="unreadable_file",
            label="A file cannot be read",
            advice="Nothing in it is counted until it can be.",
        ),
        AlertWords(
            code="ambiguous_dates",
            label="Day and month are in doubt",
            advice="The dates can be read in two ways, and the schedule does not settle it.",
        ),
        AlertWords(
            code="unexpected_participant",
            label="In a session not expected in",
            advice="Not counted unless somebody marks it.",
        ),
        AlertWords(
            code="licence",
            label="Licence and place",
            advice="Where the patient was, against where the facilitator is licensed.",
        ),
        AlertWords(
            code="no_policy_in_force",
            label="No policy in force",
            advice="These days are read under the nearest version. Check its dates.",
        ),
        AlertWords(
            code="zero_slack",
            label="No slack in the schedule",
            advice="One late minute leaves the day under its billing minimum.",
        ),
    )
}
"""In the order in which they are shown: what may change who is called comes first."""


def status_words(code: str) -> StatusWords:
    """The words for an outcome, also for one this version does not know."""
    return STATUSES.get(code) or StatusWords(
        code="other", letter=spaced(code)[:1].upper() or "?", label=spaced(code), meaning=""
    )


def alert_words(code: str) -> AlertWords:
    """The words for a kind of alert, also for one this version does not know."""
    return ALERTS.get(code) or AlertWords(code="other", label=spaced(code), advice="")


def spaced(code: str) -> str:
    """ "call1" and "two-no-call" as words: "Call 1", "Two no call"."""
    words = re.sub(r"(?<=[^\W\d_])(?=\d)|[\s_-]+", " ", plain(code)).strip()
    return words[:1].upper() + words[1:]


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    shown = text.strip()
    if not shown:
        return ""
    return f"{shown[:1].upper()}{shown[1:]}{'' if shown[-1] in '.!?' else '.'}"


def word(table: dict[str, str], code: str) -> str:
    """`code` through `table`, or spelled out in lower case."""
    return table.get(code) or spaced(code).lower()


def listed(words: list[str], *, last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 session", "2,000 sessions"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def minutes_words(minutes: int | None) -> str:
    """Unknown is said, never shown as nought."""
    return NOT_KNOWN if minutes is None else f"{minutes:,} min"


def reasons(because: Iterable[Because]) -> tuple[str, ...]:
    """Each reason as "text (rule, source)"."""
    return tuple(
        f"{plain(one['text'])} ({', '.join(plain(part) for part in (one['rule'], one['cite']) if part)})"
        for one in because
    )


def plain(text: str) -> str:
    """`text` without control characters: a display name must not steer a terminal or a parser."""
    return "".join(
        " " if unicodedata.category(letter) == "Cc" else letter for letter in text if letter not in _STEERING
    ).strip()


_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
"""Marks that reorder the text around them; the page isolates names instead."""
