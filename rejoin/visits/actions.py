"""What is written of visits: who asks to come in, who lets her in or puts her out, and what she shows of herself there."""

import secrets
from datetime import datetime, timedelta

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import SENTENCES, refuse_machines, refusing
from rejoin.common.rows import select
from rejoin.domain.attendance import STANDS_FOR
from rejoin.domain.kernel import Refusal
from rejoin.people.actions import record_consent
from rejoin.people.models import Contact, Patient, Staff
from rejoin.programs.models import Program, Seat, Session
from rejoin.programs.vocabulary import Kind
from rejoin.visits import telling
from rejoin.visits.checking_in import VIDEO, has_taken_video_back
from rejoin.visits.inside import is_of_one_family
from rejoin.visits.likeness import looks_like, passes_for, says_she_leads
from rejoin.visits.models import Lock, TelehealthConsent, Visit, VisitTurn
from rejoin.visits.telling import tell
from rejoin.visits.vocabulary import Turn, VisitState

A_MINUTE = timedelta(minutes=1)
LONGEST_CAPTION = 300
LONGEST_NAME = 40
INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their kind, and nothing to look at."""
DECIDED = {
    VisitState.WAITING: "She waits at the door by now: look again before you decide.",
    VisitState.ADMITTED: "Somebody has let her in meanwhile: remove her if she is not to be in.",
    VisitState.REFUSED: "Somebody has decided meanwhile that she does not come in now: look again before you decide.",
    VisitState.REMOVED: "Somebody has put her out meanwhile: look again before you decide.",
}
"""To whoever pressed a button that was shown before somebody else decided."""
TAKEN = "no_two_of_a_name_in_a_room"
IS_CALLED = "SELECT rejoin_is_called(%s, %s, %s)"
# Also of those who lead and have not come in yet.
LEADERS = """
SELECT staff.name FROM programs_sessionstaff AS leader JOIN people_staff AS staff ON staff.id = leader.staff_id
 WHERE leader.session_id = %s AND leader.released_at IS NULL
"""


@action("visits.ask_in")
def ask_in(*, seat: Seat, ref: str, display_name: str, by: Actor, at: datetime) -> Visit:
    """She has checked in, and waits to be let in. Whoever was let in before stays let in."""
    name = shown_name(display_name)
    named = {"display_name": name, "looks_like": _not_taken(name, seat.session_id, seat.patient_id)}
    visit = Visit.objects.filter(seat=seat).first()
    if visit is None:
        # Of a seat that she gave back nobody goes by a name any more.
        Visit.objects.filter(session=seat.session_id, patient=seat.patient_id).update(looks_like="")
        with refusing():
            visit = Visit.objects.create(
                session_id=seat.session_id,
                seat=seat,
                patient_id=seat.patient_id,
                ref=ref,
                asked_at=at,
                stands_since=at,
                **named,
            )
    else:
        back = {"left_at": None} if visit.state == VisitState.WAITING.value else {}
        with refusing():
            Visit.objects.filter(pk=visit.pk).update(
                asked_at=at, stands_since=_stands_since(visit, at), **back, **named
            )
        visit.refresh_from_db()
    _turned(visit, Turn.ASKED, "visits.ask_in", seat.session.program_id, by, at)
    tell(visit.session_id, telling.PEOPLE)
    return visit


@action("visits.ask_in_as_guest")
def ask_in_as_guest(
    *, session: Session, contact: Contact, display_name: str, by: Actor, at: datetime
) -> Visit:
    """Somebody of a patient's family waits to be let in, to a session of her family alone. No seat of anybody's is touched."""
    if session.kind != Kind.FAMILY.value or not is_of_one_family(session.pk, contact.patient_id):
        raise Refusal("not_found", "There is nothing here that you may see.")
    name = shown_name(display_name)
    named = {"display_name": name, "looks_like": _not_taken(name, session.pk, None)}
    visit = Visit.objects.filter(session=session, contact=contact).first()
    with refusing():
        if visit is None:
            visit = Visit.objects.create(
                session=session,
                contact=contact,
                ref=f"guest-{secrets.token_hex(16)}",
                asked_at=at,
                stands_since=at,
                **named,
            )
        else:
            back = {"left_at": None} if visit.state == VisitState.WAITING.value else {}
            Visit.objects.filter(pk=visit.pk).update(
                asked_at=at, stands_since=_stands_since(visit, at), **back, **named
            )
            visit.refresh_from_db()
    _turned(visit, Turn.ASKED, "visits.ask_in_as_guest", session.program_id, by, at)
    tell(session.pk, telling.PEOPLE)
    return visit


@action("visits.come_as_host")
def come_as_host(*, session: Session, staff: Staff, by: Actor, at: datetime) -> Visit:
    """Somebody of the staff goes in; nobody lets her in."""
    visit = Visit.objects.filter(session=session, staff=staff).first()
    if visit is None:
        with refusing():
            visit = Visit.objects.create(
                session=session,
                staff=staff,
                ref=f"host-{secrets.token_hex(16)}",
                display_name=staff.name[:LONGEST_NAME],
                looks_like=looks_like(staff.name[:LONGEST_NAME]),
                state=VisitState.ADMITTED.value,
                asked_at=at,
                decided_at=at,
                decided_by=str(by),
            )
        _turned(visit, Turn.ADMITTED, "visits.come_as_host", session.program_id, by, at)
    nothing_to_tell("visits.come_as_host")
    return visit


@action("visits.admit")
def admit(*, visit: Visit, by: Actor, at: datetime, shown: str = "") -> None:
    """Let her in, for the first time or again. Whoever lets her in has seen who she is, or knows her.

    `shown`: how far she had come when the button was shown ("": of whoever saw none). Where that has changed: `Refusal`.
    """
    refuse_machines(by, what="lets somebody in")
    _as_shown(visit, shown)
    _decide(visit, VisitState.ADMITTED, Turn.ADMITTED, "visits.admit", by, at)
    tell(visit.session_id, telling.ADMITTED, visit=visit.pk)
    tell(visit.session_id, telling.BOARD)


@action("visits.refuse")
def refuse(*, visit: Visit, by: Actor, at: datetime, shown: str = "") -> None:
    """Not now. It is no outcome: what becomes of her seat is decided by what the policy says and somebody attests."""
    refuse_machines(by, what="says that somebody cannot come in")
    _as_shown(visit, shown)
    if visit.state == VisitState.ADMITTED.value:
        raise Refusal("visit.admitted", "She has been let in already: remove her instead.")
    _decide(visit, VisitState.REFUSED, Turn.REFUSED, "visits.refuse", by, at)
    tell(visit.session_id, telling.REFUSED, visit=visit.pk)
    tell(visit.session_id, telling.BOARD)


@action("visits.remove")
def remove(*, visit: Visit, by: Actor, at: datetime, shown: str = "") -> None:
    """Put her out: no new grant for this session before somebody lets her in again."""
    refuse_machines(by, what="puts somebody out")
    if visit.staff_id is not None:
        raise Refusal("visit.staff", "Nobody of the staff is put out of a room.")
    _as_shown(visit, shown)
    _decide(visit, VisitState.REMOVED, Turn.REMOVED, "visits.remove", by, at)
    tell(visit.session_id, telling.REMOVED, visit=visit.pk)
    tell(visit.session_id, telling.PEOPLE)


@action("visits.lock")
def set_lock(*, session: Session, locked: bool, by: Actor, at: datetime) -> None:
    """From now on nobody new is given a grant, or somebody is again. Whoever is inside stays."""
    refuse_machines(by, what="locks a room")
    if is_locked(session.pk) == locked:
        nothing_to_tell("visits.lock")
        return
    Lock.objects.create(session=session, locked=locked, at=at, by=str(by))
    reason = "locked" if locked else "unlocked"
    record("visits.lock", f"session:{session.pk}", by=by, at=at, program=session.program_id, reason=reason)
    tell(session.pk, telling.LOCKED, locked=locked)


@action("visits.raise_hand")
def raise_hand(*, visit: Visit, up: bool, by: Actor, at: datetime) -> None:
    """She would like to say something, or has."""
    _change(visit, "visits.raise_hand", by, at, hand_up_at=at if up else None)
    tell(visit.session_id, telling.HAND, ref=visit.ref, up=up)


@action("visits.name_herself")
def name_herself(*, visit: Visit, display_name: str, by: Actor, at: datetime) -> None:
    """What the others see of her from now on."""
    name = shown_name(display_name)
    led = visit.staff_id is not None
    looks = looks_like(name) if led else _not_taken(name, visit.session_id, visit.patient_id)
    with refusing():
        _change(visit, "visits.name_herself", by, at, display_name=name, looks_like=looks)
    tell(visit.session_id, telling.PEOPLE)


@action("visits.enter")
def enter(*, visit: Visit, by: Actor, at: datetime) -> None:
    """A grant is given out to her: a connection of hers may follow."""
    Visit.objects.filter(pk=visit.pk).update(entered_at=at, left_at=None, muted=False)
    _turned(visit, Turn.ENTERED, "visits.enter", visit.session.program_id, by, at)
    tell(visit.session_id, telling.PEOPLE)


def still_here(*, visit: Visit, at: datetime) -> None:
    """Her page asks once more, and so she has not gone. A work note, written once a minute at most; no word of anybody's."""
    back = {"left_at": None} if visit.state == VisitState.WAITING.value else {}
    hers = Visit.objects.filter(pk=visit.pk)
    if visit.left_at is None or not back:
        lately = (at - A_MINUTE, visit.decided_at, visit.entered_at)
        hers = hers.exclude(seen_at__gt=max(each for each in lately if each is not None))
    hers.update(seen_at=at, stands_since=_stands_since(visit, at), **back)


def _stands_since(visit: Visit, at: datetime) -> datetime:
    """Since when she stands at the door, by a sign of her at `at`."""
    last = max(visit.asked_at, visit.seen_at or visit.asked_at)
    anew = at - last >= STANDS_FOR or (visit.left_at is not None and visit.left_at >= last)
    went_in = visit.entered_at is not None and visit.entered_at >= last
    return at if anew or went_in else visit.stands_since or visit.asked_at


def note_microphone(*, visit: Visit, off: bool) -> None:
    """Whether her microphone is off, as her page has it. A work note: it says nothing of who she is or what she did."""
    if Visit.objects.filter(pk=visit.pk).exclude(muted=off).update(muted=off):
        tell(visit.session_id, telling.PEOPLE)


@action("visits.leave")
def leave(*, visit: Visit, by: Actor, at: datetime) -> None:
    """She says that she goes, from inside or from the door. Whoever loses her line says nothing, and has not left."""
    Visit.objects.filter(pk=visit.pk).update(left_at=at, hand_up_at=None)
    _turned(visit, Turn.LEFT, "visits.leave", visit.session.program_id, by, at)
    tell(visit.session_id, telling.PEOPLE)


@action("visits.agree_to_telehealth")
def agree_to_telehealth(*, patient: Patient, program: Program, version: int, by: Actor, at: datetime) -> None:
    """She agreed to be treated by video, to the words of this version: anew, where she had taken it back."""
    if has_taken_video_back(patient.pk):
        record_consent(patient=patient, channel=VIDEO, granted=True, source="door", by=by, at=at)
    agreed, made = TelehealthConsent.objects.get_or_create(
        patient=patient, program=program, version=version, defaults={"at": at, "by": str(by)}
    )
    if made:
        record(
            "visits.agree_to_telehealth",
            f"telehealth:{agreed.pk}",
            by=by,
            at=at,
            patient=patient.pk,
            program=program.pk,
        )
    nothing_to_tell("visits.agree_to_telehealth")


def pass_on_caption(*, visit: Visit, text: str) -> None:
    """What somebody typed for those who do not hear it. It is passed on to the pages of the room and kept nowhere."""
    said = " ".join(text.split())
    if not said or len(said) > LONGEST_CAPTION or not _is_text(said):
        raise Refusal("caption.length", f"A caption is text, of {LONGEST_CAPTION} characters at most.")
    host = visit.staff_id is not None
    tell(visit.session_id, telling.CAPTION, name=visit.display_name, host=host, text=said)


def _not_taken(name: str, session_id: int, patient_id: int | None) -> str:
    """What the name looks like. It is whoever leads there, or somebody else's who is on her way in: `Refusal`."""
    looks = looks_like(name)
    leads = any(passes_for(name, leader[:LONGEST_NAME]) for (leader,) in select(LEADERS, [session_id]))
    if says_she_leads(name):
        raise Refusal("visit.leads", "Only whoever leads is called that here. Choose another.")
    if leads or select(IS_CALLED, [session_id, looks, patient_id])[0][0]:
        raise Refusal(TAKEN, SENTENCES[TAKEN])
    return looks


def is_locked(session_id: int) -> bool:
    latest = Lock.objects.filter(session=session_id).order_by("-id").values_list("locked", flat=True).first()
    return bool(latest)


def _as_shown(visit: Visit, shown: str) -> None:
    """Holds her visit until the transaction ends, and reads how far she has come: somebody else may have decided since."""
    visit.state = Visit.objects.select_for_update().values_list("state", flat=True).get(pk=visit.pk)
    if shown and visit.state != shown:
        raise Refusal("visit.decided", DECIDED[VisitState(visit.state)])


def _decide(visit: Visit, state: VisitState, turn: Turn, verb: str, by: Actor, at: datetime) -> None:
    Visit.objects.filter(pk=visit.pk).update(
        state=state.value,
        decided_at=at,
        decided_by=str(by),
        hand_up_at=None,
        looks_like=_goes_by(visit, state),
    )
    visit.state = state.value
    _turned(visit, turn, verb, visit.session.program_id, by, at)


def _goes_by(visit: Visit, state: VisitState) -> str:
    """What is kept free for her: whoever does not come in goes by no name. Let in after all, by hers, unless it is taken."""
    if state is not VisitState.ADMITTED:
        return ""
    looks = looks_like(visit.display_name)
    taken = not visit.looks_like and select(IS_CALLED, [visit.session_id, looks, visit.patient_id])[0][0]
    return "" if taken else visit.looks_like or looks


def _change(visit: Visit, verb: str, by: Actor, at: datetime, **columns: object) -> None:
    Visit.objects.filter(pk=visit.pk).update(**columns)
    subject, program = f"visit:{visit.pk}", visit.session.program_id
    record(verb, subject, by=by, at=at, patient=visit.patient_id, program=program)


def _turned(visit: Visit, turn: Turn, verb: str, program: int, by: Actor, at: datetime) -> None:
    VisitTurn.objects.create(
        visit=visit,
        session_id=visit.session_id,
        patient_id=visit.patient_id,
        turn=turn.value,
        at=at,
        by=str(by),
    )
    record(verb, f"visit:{visit.pk}", by=by, at=at, patient=visit.patient_id, program=program)


def _is_text(said: str) -> bool:
    """Whether it can be written down at all: half a character cannot."""
    return "\x00" not in said and said.encode("utf-8", "replace").decode() == said


def shown_name(display_name: str) -> str:
    """A name as the others see it. One that nobody can see, or read out, is none."""
    name = " ".join(display_name.split())
    seen = name.isprintable() and any(each.isalnum() for each in name) and not INVISIBLE.intersection(name)
    if not seen or len(name) > LONGEST_NAME:
        raise Refusal(
            "visit.name", f"Write what the others should see, in {LONGEST_NAME} characters at most."
        )
    return name
