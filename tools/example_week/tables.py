"""The tables a program keeps: who, which sessions, and what people said."""

from tools.example_week.clock import stamp
from tools.example_week.formats import table
from tools.example_week.meetings import BY_ID, MEETINGS
from tools.example_week.people import PEOPLE, STAFF


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
            each.counselor,
        )
        for each in PEOPLE.values()
        for group, since, until in each.groups
    ]
    return table("patient_id,name,email,phone,timezone,state,group,from,until,flags,counselor", rows)


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
    return table("name,licensed_states,roles", STAFF)


def consents() -> bytes:
    rows = [
        (each.id, "sms", "true", stamp("09-21", "12:00"), "")
        for each in PEOPLE.values()
        if each.name != "Rae"
    ]
    rows.append((PEOPLE["Ben"].id, "push", "false", stamp("09-21", "12:00"), ""))
    rows.append((PEOPLE["Ben"].id, "sms", "false", stamp("10-08", "18:03"), ""))
    return table("patient_id,channel,granted,at,contact", rows)
