"""Her page of ways back in English: another language is another class with the same names (`ways_spanish`).

Plain words, about as a ten-year-old reads; nothing blames, and nothing says what kind of session it was.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.makeups.vocabulary import Declined, SlotKind
from rejoin.portal.words.dates import EnglishDates, ended


class English(EnglishDates):
    """The page in English. Methods are for what is put together; all take instants and her zone."""

    language: str = "en"

    # Looking
    look_heading = "Let us find you a time"
    look_text = "Nothing is booked until you say so."
    called_off = "The time you had is off, and we are sorry. There may be others."
    look_button = "Show me times"
    looking = "Looking for times that fit you…"
    look_failed = "That did not work. Please tap the button to try again."
    look_again = "Look again"

    # Choosing
    choose_heading = "Pick a time that works for you"
    accept = "I will come"
    decline = "Not this one"
    why = "What is in the way? You do not have to say."
    none = "None of these work for me"
    none_text = "That is all right. A person from your team will call you and look for a time with you."
    none_button = "Please call me"
    elsewhere = "Your clock shows another time than this page."
    free_now = "Free right now, but not kept: somebody else may take it."

    # What was taken
    calendar = "Add to my calendar"
    same_way = "You come in the same way as to your other sessions."
    join = "Join now"
    on_now_heading = "It is on now"
    come_in = "Come in whenever you can, late or not."
    cannot = "I cannot come after all"
    cannot_text = (
        "That happens. We will give your seat to somebody else, and you can pick another time right away. "
        "It does not count against you."
    )
    cannot_button = "Give this time back"
    past_heading = "This time is over"
    past_text = "If anything is still open, your team will talk with you about it."

    # Where there is nothing to choose
    asked_heading = "Somebody will call you"
    asked_again = "Show me times again"
    asked_nothing_to_do = "You do not need to do anything now."
    none_heading = "No free time right now"
    none_found = (
        "We looked, and there is no free time that fits you. Your place in your own group is still yours."
    )
    full_heading = "These are full"
    full_text = "If a seat comes free, we can keep it for you for a few hours. You will find it on this page."
    wait = "Keep me a seat if one comes free"
    waiting_heading = "You are on the list"
    waiting_text = "If a seat comes free, we keep it for you for a few hours. You will find it on this page."
    stop_waiting = "Take me off the list"
    look_for_others = "Look for other times"
    nothing_new = "We looked again. Nothing else is free yet."
    settled_heading = "You are all set"
    over_heading = "Just come to your next session"
    over_text = "The time to make up for it has run out. Your place is still yours."

    # What is left after a time that she came to
    made_up_heading = "You have made it up"
    came_in_part = (
        "You came for a part of the time you picked, and those minutes count. The rest is still open."
    )

    # A person
    person_heading = "Talk to a person"

    kinds: Mapping[str, str] = MappingProxyType(
        {
            SlotKind.COHORT: "With another group",
            SlotKind.EXTRA: "An extra session",
            SlotKind.INDIVIDUAL: "One-to-one",
        }
    )
    reasons: Mapping[str, str] = MappingProxyType(
        {
            Declined.TIME: "The time does not work",
            Declined.GROUP: "I would not like that group",
            Declined.RATHER_ONE_TO_ONE: "I would like to talk one-to-one",
            Declined.OTHER: "Something else",
            Declined.UNSAID: "I would rather not say",
        }
    )
    said: Mapping[str, str] = MappingProxyType(
        {
            "taken": "It is yours.",
            "gone": "That seat has just gone to somebody else.",
            "over": "That time is not open any more.",
            "clash": "You have another session at that time, so we did not book it.",
            "booked": "You have a time already. Here it is.",
            "declined": "Thank you for telling us. It is off your list.",
            "none": "Thank you for telling us.",
            "given_back": "Thank you for telling us. That time is free for somebody else now.",
            "begun": "It has begun already.",
            "changed": "Something has changed since you looked. This is how it is now.",
            "makeup.max_per_day": "You already make up for a session that day, and your plan has no room for one more. "
            "A time on another day works.",
            "makeup.max_per_week": "Your plan has no room for one more that week. "
            "A time in another week works, or call us.",
            "hours.max_per_week": "That week would have more hours than your plan allows. "
            "A time in another week works, or call us.",
            "waits": "You are on the list.",
            "left": "You are off the list.",
        }
    )
    still_free = "These are still free:"
    """After a seat has gone, where others are left."""

    def instead(self, missed: datetime, zone: ZoneInfo, *, times: int) -> str:
        """What it is about, and no more than its day."""
        these = "Any of these" if times > 1 else "This"
        return f"{these} can make up for your session on {self.on(missed, zone)}."

    def instead_of(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"It makes up for your session on {self.on(missed, zone)}."

    def settled(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"Nothing is left to make up for your session on {self.on(missed, zone)}."

    def need_not_come(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"{self.settled(missed, zone)} You need not come to this one. You still may, if you wish."

    def about(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"This is about your session on {self.on(missed, zone)}."

    def see_you(self, starts_at: datetime, now: datetime, zone: ZoneInfo) -> str:
        spoken = self.headline(starts_at, now, zone)
        return f"See you {spoken if spoken.startswith(self.days) else spoken[0].lower() + spoken[1:]}"

    def kept(self, until: datetime, now: datetime, zone: ZoneInfo) -> str:
        return f"We keep this seat for you until {self.moment(until, now, zone)}."

    def content(self) -> str:
        return "Covers what you missed"

    def count(self) -> str:
        return "Counts as a session"

    def minutes(self, minutes: int) -> str:
        return f"Adds {self.length(minutes)} to your program hours"

    def hours_left(self, minutes: int) -> str:
        """It is made up as a session, and was shorter: each account is told by itself."""
        return f"It counts as a session, and what you missed is covered. Only {self.length(minutes)} of program hours are left."

    def will_call(self, by: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        """By when, as far as it is known."""
        until = f" by {self.moment(by, now, zone)}" if by and by > now else ""
        return f"A person from your team will call you{until} and look for a time with you."

    def next_session(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        told = f"Your next session is on {self.on(starts_at, zone)}, {self.hours(starts_at, ends_at, zone)}"
        return ended(told)

    def call(self, number: str) -> str:
        return f"Call {number}"
