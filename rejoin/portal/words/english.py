"""A patient's pages in English. Another language is another class with the same names (`spanish`).

Plain words, about the sixth year of school; nothing blames. Methods are for what is put together.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import Status
from rejoin.portal.vocabulary import Why
from rejoin.portal.words.dates import EnglishDates, ended
from rejoin.programs.vocabulary import Kind


class English(EnglishDates):
    """What every page says."""

    language: str = "en"
    other_language: str = "es"
    in_other_language: str = "Español"

    # Around every page
    skip: str = "Skip to the page"
    pages: str = "Pages"
    help_label: str = "Help at once"
    help_question: str = "Need somebody right now?"
    call_988: str = "Call 988"
    call_911: str = "Call 911"
    text_988: str = "Text 988"
    sign_out: str = "Sign out"
    your_program: str = "Your program"
    demonstration: str = "Demonstration: all of this is made up."
    demonstration_link: str = "The clock, and what to look at"
    today: str = "Today"
    sessions: str = "My sessions"
    messages: str = "Messages"
    preferences: str = "Me"
    back: str = "Back to Today"
    not_done: str = "That did not work, and nothing has changed. Please try again, or call us."
    done_mark: str = "Done."
    not_done_mark: str = "Not done."

    # A person
    person_heading: str = "Talk to a person"

    # Today
    on_now: str = "On now"
    come_in: str = "Come in whenever you can, late or not."
    use_your_link: str = "Use the link you were sent."
    join: str = "Join"
    next_heading: str = "Your next sessions"
    nothing_planned: str = "Nothing is planned for you right now."
    cannot_come: str = "I can't come"
    told_us: str = "You told us you can't come."
    open_heading: str = "Open for you"
    catch_up: str = "Catch up on"
    missed_heading: str = "We missed you"
    still_yours: str = "Your place is still yours. You can simply come to the next session. You do not have to explain anything."
    what_now: str = "See what you can do now"
    make_up: str = "Pick a time to make it up"
    make_up_rest: str = "See times for the minutes that are left"
    picked: str = "See the time you picked"
    kinds: Mapping[str, str] = MappingProxyType(
        {
            Kind.GROUP: "Group session",
            Kind.INDIVIDUAL: "A session of your own",
            Kind.FAMILY: "Family session",
        }
    )
    a_session: str = "A session for you"

    # "I can't come"
    cannot_heading: str = "You can't come?"
    thank_you: str = "Thank you for telling us"
    why_question: str = "What is in the way?"
    why_hint: str = "You do not have to say. It helps us to help you."
    words_label: str = "Is there anything you want us to know?"
    words_hint: str = "A person on your team reads it."
    optional: str = "(optional)"
    tell_my_team: str = "Tell my team"
    tell_again: str = "Tell us something else"
    come_anyway: str = "If things change, just come. You are welcome, late or not."
    reasons: Mapping[str, str] = MappingProxyType(
        {
            Why.ILLNESS: "Being sick",
            Why.DATA_PLAN: "No data left on my plan",
            Why.CHILD_CARE: "Nobody to watch my child",
            Why.WORK: "Work",
            Why.CRAVING: "Cravings",
            Why.FELT_WORSE: "Feeling worse",
            Why.COURT: "Court",
            Why.BEREAVEMENT: "The death of somebody close",
            Why.TRANSPORT: "No way to get there",
            Why.NO_PHONE: "No phone that I can use",
            Why.HOSPITALISED: "Being in the hospital",
            Why.OTHER: "Something else",
            Why.UNSAID: "I would rather not say",
        }
    )
    """They stand before a session and after it."""
    accepted: Mapping[str, str] = MappingProxyType(
        {
            Why.ILLNESS: "you are sick",
            Why.DATA_PLAN: "your data plan is used up",
            Why.COURT: "you have to be in court",
            Why.BEREAVEMENT: "somebody close to you died",
            Why.TRANSPORT: "you have no way to get there",
            Why.NO_PHONE: "you have no phone",
            Why.HOSPITALISED: "you are in the hospital",
        }
    )
    """Of reasons that a policy may accept: after "it does not count if"."""
    helps: Mapping[str, tuple[str, ...]] = MappingProxyType(
        {
            Why.ILLNESS: ("Rest, and get well soon.",),
            Why.DATA_PLAN: (
                "A phone call uses no data. Call us, and ask how you can take part.",
                "Sound without video uses far less data. You can choose it when you join.",
            ),
            Why.CHILD_CARE: (
                "Many people know this. Call us, and we look for a time when somebody can watch your child.",
            ),
            Why.WORK: (
                "If work keeps getting in the way, call us. We can look at other days and times with you.",
            ),
            Why.CRAVING: (
                "It is good that you said so. You do not have to get through this alone.",
                "We have told your team just now. You can also call us.",
                "You may come just as you are, and only listen.",
            ),
            Why.FELT_WORSE: (
                "It is good that you said so. You do not have to get through this alone.",
                "We have told your team just now. You can also call us.",
                "You may come just as you are, and only listen.",
            ),
            Why.TRANSPORT: (
                "You can join from where you are, by phone or computer. Call us if you need a hand.",
            ),
            Why.NO_PHONE: ("Call us from any phone, and we find a way with you.",),
            Why.BEREAVEMENT: ("We are so sorry. Call us if you would like to talk.",),
        }
    )
    if_danger: str = "If you might hurt yourself, or you are in danger, call 988 or 911 now."

    # What her program's rule says
    rule_heading: str = "What this means"
    counts_not: str = "Thank you for the notice. This does not count as a missed session."
    never_counts: str = "This reason never counts against you."
    counts: str = "This counts as a missed session. It says nothing about you, and you can make it up."
    counts_without: str = "This counts as a missed session. It says nothing about you."
    if_you_tell_now: str = "If you tell us now, it does not count as a missed session."
    no_excuses: str = (
        "In your program every session that you cannot come to counts as missed. Tell us all the same."
    )
    only_reasons: str = "In your program it does not count as missed for some reasons only."
    fee: str = "Your program has a rule about fees. A person decides, and talks with you first."
    makes_up: str = "You can make it up. We show you times once the session is over."

    # "You were missed"
    missed_page_heading: str = "You were missed"
    why_it_matters_heading: str = "Why it matters"
    why_it_matters: str = (
        "Each session adds to the one before. Your group is not the same without you. And you matter to us."
    )
    wanted: str = "We are glad each time you come."
    can_do_heading: str = "What you can do now"
    one_to_one: str = "Would you rather talk with one person alone? Call us and ask for it."
    just_come: str = "Just come to your next session."
    next_for_us_heading: str = "What we do next"
    heard_from_you: str = "We have heard from you, so we stop calling."
    we_will_see: str = "We look forward to seeing you."
    closed: str = "There is nothing left to do here."
    no_call_planned: str = "No call is planned right now. You can call us at any time."
    tell_heading: str = "Tell us what happened"
    why_was: str = "What got in the way?"
    you_told_us: str = "You told us:"
    settled: str = "Nothing is left to make up."

    # Her sessions
    sessions_heading: str = "My sessions"
    this_week: str = "This week"
    owed_heading: str = "Still open"
    nothing_owed: str = "Nothing is open. You are all set."
    so_far_heading: str = "So far"
    none_yet: str = "You have had no sessions yet."
    statuses: Mapping[str, str] = MappingProxyType(
        {
            Status.ATTENDED: "You were there",
            Status.PARTIAL: "You were there for a part",
            Status.MISSED: "We missed you",
            Status.EXCUSED: "You told us you could not come",
            Status.NOT_ADMITTED: "You could not get in",
            Status.NOT_ADMISSIBLE: "You could not take part that day",
            Status.CANCELLED: "It was called off",
            Status.UNRECORDED: "Not written down yet",
        }
    )
    made_up: str = "Made up"

    # Notices on this phone
    notices_heading: str = "Notes on this phone"
    notices_text: str = "We can show you a short note on this phone. It never says what it is about."
    notices_on: str = "Show me notes"
    notices_off: str = "Stop notes on this phone"
    notices_are_on: str = "This phone shows you short notes from us."
    notices_failed: str = "That did not work. Your phone may not let us."

    # Without a line
    offline_heading: str = "You are not online"
    offline_text: str = "This page needs the internet. You can still call for help."
    try_again: str = "Try again"

    def hello(self, name: str) -> str:
        return f"Hello {name}" if name else "Hello"

    def until(self, ends_at: datetime, zone: ZoneInfo) -> str:
        return f"until {self.time(ends_at.astimezone(zone))}"

    def call(self, number: str) -> str:
        return f"Call {number}"

    def questions(self, number: str) -> str:
        return f"Questions? Call {number}."

    def missed_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"On {self.on(at, zone)}."

    def promised(self, at: datetime, zone: ZoneInfo) -> str:
        return f"You told us you would be back on {self.on(at, zone)}. See you then."

    def in_the_way(self, number: str) -> str:
        return f"If something is in the way, call {number}. We look for a way together."

    def session_on(self, at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        return f"{self.on(at, zone)}, {self.hours(at, ends_at, zone)}"

    def about_session(self, at: datetime, zone: ZoneInfo) -> str:
        return f"your session on {self.on(at, zone)}"

    def notice_until(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        return f"Your program asks to know by {self.moment(at, now, zone)}."

    def notice_was_until(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        return f"Your program asks to know by {self.moment(at, now, zone)}, and that has passed."

    def accepts(self, reasons: str) -> str:
        return f"At any time, it does not count if {reasons}."

    def makeup_within(self, days: int) -> str:
        return f"You have {days} days to make it up. We show you times once the session is over."

    def you_said(self, reason: str) -> str:
        return f"You said: {reason[0].lower()}{reason[1:]}."

    def will_call(self, name: str, by: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        who = f"{name} from your team" if name else "a person from your team"
        until = f" by {self.moment(by, now, zone)}" if by and by > now else ""
        return f"If we have not heard from you, {who} calls you{until}."

    def asked_to_call(self, by: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        asked = "A person on your team is asked to call you"
        return ended(f"{asked} by {self.moment(by, now, zone)}") if by and by > now else f"{asked}."

    def may_still_call(self, name: str) -> str:
        who = f"{name} from your team" if name else "A person from your team"
        return f"You picked a time. Thank you. {who} may still call, to hear how you are."

    def covered(self, title: str) -> str:
        return f"It was about: {title}."

    def helps_by(self, at: datetime, zone: ZoneInfo) -> str:
        return f"It helps you most before {self.on(at, zone)}."

    def hours_of(self, hours: str, least: str) -> str:
        return f"{hours} of at least {least}" if least else hours

    def owed(self, at: datetime, zone: ZoneInfo) -> str:
        return f"From {self.on(at, zone)}"

    def owed_parts(self, *, content: bool, count: bool, minutes: int) -> str:
        parts = [*(["what it was about"] if content else []), *(["a session"] if count else [])]
        parts += [f"{self.length(minutes)}"] if minutes else []
        return _listed(parts, "and")

    def listed(self, reasons: list[str]) -> str:
        return _listed(reasons, "or")


def _listed(parts: list[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
