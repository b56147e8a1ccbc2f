"""Questions to a run that has ended whose answer must be "none", asked of the tables themselves and of the vendor."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.policy.document import QuietHours
from rejoin.domain.policy.ladder import release_from_quiet
from rejoin.fakes.ledger import taken, taken_twice
from tests.faults.times import ProgramClock

NONE_OF: dict[str, str] = {
    "a miss without a case": """
        SELECT status.seat_id FROM attendance_seatstatus AS status JOIN programs_policyversion AS policy ON policy.id = status.policy_id
         WHERE status.status = ANY(policy.opens_on)
           AND NOT EXISTS (SELECT FROM followup_case AS "case" WHERE "case".seat_id = status.seat_id)""",
    "two cases of one seat": "SELECT seat_id FROM followup_case GROUP BY 1 HAVING count(*) > 1",
    "a case of a patient who was there, still open": """
        SELECT "case".id FROM followup_case AS "case" JOIN attendance_seatstatus AS status USING (seat_id)
         WHERE status.status = 'attended' AND "case".state = 'open'""",
    "a status that is not the latest outcome": """
        SELECT status.seat_id FROM attendance_seatstatus AS status
          JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number =
               (SELECT max(number) FROM attendance_outcome AS each WHERE each.seat_id = status.seat_id)
         WHERE outcome.number <> status.number OR outcome.status <> status.status""",
    "a seat of a session that is over, without a status": """
        SELECT seat.id FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
         WHERE seat.released_at IS NULL AND session.ends_at <= rejoin_now()
           AND NOT EXISTS (SELECT FROM attendance_seatstatus AS status WHERE status.seat_id = seat.id AND NOT status.provisional)""",
    "a patient in two sessions at once": """
        SELECT one.id FROM programs_seat AS one JOIN programs_session AS first ON first.id = one.session_id
          JOIN programs_seat AS other ON other.patient_id = one.patient_id AND other.id > one.id AND other.released_at IS NULL
          JOIN programs_session AS second ON second.id = other.session_id
         WHERE one.released_at IS NULL AND first.held = 'scheduled' AND second.held = 'scheduled'
           AND first.starts_at < second.ends_at AND second.starts_at < first.ends_at""",
    "a leader in two sessions at once": """
        SELECT one.id FROM programs_sessionstaff AS one JOIN programs_session AS first ON first.id = one.session_id
          JOIN programs_sessionstaff AS other ON other.staff_id = one.staff_id AND other.id > one.id AND other.released_at IS NULL
          JOIN programs_session AS second ON second.id = other.session_id
         WHERE one.released_at IS NULL AND first.held = 'scheduled' AND second.held = 'scheduled'
           AND first.starts_at < second.ends_at AND second.starts_at < first.ends_at""",
    "seats miscounted": """
        SELECT session.id FROM programs_session AS session WHERE session.seats_taken <>
               (SELECT count(*) FROM programs_seat AS seat WHERE seat.session_id = session.id AND seat.released_at IS NULL)""",
    "a step on nobody's list": """
        SELECT step.id FROM followup_step AS step WHERE step.ended_at IS NULL
           AND (step.due_at IS NULL OR step.deadline IS NULL OR (step.owner_id IS NULL AND step.actor = ''))""",
    "a message that nobody sees and that goes nowhere": """
        SELECT message.id, message.state FROM outreach_message AS message
         WHERE message.state = 'sending' OR (message.state = 'queued' AND message.not_before <= rejoin_now())
            OR (message.state = 'unknown' AND NOT EXISTS (
                SELECT FROM followup_step AS step WHERE 'case:' || step.case_id = message.about
                   AND step.origin = 'unknown_send' AND step.ended_at IS NULL))""",
    "a message of a case that was never heard of": """
        SELECT id FROM outreach_message WHERE NOT acted_on AND about LIKE 'case:%%'""",
    "an answer to a reply that the owner never saw": """
        SELECT id FROM outreach_message WHERE NOT acted_on AND about NOT LIKE 'case:%%'""",
    "a text that left and is no attempt": """
        SELECT message.id FROM outreach_message AS message WHERE message.state IN ('sent', 'delivered')
           AND message.about LIKE 'case:%%'
           AND NOT EXISTS (SELECT FROM followup_attempt AS attempt WHERE attempt.message_id = message.id)""",
    "an attempt by a text that did not leave": """
        SELECT attempt.id FROM followup_attempt AS attempt JOIN outreach_message AS message ON message.id = attempt.message_id
         WHERE message.state NOT IN ('sent', 'delivered', 'failed')""",
    "a message whose states do not end in its state": """
        SELECT message.id FROM outreach_message AS message WHERE message.state <> 'queued' AND message.state <>
               (SELECT state FROM outreach_messageevent AS event WHERE event.message_id = message.id ORDER BY event.id DESC LIMIT 1)""",
    "something left unread": """
        SELECT 'event', id FROM rooms_rawevent WHERE state IN ('new', 'failed', 'unreadable')
         UNION ALL SELECT 'delivery', id FROM outreach_vendordelivery WHERE read_at IS NULL
         UNION ALL SELECT 'revisit', id FROM rooms_revisit WHERE at <= rejoin_now()
         UNION ALL SELECT 'status', seat_id FROM attendance_seatstatus WHERE NOT acted_on
         UNION ALL SELECT 'session', session_id FROM attendance_watch WHERE next_look_at <= rejoin_now()
         UNION ALL SELECT 'case', id FROM followup_case WHERE next_look_at <= rejoin_now()""",
    "something that failed": """
        SELECT 'session', session_id, error FROM attendance_watch WHERE failures > 0
         UNION ALL SELECT 'case', id, error FROM followup_case WHERE failures > 0
         UNION ALL SELECT 'patient', patient_id, error FROM followup_patientwatch WHERE failures > 0
         UNION ALL SELECT 'program', program_id, error FROM insights_postponed WHERE failures > 0
         UNION ALL SELECT 'delivery', id, error FROM outreach_vendordelivery WHERE tries > 0
         UNION ALL SELECT 'event', id, error FROM rooms_rawevent WHERE tries > 0""",
    "a reply that nobody has to read": """
        SELECT reply.id FROM outreach_reply AS reply WHERE reply.meaning = 'reply' AND reply.patient_id IS NOT NULL
           AND EXISTS (SELECT FROM followup_case AS "case" WHERE "case".patient_id = reply.patient_id AND "case".state <> 'closed')
           AND NOT EXISTS (SELECT FROM outreach_replyreading AS reading WHERE reading.reply_id = reply.id)
           AND NOT EXISTS (SELECT FROM followup_step AS step WHERE step.rule = 'reply:' || reply.id)""",
    "STOP that is not obeyed": """
        SELECT reply.id FROM outreach_reply AS reply WHERE reply.meaning = 'stop' AND reply.patient_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM people_consent AS said WHERE said.patient_id = reply.patient_id AND NOT said.granted
                              AND said.source = 'reply' AND said.at >= reply.at)""",
    # What a machine or a person did is in the trail, each with an event of its own.
    "an outcome without an event": """
        SELECT outcome.id FROM attendance_outcome AS outcome
         WHERE outcome.number > (SELECT count(*) FROM audit_event AS event
                                  WHERE event.verb = 'attendance.decide' AND event.subject = 'seat:' || outcome.seat_id)""",
    "a case without an event": """
        SELECT id FROM followup_case AS "case" WHERE NOT EXISTS (
            SELECT FROM audit_event AS event WHERE event.verb = 'followup.open_cases' AND event.subject = 'case:' || "case".id)""",
    "a message's turn without an event": """
        SELECT message_id FROM outreach_messageevent GROUP BY message_id HAVING count(*) <> (
            SELECT count(*) FROM audit_event AS event
             WHERE event.verb = 'outreach.move' AND event.subject = 'message:' || message_id)""",
    "a deed of the staff's without an event": """
        SELECT verb, subject, made, told FROM (
            SELECT 'followup.record_attempt' AS verb, 'case:' || case_id AS subject, count(*) AS made FROM followup_attempt
             WHERE "by" LIKE 'staff:%%' GROUP BY 2
            UNION ALL SELECT 'followup.promise', 'case:' || case_id, count(*) FROM followup_promisedreturn GROUP BY 2
            UNION ALL SELECT 'followup.dispose', 'case:' || case_id, count(*) FROM followup_disposition GROUP BY 2
            UNION ALL SELECT 'attendance.notice', 'seat:' || seat_id, count(*) FROM attendance_notice GROUP BY 2
        ) AS done CROSS JOIN LATERAL (
            SELECT count(*) AS told FROM audit_event AS event WHERE event.verb = done.verb AND event.subject = done.subject
        ) AS trail WHERE made <> told""",
    "a mark without an event": """
        SELECT seat_id FROM attendance_mark AS mark GROUP BY 1 HAVING count(*) <> (
            SELECT count(*) FROM audit_event AS event WHERE event.subject = 'seat:' || mark.seat_id
               AND event.verb IN ('attendance.mark', 'attendance.attest'))""",
    "a consent by text without an event": """
        SELECT patient_id FROM people_consent AS said WHERE source = 'reply' GROUP BY 1 HAVING count(*) > (
            SELECT count(*) FROM audit_event AS event WHERE event.patient_ref = said.patient_id
               AND event.verb IN ('people.record_stop', 'people.record_consent'))""",
}
# The last time a text was claimed, and what she had said by then: by the program's clock, and by the order in
# which it was really committed, whatever a clock that was put back made of it. What she said in the very moment
# of a claim may come too late for it: in the same step of the clock, or in the same seconds, of which any word counts.
SENT = """
SELECT message.key, message.channel, message.quiet_from, message.quiet_until, patient.timezone, claim.at,
       (SELECT said.granted FROM people_consent AS said
         WHERE said.patient_id = message.patient_id AND said.channel = message.channel AND said.contact_id IS NULL
           AND said.purpose = 'messages' AND (said.at < claim.at OR (said.at = claim.at AND message.about LIKE 'reply:%%'))
         ORDER BY said.at DESC, said.granted LIMIT 1),
       coalesce((SELECT bool_or(said.granted) FROM (
            SELECT *, coalesce(pg_xact_commit_timestamp(xmin), '-infinity') AS committed_at,
                   lead(coalesce(pg_xact_commit_timestamp(xmin), '-infinity')) OVER (
                       PARTITION BY patient_id, channel, contact_id, purpose ORDER BY pg_xact_commit_timestamp(xmin) NULLS FIRST, id
                   ) AS replaced_at
              FROM people_consent) AS said
         WHERE said.patient_id = message.patient_id AND said.channel = message.channel AND said.contact_id IS NULL
           AND said.purpose = 'messages' AND said.committed_at <= claim.committed_at
           AND (said.replaced_at IS NULL OR said.replaced_at > claim.committed_at - interval '5 seconds')),
           message.about LIKE 'reply:%%'),
       (SELECT array_agg(address.normal) FROM people_address AS address WHERE address.patient_id = message.patient_id)
  FROM outreach_message AS message
  JOIN people_patient AS patient ON patient.id = message.patient_id
  JOIN LATERAL (SELECT at, pg_xact_commit_timestamp(xmin) AS committed_at FROM outreach_messageevent AS event
                 WHERE event.message_id = message.id AND event.state = 'sending' ORDER BY id DESC LIMIT 1) AS claim ON true
 WHERE message.key = ANY(%s)
"""


def find_breaches(ledger: Path, clock: ProgramClock) -> list[str]:
    """Everything that must not be, in words; empty for a run in which nothing went wrong."""
    found = [f"{what}: {rows[:5]} ({len(rows)})" for what, sql in NONE_OF.items() if (rows := select(sql))]
    found += [f"a text went out {times} times: {key}" for key, times in taken_twice(ledger).items()]
    found += _breaches_of_texts(ledger, clock)
    return found


def _breaches_of_texts(ledger: Path, clock: ProgramClock) -> Iterator[str]:
    texts = taken(ledger)
    rows: dict[str, tuple[Any, ...]] = {row[0]: row for row in select(SENT, [[each.key for each in texts]])}
    for each in texts:
        if each.key not in rows:
            yield f"a text went out that is in no book: {each.key}"
            continue
        _, channel, begins, ends, zone, claimed_at, granted, granted_really, numbers = rows[each.key]
        if each.address not in (numbers or ()):
            yield f"a text went to somebody else: {each.key}"
        if granted is not True:
            yield f"a text went out without consent: {each.key}"
        if granted_really is not True:
            yield f"a text went out after STOP was written down: {each.key}"
        if begins is None:
            continue
        quiet = QuietHours(from_at=begins, until_at=ends, applies_to=frozenset({channel}))
        # Where the clock was put back while it was on its way, the claim's own instant counts.
        taken_at = clock.shown_at(datetime.fromisoformat(each.at))
        for at in (claimed_at, max(taken_at, claimed_at)):
            if release_from_quiet(at, quiet=quiet, zone=ZoneInfo(zone)) != at:
                yield f"a text went out in quiet hours: {each.key} at {at}"
