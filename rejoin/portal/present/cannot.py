"""What a session she cannot come to means, and what helps: before she tells us, and after."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from rejoin.common.rows import select
from rejoin.domain.attendance import Notice, Session
from rejoin.domain.policy import Policy
from rejoin.portal.door import Herself
from rejoin.portal.telling import Rule, excuses, reasons_for, rule_of
from rejoin.portal.vocabulary import TELLS_A_PERSON, Why
from rejoin.portal.words.english import English
from rejoin.programs.sessions import COLUMNS, as_session

SEAT: Final = f"""
SELECT {COLUMNS}, seat.id, coalesce("group".name, ''), ARRAY(
           SELECT received_at FROM attendance_notice WHERE seat_id = seat.id ORDER BY received_at, id), ARRAY(
           SELECT reason FROM attendance_notice WHERE seat_id = seat.id ORDER BY received_at, id)
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
 WHERE seat.patient_id = %s AND seat.id = %s AND seat.released_at IS NULL
"""  # noqa: S608 - our own columns
KNOWN: Final = frozenset(Why)


class Absence(NamedTuple):
    """One of her sessions, and what she last told of it."""

    program_id: int
    session: Session
    seat_id: int
    group: str
    notices: tuple[Notice, ...]

    @property
    def told(self) -> bool:
        return bool(self.notices)

    @property
    def why(self) -> Why:
        """What she told last."""
        return why_of(self.notices[-1].reason) if self.notices else Why.UNSAID


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What she told us, and what helps with it."""

    said: str
    helps: tuple[str, ...]
    feels_bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cannot:
    """The page."""

    called: str
    when: str
    seat_id: int
    rule: tuple[str, ...]
    told: Told | None
    reasons: tuple[tuple[str, str], ...]


def read_absence(patient_id: int, seat_id: int) -> Absence | None:
    """Behind her door; None: it is no seat of hers."""
    rows = select(SEAT, [patient_id, seat_id])
    if not rows:
        return None
    *_, seat, group, told_at, reasons = rows[0]
    told = (Notice(received_at=at, reason=each) for at, each in zip(told_at, reasons, strict=True))
    return Absence(rows[0][1], as_session(rows[0]), seat, group, tuple(told))


def why_of(word: str) -> Why:
    """The reason by that word; one that staff or an import wrote down otherwise is something else."""
    return Why(word) if word in KNOWN else Why.OTHER


def present_cannot(absence: Absence, policy: Policy | None, herself: Herself) -> Cannot:
    """In her language: before she has told us what would be so, and then what is."""
    say, session = herself.say, absence.session
    rule = rule_of(policy, session.starts_at)
    return Cannot(
        called=absence.group or say.kinds.get(session.kind, say.a_session),
        when=say.session_on(session.starts_at, session.ends_at, herself.zone),
        seat_id=absence.seat_id,
        rule=_after(absence, policy, rule, say) if absence.told else _before(absence, rule, herself),
        told=told_of(absence.why, say) if absence.told else None,
        reasons=tuple((each.value, say.reasons[each]) for each in reasons_for(rule)),
    )


def told_of(why: Why, say: English) -> Told:
    said = say.you_said(say.reasons[why]) if why is not Why.UNSAID else ""
    return Told(said=said, helps=say.helps.get(why, ()), feels_bad=why in TELLS_A_PERSON)


def _before(absence: Absence, rule: Rule | None, herself: Herself) -> tuple[str, ...]:
    """What her program asks for, and whether she is in time."""
    say, now = herself.say, herself.at
    if rule is None:
        return ()
    told: list[str] = []
    until = rule.notice_until
    if not rule.excuses:
        told.append(say.no_excuses)
    elif until is None:
        told.append(say.only_reasons)
    elif now <= until and now < absence.session.starts_at:
        told += [say.notice_until(until, now, herself.zone), say.if_you_tell_now]
    else:
        told.append(say.notice_was_until(until, now, herself.zone))
    accepted = [say.accepted[each] for each in rule.accepted if each in say.accepted]
    if accepted and say.if_you_tell_now not in told:
        told.append(say.accepts(say.listed(accepted)))
    return (*told, *_makes_up(rule, say))


def excused_words(absence: Absence, policy: Policy | None, say: English) -> str:
    """That her program accepts what she told, in words; "": it does not, or she has told nothing."""
    rule = rule_of(policy, absence.session.starts_at)
    if policy is None or rule is None or not absence.notices:
        return ""
    if any(each.reason in rule.never_counts for each in absence.notices):
        return say.never_counts
    return say.counts_not if excuses(policy, absence.session, absence.notices) else ""


def _after(absence: Absence, policy: Policy | None, rule: Rule | None, say: English) -> tuple[str, ...]:
    """What it is, now that she has told us."""
    if rule is None:
        return ()
    excused = excused_words(absence, policy, say)
    fee = [say.fee] if rule.has_fee else []
    told = [excused] if excused else [say.counts if rule.makes_up else say.counts_without, *fee]
    return (*told, *_makes_up(rule, say))


def _makes_up(rule: Rule, say: English) -> tuple[str, ...]:
    if not rule.makes_up:
        return ()
    return (say.makeup_within(rule.makeup_days) if rule.makeup_days else say.makes_up,)
