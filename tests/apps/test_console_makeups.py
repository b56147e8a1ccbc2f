"""The make-up on a case and on a session's sheet, as somebody of the staff opens them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.common import clock
from rejoin.domain.makeup.ledger import Account
from rejoin.followup.models import Case
from rejoin.makeups.actions import accept_offer
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking, Offer, OfferTurn, Waiting
from rejoin.makeups.staleness import version_of
from rejoin.people.models import Patient
from rejoin.programs.models import Seat, Session
from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing
from tests.apps.scene import START, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
LATEST = object()


def case_of(owing: Owing) -> Case:
    seat = owing.missed[0]
    owing.desk()
    return Case.objects.get(seat=seat)


def page(client: Client, case: Case, name: str = "case") -> str:
    answer = client.get(reverse(f"console:{name}", kwargs={"ref": case.ref}))
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, case: Case, what: str, *, seen: Any = LATEST, **sent: Any) -> Any:
    address = reverse(f"console:case_makeup_{what}", kwargs={"ref": case.ref})
    version = version_of(case.seat_id) if seen is LATEST else seen
    return client.post(address, {"seen": version, **sent})


def test_the_case_tells_what_is_owed_in_four_accounts_and_until_when() -> None:
    owing = Owing()
    case = case_of(owing)
    told = page(client_of(owing.scene.coordinator), case)
    assert "<strong>3 h 15 min</strong>" in told
    assert "Stays unbilled" in told
    assert "Find ways back now" in told
    assert "runs out" in told


def test_she_is_booked_in_two_taps_while_she_is_on_the_phone() -> None:
    owing = Owing()
    case = case_of(owing)
    owing.other_group()
    owing.hour()
    owing.desk()
    client = client_of(owing.scene.coordinator)
    assert send(client, case, "find").status_code == 302
    told = page(client, case)
    assert "2 to choose from" in told
    assert "another group, on the same content" in told
    assert "with her own clinician" in told
    answer = send(client, case, "accept", offer=Offer.objects.get(rank=0).ref)
    assert answer.status_code == 302
    told = page(client, case)
    assert "Booked for" in told
    assert "Still to come" in told
    assert Booking.objects.get().missed_id == case.seat_id


def found(owing: Owing, case: Case) -> tuple[Client, Offer]:
    """Somebody has found one way back for her: the green group."""
    owing.other_group()
    client = client_of(owing.scene.coordinator)
    owing.desk()
    assert send(client, case, "find").status_code == 302
    return client, Offer.objects.get()


def test_where_nothing_fits_the_page_says_so_in_place_and_keeps_standing() -> None:
    owing = Owing()
    case = case_of(owing)
    client = client_of(owing.scene.coordinator)
    answer = send(client, case, "find")
    assert answer.status_code == 422
    assert "data-error-summary" in answer.content.decode()
    assert "Nothing there is fits now" in answer.content.decode()
    assert "Nobody has time for a one-to-one" in page(client, case, "case_makeup")


def test_what_she_would_rather_not_have_is_told_with_its_reason_and_by_whom() -> None:
    owing = Owing()
    case = case_of(owing)
    client, offer = found(owing, case)
    assert send(client, case, "decline", offer=offer.ref, why="time").status_code == 302
    told = page(client, case)
    assert "The time does not suit her · coordinator of evening" in told
    assert send(client, case, "decline", offer=offer.ref, why="time").status_code == 422
    assert send(client, case, "decline", offer=offer.ref, why="a bad mood").status_code == 422
    assert OfferTurn.objects.filter(turn="declined").count() == 1


def test_none_of_these_is_told_and_a_person_looks_for_another_way() -> None:
    owing = Owing()
    case = case_of(owing)
    client, _ = found(owing, case)
    assert send(client, case, "none").status_code == 302
    assert "None of the times suited her" in page(client, case)
    assert send(client, case, "none").status_code == 422


@pytest.mark.parametrize(
    ("why", "word"),
    [
        ("cannot_come", "She could not come then after all"),
        ("seat_needed", "The program needed the seat"),
    ],
)
def test_what_was_booked_is_given_back_for_her_or_for_the_program(why: str, word: str) -> None:
    owing = Owing()
    case = case_of(owing)
    client, offer = found(owing, case)
    send(client, case, "accept", offer=offer.ref)
    assert send(client, case, "cancel", why=why).status_code == 302
    told = page(client, case)
    assert "Given back" in told
    assert word in told
    assert send(client, case, "cancel", why=why).status_code == 422


def test_a_full_session_is_waited_for_and_a_fitting_one_or_an_hour_is_booked_from_all_there_is() -> None:
    owing = Owing()
    case = case_of(owing)
    full = owing.other_group(owing.scene.admit("bea", sms=False), seats_max=1, days=3)
    opening = owing.hour(length=120)
    owing.desk()
    client = client_of(owing.scene.coordinator)
    send(client, case, "find")  # the hour is kept for her by now, and is no reason against another way
    told = page(client, case, "case_makeup")
    assert "Has no seat left" in told
    assert "Wait for a seat" in told
    assert send(client, case, "wait", session=full.ref).status_code == 302
    assert Waiting.objects.get().session == full
    assert "She waits for a seat" in page(client, case, "case_makeup")
    assert send(client, case, "wait", session=full.ref).status_code == 422
    assert send(client, case, "stop", session=full.ref).status_code == 302
    send(client, case, "none")
    time = f"o{opening.pk}@{(opening.starts_at + minutes(60)).isoformat()}"
    assert time in page(client, case, "case_makeup").replace("&#x2B;", "+")
    assert send(client, case, "book", time=time).status_code == 302
    assert Booking.objects.get().kind == "individual"
    assert "She has her make-up" in page(client, case, "case_makeup")


@pytest.mark.parametrize("time", ["", "tomorrow", "s1@2026-99-99T18:00:00+00:00", "o1@2026-10-09T18:00:00"])
def test_a_time_that_is_none_is_refused_in_place(time: str) -> None:
    owing = Owing()
    case = case_of(owing)
    answer = send(client_of(owing.scene.coordinator), case, "book", time=time)
    assert answer.status_code == 422
    assert "data-error-summary" in answer.content.decode()


def test_a_person_lets_go_what_is_left_with_reason_and_words_and_signs_off_what_was_caught_up_on() -> None:
    owing = Owing()
    case = case_of(owing)
    client = client_of(owing.scene.ben)
    assert send(client, case, "caught_up", words="Chapter 3, and the worksheet.").status_code == 302
    assert open_amounts(case.seat_id)[Account.CONTENT] == 0
    refused = send(client, case, "waive", why="other", words="")
    assert refused.status_code == 422
    assert "Say in a sentence why" in refused.content.decode()
    assert send(client, case, "waive", why="clinical", words="She asked for rest.").status_code == 302
    told = page(client, case)
    assert "Chapter 3, and the worksheet." in told
    assert "She asked for rest." in told
    assert "Let go</span>" in told


def test_the_second_of_two_sees_what_changed_loses_no_words_and_can_send_again() -> None:
    owing = Owing()
    case = case_of(owing)
    seen = version_of(case.seat_id)
    found(owing, case)
    second = client_of(owing.scene.supervisor)
    words = {"why": "clinical", "words": "She is better served by rest."}
    answer = send(second, case, "waive", seen=seen, **words)
    told = answer.content.decode()
    assert answer.status_code == 409
    assert "coordinator of evening found 1 to choose from" in told
    assert "She is better served by rest." in told
    assert f'name="seen" value="{version_of(case.seat_id)}"' in told
    assert open_amounts(case.seat_id)[Account.CONTENT] == 1
    assert send(second, case, "waive", **words).status_code == 302
    answer = send(second, case, "book", seen=seen, time="o1@2026-10-09T18:00:00+00:00")
    assert answer.status_code == 409
    assert "This make-up has changed" in answer.content.decode()


def test_a_seat_that_has_just_gone_is_told_in_place() -> None:
    owing = Owing()
    case = case_of(owing)
    green = owing.other_group(seats_max=1)
    offer = owing.shown(case.seat, green)
    Seat.objects.create(session=green, patient=owing.scene.admit("bea", sms=False))
    answer = send(client_of(owing.scene.coordinator), case, "accept", offer=offer.ref)
    assert answer.status_code == 422
    assert "That seat has just gone to somebody else" in answer.content.decode()
    assert send(client_of(owing.scene.coordinator), case, "accept", offer="nowhere").status_code == 404


def test_more_than_her_plan_allows_is_refused_in_place_with_the_rule() -> None:
    owing = Owing()
    case = case_of(owing)
    for days in (2, 3, 4):  # her own week is full
        owing.scene.session(owing.patients[0], starts_at=START + days * DAY - minutes(480), minutes=330)
    offer = owing.shown(case.seat, owing.other_group(days=2))
    answer = send(client_of(owing.scene.coordinator), case, "accept", offer=offer.ref)
    assert answer.status_code == 422
    assert "more than her plan allows: the week would have" in answer.content.decode()


def test_times_are_told_where_she_is_beside_the_programs() -> None:
    owing = Owing()
    case = case_of(owing)
    Patient.objects.filter(pk=case.patient_id).update(timezone="America/Los_Angeles")
    client, _ = found(owing, case)
    told = page(client, case)
    assert "where she is" in told
    assert "PDT" in told


def test_the_number_of_queries_of_a_case_does_not_grow_with_what_was_offered() -> None:
    owing = Owing()
    case = case_of(owing)
    client, _ = found(owing, case)
    page(client, case)
    with CaptureQueriesContext(connection) as few:
        page(client, case)
    owing.hour()
    owing.hour(days=3)
    owing.other_group(days=3, hours=-5)
    owing.desk()
    for _ in range(3):
        send(client, case, "find")
    page(client, case)
    with CaptureQueriesContext(connection) as many:
        page(client, case)
    assert Offer.objects.count() > 6
    assert len(many) == len(few)


def a_visit(owing: Owing, *others: str) -> Session:
    """ada comes to the green group, in which these others are, and knows the first of them from the blue one."""
    seat = owing.missed[0]
    known = [owing.scene.admit(name, sms=False) for name in others]
    if known:
        before = owing.scene.session(owing.patients[0], known[0], starts_at=START - 7 * DAY)
        owing.scene.watched(
            before, *((each, before.starts_at, before.ends_at) for each in (owing.patients[0], known[0]))
        )
        owing.run(NEXT_DAY)
    green = owing.other_group(*known)
    owing.desk()
    accept_offer(offer=owing.shown(seat, green), **owing.desk())
    return green


def sheet(client: Client, session: Session) -> str:
    answer = client.get(reverse("console:session", kwargs={"ref": session.ref}))
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_a_session_whoever_leads_it_sees_who_comes_to_make_up_and_whom_she_knows() -> None:
    owing = Owing()
    green = a_visit(owing, "bea", "cora")
    for staff in (owing.noor, owing.scene.coordinator):
        told = sheet(client_of(staff), green)
        assert "One comes to make up" in told
        assert "beside 2 of the group" in told
        assert "3 of 12 seats taken" in told
        assert "Makes up Wednesday’s Blue" in told
        assert "First time in this group" in told
        assert "1 here: bea" in told
        assert "and 3 h, if she is there for all of it" in told
        assert told.index("patients/") < told.index("Makes up Wednesday")


def test_whoever_knows_nobody_there_is_to_be_introduced() -> None:
    owing = Owing()
    green = a_visit(owing)
    assert "introduce her" in sheet(client_of(owing.noor), green)


def test_a_visitor_who_is_attested_has_repaid_and_the_sheet_and_the_case_say_so() -> None:
    owing = Owing()
    green = a_visit(owing, "bea")
    ada = owing.patients[0]
    owing.scene.watched(green, (ada, green.starts_at, green.ends_at))
    owing.run(green.ends_at + minutes(30))
    told = sheet(client_of(owing.noor), green)
    assert "Has repaid content, one session and 3 h" in told
    told = page(client_of(owing.scene.coordinator), Case.objects.get(seat=owing.missed[0]))
    assert "Attended, 180 min" in told
    assert "3 h made up" in told.lower()


def test_today_says_how_many_make_up_in_a_session() -> None:
    owing = Owing()
    green = a_visit(owing, "bea")
    clock.simulate(shown_at=green.starts_at - minutes(60), rate=0)
    coordinator = client_of(owing.scene.coordinator)
    assert "1 makes up here" in coordinator.get(reverse("console:today")).content.decode()
    owing.run(green.starts_at + minutes(6))
    assert "1 makes up here" in coordinator.get(reverse("console:today")).content.decode()


def test_the_number_of_queries_of_a_sheet_does_not_grow_with_who_makes_up() -> None:
    owing = Owing(names=("ada", "bea", "cora"))
    green = owing.other_group(owing.scene.admit("dina", sms=False))
    first, *rest = owing.missed
    accept_offer(offer=owing.shown(first, green), **owing.desk())
    client = client_of(owing.noor)
    sheet(client, green)
    with CaptureQueriesContext(connection) as few:
        sheet(client, green)
    for seat in rest:
        accept_offer(offer=owing.shown(seat, green), **owing.desk())
    with CaptureQueriesContext(connection) as many:
        told = sheet(client, green)
    assert "3 come to make up" in told
    assert len(many) == len(few)


def test_a_clinician_lets_one_be_more_than_is_allowed_and_it_goes_through() -> None:
    owing = Owing()
    case = case_of(owing)
    for days in (2, 3, 4):
        owing.scene.session(owing.patients[0], starts_at=START + days * DAY - minutes(480), minutes=330)
    offer = owing.shown(case.seat, owing.other_group(days=2))
    client = client_of(owing.scene.supervisor)
    assert "Let one be more than is allowed" not in page(client_of(owing.scene.coordinator), case)
    assert "Let one be more than is allowed" in page(client, case)
    assert send(client, case, "allow", why="level_of_care", words="").status_code == 422
    words = "Level 2.5 is ordered from today."
    assert send(client, case, "allow", why="level_of_care", words=words).status_code == 302
    assert words in page(client, case)
    assert send(client, case, "accept", offer=offer.ref).status_code == 302
    assert Booking.objects.get().missed == case.seat


def test_whoever_was_not_at_her_make_up_either_may_have_another_and_its_own_case_leads_there() -> None:
    owing = Owing()
    case = case_of(owing)
    client, offer = found(owing, case)
    send(client, case, "accept", offer=offer.ref)
    green = Session.objects.get(group=owing.green)
    owing.scene.watched(green)
    owing.run(green.ends_at + minutes(30))
    other = owing.other_group(days=4)
    owing.desk(green.ends_at + minutes(40))
    told = page(client, Case.objects.get(session=green))
    assert "This was itself to make up Blue of" in told
    assert f"{case.ref}/#make-up" in told
    assert send(client, case, "find").status_code == 302
    told = page(client, case)
    assert "1 to choose from" in told
    assert "Missed" in told
    again = Offer.objects.latest("pk")
    assert again.session == other
    assert send(client, case, "accept", offer=again.ref).status_code == 302
    assert Booking.objects.filter(missed=case.seat_id).count() == 2
