"""What was on the schedule, two weeks of groups before the week as well."""

from collections.abc import Iterator
from typing import NamedTuple

from tools.example_week.people import AFT, DAY, EVE, LED_BY, PEOPLE

CLOCKS = {
    EVE: ("18:00", "21:15", "19:30-19:45"),
    DAY: ("09:30", "12:45", "11:00-11:15"),
    AFT: ("13:00", "16:15", "14:30-14:45"),
}
ROOMS = {EVE: "iop-eve; 864 1234 5678", DAY: "812-3456-7890; Daytime IOP; iop-day", AFT: "iop-aft"}
PREFIX = {EVE: "eve", DAY: "day", AFT: "aft"}


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
            rooms="" if room == "-" else room,
            patient=patient,
            mode=mode,
        )


MEETINGS = (*group_meetings(), *single_meetings())
BY_ID = {meeting.id: meeting for meeting in MEETINGS}


def members(meeting: Meeting) -> list[str]:
    day = f"2026-{meeting.day}"
    return [
        each.name
        for each in PEOPLE.values()
        if any(
            group == meeting.group and since <= day <= (until or "9") for group, since, until in each.groups
        )
    ]
