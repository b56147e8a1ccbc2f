"""What has happened, read from the tables and said in a line each. Nothing here knows the script.

Every kind of fact has its question and its sentence. The demo asks them all again each time and says what it
has not said yet, so that no line depends on when it was asked.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from rejoin.common.rows import select
from rejoin.demo.days import shown_with_day
from rejoin.domain.measures import instrument_called

ACTOR: Final = re.compile(r"staff:\d+")
CALM, MISSING, SENT, PERSON, BACK, ALARM = "", "missing", "sent", "person", "back", "alarm"
"""The tones of lines; each has a colour where there are colours, and none means anything by itself."""


class Told(NamedTuple):
    """One thing that happened: to a patient of a group, or to a session."""

    key: str
    at: datetime
    about: str
    group: str
    text: str
    tone: str = CALM
    short: str = ""
    """The same in a word or two, for the story of a case; "" where it adds nothing to it."""
    place: str = ""
    """Where it is seen in the console: "case:REF", "session:REF", "patient:REF"."""


Say = Callable[["Names", Sequence[Any]], Told | None]

# Whom it is about, in which group, and where that is seen.
WHO = "patient.name, coalesce(circle.name, '1:1'), 'case:' || \"case\".ref"
WHO_SEATED = "patient.name, coalesce(circle.name, '1:1'), 'session:' || session.ref"
OF_CASE = """
  JOIN followup_case AS "case" ON "case".id = it.case_id AND "case".opened_at >= %(since)s
  JOIN programs_session AS session ON session.id = "case".session_id
  JOIN people_patient AS patient ON patient.id = "case".patient_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
"""
OF_SEAT = """
  JOIN programs_seat AS seat ON seat.id = it.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = seat.patient_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
"""
CHANNELS: Final = {
    "sms": "text",
    "email": "e-mail",
    "push": "push notice",
    "secure_message": "secure message",
}
LANGUAGES: Final = {"es": " in Spanish"}
CALLED: Final = {
    "contact": "reached",
    "voicemail": "voicemail",
    "no_answer": "no answer",
    "wrong_number": "wrong number",
    "caregiver_reached": "reached",
    "refused": "she does not want to talk",
}
RAISED: Final = {
    "escalation": "nobody called in time: on {owner} list too",
    "unknown_send": "on {owner} list: find out",
    "send_failed": "could not be sent: on {owner} list",
    "promise": "did not come as promised: on {owner} list",
    "apology": "had been told she was missed: an apology is on {owner} list",
    "disposition": "how is she? On {owner} list",
}
SHORT: Final = {"escalation": "not called in time", "promise": "promise not kept"}
SEEN_TO: Final = {"apology": "{by} has said sorry", "reply": "{by} has read it", "promise": "{by} has called"}
ENDED: Final = {
    "attended": "was there all along: the miss is taken back",
    "partial": "is here: no miss after all",
    "missed": "is here: no miss after all",
    "cancelled": "the session was not held: no miss",
}


@dataclass(slots=True)
class Names:
    """Who "staff:12" is, by name and as people speak of machines."""

    staff: Mapping[int, str] = field(default_factory=dict)
    patients: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "Names":
        return cls(
            staff=dict(select("SELECT id, name FROM people_staff")),
            patients=dict(select("SELECT id, name FROM people_patient")),
        )

    def of(self, actor: str) -> str:
        """Whoever is written beside a fact."""
        kind, _, number = actor.partition(":")
        if kind == "staff":
            return self.staff.get(int(number), "somebody")
        return self.patients.get(int(number), "she") if kind == "patient" else kind

    def owner(self, staff: int | None, role: str) -> str:
        """Whose list something is on: hers, or that of everybody in a role."""
        return f"{self.staff[staff]}'s" if staff is not None else f"the {role.replace('_', ' ')}s'"

    def in_words(self, text: str) -> str:
        """A reason of the platform's, with names in the place of ids."""
        return ACTOR.sub(lambda found: self.of(found.group()), text)


NOTICED = f"""
SELECT "case".id, "case".noticed_at, {WHO}, "case".elevated,
       (SELECT told.told #>> '{{because,0,text}}' FROM attendance_outcome AS told
         WHERE told.seat_id = "case".seat_id AND told.at <= "case".noticed_at ORDER BY told.number DESC LIMIT 1)
  FROM followup_case AS "case"
  JOIN programs_session AS session ON session.id = "case".session_id
  JOIN people_patient AS patient ON patient.id = "case".patient_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE "case".opened_at >= %(since)s ORDER BY "case".id
"""  # noqa: S608 - our own columns


def _noticed(names: Names, row: Sequence[Any]) -> Told:
    number, at, patient, group, place, elevated, why = row
    why = names.in_words(why or "").partition(";")[0]
    text = "is missing" if not why or why.startswith("not seen") else why
    short = "missing" if text == "is missing" else text
    if elevated:
        text, short = f"{text}. ELEVATED", f"{short}, elevated"
    return Told(f"noticed:{number}", at, patient, group, text, ALARM if elevated else MISSING, short, place)


MESSAGES = f"""
SELECT * FROM (
    SELECT it.id, it.at, {WHO}, it."by", it.state, it.error, message.channel, message.language,
           lag(it.state) OVER (PARTITION BY it.message_id ORDER BY it.id),
           EXISTS (SELECT FROM followup_step AS step
                    WHERE step.case_id = "case".id AND step.rule = split_part(message.key, ':', 3)
                      AND step.because @> '[{{"rule": "outreach.quiet_hours"}}]')
      FROM outreach_messageevent AS it
      JOIN outreach_message AS message ON message.id = it.message_id AND message.about LIKE 'case:%%'
      JOIN followup_case AS "case" ON "case".id = split_part(message.about, ':', 2)::bigint
       AND "case".opened_at >= %(since)s
      JOIN programs_session AS session ON session.id = "case".session_id
      JOIN people_patient AS patient ON patient.id = "case".patient_id
      LEFT JOIN programs_group AS circle ON circle.id = session.group_id
) AS events WHERE state NOT IN ('sending', 'queued', 'delivered') ORDER BY id
"""  # noqa: S608 - our own columns


def _message(names: Names, row: Sequence[Any]) -> Told:
    number, at, patient, group, place, by, state, error, channel, language, before, held = row
    what = CHANNELS[channel] + LANGUAGES.get(language, "")
    if state == "sent" and before == "unknown":
        found = "the vendor was asked" if by.startswith("system") else f"{names.of(by)} has found out"
        text, short = f"{found}: the {what} had gone out", "found out: it had gone out"
    elif state == "sent":
        text, short = f"{what} sent", what if channel == "sms" else CHANNELS[channel]
    elif state == "unknown":
        text, short = f"no answer from the vendor: was the {what} sent? Not sent again", f"{what}: no answer"
    else:
        text = short = f"{what} {state}: {error.replace('_', ' ')}" if error else f"{what} {state}"
    if held and before == "sending":
        text = f"quiet hours are over: {text}"
    tone = SENT if state in ("sent", "cancelled") else ALARM
    return Told(f"message:{number}", at, patient, group, text, tone, short, place)


ATTEMPTS = f"""
SELECT it.id, it.made_at, {WHO}, it."by", it.channel, it.outcome, it."to"
  FROM followup_attempt AS it {OF_CASE} WHERE it."by" LIKE 'staff:%%'
"""  # noqa: S608 - our own columns


def _attempt(names: Names, row: Sequence[Any]) -> Told:
    number, at, patient, group, place, by, channel, outcome, to = row
    who = names.of(by)
    if outcome == "message_sent":
        text, short = f"{who} writes her a {CHANNELS.get(channel, channel)}", f"{who} writes"
    elif to == "patient":
        text, short = f"{who} calls: {CALLED[outcome]}", f"{who}: {CALLED[outcome]}"
    else:
        text = f"{who} calls her {to.replace('_', ' ')}: {CALLED[outcome]}"
        short = f"{who}: {to.replace('_', ' ')} {CALLED[outcome]}"
    return Told(f"attempt:{number}", at, patient, group, text, PERSON, short, place)


STEPS = f"""
SELECT it.id, it.raised_at, {WHO}, it.origin, it.owner_id, it.actor, it.state, it."to", it.channels,
       it.because #>> '{{0,text}}', it.ended_at, it.ended_by
  FROM followup_step AS it {OF_CASE} WHERE it.actor <> 'system'
"""  # noqa: S608 - our own columns


def _raised(names: Names, row: Sequence[Any]) -> Told | None:
    number, at, patient, group, place, origin, owner, actor, state, to, _, why, _, _ = row
    if origin == "ladder" and state == "suppressed":
        text = f"{to} not called: {(why or '').removesuffix(f' to {to}')}"
        short = f"{to} not called: no consent"
        return Told(f"withheld:{number}", at, patient, group, text, ALARM, short, place)
    if origin not in RAISED:
        return None
    text = RAISED[origin].format(owner=names.owner(owner, actor))
    return Told(f"raised:{number}", at, patient, group, text, ALARM, SHORT.get(origin, ""), place)


def _seen_to(names: Names, row: Sequence[Any]) -> Told | None:
    number, _, patient, group, place, origin, *_, state, _, _, _, ended_at, ended_by = row
    if origin not in SEEN_TO or not ended_by.startswith("staff"):
        return None
    text = SEEN_TO[origin].format(by=names.of(ended_by))
    short = text if origin == "apology" else ""
    return Told(f"seen_to:{number}:{state}", ended_at, patient, group, text, PERSON, short, place)


TURNS = f"""
SELECT it.id, it.at, {WHO}, it.turn, it.reason, status.status
  FROM followup_caseevent AS it {OF_CASE}
  JOIN attendance_seatstatus AS status ON status.seat_id = "case".seat_id
 WHERE it.turn IN ('stopped', 'closed', 'reopened') ORDER BY it.id
"""  # noqa: S608 - our own columns


def _turn(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - as above
    number, at, patient, group, place, turn, reason, status = row
    if turn == "stopped":
        return Told(f"turn:{number}", at, patient, group, "calls end, her return is awaited", place=place)
    if turn == "reopened":
        text = "the case is open again"
    elif reason == "reversed":
        text = ENDED.get(status, "no miss after all")
    else:
        text = {"back": "is back. Case closed", "left_program": "has left. Case closed"}.get(
            reason, f"closed: {reason}"
        )
    short = text.partition(":")[0].removesuffix(". Case closed")
    return Told(f"turn:{number}", at, patient, group, text, BACK, short, place)


REPLIES = """
SELECT it.id, it.at, patient.name, coalesce(circle.name, ''), 'patient:' || patient.ref, it.meaning, it.text
  FROM outreach_reply AS it JOIN people_patient AS patient ON patient.id = it.patient_id
  LEFT JOIN LATERAL (SELECT name FROM programs_group JOIN programs_enrolment AS place ON place.group_id = programs_group.id
                      WHERE place.patient_id = patient.id LIMIT 1) AS circle ON true
"""


def _reply(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - the patient speaks for herself
    number, at, patient, group, place, meaning, text = row
    said = "texts STOP: no more texts, calls go on" if meaning == "stop" else f'texts "{text}"'
    short = "texts STOP" if meaning == "stop" else "texts back"
    return Told(f"reply:{number}", at, patient, group, said, PERSON, short, place)


NOTICES = f"""
SELECT it.id, it.at, {WHO_SEATED}, it.reason, coalesce(status.status, '')
  FROM attendance_notice AS it {OF_SEAT} LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
 WHERE it.at >= %(since)s
"""  # noqa: S608 - our own columns


def _notice(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - as above
    number, at, patient, group, place, reason, _ = row
    text = f"says she cannot come ({reason})"
    return Told(f"notice:{number}", at, patient, group, text, PERSON, place=place)


EXCUSED = f"""
SELECT it.id, it.at, {WHO_SEATED} FROM attendance_outcome AS it {OF_SEAT}
 WHERE it.status = 'excused' AND it.number = 1 AND it.at >= %(since)s
"""  # noqa: S608 - our own columns


def _excused(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - as above
    number, at, patient, group, place = row
    text = "is not here, as she said: excused, nobody calls"
    return Told(f"excused:{number}", at, patient, group, text, BACK, place=place)


FINDINGS = f"""
SELECT it.id, it.at, {WHO}, it.clinician_id, it.result, it.instrument FROM followup_disposition AS it {OF_CASE}
"""  # noqa: S608 - our own columns


def _finding(names: Names, row: Sequence[Any]) -> Told:
    number, at, patient, group, place, clinician, result, instrument = row
    who, found = names.staff[clinician], result.replace("_", " ")
    text = f"{who}, a clinician, finds: {found}" + (f" ({instrument})" if instrument else "")
    return Told(f"finding:{number}", at, patient, group, text, PERSON, f"{who}: {found}", place)


PROMISES = f"SELECT it.id, it.at, {WHO}, it.promised_at FROM followup_promisedreturn AS it {OF_CASE}"  # noqa: S608
KEPT = f"""
SELECT it.id, outcome.at, {WHO}, outcome.kept FROM followup_promiseoutcome AS outcome
  JOIN followup_promisedreturn AS it ON it.id = outcome.promise_id {OF_CASE}
"""  # noqa: S608 - our own columns


def _promise(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - as above
    number, at, patient, group, place, promised_at = row
    back_at = shown_with_day(promised_at)
    text = f"promises to be back {back_at}"
    return Told(f"promise:{number}", at, patient, group, text, PERSON, f"promises {back_at}", place)


def _kept(names: Names, row: Sequence[Any]) -> Told | None:  # noqa: ARG001 - as above
    number, at, patient, group, place, kept = row
    if not kept:
        return None
    return Told(f"kept:{number}", at, patient, group, "keeps her promise", BACK, "promise kept", place)


MARKS = """
SELECT min(it.id), it.at, min(patient.name), coalesce(min(circle.name), ''), it."by", count(*), min(it.status),
       'session:' || session.ref
  FROM attendance_mark AS it JOIN programs_seat AS seat ON seat.id = it.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = seat.patient_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE it.at >= %(since)s GROUP BY it.at, it."by", session.id, it.status = 'missed' AND session.mode = 'in_person'
"""


def _marks(names: Names, row: Sequence[Any]) -> Told | None:
    number, at, patient, group, by, count, status, place = row
    if status == "missed" and count < 3:
        return None  # the case that it opens says so
    if count == 1:
        text = f"{names.of(by)} marks her {status}"
        return Told(f"mark:{number}", at, patient, group, text, PERSON, text, place)
    text = f"{names.of(by)} attests {count} seats"
    return Told(f"mark:{number}:{count}", at, "", group, text, PERSON, place=place)


CALLED_OFF = """
SELECT it.id, it.unheld_at, coalesce(circle.name, ''), it.unheld_by, it.held, it.starts_at,
       'session:' || it.ref
  FROM programs_session AS it LEFT JOIN programs_group AS circle ON circle.id = it.group_id
 WHERE it.unheld_at >= %(since)s
"""


def _called_off(names: Names, row: Sequence[Any]) -> Told:
    number, at, group, by, held, starts_at, place = row
    why = "the platform was down" if held == "outage" else "the program cancels it"
    text = f"{names.of(by)} calls {shown_with_day(starts_at)} off: {why}"
    return Told(f"off:{number}", at, "", group, text, PERSON, place=place)


LEFT = """
SELECT it.id, it.ended_at, patient.name, coalesce(circle.name, ''), it.ended_by, it.ending,
       'patient:' || patient.ref
  FROM programs_enrolment AS it JOIN people_patient AS patient ON patient.id = it.patient_id
  LEFT JOIN programs_group AS circle ON circle.id = it.group_id WHERE it.ended_at >= %(since)s
"""


def _left(names: Names, row: Sequence[Any]) -> Told:
    number, at, patient, group, by, ending, place = row
    text = f"{names.of(by)} ends her place: {ending}"
    return Told(f"left:{number}", at, patient, group, text, PERSON, ending, place)


REVIEWS = """
SELECT it.id, it.at, patient.name, coalesce(circle.name, ''), it."then", it.decided_by_role,
       'patient:' || patient.ref
  FROM followup_review AS it JOIN people_patient AS patient ON patient.id = it.patient_id
  LEFT JOIN LATERAL (SELECT name FROM programs_group JOIN programs_enrolment AS place ON place.group_id = programs_group.id
                      WHERE place.patient_id = patient.id LIMIT 1) AS circle ON true
 WHERE it.at >= %(since)s
"""


def _review(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - nobody has decided yet
    number, at, patient, group, then, role, place = row
    text = f"review raised: {then.replace('_', ' ')}? The {role} decides"
    return Told(f"review:{number}", at, patient, group, text, ALARM, "review raised", place)


# At least three, and more than half of those expected: then it is rather the line than the patients.
OUTAGE = """
SELECT session.id, max(it.noticed_at), coalesce(min(circle.name), ''), count(*), session.seats_taken,
       'session:' || session.ref
  FROM followup_case AS it JOIN programs_session AS session ON session.id = it.session_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE it.opened_at >= %(since)s GROUP BY session.id HAVING count(*) >= 3 AND 2 * count(*) > session.seats_taken
"""


def _outage(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - nobody has looked yet
    number, at, group, absent, expected, place = row
    text = f"POSSIBLE OUTAGE: {absent} of {expected} missing at once"
    return Told(f"outage:{number}", at, "", group, text, ALARM, place=place)


UNRECORDED = """
SELECT session.id, max(told.at), coalesce(min(circle.name), ''), count(*), 'session:' || session.ref
  FROM attendance_seatstatus AS it JOIN programs_session AS session ON session.id = it.session_id
  JOIN attendance_outcome AS told ON told.seat_id = it.seat_id AND told.number = it.number
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE it.status = 'unrecorded' AND NOT it.provisional AND session.starts_at >= %(since)s GROUP BY session.id
"""


def _unrecorded(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - as above
    number, at, group, seats, place = row
    text = f"not watched: {seats} seats unrecorded, nobody called absent"
    return Told(f"unrecorded:{number}", at, "", group, text, ALARM, place=place)


STRANGERS = """
SELECT it.id, coalesce(it.joined_at, it.seen_at), coalesce(circle.name, ''), coalesce(patient.name, ''), it.display,
       'session:' || session.ref
  FROM rooms_stranger AS it LEFT JOIN people_patient AS patient ON patient.id = it.patient_id JOIN programs_session AS session ON session.id = it.session_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id WHERE it.seen_at >= %(since)s
"""


def _stranger(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - nobody knows who it is
    number, at, group, patient, display, place = row
    text = "is here and has no seat" if patient else f'"{display}" is here: matched to nobody by name'
    return Told(f"stranger:{number}", at, patient, group, text, ALARM, place=place)


DECIDED = """
SELECT it.id, it.at, patient.name, '', it."by", it.decision, 'patient:' || patient.ref
  FROM followup_reviewevent AS it JOIN people_patient AS patient ON patient.id = it.patient_id
 WHERE it.turn = 'decided' AND it.at >= %(since)s
"""


def _decided(names: Names, row: Sequence[Any]) -> Told:
    number, at, patient, group, by, decision, place = row
    text = f"{names.of(by)} decides on the review: {decision.replace('_', ' ')}"
    return Told(f"decided:{number}", at, patient, group, text, PERSON, place=place)


BEGUN = """
SELECT session.id, session.starts_at, coalesce(circle.name, ''), session.seats_taken,
       (SELECT min(patient.name) FROM programs_seat AS seat JOIN people_patient AS patient ON patient.id = seat.patient_id
         WHERE seat.session_id = session.id AND seat.released_at IS NULL AND session.group_id IS NULL),
       'session:' || session.ref
  FROM programs_session AS session LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE session.held = 'scheduled' AND session.starts_at BETWEEN %(since)s AND rejoin_now()
"""


def _begun(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - as above
    number, at, group, seats, patient, place = row
    text = f"begins, {seats} expected" if group else "her session begins"
    return Told(f"begun:{number}", at, patient or "", group or "1:1", text, place=place)


# Whoever answers in one moment of one session is told together. Who came late was missed for some minutes, and is not any more.
ANSWERED = """
SELECT min(it.id), it.at, min(patient.name), coalesce(min(circle.name), '1:1'), count(*), it.instrument, it.version,
       told.missed, min(it.how), 'session:' || session.ref, 'patient:' || min(patient.ref::text)
  FROM insights_sheet AS it JOIN insights_due AS due ON due.id = it.due_id
  JOIN programs_seat AS seat ON seat.id = due.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = it.patient_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM attendance_seatstatus AS status JOIN programs_policyversion AS policy
                                        ON policy.id = status.policy_id
                                     WHERE status.seat_id = seat.id AND status.status = ANY(policy.opens_on)) AS missed) AS told
 WHERE it.at >= %(since)s
 GROUP BY it.at, session.id, it.instrument, it.version, told.missed
"""
ASKED_BY: Final = {"portal": "on her own page", "session": "with somebody of the staff", "phone": "by phone"}


def _answered(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - the patient speaks for herself
    number, at, patient, group, count, key, version, missed, how, session, chart = row
    name = instrument_called(key, version).name
    if count > 1:
        return Told(f"answered:{number}", at, "", group, f"{count} answer the {name}", PERSON, place=session)
    went_by = ", which had gone by with the session," if missed else ""
    text = f"answers the {name}{went_by} {ASKED_BY[how]}"
    return Told(f"answered:{number}", at, patient, group, text, BACK if missed else PERSON, place=chart)


OPEN_AGAIN = """
SELECT it.id, it.at, patient.name, coalesce(circle.name, '1:1'), 'patient:' || patient.ref, due.instrument, due.version
  FROM insights_reopening AS it JOIN insights_due AS due ON due.id = it.due_id
  JOIN programs_seat AS seat ON seat.id = due.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = it.patient_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE it.at >= %(since)s
"""


def _open_again(names: Names, row: Sequence[Any]) -> Told:  # noqa: ARG001 - as above
    number, at, patient, group, place, key, version = row
    text = f"the {instrument_called(key, version).name} goes by with it, and is open again for three days"
    return Told(f"open_again:{number}", at, patient, group, text, MISSING, place=place)


QUESTIONS: Final[tuple[tuple[str, Say], ...]] = (
    (STRANGERS, _stranger),
    (NOTICED, _noticed),
    (OUTAGE, _outage),
    (MESSAGES, _message),
    (REPLIES, _reply),
    (ATTEMPTS, _attempt),
    (PROMISES, _promise),
    (FINDINGS, _finding),
    (STEPS, _seen_to),
    (NOTICES, _notice),
    (EXCUSED, _excused),
    (MARKS, _marks),
    (CALLED_OFF, _called_off),
    (UNRECORDED, _unrecorded),
    (LEFT, _left),
    (KEPT, _kept),
    (TURNS, _turn),
    (STEPS, _raised),
    (REVIEWS, _review),
    (ANSWERED, _answered),
)
"""In the order in which things of one instant are told."""
ALL_QUESTIONS: Final = ((BEGUN, _begun), *QUESTIONS, (DECIDED, _decided), (OPEN_AGAIN, _open_again))
"""For whoever watches in a browser."""


@dataclass(slots=True)
class Teller:
    """Tells everything once."""

    since: datetime
    names: Names
    said: set[str] = field(default_factory=set)
    questions: tuple[tuple[str, Say], ...] = QUESTIONS

    def news(self) -> list[Told]:
        """What has happened and was not told yet, in the order in which it happened."""
        fresh = [each for each in self.everything() if each.key not in self.said]
        self.said.update(each.key for each in fresh)
        return fresh

    def everything(self) -> list[Told]:
        found: list[Told] = []
        for sql, say in self.questions:
            rows = select(sql, {"since": self.since})
            found += (told for row in rows if (told := say(self.names, row)) is not None)
        return sorted(found, key=lambda told: told.at)


def gathered(told: Iterable[Told]) -> list[Told]:
    """Several things about one patient in one minute, as one line."""
    lines: dict[tuple[str, str, str], Told] = {}
    for each in told:
        key = (f"{each.at:%d%H%M}", each.group, each.about or each.key)
        known = lines.get(key)
        tone = each.tone if known is None or known.tone == CALM or each.tone in (ALARM, BACK) else known.tone
        lines[key] = each if known is None else known._replace(text=f"{known.text}; {each.text}", tone=tone)
    return list(lines.values())
