"""What a person downloads from Zoom, Teams and Meet: sheets in each vendor's words and dates."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tools.example_week.clock import at
from tools.example_week.people import PEOPLE
from tools.example_week.visits import NO

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


# Google Meet.


def noa_tuesday() -> bytes:
    """The attendance sheet: a clock and no date. Noa's mother came too."""
    return (
        b"First name,Last name,Email,Duration,Time joined,Time exited\n"
        b"Tess,,tess@example.org,1 hr 6 min,18:25,19:31\n"
        b"Noa,,noa@example.org,1 hr 3 min,18:28,19:31\n"
        b"Ori,,ori@example.org,58 min,18:33,19:31\n"
    )
