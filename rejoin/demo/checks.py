"""What the story is held to: the demo is a check as well, and ends with 0 only when all of this holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rejoin.common.rows import select
from rejoin.demo.homes import Home
from rejoin.demo.scores import ASKED, ASKS
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
# What came due since the story began: whether it was opened again because its session was missed, and whether it is answered.
MEASURED: Final = """
SELECT patient.name, due.instrument,
       again.id IS NOT NULL AND EXISTS (SELECT FROM attendance_seatstatus AS status JOIN programs_policyversion AS policy ON policy.id = status.policy_id
                           WHERE status.seat_id = due.seat_id AND status.status = ANY(policy.opens_on)), sheet.id IS NOT NULL
  FROM insights_due AS due JOIN people_patient AS patient ON patient.id = due.patient_id
  LEFT JOIN insights_reopening AS again ON again.due_id = due.id LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
 WHERE due.at >= %s ORDER BY due.id
"""
NIGHTS: Final = """
SELECT (SELECT count(DISTINCT instrument) FROM insights_progressfit WHERE parameters IS NOT NULL),
       coalesce((SELECT ranked FROM insights_riskrun AS run JOIN programs_program AS program ON program.id = run.program_id
                  WHERE program.slug = %s ORDER BY run.id DESC LIMIT 1), 0),
       (SELECT coalesce(bool_or(calibrated), false) FROM insights_riskrun)
"""
# In the weeks before: answered outside of the session they came with, and gaps with their reason.
WEEKS_BEFORE: Final = """
SELECT (SELECT count(*) FROM insights_reopening AS again JOIN insights_sheet AS sheet USING (due_id) WHERE again.at < %(since)s),
       (SELECT count(*) FROM insights_ending WHERE how <> 'answered' AND at < %(since)s),
       (SELECT count(*) FROM insights_sheet WHERE is_concern)
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
        *check_measures(story),
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


def check_measures(story: Story) -> list[Finding]:
    """What was measured, what went by with a session, and what the engine makes of it."""
    return [*_measured(story), *_estimates(story)]


def _measured(story: Story) -> Iterator[Finding]:
    """Of each of those measures: due, missed with its session, opened again, answered."""
    stand = {(name, measure): how for name, measure, *how in select(MEASURED, [story.begins_at])}
    wanted = {(each.patient, each.measure): [each.missed, each.answered] for each in story.measured}
    right = [key for key, how in wanted.items() if stand.get(key) == how]
    missed = sum(each.missed for each in story.measured)
    yield Finding(
        len(right) == len(wanted),
        f"{len(right)} of {len(wanted)} measures stand as they should: {missed} went by with the session and were opened again",
    )
    for key in wanted.keys() - set(right):
        yield Finding(
            False, f"{key[0]}, {key[1]}: {_due_said(stand.get(key))}, and should be {_due_said(wanted[key])}"
        )


def _due_said(how: Sequence[bool] | None) -> str:
    if how is None:
        return "not due"
    missed, answered = how
    return f"{'open again' if missed else 'due'}, {'answered' if answered else 'not answered'}"


def _estimates(story: Story) -> Iterator[Finding]:
    """What the engine made of the weeks before in its own night, and that nobody was asked for in them."""
    ((later, gaps, concerns),) = select(WEEKS_BEFORE, {"since": story.begins_at})
    yield Finding(
        later > 0 and gaps > 0 and concerns == 0,
        f"in the weeks before {later} measures were answered after a missed session, {gaps} are gaps with their reason",
    )
    ((fits, ranked, calibrated),) = select(NIGHTS, [ASKS])
    yield Finding(
        fits == len(ASKED) and ranked > 0 and not calibrated,
        f"{fits} curves are fitted over the program, {ranked} patients are ranked, and there is no percentage yet",
    )


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
