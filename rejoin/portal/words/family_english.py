"""A family's pages in English. Another language is another class with the same names (`family_spanish`)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import Status
from rejoin.domain.consent import About
from rejoin.portal.words.dates import EnglishDates
from rejoin.programs.vocabulary import Kind


class English(EnglishDates):
    """What every page says. It names nobody but whom it is about, and says nothing of why."""

    language: str = "en"
    other_language: str = "es"
    in_other_language: str = "Español"

    heading: str = "Family"
    home: str = "Home"
    lead: str = "Here you see what you may know right now, and no more."
    nothing: str = "There is nothing here for you to see right now."
    nothing_hint: str = "Questions? Call the program that invited you."
    somebody: str = "Your family member"
    may_see_heading: str = "What you may see"
    may_see: Mapping[About, str] = MappingProxyType(
        {
            About.SCHEDULING: "When sessions are, and family sessions",
            About.ATTENDANCE: "Whether somebody came",
            About.SAFETY: "That the team is trying to reach somebody",
        }
    )
    not_seen: str = "You never see here what somebody wrote or said, or who else is in a group."
    can_change: str = "This can end at any time. Then it is gone from this page at once."
    next_heading: str = "Next"
    go_in: str = "Go in"
    see_all: str = "See all"
    family_heading: str = "Family sessions"
    no_family: str = "No family session is planned right now."
    ahead_heading: str = "Sessions ahead"
    no_ahead: str = "Nothing is planned right now."
    came_heading: str = "So far"
    no_came: str = "Nothing is written down for the last four weeks."
    looking_heading: str = "The team"
    person_heading: str = "Talk to the program"
    danger_heading: str = "In an emergency"
    danger: str = "If somebody is in danger right now, call 911."
    crisis: str = "If somebody thinks of suicide, call or text 988. People answer day and night."
    call_911: str = "Call 911"
    zone_label: str = "Your time zone"
    save: str = "Save"
    made_up: str = "It is made up"
    kinds: Mapping[str, str] = MappingProxyType(
        {
            Kind.GROUP: "Group session",
            Kind.INDIVIDUAL: "One-to-one session",
            Kind.FAMILY: "Family session",
        }
    )
    statuses: Mapping[str, str] = MappingProxyType(
        {
            Status.ATTENDED: "Was there",
            Status.PARTIAL: "Was there for a part",
            Status.MISSED: "Was missed",
            Status.EXCUSED: "Could not come",
            Status.NOT_ADMITTED: "Was not in the session",
            Status.NOT_ADMISSIBLE: "Was not in the session",
            Status.CANCELLED: "It was called off",
            Status.UNRECORDED: "Not written down yet",
        }
    )

    def session_on(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        return f"{self.on(starts_at, zone)}, {self.hours(starts_at, ends_at, zone)}"

    def zone_called(self, name: str) -> str:
        return self.zones.get(name, name.rpartition("/")[2].replace("_", " "))

    def call(self, number: str) -> str:
        return f"Call {number}"

    def looking(self, called: str) -> str:
        return f"The team is trying to reach {called}. If you want to help, call the program."

    def join_video(self, called: str, number: str) -> str:
        return f"Sit with {called} at the same phone or computer. If you are somewhere else, call {number} and ask how to take part."

    def join_here(self, called: str) -> str:
        return f"From 15 minutes before it starts you can go in here by video, or sit with {called} at the same phone or computer."

    def join_otherwise(self, number: str) -> str:
        return f"Call {number} to ask where and how."
