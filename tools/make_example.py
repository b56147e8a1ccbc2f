"""Writes examples/week: one program week as its room exports and tables would tell it.

Everybody in it is made up. The same files come out every time; `--check` says whether the ones on
disk are these.
"""

import argparse
import csv
import hashlib
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
WEEK = ROOT / "examples" / "week"
POLICY = ROOT / "rejoin" / "policies" / "a-sud-commercial-evening.yaml"
BY_HAND = {"README.md"}
NEW_YORK = ZoneInfo("America/New_York")
UTC = ZoneInfo("UTC")
NO = "-"
"""A join or leave that the source does not tell."""

Json = dict[str, Any]


# The people and the clock.


class Person(NamedTuple):
    name: str
    number: int
    groups: tuple[tuple[str, str, str], ...]
    """Group, first day, last day."""
    phone: bool = True
    zone: str = "America/New_York"
    state: str = "NY"
    flags: str = ""

    @property
    def id(self) -> str:
        return f"P{self.number:02}"

    @property
    def ref(self) -> str:
        return f"pt-{self.number:02}"

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.org"


EVE, DAY, AFT = "Evening", "Daytime", "Afternoon"
_EVE, _DAY, _AFT = (EVE, "2026-09-21", ""), (DAY, "2026-09-28", ""), (AFT, "2026-09-21", "")
PEOPLE = {
    person.name: person
    for person in (
        Person("Ada", 1, (_EVE,)),
        Person("Ben", 2, (_EVE,)),
        Person("Cleo", 3, (_EVE,)),
        Person("Dev", 4, (_EVE,)),
        Person("Eli", 5, (_EVE,), phone=False),
        Person("Fay", 6, (_EVE,), flags="cssrs_high"),
        Person("Gus", 7, (_DAY,)),
        Person("Hana", 8, (_DAY,)),
        Person("Ivo", 9, (_DAY,)),
        Person("Jo", 10, (_DAY,)),
        Person("Kai", 11, (_DAY,), zone="America/Denver", state="CO"),
        Person("Lea", 12, ((EVE, "2026-09-21", "2026-10-04"), (DAY, "2026-10-05", ""))),
        Person("Mia", 13, (_AFT,)),
        Person("Noa", 14, (_AFT,)),
        Person("Omar", 15, (_AFT,), zone="America/Los_Angeles", state="CA"),
        Person("Pia", 16, (_AFT,)),
        Person("Quin", 17, ((EVE, "2026-09-21", "2026-10-06"),)),
        Person("Rae", 18, ((AFT, "2026-10-05", ""),)),
    )
}
STAFF = {"Rosa": "NY;NJ", "Sam": "NY;CO", "Tess": "NY;CA"}
LED_BY = {EVE: "Rosa", DAY: "Sam", AFT: "Tess"}
CLOCKS = {
    EVE: ("18:00", "21:15", "19:30-19:45"),
    DAY: ("09:30", "12:45", "11:00-11:15"),
    AFT: ("13:00", "16:15", "14:30-14:45"),
}
ROOMS = {EVE: "iop-eve; 864 1234 5678", DAY: "812-3456-7890; Daytime IOP; iop-day", AFT: "iop-aft"}
PREFIX = {EVE: "eve", DAY: "day", AFT: "aft"}


def at(day: str, clock: str) -> datetime:
    """at("10-05", "18:00"): that instant of 2026 on New York's clocks."""
    seconds = clock if clock.count(":") == 2 else f"{clock}:00"
    return datetime.fromisoformat(f"2026-{day}T{seconds}").replace(tzinfo=NEW_YORK)


def stamp(day: str, clock: str) -> str:
    return at(day, clock).replace(tzinfo=None).isoformat(timespec="minutes")


# The tables.


class Meeting(NamedTuple):
    """One row of sessions.csv."""

    id: str
    day: str
    starts: str
    ends: str
    group: str = ""
    kind: str = "group"
    module: str = ""
    breaks: str = ""
    led_by: str = ""
    status: str = "scheduled"
    rooms: str = ""
    patient: str = ""
    mode: str = "video"


MODULES = {
    EVE: "Triggers; Cravings; Relapse prevention; Sleep; Anger; Lapses; Boundaries; Grief; Joy",
    DAY: "Orientation; Triggers; Cravings; Relapse prevention; Sleep; Anger",
    AFT: "Values; Stress; Assertiveness; Family roles; Money; Work; Shame; Trust; Support",
}
HELD_ON = {
    EVE: ("09-21", "09-23", "09-24", "09-28", "09-30", "10-01", "10-05", "10-07", "10-08"),
    DAY: ("09-28", "09-29", "10-01", "10-05", "10-06", "10-08"),
    AFT: ("09-22", "09-23", "09-25", "09-29", "09-30", "10-02", "10-06", "10-07", "10-09"),
}


def group_meetings() -> Iterator[Meeting]:
    for group, days in HELD_ON.items():
        starts, ends, breaks = CLOCKS[group]
        for day, module in zip(days, MODULES[group].split("; "), strict=True):
            session_id = f"{PREFIX[group]}-{day.replace('-', '')}"
            yield Meeting(
                id=session_id,
                day=day,
                starts=starts,
                ends=ends,
                group=group,
                module=module,
                breaks=breaks,
                led_by=LED_BY[group],
                rooms=ROOMS[group],
                status="outage" if session_id == "aft-1002" else "scheduled",
            )


SINGLE = """
ind-cleo-1006  10-06 12:00 12:50  Cleo  Rosa  individual  scheduled  video      cleo-weekly
ind-lea-1006   10-06 14:00 14:50  Lea   Sam   individual  scheduled  in_person  -
ind-ada-1006   10-06 15:00 15:50  Ada   Rosa  individual  scheduled  video      -
fam-pia-1006   10-06 17:00 18:00  Pia   Tess  family      scheduled  video      -
fam-noa-1006   10-06 18:30 19:30  Noa   Tess  family      scheduled  video      -
ind-hana-1007  10-07 10:00 10:50  Hana  Sam   individual  cancelled  video      833-2000-1000
ind-gus-1007   10-07 13:00 13:50  Gus   Sam   individual  scheduled  in_person  -
ind-ben-1007   10-07 16:00 16:50  Ben   Rosa  individual  scheduled  video      855-3000-2000
ind-mia-1008   10-08 11:00 11:50  Mia   Tess  individual  scheduled  video      spaces/mia-weekly
ind-kai-1009   10-09 08:30 09:20  Kai   Sam   individual  scheduled  video      kai-weekly
ind-noa-1009   10-09 09:00 09:50  Noa   Tess  individual  scheduled  video      noa-weekly
"""


def single_meetings() -> Iterator[Meeting]:
    """Sessions of one patient. The last column is the room; without one a file is found by its time."""
    for line in SINGLE.strip().splitlines():
        session_id, day, starts, ends, patient, led_by, kind, status, mode, room = line.split()
        yield Meeting(
            id=session_id,
            day=day,
            starts=starts,
            ends=ends,
            kind=kind,
            led_by=led_by,
            status=status,
            rooms="" if room == NO else room,
            patient=patient,
            mode=mode,
        )


MEETINGS = (*group_meetings(), *single_meetings())
BY_ID = {meeting.id: meeting for meeting in MEETINGS}


def table(columns: str, rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()


def roster() -> bytes:
    rows = [
        (
            each.id,
            each.name,
            each.email,
            f"+1 202 555 01{each.number:02}" if each.phone else "",
            each.zone,
            each.state,
            group,
            since,
            until,
            each.flags,
        )
        for each in PEOPLE.values()
        for group, since, until in each.groups
    ]
    return table("patient_id,name,email,phone,timezone,state,group,from,until,flags", rows)


def sessions() -> bytes:
    rows = [
        (
            each.id,
            each.group,
            each.kind,
            "iop",
            each.module,
            stamp(each.day, each.starts),
            stamp(each.day, each.ends),
            each.breaks,
            each.led_by,
            each.status,
            each.rooms,
            PEOPLE[each.patient].id if each.patient else "",
            each.mode,
        )
        for each in sorted(MEETINGS, key=lambda each: (each.day, each.starts, each.id))
    ]
    columns = "session_id,group,kind,service,module,starts_at,ends_at,breaks,facilitator,status,meeting_id,patient_id,mode"
    return table(columns, rows)


def identities() -> bytes:
    """Refs signed into join links, and the names and accounts that somebody confirmed."""
    signed = [
        (provider, each.ref, each.id)
        for provider in ("livekit", "janus", "jitsi", "bigbluebutton")
        for each in PEOPLE.values()
    ]
    confirmed = (
        ("zoom", "lulu", "Lea"),
        ("teams", "Pia at home", "Pia"),
        ("meet", "users/1180", "Mia"),
    )
    return table(
        "provider,ref,patient_id",
        [*signed, *((where, ref, PEOPLE[name].id) for where, ref, name in confirmed)],
    )


ABSENT = {
    "eve-0924": ("Quin",),
    "eve-0928": ("Ben", "Quin"),
    "eve-0930": ("Quin",),
    "eve-1001": ("Quin",),
    "day-0929": ("Gus",),
    "day-1001": ("Gus",),
    "aft-0923": ("Omar",),
    "aft-0925": ("Omar",),
    "aft-0929": ("Omar",),
    "aft-0930": ("Mia", "Omar"),
}
"""Who did not come in the two weeks before, by session."""
EXCUSED = {"Omar"}


def members(meeting: Meeting) -> list[str]:
    day = f"2026-{meeting.day}"
    return [
        each.name
        for each in PEOPLE.values()
        if any(
            group == meeting.group and since <= day <= (until or "9") for group, since, until in each.groups
        )
    ]


def earlier_meetings() -> Iterator[Meeting]:
    yield from sorted(
        (each for each in MEETINGS if each.day < "10-05" and each.status == "scheduled"),
        key=lambda each: (each.day, each.starts),
    )


MARKED = """
eve-1005      Ada   attended  -        10-05 21:40
eve-1005      Ben   attended  -        10-05 21:40
eve-1005      Cleo  attended  -        10-05 21:40
ind-lea-1006  Lea   missed    unknown  10-06 14:55
ind-gus-1007  Gus   attended  -        10-07 13:55
ind-ben-1007  Ben   attended  -        10-07 16:55
day-1008      Ivo   attended  -        10-08 10:10
"""


def marks() -> bytes:
    """The two weeks before are attested in full; of this week only what a person had to say."""
    rows: list[Sequence[str]] = []
    for meeting in earlier_meetings():
        for name in members(meeting):
            absent = name in ABSENT.get(meeting.id, ())
            status = ("excused" if name in EXCUSED else "missed") if absent else "attended"
            reason = "interpreter_failed" if absent and name == "Mia" else ""
            rows.append(mark(meeting.id, name, status, reason, meeting.day, "22:00"))
    for line in MARKED.strip().splitlines():
        session_id, name, status, reason, day, clock = line.split()
        rows.append(mark(session_id, name, status, reason.strip("-"), day, clock))
    return table("session_id,patient_id,status,reason,by,at", rows)


def mark(session_id: str, name: str, status: str, reason: str, day: str, clock: str) -> Sequence[str]:
    return session_id, PEOPLE[name].id, status, reason, BY_ID[session_id].led_by, stamp(day, clock)


SAID = """
Omar  aft-0923  09-23 08:10  illness
Omar  aft-0925  09-25 08:10  illness
Omar  aft-0929  09-29 08:10  illness
Omar  aft-0930  09-30 08:10  illness
Omar  aft-1006  10-06 08:10  illness
Omar  aft-1007  10-07 08:10  illness
Fay   eve-1007  10-06 12:00  appointment
Dev   eve-1007  10-07 15:00  work
Jo    day-1008  10-07 19:00  car
Lea   day-1008  10-08 08:30  illness
"""


def notices() -> bytes:
    rows = []
    for line in SAID.strip().splitlines():
        name, session_id, day, clock, reason = line.split()
        rows.append((PEOPLE[name].id, session_id, stamp(day, clock), reason))
    return table("patient_id,session_id,received_at,reason", rows)


def checkins() -> bytes:
    said = [
        ("eve-1005", "Dev", "PA"),
        *(("eve-1005", name, "NY") for name in ("Ada", "Ben", "Cleo", "Eli", "Fay")),
    ]
    said += [("day-1005", "Kai", "CO"), ("day-1005", "Jo", "NY")]
    rows = [
        (session_id, PEOPLE[name].id, state, stamp(BY_ID[session_id].day, BY_ID[session_id].starts))
        for session_id, name, state in said
    ]
    return table("session_id,patient_id,state,at", rows)


def staff() -> bytes:
    return table("name,licensed_states", STAFF.items())


def consents() -> bytes:
    rows = [
        (each.id, "sms", "true", stamp("09-21", "12:00"), "")
        for each in PEOPLE.values()
        if each.name != "Rae"
    ]
    rows.append((PEOPLE["Ben"].id, "push", "false", stamp("09-21", "12:00"), ""))
    rows.append((PEOPLE["Ben"].id, "sms", "false", stamp("10-08", "18:03"), ""))
    return table("patient_id,channel,granted,at,contact", rows)


TRIED = """
Gus   day-1005      nudge     10-05 09:35  system         sms             message_sent
Gus   day-1005      tech      10-05 09:52  cofacilitator  phone           voicemail
Gus   day-1005      call1     10-05 10:32  counselor      phone           no_answer
Gus   day-1005      call1     10-05 11:40  counselor      phone           voicemail
Gus   day-1005      call1     10-05 15:10  counselor      phone           voicemail
Dev   eve-1005      tech      10-05 18:21  cofacilitator  phone           contact
Lea   ind-lea-1006  nudge     10-06 14:05  system         sms             message_sent
Lea   ind-lea-1006  tech      10-06 14:21  cofacilitator  phone           no_answer
Lea   ind-lea-1006  call1     10-06 15:02  counselor      phone           voicemail
Lea   ind-lea-1006  call2     10-07 10:05  counselor      phone           wrong_number
Noa   aft-1007      nudge     10-07 13:05  system         sms             message_sent
Noa   aft-1007      tech      10-07 13:24  cofacilitator  phone           contact
Pia   aft-1007      nudge     10-07 13:05  system         sms             message_sent
Rae   aft-1007      nudge     10-07 13:05  system         push            message_sent
Rae   aft-1007      tech      10-07 13:28  cofacilitator  phone           caregiver_reached
Rae   aft-1007      call1     10-07 14:06  counselor      phone           voicemail
Cleo  eve-1007      nudge     10-07 18:05  system         sms             message_sent
Cleo  eve-1007      call1     10-07 19:10  counselor      secure_message  message_sent
Dev   eve-1007      nudge     10-07 18:05  system         sms             message_sent
Dev   eve-1007      call1     10-07 19:12  counselor      phone           voicemail
Kai   day-1008      tech      10-08 09:55  cofacilitator  phone           no_answer
Kai   day-1008      nudge     10-08 10:00  system         sms             message_sent
Kai   day-1008      call1     10-08 10:40  counselor      phone           voicemail
Ben   eve-1008      call1     10-08 19:05  counselor      phone           voicemail
Eli   eve-1008      nudge     10-08 18:05  system         push            message_sent
Eli   eve-1008      call1     10-08 19:20  counselor      secure_message  message_sent
Fay   eve-1008      nudge     10-08 18:05  system         sms             message_sent
Fay   eve-1008      call_now  10-08 18:17  coordinator    phone           voicemail
Fay   eve-1008      call2     10-08 19:02  counselor      phone           caregiver_reached
"""


def routine(name: str, session_id: str) -> Iterator[str]:
    """A nudge and two calls that reached nobody."""
    meeting = BY_ID[session_id]
    start = at(meeting.day, meeting.starts)
    for after, tried in (
        (5, "nudge {} system sms message_sent"),
        (22, "tech {} cofacilitator phone no_answer"),
        (65, "call1 {} counselor phone voicemail"),
    ):
        clock = f"{start + timedelta(minutes=after):%m-%d %H:%M}"
        yield f"{name} {session_id} {tried.format(clock)}"


def attempts() -> bytes:
    missed = [(name, each) for each, names in ABSENT.items() for name in names if name not in EXCUSED]
    tried = [line for name, each in [*missed, ("Quin", "eve-1005")] for line in routine(name, each)]
    rows = []
    for line in [*tried, *TRIED.strip().splitlines()]:
        name, session_id, step, day, clock, *how = line.split()
        rows.append((PEOPLE[name].id, session_id, step, stamp(day, clock), *how))
    return table("patient_id,session_id,step_id,at,actor,channel,outcome", rows)


# Who was in a room from when to when.


class Visit(NamedTuple):
    who: str
    joined: str
    left: str


def stayed(names: str, joined: str, left: str) -> list[Visit]:
    return [Visit(name, joined, left) for name in names.split()]


def short(*parts: object, length: int = 12) -> str:
    """An id that looks like a vendor's and is always the same."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


def lines(events: Iterable[Json]) -> bytes:
    return "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events).encode()


def shuffled_twice(events: Sequence[Json]) -> list[Json]:
    """As a vendor under load delivers: in any order, and every third event twice."""
    delivered = [*events, *events[::3]]
    return sorted(delivered, key=lambda event: short(json.dumps(event, sort_keys=True)))


# LiveKit.


def epoch(day: str, clock: str) -> int:
    return int(at(day, clock).timestamp())


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

ZOOM_HEAD = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest"
ZOOM_FULL = f"{ZOOM_HEAD},Recording Consent,In Waiting Room\n"


class Row(NamedTuple):
    """One line of an attendance export. The name is what the room shows."""

    name: str
    email: str
    joined: str
    left: str
    waiting: str = "No"


def zoom_time(day: str, clock: str) -> str:
    return "" if clock == NO else f"{at(day, clock):%m/%d/%Y %I:%M:%S %p}"


def minutes(day: str, joined: str, left: str) -> int | str:
    """Rounded up, as Zoom does."""
    if NO in (joined, left):
        return ""
    return -int((at(day, joined) - at(day, left)).total_seconds() // 60)


def zoom_rows(day: str, rows: Iterable[Row], *, full: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        guest = "No" if row.email in ("rosa@example.org", "sam@example.org") else "Yes"
        cells = [
            row.name,
            row.email,
            zoom_time(day, row.joined),
            zoom_time(day, row.left),
            minutes(day, row.joined, row.left),
            guest,
        ]
        writer.writerow([*cells, "", row.waiting] if full else cells)
    return text.getvalue()


def day_monday() -> bytes:
    """With the meeting's own table on top and a byte order mark, as the web portal downloads it."""
    rows = (
        Row("Sam (Therapist)", "sam@example.org", "09:15:10", "12:47:00"),
        Row("Hana", "hana@example.org", "09:24:02", "09:28:30", "Yes"),
        Row("Hana", "hana@example.org", "09:28:30", "12:46:10"),
        Row("Gus", "gus@example.org", NO, NO, "Yes"),
        Row("Ivo", "ivo@example.org", "09:31:00", "12:46:02"),
        Row("Jo", "jo@example.org", "09:25:40", "12:46:20"),
        Row("Jo (iPad)", "jo@example.org", "10:00:15", "11:31:00"),
        Row("12025550111", "", "09:29:05", "12:45:50"),
        Row("Lulu", "", "09:27:00", "10:12:00"),
        Row("Lulu", "", "10:16:00", "12:46:00"),
        Row("iPhone", "", "09:41:12", "12:45:30"),
    )
    top = "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\n"
    top += f'"812 3456 7890",Daytime IOP,{zoom_time("10-05", "09:15:10")},{zoom_time("10-05", "12:47:00")},sam@example.org,212,8,\n\n'
    return ("\ufeff" + top + ZOOM_FULL + zoom_rows("10-05", rows, full=True)).encode()


def ada_tuesday() -> bytes:
    """The plain list, without a meeting id: found by its time and by Ada's address."""
    rows = (
        Row("Rosa", "rosa@example.org", "14:56:00", "15:51:30"),
        Row("Ada", "ada@example.org", "14:58:20", "15:51:00"),
    )
    return (ZOOM_HEAD + "\n" + zoom_rows("10-06", rows, full=False)).encode()


def hana_wednesday() -> bytes:
    """The words of 2023 and later. Sam was ill: Hana sat there by herself, then left."""
    top = "Topic,ID,Duration (minutes),Start time,End time,Participants\n"
    top += f'Hana weekly,83320001000,14,"{zoom_time("10-07", "09:58:00")}","{zoom_time("10-07", "10:12:00")}",2\n\n'
    head = "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,Recording disclaimer response,In waiting room\n"
    rows = (Row("Hana", "hana@example.org", "09:58:00", "10:12:00"), Row("Hana's tablet", "", NO, NO, "Yes"))
    return (top + head + zoom_rows("10-07", rows, full=True)).encode()


def ben_wednesday() -> bytes:
    """Unique users: a total for each, and no times."""
    top = "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\n"
    top += f"855 3000 2000,Ben weekly,{zoom_time('10-07', '15:57:00')},{zoom_time('10-07', '16:52:00')},rosa@example.org,55,2\n\n"
    head = "Name (Original Name),User Email,Total Duration (Minutes),Guest\n"
    return (top + head + "Rosa,rosa@example.org,55,No\nBen,ben@example.org,51,Yes\n").encode()


def staff_meeting() -> bytes:
    """Saved into the folder by mistake: a meeting of the staff."""
    rows = (
        Row("Sam", "sam@example.org", "08:00:00", "08:44:00"),
        Row("Rosa", "rosa@example.org", "08:01:00", "08:44:00"),
        Row("Tess", "tess@example.org", "08:02:10", "08:44:00"),
    )
    top = "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\n"
    top += f"899 7777 0000,Huddle,{zoom_time('10-08', '08:00:00')},{zoom_time('10-08', '08:44:00')},sam@example.org,44,3,\n\n"
    return (top + ZOOM_FULL + zoom_rows("10-08", rows, full=True)).encode()


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


def iso(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# Teams.


def teams_time(day: str, clock: str, *, day_first: bool) -> str:
    """ "6/10/26, 9:27:03 AM" for a downloader who writes the day first."""
    if clock == NO:
        return ""
    when = at(day, clock)
    first, second = (when.day, when.month) if day_first else (when.month, when.day)
    return f"{first}/{second}/{when:%y}, {when.hour % 12 or 12}:{when:%M:%S %p}"


def teams_report(day: str, rows: Sequence[Row], *, day_first: bool) -> bytes:
    def told(clock: str) -> str:
        return teams_time(day, clock, day_first=day_first)

    people = [
        f"{each.name}\t{told(each.joined)}\t{told(each.left)}\t{lasted(day, each)}\t{each.email}\t{each.email}\t{role(each)}"
        for each in rows
    ]
    timed = [
        f"{each.name}\t{told(each.joined)}\t{told(each.left)}\t{lasted(day, each)}\t{each.email}\t{role(each)}"
        for each in rows
        if each.joined != NO
    ]
    text = "\n".join(
        (
            "1. Summary",
            "Meeting title\tDaytime IOP",
            f"Attended participants\t{len(rows)}",
            f"Start time\t{told(rows[0].joined)}",
            f"End time\t{told(rows[0].left)}",
            "",
            "2. Participants",
            "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole",
            *people,
            "",
            "3. In-Meeting Activities",
            "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole",
            *timed,
            "",
        )
    )
    return b"\xff\xfe" + text.encode("utf-16-le")


def role(row: Row) -> str:
    return "Organizer" if row.name == "Sam" else "Attendee"


def lasted(day: str, row: Row) -> str:
    if row.joined == NO:
        return ""
    seconds = int((at(day, row.left) - at(day, row.joined)).total_seconds())
    return f"{seconds // 3600}h {seconds // 60 % 60}m {seconds % 60}s"


def day_tuesday_first() -> bytes:
    """Until the meeting fell over in the break. Lea has asked Teams not to record her times."""
    rows = [Row("Sam", "sam@example.org", "09:20:11", "11:00:40")]
    rows += [
        Row(name, PEOPLE[name].email, "09:27:03", "11:00:40") for name in ("Gus", "Hana", "Ivo", "Jo", "Kai")
    ]
    return teams_report("10-06", [*rows, Row("Lea", PEOPLE["Lea"].email, NO, NO)], day_first=True)


def day_tuesday_again() -> bytes:
    """The meeting started anew, downloaded by somebody who writes the month first."""
    rows = [Row("Sam", "sam@example.org", "11:05:00", "12:46:30")]
    rows += [
        Row(name, PEOPLE[name].email, "11:08:20", "12:46:00") for name in ("Gus", "Hana", "Ivo", "Jo", "Kai")
    ]
    return teams_report("10-06", rows, day_first=False)


def pia_tuesday() -> bytes:
    """The list of user actions: names only, and Pia's leave is missing."""
    said = (
        ("Tess", "Joined before", "16:55:00"),
        ("Pia at home", "Joined", "16:58:10"),
        ("Luis", "Joined", "16:58:30"),
        ("Luis", "Left", "18:00:20"),
        ("Tess", "Left", "18:01:00"),
    )
    text = "Full Name\tUser Action\tTimestamp\n"
    text += "".join(
        f"{name}\t{action}\t{at('10-06', clock):%d/%m/%Y, %H:%M:%S}\n" for name, action, clock in said
    )
    return b"\xff\xfe" + text.encode("utf-16-le")


def aft_tuesday() -> bytes:
    """The report from Microsoft Graph, in UTC."""
    visits = [
        Visit("Tess", "12:50:00", "16:17:00"),
        Visit("Mia", "12:58:00", "16:16:00"),
        Visit("Noa", "13:06:00", "16:16:00"),
        Visit("Pia", "12:57:00", "15:50:00"),
        Visit("Rae", "12:59:00", "16:15:30"),
    ]
    report = {
        "id": short("aft-tuesday"),
        "totalParticipantCount": len(visits),
        "meetingStartDateTime": iso(at("10-06", "12:50:00")),
        "meetingEndDateTime": iso(at("10-06", "16:17:00")),
        "attendanceRecords": [graph_record("10-06", visit) for visit in visits],
    }
    return pretty(report)


def graph_record(day: str, visit: Visit) -> Json:
    seconds = int((at(day, visit.left) - at(day, visit.joined)).total_seconds())
    interval = {
        "joinDateTime": iso(at(day, visit.joined)),
        "leaveDateTime": iso(at(day, visit.left)),
        "durationInSeconds": seconds,
    }
    return {
        "id": short("record", visit.who),
        "emailAddress": f"{visit.who.lower()}@example.org",
        "totalAttendanceInSeconds": seconds,
        "role": "Attendee" if visit.who in PEOPLE else "Organizer",
        "identity": {"id": short("user", visit.who), "displayName": visit.who},
        "attendanceIntervals": [interval],
    }


def pretty(document: object) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


# Google Meet, BigBlueButton, Jitsi, Janus.


def noa_tuesday() -> bytes:
    """The attendance sheet: a clock and no date. Noa's mother came too."""
    return (
        b"First name,Last name,Email,Duration,Time joined,Time exited\n"
        b"Tess,,tess@example.org,1 hr 6 min,18:25,19:31\n"
        b"Noa,,noa@example.org,1 hr 3 min,18:28,19:31\n"
        b"Ori,,ori@example.org,58 min,18:33,19:31\n"
    )


def mia_thursday() -> bytes:
    """Conference records. Mia's own account is confirmed; somebody else phoned in."""
    record = "conferenceRecords/mia1008"
    spans = {1: ("10:56:00", "11:52:00"), 2: ("10:59:00", "11:51:00"), 3: ("11:20:00", "11:31:00")}
    users = {
        1: {"signedinUser": {"user": "users/7001", "displayName": "Tess"}},
        2: {"signedinUser": {"user": "users/1180", "displayName": "M."}},
        3: {"phoneUser": {"displayName": "(***) ***-**67"}},
    }
    ends = {number: [iso(at("10-08", clock)) for clock in span] for number, span in spans.items()}
    return pretty(
        {
            "conferenceRecord": {
                "name": record,
                "startTime": ends[1][0],
                "endTime": ends[1][1],
                "space": "spaces/mia-weekly",
            },
            "participants": [
                {
                    "name": f"{record}/participants/{number}",
                    "earliestStartTime": ends[number][0],
                    "latestEndTime": ends[number][1],
                    **user,
                }
                for number, user in users.items()
            ],
            "participantSessions": [
                {
                    "name": f"{record}/participants/{number}/participantSessions/1",
                    "startTime": start,
                    "endTime": end,
                }
                for number, (start, end) in ends.items()
            ],
        }
    )


def day_thursday() -> bytes:
    """The learning dashboard. Gus fell out once; Hana's leave was never written; Ivo is not in it."""
    visits = (
        ("Sam", (("09:20", "12:46"),)),
        ("Gus", (("09:26", "10:20"), ("10:24", "12:46"))),
        ("Hana", (("09:27", NO),)),
        ("Jo", (("09:28", "12:46"),)),
    )
    users = {f"u-{short('bbb', name, length=6)}": bbb_user(name, stays) for name, stays in visits}
    dashboard = {
        "intId": short("day-thursday"),
        "extId": "iop-day",
        "name": "Daytime IOP",
        "createdOn": epoch("10-08", "09:20") * 1000,
        "endedOn": epoch("10-08", "12:46") * 1000,
        "users": users,
        "polls": {},
    }
    return pretty(dashboard)


def bbb_user(name: str, stays: Sequence[tuple[str, str]]) -> Json:
    connections = {}
    for joined, left in stays:
        key = f"w_{short('bbb', name, joined, length=8)}"
        left_on = 0 if left == NO else epoch("10-08", left) * 1000
        connections[key] = {
            "intId": key,
            "registeredOn": epoch("10-08", joined) * 1000,
            "leftOn": left_on,
            "userLeftFlag": False,
        }
    ref = PEOPLE[name].ref if name in PEOPLE else f"staff-{name.lower()}"
    return {
        "extId": ref,
        "name": name,
        "isModerator": name not in PEOPLE,
        "isDialIn": False,
        "intIds": connections,
    }


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


# The folder.

FILES: dict[str, Callable[[], bytes]] = {
    "policy.yaml": POLICY.read_bytes,
    "roster.csv": roster,
    "sessions.csv": sessions,
    "identities.csv": identities,
    "marks.csv": marks,
    "notices.csv": notices,
    "checkins.csv": checkins,
    "staff.csv": staff,
    "attempts.csv": attempts,
    "consents.csv": consents,
    "rooms/09-21-to-10-02-livekit.jsonl": two_weeks_before,
    "rooms/10-05-daytime-zoom-report.csv": day_monday,
    "rooms/10-05-evening-livekit.jsonl": eve_monday,
    "rooms/10-06-daytime-teams-1.csv": day_tuesday_first,
    "rooms/10-06-daytime-teams-2.csv": day_tuesday_again,
    "rooms/10-06-afternoon-teams-graph.json": aft_tuesday,
    "rooms/10-06-ada-zoom-plain.csv": ada_tuesday,
    "rooms/10-06-pia-teams-actions.csv": pia_tuesday,
    "rooms/10-06-noa-meet-sheet.csv": noa_tuesday,
    "rooms/10-07-hana-zoom-2023.csv": hana_wednesday,
    "rooms/10-07-ben-zoom-unique-users.csv": ben_wednesday,
    "rooms/10-07-afternoon-jitsi.jsonl": aft_wednesday,
    "rooms/10-07-evening-zoom-webhooks.jsonl": eve_wednesday,
    "rooms/10-08-huddle-zoom.csv": staff_meeting,
    "rooms/10-08-daytime-bigbluebutton.json": day_thursday,
    "rooms/10-08-mia-meet-records.json": mia_thursday,
    "rooms/10-08-evening-janus.jsonl": eve_thursday,
    "rooms/10-09-livekit.jsonl": friday_morning,
}


def differences(folder: Path) -> list[str]:
    """Files that are missing, not ours, or not as they would be written now."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - BY_HAND
    found = [f"{name}: is not one of the example's files" for name in there - FILES.keys()]
    for name, make in FILES.items():
        if name not in there:
            found.append(f"{name}: is missing")
        elif (folder / name).read_bytes() != make():
            found.append(f"{name}: differs")
    return sorted(found)


def write(folder: Path) -> None:
    for name, make in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when the files on disk differ"
    )
    parser.add_argument("--folder", type=Path, default=WEEK)
    options = parser.parse_args()
    if not options.check:
        write(options.folder)
    found = differences(options.folder)
    for each in found:
        print(each, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
