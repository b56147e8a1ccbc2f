"""At a session's door and in its room, in English. Kind, plain, and it never blames."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.common.dates import EnglishDates, ended
from rejoin.visits.vocabulary import Answer
from rejoin.visits.words.states import ELSEWHERE, STATES


class English(EnglishDates):
    """Another language is another class with the same names (`spanish`). `room` is what the page's scripts say."""

    language: str = "en"

    # Around every page at the door
    your_program: str = "Your program"
    your_session: str = "Your session"
    by_phone_heading: str = "By phone"
    by_phone: str = "No video, or a weak line? Call in and say your name. Your facilitator sees to the rest."
    look_again: str = "Look again"
    next_sessions: str = "See your next sessions"

    # Too early, over, cancelled
    early_title: str = "Not open yet"
    early_heading: str = "You are early"
    early_nothing: str = "You have nothing more to do until then."
    over_heading: str = "This session is over"
    over_yours: str = (
        "If you could not make it, your place is still yours. You do not have to explain anything first."
    )
    over_link: str = "For your next session you get a new link."
    cancelled_title: str = "This session does not take place"
    cancelled_heading: str = "This session does not take place for you"
    cancelled_nothing: str = "You missed nothing, and it does not count as missed."
    cancelled_next: str = "Your page shows when your next one is. You can also ask us."

    # Where she is
    check_in_title: str = "Before you come in"
    put_right: str = "Put right:"
    check_in_lead: str = "We ask a few questions first, each time anew. What you answer is only about today."
    yes: str = "Yes"
    no: str = "No"
    driving: str = "Are you driving, or in a moving car?"
    driving_missing: str = "Say whether you are in a moving car."
    where: str = "Where are you right now?"
    place_hint: str = "Street and town. We use it only if you need help in an emergency."
    place_else: str = "If somewhere else: where?"
    somewhere_else: str = "Somewhere else"
    where_missing: str = "Say where you are: the place from last time, or another one."
    place_missing: str = "Write where you are: street and town."
    too_long: str = "This is too long. Please make it shorter."
    state: str = "State"
    state_choose: str = "Choose"
    state_missing: str = "Choose the state you are in right now."
    states: Mapping[str, str] = MappingProxyType(dict((*STATES, ELSEWHERE)))
    call_back: str = "A number we reach you at right now"
    call_back_hint: str = "If the connection drops, or if we are worried about you."
    call_back_missing: str = "Write the number of a phone that is with you, like 212-555-0147."
    alone: str = "Are you somewhere private?"
    alone_hint: str = "Nobody else can see your screen or listen. Headphones help."
    alone_missing: str = "Say whether you are somewhere private."
    contact_nobody: str = "the person we have"
    contact_missing: str = "Say whether your emergency contact is still right."
    name: str = "What should the others see?"
    name_hint: str = "A first name or a letter is enough. Only those in the room see it."
    name_missing: str = "Write what the others should see: a letter is enough."
    herself: str = "I am the person this link was sent to"
    herself_missing: str = "This link is for one person. Confirm that it is you."
    agrees: str = "I agree to sessions by video"
    agrees_missing: str = "Sessions by video need your agreement. If you have questions, call us."
    consent_heading: str = "Sessions by video"
    consent: tuple[str, ...] = (
        "You meet your facilitator, and in a group the others, by video or sound. Nothing is recorded.",
        "Lines can fail. If yours does, come back by the same link; if you cannot, we call you.",
        "Be somewhere private, so that nobody else hears or sees the others. What is said in a group stays there.",
        (
            "In an emergency we may send help to where you said you are. We may only meet you in states where your "
            "facilitator is licensed."
        ),
        "You may say no, or change your mind at any time, and ask for another way to be seen.",
    )
    """Version 1 (visits.checking_in.CONSENT_VERSION). Whoever changes what these words mean counts the version on."""
    go_on: str = "Go on"

    # In a car
    parks_heading: str = "Please park first"
    parks: str = "Your safety comes first. Find a place to stop, take your time, and come in when you have parked. Coming late is fine."
    parked: str = "I have parked"
    cannot_stop: str = "Cannot stop for a while? Once you stand, call us:"

    # In another state
    elsewhere_title: str = "Not from where you are today"
    elsewhere_heading: str = "We cannot let you in from where you are today"
    elsewhere_law: str = (
        "The law lets your facilitator meet you only in states where they hold a licence. "
        "This is not one of them."
    )
    elsewhere_right: str = "You did nothing wrong. It was right to say so."
    elsewhere_counts: str = "It does not count as missed."
    elsewhere_calls: str = "Somebody of your team calls you to find another way."
    not_there: str = "Not where you are?"
    say_again: str = "Say again where you are"

    # At the door
    waiting_title: str = "Waiting to be let in"
    waiting_heading: str = "You are at the door"
    goes_on: str = "This page goes on by itself."
    try_and_wait: str = "Try camera and sound, and wait there"
    without_scripts: str = (
        "To be seen and heard in the room your browser needs scripts. Without them, call in by phone."
    )
    others_see: str = "What the others see:"
    change: str = "Change it, or where you are"
    turned_away_title: str = "Not in the room"
    turned_away_heading: str = "You are not in the room right now"
    turned_away: str = "This page goes on by itself if you are let in again."
    go_in_heading: str = "You can go in"
    go_in: str = "Go in"
    other_link: str = "Use the video link you were sent."
    stands: Mapping[str, str] = MappingProxyType(
        {
            Answer.CHECK_IN: "Tell us first where you are right now.",
            Answer.ELSEWHERE: "We cannot let you in from where you are today. It does not count as missed, and somebody calls you.",
            Answer.GRANTED: "You may go in whenever you are ready.",
            Answer.WAITING: "Your facilitator sees that you are here, and lets you in.",
            Answer.REFUSED: "You cannot come in right now. Somebody of your team gets in touch with you.",
            Answer.REMOVED: "You are not in the room any more. Somebody of your team gets in touch with you.",
            Answer.LOCKED: "The room is closed to newcomers right now. As soon as it is opened again, you may go in.",
            Answer.CLOSED: "The room is not open.",
            Answer.AWAY: "The room does not answer right now. Stay on this page: it tries again by itself.",
        }
    )
    """By why she is given no grant."""
    not_led: str = (
        "Your facilitator is not in the room yet. She is told that you are here as soon as she comes."
    )
    over_by_clock: str = "By the clock this session is over. If nobody lets you in now, call us."
    refused: Mapping[str, str] = MappingProxyType(
        {
            "visit.leads": "Only whoever leads is called that here. Choose another.",
            "no_two_of_a_name_in_a_room": "Somebody else is called that here. Add an initial, or choose another.",
            "visit.name": "Write what the others should see, in 40 characters at most.",
            "visit.names": "That were many names. Wait a few minutes, or call us.",
            "check_in.call_back": "This is not a phone number.",
            "too_many": "That was a lot at once. Wait a moment.",
            "too_large": "This is too much at once.",
            "not_json": "This could not be read.",
            "visit.not_inside": "You are not in the room.",
            "caption.length": "This is too long to pass on. Say it in fewer words.",
        }
    )
    """By what was refused."""

    # The room's page
    skip: str = "Skip to the room"
    demonstration: str = "Demonstration: everything here is invented."
    demonstration_link: str = "The clock, and what to look at"
    need_somebody: str = "Need somebody right now?"
    call_988: str = "Call 988"
    text_988: str = "Text 988"
    needs_scripts: str = "This page needs scripts."
    needs_scripts_why: str = "Sound and picture go through them. Allow them for this page."
    or_call_us: str = "Or call us:"
    not_whole: str = "This page has not come through whole."
    weak_now: str = "Your line may be weak just now."
    load_again: str = "Load it again"
    happens: str = "What happens here"
    going_heading: str = "One moment"
    going: str = "You are being brought into the room."
    let_in_from_here: str = "You are let in from here. Stay on this page, it goes on by itself. Nothing of you is heard or seen yet."
    not_right: str = "Is something not right? Call us:"
    locked_heading: str = "The room is closed for the moment"
    locked: str = (
        "The group does not want to be interrupted right now. "
        "Stay here: as soon as it is opened again, you are let in by itself."
    )
    out_heading: str = "You are not in the room"
    to_the_start: str = "Back to the start"

    # Before she goes in
    check_heading: str = "Before you go in"
    how_seen: str = "How the others will see you"
    camera_is_off: str = "Your camera is off"
    use_microphone: str = "Use my microphone"
    how_loud: str = "How loud you are"
    microphone: str = "Microphone"
    use_camera: str = "Use my camera"
    camera: str = "Camera"
    speakers: str = "Speakers"
    play: str = "Play a sound"
    try_again: str = "Try again"
    browser_asks: str = "One moment: your browser asks whether this page may use your camera and microphone."
    nothing_recorded: str = "Nothing is recorded. What you choose here, you can change inside."

    # Inside
    in_heading: str = "In the room"
    silent: str = "Your browser holds the sound back."
    sound_on: str = "Turn the sound on"
    people_here: str = "People here"
    microphone_off: str = "microphone off,"
    leads: str = "leads"
    hand_up: str = "hand up"
    written: str = "Written words"
    write_heading: str = "Write to everybody here"
    close: str = "Close"
    close_writing: str = "writing"
    close_view: str = "what you see"
    your_words: str = "Your words"
    your_words_hint: str = "For captions, or when you cannot speak. They are passed on and kept nowhere."
    send: str = "Send"
    view_heading: str = "What you see"
    pictures: str = "Pictures"
    pictures_all: str = "Of everybody"
    pictures_few: str = "Of at most four, who spoke last"
    pictures_none: str = "None: sound only, for a thin line"
    how_sharp: str = "How sharp"
    sharp: str = "Sharp"
    less_sharp: str = "Less sharp, a quarter of the data"
    controls: str = "Your controls"
    microphone_key: str = "Microphone on or off"
    microphone_short: str = "Mic"
    camera_key: str = "Camera on or off"
    hand_key: str = "Raise or lower your hand"
    hand: str = "Hand"
    off: str = "off"
    down: str = "down"
    write_key: str = "Write to everybody"
    write: str = "Write"
    view: str = "View"
    leave: str = "Leave"
    keys: str = "Keys"
    room: Mapping[str, str] = MappingProxyType(
        {
            "somebody": "Somebody",
            "leads_the_session": "(leads the session)",
            "not_passed_on": "That was not passed on. Try again.",
            "seen_and_heard": "The others will see and hear you.",
            "heard_only": "The others will hear you and not see you. That is fine.",
            "seen_only": "The others will see you and not hear you. You can write to them.",
            "listens_only": "You will hear and see the others; they will neither hear nor see you. You can write to them.",
            "go_in": "Go in",
            "go_in_and_listen": "Go in and listen",
            "say_something": "Say something: the bar moves.",
            "we_hear_you": "We hear you.",
            "NotAllowedError": "This page may not use it yet. Allow it beside the address, and press Try again.",
            "NotFoundError": "None was found.",
            "NotReadableError": "Another program is using it. Close that, and press Try again.",
            "OverconstrainedError": "The one that was chosen is not there any more. Choose another.",
            "not_opened": "It could not be opened.",
            "on": "on",
            "off": "off",
            "up": "up",
            "down": "down",
            "microphone": "Microphone",
            "camera": "Camera",
            "muted": "You are muted.",
            "unmuted": "You can be heard.",
            "hand_up": "Your hand is up.",
            "hand_down": "Your hand is down.",
            "hand_failed": "Your hand could not be shown. Try again.",
            "microphone_out": "Your microphone was taken out.",
            "camera_out": "Your camera was taken out.",
            "muted_by_host": "The facilitator muted you. You can turn your microphone on again.",
            "back": "You are back.",
            "in": "You are in.",
            "one_other": "1 other is here.",
            "others": "{count} others are here.",
            "nobody_else": "Nobody else is here yet.",
            "refused": "You were not let in this time.",
            "removed": "You are not in the room any more. Somebody of your team gets in touch with you.",
            "over": "This session is over.",
            "elsewhere": "This link does not open the room any more.",
            "left": "You left. You can come back while the session runs.",
            "line_broke": "The line broke. We keep trying; you need not do anything.",
            "line_back": "The room cannot be reached right now. We keep trying; you need not do anything.",
            "line_away": "The video room is being started. We keep trying; you need not do anything.",
            "line_weak": "The line is weak. Stay here; we wait for it.",
            "people": "{count} people",
            "came_in": "{names} came in.",
            "went": "{names} left.",
            "you": "You",
            "keys": "Keys",
            "show_keys": "Show these keys",
            "single_keys": "Single keys do something",
            "close": "Close",
        }
    )

    def starts(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Your session starts at {self.time(at.astimezone(zone))}")

    def started(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Your session started at {self.time(at.astimezone(zone))}")

    def starts_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Your session starts on {self.on(at, zone)}, {self.time(at.astimezone(zone))}, by the clock where you are."

    def open_from(self, at: datetime, zone: ZoneInfo) -> str:
        return f"You can come in from {self.time(at.astimezone(zone))} on. Come back to this page then, or leave it open."

    def link_from(self, at: datetime, zone: ZoneInfo) -> str:
        return f"This link works from {self.on(at, zone)}, {self.time(at.astimezone(zone))} on."

    def was_on(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"It was on {self.on(at, zone)}, {self.time(at.astimezone(zone))}")

    def planned_for(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"It was planned for {self.on(at, zone)}, {self.time(at.astimezone(zone))}")

    def until(self, at: datetime, zone: ZoneInfo) -> str:
        return f"until {self.time(at.astimezone(zone))}"

    def same_place(self, at: datetime, zone: ZoneInfo, begins: str, state: str) -> str:
        return f"The same place as on {self.on(at, zone)}: “{begins}”, {state}"

    def you_are_in(self, state: str) -> str:
        return f"You told us that you are in {state}."

    def contact(self, name: str) -> str:
        return f"Is {name} still the one to call in an emergency?"

    def number_ending(self, name: str, digits: str) -> str:
        return f"{name} (number ending in {digits})"

    def call(self, number: str) -> str:
        return f"Call {number}"

    def questions(self) -> str:
        return "Questions?"
