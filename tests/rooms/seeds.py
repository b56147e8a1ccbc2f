"""One small file of every layout, built here so that no test needs files from elsewhere.

The people are invented. Layouts follow public parsers and the vendors' documentation.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

ZOOM_PREAMBLE = (
    "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\r\n"
    '"812 3456 7890",Evening group,10/05/2026 05:55:00 PM,10/05/2026 09:02:00 PM,ben@example.org,187,4,\r\n'
    "\r\n"
)
ZOOM_ROWS = (
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room\r\n"
    "Ben (Therapist),ben@example.org,10/05/2026 05:55:00 PM,10/05/2026 09:02:00 PM,187,No,No\r\n"
    "Ada,ada@example.org,10/05/2026 05:58:10 PM,10/05/2026 06:00:31 PM,3,Yes,Yes\r\n"
    '"Lopez, Ada",ada@example.org,10/05/2026 06:00:31 PM,10/05/2026 09:00:00 PM,180,Yes,No\r\n'
    "15551234567,,10/05/2026 07:05:00 PM,,45,Yes,No\r\n"
)
ZOOM_API = (
    "id,user_id,name,user_email,join_time,leave_time,duration,registrant_id,status\n"
    "PU1,16778240,Ada,ada@example.org,2026-10-05T22:00:31Z,2026-10-06T01:00:00Z,10769,reg-1,in_meeting\n"
    "PU1,16778241,Ada,ada@example.org,2026-10-05T21:58:31Z,2026-10-05T22:00:31Z,120,reg-1,in_waiting_room\n"
)
ZOOM_TOTALS = "Name (Original Name),User Email,Total Duration (Minutes),Guest\nAda,,181,Yes\nKim,kim@example.org,58,No\n"
TEAMS = (
    "1. Summary\r\nMeeting title\tEvening group\r\nAttended participants\t2\r\n"
    "Start time\t7/22/26, 7:00:11\u202fPM\r\nEnd time\t7/22/26, 8:31:02\u202fPM\r\n"
    "Meeting duration\t1h 30m 51s\r\nAverage attendance time\t1h 22m 0s\r\n\r\n"
    "2. Participants\r\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\r\n"
    "Ada\t7/22/26, 7:02:11\u202fPM\t7/22/26, 8:30:02\u202fPM\t1h 17m 51s\tada@example.org\tada@x.org\tAttendee\r\n"
    "Ben\t7/22/26, 7:00:11\u202fPM\t7/22/26, 8:31:02\u202fPM\t1h 30m 51s\tben@example.org\t\tOrganizer\r\n\r\n"
    "3. In-Meeting Activities\r\n"
    "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\r\n"
    "Ada\t7/22/26, 7:02:11\u202fPM\t7/22/26, 7:40:02\u202fPM\t37m 51s\tada@example.org\tAttendee\r\n"
    "Ada\t7/22/26, 7:50:02\u202fPM\t7/22/26, 8:30:02\u202fPM\t40m 0s\tada@example.org\tAttendee\r\n"
    "Ben\t7/22/26, 7:00:11\u202fPM\t7/22/26, 8:31:02\u202fPM\t1h 30m 51s\tben@example.org\tOrganizer\r\n"
)
TEAMS_GERMAN = (
    "1. Zusammenfassung\r\nBesprechungstitel\tAbendgruppe\r\nTeilnehmer\t2\r\n"
    "Startzeit\t22.07.26, 19:00:11\r\nEndzeit\t22.07.26, 20:31:02\r\n\r\n"
    "2. Teilnehmer\r\nName\tErster Beitritt\tLetztes Verlassen\tBesprechungsdauer\tE-Mail\tTeilnehmer-ID\tRolle\r\n"
    "Ada\t22.07.26, 19:02:11\t22.07.26, 20:30:02\t1 Std. 17 Min. 51 Sek.\tada@example.org\tada@x.org\tTeilnehmer\r\n"
    "Ben\t22.07.26, 19:00:11\t22.07.26, 20:31:02\t1 Std. 30 Min. 51 Sek.\t\t\tOrganisator\r\n"
)
TEAMS_ACTIONS = (
    "Full Name\tUser Action\tTimestamp\r\nBen\tJoined before\t27/09/2022, 17:27:00\r\n"
    "Ada\tJoined\t27/09/2022, 17:30:05\r\nAda\tLeft\t27/09/2022, 17:55:41\r\n"
    "Ada\tJoined\t27/09/2022, 17:58:10\r\n"
)
TEAMS_2021 = (
    "Meeting Summary\r\nTotal Number of Participants\t2\r\nMeeting Title\tEvening group\r\n"
    "Meeting Start Time\t2/25/2021, 5:20:02 PM\r\nMeeting End Time\t2/25/2021, 6:44:33 PM\r\n\r\n"
    "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\r\n"
    "Ada\t2/25/2021, 5:20:20 PM\t2/25/2021, 6:44:33 PM\t1h 24m\tada@example.org\tAttendee\tada@x.org\r\n"
)
MEET = (
    "First name,Last name,Email,Duration,Time joined,Time exited\r\n"
    "Ada,Lopez,ada@example.org,58 min,18:02,19:00\r\n"
    "Grace,,grace@example.org,1 hr 2 min,11:30 PM,12:32 AM\r\n"
)

GRAPH: Mapping[str, Any] = {
    "id": "REPORT",
    "meetingStartDateTime": "2026-07-22T13:30:11Z",
    "meetingEndDateTime": "2026-07-22T15:01:02Z",
    "attendanceRecords": [
        {
            "emailAddress": "ada@example.org",
            "role": "Attendee",
            "identity": {"id": "U1", "displayName": "Ada"},
            "attendanceIntervals": [
                {"joinDateTime": "2026-07-22T13:32:11Z", "leaveDateTime": "2026-07-22T14:10:02.5Z"},
                {"joinDateTime": "2026-07-22T14:20:02Z", "leaveDateTime": None},
            ],
        },
        {"role": "Organizer", "identity": {"displayName": "Ben"}, "attendanceIntervals": []},
    ],
}
MEET_REST: Mapping[str, Any] = {
    "conferenceRecord": {
        "name": "conferenceRecords/abc",
        "startTime": "2026-07-22T13:30:00Z",
        "endTime": "2026-07-22T15:00:00Z",
        "space": "spaces/xyz",
    },
    "participants": [
        {
            "name": "conferenceRecords/abc/participants/1",
            "earliestStartTime": "2026-07-22T13:32:00Z",
            "latestEndTime": "2026-07-22T15:00:00Z",
            "signedinUser": {"user": "users/111", "displayName": "Ada"},
        },
        {
            "name": "conferenceRecords/abc/participants/2",
            "earliestStartTime": "2026-07-22T13:32:00Z",
            "phoneUser": {"displayName": "(***) ***-**67"},
        },
    ],
    "participantSessions": [
        {
            "name": "conferenceRecords/abc/participants/1/participantSessions/1",
            "startTime": "2026-07-22T13:32:00Z",
            "endTime": "2026-07-22T14:10:00Z",
        }
    ],
}
DASHBOARD: Mapping[str, Any] = {
    "intId": "m-1",
    "extId": "iop-121",
    "name": "Evening group",
    "createdOn": 1781000000000,
    "endedOn": 1781005400000,
    "users": {
        "u-1": {
            "userKey": "u-1",
            "extId": "pt_001",
            "name": "Ada",
            "isModerator": False,
            "isDialIn": False,
            "intIds": {
                "w_a": {"intId": "w_a", "registeredOn": 1781000100000, "leftOn": 1781002000000},
                "w_b": {"intId": "w_b", "registeredOn": 1781002300000, "leftOn": 0},
                "w_c": {"sessions": [{"registeredOn": 1781002300000, "leftOn": 1781002400000}]},
            },
        },
        "u-2": {"extId": "ben", "name": "Ben", "isModerator": True, "intIds": {}},
    },
}


def livekit(event: str, at: int, *, sid: str | None = "PA_1", joined: int | None = None, **more: Any) -> Any:
    """A LiveKit webhook."""
    body: dict[str, Any] = {
        "event": event,
        "id": f"EV_{event}_{at}_{sid}",
        "createdAt": str(at),
        "room": {"sid": "RM_1", "name": "iop-121"},
    }
    if sid is not None:
        body["participant"] = {"sid": sid, "identity": f"pt_{sid}", "name": "Ada", **more}
        if joined is not None:
            body["participant"]["joinedAt"] = str(joined)
    return body


def zoom(event: str, at: str, *, sent: int, **participant: Any) -> Any:
    """A Zoom webhook about a participant."""
    time = {"meeting.participant_joined": "join_time", "meeting.participant_left": "leave_time"}
    told = {"user_id": "16778240", "user_name": "Ada", "id": "PU1", "email": "ada@example.org", **participant}
    told[time.get(event, "date_time")] = at
    return {
        "event": event,
        "event_ts": sent,
        "payload": {
            "account_id": "A",
            "object": {"uuid": "u==", "id": "864", "host_id": "H", "participant": told},
        },
    }


def zoom_ended(at: str, *, sent: int) -> Any:
    """A Zoom webhook about the end of a meeting."""
    meeting = {"uuid": "u==", "id": "864", "start_time": "2022-03-23T12:30:00Z", "end_time": at}
    return {"event": "meeting.ended", "event_ts": sent, "payload": {"object": meeting}}


def jitsi(event: str, *, joined: float, left: float | None = None, breakout: str = "", **more: Any) -> Any:
    """An event_sync request about an occupant."""
    occupant = {"occupant_jid": "jid-1@meet/abc", "id": "pt_001", "name": "Ada", "joined_at": joined, **more}
    if left is not None:
        occupant["left_at"] = left
    body = {"event_name": event, "room_name": "iop", "room_jid": "iop@conference.meet", "occupant": occupant}
    return {**body, "is_breakout": bool(breakout), **({"breakout_room_id": breakout} if breakout else {})}


def jitsi_room(event: str, at: float, occupants: Sequence[Any] = ()) -> Any:
    """An event_sync request about a room."""
    body = {"event_name": event, "room_name": "iop", "room_jid": "iop@conference.meet", "is_breakout": False}
    if event == "muc-room-created":
        return {**body, "created_at": at}
    return {**body, "created_at": 1625820000, "destroyed_at": at, "all_occupants": list(occupants)}


def janus(event: str, at: int, *, who: str = "p-1.aa", room: str = "grp-42", handle: int | None = 7) -> Any:
    """A Janus VideoRoom event; only a join tells its handle."""
    data = {"event": event, "room": room, **({} if event == "destroyed" else {"id": who})}
    body: dict[str, Any] = {"emitter": "vt-1", "type": 64, "timestamp": at}
    if event == "joined":
        data["display"] = "Ada"
        body |= {"session_id": 3, "handle_id": handle}
    return {**body, "event": {"plugin": "janus.plugin.videoroom", "data": data}}


def janus_attached(at: int, *, ref: str, handle: int = 7) -> Any:
    """A Janus event that binds a handle to the ref in its signed token."""
    token = f"1795461140,janus,janus.plugin.videoroom,room=grp-42,ref={ref}:k2O3/x=="
    event = {"name": "attached", "plugin": "janus.plugin.videoroom", "token": token}
    return {
        "emitter": "vt-1",
        "type": 2,
        "timestamp": at,
        "session_id": 3,
        "handle_id": handle,
        "event": event,
    }


def janus_core(status: str, at: int) -> Any:
    """A Janus event of the server itself."""
    return {"emitter": "vt-1", "type": 256, "subtype": 1, "timestamp": at, "event": {"status": status}}


def daily(what: str, joined: float, *, left: float | None = None, conn: str = "s-1", **more: Any) -> Any:
    """A Daily webhook about a participant."""
    told = {
        "joined_at": joined,
        "session_id": conn,
        "room": "iop",
        "user_id": "pt_001",
        "user_name": "Ada",
        **more,
    }
    if left is not None:
        told["duration"] = left - joined
    sent = joined if left is None else left
    return {
        "version": "1.0.0",
        "type": what,
        "id": f"{what}-{conn}-{sent}",
        "payload": told,
        "event_ts": sent + 0.4,
    }


def daily_meeting(what: str, at: float, *, room: str = "iop") -> Any:
    """A Daily webhook about a meeting."""
    told = {"room": room, "meeting_id": "m-1", ("start_ts" if what == "meeting.started" else "end_ts"): at}
    return {"version": "1.0.0", "type": what, "id": f"{what}-{at}", "payload": told, "event_ts": at + 0.4}


LIVEKIT_EVENTS = [
    livekit("room_started", 1781000000, sid=None),
    livekit("participant_joined", 1781000001, joined=1781000000),
    livekit("track_published", 1781000002),
    livekit("participant_joined", 1781001790, sid="PA_2", joined=1781001790),
    livekit("participant_left", 1781001800, joined=1781000000),
    livekit("participant_connection_aborted", 1781001900, sid="PA_3"),
    livekit("room_finished", 1781005400, sid=None),
]
ZOOM_EVENTS = [
    zoom("meeting.participant_joined_waiting_room", "2022-03-23T12:33:20Z", sent=1648038800000, user_id=None),
    zoom("meeting.participant_joined", "2022-03-23T12:33:26Z", sent=1648038809439),
    zoom("meeting.participant_left", "2022-03-23T12:43:26Z", sent=1648042409439, registrant_id="reg-1"),
    zoom(
        "meeting.participant_joined", "2022-03-23T12:44:26Z", sent=1648039466000, phone_number="15551234567"
    ),
    zoom_ended("2022-03-23T13:33:39Z", sent=1648042419111),
]
JITSI_EVENTS = [
    jitsi_room("muc-room-created", 1625823990),
    jitsi("muc-occupant-joined", joined=1625823996),
    jitsi("muc-occupant-left", joined=1625823996, left=1625824035),
    jitsi("muc-occupant-joined", joined=1625824036, breakout="b1"),
    jitsi_room("muc-room-destroyed", 1625827596, [{"occupant_jid": "x@meet/1", "joined_at": 1625824000.5}]),
]
JANUS_EVENTS = [
    {
        "emitter": "vt-1",
        "type": 1,
        "timestamp": 1795457541147000,
        "session_id": 3,
        "event": {"name": "created"},
    },
    janus_attached(1795457541148000, ref="p-1"),
    janus("joined", 1795457541149000),
    janus("published", 1795457541160000),
    {"emitter": "vt-1", "type": 32, "timestamp": 1795457541170000, "event": {"data": [1, 2]}},
    janus("leaving", 1795457641149000),
    janus("joined", 1795457651149000, who="p-2.bb"),
    janus("destroyed", 1795458651149000),
    janus_core("started", 1795458661149000),
]


DAILY_EVENTS = [
    daily_meeting("meeting.started", 1781000000.2),
    daily("participant.joined", 1781000001.5),
    daily("waiting-participant.joined", 1781000002.5, conn="s-9"),
    daily("participant.left", 1781000001.5, left=1781001800.25),
    daily("participant.joined", 1781001900.0, conn="s-2"),
    daily_meeting("meeting.ended", 1781005400.0),
]


def json_lines(events: Sequence[Any]) -> bytes:
    """Payloads one a line."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def pretty(value: Any) -> bytes:
    """A document laid out over several lines."""
    return json.dumps(value, indent=1).encode()


def every_seed() -> dict[str, bytes]:
    """A file of each layout by name."""
    return {
        "zoom_preamble": b"\xef\xbb\xbf" + (ZOOM_PREAMBLE + ZOOM_ROWS).encode(),
        "zoom_semicolons": ZOOM_ROWS.replace('"', "").replace(", ", " ").replace(",", ";").encode(),
        "zoom_api": ZOOM_API.encode(),
        "zoom_totals": ZOOM_TOTALS.encode(),
        "zoom_latin": ZOOM_ROWS.replace("Ada", "Aída Núñez").encode("cp1252"),
        "teams": TEAMS.encode("utf-16"),
        "teams_utf8": TEAMS.encode(),
        "teams_german": TEAMS_GERMAN.encode("utf-16"),
        "teams_actions": TEAMS_ACTIONS.encode("utf-16"),
        "teams_2021": TEAMS_2021.encode("utf-16-le"),
        "meet": MEET.encode(),
        "graph": pretty(GRAPH),
        "graph_page": pretty({"value": [GRAPH, GRAPH]}),
        "meet_rest": pretty(MEET_REST),
        "dashboard": pretty(DASHBOARD),
        "livekit": json_lines(LIVEKIT_EVENTS),
        "livekit_pretty": pretty(LIVEKIT_EVENTS),
        "zoom_webhooks": json_lines(ZOOM_EVENTS),
        "jitsi": json_lines(JITSI_EVENTS),
        "janus": json_lines([*JANUS_EVENTS[:3], JANUS_EVENTS[3:6], *JANUS_EVENTS[6:]]),
        "daily": json_lines(DAILY_EVENTS),
        "mixed": json_lines(
            [LIVEKIT_EVENTS[1], ZOOM_EVENTS[1], JITSI_EVENTS[1], JANUS_EVENTS[2], ZOOM_EVENTS[4]]
        ),
    }
