"""What the pages of a room ask for, and send: JSON, the same for a patient's link and for the staff.

Each takes the request and whoever it is (`Visitor`). What is refused is said in `words`, with a code for the page.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from rejoin.common.afterwards import afterwards
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.rooms.engines.port import EngineAway, EngineRefused
from rejoin.visits import actions
from rejoin.visits.access import visit_in
from rejoin.visits.checking_in import latest_check_in
from rejoin.visits.engine import is_lean, room_name, the_engine
from rejoin.visits.granting import AT_THE_DOOR, Asked, ask_for_grant, is_let_in, where_she_stands
from rejoin.visits.models import Visit
from rejoin.visits.pace import Pace
from rejoin.visits.saying import why_refused, words_for
from rejoin.visits.telling import MUTED, tell
from rejoin.visits.visitor import Visitor
from rejoin.visits.vocabulary import Answer, Door, VisitState

LARGEST_BODY: Final = 4096
NO: Final = ("", "no", "false", "off", "0")
"""In a form, where a word stands for yes or no."""
PACE: Final = Pace()
NAMES: Final = Pace(most=5, seconds=300.0)
"""So many names that are somebody else's: whoever tries more is asking who is there. Ours."""
CONFLICT, LOCKED = 409, 423
STATUS: Final = {
    Answer.CHECK_IN: CONFLICT,
    Answer.ELSEWHERE: HTTPStatus.FORBIDDEN,
    Answer.WAITING: CONFLICT,
    Answer.REFUSED: HTTPStatus.FORBIDDEN,
    Answer.REMOVED: HTTPStatus.FORBIDDEN,
    Answer.LOCKED: LOCKED,
    Answer.CLOSED: HTTPStatus.FORBIDDEN,
    Answer.AWAY: HTTPStatus.SERVICE_UNAVAILABLE,
}
IN_ROOM: Final = "SELECT ref, name, host, hand_up, muted FROM rejoin_in_room(%s)"
NO_STORE: Final = {"Cache-Control": "no-store"}
Answering = Callable[[HttpRequest, Visitor], HttpResponse]


def grant(request: HttpRequest, visitor: Visitor) -> HttpResponse:  # noqa: ARG001 - as all have it
    """POST grant: leave to enter, for one connection."""
    asked = ask_for_grant(visitor)
    if asked.grant is None:
        return _answer(
            {"state": asked.answer.value, "words": words_for(asked.answer, visitor)},
            status=STATUS[asked.answer],
        )
    return _answer(_granted(visitor, asked))


def here(request: HttpRequest, visitor: Visitor) -> HttpResponse:  # noqa: ARG001 - as above
    """POST here: a sign from the page on which she tries her camera, answered with where she stands. She does not go in by it."""
    visit, said = visitor.visit, latest_check_in(visitor.seat) if visitor.seat else None
    stands = where_she_stands(visitor, visit, said)
    if visit is not None and stands in AT_THE_DOOR:
        actions.still_here(visit=visit, at=visitor.at)
    return _answer({"state": stands.value, "words": words_for(stands, visitor)})


def people(request: HttpRequest, visitor: Visitor) -> HttpResponse:  # noqa: ARG001 - as above
    """GET people: who is in the room, by the names they chose. Whoever is not inside is told of nobody."""
    rows = select(IN_ROOM, [visitor.session.pk]) if is_let_in(visitor, visitor.visit) else []
    listed = [
        {"ref": ref, "name": name, "host": host, "hand_up": up, "muted": muted}
        for ref, name, host, up, muted in rows
    ]
    return _answer({"people": listed, "locked": actions.is_locked(visitor.session.pk)})


def hand(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST hand {"up": bool}."""
    actions.raise_hand(visit=_own(visitor), up=_said_yes(request, "up"), by=visitor.by, at=visitor.at)
    return _done()


def microphone(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST microphone {"off": bool}: what her page says of it, for the others' tiles."""
    actions.note_microphone(visit=_own(visitor), off=_said_yes(request, "off"))
    return _done()


def caption(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST caption {"text"}: passed on to whoever is in the room, and kept nowhere."""
    actions.pass_on_caption(visit=_own(visitor), text=str(sent_in(request).get("text", "")))
    return _done()


def name(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST name {"name"}: what the others see of her."""
    visit, told = _own(visitor), str(sent_in(request).get("name", ""))
    if NAMES.is_spent(visitor.base):
        raise Refusal("visit.names", visitor.say.refused["visit.names"])
    try:
        with transaction.atomic():
            actions.name_herself(visit=visit, display_name=told, by=visitor.by, at=visitor.at)
    except Refusal as refusal:
        count_name(visitor, refusal)
        raise
    return _done()


def count_name(visitor: Visitor, refusal: Refusal) -> None:
    """A name that is somebody else's counts: so many of them, and she is asked to wait."""
    if refusal.code == actions.TAKEN and not visitor.host:
        NAMES.take(visitor.base)


def leave(request: HttpRequest, visitor: Visitor) -> HttpResponse:  # noqa: ARG001 - as above
    """POST leave: she goes, from inside or from the door, and says so. A page that closes long after says it to nobody."""
    visit = visitor.visit
    stands = visit is not None and visit.state == VisitState.WAITING.value and visitor.door is Door.OPEN
    if visit is not None and (stands or is_let_in(visitor, visit)):
        actions.leave(visit=visit, by=visitor.by, at=visitor.at)
    return _done()


def admit(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST admit {"visit", "shown"}: let her in, for the first time or again."""
    actions.admit(visit=_chosen(request, visitor), shown=_shown(request), by=visitor.by, at=visitor.at)
    return _done()


def refuse(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST refuse {"visit", "shown"}: not now."""
    actions.refuse(visit=_chosen(request, visitor), shown=_shown(request), by=visitor.by, at=visitor.at)
    return _done()


def remove(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST remove {"visit", "shown"}: put her out. That holds though the engine cannot be asked: her page is told to go.

    Whoever asks the engine who is in asks it again every ten seconds, for as long as she is.
    """
    visit = _chosen(request, visitor)
    actions.remove(visit=visit, shown=_shown(request), by=visitor.by, at=visitor.at)
    return _asking_the_engine(visit, "remove")


def mute(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST mute {"visit"}: silence her; she may speak again by herself."""
    visit = _chosen(request, visitor)
    if visit.state != VisitState.ADMITTED.value:
        raise Refusal("visit.not_inside", "She is not in the room.")
    tell(visit.session_id, MUTED, visit=visit.pk)
    return _asking_the_engine(visit, "mute")


def lock(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """POST lock {"locked": bool}."""
    locked = _said_yes(request, "locked")
    actions.set_lock(session=visitor.session, locked=locked, by=visitor.by, at=visitor.at)
    return _done()


def answering(answer: Answering, *, host: bool = False) -> Answering:
    """What is refused, as JSON: the page says it where it happened."""

    def answered(request: HttpRequest, visitor: Visitor) -> HttpResponse:
        if host and not visitor.host:
            return _answer({"state": "not_found"}, status=HTTPStatus.NOT_FOUND)
        if not visitor.host and not PACE.take(visitor.base):
            return _answer(
                {"state": "too_many", "words": visitor.say.refused["too_many"]},
                status=HTTPStatus.TOO_MANY_REQUESTS,
            )
        try:
            return answer(request, visitor)
        except Refusal as refusal:
            missing = refusal.code == "not_found"
            status = HTTPStatus.NOT_FOUND if missing else HTTPStatus.UNPROCESSABLE_ENTITY
            return _answer({"state": refusal.code, "words": why_refused(refusal, visitor)}, status=status)

    return answered


FOR_ALL: Final[Mapping[str, Answering]] = {
    "grant": answering(grant),
    "hand": answering(hand),
    "microphone": answering(microphone),
    "caption": answering(caption),
    "name": answering(name),
    "leave": answering(leave),
}
FOR_PATIENTS: Final[Mapping[str, Answering]] = {"here": answering(here)}
FOR_HOSTS: Final[Mapping[str, Answering]] = {
    "admit": answering(admit, host=True),
    "refuse": answering(refuse, host=True),
    "remove": answering(remove, host=True),
    "mute": answering(mute, host=True),
    "lock": answering(lock, host=True),
}


def _said_yes(request: HttpRequest, name: str) -> bool:
    """A yes or no: JSON's own, or the word of a form."""
    told = sent_in(request).get(name)
    return told.strip().casefold() not in NO if isinstance(told, str) else bool(told)


def sent_in(request: HttpRequest) -> Mapping[str, Any]:
    """What was sent: JSON, or a form (a page that closes sends one, and so does a page without scripts)."""
    if len(request.body) > LARGEST_BODY:
        raise Refusal("too_large", "This is too much at once.")
    if request.content_type != "application/json":
        return request.POST.dict()
    try:
        told = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Refusal("not_json", "This could not be read.") from None
    if not isinstance(told, dict):
        raise Refusal("not_json", "This could not be read.")
    return told


def _granted(visitor: Visitor, asked: Asked) -> dict[str, Any]:
    given, visit = asked.grant, asked.visit
    assert given is not None
    assert visit is not None
    return {
        "room": given.room,
        "ref": given.ref,
        "conn": given.conn,
        "url": given.url,
        "ws_url": given.ws_url,
        "api_token": given.api_token,
        "room_token": given.room_token,
        "ice_servers": [asdict(each) for each in given.ice_servers],
        "expires_at": given.expires_at.isoformat(),
        "host": visitor.host,
        "name": visit.display_name,
        "audio_first": is_lean(visitor.session.pk),
    }


def _own(visitor: Visitor) -> Visit:
    """Her own visit, if she has been let in."""
    visit = visitor.visit
    if visit is None or not is_let_in(visitor, visit):
        raise Refusal("visit.not_inside", "You are not in the room.")
    return visit


def _chosen(request: HttpRequest, visitor: Visitor) -> Visit:
    return visit_in(visitor.session, sent_in(request).get("visit"))


def _shown(request: HttpRequest) -> str:
    """How far she had come when the button that was pressed was shown."""
    return str(sent_in(request).get("shown") or "")


def put_out(visit: Visit) -> Callable[[], str]:
    """Ends every connection of hers, as far as the engine can be asked: to be called outside of a transaction."""
    return _each_connection(visit, "remove")


def _asking_the_engine(visit: Visit, what: str) -> HttpResponse:
    """What was written stands; once it does the engine is asked, and what it says goes into the answer."""
    ask = _each_connection(visit, what)

    def put_in(response: HttpResponse) -> None:
        response.content = _done(engine=ask()).content

    return afterwards(_done(), put_in)


def _each_connection(visit: Visit, what: str) -> Callable[[], str]:
    """Has the engine do it to every connection of hers: "done", or "away" where it cannot be asked."""
    engine, room, ref = the_engine(), room_name(visit.session_id), visit.ref

    def ask() -> str:
        if engine is None or room is None:
            return "away"
        try:
            for each in engine.present(room) or ():
                if each.ref == ref:
                    getattr(engine, what)(room, each.conn)
        except (EngineAway, EngineRefused):
            return "away"
        return "done"

    return ask


def _done(**more: Any) -> HttpResponse:
    return _answer({"state": "done", **more})


def _answer(told: dict[str, Any], *, status: int = HTTPStatus.OK) -> JsonResponse:
    return JsonResponse(told, status=status, headers=NO_STORE)
