"""What was sent to her and what she wrote, newest first. Read behind her door."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rejoin.common.rows import select
from rejoin.outreach.vocabulary import READ_WITHIN
from rejoin.portal.door import Herself
from rejoin.portal.vocabulary import STAFF_READ
from rejoin.portal.words.me import words_in
from rejoin.portal.words.me_english import English
from rejoin.portal.words.measures import words_in as of_measures

MOST: Final = 50
A_MINUTE: Final = timedelta(minutes=1)
FOR_STAFF: Final = re.compile(r"About the session of [^\n]+? she says that she (.+?)\. ?(.*)", re.DOTALL)
"""What stands before her own words where she told why she cannot come (`telling`): that is for whoever reads it."""
OF_A_MEASURE: Final = re.compile(
    r"About the [^\n]+? due \d{4}-\d\d-\d\d(?: she says that she would rather not answer\. (.*)|: .*)",
    re.DOTALL,
)
"""And where she answered a measure again, or wrote why she would rather not (`followup.measures`)."""
REASONS: Final = {told: why for why, told in STAFF_READ.items()}
# What left the building alone: what was withheld or failed she never had. A notice on a phone says nothing that is worth
# reading again, and its words are kept as all others.
THREAD: Final = """
SELECT * FROM (
    SELECT message.state_at AS at, false AS hers, message.channel, message.body, false AS read
      FROM outreach_message AS message
     WHERE message.patient_id = %(patient)s AND message.state IN ('sent', 'delivered') AND message.body <> ''
     UNION ALL
    SELECT reply.at, true, reply.channel, reply.text, NOT reply.unread
      FROM outreach_reply AS reply WHERE reply.patient_id = %(patient)s) AS said
 ORDER BY at DESC, hers DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message."""

    at: datetime
    when: str
    hers: bool
    who: str
    text: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The page."""

    say: English
    read_within: str
    lines: tuple[Line, ...]
    has_more: bool


def present_messages(herself: Herself) -> Messages:
    say = words_in(herself.patient.language)
    rows = select(THREAD, {"patient": herself.patient.pk, "most": MOST + 1})
    return Messages(
        say=say,
        read_within=say.read_within(READ_WITHIN // A_MINUTE),
        lines=tuple(_line(row, herself, say) for row in rows[:MOST]),
        has_more=len(rows) > MOST,
    )


def _line(row: Sequence[Any], herself: Herself, say: English) -> Line:
    at, hers, channel, text, read = row
    by = say.channels.get(channel, "")
    return Line(
        at=at,
        when=say.stamp(at, herself.zone),
        hers=hers,
        who=say.you_wrote if hers else say.we_wrote,
        text=_as_she_said(text, herself) if hers else text,
        state=(say.read_by_now if read else say.to_be_read) if hers else (say.by_channel(by) if by else ""),
    )


def _as_she_said(text: str, herself: Herself) -> str:
    """Her reason in her language, and her words as they are."""
    if measured := OF_A_MEASURE.fullmatch(text):
        return measured[1] or of_measures(herself.patient.language).you_answered
    told = FOR_STAFF.fullmatch(text)
    why = REASONS.get(told[1]) if told else None
    if told is None or why is None:
        return text
    return f"{herself.say.you_said(herself.say.reasons[why])} {told[2]}".strip()
