"""What the story is held to: the demo is a check as well, and ends with 0 only when all of this holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rejoin.common.rows import select
from rejoin.demo.homes import Home
from rejoin.demo.story import Beat, Story
from rejoin.fakes.ledger import Ledger, taken, taken_twice

CASES: Final = """
SELECT patient.name, session.external_id, it.state, it.final_outcome FROM followup_case AS it
  JOIN people_patient AS patient ON patient.id = it.patient_id
  JOIN programs_session AS session ON session.id = it.session_id WHERE it.opened_at >= %s
"""
SEATS: Final = """
SELECT session.external_id, array_agg(DISTINCT coalesce(status.status, 'nothing'))
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
 WHERE session.external_id = ANY(%s) AND seat.released_at IS NULL GROUP BY 1
"""
REVIEWS: Final = """
SELECT patient.name, it.trigger FROM followup_review AS it JOIN people_patient AS patient ON patient.id = it.patient_id
 WHERE NOT EXISTS (SELECT FROM followup_reviewevent AS event WHERE event.review_id = it.id AND event.turn = 'withdrawn')
"""
WENT_OUT: Final = (
    "SELECT channel, count(*) FROM outreach_message WHERE state IN ('sent', 'delivered') GROUP BY 1"
)
# By the patient's own clock, whenever the worker had it leave.
IN_THE_NIGHT: Final = """
SELECT count(*) FROM outreach_messageevent AS event JOIN outreach_message AS message ON message.id = event.message_id
  JOIN people_patient AS patient ON patient.id = message.patient_id
 WHERE event.state = 'sending' AND message.quiet_from IS NOT NULL
   AND ((event.at AT TIME ZONE patient.timezone)::time >= message.quiet_from
     OR (event.at AT TIME ZONE patient.timezone)::time < message.quiet_until)
"""
TURNED_AWAY: Final = "SELECT coalesce(sum(count), 0)::int FROM common_refused WHERE door LIKE 'rooms.%%' AND reason = 'signature'"
STATE: Final = {"open": "still open", "stopped": "waiting for her return", "closed": "closed"}


class Finding(NamedTuple):
    """One thing that had to hold, and whether it does."""

    holds: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen from outside while the story played."""

    late: Sequence[Beat]
    """What was waited for in vain."""
    answers: dict[int, int]
    """How many room webhooks were answered with which status."""
    doctor: int
    """The exit code of `rejoin doctor`."""


def check_story(story: Story, home: Home, seen: Seen) -> list[Finding]:
    return [
        *_beats(story, seen),
        *_cases(story),
        *_seats(story),
        _reviews(story),
        *_messages(home),
        _quiet_hours(),
        _doors(seen),
        Finding(seen.doctor == 0, "rejoin doctor says that all is well"),
    ]


def _beats(story: Story, seen: Seen) -> Iterator[Finding]:
    done = len(story.beats) - len(seen.late)
    yield Finding(not seen.late, f"{done} of {len(story.beats)} deeds of the cast came to pass")
    for beat in seen.late:
        yield Finding(False, f"waited for in vain: {beat.deed}")


def _cases(story: Story) -> Iterator[Finding]:
    stand = {
        (name, session): (state, outcome)
        for name, session, state, outcome in select(CASES, [story.begins_at])
    }
    wanted = {(each.patient, each.session): (each.state, each.outcome) for each in story.cases}
    right = [key for key, how in wanted.items() if stand.get(key) == how]
    yield Finding(len(right) == len(wanted), f"{len(right)} of {len(wanted)} cases stand as they should")
    for key, how in wanted.items():
        if stand.get(key) != how:
            yield Finding(False, f"{key[0]}, {key[1]}: {_said(stand.get(key))}, and should be {_said(how)}")
    for name, session in stand.keys() - wanted.keys():
        yield Finding(False, f"{name}, {session}: has a case and should have none")


def _said(how: tuple[str, str] | None) -> str:
    if how is None:
        return "no case"
    state, outcome = how
    return f"{STATE[state]} ({outcome})" if outcome else STATE[state]


def _seats(story: Story) -> Iterator[Finding]:
    found = dict(select(SEATS, [[session for session, _ in story.recorded]]))
    for session, status in story.recorded:
        holds = found.get(session) == [status.value]
        yield Finding(holds, f"every seat of {session} is {status.value}")


def _reviews(story: Story) -> Finding:
    raised = sorted(select(REVIEWS))
    holds = raised == sorted(story.reviews)
    told = ", ".join(f"{name} {trigger}" for name, trigger in raised) or "none"
    return Finding(holds, f"the reviews that the policies ask for are raised: {told}")


def _messages(home: Home) -> Iterator[Finding]:
    """What vendors took is what we say went out: each once, and nothing after a STOP."""
    went_out = dict(select(WENT_OUT))
    ledgers = {"sms": home.sms_ledger, "email": home.mail_ledger, "push": home.push_ledger}
    for channel, ledger in ledgers.items():
        count = len(taken(ledger))
        holds = count == went_out.get(channel, 0) and not taken_twice(ledger)
        yield Finding(
            holds, f"{channel}: vendors took {count}, we say {went_out.get(channel, 0)}, none twice"
        )
    yield Finding(not _after_stop(home), "no text went to anybody who had said STOP")


def _after_stop(home: Home) -> list[str]:
    stopped: set[str] = set()
    after: list[str] = []
    for entry in Ledger(home.sms_ledger).entries():
        if entry.kind == "opted_out":
            stopped.add(entry.address)
        elif entry.kind == "taken" and entry.address in stopped:
            after.append(entry.address)
    return after


def _quiet_hours() -> Finding:
    ((count,),) = select(IN_THE_NIGHT)
    return Finding(count == 0, "no message left in the quiet hours where its patient lives")


def _doors(seen: Seen) -> Finding:
    """Every webhook was taken or turned away for its signature, and what was turned away was counted."""
    ((counted,),) = select(TURNED_AWAY)
    refused = seen.answers.get(401, 0)
    holds = seen.answers.keys() <= {200, 401} and refused == counted
    return Finding(
        holds, f"{seen.answers.get(200, 0)} room webhooks taken in, {refused} forged ones turned away"
    )
