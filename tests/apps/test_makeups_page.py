"""Her page of ways back, by her link: one tap to three times; and many who take the last seats in one moment."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from rejoin.common import clock
from rejoin.common.actors import patient_actor
from rejoin.curricula.readability import GOAL_GRADE, HIGHEST_GRADE, english_grade
from rejoin.domain.makeup.ledger import Account
from rejoin.followup.makeups import sweep_make_up_requests
from rejoin.makeups.actions import accept_offer, offer_make_ups, waive
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.links import makeup_path, token_of
from rejoin.makeups.models import Booking, Choice, Debt, Offer, Waiting
from rejoin.makeups.querysets import latest_turn
from rejoin.makeups.sweep import sweep_offers
from rejoin.makeups.vocabulary import WaiverReason
from rejoin.people.models import Patient
from rejoin.portal.words.dates import TIGHT
from rejoin.portal.words.ways import words_in
from rejoin.portal.words.ways_english import English
from rejoin.programs.actions import cancel_session, move_session, reinstate_session, release_seat
from rejoin.programs.models import Program, Seat
from rejoin.programs.vocabulary import Release
from rejoin.rooms import hosting
from rejoin.visits.links import join_path
from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing
from tests.apps.scene import START, minutes
from tests.apps.visits_scene import EngineInMemory

NEW_YORK = ZoneInfo("America/New_York")
IN_PLACE = {"X-In-Place": "yes"}


def path_of(seat: Seat) -> str:
    return makeup_path(Debt.objects.get(seat=seat).ref)


def text_of(answer: Any) -> str:
    """What stands in the page, without its tags."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


class Holder:
    """Somebody who has the link of a missed session."""

    def __init__(self, owing: Owing, seat: Seat | None = None) -> None:
        self.seat = seat or owing.missed[0]
        self.client, self.path = Client(), path_of(self.seat)

    def sees(self, more: str = "") -> str:
        answer = self.client.get(self.path + more)
        assert answer.status_code == 200
        return text_of(answer)

    def looks(self, **more: str) -> str:
        """As the page's script does."""
        return text_of(self.client.post(f"{self.path}look", more, headers=IN_PLACE))

    def does(self, what: str, **sent: Any) -> str:
        """Sends a form, follows where it leads; what is read there."""
        answer = self.client.post(self.path + what, sent)
        assert answer.status_code == 303
        return text_of(self.client.get(answer["Location"]))


def a_choice_of_two() -> tuple[Owing, Holder]:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    owing.hour()
    owing.desk()
    return owing, Holder(owing)


@pytest.mark.django_db
def test_whatever_only_fetches_the_link_finds_words_and_keeps_nothing() -> None:
    _, ada = a_choice_of_two()
    ada.client.head(ada.path)
    assert "Nothing is booked until you say so." in ada.sees()
    assert "Show me times" in ada.sees("?said=taken")
    assert "It is yours." not in ada.sees("?said=taken")
    assert not Choice.objects.exists()


@pytest.mark.django_db
def test_one_tap_shows_what_there_is_and_one_more_takes_it() -> None:
    _, ada = a_choice_of_two()
    page = ada.looks()
    assert page.count("I will come") == 2
    first = Offer.objects.get(rank=0)
    answer = ada.client.post(f"{ada.path}accept", {"offer": first.ref})
    assert (answer.status_code, answer["Location"]) == (303, f"{ada.path}?said=taken")
    page = text_of(ada.client.get(answer["Location"]))
    assert "See you tomorrow evening It is yours." in page
    assert "You come in the same way as to your other sessions." in page
    assert Booking.objects.get().missed == ada.seat


@pytest.mark.django_db
def test_without_scripts_a_button_looks_and_leads_back_to_the_page() -> None:
    _, ada = a_choice_of_two()
    assert ada.does("look").count("I will come") == 2


@pytest.mark.django_db
def test_a_time_is_told_as_she_would_say_it_with_what_it_is_good_for() -> None:
    _, ada = a_choice_of_two()
    page = ada.looks()
    assert "can make up for your session on Wednesday 7 October." in page
    assert "All times are Eastern Time, as in New York." in page
    assert "Tomorrow evening Friday 9 October, 6 to 9 p.m. With another group" in page
    assert "Covers what you missed Counts as a session Adds 3 hours to your program hours" in page
    assert "We keep this seat for you until 4 p.m. today." in page
    assert "Tomorrow morning Friday 9 October, 11 to 11:50 a.m. One-to-one" in page
    assert "Covers what you missed Adds 50 minutes to your program hours" in page


@pytest.mark.django_db
def test_times_are_those_of_the_wall_where_she_is() -> None:
    owing = Owing()
    Patient.objects.filter(pk__in=[each.pk for each in owing.patients]).update(timezone="America/Los_Angeles")
    assert owing.missed
    owing.other_group()
    owing.desk()
    page = Holder(owing).looks()
    assert "Tomorrow afternoon Friday 9 October, 3 to 6 p.m." in page
    assert "All times are Pacific Time, as in Los Angeles." in page


@pytest.mark.django_db
def test_looking_twice_offers_once_and_what_is_open_is_there_when_she_comes_back() -> None:
    _, ada = a_choice_of_two()
    ada.looks()
    ada.looks()
    assert Choice.objects.count() == 1
    assert ada.sees().count("I will come") == 2


@pytest.mark.django_db
def test_none_of_these_asks_for_a_person_and_tells_by_when_she_is_called() -> None:
    owing, ada = a_choice_of_two()
    ada.looks()
    page = ada.does("none")
    assert "A person from your team will call you and look for a time with you." in page
    assert ada.looks() == ada.sees()
    assert Choice.objects.count() == 1
    owing.scene.run(NEXT_DAY)
    sweep_make_up_requests(now=NEXT_DAY)
    assert "A person from your team will call you by noon tomorrow" in ada.sees()


@pytest.mark.django_db
def test_who_asked_for_a_person_may_look_again_by_her_own_wish() -> None:
    owing, ada = a_choice_of_two()
    ada.looks()
    ada.does("none")
    owing.other_group(days=3)
    assert ada.does("look", again="yes").count("I will come") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("why", "kept"), [("time", "time"), ("", "unsaid"), ("none_of_these", "unsaid")])
def test_what_she_would_rather_not_have_is_gone_from_the_page_with_why(why: str, kept: str) -> None:
    _, ada = a_choice_of_two()
    ada.looks()
    offer = Offer.objects.get(rank=0)
    page = ada.does("decline", offer=offer.ref, why=why)
    assert "It is off your list." in page
    assert page.count("I will come") == 1
    assert offer.turns.latest("pk").reason == kept


@pytest.mark.django_db
def test_a_seat_that_went_meanwhile_is_told_with_what_is_left() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    green = owing.other_group(seats_max=1)
    owing.other_group(days=3)
    owing.desk()
    offer = owing.shown(mine, green)
    owing.shown(mine, owing.other_group(days=4))
    accept_offer(offer=owing.shown(hers, green), **owing.desk())
    page = Holder(owing, mine).does("accept", offer=offer.ref)
    assert "That seat has just gone to somebody else. These are still free:" in page
    assert page.count("I will come") == 1


@pytest.mark.django_db
def test_one_too_many_that_day_is_told_in_her_own_words() -> None:
    owing = Owing()
    assert owing.missed
    session = owing.scene.session(*owing.patients, starts_at=START - DAY)
    owing.scene.watched(session)
    owing.run(NEXT_DAY)
    before = Seat.objects.get(session=session)
    accept_offer(offer=owing.shown(before, owing.other_group(minutes=60)), **owing.desk())
    offer = owing.shown(owing.missed[0], owing.other_group(hours=2, minutes=60))
    page = Holder(owing).does("accept", offer=offer.ref)
    assert "your plan has no room for one more. A time on another day works." in page
    assert "I will come" in page


@pytest.mark.django_db
def test_what_she_took_she_can_give_back_and_choose_again() -> None:
    _, ada = a_choice_of_two()
    ada.looks()
    offer = Offer.objects.get(rank=0)
    ada.does("accept", offer=offer.ref)
    page = ada.does("back")
    assert "That time is free for somebody else now." in page
    booking = Booking.objects.get()
    booking.seat.session.refresh_from_db()
    assert (booking.seat.occupies, booking.seat.session.seats_taken) == (False, 0)
    assert (latest_turn(offer.pk), offer.turns.latest("pk").reason) == ("withdrawn", "cannot_come")
    assert open_amounts(ada.seat.pk)[Account.CONTENT] == 1
    assert ada.looks().count("I will come") == 2
    assert "That time is not open any more." in ada.does("back")


@pytest.mark.django_db
@pytest.mark.parametrize("rank", [0, 1])
def test_a_time_she_had_that_is_called_off_is_told_before_others_are_looked_for(rank: int) -> None:
    owing, ada = a_choice_of_two()
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=rank).ref)
    cancel_session(session=Booking.objects.get().seat.session, **owing.desk(NEXT_DAY + minutes(5)))
    sweep_offers(now=NEXT_DAY)
    page = ada.client.get(ada.path)
    assert "The time you had is off, and we are sorry." in text_of(page)
    assert "data-look " not in page.content.decode()
    assert "STATUS:CANCELLED" in ada.client.get(f"{ada.path}appointment.ics").content.decode()
    assert ada.looks().count("I will come") == 1 + rank
    assert "is off, and we are sorry" not in ada.sees()


@pytest.mark.django_db
def test_once_it_has_begun_she_is_asked_in_and_gives_nothing_back() -> None:
    owing, ada = a_choice_of_two()
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    owing.desk(START + 2 * DAY + minutes(20))
    page = ada.sees()
    assert "It is on now" in page
    assert "Come in whenever you can, late or not." in page
    assert "It has begun already." in ada.does("back")
    assert Booking.objects.get().seat.occupies
    owing.desk(START + 2 * DAY + minutes(200))
    assert "This time is over" in ada.sees()


@pytest.mark.django_db
def test_who_was_not_at_that_one_either_is_shown_others_without_a_word_about_it() -> None:
    owing, ada = a_choice_of_two()
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    owing.other_group(days=4)
    owing.scene.watched(Booking.objects.get().seat.session)
    owing.run(NEXT_DAY + 2 * DAY)
    owing.desk(NEXT_DAY + 2 * DAY)
    assert (
        "Let us find you a time This is about your session on Wednesday 7 October. Nothing is" in ada.sees()
    )
    assert ada.looks().count("I will come") == 1


@pytest.mark.django_db
def test_who_came_is_all_set() -> None:
    owing, ada = a_choice_of_two()
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    session = Booking.objects.get().seat.session
    owing.scene.watched(session, (owing.patients[0], session.starts_at, session.ends_at))
    owing.run(NEXT_DAY + 2 * DAY)
    owing.desk(NEXT_DAY + 2 * DAY)
    assert "You have made it up" in ada.sees()
    assert (
        "It counts as a session, and what you missed is covered. Only 15 minutes of program hours"
        in ada.sees()
    )
    waive(seat=ada.seat, why=WaiverReason.CLINICAL, **owing.desk(NEXT_DAY + 2 * DAY))
    assert "You are all set" in ada.sees()


@pytest.mark.django_db
def test_from_a_day_ahead_she_joins_from_the_page_by_the_link_of_the_seat_she_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosting, "engine", EngineInMemory)
    owing, ada = a_choice_of_two()
    ada.looks()
    page = ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    assert "Join now" not in page
    owing.desk(START + DAY + minutes(60))
    assert "Join now" in ada.sees()
    answer = ada.client.post(f"{ada.path}join")
    seat = Booking.objects.get().seat
    assert answer["Location"] == join_path(seat, by=patient_actor(seat.patient_id), at=START + DAY)


@pytest.mark.django_db
def test_where_nothing_is_free_she_may_wait_for_a_seat_and_finds_it_when_one_comes_free() -> None:
    owing = Owing()
    assert owing.missed
    eve = owing.scene.admit("eve", sms=False)
    green = owing.other_group(eve, seats_max=1)
    owing.other_group(hours=5, days=1, seats_max=0)  # in the middle of her night: no way back, full or not
    owing.desk()
    ada = Holder(owing)
    page = ada.looks()
    assert "No free time right now" in page
    assert "These are full" in page
    assert page.count("Keep me a seat if one comes free") == 1
    page = ada.does("wait", session=green.ref)
    assert "You are on the list If a seat comes free" in page
    assert "Show me times" not in page
    assert "We looked again. Nothing else is free yet." in ada.does("look")
    assert "Something has changed since you looked." in ada.does("wait", session=green.ref)
    taken = Seat.objects.get(session=green, patient=eve)
    release_seat(seat=taken, reason=Release.REQUESTED, **owing.desk())
    sweep_offers(now=NEXT_DAY)
    page = ada.sees()
    assert "We keep this seat for you" in page
    assert "You are on the list" not in page


@pytest.mark.django_db
def test_who_waits_may_leave_the_list() -> None:
    owing = Owing()
    assert owing.missed
    green = owing.other_group(owing.scene.admit("eve", sms=False), seats_max=1)
    owing.desk()
    ada = Holder(owing)
    ada.does("wait", session=green.ref)
    assert "Take me off the list" in ada.sees()
    assert "You are off the list." in ada.does("leave", session=green.ref)
    assert [each.turn for each in Waiting.objects.order_by("pk")] == ["waiting", "left"]
    assert "Something has changed" in ada.does("leave", session=green.ref)
    assert "Something has changed" in ada.does("wait", session="x")


@pytest.mark.django_db
def test_what_is_settled_and_what_has_run_out_lead_to_her_next_session() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    owing.scene.session(*owing.patients, starts_at=START + 9 * DAY)
    waive(seat=mine, why=WaiverReason.CLINICAL, **owing.desk())
    page = Holder(owing, mine).sees()
    assert "You are all set Nothing is left to make up" in page
    assert "Your next session is on Friday 16 October, 6 to 9:15 p.m. All times" in page
    owing.run(START + 8 * DAY)
    owing.desk(START + 8 * DAY)
    page = Holder(owing, hers).looks()
    assert "Just come to your next session" in page
    assert not Offer.objects.exists()


@pytest.mark.django_db
def test_a_link_that_is_not_ours_and_an_offer_that_is_not_hers_lead_nowhere() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    owing.other_group()
    (other,) = offer_make_ups(seat=hers, **owing.desk())
    client, path = Client(), path_of(mine)
    for wrong in (f"/makeup/{token_of(uuid4())}/", "/makeup/x/", f"/makeup/{'x' * 300}/"):
        for method in (client.get, client.post):
            assert method(wrong).status_code == 404
            assert method(f"{wrong}look").status_code == 404
            assert method(f"{wrong}appointment.ics").status_code == 404
    for ref in (other.ref, uuid4(), "x"):
        assert client.post(f"{path}accept", {"offer": ref}).status_code == 404
    for word in ("look", "accept", "decline", "none", "back", "wait", "leave", "join"):
        assert client.get(path + word).status_code == 404
    assert client.get(f"{path}appointment.ics").status_code == 404
    assert not Booking.objects.exists()


@pytest.mark.django_db
def test_nothing_of_health_stands_in_the_title_the_address_or_the_calendar() -> None:
    _, ada = a_choice_of_two()
    pages = [ada.client.get(ada.path), ada.client.post(f"{ada.path}look", headers=IN_PLACE)]
    ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    pages.append(ada.client.get(ada.path))
    titles = [re.findall(r"<title>(.*?)</title>", each.content.decode())[0] for each in pages]
    assert titles == [
        "Let us find you a time · Harbor Office",
        "Pick a time that works for you · Harbor Office",
        "See you tomorrow evening · Harbor Office",
    ]
    assert not re.search("missed|session|therapy|group", " ".join(titles) + ada.path)


def entry_of(ada: Holder) -> Any:
    answer = ada.client.get(f"{ada.path}appointment.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    return Calendar.from_ical(answer.content), answer.content.decode()


@pytest.mark.django_db
def test_her_calendar_has_a_time_and_a_neutral_title_and_is_told_when_it_is_off() -> None:
    _, ada = a_choice_of_two()
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    calendar, text = entry_of(ada)
    (event,) = calendar.events
    assert event.start == datetime(2026, 10, 9, 22, 0, tzinfo=UTC)
    assert event.end - event.start == timedelta(hours=3)
    assert (event["SUMMARY"], event["STATUS"], event["SEQUENCE"]) == ("Harbor Office", "CONFIRMED", 0)
    assert [each["TRIGGER"].dt for each in event.walk("VALARM")] == [-timedelta(minutes=30)]
    told = {line.partition(":")[0].partition(";")[0] for line in text.replace("\r\n ", "").splitlines()}
    assert not told & {"LOCATION", "ATTENDEE", "ORGANIZER", "URL", "CATEGORIES", "COMMENT"}
    assert not re.search("green|blue|ada|group|missed|make", text, re.IGNORECASE)
    ada.does("back")
    (off,) = entry_of(ada)[0].events
    assert (off["UID"], off["STATUS"], off["SEQUENCE"]) == (event["UID"], "CANCELLED", 1)
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=0, choice=Choice.objects.latest("pk")).ref)
    (again,) = entry_of(ada)[0].events
    assert (again["UID"], again["STATUS"], again["SEQUENCE"]) == (event["UID"], "CONFIRMED", 2)


@pytest.mark.django_db
def test_each_newer_word_for_her_calendar_has_a_higher_number() -> None:
    owing, ada = a_choice_of_two()
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    session = Booking.objects.get().seat.session
    at, lasts = session.starts_at, session.ends_at - session.starts_at
    told = [entry_of(ada)[0].events[0]]
    for later in (timedelta(hours=1), timedelta(hours=2), timedelta()):
        move_session(session=session, starts_at=at + later, ends_at=at + later + lasts, **owing.desk())
        told += entry_of(ada)[0].events
    for verb in (cancel_session, reinstate_session, cancel_session):
        verb(session=session, **owing.desk())
        told += entry_of(ada)[0].events
    assert [int(each["SEQUENCE"]) for each in told] == list(range(7))
    assert [each["STATUS"] for each in told[4:]] == ["CANCELLED", "CONFIRMED", "CANCELLED"]
    assert len({each["UID"] for each in told}) == 1


@pytest.mark.django_db
def test_a_program_without_a_neutral_name_is_an_appointment() -> None:
    _, ada = a_choice_of_two()
    ada.looks()
    ada.does("accept", offer=Offer.objects.get(rank=0).ref)
    Program.objects.update(neutral_name="")
    assert [each["SUMMARY"] for each in entry_of(ada)[0].events] == ["Appointment"]


@pytest.mark.django_db
def test_the_page_asks_the_database_little() -> None:
    """Of those for three times most are `offer_make_ups`'; what is kept for a page alone is few."""
    _, ada = a_choice_of_two()
    ada.client.get("/health/live")
    with CaptureQueriesContext(connection) as fetched:
        ada.sees()
    with CaptureQueriesContext(connection) as found:
        ada.looks()
    with CaptureQueriesContext(connection) as seen:
        ada.sees()
    assert (len(fetched), len(seen)) == (FETCHED, FETCHED)
    assert len(found) <= FOUND


FETCHED, FOUND = 11, 44


def test_it_reads_as_children_read_and_nothing_in_it_blames() -> None:
    say, at = words_in("en"), START
    told = [
        each for name, each in vars(English).items() if isinstance(each, str) and not name.startswith("_")
    ]
    told += [*say.said.values(), *say.reasons.values(), *say.kinds.values()]
    told += [
        say.instead(at, NEW_YORK, times=3),
        say.settled(at, NEW_YORK),
        say.kept(at, at, NEW_YORK),
        say.will_call(at + DAY, at, NEW_YORK),
        say.next_session(at, at + minutes(60), NEW_YORK),
        say.zone(NEW_YORK),
    ]
    assert english_grade("\n".join(told)) < GOAL_GRADE
    assert [each for each in told if len(each.split()) > 5 and english_grade(each) > HIGHEST_GRADE] == []
    assert not re.search(
        "fail|absen|excuse|fault|must|penalt|did not (come|show)", " ".join(told), re.IGNORECASE
    )


@pytest.mark.parametrize(
    ("at", "now", "told"),
    [
        ("2026-10-09T09:00", "2026-10-09T07:00", "This morning"),
        ("2026-10-10T12:00", "2026-10-09T23:30", "Tomorrow afternoon"),
        ("2026-10-15T17:00", "2026-10-09T07:00", "Thursday evening"),
        ("2026-10-16T17:00", "2026-10-09T07:00", "Friday evening, in 7 days"),
        ("2026-11-01T09:00", "2026-10-31T23:00", "Tomorrow morning"),  # clocks go back in between
    ],
)
def test_a_day_is_called_as_people_call_it(at: str, now: str, told: str) -> None:
    when, then = (datetime.fromisoformat(each).replace(tzinfo=NEW_YORK) for each in (at, now))
    assert words_in("en").headline(when, then, NEW_YORK) == told


@pytest.mark.parametrize(
    ("begin", "end", "told"),
    [
        ("2026-10-09T18:00", "2026-10-09T21:00", "6 to 9 p.m."),
        ("2026-10-09T11:30", "2026-10-09T13:00", "11:30 a.m. to 1 p.m."),
        ("2026-10-09T12:00", "2026-10-09T13:15", "noon to 1:15 p.m."),
        ("2026-10-09T22:00", "2026-10-10T00:00", "10 p.m. to midnight"),
        ("2026-10-09T23:00", "2026-10-10T23:30", "11 p.m. to 11:30 p.m."),
    ],
)
def test_from_when_to_when_is_short(begin: str, end: str, told: str) -> None:
    first, last = (datetime.fromisoformat(each).replace(tzinfo=NEW_YORK) for each in (begin, end))
    assert words_in("en").hours(first, last, NEW_YORK).replace(TIGHT, " ") == told


def test_minutes_moments_and_zones_are_told_plainly() -> None:
    say, now = words_in("en"), datetime(2026, 10, 9, 12, tzinfo=UTC)
    assert [say.length(each) for each in (50, 60, 119, 120, 195)] == [
        "50 minutes",
        "60 minutes",
        "119 minutes",
        "2 hours",
        "3 hours 15 minutes",
    ]
    days = [say.moment(now + timedelta(days=each), now, NEW_YORK) for each in (0, 1, 2, 8)]
    spoken = [each.replace(TIGHT, " ") for each in days]
    assert spoken == ["8 a.m. today", "8 a.m. tomorrow", "8 a.m. on Sunday", "8 a.m. on Saturday 17 October"]
    assert say.zone(ZoneInfo("Europe/Berlin")) == "All times are as in Berlin."
    assert "will call you and look" in say.will_call(now - timedelta(hours=1), now, NEW_YORK)


MANY, SEATS = 60, 7


@pytest.mark.django_db(transaction=True)
def test_many_take_the_last_seats_in_one_moment_and_each_is_answered() -> None:
    owing = Owing(names=tuple(f"p{number}" for number in range(MANY)))
    missed = owing.missed
    green = owing.other_group(seats_max=SEATS)
    refs = {seat.pk: owing.shown(seat, green).ref for seat in missed}
    paths = {seat.pk: path_of(seat) for seat in missed}
    clock.simulate(shown_at=NEXT_DAY, rate=0)

    def take(seat: Seat) -> str:
        try:
            answer = Client().post(f"{paths[seat.pk]}accept", {"offer": refs[seat.pk]})
            return f"{answer.status_code} {answer['Location'].partition('?said=')[2]}"
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(take, missed))
    green.refresh_from_db()
    assert sorted(set(said)) == ["303 gone", "303 taken"]
    assert said.count("303 taken") == SEATS == green.seats_taken == Booking.objects.count()


@pytest.mark.django_db
def test_whoever_reads_spanish_picks_a_time_in_spanish() -> None:
    owing = Owing()
    owing.other_group()
    (seat,) = owing.missed
    Patient.objects.filter(pk=seat.patient_id).update(language="es")
    owing.offers()
    page = Client().get(makeup_path(Debt.objects.get(seat=seat).ref)).content.decode()
    assert '<html lang="es">' in page
    assert "Elija una hora que le venga bien" in page
    assert "Voy a ir" in page
    assert "oprima el 2" in page
