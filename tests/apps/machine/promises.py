"""What the engine promises whatever happens, each asked of the database or of what really went out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from rejoin.attendance.facts import gather_seats
from rejoin.common.rows import select
from rejoin.domain.attendance import decide_outcome
from rejoin.domain.kernel import local_day
from rejoin.followup.models import Case
from rejoin.people.models import Consent
from rejoin.programs.books import books_of
from rejoin.programs.models import Enrolment
from rejoin.programs.sessions import sessions_of
from tests.apps.machine.vendor import Taken

NEVER: Mapping[str, str] = {
    "two cases of one seat": "SELECT seat_id FROM followup_case GROUP BY 1 HAVING count(*) > 1",
    "a closed case without an ending": "SELECT id FROM followup_case WHERE state = 'closed' AND final_outcome = ''",
    "a rung left open in a closed case": """
        SELECT step.id, step.rule FROM followup_step AS step JOIN followup_case AS "case" ON "case".id = step.case_id
         WHERE "case".state = 'closed' AND step.origin = 'ladder' AND step.ended_at IS NULL""",
    "an ending that software decided": """
        SELECT id, final_outcome FROM followup_case WHERE closed_by LIKE 'system:%%'
           AND final_outcome NOT IN ('back', 'reversed', 'left_program')""",
    "an elevated case that ended with nobody's word on how she is": """
        SELECT id, final_outcome FROM followup_case AS "case"
         WHERE state = 'closed' AND elevated AND final_outcome NOT IN ('reversed', 'left_program')
           AND NOT EXISTS (SELECT FROM followup_disposition AS said WHERE said.case_id = "case".id)""",
    "a place that software ended": "SELECT id FROM programs_enrolment WHERE ended_by LIKE 'system:%%'",
    "a review that software decided": """
        SELECT id FROM followup_reviewevent WHERE turn = 'decided' AND "by" NOT LIKE 'staff:%%'""",
    "a finding that nobody signed": "SELECT id FROM followup_disposition WHERE \"by\" NOT LIKE 'staff:%%'",
    "a person's step without a role or a time": """
        SELECT id FROM followup_step WHERE ended_at IS NULL AND actor <> 'system'
           AND (actor <> ALL(%(roles)s) OR due_at IS NULL OR deadline IS NULL)""",
    "a step that ended by itself": "SELECT id FROM followup_step WHERE ended_at IS NOT NULL AND ended_by = ''",
    "a message without an event": """
        SELECT message.id FROM outreach_message AS message WHERE state <> 'queued' AND NOT EXISTS (
            SELECT FROM outreach_messageevent AS event
             WHERE event.message_id = message.id AND event.state = message.state)""",
}
"""By what is wrong: a question whose answer is empty."""

AT_REST: Mapping[str, str] = {
    "a missed seat without a case": """
        SELECT status.seat_id FROM attendance_seatstatus AS status
          JOIN programs_policyversion AS policy ON policy.id = status.policy_id
          JOIN programs_seat AS seat ON seat.id = status.seat_id
         WHERE status.status = ANY(policy.opens_on) AND seat.released_at IS NULL
           AND NOT EXISTS (SELECT FROM followup_case AS "case" WHERE "case".seat_id = status.seat_id)""",
    "a case that runs without a miss": """
        SELECT "case".id FROM followup_case AS "case" JOIN attendance_seatstatus AS status USING (seat_id)
          JOIN programs_policyversion AS policy ON policy.id = status.policy_id
          JOIN programs_seat AS seat ON seat.id = status.seat_id
         WHERE "case".state <> 'closed' AND (status.status <> ALL(policy.opens_on) OR seat.released_at IS NOT NULL)""",
    "a message that waits for a case that does not run": """
        SELECT message.id FROM outreach_message AS message
          JOIN followup_case AS "case" ON message.about = 'case:' || "case".id
         WHERE message.state = 'queued' AND "case".state <> 'open'""",
    "an elevated case in which nobody is asked how she is": """
        SELECT id FROM followup_case AS "case" WHERE state = 'stopped' AND elevated
           AND NOT EXISTS (SELECT FROM followup_disposition AS said WHERE said.case_id = "case".id)
           AND NOT EXISTS (SELECT FROM followup_step AS step WHERE step.case_id = "case".id
                            AND step.actor = 'clinician' AND step.ended_at IS NULL)""",
    "a case with nothing to do and nothing to wait for": """
        SELECT id FROM followup_case AS "case" WHERE state = 'open' AND next_look_at IS NULL
           AND NOT EXISTS (SELECT FROM followup_step AS step
                            WHERE step.case_id = "case".id AND step.ended_at IS NULL)
           AND EXISTS (SELECT FROM followup_step AS step WHERE step.case_id = "case".id
                        AND step.state = 'cancelled')""",
    "a message whose fate nobody is asked to find out": """
        SELECT message.id FROM outreach_message AS message
          JOIN followup_case AS "case" ON message.about = 'case:' || "case".id
         WHERE message.state = 'unknown' AND "case".state <> 'closed' AND NOT EXISTS (
            SELECT FROM followup_step AS step WHERE step.case_id = "case".id
               AND step.rule = 'unknown_send:' || split_part(message.key, ':', 3))""",
    "words of a patient that nobody is asked to read": """
        SELECT reply.id FROM outreach_reply AS reply
         WHERE reply.meaning = 'reply'
           AND EXISTS (SELECT FROM followup_case AS "case" WHERE "case".patient_id = reply.patient_id
                        AND "case".state <> 'closed' AND "case".noticed_at < reply.at)
           AND NOT EXISTS (SELECT FROM followup_step AS step WHERE step.rule = 'reply:' || reply.id)""",
}

ROLES = """
SELECT unnest(ARRAY['cofacilitator', 'counselor', 'therapist', 'coordinator', 'outreach_worker', 'supervisor',
                    'clinician', 'facilitator', 'director', 'team'])
"""


def broken(promises: Mapping[str, str]) -> list[str]:
    """The promises that do not hold, with the rows that break them."""
    roles = [row[0] for row in select(ROLES)]
    found = {name: select(question, {"roles": roles}) for name, question in promises.items()}
    return [f"{name}: {rows}" for name, rows in found.items() if rows]


class Facts:
    """Rows of the tables that are only appended to, as they were when they were first seen."""

    def __init__(self) -> None:
        tables = select(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only' ORDER BY 1"
        )
        self._question = " UNION ALL ".join(
            f"SELECT '{table}', id::text, md5(row::text) FROM {table} AS row" for (table,) in tables
        )
        self._seen: dict[tuple[str, str], str] = {}

    def changed(self) -> list[str]:
        now = {(table, key): digest for table, key, digest in select(self._question)}
        lost = [
            f"{table} {key}" for (table, key), digest in self._seen.items() if now.get((table, key)) != digest
        ]
        self._seen = now
        return lost


Standing = Mapping[str, list[tuple[object, ...]]]


def standing() -> Standing:
    """Everything the engine decides, without its own notes of when to look."""
    return {name: select(question) for name, question in STANDING.items()}


def difference(before: Standing, after: Standing) -> list[str]:
    """The rows that are not the same."""
    return [
        f"{name}: {row}"
        for name in before
        for sign, rows, others in (("-", before, after), ("+", after, before))
        for row in (f"{sign} {each}" for each in rows[name] if each not in others[name])
    ]


STANDING = {
    "statuses": """
        SELECT seat_id, number, status, provisional, attested, digest FROM attendance_seatstatus ORDER BY 1""",
    "outcomes": "SELECT seat_id, number, status, told::text FROM attendance_outcome ORDER BY 1, 2",
    "cases": """
        SELECT id, seat_id, elevated, owner_id, state, stopped_at, stopping, closed_at, closed_by, final_outcome,
               first_attempt_by, first_attempt_at, next_step, next_due_at, next_look_at
          FROM followup_case ORDER BY 1""",
    "turns": "SELECT id, case_id, turn, reason FROM followup_caseevent ORDER BY 1",
    "steps": """
        SELECT id, case_id, rule, actor, owner_id, channels, due_at, deadline, state, ended_at, ended_by
          FROM followup_step ORDER BY 1""",
    "attempts": "SELECT id, case_id, step_id, outcome FROM followup_attempt ORDER BY 1",
    "messages": "SELECT id, key, state, not_before, error FROM outreach_message ORDER BY 1",
    "reviews": "SELECT id, trigger, fired_at FROM followup_review ORDER BY 1",
    "review turns": "SELECT id, review_id, turn FROM followup_reviewevent ORDER BY 1",
    "promises": "SELECT id, promise_id, kept FROM followup_promiseoutcome ORDER BY 1",
}


def wrongly_told(taken: Iterable[Taken]) -> list[str]:
    """Messages that should not have gone out by what was known in the moment they did."""
    return [f"{each.key}: {why}" for each in taken for why in _against(each)]


def _against(taken: Taken) -> list[str]:
    if not taken.key.startswith("case:"):
        return []
    case = Case.objects.select_related("patient", "program").get(pk=int(taken.key.split(":")[1]))
    return [why for why, holds in _REASONS.items() if holds(case, taken)]


def _asleep(case: Case, taken: Taken) -> bool:
    quiet = (
        books_of([case.program_id])[case.program_id]
        .in_force(local_day(taken.at, ZoneInfo("UTC")))
        .outreach.quiet_hours
    )
    if quiet is None or taken.channel not in quiet.applies_to:
        return False
    clock = taken.at.astimezone(ZoneInfo(case.patient.timezone)).time()
    if quiet.from_at <= quiet.until_at:
        return quiet.from_at <= clock < quiet.until_at
    return clock >= quiet.from_at or clock < quiet.until_at


def _did_not_allow_it(case: Case, taken: Taken) -> bool:
    """The latest word on the channel; of two in one instant the no. Silence allows what needs no consent."""
    words = Consent.objects.filter(
        patient=case.patient, channel=taken.channel, contact=None, purpose="messages", at__lte=taken.at
    )
    latest = max(words, key=lambda each: (each.at, not each.granted), default=None)
    if latest is None:
        return taken.channel in ("sms", "voice_auto")
    return not latest.granted or (latest.until_at is not None and latest.until_at <= taken.at)


def _had_left(case: Case, taken: Taken) -> bool:
    today = local_day(taken.at, ZoneInfo(case.program.timezone))
    places = Enrolment.objects.filter(patient=case.patient, program=case.program, ended_at__isnull=True)
    return all(each.until_on is not None and each.until_on < today for each in places)


def _had_not_missed_it(case: Case, taken: Taken) -> bool:
    """Decided anew from everything that is written down, whatever the engine last made of it."""
    found = sessions_of([case.session_id])
    (program, session) = found[case.session_id]
    policy = books_of([program])[program].in_force(
        local_day(session.starts_at, ZoneInfo(case.program.timezone))
    )
    seats = gather_seats({case.session_id: replace(session)}, now=taken.at)
    seat = next((each for each in seats if each.seat_id == case.seat_id), None)
    if seat is None or case.seat.released_at is not None:
        return True
    outcome = decide_outcome(
        seat.facts, presence_rules=policy.presence, excuse_rules=policy.excuse, now=taken.at
    )
    return outcome.status not in policy.outreach.open_on


def _had_come_back(case: Case, taken: Taken) -> bool:
    rows = select(
        """SELECT FROM rooms_seatevidence AS seen JOIN programs_seat AS seat ON seat.id = seen.seat_id
             JOIN programs_session AS later ON later.id = seat.session_id
            WHERE seat.patient_id = %s AND later.starts_at > %s AND seen.first_join <= %s
              AND later.program_id = %s AND seat.released_at IS NULL
              AND NOT EXISTS (SELECT FROM attendance_mark AS mark WHERE mark.seat_id = seat.id)""",
        [case.patient_id, case.session.starts_at, taken.at, case.program_id],
    )
    return bool(rows) and case.session.ends_at <= taken.at


def _had_been_reached(case: Case, taken: Taken) -> bool:
    return case.attempts.filter(
        outcome="contact", made_at__gte=case.session.starts_at, made_at__lte=taken.at, at__lte=taken.at
    ).exists()


def _had_ended(case: Case, taken: Taken) -> bool:
    return case.closed_at is not None and case.closed_at <= taken.at


def _waits_for_a_reader(case: Case, taken: Taken) -> bool:
    unread = select(
        """SELECT FROM outreach_reply AS reply WHERE reply.patient_id = %s AND reply.meaning = 'reply'
              AND reply.at <= %s AND NOT EXISTS (
                  SELECT FROM outreach_replyreading AS reading WHERE reading.reply_id = reply.id)""",
        [case.patient_id, taken.at],
    )
    return bool(unread)


_REASONS: Mapping[str, Callable[[Case, Taken], bool]] = {
    "in quiet hours where she is": _asleep,
    "without her consent": _did_not_allow_it,
    "after she had left the program": _had_left,
    "after it was known that she had not missed it": _had_not_missed_it,
    "after she had come back": _had_come_back,
    "after somebody had reached her": _had_been_reached,
    "after the case had ended": _had_ended,
    "while words of hers wait for a reader": _waits_for_a_reader,
}


def sent_twice(taken: Iterable[Taken]) -> list[str]:
    """Keys, and rungs by one channel, that went out more than once."""
    keys: dict[str, int] = {}
    for each in taken:
        rung = ":".join(each.key.split(":")[:3]) + f" by {each.channel}"
        for name in (each.key, rung):
            keys[name] = keys.get(name, 0) + 1
    return [name for name, times in keys.items() if times > 1]


def asks_again(now: datetime) -> None:
    """Has everything looked at once more, as if nobody ever had."""
    for statement in (
        "UPDATE attendance_watch SET next_look_at = %s WHERE looked_at IS NOT NULL",
        "UPDATE followup_case SET next_look_at = %s",
        "UPDATE followup_patientwatch SET next_look_at = %s",
    ):
        select(statement + " RETURNING 1", [now])
    select("UPDATE attendance_seatstatus SET acted_on = false RETURNING 1")
    select("UPDATE outreach_message SET acted_on = false RETURNING 1")
