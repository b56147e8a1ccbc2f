"""What she sets herself, and her messages, in English. Another language is another class with the same names (`me_spanish`)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.makeups.vocabulary import PartOfDay
from rejoin.people.vocabulary import Purpose, Relation
from rejoin.portal.words.dates import EnglishDates


class English(EnglishDates):
    """Both pages, and what her calendar shows."""

    language: str = "en"

    # What she sets herself
    heading = "Me"
    saved = "We have saved it."
    save = "Save"
    mistaken = "We could not read that, so nothing has changed. Please look at it again."

    # Who she is
    self_heading = "Your name and your clock"
    name_label = "What we call you"
    name_hint = "We greet you by it. In a group you can pick another name each time you join."
    zone_label = "Your time zone"
    zone_hint = "All times are shown in it."
    language_hint = "To change the language, use the button at the end of the page."

    # How she is reached
    reach_heading = "How we reach you"
    reach_question = "We may reach you by"
    reach_hint = "What you leave out, we do not use from now on. You stay in your program either way."
    first_label = "What we try first"
    no_first = "No wish"
    channels: Mapping[str, str] = MappingProxyType(
        {
            "sms": "Text message",
            "email": "Email",
            "push": "Notes on this phone",
            "phone": "A call from a person",
            "voice_auto": "A call from a machine",
        }
    )
    no_address = "We do not have yours yet. Tell your team."

    # Hours in which nothing rings
    quiet_heading = "Quiet hours"
    quiet_text = "In these hours we send nothing that rings. An email may still come."
    quiet_from = "From"
    quiet_until = "Until"
    quiet_none = "None"
    quiet_wrong = "Pick both times, and leave us at least 8 hours a day. Nothing has changed."

    # When she can come
    free_heading = "When you can come"
    free_text = (
        "We look for times to make up a session in these hours. Leave all empty if any time of day is fine."
    )
    free_hint = "Mornings are 8 to noon, afternoons noon to 5, evenings 5 to 9."
    free_noted = "Your team has noted these times:"
    parts: Mapping[str, str] = MappingProxyType(
        {
            PartOfDay.MORNING: "Morning",
            PartOfDay.AFTERNOON: "Afternoon",
            PartOfDay.EVENING: "Evening",
        }
    )
    best_label = "What suits you best"
    all_the_same = "All the same to me"

    # Whom she lets know
    others_heading = "Who else may know"
    others_text = (
        "We tell nobody about you unless you agree or the law says so. You can take it back here at any time."
    )
    nobody = "You have not agreed that we tell anybody."
    take_back = "Take this back"
    taken_back = "We tell them nothing from now on."
    give_again = "To agree to something new, talk with your team. It has to be in writing."
    relations: Mapping[str, str] = MappingProxyType(
        {
            Relation.GUARDIAN: "your guardian",
            Relation.EMERGENCY_CONTACT: "for an emergency",
            Relation.SUPPORTER: "somebody who supports you",
            Relation.COURT: "the court",
            Relation.PAYER: "your insurance",
        }
    )
    purposes: Mapping[str, str] = MappingProxyType(
        {
            Purpose.ATTENDANCE: "whether you came",
            Purpose.SAFETY: "if we worry about your safety",
            Purpose.SCHEDULING: "when your sessions are",
            Purpose.BILLING: "what has to be paid",
            Purpose.MESSAGES: "messages",
        }
    )
    close_heading = "Close it to somebody"
    close_text = "You can say that somebody is told nothing at all, whoever signed for it. It counts at once."
    close_law = (
        "Two things stay. In an emergency the law lets us tell medical staff. "
        "A guardian may ask for records, and a person on your team answers that."
    )
    close_to = "Tell them nothing"
    closed_to = "They are told nothing. To open it again, talk with your team."
    closed_now = "They are told nothing from now on."
    video_heading = "Sessions by video"
    video_no = "You agree to it when you first join."
    video_back = (
        "If you do not want video any more, you can end it here. It means: from the next session on you cannot come in by "
        "video, and your team calls you to look for another way. You can turn it on again at any time."
    )
    video_end = "No more video for me"
    video_on = "I want to come in by video again"
    video_on_hint = "You are asked once more at the door of your next session."
    video_off = "You have ended it. You cannot come in by video, and your team calls you."
    video_ended = "No more video from now on. Your team calls you to look for another way."
    video_call_text = "I do not want to come in by video any more. Please call me about another way."

    # Her calendar
    calendar_heading = "Your own calendar"
    calendar_text = (
        "Your calendar app can show your sessions. It shows a plain name and the time, and nothing else."
    )
    calendar_make = "Make an address for my calendar"
    calendar_label = "The address for your calendar app"
    calendar_hint = "Whoever has it can see your times. Do not pass it on."
    calendar_open = "Add it to a calendar on this phone"
    calendar_renew = "Make a new address"
    calendar_end = "End this address"
    calendar_end_hint = "The old one stops at once."
    appointments = "Appointments"
    appointment = "Appointment"
    join_note = "Open your page to join."

    # Messages
    messages_heading = "Messages"
    not_for_danger = (
        "This is not for emergencies. If you might hurt yourself, or you are in danger, call 988 or 911 now."
    )
    write_label = "Write to your team"
    send = "Send"
    sent = "We have it. A person on your team reads it."
    stopped = "We have it, and we send you no more texts. You can turn them on again under Me."
    empty = "There was nothing to send yet."
    so_far = "So far"
    none_yet = "There are no messages yet."
    we_wrote = "We wrote"
    you_wrote = "You wrote"
    read_by_now = "Read by your team"
    to_be_read = "Not read yet"
    older = "Older ones are with your team. Ask us for them."

    def read_within(self, minutes: int) -> str:
        return f"A person reads it within {'an hour' if minutes == 60 else self.length(minutes)}."

    def by_channel(self, reason: str) -> str:
        return f"By {reason[0].lower()}{reason[1:]}"

    def ends_with(self, number: str) -> str:
        return f"ends in {number}"

    def told(self, reasons: str) -> str:
        return f"May know {reasons}."

    def until_day(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Until {self.on(at, zone)}."

    def video_yes(self, at: datetime, zone: ZoneInfo) -> str:
        return f"You agreed to it on {self.on(at, zone)}."

    def stamp(self, at: datetime, zone: ZoneInfo) -> str:
        return f"{self.on(at, zone)}, {self.time(at.astimezone(zone))}"

    def since(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Made on {self.on(at, zone)}."
