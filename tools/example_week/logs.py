"""Rooms that tell every join and leave as it happens: LiveKit, Zoom's webhooks, Jitsi, Janus."""

from collections.abc import Iterable
from datetime import timedelta

from tools.example_week.clock import at, epoch, iso
from tools.example_week.formats import Json, lines, short, shuffled_twice
from tools.example_week.history import ABSENT, earlier_meetings
from tools.example_week.meetings import PREFIX, members
from tools.example_week.people import PEOPLE
from tools.example_week.visits import NO, Visit, stayed

# LiveKit.


def livekit(room: str, day: str, visits: Iterable[Visit], opened: str, closed: str) -> list[Json]:
    sid = f"RM_{short(room, day)}"
    events = [livekit_event("room_started", sid, room, epoch(day, opened))]
    for number, visit in enumerate(visits):
        participant = {
            "sid": f"PA_{short(sid, visit.who, number)}",
            "identity": PEOPLE[visit.who].ref if visit.who in PEOPLE else f"staff-{visit.who.lower()}",
            "name": "" if visit.who in PEOPLE else visit.who,
            "joinedAt": str(epoch(day, visit.joined)),
        }
        events.append(livekit_event("participant_joined", sid, room, epoch(day, visit.joined), participant))
        if visit.left != NO:
            events.append(livekit_event("participant_left", sid, room, epoch(day, visit.left), participant))
    if closed != NO:
        events.append(livekit_event("room_finished", sid, room, epoch(day, closed)))
    return sorted(events, key=lambda event: int(event["createdAt"]))


def livekit_event(kind: str, sid: str, room: str, created: int, participant: Json | None = None) -> Json:
    told: Json = {
        "event": kind,
        "id": f"EV_{short(kind, sid, created, participant)}",
        "createdAt": str(created),
        "room": {"sid": sid, "name": room},
    }
    if participant:
        told["participant"] = participant
    return told


def two_weeks_before() -> bytes:
    """One log of all three groups' rooms: everybody on time but the absent."""
    events: list[Json] = []
    for meeting in earlier_meetings():
        here = [name for name in members(meeting) if name not in ABSENT.get(meeting.id, ())]
        starts, ends = at(meeting.day, meeting.starts), at(meeting.day, meeting.ends)
        joined, left = f"{starts - timedelta(minutes=3):%H:%M}", f"{ends + timedelta(minutes=1):%H:%M}"
        visits = [Visit(name, joined, left) for name in (meeting.led_by, *here)]
        events += livekit(f"iop-{PREFIX[meeting.group]}", meeting.day, visits, joined, left)
    return lines(events)


def eve_monday() -> bytes:
    """Shuffled and doubled. Ada's first leave is told after she is back; Eli's first try fails."""
    visits = [
        Visit("Rosa", "17:50", "21:18"),
        Visit("Ada", "17:57", "18:40:05"),
        Visit("Ada", "18:39:30", "21:16"),
        *stayed("Ben Cleo Dev Fay", "17:56", "21:16"),
        Visit("Eli", "18:04", "21:16"),
    ]
    events = livekit("iop-eve", "10-05", visits, "17:50", "21:18")
    sid = events[0]["room"]["sid"]
    failed = {"sid": "PA_" + short(sid, "failed"), "identity": PEOPLE["Eli"].ref}
    events.append(
        livekit_event("participant_connection_aborted", sid, "iop-eve", epoch("10-05", "18:01"), failed)
    )
    return lines(shuffled_twice(events))


def friday_morning() -> bytes:
    """Kai's room stays without him; Noa's session is still running at half past nine."""
    kai = livekit("kai-weekly", "10-09", [Visit("Sam", "08:26", "09:21")], "08:26", "09:21")
    noa = livekit("noa-weekly", "10-09", [Visit("Tess", "08:57", NO), Visit("Noa", "08:59", NO)], "08:57", NO)
    return lines([*kai, *noa])


# Zoom.


def eve_wednesday() -> bytes:
    """Webhooks. Ben's join came an hour late; Cleo was turned away at 18:17; Ada waited at the door."""
    visits = [*stayed("Ada Ben Eli", "17:57", "21:16"), Visit("Cleo", "18:17", "18:19")]
    events = [
        zoom_hook("meeting.started", "17:49"),
        zoom_hook("meeting.participant_joined", "17:49", zoom_host()),
        zoom_hook("meeting.participant_joined_waiting_room", "17:55", zoom_guest("Ada")),
        zoom_hook("meeting.participant_left", "21:18", zoom_host()),
        zoom_hook("meeting.ended", "21:18"),
    ]
    for visit in visits:
        late, guest = 65 if visit.who == "Ben" else 0, zoom_guest(visit.who)
        events.append(zoom_hook("meeting.participant_joined", visit.joined, guest, late=late))
        events.append(zoom_hook("meeting.participant_left", visit.left, guest))
    return lines(shuffled_twice(events))


def zoom_host() -> Json:
    return {"user_id": "16778240", "user_name": "Rosa", "id": "HOSTROSA", "email": "rosa@example.org"}


def zoom_guest(name: str) -> Json:
    user_id = str(16778240 + PEOPLE[name].number)
    return {"user_id": user_id, "user_name": name, "id": "", "email": PEOPLE[name].email}


ZOOM_TIME_OF = {"joined": "join_time", "left": "leave_time", "joined_waiting_room": "date_time"}


def zoom_hook(event: str, clock: str, participant: Json | None = None, *, late: int = 0) -> Json:
    """One webhook of Wednesday evening, sent `late` minutes after what it tells of."""
    when = at("10-07", clock)
    meeting: Json = {"uuid": short("eve-wednesday") + "==", "id": "86412345678", "host_id": "HOSTROSA"}
    if participant is not None:
        field = ZOOM_TIME_OF[event.removeprefix("meeting.participant_")]
        meeting["participant"] = {**participant, field: iso(when)}
    else:
        meeting["start_time" if event.endswith("started") else "end_time"] = iso(when)
    sent = int((when + timedelta(minutes=late)).timestamp() * 1000) + 439
    return {"event": event, "event_ts": sent, "payload": {"account_id": "ACCT", "object": meeting}}


# Jitsi.


def aft_wednesday() -> bytes:
    """Mia alone with Tess, until at 15:20 the log itself falls silent."""
    tess, mia = jitsi_occupant("Tess", "12:50"), jitsi_occupant("Mia", "12:58")
    events = (
        jitsi_event("muc-room-created", created_at=epoch("10-07", "12:50")),
        jitsi_event("muc-occupant-joined", occupant=tess),
        jitsi_event("muc-occupant-joined", occupant=mia),
        jitsi_event("muc-occupant-left", occupant=tess | {"left_at": epoch("10-07", "15:20")}),
    )
    return lines(events)


def jitsi_event(name: str, **told: object) -> Json:
    room = {"room_name": "iop-aft", "room_jid": "iop-aft@conference.meet.example.org", "is_breakout": False}
    return {"event_name": name, **room, **told}


def jitsi_occupant(name: str, joined: str) -> Json:
    jid = f"{short('jid', name)}@meet.example.org/{short('res', name, length=8)}"
    told = {"occupant_jid": jid, "name": name, "joined_at": epoch("10-07", joined)}
    return {**told, "id": PEOPLE[name].ref} if name in PEOPLE else told


# Janus.


def eve_thursday() -> bytes:
    """Three came. Events are bound to a person by the ref that was signed into the link."""
    events = [janus_notice("17:50", "created")]
    for visit in [*stayed("Rosa", "17:51", "21:17"), *stayed("Ada Cleo Dev", "17:57", "21:16")]:
        ref = PEOPLE[visit.who].ref if visit.who in PEOPLE else "staff-rosa"
        seat = f"{ref}.{short('janus', ref, length=6)}"
        handle: Json = {
            "session_id": int(short("session", ref), 16),
            "handle_id": int(short("handle", ref), 16),
        }
        token = f"{epoch('10-08', '22:00')},janus,janus.plugin.videoroom,ref={ref}:{short('signed', ref)}="
        attached = {"name": "attached", "plugin": "janus.plugin.videoroom", "opaque_id": seat, "token": token}
        events.append(janus_event(visit.joined, 2, attached) | handle)
        events.append(janus_notice(visit.joined, "joined", id=seat, display=visit.who) | handle)
        events.append(janus_notice(visit.left, "leaving", id=seat))
    events.append(janus_notice("21:18", "destroyed"))
    return lines(sorted(events, key=lambda event: int(event["timestamp"])))


def janus_notice(clock: str, what: str, **who: str) -> Json:
    data = {"event": what, "room": "iop-eve", **who}
    return janus_event(clock, 64, {"plugin": "janus.plugin.videoroom", "data": data})


def janus_event(clock: str, kind: int, event: Json) -> Json:
    timestamp = epoch("10-08", clock) * 1_000_000
    return {"emitter": "vt-janus-1", "type": kind, "timestamp": timestamp, "event": event}
