"""Who missed what: the two weeks before, the marks people made, and the attempts to reach the absent."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from tools.example_week.clock import at, stamp
from tools.example_week.formats import table
from tools.example_week.meetings import BY_ID, MEETINGS, Meeting, members
from tools.example_week.people import PEOPLE

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
