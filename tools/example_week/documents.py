"""One JSON document for a meeting: Microsoft Graph, Google Meet's records, BigBlueButton's dashboard."""

from collections.abc import Sequence

from tools.example_week.clock import at, epoch, iso
from tools.example_week.formats import Json, pretty, short
from tools.example_week.people import PEOPLE
from tools.example_week.visits import NO, Visit

# Microsoft Graph.


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


# Google Meet.


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


# BigBlueButton.


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
