"""Video services that answer here and now, and check what they are asked as the real ones do. No network."""

import hashlib
import itertools
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import jwt

from rejoin.rooms.engines.asking import Answer, Question

LIVEKIT_KEY, LIVEKIT_SECRET = "APIkey", "a secret of thirty-two characters or more"
BBB_SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
DAILY_KEY = "a key that nobody else knows"
ZOOM_CLIENT, ZOOM_SECRET = "client", "a secret of the client"
ZOOM_HOST = "x1yCzABCDEfg23HiJKl4mN"

Body = Mapping[str, Any]


class Refused(Exception):
    """The service says no."""

    def __init__(self, status: int, code: Any, words: str = "") -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


class Service:
    """What was asked, and rooms with the people in them, by room and connection."""

    code, words = "code", "message"

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.rooms: dict[str, dict[str, str]] = {}
        self._numbers = itertools.count(1)

    def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        try:
            told = self.answer(question)
        except Refused as refused:
            body = {self.code: refused.code, self.words: refused.words}
            return Answer(status=refused.status, body=json.dumps(body).encode())
        return Answer(
            status=200 if told is not None else 204, body=b"" if told is None else json.dumps(told).encode()
        )

    def answer(self, question: Question) -> Any:
        raise NotImplementedError

    def enter(self, room: str, ref: str) -> str:
        """Somebody comes in by a grant; returns what the service calls her connection."""
        conn = f"conn-{next(self._numbers)}"
        self.rooms[room][conn] = ref
        return conn

    def everything_told(self) -> str:
        """All that was ever sent, in clear."""
        return " ".join(
            unquote(f"{each.url} {each.body.decode()} {' '.join(each.headers.values())}")
            for each in self.asked
        )


class LiveKitService(Service):
    """LiveKit's RoomService."""

    words = "msg"

    def __init__(self) -> None:
        super().__init__()
        self.muted: list[str] = []

    def answer(self, question: Question) -> Any:
        verb = question.url.rpartition("/")[2]
        assert question.url == f"https://livekit.example.org/twirp/livekit.RoomService/{verb}"
        grants, body = self._grants(question), json.loads(question.body)
        room = body.get("room", body.get("name"))
        needed = "roomCreate" if verb in ("CreateRoom", "DeleteRoom") else "roomAdmin"
        if not grants.get(needed) or (needed == "roomAdmin" and grants.get("room") != room):
            raise Refused(403, "permission_denied")
        if verb == "CreateRoom":
            self.rooms.setdefault(room, {})
            return {"sid": "RM_1", "name": room}
        if room not in self.rooms:
            raise Refused(404, "not_found", "requested room does not exist")
        return self._of_room(verb, self.rooms[room], body)

    def _of_room(self, verb: str, inside: dict[str, str], body: Body) -> Any:
        if verb == "ListParticipants":
            return {"participants": [self._person(*each) for each in inside.items()]}
        if verb == "DeleteRoom":
            del self.rooms[body["room"]]
            return {}
        found = [conn for conn, ref in inside.items() if ref == body["identity"]]
        if not found:
            raise Refused(404, "not_found", "participant does not exist")
        if verb == "RemoveParticipant":
            del inside[found[0]]
        else:
            assert (verb, body["muted"]) == ("MutePublishedTrack", True)
            self.muted.append(body["track_sid"])
        return {}

    def _person(self, conn: str, ref: str) -> Body:
        tracks = [
            {"sid": f"TR_{conn}_a", "type": "AUDIO", "muted": False},
            {"sid": f"TR_{conn}_v", "type": "VIDEO", "muted": False},
        ]
        kind = "EGRESS" if ref == "recorder" else "STANDARD"
        return {"sid": conn, "identity": ref, "state": "ACTIVE", "name": "", "kind": kind, "tracks": tracks}

    @staticmethod
    def _grants(question: Question) -> Body:
        token = question.headers["Authorization"].removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, LIVEKIT_SECRET, algorithms=["HS256"], issuer=LIVEKIT_KEY)
        except jwt.InvalidTokenError as fault:
            raise Refused(401, "unauthenticated", str(fault)) from fault
        grants: Body = claims["video"]
        return grants


class DailyService(Service):
    """Daily's REST API."""

    code, words = "error", "info"

    def answer(self, question: Question) -> Any:
        if question.headers["Authorization"] != f"Bearer {DAILY_KEY}":
            raise Refused(401, "authentication-error")
        base, _, path = question.url.partition("/v1/")
        assert base == "https://api.daily.co"
        body = json.loads(question.body) if question.body else None
        what, _, rest = path.partition("/")
        if what == "meeting-tokens":
            assert body is not None
            return {"token": "token-of-" + body["properties"]["user_id"]}
        if not rest:
            assert body is not None
            if body["name"] in self.rooms:
                raise Refused(400, "invalid-request-error", f"a room named {body['name']} already exists")
            self.rooms[body["name"]] = {}
            return {"name": body["name"]}
        return self._of_room(question.method, rest, body)

    def _of_room(self, method: str, rest: str, body: Body | None) -> Any:
        room, _, verb = rest.partition("/")
        if room not in self.rooms:
            raise Refused(404, "not-found")
        inside = self.rooms[room]
        if verb == "presence":
            listed = [
                {"room": room, "id": conn, "userId": ref, "userName": ""} for conn, ref in inside.items()
            ]
            return {"total_count": len(listed), "data": listed}
        if verb == "eject":
            assert body is not None
            for each in body["ids"]:
                inside.pop(each, None)
            return {"ejectedIds": body["ids"]}
        if method == "DELETE":
            del self.rooms[room]
            return {"deleted": True, "name": room}
        return {"name": room}


class BigBlueButtonService(Service):
    """BigBlueButton's API: XML, by checksum."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks: list[str] = []

    def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        parts = urlsplit(question.url)
        call = parts.path.removeprefix("/bigbluebutton/api/")
        query, _, checksum = parts.query.rpartition("&checksum=")
        if hashlib.sha256(f"{call}{query}{BBB_SECRET}".encode()).hexdigest() != checksum:
            return _xml("FAILED", "<messageKey>checksumError</messageKey><message>no</message>")
        return self._called(call, dict(parse_qsl(query)))

    def _called(self, call: str, told: Body) -> Answer:
        if call == "hooks/create":
            self.hooks.append(told["callbackURL"])
            return _xml("SUCCESS", "<hookID>1</hookID>")
        room = told["meetingID"]
        if call == "create":
            self.rooms.setdefault(room, {})
            return _xml("SUCCESS", f"<meetingID>{escape(room)}</meetingID>")
        if room not in self.rooms:
            return _xml("FAILED", "<messageKey>notFound</messageKey><message>No such meeting</message>")
        if call == "end":
            del self.rooms[room]
            return _xml("SUCCESS", "<messageKey>sentEndMeetingRequest</messageKey>")
        assert call == "getMeetingInfo"
        people = "".join(
            f"<attendee><userID>{escape(ref)}</userID><internalUserID>{conn}</internalUserID></attendee>"
            for conn, ref in self.rooms[room].items()
        )
        return _xml("SUCCESS", f"<attendees>{people}</attendees>")


def _xml(code: str, rest: str) -> Answer:
    return Answer(status=200, body=f"<response><returncode>{code}</returncode>{rest}</response>".encode())


class ZoomService(Service):
    """Zoom's REST API, with the account's own app."""

    def __init__(self) -> None:
        super().__init__()
        self.meetings: dict[str, dict[str, Any]] = {}
        self.registrants: dict[str, list[dict[str, str]]] = {}
        self.keys = 0
        self.page = 300

    def enter(self, room: str, ref: str) -> str:
        number = self.number(room)
        (who,) = [each["id"] for each in self.registrants[number] if each["email"].startswith(f"{ref}@")]
        self.rooms.setdefault(number, {})
        return super().enter(number, who)

    def number(self, room: str) -> str:
        return min(number for number, each in self.meetings.items() if each["topic"] == room)

    def answer(self, question: Question) -> Any:
        parts = urlsplit(question.url)
        if parts.netloc == "zoom.us":
            return self._key(question)
        assert question.url.startswith("https://api.zoom.us/v2/")
        if question.headers["Authorization"] != f"Bearer key-{self.keys}":
            raise Refused(401, 124, "Invalid access token.")
        body = json.loads(question.body) if question.body else {}
        what, *rest = parts.path.removeprefix("/v2/").split("/")
        asked = dict(parse_qsl(parts.query))
        if what == "users":
            assert rest == [ZOOM_HOST, "meetings"]
            return self._of_host(question.method, body, asked)
        number = rest.pop(0) if what == "meetings" else rest[1]
        if number not in self.meetings:
            raise Refused(404, 3001, "Meeting does not exist")
        answers: dict[str, Callable[[], Any]] = {
            "": lambda: self._meeting(question.method, number),
            "registrants": lambda: self._registrants(question.method, number, body, asked),
            "status": lambda: self._end(number),
            "participants": lambda: self._present(number, asked),
        }
        return answers[rest[-1] if rest else ""]()

    def _key(self, question: Question) -> Body:
        told = b64decode(question.headers["Authorization"].removeprefix("Basic ")).decode()
        if told != f"{ZOOM_CLIENT}:{ZOOM_SECRET}":
            raise Refused(400, 4711, "Invalid client")
        self.keys += 1
        return {"access_token": f"key-{self.keys}", "token_type": "bearer", "expires_in": 3599}

    def _of_host(self, method: str, body: Body, asked: Body) -> Body:
        if method == "GET":
            listed = [{"id": int(number), "topic": each["topic"]} for number, each in self.meetings.items()]
            return self._paged("meetings", listed, asked)
        number = str(86431910364 + next(self._numbers))
        self.meetings[number] = {**body, "start_url": f"https://zoom.us/s/{number}?zak=of-the-host"}
        self.registrants[number] = []
        return {"id": int(number)}

    def _meeting(self, method: str, number: str) -> Body | None:
        if method == "GET":
            return {"id": int(number), **self.meetings[number]}
        del self.meetings[number]
        return None

    def _registrants(self, method: str, number: str, body: Body, asked: Body) -> Body:
        if method == "GET":
            return self._paged("registrants", self.registrants[number], asked)
        who = f"registrant-{next(self._numbers)}"
        made = {"id": who, "email": body["email"], "join_url": f"https://zoom.us/w/{number}?tk={who}"}
        self.registrants[number].append(made)
        return {"registrant_id": who, "join_url": made["join_url"]}

    def _end(self, number: str) -> None:
        if number not in self.rooms:
            raise Refused(400, 3061, "the meeting does not run")
        del self.rooms[number]

    def _present(self, number: str, asked: Body) -> Body:
        assert asked["type"] == "live"
        if number not in self.rooms:
            raise Refused(404, 3001, "Meeting does not exist")
        listed = [
            {"user_id": conn, "registrant_id": who, "user_name": "Guest", "status": "in_meeting"}
            for conn, who in self.rooms[number].items()
        ]
        gone = {"user_id": "gone", "registrant_id": "x", "leave_time": "2026-10-05T22:01:00Z"}
        waits = {"user_id": "waits", "registrant_id": "x", "status": "in_waiting_room"}
        return self._paged("participants", [*listed, gone, waits], asked)

    def _paged(self, listed: str, told: list[Any], asked: Body) -> Body:
        start = int(asked.get("next_page_token", "0") or 0)
        more = str(start + self.page) if start + self.page < len(told) else ""
        return {listed: told[start : start + self.page], "next_page_token": more}
