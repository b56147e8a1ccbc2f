"""How a day ended, told so that two runs can be compared: by natural keys, without times of the clock's or rows' own numbers.

What is left out, and why. Everything else has to be equal.

- Instants at which something was written, and counters of tries: faults delay, and are tried again.
- Rows' numbers, and what is named after them ("reply:12", "promise:3"): a transaction that was rolled back
  uses numbers up. Seats, replies and promises are named by whose they are and their order instead.
- Outcomes before the last one of each seat, and how often a case turned: who reads a join and a leave in two
  batches instead of one decides twice, with the same end.
- Steps "unknown_send" that have ended: they are what the product does when a vendor's answer is lost, and
  only there is one to do. One that is still open is told: then nobody ever found out.
- Escalations that were withdrawn: whether one was raised at all depends on whether anybody looked between a
  step's deadline and what made it needless, and the clock of a run with faults stands at more instants.
- Racers (`script`): what became of texts that were on their way out while STOP came in.
- "sent" beside "delivered" is told as "left": a vendor's report that comes before our own note of the answer
  moves a text from "sending" to "delivered" at once. What the reports said in the end is compared by itself.
"""

from rejoin.common.rows import select

# Seats are called by their session, their patient and, where she was seated again, which time.
NAMED = """
WITH named AS (
    SELECT seat.id, patient.id AS patient_id, session.external_id || '/' || patient.external_id || '/' ||
           row_number() OVER (PARTITION BY seat.session_id, seat.patient_id ORDER BY seat.id) AS name
      FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
      JOIN people_patient AS patient ON patient.id = seat.patient_id
), replied AS (
    SELECT reply.id, patient.external_id || ':' ||
           row_number() OVER (PARTITION BY reply.patient_id ORDER BY reply.at, reply.text, reply.id) AS name
      FROM outreach_reply AS reply LEFT JOIN people_patient AS patient ON patient.id = reply.patient_id
), cases AS (
    SELECT "case".*, named.name FROM followup_case AS "case" JOIN named ON named.id = "case".seat_id
), steps AS (
    SELECT step.id, step.case_id, cases.patient_id, cases.name,
           CASE step.origin
                WHEN 'reply' THEN 'reply:' || (SELECT name FROM replied WHERE id = split_part(step.rule, ':', 2)::bigint)
                WHEN 'promise' THEN 'promise'
                WHEN 'escalation' THEN regexp_replace(regexp_replace(step.rule, 'promise:\\d+', 'promise'), 'reply:\\d+', 'reply')
                ELSE step.rule END AS rule,
           step.origin, step.actor, step.owner_id, step.to, step.channels, step.state
      FROM followup_step AS step JOIN cases ON cases.id = step.case_id
)
"""
PARTS: dict[str, str] = {
    "seats": """
        SELECT named.patient_id, named.name, seat.release_reason, seat.occupies, seat.booked, status.status,
               status.provisional, status.attested, outcome.told ->> 'minutes', outcome.told ->> 'first_join',
               outcome.told -> 'flags', seen.presence
          FROM named JOIN programs_seat AS seat USING (id) LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
          LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = seat.id AND outcome.number = status.number
          LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id""",
    "sessions": """
        SELECT NULL, session.external_id, session.held, session.starts_at, session.ends_at,
               seen.watched, seen.sources, seen.stale
          FROM programs_session AS session LEFT JOIN rooms_sessionevidence AS seen ON seen.session_id = session.id""",
    "strangers": """
        SELECT stranger.patient_id, session.external_id, stranger.display, stranger.ref, stranger.joined_at, stranger.left_at,
               stranger.gone FROM rooms_stranger AS stranger JOIN programs_session AS session ON session.id = stranger.session_id""",
    "marks": """
        SELECT named.patient_id, named.name, mark.status, mark.reason, mark.by, mark.corrects_id IS NULL
          FROM attendance_mark AS mark JOIN named ON named.id = mark.seat_id""",
    "notices": """
        SELECT named.patient_id, named.name, notice.reason, notice.via, notice.by
          FROM attendance_notice AS notice JOIN named ON named.id = notice.seat_id""",
    "cases": """
        SELECT patient_id, name, opened_at, elevated, owner_id, state, stopping, final_outcome,
               regexp_replace(regexp_replace(next_step, 'reply:\\d+', 'reply'), 'promise:\\d+', 'promise'),
               promised_at, first_attempt_by, first_attempt_at IS NULL, closed_by, failures, error FROM cases""",
    "steps": """
        SELECT patient_id, name, rule, origin, actor, owner_id, steps.to, channels, state FROM steps
         WHERE (origin <> 'unknown_send' OR state = 'due') AND NOT (origin = 'escalation' AND state = 'cancelled')""",
    "attempts": """
        SELECT attempt.patient_id, cases.name, steps.rule, attempt.channel, attempt.outcome, attempt.to, attempt.by
          FROM followup_attempt AS attempt JOIN cases ON cases.id = attempt.case_id LEFT JOIN steps ON steps.id = attempt.step_id""",
    "promises": """
        SELECT promise.patient_id, cases.name, promise.promised_at, promise.by, outcome.kept
          FROM followup_promisedreturn AS promise JOIN cases ON cases.id = promise.case_id
          LEFT JOIN followup_promiseoutcome AS outcome ON outcome.promise_id = promise.id""",
    "dispositions": """
        SELECT each.patient_id, cases.name, each.result, each.by FROM followup_disposition AS each
          JOIN cases ON cases.id = each.case_id""",
    "reviews": """
        SELECT review.patient_id, review.program_id, review.trigger, review.fired_at, cardinality(review.sessions),
               review.then, review.decided_by_role,
               (SELECT turn FROM followup_reviewevent AS event WHERE event.review_id = review.id ORDER BY event.id DESC LIMIT 1)
          FROM followup_review AS review""",
    "messages": """
        SELECT message.patient_id, coalesce(cases.name, 'answer'), split_part(message.key, ':', 3), split_part(message.key, ':', 4),
               message.channel, message.template, message.language, message.body,
               CASE WHEN message.state IN ('sent', 'delivered') THEN 'left' ELSE message.state END, message.error
          FROM outreach_message AS message
          LEFT JOIN cases ON message.about = 'case:' || cases.id""",
    "delivered": """
        SELECT message.patient_id, coalesce(cases.name, 'answer'), message.state
          FROM outreach_message AS message LEFT JOIN cases ON message.about = 'case:' || cases.id
         WHERE message.state IN ('sent', 'delivered')""",
    "consents": """
        SELECT patient_id, purpose, channel, granted, source, by,
               row_number() OVER (PARTITION BY patient_id, channel ORDER BY at, id) FROM people_consent""",
    "replies": "SELECT reply.patient_id, reply.meaning, reply.text, reply.by, reading.by "
    "FROM outreach_reply AS reply LEFT JOIN outreach_replyreading AS reading ON reading.reply_id = reply.id",
    "flags": "SELECT patient_id, code, raised_by, ended_by FROM people_flag",
    "places": "SELECT patient_id, program_id, group_id, from_on, until_on, ending, ended_by FROM programs_enrolment",
    "deliveries": "SELECT NULL, provider, event_id, state, error FROM rooms_rawevent",
}


def tell_ending(racers: set[int]) -> dict[str, list[str]]:
    """Every part of the end as sorted lines, without the racers'."""
    return {
        part: sorted(" | ".join(map(str, row[1:])) for row in select(NAMED + sql) if row[0] not in racers)
        for part, sql in PARTS.items()
    }
